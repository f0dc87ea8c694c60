use std::collections::HashMap;

use vastlint_text::Span;

use super::word::Mode;
use super::{Parser, Pending};
use crate::shell::tree::Heredoc;
use crate::shell::word::{WordPart, WordPartKind};

/// Where lines stand, by their text: asked once a heredoc's terminator was looked for in vain, so that a text full of
/// such heredocs is not read again for each.
pub(super) struct LineIndex<'s> {
    /// Starts of the lines with exactly this text.
    exact: HashMap<&'s str, Vec<usize>>,
    /// Starts of the lines with this text behind tabs, for `<<-`.
    indented: HashMap<&'s str, Vec<usize>>,
    /// Starts of the lines with this text between blanks.
    trimmed: HashMap<&'s str, Vec<usize>>,
}

impl<'s> LineIndex<'s> {
    fn new(source: &'s str) -> Self {
        let mut index = Self { exact: HashMap::new(), indented: HashMap::new(), trimmed: HashMap::new() };
        let mut start = 0;
        for line in source.split_inclusive('\n') {
            let text = line.strip_suffix('\n').unwrap_or(line);
            let text = text.strip_suffix('\r').unwrap_or(text);
            // Delimiters are short; long lines would only make the keys dear.
            if !text.is_empty() && text.len() <= 256 {
                index.exact.entry(text).or_default().push(start);
                index.indented.entry(text.trim_start_matches('\t')).or_default().push(start);
                index.trimmed.entry(text.trim()).or_default().push(start);
            }
            start += line.len();
        }
        index
    }
}

fn first_from(lines: &HashMap<&str, Vec<usize>>, text: &str, from: usize, end: usize) -> Option<usize> {
    let starts = lines.get(text)?;
    starts.get(starts.partition_point(|start| *start < from)).copied().filter(|start| *start < end)
}

