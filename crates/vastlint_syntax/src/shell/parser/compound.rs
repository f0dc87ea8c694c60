use vastlint_text::Span;

use super::Parser;
use super::reserved::{Closers, Reserved};
use super::word::Mode;
use crate::shell::tree::{
    ArithmeticFor, Branch, Case, CaseArm, CaseArmEnd, Command, Compound, CompoundKind, Coproc, For, Function,
    If, List, Loop, Select, Statement,
};
use crate::shell::word::Word;

impl Parser<'_> {
    /// The block that the reserved word of `length` bytes at the current place begins.
    pub(super) fn block(&mut self, reserved: Reserved, length: usize) -> Command {
        let start = self.pos;
        let opener = Span::from_range(start..start + length);
        if !self.enter(opener) {
            return self.skipped_block();
        }
        self.pos += length;
        let kind = match reserved {
            Reserved::If => self.if_block(opener),
            Reserved::While => self.loop_block(opener, false),
            Reserved::Until => self.loop_block(opener, true),
            Reserved::For => self.for_block(opener),
            Reserved::Select => {
                let (name, words) = self.for_header(opener);
                let body = self.loop_body(opener);
                CompoundKind::Select(Select { name, words, body })
            }
            Reserved::Case => self.case_block(opener),
            Reserved::OpenTest => self.test(opener),
            _ => CompoundKind::Group(self.block_list(opener, Closers::BRACE, "}")),
        };
        self.leave();
        self.compound(start, kind)
    }

    /// Steps over the words that open blocks below the deepest level. Their commands are read as if they stood in the
    /// block around them, and their closers are skipped.
    fn skipped_block(&mut self) -> Command {
        let start = self.pos;
        while let Some((reserved, length)) = self.reserved()
            && reserved.opens_block()
        {
            self.pos += length;
            if reserved != Reserved::OpenTest {
                self.skipped_blocks += 1;
            }
            self.skip_blanks();
        }
        if self.at_command() && self.peek() != b'(' {
            return self.simple_command();
        }
        let span = Span::from_range(start..start);
        Command::Simple(crate::shell::tree::SimpleCommand { span, ..Default::default() })
    }

    /// `( … )` or `(( … ))`.
    pub(super) fn parenthesis(&mut self) -> Command {
        let start = self.pos;
        let opener = Span::from_range(start..start + 1);
        if self.byte(start + 1) == b'('
            && let Some(end) = self.arithmetic_end(start + 2)
        {
            let arithmetic = self.arithmetic(start + 2, end);
            self.pos = end + 2;
            return self.compound(start, CompoundKind::Arithmetic(arithmetic));
        }
        if !self.enter(opener) {
            self.skip_parentheses();
            return self.compound(start, CompoundKind::Subshell(List::new()));
        }
        self.pos += 1;
        let body = self.list(Closers::PARENTHESIS, false);
        if self.peek() == b')' && !self.at_end() {
            self.require_commands(&body, ")");
            self.pos += 1;
        } else {
            self.missing(opener, ")");
        }
        self.leave();
        self.compound(start, CompoundKind::Subshell(body))
    }

    fn compound(&mut self, start: usize, kind: CompoundKind) -> Command {
        let mut span = self.span_from(start);
        let redirections = self.redirections();
        if let Some(last) = redirections.last() {
            span.end = last.span.end;
        }
        Command::Compound(Box::new(Compound { span, kind, redirections }))
    }

    fn missing(&mut self, opener: Span, closer: &str) {
        self.error(opener, format!("`{}` has no `{closer}`", opener.text(self.source)));
    }

    /// An empty list where the shell wants a command, before the token at the current place.
    fn require_commands(&mut self, list: &[Statement], before: &str) {
        if list.is_empty() {
            let span = Span::from_range(self.pos..self.token_end());
            self.error(span, format!("no command before `{before}`"));
        }
    }

    /// Steps over the reserved word if it is here.
    fn eat(&mut self, wanted: Reserved) -> bool {
        match self.reserved() {
            Some((reserved, length)) if reserved == wanted => {
                self.pos += length;
                true
            }
            _ => false,
        }
    }

    fn block_list(&mut self, opener: Span, closer: Closers, text: &str) -> List {
        let list = self.list(closer, false);
        let wanted = if closer == Closers::BRACE { Reserved::CloseBrace } else { Reserved::Done };
        if self.reserved().is_some_and(|(reserved, _)| reserved == wanted) {
            self.require_commands(&list, text);
            self.eat(wanted);
        } else {
            self.missing(opener, text);
        }
        list
    }

    fn if_block(&mut self, opener: Span) -> CompoundKind {
        let ends = Closers::ELIF.and(Closers::ELSE).and(Closers::FI);
        let mut branches = Vec::new();
        let mut otherwise = None;
        let mut keyword = opener;
        loop {
            let condition = self.list(Closers::THEN.and(ends), false);
            let mut body = List::new();
            if self.reserved().is_some_and(|(reserved, _)| reserved == Reserved::Then) {
                self.require_commands(&condition, "then");
                self.eat(Reserved::Then);
                // A second `then` is stray, and no outer one may claim it.
                body = self.list(ends, false);
                if !self.at_end() && self.reserved().is_some_and(|(reserved, _)| is_if_end(reserved)) {
                    self.require_commands(&body, "else` or `fi");
                }
            } else {
                self.missing(keyword, "then");
            }
            branches.push(Branch { condition, body });
            let start = self.pos;
            if self.eat(Reserved::Elif) {
                keyword = self.span_from(start);
                continue;
            }
            if self.eat(Reserved::Else) {
                let list = self.list(Closers::FI, false);
                if self.reserved().is_some_and(|(reserved, _)| reserved == Reserved::Fi) {
                    self.require_commands(&list, "fi");
                }
                otherwise = Some(list);
            }
            if !self.eat(Reserved::Fi) {
                self.missing(opener, "fi");
            }
            return CompoundKind::If(If { branches, otherwise });
        }
    }

    fn loop_block(&mut self, opener: Span, until: bool) -> CompoundKind {
        let condition = self.list(Closers::DO.and(Closers::DONE), false);
        let mut body = List::new();
        if self.reserved().is_some_and(|(reserved, _)| reserved == Reserved::Do) {
            self.require_commands(&condition, "do");
            self.eat(Reserved::Do);
            body = self.block_list(opener, Closers::DONE, "done");
        } else {
            self.missing(opener, "do");
            self.eat(Reserved::Done);
        }
        CompoundKind::Loop(Loop { until, condition, body })
    }

    fn for_block(&mut self, opener: Span) -> CompoundKind {
        self.skip_blanks();
        let start = self.pos;
        if self.looking_at("((") {
            let end = self.arithmetic_end(start + 2).unwrap_or_else(|| {
                self.error(Span::from_range(start..start + 2), "`((` has no closing `))`");
                self.line_end(start)
            });
            let header = self.arithmetic(start + 2, end);
            self.pos = end;
            if self.looking_at("))") {
                self.pos += 2;
            }
            self.skip_blanks();
            if self.peek() == b';' && self.byte(self.pos + 1) != b';' {
                self.pos += 1;
            }
            let body = self.loop_body(opener);
            return CompoundKind::ArithmeticFor(ArithmeticFor { header, body });
        }
        let (name, words) = self.for_header(opener);
        let body = self.loop_body(opener);
        CompoundKind::For(For { name, words, body })
    }

    /// `name`, or `name in words`, and the `;` or line end behind it.
    fn for_header(&mut self, opener: Span) -> (Span, Option<Vec<Word>>) {
        self.skip_blanks();
        let name = if self.at_delimiter() || self.at_end() {
            self.error(opener, format!("no name behind `{}`", opener.text(self.source)));
            Span::from_range(self.pos..self.pos)
        } else {
            self.word(Mode::Word).span
        };
        self.skip_lines();
        let mut words = None;
        if self.looking_at("in") && self.ends_word(self.pos + 2) {
            self.pos += 2;
            let mut list = Vec::new();
            loop {
                self.skip_blanks();
                if self.at_end() || self.at_delimiter() {
                    break;
                }
                list.push(self.word(Mode::Word));
            }
            words = Some(list);
        }
        if self.peek() == b';' && self.byte(self.pos + 1) != b';' {
            self.pos += 1;
        }
        (name, words)
    }

    /// `do … done` or `{ … }`.
    fn loop_body(&mut self, opener: Span) -> List {
        self.skip_lines();
        match self.reserved() {
            Some((Reserved::Do, length)) => {
                self.pos += length;
                self.block_list(opener, Closers::DONE, "done")
            }
            Some((Reserved::OpenBrace, length)) => {
                self.pos += length;
                self.block_list(opener, Closers::BRACE, "}")
            }
            _ => {
                self.missing(opener, "do");
                let list = self.list(Closers::DO.and(Closers::DONE), false);
                if self.eat(Reserved::Do) {
                    return self.block_list(opener, Closers::DONE, "done");
                }
                self.eat(Reserved::Done);
                list
            }
        }
    }

    fn case_block(&mut self, opener: Span) -> CompoundKind {
        self.skip_blanks();
        if self.at_delimiter() || self.at_end() {
            self.error(opener, "no word behind `case`");
            let word = Word::skipped(Span::from_range(self.pos..self.pos));
            return CompoundKind::Case(Case { word, arms: Vec::new() });
        }
        let word = self.word(Mode::Word);
        self.skip_lines();
        if self.looking_at("in") && self.ends_word(self.pos + 2) {
            self.pos += 2;
        } else {
            self.missing(opener, "in");
        }
        let mut arms = Vec::new();
        loop {
            self.skip_lines();
            if self.eat(Reserved::Esac) {
                break;
            }
            if self.at_end() || self.is_foreign_closer() {
                self.missing(opener, "esac");
                break;
            }
            if self.at_delimiter() && self.peek() != b'(' {
                let start = self.pos;
                if self.peek() == b')' && self.is_awaited(Closers::PARENTHESIS) {
                    self.missing(opener, "esac");
                    break;
                }
                self.pos = self.token_end().max(start + 1);
                let span = self.span_from(start);
                self.error(span, format!("`{}` is not expected here", span.text(self.source)));
                continue;
            }
            arms.push(self.case_arm());
        }
        CompoundKind::Case(Case { word, arms })
    }

    /// Whether a reserved word stands here that ends a block around the `case`, and is no pattern.
    fn is_foreign_closer(&self) -> bool {
        let Some((reserved, length)) = self.reserved() else { return false };
        let Some(closer) = reserved.closer() else { return false };
        let mut at = self.pos + length;
        while matches!(self.byte(at), b' ' | b'\t') {
            at += 1;
        }
        !matches!(self.byte(at), b')' | b'|') && self.is_awaited(closer)
    }

    fn case_arm(&mut self) -> CaseArm {
        let start = self.pos;
        let mut patterns = Vec::new();
        if self.peek() == b'(' {
            self.pos += 1;
        }
        loop {
            self.skip_blanks();
            let pattern = self.word(Mode::Word);
            let empty = pattern.span.is_empty();
            if empty {
                let span = Span::from_range(self.pos..self.token_end().max(self.pos));
                self.error(span, "no pattern in an arm of `case`");
            }
            patterns.push(pattern);
            self.skip_blanks();
            if self.peek() == b'|' && self.byte(self.pos + 1) != b'|' {
                self.pos += 1;
                continue;
            }
            break;
        }
        patterns.retain(|pattern| !pattern.span.is_empty());
        let mut end = self.pos;
        if self.peek() == b')' && !self.at_end() {
            self.pos += 1;
            end = self.pos;
        } else if let Some(word) = patterns.pop() {
            // Most likely the command behind a missing `esac`.
            self.error(word.span, "no `)` behind the pattern");
            self.stash = Some(word);
        }
        let body = self.list(Closers::ARM.and(Closers::ESAC), false);
        if let Some(last) = body.last() {
            end = end.max(last.span.end as usize);
            if matches!(last.terminator, crate::shell::tree::Terminator::Semicolon) {
                end = end.max(last.terminator_span.end as usize);
            }
        }
        let arm_end = if self.looking_at(";;&") {
            self.pos += 3;
            CaseArmEnd::Continue
        } else if self.looking_at(";;") {
            self.pos += 2;
            CaseArmEnd::Break
        } else if self.looking_at(";&") {
            self.pos += 2;
            CaseArmEnd::FallThrough
        } else {
            CaseArmEnd::None
        };
        if arm_end != CaseArmEnd::None {
            end = self.pos;
        }
        CaseArm { span: Span::from_range(start..end.max(start)), patterns, body, end: arm_end }
    }

    /// `function name`, with or without `()`, and the body.
    pub(super) fn function(&mut self, length: usize) -> Command {
        let start = self.pos;
        self.pos += length;
        self.skip_blanks();
        if self.at_delimiter() || self.at_end() {
            self.error(Span::from_range(start..start + length), "no name behind `function`");
            let name = Span::from_range(start + length..start + length);
            let function = Function { span: Span::from_range(start..start + length), name, body: None };
            return Command::Function(Box::new(function));
        }
        let name = self.word(Mode::Word).span;
        let mut end = self.pos;
        self.skip_blanks();
        if self.peek() == b'(' && self.closes_at_once() {
            end = self.pos;
        }
        self.function_body(start, name, end)
    }

    /// The function whose name was read; `(` is the current byte.
    pub(super) fn function_behind(&mut self, name: Span) -> Command {
        let start = name.start as usize;
        if !self.closes_at_once() {
            // `echo (a)`: the parenthesis is read as a command of its own, which is where the error goes.
            let words = vec![Word::skipped(name)];
            let simple = crate::shell::tree::SimpleCommand { span: name, words, ..Default::default() };
            return Command::Simple(simple);
        }
        let end = self.pos;
        self.function_body(start, name, end)
    }

    /// Steps over `( )`; false, without a step, if anything stands between.
    fn closes_at_once(&mut self) -> bool {
        let mut at = self.pos + 1;
        while matches!(self.byte(at), b' ' | b'\t') {
            at += 1;
        }
        if self.byte(at) != b')' {
            return false;
        }
        self.pos = at + 1;
        true
    }

    fn function_body(&mut self, start: usize, name: Span, end: usize) -> Command {
        self.skip_lines();
        let mut span = Span::from_range(start..end);
        let mut body = None;
        if self.at_command() && self.enter(name) {
            let begin = self.pos;
            let command = self.command();
            self.leave();
            if !matches!(command, Command::Compound(_)) {
                self.error(
                    Span::from_range(begin..begin),
                    "a function's body must be a block such as `{ … }`",
                );
            }
            span.end = command.span().end;
            body = Some(command);
        } else {
            self.error(name, "function without a body");
        }
        Command::Function(Box::new(Function { span, name, body }))
    }

    pub(super) fn coproc(&mut self, length: usize) -> Command {
        let start = self.pos;
        let keyword = Span::from_range(start..start + length);
        self.pos += length;
        self.skip_blanks();
        let mut name = None;
        let name_length = self.name_length(self.pos);
        if name_length > 0 && !self.begins_block(self.pos) {
            let mut at = self.pos + name_length;
            while matches!(self.byte(at), b' ' | b'\t') {
                at += 1;
            }
            if at > self.pos + name_length && self.begins_block(at) {
                name = Some(Span::from_range(self.pos..self.pos + name_length));
                self.pos = at;
            }
        }
        let mut span = name.map_or(keyword, |name| keyword.cover(name));
        let mut body = None;
        if self.at_command() && self.enter(keyword) {
            let command = self.command();
            self.leave();
            span.end = command.span().end;
            body = Some(command);
        } else {
            self.error(keyword, "no command behind `coproc`");
        }
        Command::Coproc(Box::new(Coproc { span, name, body }))
    }

    fn begins_block(&self, at: usize) -> bool {
        self.byte(at) == b'(' || self.reserved_at(at).is_some_and(|(reserved, _)| reserved.opens_block())
    }
}

const fn is_if_end(reserved: Reserved) -> bool {
    matches!(reserved, Reserved::Elif | Reserved::Else | Reserved::Fi)
}
