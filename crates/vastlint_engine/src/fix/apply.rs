//! Edits of a text, and which fixes go together.

use std::collections::HashMap;

use vastlint_diagnostic::{Edit, Fix};
use vastlint_text::{FileId, Span};

/// The edits by file and place; none if two of them touch the same byte or insert at the same place.
pub(crate) fn sorted(mut edits: Vec<Edit>) -> Option<Vec<Edit>> {
    edits.sort_by_key(|edit| (edit.file, edit.span));
    let clash =
        edits.windows(2).any(|pair| pair[0].file == pair[1].file && clashes(pair[0].span, pair[1].span));
    (!clash).then_some(edits)
}

/// Whether two edits, the first of which does not start behind the second, cannot both be made.
fn clashes(first: Span, second: Span) -> bool {
    second.start < first.end || first == second
}

/// `text` with the edits made in it. They are sorted and do not touch each other.
pub(crate) fn apply(text: &str, edits: &[&Edit]) -> String {
    let mut result =
        String::with_capacity(text.len() + edits.iter().map(|edit| edit.text.len()).sum::<usize>());
    let mut done = 0;
    for edit in edits {
        result.push_str(&text[done..edit.span.start as usize]);
        result.push_str(&edit.text);
        done = edit.span.end as usize;
    }
    result.push_str(&text[done..]);
    result
}

/// Takes fixes in their order, each if it goes together with those taken before. Two that touch each other do not: what
/// the second one meant may be gone.
#[derive(Debug, Default)]
pub(crate) struct Selection<'f> {
    taken: Vec<&'f Fix>,
    /// The spans that are edited, by file.
    spans: HashMap<FileId, Vec<Span>>,
}

impl<'f> Selection<'f> {
    /// Whether the fix was taken.
    pub(crate) fn take(&mut self, fix: &'f Fix) -> bool {
        let touches = |a: Span, b: Span| a.start <= b.end && b.start <= a.end;
        let is_free = fix.edits.iter().all(|edit| {
            let spans = self.spans.get(&edit.file);
            spans.is_none_or(|spans| spans.iter().all(|&span| !touches(span, edit.span)))
        });
        if is_free {
            for edit in &fix.edits {
                self.spans.entry(edit.file).or_default().push(edit.span);
            }
            self.taken.push(fix);
        }
        is_free
    }

    /// The edits of one file, sorted.
    pub(crate) fn edits(&self, file: FileId) -> Vec<&'f Edit> {
        let mut edits: Vec<&Edit> =
            self.taken.iter().flat_map(|fix| &fix.edits).filter(|edit| edit.file == file).collect();
        edits.sort_by_key(|edit| edit.span);
        edits
    }

    /// The files that are edited, in order.
    pub(crate) fn files(&self) -> Vec<FileId> {
        let mut files: Vec<FileId> = self.spans.keys().copied().collect();
        files.sort_unstable();
        files
    }

    /// The files that are made executable.
    pub(crate) fn executable(&self) -> Vec<FileId> {
        let mut files: Vec<FileId> =
            self.taken.iter().flat_map(|fix| fix.executable.iter().copied()).collect();
        files.sort_unstable();
        files.dedup();
        files
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vastlint_diagnostic::Applicability;

    fn edit(start: u32, end: u32, text: &str) -> Edit {
        Edit { file: FileId(0), span: Span::new(start, end), text: text.to_owned() }
    }

    fn fix(edits: Vec<Edit>) -> Fix {
        Fix {
            message: String::new(),
            applicability: Applicability::Safe,
            edits: sorted(edits).unwrap(),
            executable: Vec::new(),
        }
    }

    #[test]
    fn edits_are_made_in_order() {
        let fix = fix(vec![edit(4, 4, "!"), edit(0, 1, "A"), edit(2, 3, "")]);
        assert_eq!(apply("abcd", &fix.edits.iter().collect::<Vec<_>>()), "Abd!");
        assert!(sorted(vec![edit(0, 2, ""), edit(1, 3, "")]).is_none());
        assert!(sorted(vec![edit(1, 1, "a"), edit(1, 1, "b")]).is_none());
        assert!(sorted(vec![edit(1, 1, "a"), edit(1, 2, "b")]).is_some());
    }

    #[test]
    fn fixes_that_touch_each_other_are_not_both_taken() {
        let fixes = [fix(vec![edit(0, 2, "x")]), fix(vec![edit(2, 2, "y")]), fix(vec![edit(3, 4, "z")])];
        let mut selection = Selection::default();
        assert_eq!(fixes.iter().map(|fix| selection.take(fix)).collect::<Vec<_>>(), [true, false, true]);
        assert_eq!(apply("abcd", &selection.edits(FileId(0))), "xcz");
    }
}
