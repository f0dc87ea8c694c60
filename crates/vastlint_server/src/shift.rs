//! Where a place of an older text is in a newer one.

use lsp_types::Range;
use vastlint_text::{LineIndex, Span};

use crate::position::Encoding;

/// From an older text to a newer one: what stands before and behind all changes stays with its text.
pub(crate) struct Shift<'t> {
    old: (&'t str, LineIndex),
    new: (&'t str, LineIndex),
    encoding: Encoding,
    /// How many bytes at the start, and at the end, are the same.
    same: (usize, usize),
}

impl<'t> Shift<'t> {
    pub(crate) fn new(old: &'t str, new: &'t str, encoding: Encoding) -> Self {
        let start = common(old.bytes(), new.bytes());
        let rest = |text: &'t str| text.as_bytes()[start..].iter().rev();
        let end = common(rest(old), rest(new));
        let lines = |text: &'t str| (text, LineIndex::new(text));
        Self { old: lines(old), new: lines(new), encoding, same: (start, end) }
    }

    pub(crate) fn range(&self, range: Range) -> Range {
        let span = self.encoding.span(self.old.0, &self.old.1, range);
        let (start, end) = (self.offset(span.start, false), self.offset(span.end, true));
        self.encoding.range(self.new.0, &self.new.1, Span::new(start, end.max(start)))
    }

    /// A byte between the changes goes to their start, or to their end.
    fn offset(&self, offset: u32, to_end: bool) -> u32 {
        let (start, end) = self.same;
        let changed_until = self.old.0.len() - end;
        let offset = offset as usize;
        let moved = if offset >= changed_until {
            self.new.0.len() - (self.old.0.len() - offset)
        } else if offset <= start {
            offset
        } else if to_end {
            self.new.0.len() - end
        } else {
            start
        };
        moved as u32
    }
}

fn common<T: PartialEq>(a: impl Iterator<Item = T>, b: impl Iterator<Item = T>) -> usize {
    a.zip(b).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use lsp_types::Position;

    #[test]
    fn places_stay_with_their_text() {
        let (old, new) = ("a\nbb\nc\n", "a\nx\nbyb\nc\n");
        let shift = Shift::new(old, new, Encoding::Utf16);
        let range = |line, start, end| Range::new(Position::new(line, start), Position::new(line, end));
        assert_eq!(shift.range(range(0, 0, 1)), range(0, 0, 1));
        assert_eq!(shift.range(range(2, 0, 1)), range(3, 0, 1));
        let same = Shift::new(old, old, Encoding::Utf8);
        assert_eq!(same.range(range(1, 0, 2)), range(1, 0, 2));
        let gone = Shift::new(old, "", Encoding::Utf8);
        assert_eq!(gone.range(range(1, 0, 2)), range(0, 0, 0));
    }
}
