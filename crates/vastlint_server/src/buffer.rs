//! The text of a file that is open in the editor.

use std::sync::Arc;

use lsp_types::{TextDocumentContentChangeEvent, TextDocumentItem, Uri};
use vastlint_text::LineIndex;

use crate::position::Encoding;
use crate::workspace::Owner;

/// A file that is open in the editor, saved or not.
#[derive(Debug)]
pub(crate) struct Buffer {
    /// As the client writes it.
    pub(crate) uri: Uri,
    /// Counted by the client.
    pub(crate) version: i32,
    /// The text as it stands in the editor.
    pub(crate) text: Arc<str>,
    /// Where it belongs.
    pub(crate) owner: Owner,
}

impl Buffer {
    pub(crate) fn new(item: TextDocumentItem, owner: Owner) -> Self {
        let TextDocumentItem { uri, version, text, .. } = item;
        Self { uri, version, text: text.into(), owner }
    }

    /// Makes changes one after another; each counts in the text that the one before it left.
    pub(crate) fn change(
        &mut self,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) {
        self.version = version;
        let mut text = String::from(&*self.text);
        for change in changes {
            match change.range {
                None => text = change.text,
                Some(range) => {
                    let lines = LineIndex::new(&text);
                    let span = encoding.span(&text, &lines, range);
                    text.replace_range(span.range(), &change.text);
                }
            }
        }
        self.text = text.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lsp_types::{Position, Range};

    fn edit(start: (u32, u32), end: (u32, u32), text: &str) -> TextDocumentContentChangeEvent {
        let at = |(line, character)| Position { line, character };
        let range = Some(Range { start: at(start), end: at(end) });
        TextDocumentContentChangeEvent { range, range_length: None, text: text.to_owned() }
    }

    #[test]
    fn changes_build_on_each_other() {
        let uri: Uri = "file:///x".parse().expect("it is a URI");
        let item = TextDocumentItem::new(uri, String::new(), 1, "a\u{1F600}b\nc\n".to_owned());
        let mut buffer = Buffer::new(item, Owner { root: "/".into(), path: "x".to_owned() });
        buffer.change(2, vec![edit((0, 3), (0, 4), "B"), edit((1, 0), (9, 9), "é")], Encoding::Utf16);
        assert_eq!((&*buffer.text, buffer.version), ("a\u{1F600}B\né", 2));
        buffer.change(3, vec![edit((0, 5), (0, 6), "!"), edit((1, 2), (1, 2), "?")], Encoding::Utf8);
        assert_eq!(&*buffer.text, "a\u{1F600}!\né?");
        let whole = TextDocumentContentChangeEvent { range: None, range_length: None, text: "x".to_owned() };
        buffer.change(4, vec![whole, edit((0, 1), (0, 0), "y")], Encoding::Utf8);
        assert_eq!(&*buffer.text, "xy", "an end before the start is the start");
    }
}
