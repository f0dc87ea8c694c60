use vastlint_text::Span;

use super::Parser;
use crate::shell::word::{Parts, Repr, Word, WordPart, WordPartKind};

/// What a text of parts is, and so which bytes mean something in it and where it ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// A word: up to a blank or an operator.
    Word,
    /// A word behind a command's name: `name=(…)` is read, too.
    Argument,
    /// What follows `=` in an assignment: patterns and braces mean nothing.
    Value,
    /// What follows `=~`: parentheses and `|` belong to it.
    Regex,
    /// Between double quotes.
    Quoted,
    /// A heredoc's body, to the visible end.
    Heredoc,
    /// Behind an operator of `${…}`: up to `}` or the byte.
    Operand { quoted: bool, stop: u8 },
    /// Arithmetic or a subscript, to the visible end.
    Arithmetic,
}

impl Mode {
    const fn bit(self) -> u8 {
        match self {
            Self::Word | Self::Argument | Self::Value | Self::Regex => WORD,
            Self::Quoted => QUOTED,
            Self::Heredoc => HEREDOC,
            Self::Operand { .. } | Self::Arithmetic => INNER,
        }
    }

    const fn is_quoted(self) -> bool {
        matches!(self, Self::Quoted | Self::Heredoc)
    }

    /// Whether patterns and braces mean something.
    const fn has_patterns(self) -> bool {
        matches!(self, Self::Word | Self::Argument)
    }
}

const WORD: u8 = 1;
const QUOTED: u8 = 1 << 1;
const HEREDOC: u8 = 1 << 2;
const INNER: u8 = 1 << 3;

/// In which modes a byte is more than itself.
static SPECIAL: [u8; 256] = special();

const fn special() -> [u8; 256] {
    const fn mark(mut table: [u8; 256], bytes: &[u8], modes: u8) -> [u8; 256] {
        let mut index = 0;
        while index < bytes.len() {
            table[bytes[index] as usize] |= modes;
            index += 1;
        }
        table
    }
    let table = mark([0; 256], b"\\$`", WORD | QUOTED | HEREDOC | INNER);
    let table = mark(table, b"\"", WORD | QUOTED | INNER);
    let table = mark(table, b"'", WORD | INNER);
    let table = mark(table, b" \t\n\r;&|()<>*?[{~", WORD);
    mark(table, b"}/:", INNER)
}

