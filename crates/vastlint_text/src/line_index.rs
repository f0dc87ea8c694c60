use crate::Span;

/// A line and a column, both counted from 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct LineColumn {
    /// The line, counted from 1.
    pub line: u32,
    /// The column, counted from 1, in Unicode scalar values.
    pub column: u32,
}

/// Where the lines of a text start. Lines end with `\n`; a `\r` before it belongs to the line end.
#[derive(Clone, Debug)]
pub struct LineIndex {
    /// Byte offset of the start of each line; the first is 0.
    starts: Vec<u32>,
    length: u32,
}

impl LineIndex {
    /// Finds the lines of `text`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|newline| newline as u32 + 1));
        Self { starts, length: text.len() as u32 }
    }

    /// Number of lines; a text that ends with a newline has an empty last line.
    #[must_use]
    pub fn line_count(&self) -> u32 {
        self.starts.len() as u32
    }

    /// The line of a byte offset, counted from 0. An offset behind the text is in the last line.
    #[must_use]
    pub fn line_of(&self, offset: u32) -> u32 {
        self.starts.partition_point(|&start| start <= offset) as u32 - 1
    }

    /// The bytes of a line (counted from 0), its line end excluded. Empty for a line that does not exist.
    #[must_use]
    pub fn line_span(&self, line: u32, text: &str) -> Span {
        let full = self.full_line_span(line);
        let content = full.text(text);
        let trimmed = content.strip_suffix('\n').unwrap_or(content);
        let trimmed = trimmed.strip_suffix('\r').unwrap_or(trimmed);
        Span::new(full.start, full.start + trimmed.len() as u32)
    }

    /// The bytes of a line (counted from 0) with its line end. Empty at the end for a line that does not exist.
    #[must_use]
    pub fn full_line_span(&self, line: u32) -> Span {
        let start = self.starts.get(line as usize).copied().unwrap_or(self.length);
        let end = self.starts.get(line as usize + 1).copied().unwrap_or(self.length);
        Span::new(start, end)
    }

    /// Line and column of a byte offset, for people: both from 1, columns in Unicode scalar values. An offset inside
    /// a character counts as that character's start.
    #[must_use]
    pub fn line_column(&self, offset: u32, text: &str) -> LineColumn {
        let line = self.line_of(offset.min(self.length));
        let before = self.before(line, offset, text);
        LineColumn { line: line + 1, column: before.chars().count() as u32 + 1 }
    }

    /// Line and column of a byte offset as editors and SARIF count: both from 0, columns in UTF-16 code units.
    #[must_use]
    pub fn line_utf16(&self, offset: u32, text: &str) -> (u32, u32) {
        let line = self.line_of(offset.min(self.length));
        let before = self.before(line, offset, text);
        (line, before.encode_utf16().count() as u32)
    }

    fn before<'t>(&self, line: u32, offset: u32, text: &'t str) -> &'t str {
        let start = self.full_line_span(line).start as usize;
        let end = text.floor_char_boundary((offset.min(self.length)) as usize);
        text.get(start..end).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_for_people_and_utf16_for_protocols() {
        let text = "a\r\n\u{1F600}b\n";
        let index = LineIndex::new(text);
        assert_eq!(index.line_count(), 3);
        assert_eq!(index.line_span(0, text).text(text), "a");
        let b = text.find('b').unwrap() as u32;
        assert_eq!(index.line_column(b, text), LineColumn { line: 2, column: 2 });
        assert_eq!(index.line_utf16(b, text), (1, 2));
        assert_eq!(index.line_column(b - 1, text), LineColumn { line: 2, column: 1 }, "inside the emoji");
        assert_eq!(index.line_column(999, text), LineColumn { line: 3, column: 1 });
    }
}
