//! Makes a job say what another one says, value by value, so that what it says in its own way stays: comments,
//! indentation, order, and what it waits for.

use vastlint_diagnostic::Applicability;
use vastlint_syntax::yaml::{Entry, Kind, NodeId, ScalarStyle, Yaml};
use vastlint_text::Span;

use super::{Collector, Said};
use crate::ProposedFix;
use crate::fix::{full_lines, indentation, line_start};
use crate::yaml_edits::Editor;

/// More lines than any real script of this kind has.
const MAX_LINES: usize = 400;

/// The fix that takes over what differs. What one workflow has for itself may be meant so.
pub(super) fn copied(
    own: &Collector<'_>,
    pattern: &Collector<'_>,
    paths: &[&String],
    job: &str,
) -> Option<ProposedFix> {
    let message = format!("make `{job}` say what it says in `{}`", pattern.document.file_name());
    let mut fix = ProposedFix::new(Applicability::Unsafe, message);
    for path in paths {
        fix = match (own.said.get(*path), pattern.said.get(*path)) {
            (Some(mine), Some(other)) => changed(fix, own, pattern, path, (mine, other))?,
            (Some(_), None) => removed(fix, own, path)?,
            (None, Some(other)) => added(fix, own, pattern, path, other)?,
            (None, None) => return None,
        };
    }
    Some(fix)
}

/// The keys and numbers of a path.
fn split(path: &str) -> (Vec<&str>, &str) {
    let mut parts: Vec<&str> = path.split('.').collect();
    let last = parts.pop().unwrap_or_default();
    (parts, last)
}

fn node_at(yaml: &Yaml, job: NodeId, parts: &[&str]) -> Option<NodeId> {
    parts.iter().try_fold(job, |node, part| match part.parse::<usize>() {
        Ok(number) if yaml.is_sequence(node) => yaml.items(node).get(number.checked_sub(1)?).copied(),
        _ => yaml.get(node, part),
    })
}

fn entry_at(collector: &Collector<'_>, path: &str) -> Option<Entry> {
    let (parts, key) = split(path);
    let parent = node_at(collector.yaml, collector.job.value, &parts)?;
    collector.yaml.entry(parent, key)
}

fn is_block(yaml: &Yaml, node: NodeId) -> bool {
    matches!(yaml.node(node).kind, Kind::Scalar { style: ScalarStyle::Literal | ScalarStyle::Folded, .. })
}

/// A value as the other job writes it, if it stands on one line.
fn written<'a>(pattern: &Collector<'a>, said: &Said) -> Option<&'a str> {
    let text = pattern.document.slice(said.span);
    (!text.contains('\n') && !text.is_empty()).then_some(text)
}

fn changed(
    fix: ProposedFix,
    own: &Collector<'_>,
    pattern: &Collector<'_>,
    path: &str,
    (mine, other): (&Said, &Said),
) -> Option<ProposedFix> {
    match (is_block(own.yaml, mine.node), is_block(pattern.yaml, other.node)) {
        (true, true) => merged(fix, own, pattern, mine, other),
        (false, false) => {
            let entry = entry_at(own, path)?;
            Editor::new(own.document, own.yaml).set_written(fix, entry, written(pattern, other)?)
        }
        _ => None,
    }
}

fn removed(fix: ProposedFix, own: &Collector<'_>, path: &str) -> Option<ProposedFix> {
    let (parts, key) = split(path);
    let parent = node_at(own.yaml, own.job.value, &parts)?;
    Editor::new(own.document, own.yaml).remove(fix, parent, key)
}

fn added(
    fix: ProposedFix,
    own: &Collector<'_>,
    pattern: &Collector<'_>,
    path: &str,
    other: &Said,
) -> Option<ProposedFix> {
    let (parts, key) = split(path);
    let parent = node_at(own.yaml, own.job.value, &parts)?;
    let theirs = node_at(pattern.yaml, pattern.job.value, &parts)?;
    let order: Vec<&str> =
        pattern.yaml.entries(theirs).iter().filter_map(|entry| pattern.yaml.text(entry.key)).collect();
    let line = format!("{key}: {}", written(pattern, other)?);
    Editor::new(own.document, own.yaml).insert(fix, parent, &line, &order)
}

