use std::ops::Range;

use super::logical::LogicalLine;
use super::tree::JsonString;

/// Deepest nesting of a JSON value that is still read as JSON, as in the decoder that `BuildKit` uses.
const MAX_DEPTH: usize = 10_000;

/// What a text that starts with `[` turned out to be.
pub(super) enum Array {
    /// An array of strings.
    Strings(Vec<JsonString>),
    /// Valid JSON with other values between the strings: `BuildKit` refuses it.
    Mixed(Vec<JsonString>),
    /// No JSON. `BuildKit` takes it for shell form.
    Invalid,
}

/// Reads the JSON array that fills a range of the line.
pub(super) fn parse(line: &LogicalLine<'_>, range: &Range<usize>) -> Array {
    let text = &line.text()[..range.end];
    if !text[range.start..].starts_with('[') {
        return Array::Invalid;
    }
    let mut reader = Reader { line, text, at: range.start, strings: Vec::new(), is_mixed: false };
    match reader.document() {
        None => Array::Invalid,
        Some(()) if reader.is_mixed => Array::Mixed(reader.strings),
        Some(()) => Array::Strings(reader.strings),
    }
}

struct Reader<'l, 's> {
    line: &'l LogicalLine<'s>,
    text: &'l str,
    at: usize,
    strings: Vec<JsonString>,
    is_mixed: bool,
}

/// What a JSON value is inside of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Container {
    Array,
    Object,
}

impl Reader<'_, '_> {
    /// One value, and nothing behind it. `None`: not JSON. A stack instead of recursion: the nesting is the author's.
    fn document(&mut self) -> Option<()> {
        let mut stack = Vec::new();
        loop {
            // A value, or the end of an empty container.
            self.blanks();
            match self.peek()? {
                open @ (b'[' | b'{') => {
                    if stack.len() == MAX_DEPTH {
                        return None;
                    }
                    self.is_mixed |= !stack.is_empty();
                    self.at += 1;
                    let container = if open == b'[' { Container::Array } else { Container::Object };
                    stack.push(container);
                    self.blanks();
                    let close = if open == b'[' { b']' } else { b'}' };
                    if self.peek()? == close {
                        self.at += 1;
                        stack.pop();
                    } else {
                        if container == Container::Object {
                            self.key()?;
                        }
                        continue;
                    }
                }
                b'"' => {
                    let string = self.string()?;
                    if stack.len() == 1 {
                        self.strings.push(string);
                    }
                }
                _ => {
                    self.is_mixed = true;
                    self.scalar()?;
                }
            }
            // Behind a value: the next one, or the ends of containers.
            loop {
                self.blanks();
                let Some(&container) = stack.last() else {
                    return self.peek().is_none().then_some(());
                };
                match (self.peek()?, container) {
                    (b',', Container::Array) => {
                        self.at += 1;
                        break;
                    }
                    (b',', Container::Object) => {
                        self.at += 1;
                        self.key()?;
                        break;
                    }
                    (b']', Container::Array) | (b'}', Container::Object) => {
                        self.at += 1;
                        stack.pop();
                    }
                    _ => return None,
                }
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn key(&mut self) -> Option<()> {
        self.blanks();
        self.string()?;
        self.blanks();
        (self.peek()? == b':').then(|| self.at += 1)
    }

    fn string(&mut self) -> Option<JsonString> {
        if self.peek()? != b'"' {
            return None;
        }
        let start = self.at;
        self.at += 1;
        let mut copied = self.at;
        let mut decoded: Option<String> = None;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => {
                    let value = decoded.get_or_insert_default();
                    value.push_str(&self.text[copied..self.at]);
                    self.at += 1;
                    value.push(self.escape()?);
                    copied = self.at;
                }
                0..0x20 => return None,
                _ => self.at += 1,
            }
        }
        if let Some(value) = &mut decoded {
            value.push_str(&self.text[copied..self.at]);
        }
        let inner = start + 1..self.at;
        self.at += 1;
        let span = self.line.span(start..self.at);
        let value = match decoded {
            Some(value) => Some(value.into_boxed_str()),
            None if span.len() as usize == self.at - start => None,
            None => Some(self.text[inner].into()),
        };
        Some(JsonString { span, value })
    }

    /// The character of the escape whose backslash was just read.
    fn escape(&mut self) -> Option<char> {
        let escaped = self.peek()?;
        self.at += 1;
        Some(match escaped {
            b'"' | b'\\' | b'/' => char::from(escaped),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = self.hex()?;
                match unit {
                    0xd800..0xdc00 => self.low_surrogate(unit),
                    _ => char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER),
                }
            }
            _ => return None,
        })
    }

    fn low_surrogate(&mut self, high: u32) -> char {
        let before = self.at;
        if self.text[before..].starts_with("\\u") {
            self.at += 2;
            if let Some(low @ 0xdc00..0xe000) = self.hex() {
                let code = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                return char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
            }
        }
        self.at = before;
        char::REPLACEMENT_CHARACTER
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
    }

    /// A number, `true`, `false` or `null`.
    fn scalar(&mut self) -> Option<()> {
        for word in ["true", "false", "null"] {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Some(());
            }
        }
        if self.peek()? == b'-' {
            self.at += 1;
        }
        match self.peek()? {
            b'0' => self.at += 1,
            _ => self.digits()?,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }
}
