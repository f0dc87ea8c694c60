//! Positions of the protocol and bytes of texts.

use lsp_types::{Position, PositionEncodingKind, Range};
use vastlint_text::{LineIndex, Span};

/// What a column counts. Lines end with `\n` or `\r\n`, as in the editors that were looked at; a lone `\r` ends none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// Bytes.
    Utf8,
    /// UTF-16 code units: what every client knows.
    Utf16,
}

impl Encoding {
    /// The best one of those that a client offers.
    pub(crate) fn of(offered: Option<&[PositionEncodingKind]>) -> Self {
        let offers_utf8 = offered.is_some_and(|kinds| kinds.contains(&PositionEncodingKind::UTF8));
        if offers_utf8 { Self::Utf8 } else { Self::Utf16 }
    }

    pub(crate) fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
        }
    }

    /// The position of a byte. One inside a character counts as that character's start.
    pub(crate) fn position(self, text: &str, lines: &LineIndex, offset: u32) -> Position {
        match self {
            Self::Utf16 => {
                let (line, character) = lines.line_utf16(offset, text);
                Position { line, character }
            }
            Self::Utf8 => {
                let offset = text.floor_char_boundary(offset as usize) as u32;
                let line = lines.line_of(offset);
                Position { line, character: offset - lines.full_line_span(line).start }
            }
        }
    }

    /// The bytes under a span as a range.
    pub(crate) fn range(self, text: &str, lines: &LineIndex, span: Span) -> Range {
        Range {
            start: self.position(text, lines, span.start),
            end: self.position(text, lines, span.end.max(span.start)),
        }
    }

    /// The byte at a position. Behind the end of a line means its end, behind the last line the end of the text; the
    /// middle of a character means its start.
    pub(crate) fn offset(self, text: &str, lines: &LineIndex, position: Position) -> u32 {
        if position.line >= lines.line_count() {
            return text.len() as u32;
        }
        let span = lines.line_span(position.line, text);
        let line = span.text(text);
        let within = match self {
            Self::Utf8 => line.floor_char_boundary(position.character as usize),
            Self::Utf16 => {
                let mut left = position.character as usize;
                let mut bytes = 0;
                for character in line.chars() {
                    if character.len_utf16() > left {
                        break;
                    }
                    left -= character.len_utf16();
                    bytes += character.len_utf8();
                }
                bytes
            }
        };
        span.start + within.min(line.len()) as u32
    }

    /// The bytes under a range; one that ends before it starts is empty.
    pub(crate) fn span(self, text: &str, lines: &LineIndex, range: Range) -> Span {
        Span::new(self.offset(text, lines, range.start), self.offset(text, lines, range.end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a\r\n\u{1F600}é b\n";

    #[test]
    fn every_place_is_found_again() {
        let lines = LineIndex::new(TEXT);
        for encoding in [Encoding::Utf8, Encoding::Utf16] {
            for (offset, _) in TEXT.char_indices().filter(|(_, character)| !matches!(character, '\r' | '\n'))
            {
                let position = encoding.position(TEXT, &lines, offset as u32);
                assert_eq!(encoding.offset(TEXT, &lines, position), offset as u32, "{encoding:?} {offset}");
            }
        }
        let b = TEXT.find('b').expect("it is there") as u32;
        assert_eq!(Encoding::Utf8.position(TEXT, &lines, b), Position::new(1, 7));
        assert_eq!(Encoding::Utf16.position(TEXT, &lines, b), Position::new(1, 4));
    }

    #[test]
    fn positions_that_do_not_exist_are_near() {
        let lines = LineIndex::new(TEXT);
        for (encoding, line, character, expected) in [
            (Encoding::Utf8, 0, 99, 1),
            (Encoding::Utf16, 0, 99, 1),
            (Encoding::Utf8, 1, 2, 3),
            (Encoding::Utf16, 1, 1, 3),
            (Encoding::Utf8, 9, 0, TEXT.len() as u32),
            (Encoding::Utf16, 2, 5, TEXT.len() as u32),
        ] {
            let found = encoding.offset(TEXT, &lines, Position { line, character });
            assert_eq!(found, expected, "{encoding:?} {line}:{character}");
        }
    }

    #[test]
    fn utf8_is_taken_where_it_is_offered() {
        let both = [PositionEncodingKind::UTF16, PositionEncodingKind::UTF8];
        assert_eq!(Encoding::of(Some(&both)), Encoding::Utf8);
        assert_eq!(Encoding::of(Some(&[PositionEncodingKind::UTF32])), Encoding::Utf16);
        assert_eq!(Encoding::of(None), Encoding::Utf16);
    }
}