impl Parser<'_> {
    /// Reads the bodies of the heredocs whose operators were read; the first one begins here.
    pub(super) fn heredoc_bodies(&mut self) {
        for pending in std::mem::take(&mut self.pending) {
            self.heredoc_body(&pending);
        }
    }

    /// Gives the heredocs that wait from `from` on the text that is left, where no line follows.
    pub(super) fn close_heredocs(&mut self, from: usize) {
        let late = self.pending.split_off(from.min(self.pending.len()));
        for pending in late {
            self.heredoc_body(&pending);
        }
    }

    pub(super) fn flush_heredocs(&mut self) {
        self.close_heredocs(0);
    }

    fn heredoc_body(&mut self, pending: &Pending) {
        let start = self.pos;
        let End { body: body_end, terminator, next, exact } = self.heredoc_end(pending);
        let body = Span::from_range(start..body_end);
        if terminator.is_none() {
            let message = format!("heredoc has no line `{}` that ends it", pending.delimiter);
            self.error(pending.span, message);
        } else if let Some(span) = terminator
            && !exact
        {
            self.error(
                span,
                format!("this line does not end the heredoc: it must be `{}` alone", pending.delimiter),
            );
        }
        let parts = if !pending.quoted {
            self.heredoc_parts(body)
        } else if self.options.github_expressions {
            self.github_parts(body)
        } else {
            Vec::new()
        };
        self.pos = next;
        self.heredocs[pending.index as usize] = Heredoc { body, terminator, parts, ..Heredoc::default() };
    }

    fn heredoc_parts(&mut self, body: Span) -> Vec<WordPart> {
        let opener = Span::empty(body.start);
        if body.is_empty() || !self.enter(opener) {
            return Vec::new();
        }
        // What waits in the body waits for a line of the body.
        let outer = std::mem::take(&mut self.pending);
        let parts = self.within(body.start as usize, body.end as usize, |parser| {
            let parts = parser.parts(Mode::Heredoc);
            parser.flush_heredocs();
            parts
        });
        self.pending = outer;
        self.leave();
        parts.into_parts()
    }

    /// Literal text and GitHub expressions, in a body that the shell does not expand.
    fn github_parts(&mut self, body: Span) -> Vec<WordPart> {
        let mut parts = Vec::new();
        let mut start = body.start;
        while let Some(expression) = self.github_expression(start as usize, body.end as usize)
            && expression.end <= body.end
        {
            if start < expression.start {
                let span = Span::new(start, expression.start);
                parts.push(WordPart { span, kind: WordPartKind::Literal });
            }
            parts.push(WordPart { span: expression, kind: WordPartKind::GithubExpression });
            start = expression.end;
        }
        if start < body.end {
            parts.push(WordPart { span: Span::new(start, body.end), kind: WordPartKind::Literal });
        }
        parts
    }

    fn heredoc_end(&mut self, pending: &Pending) -> End {
        let delimiter = pending.delimiter.as_bytes();
        let in_substitution = self.frames.iter().any(|frame| frame.barrier) && self.backquotes == 0;
        if self.lines.is_none() {
            let mut line = self.pos;
            let mut continued = false;
            while line < self.end {
                let end = self.line_end(line);
                let text = self.terminator_start(line, end, pending.strip_tabs);
                // A line that the one before it goes on in is no line of its own where continuations are read.
                let whole = !std::mem::replace(&mut continued, !pending.quoted && self.goes_on(line, end));
                if whole && self.bytes[text..end].starts_with(delimiter) {
                    let rest = text + delimiter.len();
                    // Within `$(…)`, bash takes `EOF)` for the end of both, and warns.
                    if rest == end || in_substitution && self.bytes[rest] == b')' {
                        return self.found_terminator(line, text, rest, rest == end);
                    }
                }
                line = end + self.line_end_length(end);
                if line == end {
                    break;
                }
            }
            self.lines = Some(LineIndex::new(self.source));
        }
        let (from, end) = (self.pos, self.end);
        let missing = |at| End { body: at, terminator: None, next: at, exact: false };
        let Some(lines) = &self.lines else { return missing(end) };
        let whole = if pending.strip_tabs { &lines.indented } else { &lines.exact };
        if let Some(line) = first_from(whole, &pending.delimiter, from, end) {
            let text = self.terminator_start(line, self.line_end(line), pending.strip_tabs);
            let continued = !pending.quoted && line > from && self.goes_on(from, line - 1);
            return self.found_terminator(line, text, text + delimiter.len(), !continued);
        }
        // Nearly the terminator: indented, or with blanks behind it.
        if let Some(line) = first_from(&lines.trimmed, pending.delimiter.trim(), from, end) {
            let line_end = self.line_end(line);
            let text = Span::from_range(line..line_end).text(self.source);
            let start = line + (text.len() - text.trim_start().len());
            let next = line_end + self.line_end_length(line_end);
            let terminator = Some(Span::from_range(start..line_end));
            return End { body: line, terminator, next, exact: false };
        }
        // No such line at all: the paragraph is the best guess, and what follows it is read as commands again.
        let mut line = from;
        while line < end {
            let line_end = self.line_end(line);
            let length = self.line_end_length(line_end);
            if line_end == line && line > from {
                return missing(line);
            }
            if length == 0 {
                break;
            }
            line = line_end + length;
        }
        missing(end)
    }

    /// Whether the line `start..end` ends in a backslash that nothing protects.
    fn goes_on(&self, start: usize, end: usize) -> bool {
        self.bytes[start..end].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
    }

    fn terminator_start(&self, line: usize, end: usize, strip_tabs: bool) -> usize {
        if !strip_tabs {
            return line;
        }
        line + self.bytes[line..end].iter().take_while(|byte| **byte == b'\t').count()
    }

    fn found_terminator(&self, line: usize, start: usize, end: usize, exact: bool) -> End {
        let next = end + self.line_end_length(end);
        End { body: line, terminator: Some(Span::from_range(start..end)), next, exact }
    }
}

/// Where a heredoc ends.
struct End {
    /// Where its body ends.
    body: usize,
    terminator: Option<Span>,
    /// Where the text goes on.
    next: usize,
    /// Whether the terminator stands alone on its line, as it must.
    exact: bool,
}
