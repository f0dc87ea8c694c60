use vastlint_text::Span;

use super::Parser;
use super::reserved::Closers;
use super::word::Mode;
use crate::shell::tree::{Arithmetic, List};
use crate::shell::word::{
    CommandSubstitution, Parameter, ParameterExpansion, ParameterOperator, ProcessSubstitution, WordPartKind,
};

/// Parameters whose name is one of these bytes.
const SPECIAL_PARAMETERS: &[u8] = b"@*#?-$!";

impl Parser<'_> {
    /// What the `$` at the current place expands; `None`, behind it, where it stands for itself. Between double
    /// quotes `$'` and `$"` mean nothing.
    pub(super) fn dollar(&mut self, quoted: bool) -> Option<WordPartKind> {
        let start = self.pos;
        match self.byte(start + 1) {
            b'(' => {
                if self.byte(start + 2) == b'('
                    && let Some(end) = self.arithmetic_end(start + 3)
                {
                    return Some(self.arithmetic_expansion(start + 3, end, 2));
                }
                let body = self.commands_in_parentheses(2);
                Some(WordPartKind::Command(Box::new(CommandSubstitution { backquoted: false, body })))
            }
            b'{' => {
                if let Some(expression) = self.github_expression(start, start + 1) {
                    self.pos = expression.end as usize;
                    return Some(WordPartKind::GithubExpression);
                }
                Some(WordPartKind::Parameter(self.braced_parameter()))
            }
            b'[' => {
                if let Some(end) = self.closing_bracket(start + 1, false) {
                    return Some(self.arithmetic_expansion(start + 2, end, 1));
                }
                self.pos += 1;
                None
            }
            b'\'' if !quoted => {
                self.ansi_quoted();
                Some(WordPartKind::AnsiQuoted)
            }
            b'"' if !quoted => {
                self.pos += 1;
                Some(WordPartKind::LocaleQuoted(self.double_quoted(start)))
            }
            next => {
                let length = match self.name_length(start + 1) {
                    0 if start + 1 < self.end
                        && (next.is_ascii_digit() || SPECIAL_PARAMETERS.contains(&next)) =>
                    {
                        1
                    }
                    length => length,
                };
                self.pos += 1 + length;
                (length > 0).then(|| {
                    let name = Span::from_range(start + 1..self.pos);
                    WordPartKind::Parameter(Parameter { name, braced: false, expansion: None })
                })
            }
        }
    }

    /// Steps over `$'…'`.
    fn ansi_quoted(&mut self) {
        let start = self.pos;
        self.held(start, |parser| {
            parser.pos += 2;
            while !parser.at_end() {
                match parser.peek() {
                    b'\'' => {
                        parser.pos += 1;
                        return;
                    }
                    b'\\' => parser.pos += 2,
                    _ => parser.pos += 1,
                }
            }
            parser.pos = parser.end;
            parser.unclosed(Span::from_range(start..start + 2), "'");
        });
    }

    /// `$((…))`, `$[…]`: the expression is `start..end`, and `closer` bytes close it.
    fn arithmetic_expansion(&mut self, start: usize, end: usize, closer: usize) -> WordPartKind {
        let arithmetic = self.arithmetic(start, end);
        self.pos = end + closer;
        WordPartKind::Arithmetic(Box::new(arithmetic))
    }

    /// The expression `start..end`.
    pub(super) fn arithmetic(&mut self, start: usize, end: usize) -> Arithmetic {
        let expression = Span::from_range(start..end);
        let mut parts = Vec::new();
        if self.enter(Span::from_range(start - 1..start)) {
            parts = self.within(start, end, |parser| parser.parts(Mode::Arithmetic)).into_parts();
            self.leave();
        }
        self.pos = end;
        Arithmetic { expression, parts }
    }

    pub(super) fn process(&mut self, byte: u8) -> WordPartKind {
        let body = self.commands_in_parentheses(2);
        WordPartKind::Process(Box::new(ProcessSubstitution { output: byte == b'>', body }))
    }

    /// The commands from `$(`, `<(` or `>(` to `)`.
    fn commands_in_parentheses(&mut self, opener_length: usize) -> List {
        let start = self.pos;
        let opener = Span::from_range(start..start + opener_length);
        if !self.enter(opener) {
            self.pos += opener_length - 1;
            self.skip_parentheses();
            return List::new();
        }
        let body = self.held(start, |parser| {
            parser.pos += opener_length;
            let skipped = std::mem::take(&mut parser.skipped_blocks);
            let body = parser.list(Closers::PARENTHESIS, true);
            parser.skipped_blocks = skipped;
            if parser.peek() == b')' {
                parser.pos += 1;
            } else {
                parser.unclosed(opener, ")");
            }
            body
        });
        self.leave();
        body
    }

    /// `` `…` ``, or `` \`…\` `` within one.
    pub(super) fn backquote(&mut self, opener_length: usize) -> WordPartKind {
        let start = self.pos;
        let opener = Span::from_range(start..start + opener_length);
        let entered = self.enter(opener);
        let body = self.held(start, |parser| {
            let inner = start + opener_length;
            let close = parser.closing_backquote(inner, opener_length == 2);
            let end = close.unwrap_or(parser.end);
            let mut body = List::new();
            if entered {
                parser.backquotes += 1;
                let pending = parser.pending.len();
                let skipped = std::mem::take(&mut parser.skipped_blocks);
                body = parser.within(inner, end, |parser| {
                    let body = parser.list(Closers::NONE, true);
                    parser.close_heredocs(pending);
                    body
                });
                parser.skipped_blocks = skipped;
                parser.backquotes -= 1;
            }
            parser.pos = end;
            if close.is_some() {
                parser.pos += opener_length;
            } else {
                parser.unclosed(opener, "`");
            }
            body
        });
        if entered {
            self.leave();
        }
        WordPartKind::Command(Box::new(CommandSubstitution { backquoted: true, body }))
    }

    /// Where the backquote that ends the commands from `start` on stands; an escaped one if they are `nested`.
    fn closing_backquote(&self, start: usize, nested: bool) -> Option<usize> {
        let mut at = start;
        while at < self.end {
            match self.bytes[at] {
                b'\\' if nested && self.byte(at + 1) == b'`' => return Some(at),
                b'\\' => at += 2,
                b'`' if !nested => return Some(at),
                _ => at += 1,
            }
        }
        None
    }

    fn braced_parameter(&mut self) -> Parameter {
        let start = self.pos;
        let opener = Span::from_range(start..start + 2);
        if !self.enter(opener) {
            self.pos += 1;
            self.skip_pair(b'{', b'}');
            return Parameter { name: Span::from_range(start + 2..start + 2), braced: true, expansion: None };
        }
        let parameter = self.held(start, |parser| {
            parser.pos += 2;
            let mut expansion = ParameterExpansion::default();
            let name = parser.parameter_name(&mut expansion);
            if parser.peek() == b'['
                && !name.is_empty()
                && let Some(end) = parser.closing_bracket(parser.pos, false)
            {
                expansion.subscript = Some(parser.subscript(parser.pos + 1, end));
                parser.pos = end + 1;
            }
            if parser.peek() != b'}' {
                parser.parameter_operator(&mut expansion);
            }
            if parser.peek() == b'}' {
                parser.pos += 1;
            } else {
                parser.unclosed(opener, "}");
            }
            let plain = expansion == ParameterExpansion::default();
            Parameter { name, braced: true, expansion: (!plain).then(|| Box::new(expansion)) }
        });
        self.leave();
        parameter
    }

    /// The name behind `${`, and the `!` or `#` before it.
    fn parameter_name(&mut self, expansion: &mut ParameterExpansion) -> Span {
        let prefix = self.peek();
        let next = self.byte(self.pos + 1);
        let names = next.is_ascii_alphanumeric() || next == b'_';
        let special = SPECIAL_PARAMETERS.contains(&next) && self.pos + 1 < self.end;
        match prefix {
            // `${#-}` is the length of `$-`, `${#-word}` is `$#` or a word.
            b'#' if names || special && self.byte(self.pos + 2) == b'}' => {
                expansion.length = true;
                self.pos += 1;
            }
            b'#' if matches!(next, b'@' | b'*') => {
                expansion.length = true;
                self.pos += 1;
            }
            b'!' if names || matches!(next, b'@' | b'*' | b'#') => {
                expansion.indirect = true;
                self.pos += 1;
            }
            _ => {}
        }
        let start = self.pos;
        self.pos += match self.name_length(start) {
            0 if self.peek().is_ascii_digit() => {
                self.bytes[start..self.end].iter().take_while(|byte| byte.is_ascii_digit()).count()
            }
            0 if !self.at_end() && SPECIAL_PARAMETERS.contains(&self.peek()) => 1,
            length => length,
        };
        self.span_from(start)
    }

    fn parameter_operator(&mut self, expansion: &mut ParameterExpansion) {
        use ParameterOperator as Op;
        let start = self.pos;
        let byte = self.peek();
        let next = self.byte(start + 1);
        let doubled = next == byte;
        let (operator, length) = match byte {
            b':' => match next {
                b'-' => (Op::DefaultIfEmpty, 2),
                b'=' => (Op::AssignIfEmpty, 2),
                b'?' => (Op::ErrorIfEmpty, 2),
                b'+' => (Op::AlternativeUnlessEmpty, 2),
                _ => (Op::Substring, 1),
            },
            b'-' => (Op::Default, 1),
            b'=' => (Op::Assign, 1),
            b'?' => (Op::Error, 1),
            b'+' => (Op::Alternative, 1),
            b'#' => (Op::RemovePrefix, if doubled { 2 } else { 1 }),
            b'%' => (Op::RemoveSuffix, if doubled { 2 } else { 1 }),
            b'/' => (Op::Replace, if doubled || matches!(next, b'#' | b'%') { 2 } else { 1 }),
            b'^' | b',' | b'~' => (Op::ChangeCase, if doubled { 2 } else { 1 }),
            b'*' | b'@' if expansion.indirect && next == b'}' => (Op::NamesWithPrefix, 1),
            b'@' => (Op::Transform, 1),
            _ => (Op::Unknown, 0),
        };
        self.pos += length;
        expansion.operator = Some(operator);
        expansion.operator_span = self.span_from(start);
        let stop = match operator {
            Op::NamesWithPrefix => return,
            Op::Replace => b'/',
            Op::Substring => b':',
            _ => 0,
        };
        let word = self.word(Mode::Operand { quoted: false, stop });
        expansion.operands.push(word);
        if stop != 0 && self.peek() == stop {
            self.pos += 1;
            let word = self.word(Mode::Operand { quoted: false, stop: 0 });
            expansion.operands.push(word);
        }
    }

    /// The first `${{ … }}` that begins in `start..=last`, if they are to be read. Quotes within it are its own.
    pub(super) fn github_expression(&mut self, start: usize, last: usize) -> Option<Span> {
        if !self.options.github_expressions || self.no_github_end {
            return None;
        }
        let visible = &self.bytes[start.min(self.end)..(last + 3).min(self.end)];
        let open = memchr::memmem::find(visible, b"${{")? + start;
        let mut at = open + 3;
        let mut in_string = false;
        while at < self.bytes.len() {
            match self.bytes[at] {
                b'\'' => in_string = !in_string,
                b'}' if !in_string && self.bytes.get(at + 1) == Some(&b'}') => {
                    return (at + 2 <= self.end).then(|| Span::from_range(open..at + 2));
                }
                _ => {}
            }
            at += 1;
        }
        self.no_github_end = true;
        None
    }
}