/// The lines of a script that differ, each at its place; comments of the own one stay.
fn merged(
    fix: ProposedFix,
    own: &Collector<'_>,
    pattern: &Collector<'_>,
    mine: &Said,
    other: &Said,
) -> Option<ProposedFix> {
    if mine.lines.is_empty() || other.lines.is_empty() || mine.lines.len().max(other.lines.len()) > MAX_LINES
    {
        return None;
    }
    let (text, their_text) = (&*own.document.text, &*pattern.document.text);
    let base = |text: &str, said: &Said| -> Option<usize> {
        said.lines.iter().map(|(_, span)| indentation(text, span.start).len()).min()
    };
    let (own_base, their_base) = (base(text, mine)?, base(their_text, other)?);
    let line_of = |text: &str, span: Span| full_lines(text, Span::empty(span.start));
    let mut fix = fix;
    for (ours, theirs) in hunks(&mine.lines, &other.lines) {
        let mut lines = String::new();
        if let (Some(first), Some(last)) = (other.lines[theirs.clone()].first(), other.lines[theirs].last()) {
            let span = Span::new(line_of(their_text, first.1).start, line_of(their_text, last.1).end);
            for line in span.text(their_text).lines() {
                let content = line.get(their_base.min(line.len() - line.trim_start().len())..)?;
                if !content.trim().is_empty() {
                    lines.push_str(&" ".repeat(own_base));
                    lines.push_str(content.trim_end());
                }
                lines.push('\n');
            }
        }
        let Some((first, last)) = mine.lines[ours.clone()].first().zip(mine.lines[ours.clone()].last())
        else {
            let lines = lines.strip_suffix('\n')?;
            fix = match ours.start.checked_sub(1) {
                Some(before) => fix.insert_lines_below(own.document, mine.lines[before].1.start, lines),
                None => fix.insert_lines_above(own.document, mine.lines[0].1.start, lines),
            };
            continue;
        };
        let span = Span::new(line_start(text, first.1.start), line_of(text, last.1).end);
        let comments = span.text(text).lines().filter(|line| line.trim_start().starts_with('#'));
        let mut written: String = comments.flat_map(|line| [line.trim_end(), "\n"]).collect();
        written.push_str(&lines);
        if !span.text(text).ends_with('\n') {
            written.truncate(written.trim_end().len());
        }
        fix = fix.replace(own.document, span, written);
    }
    Some(fix)
}

type Range = std::ops::Range<usize>;

/// The ranges of lines that differ, by the longest common subsequence.
fn hunks(own: &[(String, Span)], other: &[(String, Span)]) -> Vec<(Range, Range)> {
    let mut longest = vec![vec![0_u32; other.len() + 1]; own.len() + 1];
    for (i, mine) in own.iter().enumerate().rev() {
        for (j, theirs) in other.iter().enumerate().rev() {
            longest[i][j] = if mine.0 == theirs.0 {
                longest[i + 1][j + 1] + 1
            } else {
                longest[i + 1][j].max(longest[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut start) = (0, 0, (0, 0));
    let mut hunks = Vec::new();
    loop {
        let is_end = i == own.len() && j == other.len();
        let is_same = i < own.len() && j < other.len() && own[i].0 == other[j].0;
        if is_end || is_same {
            if start != (i, j) {
                hunks.push((start.0..i, start.1..j));
            }
            if is_end {
                return hunks;
            }
            (i, j) = (i + 1, j + 1);
            start = (i, j);
        } else if j == other.len() || i < own.len() && longest[i + 1][j] >= longest[i][j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differing_lines_are_found() {
        let lines = |text: &str| -> Vec<(String, Span)> {
            text.chars().map(|line| (line.to_string(), Span::empty(0))).collect()
        };
        let hunks = |a, b| hunks(&lines(a), &lines(b));
        assert_eq!(hunks("abc", "abc"), []);
        assert_eq!(hunks("abc", "axc"), [(1..2, 1..2)]);
        assert_eq!(hunks("abc", "ac"), [(1..2, 1..1)]);
        assert_eq!(hunks("ac", "abcd"), [(1..1, 1..2), (2..2, 3..4)]);
        assert_eq!(hunks("x", "ab"), [(0..1, 0..2)]);
    }
}
