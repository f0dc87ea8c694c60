use std::ops::Range;

use vastlint_text::Span;

use super::heredoc::{self, Marker, Terminators};
use super::json::{self, Array};
use super::lex::{self, Mode};
use super::logical::{LogicalLine, is_blank, is_comment, line_at, trim, without_continuation};
use super::tree::{
    Command, Directive, Dockerfile, Healthcheck, Heredoc, Instruction, InstructionKind, JsonString, Keyword,
    Pair, Separator, Stage, Transfer, Word,
};
use super::words;
use crate::SyntaxError;

pub(super) fn parse(source: &str) -> Dockerfile {
    let mut parser =
        Parser { source, at: 0, file: Dockerfile::default(), terminators: Terminators::new(source) };
    parser.file();
    let mut file = parser.file;
    file.errors.sort_by_key(|error| error.span.start);
    file
}

struct Parser<'s> {
    source: &'s str,
    /// Start of the next line.
    at: usize,
    file: Dockerfile,
    terminators: Terminators<'s>,
}

impl Parser<'_> {
    fn file(&mut self) {
        if self.source.starts_with('\u{feff}') {
            self.at = '\u{feff}'.len_utf8();
        }
        self.directives();
        while self.at < self.source.len() {
            let (line, next) = line_at(self.source, self.at);
            let text = &self.source[line.clone()];
            let start = line.end - text.trim_start().len();
            if start == line.end {
                self.at = next;
            } else if self.source[start..].starts_with('#') {
                self.file.comments.push(Span::from_range(start..line.end));
                self.at = next;
            } else {
                self.logical_line(start..line.end, next);
            }
        }
        self.stages();
    }

    /// The directives end at the first line that is none, an empty one or another comment included.
    fn directives(&mut self) {
        // The part of a builder that looks for `syntax` and `check` skips a `#!` line; the one that looks for `escape`
        // does not.
        let has_shebang = self.source[self.at..].starts_with("#!");
        if has_shebang {
            let (line, next) = line_at(self.source, self.at);
            self.file.comments.push(Span::from_range(line));
            self.at = next;
        }
        while self.at < self.source.len() {
            let (line, next) = line_at(self.source, self.at);
            let Some((directive, kind)) = self.directive(line) else { return };
            let value = directive.value.text(self.source);
            let is_repeated = self.file.directives.iter().any(|earlier| {
                earlier.name.text(self.source).eq_ignore_ascii_case(directive.name.text(self.source))
            });
            if is_repeated {
                self.error(directive.span, format!("only one `{kind}` directive can be used"));
            } else if kind == "escape" && !has_shebang {
                match value {
                    "\\" | "`" => self.file.escape = if value == "`" { '`' } else { '\\' },
                    _ => self.error(directive.value, "the escape character can only be `\\` or a backtick"),
                }
            }
            self.file.directives.push(directive);
            self.at = next;
        }
    }

    fn directive(&self, line: Range<usize>) -> Option<(Directive, &'static str)> {
        let line = trim(self.source, line);
        let rest = self.source[line.clone()].strip_prefix('#')?.trim_start();
        let name_start = line.end - rest.len();
        let name_length = rest.find(|next: char| !next.is_ascii_alphanumeric())?;
        let name = name_start..name_start + name_length;
        let kind = ["syntax", "escape", "check"]
            .into_iter()
            .find(|kind| self.source[name.clone()].eq_ignore_ascii_case(kind))?;
        let blanks = [' ', '\t', '\n', '\x0c', '\r'];
        let value = rest[name_length..].trim_start_matches(blanks).strip_prefix('=')?;
        let value = value.trim_start_matches(blanks);
        if value.is_empty() {
            return None;
        }
        let directive = Directive {
            span: Span::from_range(line.clone()),
            name: Span::from_range(name),
            value: Span::from_range(line.end - value.len()..line.end),
        };
        Some((directive, kind))
    }

    /// An instruction whose first line is `first`.
    fn logical_line(&mut self, first: Range<usize>, next: usize) {
        let escape = self.file.escape;
        self.at = next;
        let mut end = first.end;
        let kept = without_continuation(&self.source[first.clone()], escape);
        let mut line =
            LogicalLine::new(self.source, first.start..kept.map_or(first.end, |kept| first.start + kept));
        let mut is_continued = kept.is_some();
        while is_continued && self.at < self.source.len() {
            let (next_line, next) = line_at(self.source, self.at);
            let text = &self.source[next_line.clone()];
            self.at = next;
            if is_comment(text) {
                let start = next_line.end - text.trim_start().len();
                self.file.comments.push(Span::from_range(start..next_line.end));
                continue;
            }
            if text.trim_start().is_empty() {
                self.file.empty_continuations.push(Span::from_range(next_line));
                continue;
            }
            end = next_line.end;
            let kept = without_continuation(text, escape);
            is_continued = kept.is_some();
            line.push(next_line.start..kept.map_or(next_line.end, |kept| next_line.start + kept));
        }
        let whole = trim(line.text(), 0..line.text().len());
        if whole.is_empty() {
            self.error(Span::from_range(first), "a line is continued but holds no instruction");
            return;
        }
        let mut instruction = self.instruction(&line, whole, end as u32, 0);
        self.heredocs(&line, &mut instruction);
        self.file.instructions.push(instruction);
    }

    /// The instruction that fills `range`, which has no white space at its ends.
    fn instruction(
        &mut self,
        line: &LogicalLine<'_>,
        range: Range<usize>,
        end: u32,
        depth: u8,
    ) -> Instruction {
        let text = line.text();
        let bytes = text.as_bytes();
        let keyword_end = (range.start..range.end).find(|&at| is_blank(bytes[at])).unwrap_or(range.end);
        let keyword_range = range.start..keyword_end;
        let keyword_span = line.span(keyword_range.clone());
        let keyword = Keyword::parse(&text[keyword_range]);
        let rest = (keyword_end..range.end).find(|&at| !is_blank(bytes[at])).unwrap_or(range.end);
        let (flags, arguments) = words::flags(line, rest..range.end, self.file.escape);
        let arguments = trim(text, arguments);
        let arguments_span = if arguments.is_empty() {
            let behind = flags.last().map_or(keyword_end, |flag| flag.end);
            line.span(behind..behind)
        } else {
            line.span(arguments.clone())
        };
        let context = Context { line, keyword, keyword_span, arguments_span };
        let kind = self.kind(&context, arguments, end, depth);
        Instruction {
            span: Span::new(keyword_span.start, end),
            keyword,
            keyword_span,
            flags: flags.into_iter().map(|flag| flag.flag).collect(),
            kind,
            heredocs: Vec::new(),
            arguments: arguments_span,
        }
    }

    fn kind(
        &mut self,
        context: &Context<'_, '_>,
        arguments: Range<usize>,
        end: u32,
        depth: u8,
    ) -> InstructionKind {
        match context.keyword {
            Keyword::Add => InstructionKind::Add(self.transfer(context, arguments)),
            Keyword::Copy => InstructionKind::Copy(self.transfer(context, arguments)),
            Keyword::Arg => InstructionKind::Arg(self.arg(context, arguments)),
            Keyword::Env => InstructionKind::Env(self.pairs(context, arguments)),
            Keyword::Label => InstructionKind::Label(self.pairs(context, arguments)),
            Keyword::Cmd => InstructionKind::Cmd(self.command(context, arguments)),
            Keyword::Entrypoint => InstructionKind::Entrypoint(self.command(context, arguments)),
            Keyword::Run => InstructionKind::Run(self.command(context, arguments)),
            Keyword::Expose => InstructionKind::Expose(self.word_list(context, arguments)),
            Keyword::Volume => {
                let words = match json::parse(context.line, &arguments) {
                    Array::Strings(strings) => self.json_words(strings),
                    Array::Mixed(strings) => {
                        self.mixed(context);
                        self.json_words(strings)
                    }
                    Array::Invalid => return InstructionKind::Volume(self.word_list(context, arguments)),
                };
                if words.is_empty() {
                    self.missing(context, "needs at least one argument");
                }
                InstructionKind::Volume(words)
            }
            Keyword::From => self.from(context, arguments),
            Keyword::Healthcheck => InstructionKind::Healthcheck(self.healthcheck(context, arguments)),
            Keyword::Maintainer => {
                let rest = self.rest(context, arguments);
                InstructionKind::Maintainer(rest.map(|range| words::plain(context.line, range)))
            }
            Keyword::Stopsignal => {
                let rest = self.rest(context, arguments);
                InstructionKind::Stopsignal(rest.map(|range| self.word(context.line, range)))
            }
            Keyword::User => {
                let rest = self.rest(context, arguments);
                InstructionKind::User(rest.map(|range| self.word(context.line, range)))
            }
            Keyword::Workdir => {
                let rest = self.rest(context, arguments);
                InstructionKind::Workdir(rest.map(|range| self.word(context.line, range)))
            }
            Keyword::Onbuild => InstructionKind::Onbuild(self.onbuild(context, arguments, end, depth)),
            Keyword::Shell => match json::parse(context.line, &arguments) {
                Array::Strings(strings) => {
                    if strings.is_empty() {
                        self.missing(context, "needs at least one argument");
                    }
                    InstructionKind::Shell(strings)
                }
                Array::Mixed(strings) => {
                    self.mixed(context);
                    InstructionKind::Shell(strings)
                }
                Array::Invalid => {
                    self.missing(context, "needs a JSON array of strings");
                    InstructionKind::Shell(Vec::new())
                }
            },
            Keyword::Unknown => {
                self.error(context.keyword_span, "unknown instruction");
                InstructionKind::Unknown
            }
        }
    }

    /// Everything behind the keyword, as one word. The range is trimmed.
    fn rest(&mut self, context: &Context<'_, '_>, arguments: Range<usize>) -> Option<Range<usize>> {
        if arguments.is_empty() {
            self.missing(context, "needs an argument");
            return None;
        }
        Some(arguments)
    }

    fn from(&mut self, context: &Context<'_, '_>, arguments: Range<usize>) -> InstructionKind {
        let text = context.line.text();
        let mut parts = words::split(text, arguments.clone());
        let image = parts.next().map(|range| self.word(context.line, range));
        let keyword = parts.next();
        let name = parts.next();
        let alias = match (keyword, name.clone()) {
            (Some(keyword), Some(name)) if text[keyword.clone()].eq_ignore_ascii_case("as") => {
                if !is_stage_name(&text[name.clone()]) {
                    self.error(
                        context.line.span(name.clone()),
                        "a stage name starts with a letter and has letters, digits, `-`, `_` and `.` only",
                    );
                }
                Some(words::plain(context.line, name))
            }
            (None, _) => None,
            (Some(keyword), _) => {
                let stray = context.line.span(keyword.start..arguments.end);
                self.error(stray, "`FROM image` can only be followed by `AS name`");
                return InstructionKind::From { image, alias: None };
            }
        };
        if let Some(stray) = parts.next() {
            let stray = context.line.span(stray.start..arguments.end);
            self.error(stray, "nothing can follow the name of a stage");
        }
        if image.is_none() {
            self.missing(context, "needs an image");
        }
        InstructionKind::From { image, alias }
    }

    fn transfer(&mut self, context: &Context<'_, '_>, arguments: Range<usize>) -> Transfer {
        let (mut words, json) = match json::parse(context.line, &arguments) {
            Array::Strings(strings) => (self.json_words(strings), true),
            Array::Mixed(strings) => {
                self.mixed(context);
                (self.json_words(strings), true)
            }
            Array::Invalid => {
                let text = context.line.text();
                (words::split(text, arguments).map(|range| self.word(context.line, range)).collect(), false)
            }
        };
        let destination = if words.len() > 1 { words.pop() } else { None };
        if destination.is_none() {
            self.missing(context, "needs a source and a destination");
        }
        Transfer { sources: words, destination, json }
    }

    fn word_list(&mut self, context: &Context<'_, '_>, arguments: Range<usize>) -> Vec<Word> {
        let text = context.line.text();
        let words: Vec<_> =
            words::split(text, arguments).map(|range| self.word(context.line, range)).collect();
        if words.is_empty() {
            self.missing(context, "needs at least one argument");
        }
        words
    }

    fn command(&mut self, context: &Context<'_, '_>, arguments: Range<usize>) -> Command {
        match json::parse(context.line, &arguments) {
            Array::Strings(strings) => Command::Exec(strings),
            Array::Mixed(strings) => {
                self.mixed(context);
                Command::Exec(strings)
            }
            Array::Invalid if arguments.is_empty() => Command::Shell(context.arguments_span),
            Array::Invalid => Command::Shell(context.line.span(arguments)),
        }
    }

    fn healthcheck(&mut self, context: &Context<'_, '_>, arguments: Range<usize>) -> Healthcheck {
        let text = context.line.text();
        let kind_length = text[arguments.clone()].find(char::is_whitespace).unwrap_or(arguments.len());
        let kind = arguments.start..arguments.start + kind_length;
        let rest = trim(text, kind.end..arguments.end);
        let word = &text[kind.clone()];
        if word.eq_ignore_ascii_case("none") {
            if !rest.is_empty() {
                self.error(context.line.span(rest), "nothing can follow `HEALTHCHECK NONE`");
            }
            return Healthcheck::None;
        }
        if word.eq_ignore_ascii_case("cmd") {
            if rest.is_empty() {
                let behind = context.line.span(kind.end..kind.end);
                self.error(context.arguments_span, "a command is missing behind `HEALTHCHECK CMD`");
                return Healthcheck::Cmd(Command::Shell(behind));
            }
            return Healthcheck::Cmd(self.command(context, rest));
        }
        if word.is_empty() {
            self.missing(context, "needs `NONE` or `CMD`");
        } else {
            self.error(context.line.span(kind), "`HEALTHCHECK` is followed by `NONE` or `CMD`");
        }
        Healthcheck::Unknown
    }

    fn onbuild(
        &mut self,
        context: &Context<'_, '_>,
        arguments: Range<usize>,
        end: u32,
        depth: u8,
    ) -> Option<Box<Instruction>> {
        if arguments.is_empty() {
            self.missing(context, "needs an instruction");
            return None;
        }
        if depth > 0 {
            self.error(context.keyword_span, "`ONBUILD` cannot be inside an `ONBUILD`");
            return None;
        }
        let inner = self.instruction(context.line, arguments, end, depth + 1);
        if matches!(inner.keyword, Keyword::From | Keyword::Maintainer) {
            self.error(inner.keyword_span, "`FROM` and `MAINTAINER` cannot be inside an `ONBUILD`");
        }
        Some(Box::new(inner))
    }

    fn arg(&mut self, context: &Context<'_, '_>, arguments: Range<usize>) -> Vec<Pair> {
        let line = context.line;
        let mut pairs = Vec::new();
        for range in words::quoted(line.text(), arguments, self.file.escape) {
            let equals = line.text()[range.clone()].find('=').map(|at| range.start + at);
            let key = range.start..equals.unwrap_or(range.end);
            if key.is_empty() {
                self.error(line.span(range.clone()), "the name of the argument is missing");
            }
            let span = line.span(range.clone());
            // `BuildKit` takes the name of an argument as it is written.
            let key = if key.is_empty() { Word::empty(span.start) } else { words::plain(line, key) };
            pairs.push(Pair {
                span,
                key,
                separator: if equals.is_some() { Separator::Equals } else { Separator::None },
                value: equals.map(|equals| self.word(line, equals + 1..range.end)),
            });
        }
        if pairs.is_empty() {
            self.missing(context, "needs at least one argument");
        }
        pairs
    }

    fn pairs(&mut self, context: &Context<'_, '_>, arguments: Range<usize>) -> Vec<Pair> {
        let line = context.line;
        let text = line.text();
        let words = words::quoted(text, arguments.clone(), self.file.escape);
        let Some(first) = words.first() else {
            self.missing(context, "needs at least one argument");
            return Vec::new();
        };
        if !text[first.clone()].contains('=') {
            return vec![self.old_pair(context, arguments)];
        }
        let mut pairs = Vec::with_capacity(words.len());
        let mut has_stray = false;
        for range in words {
            let span = line.span(range.clone());
            let Some(equals) = text[range.clone()].find('=').map(|at| range.start + at) else {
                // Said once: the rest of a sentence without quotes has the same fault in every word.
                if !std::mem::replace(&mut has_stray, true) {
                    self.error(span, "`=` is missing: pairs are written `name=value`");
                }
                let key = self.word(line, range);
                pairs.push(Pair { span, key, separator: Separator::None, value: None });
                continue;
            };
            let is_nameless = equals == range.start;
            if is_nameless {
                self.error(span, "the name before `=` is missing");
            }
            pairs.push(Pair {
                span,
                key: if is_nameless { Word::empty(span.start) } else { self.word(line, range.start..equals) },
                separator: Separator::Equals,
                value: Some(self.word(line, equals + 1..range.end)),
            });
        }
        pairs
    }

    /// `KEY value`, where the value is the rest of the line.
    fn old_pair(&mut self, context: &Context<'_, '_>, arguments: Range<usize>) -> Pair {
        let line = context.line;
        let bytes = line.text().as_bytes();
        let key_end =
            (arguments.start..arguments.end).find(|&at| is_blank(bytes[at])).unwrap_or(arguments.end);
        let value = (key_end..arguments.end).find(|&at| !is_blank(bytes[at]));
        if value.is_none() {
            self.missing(context, "needs a name and a value");
        }
        Pair {
            span: context.arguments_span,
            key: self.word(line, arguments.start..key_end),
            separator: if value.is_some() { Separator::Blank } else { Separator::None },
            value: value.map(|value| self.word(line, value..arguments.end)),
        }
    }

    /// A word whose variables `BuildKit` expands.
    fn word(&mut self, line: &LogicalLine<'_>, range: Range<usize>) -> Word {
        let mut word = words::plain(line, range.clone());
        let text = &line.text()[range];
        self.expandable(&mut word, text);
        word
    }

    fn json_words(&mut self, strings: Vec<JsonString>) -> Vec<Word> {
        let source = self.source;
        strings
            .into_iter()
            .map(|string| {
                let text = string.value(source).to_owned();
                let mut word = Word { span: string.span, has_variables: false, text: None, literal: None };
                self.expandable(&mut word, &text);
                word.text = Some(text.into_boxed_str());
                word
            })
            .collect()
    }

    fn expandable(&mut self, word: &mut Word, text: &str) {
        if !words::is_special(text, self.file.escape) {
            return;
        }
        let mode = Mode { escape: self.file.escape, keep_quotes: false, keep_escapes: false };
        match lex::expand(text, mode, None) {
            Ok(expansion) => {
                word.has_variables = expansion.has_variables;
                if expansion.text != text {
                    word.literal = Some(expansion.text.into_boxed_str());
                }
            }
            Err(error) => {
                word.has_variables = text.contains('$');
                self.error(word.span, error.message());
            }
        }
    }

    /// Reads the bodies of the heredocs that the line opens.
    fn heredocs(&mut self, line: &LogicalLine<'_>, outer: &mut Instruction) {
        let instruction = match &mut outer.kind {
            InstructionKind::Onbuild(Some(inner)) => &mut **inner,
            _ => &mut *outer,
        };
        let takes_heredocs = match &instruction.kind {
            InstructionKind::Add(transfer) | InstructionKind::Copy(transfer) => {
                let destination = transfer.destination.as_ref();
                if let Some(word) = destination
                    && matches!(heredoc::marker(word.text(self.source)), Ok(Some(_)))
                {
                    self.error(word.span, "a heredoc cannot be a destination");
                }
                !transfer.json
            }
            InstructionKind::Run(command) => matches!(command, Command::Shell(_)),
            _ => false,
        };
        if !takes_heredocs {
            return;
        }
        let markers = heredoc::markers(line.text()).unwrap_or_else(|error| {
            self.error(instruction.arguments, error.message());
            Vec::new()
        });
        for marker in markers {
            let heredoc = self.heredoc(line, marker);
            let end = heredoc.terminator.unwrap_or(heredoc.body).end;
            instruction.span.end = instruction.span.end.max(end);
            instruction.heredocs.push(heredoc);
        }
        outer.span.end = outer.span.end.max(match &outer.kind {
            InstructionKind::Onbuild(Some(inner)) => inner.span.end,
            _ => 0,
        });
    }

    fn heredoc(&mut self, line: &LogicalLine<'_>, marker: Marker) -> Heredoc {
        let body = self.at;
        let marker_span = line.span(marker.start..marker.end);
        let (body, terminator) = if let Some((terminator, next)) = self.terminators.find(&marker, body) {
            self.at = next;
            (body..self.line_start(terminator.start as usize), Some(terminator))
        } else {
            let message = format!("the heredoc is not closed: no line `{}` follows", marker.delimiter);
            self.error(marker_span, message);
            while self.at < self.source.len() {
                let (line, next) = line_at(self.source, self.at);
                if starts_instruction(&self.source[line]) {
                    break;
                }
                self.at = next;
            }
            (body..self.at, None)
        };
        Heredoc {
            marker: marker_span,
            delimiter: marker.delimiter.into_boxed_str(),
            descriptor: marker.descriptor,
            expand: marker.expand,
            strip_tabs: marker.strip_tabs,
            body: Span::from_range(body),
            terminator,
        }
    }

    fn line_start(&self, offset: usize) -> usize {
        memchr::memrchr(b'\n', &self.source.as_bytes()[..offset]).map_or(0, |newline| newline + 1)
    }

    /// Parts the instructions into stages, and says what stands outside them.
    fn stages(&mut self) {
        let mut orphan = None;
        for (index, instruction) in self.file.instructions.iter().enumerate() {
            if let InstructionKind::From { alias, .. } = &instruction.kind {
                let name = alias.as_ref().map(|alias| alias.text(self.source).to_ascii_lowercase().into());
                self.file.stages.push(Stage {
                    index: self.file.stages.len(),
                    from: index,
                    name,
                    instructions: index + 1..index + 1,
                });
            } else if let Some(stage) = self.file.stages.last_mut() {
                stage.instructions.end = index + 1;
            } else if instruction.keyword != Keyword::Arg && orphan.is_none() {
                orphan = Some(instruction.keyword_span);
            }
        }
        if let Some(orphan) = orphan {
            self.error(orphan, "only `ARG` can stand before the first `FROM`");
        } else if self.file.stages.is_empty() {
            self.error(Span::empty(0), "the file has no `FROM`");
        }
    }

    fn mixed(&mut self, context: &Context<'_, '_>) {
        self.error(context.arguments_span, "a JSON array can only hold strings here");
    }

    /// Says that the instruction lacks something; the words follow its keyword.
    fn missing(&mut self, context: &Context<'_, '_>, what: &str) {
        let keyword = context.keyword.as_str();
        let span = context.keyword_span.cover(context.arguments_span);
        self.error(span, format!("`{keyword}` {what}"));
    }

    fn error(&mut self, span: Span, message: impl Into<String>) {
        self.file.errors.push(SyntaxError::new(span, message));
    }
}

/// What the arguments of an instruction belong to.
struct Context<'l, 's> {
    line: &'l LogicalLine<'s>,
    keyword: Keyword,
    keyword_span: Span,
    arguments_span: Span,
}

/// Whether a line in an open heredoc looks like the next instruction: an upper-case keyword at its very start, and a
/// blank behind it.
fn starts_instruction(line: &str) -> bool {
    let Some((word, _)) = line.split_once([' ', '\t']) else { return false };
    Keyword::ALL.into_iter().any(|keyword| keyword.as_str() == word)
}

fn is_stage_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_alphabetic)
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}
