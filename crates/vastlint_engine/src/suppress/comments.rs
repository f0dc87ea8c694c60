//! The comments of a file: those that its trees hold, and those of the documents inside it.

use vastlint_model::{Document, Tree};
use vastlint_text::Span;

/// A comment of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Comment {
    /// What is said, on one line of the file: with a mark before it, or without.
    pub(super) content: Span,
    /// The whole comment, where its start differs from the content's.
    pub(super) start: u32,
}

/// Every comment of the documents of one file, in order.
pub(super) fn comments(documents: &[Document], text: &str) -> Vec<Comment> {
    let mut all = Vec::new();
    for document in documents {
        let spans: &[Span] = match &document.tree {
            Tree::Dockerfile(tree) => &tree.comments,
            Tree::Shell(tree) => &tree.comments,
            Tree::Supervisor(tree) => &tree.comments,
            Tree::Yaml(tree) => &tree.comments,
            Tree::Text => {
                all.extend(html_comments(text));
                continue;
            }
        };
        all.extend(spans.iter().filter_map(|span| in_file(document, *span, text)));
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// A comment of a document on its first line in the file. In a string of another language it may be written in a way
/// that is no comment to whoever reads the file; such a one does not count.
fn in_file(document: &Document, span: Span, text: &str) -> Option<Comment> {
    let host = document.map.to_host(span);
    let written = host.text(text);
    let first = written.lines().next().unwrap_or_default();
    let content = Span::new(host.start, host.start + first.len() as u32);
    first.trim_start().starts_with(['#', ';']).then_some(Comment { content, start: content.start })
}

/// The comments of a Markdown text: outside of code, each on one line.
fn html_comments(text: &str) -> Vec<Comment> {
    let mut comments = Vec::new();
    let mut fence: Option<&str> = None;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let mark = fence_of(line);
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if closes(line, mark, open) => fence = None,
            (None, None) => comments.extend(html_comment(line, offset)),
            _ => {}
        }
        offset += line.len();
    }
    comments
}

fn html_comment(line: &str, offset: usize) -> Option<Comment> {
    let start = line.find("<!--")?;
    // Between backquotes it is shown, not said.
    if line[..start].matches('`').count() % 2 == 1 {
        return None;
    }
    let inner = start + "<!--".len();
    let end = line[inner..].find("-->").map_or(line.trim_end().len(), |length| inner + length);
    let content = Span::from_range(offset + inner..offset + end.max(inner));
    Some(Comment { content, start: (offset + start) as u32 })
}

/// The mark of a line that opens or closes a block of code.
pub(super) fn fence_of(line: &str) -> Option<&str> {
    let text = line.trim_start();
    let mark = text.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
    let length = text.len() - text.trim_start_matches(mark).len();
    (length >= 3).then(|| &text[..length])
}

/// Whether a line with the mark `mark` closes the block that `open` opened.
pub(super) fn closes(line: &str, mark: &str, open: &str) -> bool {
    mark.starts_with(open) && line.trim() == mark
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_shows_comments_in_code_and_says_them_elsewhere() {
        let text =
            "<!-- one -->\n```html\n<!-- code -->\n~~~\n```\nx <!-- two -->\n`<!-- inline -->`\n<!-- open\n";
        let said: Vec<&str> =
            html_comments(text).iter().map(|comment| comment.content.text(text).trim()).collect();
        assert_eq!(said, ["one", "two", "open"]);
    }
}