impl Parser<'_> {
    /// The word at the current place; of no bytes where none is.
    pub(super) fn word(&mut self, mode: Mode) -> Word {
        let start = self.pos;
        let parts = self.parts(mode);
        Word { span: self.span_from(start), parts }
    }

    pub(super) fn parts(&mut self, mode: Mode) -> Parts {
        let start = self.pos;
        let mut parts = Parts::default();
        // Where the plain text before the current place begins.
        let mut literal = start;
        let mut group = 0u32;
        let mut group_start = start;
        let mut has_marks = false;
        let bit = mode.bit();
        while self.pos < self.end {
            let at = self.pos;
            let byte = self.bytes[at];
            if SPECIAL[byte as usize] & bit == 0 {
                self.pos += 1;
                continue;
            }
            let mut part_start = at;
            let kind = match byte {
                b'\\' => self.backslash(mode),
                b'$' => self.dollar(mode.is_quoted()),
                b'`' => Some(self.backquote(1)),
                b'\'' if mode == Mode::Arithmetic => self.quote_in_arithmetic(),
                b'\'' => {
                    self.flush(&mut parts, literal, at);
                    self.single_quoted(&mut parts);
                    literal = self.pos;
                    continue;
                }
                b'"' if mode == Mode::Quoted => break,
                b'"' => Some(WordPartKind::DoubleQuoted(self.double_quoted(at))),
                b'}' if matches!(mode, Mode::Operand { .. }) => break,
                b'/' | b':' | b'}' => {
                    if matches!(mode, Mode::Operand { stop, .. } if stop == byte) {
                        break;
                    }
                    self.pos += 1;
                    None
                }
                b'\n' | b'\r' => {
                    if self.line_end_length(at) > 0 {
                        break;
                    }
                    self.pos += 1;
                    None
                }
                b'<' | b'>' if self.byte(at + 1) == b'(' && mode != Mode::Regex => Some(self.process(byte)),
                b'|' if mode == Mode::Regex => {
                    self.pos += 1;
                    None
                }
                b' ' | b'\t' | b';' | b'&' | b'<' | b'>' | b'|' if group == 0 => break,
                b' ' | b'\t' | b';' | b'&' | b'<' | b'>' => {
                    self.pos += 1;
                    None
                }
                b'|' => {
                    self.pos += 1;
                    Some(WordPartKind::Glob)
                }
                b')' if group == 0 => break,
                b')' => {
                    group -= 1;
                    self.pos += 1;
                    (mode != Mode::Regex).then_some(WordPartKind::Glob)
                }
                b'(' if mode == Mode::Regex => {
                    if group == 0 {
                        group_start = at;
                    }
                    group += 1;
                    self.pos += 1;
                    None
                }
                b'(' => {
                    let plain_before = literal < at;
                    if plain_before && matches!(self.bytes[at - 1], b'+' | b'@' | b'!') {
                        part_start = at - 1;
                        if group == 0 {
                            group_start = at;
                        }
                        group += 1;
                        self.pos += 1;
                        Some(WordPartKind::Glob)
                    } else if group > 0 {
                        group += 1;
                        self.pos += 1;
                        None
                    } else if mode == Mode::Argument && plain_before && self.bytes[at - 1] == b'=' {
                        Some(WordPartKind::Array(self.array()))
                    } else {
                        break;
                    }
                }
                b'*' | b'?' => {
                    self.pos += 1;
                    if mode != Mode::Regex && self.peek() == b'(' {
                        if group == 0 {
                            group_start = self.pos;
                        }
                        group += 1;
                        self.pos += 1;
                        Some(WordPartKind::Glob)
                    } else if mode.has_patterns() {
                        while matches!(self.peek(), b'*' | b'?') && self.byte(self.pos + 1) != b'(' {
                            self.pos += 1;
                        }
                        Some(WordPartKind::Glob)
                    } else {
                        None
                    }
                }
                b'~' => self.tilde(mode, at == start),
                // `[` and `{`, which mean something only with their partners.
                _ => {
                    has_marks = true;
                    self.pos += 1;
                    None
                }
            };
            if let Some(kind) = kind {
                self.flush(&mut parts, literal, part_start);
                literal = self.pos;
                parts.push(WordPart { span: Span::from_range(part_start..self.pos), kind });
            }
        }
        self.flush(&mut parts, literal, self.pos);
        if group > 0 {
            let opener = Span::from_range(group_start..group_start + 1);
            self.error(opener, "`(` has no closing `)`");
        }
        if has_marks && mode.has_patterns() {
            parts = self.mark_brackets(parts);
        }
        parts
    }

    fn flush(&self, parts: &mut Parts, start: usize, end: usize) {
        debug_assert!(self.source.is_char_boundary(start) && self.source.is_char_boundary(end));
        if start < end {
            parts.push(WordPart { span: Span::from_range(start..end), kind: WordPartKind::Literal });
        }
    }

    /// A backslash and what it protects. `None`, behind what stands for itself, where it protects nothing.
    fn backslash(&mut self, mode: Mode) -> Option<WordPartKind> {
        let at = self.pos;
        let next = self.byte(at + 1);
        match self.continuation_length(at) {
            0 => {}
            length => {
                self.pos += length;
                return Some(WordPartKind::Continuation);
            }
        }
        if next == b'`' && self.backquotes > 0 {
            return Some(self.backquote(2));
        }
        if at + 1 >= self.end {
            self.pos += 1;
            return None;
        }
        let protects = match mode {
            Mode::Quoted => matches!(next, b'$' | b'`' | b'"' | b'\\'),
            Mode::Heredoc => matches!(next, b'$' | b'`' | b'\\'),
            Mode::Operand { quoted: true, .. } => matches!(next, b'$' | b'`' | b'"' | b'\\' | b'}' | b'/'),
            _ => true,
        };
        self.pos += 1;
        if protects || !next.is_ascii() {
            self.pos += self.source[self.pos..].chars().next().map_or(0, char::len_utf8);
        }
        protects.then_some(WordPartKind::Escape)
    }

    /// Pushes `'…'`; in pieces where GitHub expressions stand in it.
    fn single_quoted(&mut self, parts: &mut Parts) {
        let open = self.pos;
        self.held(open, |parser| {
            let mut piece = open;
            let mut at = open + 1;
            loop {
                let visible = &parser.bytes[at.min(parser.end)..parser.end];
                let close = memchr::memchr(b'\'', visible).map(|length| at + length);
                let expression = parser.github_expression(at, close.unwrap_or(parser.end));
                if let Some(expression) = expression {
                    let start = expression.start as usize;
                    parts.push(WordPart {
                        span: Span::from_range(piece..start),
                        kind: WordPartKind::SingleQuoted,
                    });
                    parts.push(WordPart { span: expression, kind: WordPartKind::GithubExpression });
                    piece = expression.end as usize;
                    at = piece;
                    continue;
                }
                if let Some(close) = close {
                    parser.pos = close + 1;
                    if parser.suspect_single.is_none() && parser.is_suspect(open, close) {
                        parser.suspect_single = Some(open);
                    }
                } else {
                    parser.pos = parser.end;
                    parser.unclosed(Span::from_range(open..open + 1), "'");
                }
                break;
            }
            if piece < parser.pos {
                parts.push(WordPart { span: parser.span_from(piece), kind: WordPartKind::SingleQuoted });
            }
        });
    }

    /// Arithmetic is no place for quotes, except in subscripts: a lone one is text.
    fn quote_in_arithmetic(&mut self) -> Option<WordPartKind> {
        self.pos += 1;
        let length = memchr::memchr(b'\'', &self.bytes[self.pos..self.end])?;
        self.pos += length + 1;
        Some(WordPartKind::SingleQuoted)
    }

    /// Whether the quote that opens at `open` and closes at `close` looks as if `close` were meant to open one.
    fn is_suspect(&self, open: usize, close: usize) -> bool {
        let next = self.byte(close + 1);
        (next.is_ascii_alphanumeric() || matches!(next, b'_' | b'$' | b'/' | b'{'))
            && !self.held.openers.contains(&open)
            && memchr::memchr(b'\n', &self.bytes[open..close]).is_some()
    }

    /// The parts from `"` to `"`; the token begins at `open`, which may be a `$` before it.
    pub(super) fn double_quoted(&mut self, open: usize) -> Vec<WordPart> {
        let quote = self.pos;
        let opener = Span::from_range(quote..quote + 1);
        if !self.enter(opener) {
            self.skip_pair(b'"', b'"');
            return Vec::new();
        }
        let parts = self.held(quote, |parser| {
            parser.pos += 1;
            let parts = parser.parts(Mode::Quoted);
            if parser.at_end() {
                parser.unclosed(opener, "\"");
            } else {
                if parser.suspect_double.is_none() && parser.is_suspect(quote, parser.pos) {
                    parser.suspect_double = Some(quote);
                }
                parser.pos += 1;
            }
            parts
        });
        self.leave();
        debug_assert!(open <= quote);
        parts.into_vec()
    }

    fn tilde(&mut self, mode: Mode, first: bool) -> Option<WordPartKind> {
        let at = self.pos;
        self.pos += 1;
        let begins = first || mode == Mode::Value && at > 0 && self.bytes[at - 1] == b':';
        if mode == Mode::Regex || !begins {
            return None;
        }
        let user = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'+' | b'-');
        let end = self.pos + self.bytes[self.pos..self.end].iter().take_while(|byte| user(byte)).count();
        let ends =
            self.byte(end) == b'/' || mode == Mode::Value && self.byte(end) == b':' || self.ends_word(end);
        if !ends {
            return None;
        }
        self.pos = end;
        Some(WordPartKind::Tilde)
    }

    /// Splits literal text where it holds a brace expansion or a bracket pattern.
    fn mark_brackets(&self, parts: Parts) -> Parts {
        let mut marks = Vec::new();
        self.find_braces(&parts, &mut marks);
        self.find_brackets(&parts, &mut marks);
        if marks.is_empty() {
            return parts;
        }
        marks.sort_unstable_by_key(|(span, _)| span.start);
        let mut marks = marks.into_iter().peekable();
        let mut split = Parts::default();
        for part in parts.into_vec() {
            if part.kind != WordPartKind::Literal {
                split.push(part);
                continue;
            }
            let mut start = part.span.start;
            while let Some((mark, is_brace)) = marks.next_if(|(mark, _)| mark.end <= part.span.end) {
                self.flush(&mut split, start as usize, mark.start as usize);
                let kind = if is_brace { WordPartKind::Brace } else { WordPartKind::Glob };
                split.push(WordPart { span: mark, kind });
                start = mark.end;
            }
            self.flush(&mut split, start as usize, part.span.end as usize);
        }
        split
    }

    /// Finds the braces, commas and `..` of brace expansions: braces that hold at least one of the other two.
    fn find_braces(&self, parts: &Parts, marks: &mut Vec<(Span, bool)>) {
        // Per open brace: where its marks begin, and whether it holds a separator.
        let mut open: Vec<(usize, bool)> = Vec::new();
        let mut found: Vec<Span> = Vec::new();
        let mut kept: Vec<Span> = Vec::new();
        for part in parts {
            if part.kind != WordPartKind::Literal {
                continue;
            }
            let mut at = part.span.start as usize;
            let end = part.span.end as usize;
            while at < end {
                let mut length = 1;
                match self.bytes[at] {
                    b'{' => {
                        open.push((found.len(), false));
                        found.push(Span::from_range(at..at + 1));
                    }
                    b'}' => {
                        if let Some((first, separated)) = open.pop() {
                            if separated {
                                found.push(Span::from_range(at..at + 1));
                                kept.extend(found.drain(first..));
                            } else {
                                found.truncate(first);
                            }
                        }
                    }
                    b',' => {
                        if let Some(last) = open.last_mut() {
                            last.1 = true;
                            found.push(Span::from_range(at..at + 1));
                        }
                    }
                    b'.' if at + 1 < end && self.bytes[at + 1] == b'.' => {
                        length = 2;
                        if let Some(last) = open.last_mut() {
                            last.1 = true;
                            found.push(Span::from_range(at..at + 2));
                        }
                    }
                    _ => {}
                }
                at += length;
            }
        }
        marks.extend(kept.into_iter().map(|span| (span, true)));
    }

    /// Finds each `[` that has a `]` behind it in the word, with something between them.
    fn find_brackets(&self, parts: &Parts, marks: &mut Vec<(Span, bool)>) {
        let literals = || parts.iter().filter(|part| part.kind == WordPartKind::Literal);
        let Some(last) = literals().rev().find_map(|part| {
            let text = &self.bytes[part.span.range()];
            memchr::memrchr(b']', text).map(|length| part.span.start as usize + length)
        }) else {
            return;
        };
        for part in literals() {
            for length in memchr::memchr_iter(b'[', &self.bytes[part.span.range()]) {
                let at = part.span.start as usize + length;
                if at + 1 < last {
                    marks.push((Span::from_range(at..at + 1), false));
                }
            }
        }
    }
}

impl Parts {
    fn into_vec(self) -> Vec<WordPart> {
        match self.0 {
            Repr::None => Vec::new(),
            Repr::One(part) => vec![part],
            Repr::Many(parts) => parts,
        }
    }

    pub(super) fn into_parts(self) -> Vec<WordPart> {
        self.into_vec()
    }
}
