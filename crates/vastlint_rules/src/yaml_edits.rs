//! Edits of YAML that look as if the author of the file had written them: with the indentation, the quotes and the form
//! of lists that stand there, and with every comment where it was.
//!
//! Each edit is `None` where it could not be made for certain: inside an anchored node, which may be meant for other
//! places, too, or in a text that is no YAML yet.

use vastlint_model::Document;
use vastlint_syntax::yaml::{Entry, Kind, NodeId, ScalarStyle, Yaml, parse};
use vastlint_text::Span;

use crate::ProposedFix;
use crate::fix::{full_lines, line_start};

/// Writes into one YAML document.
#[derive(Clone, Copy)]
pub(crate) struct Editor<'a> {
    document: &'a Document,
    yaml: &'a Yaml,
}

/// Where something is inserted among its siblings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Position {
    /// Behind the sibling of this index.
    Behind(usize),
    /// In front of the first one.
    First,
}

impl<'a> Editor<'a> {
    pub(crate) const fn new(document: &'a Document, yaml: &'a Yaml) -> Self {
        Self { document, yaml }
    }

    fn text(&self) -> &'a str {
        &self.document.text
    }

    fn slice(&self, id: NodeId) -> &'a str {
        self.document.slice(self.yaml.span(id))
    }

    /// Whether a place may be edited: what an anchor names is read elsewhere, too.
    fn is_editable(&self, span: Span) -> bool {
        let is_shared = |span: Span| {
            self.yaml.nodes().any(|(_, node)| node.anchor.is_some() && node.span.contains_span(span))
        };
        self.yaml.errors.is_empty() && !is_shared(span)
    }

    fn is_flow(&self, id: NodeId) -> bool {
        self.slice(id).starts_with(['{', '['])
    }

    /// Whether a place lies inside brackets or braces.
    fn is_in_flow(&self, span: Span) -> bool {
        self.yaml.nodes().any(|(id, node)| {
            matches!(node.kind, Kind::Mapping { .. } | Kind::Sequence { .. })
                && self.is_flow(id)
                && node.span.contains_span(span)
                && node.span != span
        })
    }

    /// How far a key stands in. One on the line of a dash counts from its own place.
    pub(crate) fn column(&self, id: NodeId) -> usize {
        let start = self.yaml.span(id).start;
        (start - line_start(self.text(), start)) as usize
    }

    /// How many spaces one level of the file has.
    fn unit(&self) -> usize {
        let entries = self.yaml.root().map(|root| self.yaml.entries(root)).unwrap_or_default();
        let columns = entries.iter().filter_map(|entry| {
            let first = self.yaml.entries(entry.value).first()?;
            (!self.is_flow(entry.value)).then(|| self.column(first.key))
        });
        columns.filter(|&column| column > 0).min().unwrap_or(2)
    }

    /// Lines with two spaces a level, as the file writes them `column` bytes from the left.
    fn indented(&self, lines: &str, column: usize) -> String {
        let unit = self.unit();
        let line = |line: &str| {
            let content = line.trim_start_matches(' ');
            let own = line.len() - content.len();
            let blanks = if content.is_empty() { 0 } else { column + own / 2 * unit + own % 2 };
            format!("{}{content}", " ".repeat(blanks))
        };
        lines.split('\n').map(line).collect::<Vec<_>>().join("\n")
    }

    /// A scalar of this style, or in double quotes where the style cannot hold it.
    fn scalar(value: &str, style: ScalarStyle, in_flow: bool) -> Option<String> {
        let single = || format!("'{}'", value.replace('\'', "''"));
        let double = || format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""));
        let candidates = match style {
            ScalarStyle::SingleQuoted => [single(), double()],
            ScalarStyle::DoubleQuoted => [double(), single()],
            _ => [value.to_owned(), double()],
        };
        candidates.into_iter().find(|written| {
            let text = if in_flow { format!("{{x: {written}}}") } else { format!("x: {written}\n") };
            let yaml = parse(&text);
            let read = yaml.root().and_then(|root| yaml.get(root, "x"));
            yaml.errors.is_empty()
                && yaml.comments.is_empty()
                && read.and_then(|read| yaml.as_str(read)) == Some(value)
        })
    }

    /// Writes another text as the value of a key, in the quotes of the old one.
    pub(crate) fn set(&self, fix: ProposedFix, entry: Entry, value: &str) -> Option<ProposedFix> {
        let style = match self.yaml.node(entry.value).kind {
            Kind::Scalar { style, .. } => style,
            Kind::Alias { .. } => ScalarStyle::Plain,
            Kind::Mapping { .. } | Kind::Sequence { .. } => return None,
        };
        let in_flow = self.is_in_flow(self.yaml.span(entry.value));
        self.set_written(fix, entry, &Self::scalar(value, style, in_flow)?)
    }

    /// Writes the value of a key exactly like this, whatever stands there.
    pub(crate) fn set_written(&self, fix: ProposedFix, entry: Entry, written: &str) -> Option<ProposedFix> {
        let node = self.yaml.node(entry.value);
        if !self.is_editable(node.span) || node.tag.is_some() || node.anchor.is_some() {
            return None;
        }
        if node.span.is_empty() {
            let end = self.yaml.span(entry.key).end;
            let rest = &self.text()[end as usize..];
            let colon = rest.find(':').filter(|&at| rest[..at].trim().is_empty())?;
            return Some(fix.insert(self.document, end + colon as u32 + 1, format!(" {written}")));
        }
        let length = self.slice(entry.value).trim_end().len() as u32;
        let span = Span::new(node.span.start, node.span.start + length);
        Some(fix.replace(self.document, span, written))
    }

    /// Writes another name as a key, in the quotes of the old one.
    pub(crate) fn rename(&self, fix: ProposedFix, key: Span, name: &str, meant: &str) -> Option<ProposedFix> {
        let at = self.document.slice(key).find(name)? as u32;
        let span = Span::new(key.start + at, key.start + at + name.len() as u32);
        self.is_editable(key).then(|| fix.replace(self.document, span, meant))
    }

    /// Writes a mapping below a key that has a text as its value.
    pub(crate) fn set_block(&self, fix: ProposedFix, entry: Entry, lines: &str) -> Option<ProposedFix> {
        let (key, value) = (self.yaml.span(entry.key), self.yaml.node(entry.value));
        let text = self.document.slice(Span::new(key.end, value.span.start));
        let colon = text.find(':')? as u32 + 1;
        let is_plain =
            text[colon as usize..].trim().is_empty() && !text.contains('\n') && value.tag.is_none();
        if value.span.is_empty() || !is_plain || !self.is_editable(key) || self.is_in_flow(value.span) {
            return None;
        }
        let written = self.indented(lines, self.column(entry.key) + self.unit());
        let span = Span::new(key.end + colon, value.span.end);
        Some(fix.replace(self.document, span, format!("\n{written}")))
    }

    /// Writes another text as an item of a list, in the quotes of the old one.
    pub(crate) fn set_item(&self, fix: ProposedFix, item: NodeId, value: &str) -> Option<ProposedFix> {
        let node = self.yaml.node(item);
        let Kind::Scalar { style, .. } = node.kind else { return None };
        if !self.is_editable(node.span) || node.tag.is_some() || node.anchor.is_some() {
            return None;
        }
        let written = Self::scalar(value, style, self.is_in_flow(node.span))?;
        Some(fix.replace(self.document, node.span, written))
    }

    /// Writes a key that is not there yet: `lines` starts with `key:`, and has two spaces a level. It goes behind the
    /// keys that stand before it in `order`, else in front of those behind it, else to the end.
    pub(crate) fn insert(
        &self,
        fix: ProposedFix,
        mapping: NodeId,
        lines: &str,
        order: &[&str],
    ) -> Option<ProposedFix> {
        let Kind::Mapping { entries } = &self.yaml.node(mapping).kind else { return None };
        let first = *entries.first()?;
        if !self.is_editable(self.yaml.span(mapping)) {
            return None;
        }
        let key = lines.split(':').next().unwrap_or_default();
        if self.is_switched_off(entries, key) {
            return None;
        }
        let position = position(key, order, entries.iter().map(|entry| self.yaml.text(entry.key)));
        if self.is_flow(mapping) {
            if lines.contains('\n') || self.slice(mapping).contains('\n') {
                return None;
            }
            return match position {
                Position::First => {
                    Some(fix.insert(self.document, self.yaml.span(first.key).start, format!("{lines}, ")))
                }
                Position::Behind(index) => {
                    let span = self.yaml.span(entries[index].value);
                    (!span.is_empty()).then(|| fix.insert(self.document, span.end, format!(", {lines}")))
                }
            };
        }
        let column = self.column(first.key);
        let written = self.indented(lines, column);
        match position {
            Position::First if self.stands_alone(first.key) => {
                let above = self.above(self.yaml.span(first.key).start);
                Some(fix.insert(self.document, above, format!("{written}\n")))
            }
            // The first key stands on the line of a dash.
            Position::First => Some(self.insert_behind(fix, first, column, &written)),
            Position::Behind(index) => Some(self.insert_behind(fix, entries[index], column, &written)),
        }
    }

    /// Whether a comment among the entries of a mapping has the key: somebody took it out, and may know why.
    fn is_switched_off(&self, entries: &[Entry], key: &str) -> bool {
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return false };
        let start = self.above(self.yaml.span(first.key).start);
        let text = self.text();
        let mut end = full_lines(text, Span::empty(self.last_line(*last, self.column(last.key)))).end;
        while let Some(line) = text[end as usize..].split_inclusive('\n').next() {
            if !line.trim_start().starts_with('#') {
                break;
            }
            end += line.len() as u32;
        }
        let place = Span::new(start, end);
        self.yaml.comments.iter().filter(|comment| place.contains_span(**comment)).any(|comment| {
            let content = self.document.slice(*comment).trim_start_matches(['#', ' ']);
            content.strip_prefix(key).is_some_and(|rest| rest.starts_with(':'))
        })
    }

    fn insert_behind(&self, fix: ProposedFix, entry: Entry, column: usize, written: &str) -> ProposedFix {
        let last = self.last_line(entry, column);
        fix.insert_lines_below(self.document, last, written)
    }

    /// Writes whole lines above a key and the comments that belong to it, with a blank line below them.
    pub(crate) fn insert_section_above(
        &self,
        fix: ProposedFix,
        key: NodeId,
        lines: &str,
    ) -> Option<ProposedFix> {
        let span = self.yaml.span(key);
        if !self.is_editable(span) || !self.stands_alone(key) {
            return None;
        }
        let written = self.indented(lines, self.column(key));
        Some(fix.insert(self.document, self.above(span.start), format!("{written}\n\n")))
    }

    /// Writes a mapping below a key without a value.
    pub(crate) fn fill(&self, fix: ProposedFix, entry: Entry, lines: &str) -> Option<ProposedFix> {
        let node = self.yaml.node(entry.value);
        let is_empty = node.span.is_empty() && node.tag.is_none() && node.anchor.is_none();
        if !is_empty || !self.is_editable(self.yaml.span(entry.key)) || self.is_in_flow(node.span) {
            return None;
        }
        let column = self.column(entry.key) + self.unit();
        Some(self.insert_behind(fix, entry, self.column(entry.key), &self.indented(lines, column)))
    }

    /// Takes a key and its value out. Not where comments would be lost, and not the last one of its mapping.
    pub(crate) fn remove(&self, fix: ProposedFix, mapping: NodeId, key: &str) -> Option<ProposedFix> {
        let Kind::Mapping { entries } = &self.yaml.node(mapping).kind else { return None };
        let index = entries.iter().position(|entry| self.yaml.text(entry.key) == Some(key))?;
        let entry = entries[index];
        if entries.len() < 2 || !self.is_editable(self.yaml.span(mapping)) {
            return None;
        }
        let span = self.yaml.span(entry.key).cover(self.yaml.span(entry.value));
        if self.is_flow(mapping) {
            let span = match entries.get(index + 1) {
                Some(next) => Span::new(span.start, self.yaml.span(next.key).start),
                None => Span::new(self.yaml.span(entries[index - 1].value).end, span.end),
            };
            let has_line = self.document.slice(span).contains(['\n', '#']);
            return (!has_line).then(|| fix.delete(self.document, span));
        }
        let start = line_start(self.text(), span.start);
        let last = self.last_line(entry, self.column(entry.key));
        if let (Some(next), true) = (entries.get(index + 1), self.dash(entry.key).is_some()) {
            // The next key takes its place behind the dash.
            let span = Span::new(span.start, self.yaml.span(next.key).start);
            return (!self.document.slice(span).contains('#')).then(|| fix.delete(self.document, span));
        }
        let lines = Span::new(start, full_lines(self.text(), Span::empty(last)).end);
        let loses_comment = self.yaml.comments.iter().any(|comment| lines.contains_span(*comment))
            || self.above(span.start) != start;
        (!loses_comment && self.stands_alone(entry.key)).then(|| fix.delete(self.document, lines))
    }

    /// Writes names that a list lacks, each behind those that stand before it in `order`: of `key: a`, `key: [a]`, or of
    /// a list with dashes.
    pub(crate) fn add_items(
        &self,
        fix: ProposedFix,
        entry: Entry,
        missing: &[&str],
        order: &[&str],
    ) -> Option<ProposedFix> {
        let (yaml, node) = (self.yaml, self.yaml.node(entry.value));
        let items: Vec<&str> = match &node.kind {
            Kind::Scalar { .. } => vec![yaml.text(entry.value)?],
            Kind::Sequence { items } => items.iter().map(|&item| yaml.text(item)).collect::<Option<_>>()?,
            _ => return None,
        };
        let nodes = yaml.items(entry.value);
        let style = match nodes.first().map_or(&node.kind, |&item| &yaml.node(item).kind) {
            Kind::Scalar { style, .. } => *style,
            Kind::Sequence { .. } if nodes.is_empty() => ScalarStyle::Plain,
            _ => return None,
        };
        let is_block = matches!(node.kind, Kind::Sequence { .. }) && !self.is_flow(entry.value);
        // Where each goes, the missing ones before it counted in.
        let mut all: Vec<(String, bool)> = Vec::new();
        let is_empty = node.span.is_empty();
        for item in items.iter().filter(|_| !is_empty) {
            all.push((Self::scalar(item, style, !is_block)?, false));
        }
        let mut names: Vec<&str> = items.into_iter().filter(|_| !is_empty).collect();
        for &name in missing {
            let at = match position(name, order, names.iter().map(|&name| Some(name))) {
                Position::First => 0,
                Position::Behind(index) => index + 1,
            };
            names.insert(at, name);
            all.insert(at, (Self::scalar(name, style, !is_block)?, true));
        }
        let written = || all.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
        if !is_block {
            let text = self.slice(entry.value);
            let inner = text.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or_default();
            if text.contains(['\n', '#', '&', '*']) {
                return None;
            }
            let blank = if inner.starts_with(' ') { " " } else { "" };
            return self.set_written(fix, entry, &format!("[{blank}{}{blank}]", written()));
        }
        let first = *nodes.first()?;
        if !self.is_editable(node.span) {
            return None;
        }
        let dash = self.dash(first)?;
        let mut fix = fix;
        let mut behind: Option<NodeId> = None;
        let mut seen = nodes.iter();
        let mut rest = &all[..];
        while let Some((_, is_new)) = rest.first() {
            if !is_new {
                behind = seen.next().copied();
                rest = &rest[1..];
                continue;
            }
            let count = rest.iter().take_while(|(_, is_new)| *is_new).count();
            let lines: Vec<String> = rest[..count].iter().map(|(name, _)| format!("{dash}{name}")).collect();
            let lines = lines.join("\n");
            fix = match behind {
                Some(item) => fix.insert_lines_below(self.document, yaml.span(item).start, &lines),
                None => fix.insert_lines_above(self.document, yaml.span(first).start, &lines),
            };
            rest = &rest[count..];
        }
        Some(fix)
    }

    /// Takes an item out of a list of several.
    pub(crate) fn remove_item(&self, fix: ProposedFix, list: NodeId, item_span: Span) -> Option<ProposedFix> {
        let Kind::Sequence { items } = &self.yaml.node(list).kind else { return None };
        let index = items.iter().position(|&item| self.yaml.span(item) == item_span)?;
        if items.len() < 2 || !self.is_editable(self.yaml.span(list)) {
            return None;
        }
        if self.is_flow(list) {
            let span = match items.get(index + 1) {
                Some(&next) => Span::new(item_span.start, self.yaml.span(next).start),
                None => Span::new(self.yaml.span(items[index - 1]).end, item_span.end),
            };
            let has_line = self.document.slice(span).contains(['\n', '#']);
            return (!has_line).then(|| fix.delete(self.document, span));
        }
        self.dash(items[index])?;
        let lines = full_lines(self.text(), item_span);
        let loses_comment = self.yaml.comments.iter().any(|comment| lines.contains_span(*comment));
        (!loses_comment).then(|| fix.delete(self.document, lines))
    }

    /// Writes an item behind another one of a list with dashes, or in front of all. `lines` is the item without its
    /// dash.
    pub(crate) fn insert_item(
        &self,
        fix: ProposedFix,
        list: NodeId,
        behind: Option<usize>,
        lines: &str,
    ) -> Option<ProposedFix> {
        let Kind::Sequence { items } = &self.yaml.node(list).kind else { return None };
        if self.is_flow(list) || !self.is_editable(self.yaml.span(list)) {
            return None;
        }
        let dash = self.dash(*items.first()?)?;
        let body = self.indented(lines, dash.len());
        let written = format!("{dash}{}", body.trim_start());
        let is_apart = |item: &NodeId| {
            let above = self.above(self.yaml.span(*item).start);
            self.text()[..above as usize].lines().next_back().is_some_and(|line| line.trim().is_empty())
        };
        let apart = items.len() > 1 && items[1..].iter().all(is_apart);
        let next = behind.map_or(0, |index| index + 1);
        if let Some(&next) = items.get(next) {
            self.dash(next)?;
            let above = self.above(self.yaml.span(next).start);
            let blank = if apart { "\n" } else { "" };
            return Some(fix.insert(self.document, above, format!("{written}\n{blank}")));
        }
        let last = *items.last()?;
        let entry = Entry { key: last, value: last };
        let line = self.last_line(entry, dash.len().saturating_sub(2));
        let blank = if apart { "\n" } else { "" };
        Some(fix.insert_lines_below(self.document, line, &format!("{blank}{written}")))
    }

    /// What the file writes in front of an item: blanks, the dash, blanks. `None` where the item does not start on the
    /// line of its dash.
    fn dash(&self, item: NodeId) -> Option<String> {
        let start = self.yaml.span(item).start;
        let before = &self.text()[line_start(self.text(), start) as usize..start as usize];
        let is_dash = before.trim() == "-" && !before.contains('\t');
        is_dash.then(|| before.to_owned())
    }

    /// Whether nothing but blanks stands in front of a key.
    fn stands_alone(&self, key: NodeId) -> bool {
        let start = self.yaml.span(key).start;
        self.text()[line_start(self.text(), start) as usize..start as usize].trim().is_empty()
    }

    /// Where the comments start that stand right above the line that holds `offset` and as far in as it.
    fn above(&self, offset: u32) -> u32 {
        let text = self.text();
        let blanks = |line: &str| line.len() - line.trim_start_matches(' ').len();
        let mut start = line_start(text, offset);
        let column = blanks(&text[start as usize..]);
        while start > 0 {
            let previous = line_start(text, start - 1);
            let line = &text[previous as usize..start as usize];
            if !line.trim_start().starts_with('#') || blanks(line) != column {
                break;
            }
            start = previous;
        }
        start
    }

    /// A byte of the last line of an entry. Comments below it that stand further in than its key belong to it.
    fn last_line(&self, entry: Entry, column: usize) -> u32 {
        let text = self.text();
        let end = self.yaml.span(entry.key).end.max(self.yaml.span(entry.value).end) as usize;
        let mut last = text[..end].trim_end().len().saturating_sub(1) as u32;
        let mut next = full_lines(text, Span::empty(last)).end;
        while let Some(line) = text[next as usize..].split_inclusive('\n').next() {
            let content = line.trim_start_matches(' ');
            if content.starts_with('#') && line.len() - content.len() > column {
                last = next;
            } else if !line.trim().is_empty() {
                break;
            }
            next += line.len() as u32;
        }
        last
    }
}

