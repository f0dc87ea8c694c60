use std::borrow::Cow;
use std::ops::Range;

use vastlint_text::Span;

/// A logical line: the lines of an instruction with the continuations between them taken out, and the way back.
///
/// `BuildKit` joins first and looks at words afterwards, so a word, a flag or even the keyword may be broken over
/// lines. Everything behind the joining works on this text and turns its ranges into spans of the file at the end.
pub(super) struct LogicalLine<'s> {
    source: &'s str,
    text: Cow<'s, str>,
    /// Where each piece starts, in the text and in the file. In order, the first at 0.
    pieces: Vec<(u32, u32)>,
}

impl<'s> LogicalLine<'s> {
    pub(super) fn new(source: &'s str, first: Range<usize>) -> Self {
        Self { source, pieces: vec![(0, first.start as u32)], text: Cow::Borrowed(&source[first]) }
    }

    pub(super) fn push(&mut self, piece: Range<usize>) {
        if piece.is_empty() {
            return;
        }
        self.pieces.push((self.text.len() as u32, piece.start as u32));
        self.text.to_mut().push_str(&self.source[piece]);
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of the file under a range of the text. An empty range lies right behind the byte before it.
    pub(super) fn span(&self, range: Range<usize>) -> Span {
        let end = match range.end.checked_sub(1) {
            Some(last) => self.host(last) + 1,
            None => self.host(0),
        };
        if range.is_empty() { Span::empty(end) } else { Span::new(self.host(range.start), end) }
    }

    /// The text under a range, or `None` if the file has the same bytes under `span`.
    pub(super) fn owned(&self, range: Range<usize>, span: Span) -> Option<Box<str>> {
        // Pieces never overlap: an equal length means that nothing was taken out in between.
        (range.len() != span.len() as usize).then(|| self.text[range].into())
    }

    fn host(&self, offset: usize) -> u32 {
        let offset = offset as u32;
        let piece = self.pieces.partition_point(|&(text, _)| text <= offset).saturating_sub(1);
        self.pieces.get(piece).map_or(0, |&(text, host)| host + (offset - text))
    }
}

/// How long the line stays without its line continuation; `None` where it has none: an escape character with nothing
/// but blanks behind it, and no second one right before it.
pub(super) fn without_continuation(line: &str, escape: char) -> Option<usize> {
    let kept = line.trim_end_matches([' ', '\t']).strip_suffix(escape)?;
    (!kept.ends_with(escape)).then_some(kept.len())
}

pub(super) fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

/// The blanks that part words. `BuildKit` has a narrower set here than where it trims.
pub(super) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b'\t' | 0x0b | 0x0c | b'\r' | b' ')
}

/// The content of the line that starts at `start`, without its line end, and where the next line starts.
pub(super) fn line_at(source: &str, start: usize) -> (Range<usize>, usize) {
    let rest = &source.as_bytes()[start..];
    let (end, next) = match memchr::memchr(b'\n', rest) {
        Some(newline) => (start + newline, start + newline + 1),
        None => (source.len(), source.len()),
    };
    let content = source[start..end].trim_end_matches('\r');
    (start..start + content.len(), next)
}

/// The range without the white space at both ends.
pub(super) fn trim(text: &str, range: Range<usize>) -> Range<usize> {
    let part = &text[range.clone()];
    let start = range.start + (part.len() - part.trim_start().len());
    let length = part.trim().len();
    start..start + length
}

/// The pieces of the file under `span`, a part of a logical line, that are left when continuations are taken out.
pub(super) fn pieces(source: &str, span: Span, escape: char, mut each: impl FnMut(Span)) {
    let part = span.text(source);
    let mut start = 0;
    while start < part.len() {
        let (line, next) = line_at(part, start);
        let text = &part[line.clone()];
        let is_first = start == 0;
        let is_last = next == part.len() && !part.ends_with('\n');
        start = next;
        if !is_first && (is_comment(text) || text.trim_start().is_empty()) {
            continue;
        }
        // The last line has no continuation: the span would end before it.
        let kept =
            if is_last { text.len() } else { without_continuation(text, escape).unwrap_or(text.len()) };
        if kept > 0 {
            each(Span::from_range(line.start..line.start + kept).shift(span.start));
        }
    }
}
