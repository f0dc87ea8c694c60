use crate::Span;

/// Maps spans of a text to the bytes of the file that the text was taken from.
///
/// The map is a list of pieces in order. A piece whose two sides have the same length maps byte by byte; a piece
/// whose sides differ (an escape sequence and the character it stands for) maps as a whole. Bytes of the file that
/// are no part of the text (indentation, line continuations, comments between them) lie between the pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceMap {
    /// In order and gapless on the text's side. Empty: the text is the file.
    pieces: Vec<Piece>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    text: Span,
    host: Span,
}

impl Piece {
    const fn is_linear(self) -> bool {
        self.text.len() == self.host.len()
    }

    fn host_start(self, offset: u32) -> u32 {
        if self.is_linear() { self.host.start + (offset - self.text.start) } else { self.host.start }
    }

    /// Where the byte before `offset` ends in the file.
    fn host_end(self, offset: u32) -> u32 {
        if self.is_linear() { self.host.start + (offset - self.text.start) } else { self.host.end }
    }
}

impl SourceMap {
    /// The map of a text that is the whole file.
    #[must_use]
    pub const fn identity() -> Self {
        Self { pieces: Vec::new() }
    }

    /// Whether the text is the file itself.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The bytes of the file that `span` of the text covers. A span over several pieces covers what lies between them
    /// too; an empty span maps to an empty one.
    #[must_use]
    pub fn to_host(&self, span: Span) -> Span {
        let (Some(first), Some(last)) = (self.pieces.first(), self.pieces.last()) else { return span };
        let start = match self.piece_at(span.start) {
            Some(piece) => piece.host_start(span.start),
            None => last.host.end,
        };
        if span.is_empty() {
            // An empty span behind the last byte of a piece stays there, before whatever the file puts in between.
            let behind = span.start.checked_sub(1).and_then(|before| self.piece_at(before));
            let offset = match (behind, self.piece_at(span.start)) {
                (Some(piece), None) => piece.host_end(span.start),
                (_, Some(_)) => start,
                (None, None) => first.host.start,
            };
            return Span::empty(offset);
        }
        let end = match self.piece_at(span.end - 1) {
            Some(piece) => piece.host_end(span.end),
            None => last.host.end,
        };
        Span::new(start, end)
    }

    /// The place in the text of a byte of the file; `None` for bytes that are no part of the text. What stands right
    /// behind a piece of the text counts as its end.
    #[must_use]
    pub fn from_host(&self, offset: u32) -> Option<u32> {
        if self.is_identity() {
            return Some(offset);
        }
        let inside = self.pieces.iter().find(|piece| piece.host.contains(offset));
        if let Some(piece) = inside {
            let within = if piece.is_linear() { offset - piece.host.start } else { 0 };
            return Some(piece.text.start + within);
        }
        self.pieces.iter().find(|piece| piece.host.end == offset).map(|piece| piece.text.end)
    }

    /// Whether the bytes of the file under `span` are the text's bytes, one for one: what an edit of the text needs to
    /// be written into the file unchanged.
    #[must_use]
    pub fn is_verbatim(&self, span: Span) -> bool {
        if self.is_identity() || span.is_empty() {
            return true;
        }
        self.piece_at(span.start).is_some_and(|piece| piece.is_linear() && piece.text.contains_span(span))
    }

    /// The map of an inner text to this map's file, where `inner` maps that text to this map's text.
    #[must_use]
    pub fn compose(&self, inner: &Self) -> Self {
        if self.is_identity() {
            return inner.clone();
        }
        if inner.is_identity() {
            return self.clone();
        }
        let mut composed = MapBuilder::default();
        for piece in &inner.pieces {
            if !piece.is_linear() {
                composed.push(piece.text, self.to_host(piece.host));
                continue;
            }
            // A linear piece of the inner map may straddle several pieces of the outer one.
            let mut offset = piece.host.start;
            while offset < piece.host.end {
                let Some(outer) = self.piece_at(offset) else { break };
                let end = outer.text.end.min(piece.host.end);
                let text = Span::new(offset, end).shift(piece.text.start).back(piece.host.start);
                let host = if outer.is_linear() {
                    Span::new(outer.host_start(offset), outer.host_end(end))
                } else {
                    outer.host
                };
                composed.push(text, host);
                offset = end;
            }
        }
        composed.finish()
    }

    fn piece_at(&self, offset: u32) -> Option<Piece> {
        let index = self.pieces.partition_point(|piece| piece.text.end <= offset);
        self.pieces.get(index).copied().filter(|piece| piece.text.contains(offset))
    }
}

impl Span {
    const fn back(self, by: u32) -> Self {
        Self { start: self.start - by, end: self.end - by }
    }
}

#[derive(Default)]
struct MapBuilder {
    pieces: Vec<Piece>,
}

impl MapBuilder {
    fn push(&mut self, text: Span, host: Span) {
        if text.is_empty() {
            return;
        }
        let piece = Piece { text, host };
        if let Some(last) = self.pieces.last_mut() {
            let continues = last.text.end == text.start && last.host.end == host.start;
            if continues && last.is_linear() && piece.is_linear() {
                last.text.end = text.end;
                last.host.end = host.end;
                return;
            }
        }
        self.pieces.push(piece);
    }