/// Where a name belongs among others.
fn position<'n>(name: &str, order: &[&str], siblings: impl Iterator<Item = Option<&'n str>>) -> Position {
    let rank = |name: Option<&str>| order.iter().position(|known| Some(*known) == name);
    let ranks: Vec<Option<usize>> = siblings.map(rank).collect();
    let Some(own) = rank(Some(name)) else { return last(ranks.len()) };
    let before = ranks.iter().rposition(|rank| rank.is_some_and(|rank| rank < own));
    let behind = ranks.iter().position(|rank| rank.is_some_and(|rank| rank > own));
    match (before, behind) {
        (Some(index), _) => Position::Behind(index),
        (None, Some(0)) => Position::First,
        (None, Some(index)) => Position::Behind(index - 1),
        (None, None) => last(ranks.len()),
    }
}

fn last(count: usize) -> Position {
    count.checked_sub(1).map_or(Position::First, Position::Behind)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use vastlint_model::{Tree, parse_file};

    use super::*;

    /// The text after an edit.
    fn edited(text: &str, edit: impl Fn(Editor<'_>, NodeId) -> Option<ProposedFix>) -> Option<String> {
        let documents =
            parse_file(&Arc::from("a/values.yaml"), vastlint_model::Kind::Workflow, Arc::from(text));
        let document = &documents[0];
        let Tree::Yaml(yaml) = &document.tree else { panic!("it is YAML") };
        let fix = edit(Editor::new(document, yaml), yaml.root().expect("it has a root"))?;
        let mut edits = fix.edits;
        edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
        let mut text = text.to_owned();
        for edit in edits {
            text.replace_range(edit.span.range(), &edit.text);
        }
        Some(text)
    }

    fn fix() -> ProposedFix {
        ProposedFix::safe("write it")
    }

    fn inserted(text: &str, path: &[&str], lines: &str, order: &[&str]) -> Option<String> {
        edited(text, |editor, root| {
            let mapping = editor.yaml.path(root, path).expect("the path is there");
            editor.insert(fix(), mapping, lines, order)
        })
    }

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "a table of cases reads better so")]
    fn is(result: Option<String>, expected: &str) {
        assert_eq!(result.as_deref(), Some(expected));
    }

    #[test]
    fn keys_are_written_in_their_place() {
        let order = ["a", "b", "c"];
        is(
            inserted("x:\n  a: 1  # one\n  c: 3\n", &["x"], "b: 2", &order),
            "x:\n  a: 1  # one\n  b: 2\n  c: 3\n",
        );
        is(inserted("x:\n    c: 3", &["x"], "b:\n  d: 2", &order), "x:\n    b:\n        d: 2\n    c: 3");
        is(inserted("x:\n  # of c\n  c: 3\n", &["x"], "b: 2", &order), "x:\n  b: 2\n  # of c\n  c: 3\n");
        is(inserted("x:\n  d: 3", &["x"], "b: 2", &order), "x:\n  d: 3\n  b: 2");
        is(inserted("x: { a: 1, c: 3 }\n", &["x"], "b: 2", &order), "x: { a: 1, b: 2, c: 3 }\n");
        is(inserted("x: {c: 3}\n", &["x"], "b: 2", &order), "x: {b: 2, c: 3}\n");
        assert_eq!(inserted("x:\n  a: 1\n  # b: 3\n  c: 3\n", &["x"], "b: 2", &order), None);
        assert_eq!(inserted("x:\n  a: 1\n#  b: 3\n", &["x"], "b: 2", &order), None);
        assert_eq!(inserted("x: &x {c: 3}\n", &["x"], "b: 2", &order), None);
        assert_eq!(inserted("x: {c: 3}\n", &["x"], "b:\n  d: 2", &order), None);
    }

    #[test]
    fn a_value_keeps_its_block_and_its_comments() {
        let text = "x:\n  a: |\n    # no comment\n    text\n\n  # of c\n  c: 3\n";
        is(
            inserted(text, &["x"], "b: 2", &["a", "b"]),
            "x:\n  a: |\n    # no comment\n    text\n  b: 2\n\n  # of c\n  c: 3\n",
        );
        let text = "x:\n  a:\n    - 1\n    # - 2\n\ny: 1\n";
        is(inserted(text, &["x"], "b: 2", &["a"]), "x:\n  a:\n    - 1\n    # - 2\n  b: 2\n\ny: 1\n");
        is(inserted(text, &[], "b: 2", &["x", "b", "y"]), "x:\n  a:\n    - 1\n    # - 2\nb: 2\n\ny: 1\n");
    }

    #[test]
    fn values_keep_their_quotes() {
        let set = |text: &str, value: &str| {
            edited(text, |editor, root| editor.set(fix(), editor.yaml.entry(root, "a")?, value))
        };
        is(set("a: 'x'  # why\n", "0 0 * * *"), "a: '0 0 * * *'  # why\n");
        is(set("a: x\n", "y: z"), "a: \"y: z\"\n");
        is(set("a: x\n", "1.10"), "a: \"1.10\"\n");
        is(set("a: \"x\"\n", "say \"y\""), "a: \"say \\\"y\\\"\"\n");
        is(set("a:  # none\nb: 1\n", "y"), "a: y  # none\nb: 1\n");
        is(set("{a: x, b: y}\n", "p, q"), "{a: \"p, q\", b: y}\n");
        is(set("a: |\n  x\n  y\n\nb: 1\n", "z"), "a: z\n\nb: 1\n");
        assert_eq!(set("b: &b\n  c: 1\na: &a x\n", "y"), None);
        assert_eq!(set("a: [x]\n", "y"), None);
    }

    #[test]
    fn a_text_becomes_a_mapping() {
        let text = "a:\n    b: x  # why\n";
        let result = edited(text, |editor, root| {
            let entry = editor.yaml.entry(editor.yaml.get(root, "a")?, "b")?;
            editor.set_block(fix(), entry, "c: 1\nd:\n  e: 2")
        });
        is(result, "a:\n    b:\n        c: 1\n        d:\n            e: 2  # why\n");
    }

    #[test]
    fn lists_keep_their_form() {
        let add = |text: &str, missing: &[&str]| {
            edited(text, |editor, root| {
                editor.add_items(fix(), editor.yaml.entry(root, "a")?, missing, &["p", "q", "r"])
            })
        };
        is(add("a: q\n", &["p", "r"]), "a: [p, q, r]\n");
        is(add("a: [ p, x ]  # why\n", &["q"]), "a: [ p, q, x ]  # why\n");
        is(add("a: ['p']\n", &["q"]), "a: ['p', 'q']\n");
        is(add("a:\n  - p  # why\n  - r\n", &["q"]), "a:\n  - p  # why\n  - q\n  - r\n");
        is(add("a:\n- q", &["p", "r"]), "a:\n- p\n- q\n- r");
        is(add("a:\nb: 1\n", &["p"]), "a: [p]\nb: 1\n");
        is(add("a: []\n", &["p"]), "a: [p]\n");
        assert_eq!(add("a: [p,\n  q]\n", &["r"]), None);
    }

    #[test]
    fn what_is_taken_out_leaves_no_trace() {
        let remove =
            |text: &str| edited(text, |editor, root| editor.remove(fix(), editor.yaml.get(root, "x")?, "a"));
        is(remove("x:\n  a:\n    - 1\n  b: 2\n"), "x:\n  b: 2\n");
        is(remove("x:\n  b: 2\n  a: 1"), "x:\n  b: 2\n");
        is(remove("x: {a: 1, b: 2}\n"), "x: {b: 2}\n");
        is(remove("x: {b: 2, a: 1}\n"), "x: {b: 2}\n");
        assert_eq!(remove("x:\n  a: 1  # why\n  b: 2\n"), None);
        assert_eq!(remove("x:\n  # why\n  a: 1\n  b: 2\n"), None);
        assert_eq!(remove("x:\n  a: 1\n"), None);
        assert_eq!(remove("x:\n  - a: 1\n"), None);
        let of_item = |text: &str| {
            edited(text, |editor, root| {
                editor.remove(fix(), editor.yaml.items(editor.yaml.get(root, "x")?)[0], "a")
            })
        };
        is(of_item("x:\n  - a: 1\n    b: 2\n"), "x:\n  - b: 2\n");
        is(of_item("x:\n  - b: 2\n    a: 1\n"), "x:\n  - b: 2\n");
        let item = |text: &str| {
            edited(text, |editor, root| {
                let list = editor.yaml.get(root, "x")?;
                editor.remove_item(fix(), list, editor.yaml.span(editor.yaml.items(list)[1]))
            })
        };
        is(item("x: [p, q]\n"), "x: [p]\n");
        is(item("x:\n  - p\n  - q\n"), "x:\n  - p\n");
    }

    #[test]
    fn steps_are_written_like_their_neighbours() {
        let step = |text: &str, behind: Option<usize>| {
            edited(text, |editor, root| {
                editor.insert_item(fix(), editor.yaml.get(root, "s")?, behind, "name: n\nuses: u")
            })
        };
        is(
            step("s:\n  # one\n  - run: a\n\n  # two\n  - run: b\n", Some(0)),
            "s:\n  # one\n  - run: a\n\n  - name: n\n    uses: u\n\n  # two\n  - run: b\n",
        );
        is(step("s:\n- run: a\n", None), "s:\n- name: n\n  uses: u\n- run: a\n");
        is(
            step("s:\n  - run: a\n\n  - run: |\n      b", Some(1)),
            "s:\n  - run: a\n\n  - run: |\n      b\n\n  - name: n\n    uses: u",
        );
        assert_eq!(step("s: [{run: a}]\n", None), None);
    }
}
