//! What a rule proposes to write, in the words of the document that it looks at. How that is written into the file on
//! disk is the engine's business: a rule never asks where its document came from.

use vastlint_diagnostic::Applicability;
use vastlint_model::{Document, DocumentId};
use vastlint_text::{FileId, Span};

/// A change of documents that does away with a finding: all of it is made, or nothing.
///
/// Line ends in the texts are `\n`; the file's own are written. In the command of a `RUN`, which is one logical line,
/// a line end becomes a continuation where the command is written over several lines, and a blank where it is not: so
/// `set -euo pipefail &&\n` in front of a command looks like its neighbours.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProposedFix {
    /// What it does, as an order; no full stop.
    pub message: String,
    /// Whether it may be made unseen.
    pub applicability: Applicability,
    /// In any order; no two of one document touch the same byte.
    pub edits: Vec<DocumentEdit>,
    /// Files that are made executable.
    pub executable: Vec<FileId>,
}

/// A replacement of a span of a document's own text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DocumentEdit {
    /// The document, which may be embedded.
    pub document: DocumentId,
    /// Bytes of its text; empty: the place of an insertion.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
}

impl ProposedFix {
    /// A fix that keeps what the file does, but for the fault.
    #[must_use]
    pub fn safe(message: impl Into<String>) -> Self {
        Self::new(Applicability::Safe, message)
    }

    /// A fix that does nothing yet; `message` says what it will do.
    #[must_use]
    pub fn new(applicability: Applicability, message: impl Into<String>) -> Self {
        Self { message: message.into(), applicability, edits: Vec::new(), executable: Vec::new() }
    }

    /// Writes `text` in the place of `span`.
    #[must_use]
    pub fn replace(mut self, document: &Document, span: Span, text: impl Into<String>) -> Self {
        self.edits.push(DocumentEdit { document: document.id, span, text: text.into() });
        self
    }

    /// Writes `text` in front of the byte at `offset`.
    #[must_use]
    pub fn insert(self, document: &Document, offset: u32, text: impl Into<String>) -> Self {
        self.replace(document, Span::empty(offset), text)
    }

    /// Takes a span out.
    #[must_use]
    pub fn delete(self, document: &Document, span: Span) -> Self {
        self.replace(document, span, "")
    }

    /// Writes whole lines above the line that holds `offset`. `lines` is written as it is, without its last line end.
    #[must_use]
    pub fn insert_lines_above(self, document: &Document, offset: u32, lines: &str) -> Self {
        let start = line_start(&document.text, offset);
        self.insert(document, start, format!("{lines}\n"))
    }

    /// Writes whole lines below the line that holds `offset`, also where that is the last one and has no line end.
    #[must_use]
    pub fn insert_lines_below(self, document: &Document, offset: u32, lines: &str) -> Self {
        let end = full_lines(&document.text, Span::empty(offset)).end;
        let is_open = end as usize == document.text.len()
            && !document.text.is_empty()
            && !document.text.ends_with('\n');
        let text = if is_open { format!("\n{lines}") } else { format!("{lines}\n") };
        self.insert(document, end, text)
    }

    /// Takes out the lines that `span` touches, with their line ends.
    #[must_use]
    pub fn delete_lines(self, document: &Document, span: Span) -> Self {
        let lines = full_lines(&document.text, span);
        self.delete(document, lines)
    }

    /// Makes the document's file executable.
    #[must_use]
    pub fn make_executable(mut self, file: FileId) -> Self {
        self.executable.push(file);
        self
    }
}

/// Where the line that holds `offset` starts.
#[must_use]
pub fn line_start(text: &str, offset: u32) -> u32 {
    let before = &text.as_bytes()[..(offset as usize).min(text.len())];
    before.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline as u32 + 1)
}

/// The lines that a span touches, from the start of the first to behind the line end of the last. A span that ends with
/// a line end does not touch the line behind it.
#[must_use]
pub fn full_lines(text: &str, span: Span) -> Span {
    let last = if span.is_empty() { span.start } else { span.end - 1 };
    let rest = text.as_bytes().get(last as usize..).unwrap_or_default();
    let end = rest
        .iter()
        .position(|&byte| byte == b'\n')
        .map_or(text.len() as u32, |newline| last + newline as u32 + 1);
    Span::new(line_start(text, span.start), end)
}

/// The blanks at the start of the line that holds `offset`.
#[must_use]
pub fn indentation(text: &str, offset: u32) -> &str {
    let line = &text[line_start(text, offset) as usize..];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_around_spans() {
        let text = "a\n  bc\nd";
        assert_eq!(full_lines(text, Span::new(0, 1)).text(text), "a\n");
        assert_eq!(full_lines(text, Span::new(0, 2)).text(text), "a\n");
        assert_eq!(full_lines(text, Span::new(0, 3)).text(text), "a\n  bc\n");
        assert_eq!(full_lines(text, Span::empty(7)).text(text), "d");
        assert_eq!(full_lines(text, Span::empty(8)).text(text), "d");
        assert_eq!(full_lines("", Span::empty(0)), Span::empty(0));
        assert_eq!(indentation(text, 5), "  ");
        assert_eq!(indentation(text, 7), "");
    }
}