    fn finish(self) -> SourceMap {
        SourceMap { pieces: self.pieces }
    }
}

/// Text that was cut out of a file, piece by piece, with the map back to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MappedText {
    text: String,
    pieces: Vec<Piece>,
}

impl MappedText {
    /// An empty text.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The bytes of `host` under `span`, unchanged.
    #[must_use]
    pub fn slice(host: &str, span: Span) -> Self {
        let mut mapped = Self::new();
        mapped.push(host, span);
        mapped
    }

    /// Appends the bytes of `host` under `span` unchanged.
    pub fn push(&mut self, host: &str, span: Span) {
        self.replace(span.text(host), span);
    }

    /// Appends `text`, which stands for the bytes of the file under `host` (an escape for the character it means).
    pub fn replace(&mut self, text: &str, host: Span) {
        let start = self.text.len() as u32;
        self.text.push_str(text);
        let mut builder = MapBuilder { pieces: std::mem::take(&mut self.pieces) };
        builder.push(Span::new(start, self.text.len() as u32), host);
        self.pieces = builder.pieces;
    }

    /// Appends the bytes of `inner` under `span`, where `map` leads from `inner` to the file.
    pub fn push_mapped(&mut self, inner: &str, span: Span, map: &SourceMap) {
        if span.is_empty() {
            return;
        }
        let (text, slice) = Self::slice(inner, span).into_parts();
        self.append(&Self { text, pieces: map.compose(&slice).pieces });
    }

    /// Appends another text that was cut out of the same file.
    pub fn append(&mut self, other: &Self) {
        let start = self.text.len() as u32;
        self.text.push_str(&other.text);
        let mut builder = MapBuilder { pieces: std::mem::take(&mut self.pieces) };
        for piece in &other.pieces {
            builder.push(piece.text.shift(start), piece.host);
        }
        self.pieces = builder.pieces;
    }

    /// The text so far.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text and its map. A text without any byte has a map of no pieces, which is the identity.
    #[must_use]
    pub fn into_parts(self) -> (String, SourceMap) {
        (self.text, SourceMap { pieces: self.pieces })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host_text<'h>(map: &SourceMap, host: &'h str, text: &str, needle: &str) -> &'h str {
        let start = text.find(needle).unwrap();
        map.to_host(Span::from_range(start..start + needle.len())).text(host)
    }

    #[test]
    fn spans_lead_back_over_removed_bytes() {
        let host = "RUN one \\\n# note\n  two";
        let mut mapped = MappedText::new();
        mapped.push(host, Span::new(4, 8));
        mapped.push(host, Span::new(17, 22));
        let (text, map) = mapped.into_parts();
        assert_eq!(text, "one   two");
        assert_eq!(host_text(&map, host, &text, "two"), "two");
        assert_eq!(host_text(&map, host, &text, "one"), "one");
        assert_eq!(host_text(&map, host, &text, "one   two"), "one \\\n# note\n  two");
        assert_eq!(map.to_host(Span::empty(0)), Span::empty(4));
        assert_eq!(map.to_host(Span::empty(text.len() as u32)), Span::empty(22));
        assert!(map.is_verbatim(Span::new(0, 3)));
        assert!(!map.is_verbatim(Span::new(0, 9)));
        for (offset, place) in
            [(4, Some(0)), (6, Some(2)), (8, Some(4)), (12, None), (19, Some(6)), (22, Some(9))]
        {
            assert_eq!(map.from_host(offset), place, "{offset}");
        }
        assert_eq!(SourceMap::identity().from_host(7), Some(7));
    }

    #[test]
    fn escapes_map_as_a_whole() {
        let host = r#""a\nb""#;
        let mut mapped = MappedText::new();
        mapped.push(host, Span::new(1, 2));
        mapped.replace("\n", Span::new(2, 4));
        mapped.push(host, Span::new(4, 5));
        let (text, map) = mapped.into_parts();
        assert_eq!(text, "a\nb");
        assert_eq!(host_text(&map, host, &text, "\n"), r"\n");
        assert_eq!(host_text(&map, host, &text, "b"), "b");
        assert!(!map.is_verbatim(Span::new(1, 2)));
    }

    #[test]
    fn maps_compose_through_two_levels() {
        let host = "  ab\n  cd\n  ef\n";
        let mut outer = MappedText::new();
        for line in [Span::new(2, 5), Span::new(7, 10), Span::new(12, 15)] {
            outer.push(host, line);
        }
        let (outer_text, outer_map) = outer.into_parts();
        assert_eq!(outer_text, "ab\ncd\nef\n");
        let (inner_text, inner_map) = MappedText::slice(&outer_text, Span::new(1, 7)).into_parts();
        assert_eq!(inner_text, "b\ncd\ne");
        let map = outer_map.compose(&inner_map);
        for needle in ["b", "cd", "e"] {
            assert_eq!(host_text(&map, host, &inner_text, needle), needle);
        }
        assert_eq!(host_text(&map, host, &inner_text, "d\ne"), "d\n  e");
    }
}
