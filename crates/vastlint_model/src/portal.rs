//! `PORTAL_CONFIG`: the tabs of the Instance Portal.

use vastlint_text::Span;

use crate::DocumentId;

/// A value of `PORTAL_CONFIG` that stands somewhere in the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalList {
    /// The document that holds it.
    pub document: DocumentId,
    /// The value, without quotes, in that document's text.
    pub span: Span,
    /// Its entries in order.
    pub entries: Vec<PortalEntry>,
}

/// One `host:port:port:path:Label`. The documents call the second field internal and the third external; in reality
/// the proxy listens on the first port and the application on the second, so they are named by their order here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalEntry {
    /// The whole entry.
    pub span: Span,
    /// The fields in order: host, first port, second port, path, label. Fewer where the entry is cut short; the label
    /// takes every further colon.
    pub fields: Vec<Span>,
}

impl PortalEntry {
    /// The label of the tab.
    #[must_use]
    pub fn label(&self) -> Option<Span> {
        self.fields.get(4).copied()
    }
}

/// Splits a value of `PORTAL_CONFIG`; `span` is its place in `text`.
#[must_use]
pub fn portal_entries(text: &str, span: Span) -> Vec<PortalEntry> {
    let value = span.text(text);
    let mut start = span.start;
    value
        .split('|')
        .map(|entry| {
            let entry_span = Span::new(start, start + entry.len() as u32);
            start = entry_span.end + 1;
            let mut field_start = entry_span.start;
            let fields = entry
                .splitn(5, ':')
                .map(|field| {
                    let field_span = Span::new(field_start, field_start + field.len() as u32);
                    field_start = field_span.end + 1;
                    field_span
                })
                .collect();
            PortalEntry { span: entry_span, fields }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_keep_their_places() {
        let text = "P=\"localhost:1111:11111:/:Instance Portal|localhost:7860:17860:/a:My: App\"";
        let span = Span::new(3, text.len() as u32 - 1);
        let entries = portal_entries(text, span);
        assert_eq!(entries.len(), 2);
        assert_eq!(entries[0].label().map(|label| label.text(text)), Some("Instance Portal"));
        let fields: Vec<&str> = entries[1].fields.iter().map(|field| field.text(text)).collect();
        assert_eq!(fields, ["localhost", "7860", "17860", "/a", "My: App"]);
        assert_eq!(portal_entries("", Span::empty(0)).len(), 1);
    }
}
