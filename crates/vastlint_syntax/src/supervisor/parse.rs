use vastlint_text::{MappedText, Span};

use super::text::{Line, is_space, lines, trim};
use super::{Config, Key, Section};
use crate::SyntaxError;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// Reads a supervisord configuration file.
pub fn parse(source: &str) -> Config {
    let mut parser =
        Parser { source, config: Config::default(), open: None, indentation: 0, before_sections: false };
    let mut offset = 0;
    if source.starts_with(BYTE_ORDER_MARK) {
        offset = BYTE_ORDER_MARK.len_utf8() as u32;
        parser.error(
            Span::new(0, offset),
            "supervisord takes the byte order mark for text before the first section, and refuses the file",
        );
    }
    for line in lines(source, offset) {
        parser.line(line);
    }
    parser.close_key();
    parser.config
}

struct Parser<'s> {
    source: &'s str,
    config: Config,
    /// The key that an indented line continues.
    open: Option<OpenKey>,
    /// Of the last line that was a header or a key, in characters.
    indentation: usize,
    /// Whether text before the first section was reported.
    before_sections: bool,
}

struct OpenKey {
    name: String,
    name_span: Span,
    /// Behind the delimiter: where the value is when it is empty.
    behind_delimiter: u32,
    value: MappedText,
    value_span: Option<Span>,
    /// Line ends that belong to the value if more text follows; those behind its last text do not.
    line_ends: Vec<Span>,
}

impl Parser<'_> {
    fn error(&mut self, span: Span, message: impl Into<String>) {
        self.config.errors.push(SyntaxError::new(span, message));
    }

    fn line(&mut self, line: Line) {
        let comment = comment_start(line.content.text(self.source));
        let text_end = match comment {
            Some(start) => {
                let start = line.content.start + start as u32;
                self.config.comments.push(Span::new(start, line.content.end));
                start
            }
            None => line.content.end,
        };
        let text = trim(self.source, Span::new(line.content.start, text_end));
        if text.is_empty() {
            // A blank line is a part of the value around it; a comment line is as if it were not there.
            if let Some(key) = self.open.as_mut().filter(|_| comment.is_none()) {
                key.line_ends.push(line.end);
            }
            return;
        }
        let before = Span::new(line.content.start, text.start).text(self.source);
        let indentation = before.chars().count();
        if let Some(key) = self.open.as_mut().filter(|_| indentation > self.indentation) {
            key.push(self.source, text, line.end);
            return;
        }
        self.indentation = indentation;
        if let Some(name_span) = section_name(self.source, text) {
            self.close_key();
            let header_span = Span::new(text.start, name_span.end + 1);
            self.config.sections.push(Section {
                span: header_span,
                header_span,
                name_span,
                name: name_span.text(self.source).to_owned(),
                keys: Vec::new(),
            });
        } else if self.config.sections.is_empty() {
            if !self.before_sections {
                self.before_sections = true;
                self.error(text, "supervisord refuses text before the first `[section]`");
            }
        } else {
            self.key(text, line.end);
        }
    }

    fn key(&mut self, text: Span, line_end: Span) {
        let content = text.text(self.source);
        let Some(delimiter) = memchr::memchr2(b'=', b':', content.as_bytes()) else {
            // The key before stays open: supervisord would give it the indented lines that follow.
            let message = if content.starts_with('[') {
                "a section header needs a name and a closing `]`"
            } else {
                "a key needs a value: write `key=value`"
            };
            self.error(text, message);
            return;
        };
        self.close_key();
        let delimiter = text.start + delimiter as u32;
        let name_span = trim(self.source, Span::new(text.start, delimiter));
        if name_span.is_empty() {
            self.error(text, "a value needs a key before its delimiter");
            return;
        }
        let mut key = OpenKey {
            name: name_span.text(self.source).to_lowercase(),
            name_span,
            behind_delimiter: delimiter + 1,
            value: MappedText::new(),
            value_span: None,
            line_ends: Vec::new(),
        };
        let value = trim(self.source, Span::new(delimiter + 1, text.end));
        if value.is_empty() {
            key.line_ends.push(line_end);
        } else {
            key.push(self.source, value, line_end);
        }
        self.open = Some(key);
    }

    fn close_key(&mut self) {
        let Some(key) = self.open.take() else { return };
        let Some(section) = self.config.sections.last_mut() else { return };
        let value_span = key.value_span.unwrap_or(Span::empty(key.behind_delimiter));
        let span = key.name_span.cover(value_span);
        section.span = section.span.cover(span);
        let (value, map) = key.value.into_parts();
        section.keys.push(Key { span, name: key.name, name_span: key.name_span, value_span, value, map });
    }
}

impl OpenKey {
    fn push(&mut self, source: &str, text: Span, line_end: Span) {
        for &end in &self.line_ends {
            self.value.replace("\n", end);
        }
        self.line_ends.clear();
        self.line_ends.push(line_end);
        self.value.push(source, text);
        self.value_span = Some(self.value_span.map_or(text, |span| span.cover(text)));
    }
}

/// Where the comment of a line starts, in bytes.
///
/// A line whose first text is `;` or `#` is a comment whole. Inside a line a comment starts at a `;` or `#` behind
/// white space, quotes or not. Python looks for both marks in rounds, one occurrence of each a round, and stops after
/// the first round that finds a comment: a mark that takes more rounds does not count, even if it stands further left.
fn comment_start(line: &str) -> Option<usize> {
    if line.trim_start_matches(is_space).starts_with([';', '#']) {
        return Some(0);
    }
    let starts_comment =
        |&at: &usize| line.get(..at).is_some_and(|before| before.chars().next_back().is_none_or(is_space));
    // A search that found nothing is not repeated: in every round it would go over the rest of the line again.
    let mut semicolons = Some(memchr::memchr_iter(b';', line.as_bytes()));
    let mut hashes = Some(memchr::memchr_iter(b'#', line.as_bytes()));
    loop {
        let semicolon = semicolons.as_mut().and_then(Iterator::next);
        let hash = hashes.as_mut().and_then(Iterator::next);
        semicolons = semicolons.filter(|_| semicolon.is_some());
        hashes = hashes.filter(|_| hash.is_some());
        if semicolon.is_none() && hash.is_none() {
            return None;
        }
        let found = [semicolon.filter(starts_comment), hash.filter(starts_comment)];
        if let Some(start) = found.into_iter().flatten().min() {
            return Some(start);
        }
    }
}

/// The name of the section header that a trimmed line starts with: from the first `[` to the last `]`.
fn section_name(source: &str, line: Span) -> Option<Span> {
    let content = line.text(source).strip_prefix('[')?;
    let length = memchr::memrchr(b']', content.as_bytes()).filter(|&length| length > 0)?;
    Some(Span::new(line.start + 1, line.start + 1 + length as u32))
}
