//! White space and lines as Python sees them.

use vastlint_text::Span;

/// Whether Python's `str.isspace` holds: Unicode white space and the four separators U+001C to U+001F.
pub(super) fn is_space(character: char) -> bool {
    character.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&character)
}

/// `span` without white space at either end. A span of nothing else becomes empty at its start.
pub(super) fn trim(source: &str, span: Span) -> Span {
    let text = span.text(source);
    let start = text.len() - text.trim_start_matches(is_space).len();
    let end = text.trim_end_matches(is_space).len();
    if start >= end {
        return Span::empty(span.start);
    }
    Span::new(span.start + start as u32, span.start + end as u32)
}

/// A line of a file.
#[derive(Clone, Copy)]
pub(super) struct Line {
    /// Without its line end.
    pub(super) content: Span,
    /// The line end; empty in the last line.
    pub(super) end: Span,
}

/// The lines of a text from `offset` on. A lone carriage return ends a line as well: Python opens files that way.
pub(super) fn lines(source: &str, offset: u32) -> impl Iterator<Item = Line> + '_ {
    let mut start = offset as usize;
    std::iter::from_fn(move || {
        let rest = source.as_bytes().get(start..).filter(|rest| !rest.is_empty())?;
        let length = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let end_length = match rest.get(length..) {
            Some([b'\r', b'\n', ..]) => 2,
            Some([_, ..]) => 1,
            _ => 0,
        };
        let content = Span::from_range(start..start + length);
        start += length + end_length;
        Some(Line { content, end: Span::new(content.end, start as u32) })
    })
}
