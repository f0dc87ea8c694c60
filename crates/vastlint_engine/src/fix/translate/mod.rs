//! From a change of documents to a change of the files that hold them.
//!
//! An edit of an embedded document is written with the quoting, indentation and continuations of what is around it. That
//! is then proven: the changed file is parsed again, and the document has to read as the rule asked. What cannot be
//! written so is no fix.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use rayon::prelude::*;
use vastlint_diagnostic::{Edit, Fix};
use vastlint_model::{Document, DocumentId, Layer, Project, parse_file};
use vastlint_rules::{DocumentEdit, ProposedFix, line_start};
use vastlint_text::{FileId, Span};

use crate::SourceFile;
use crate::fix::apply::{Selection, apply, sorted};

/// How far commands of an instruction stand in where nothing shows it.
const CONTINUATION_INDENTATION: &str = "    ";

/// Of fixes of one file that cannot be proven together, so many are proven alone; the others are none.
const MAX_PROVEN_ALONE: usize = 64;

/// A fix as it is written into the files, and what was asked for in embedded documents, which has to be proven.
struct Written {
    fix: Fix,
    asked: Vec<DocumentEdit>,
}

/// The fixes as they are written into the files; none where that cannot be done.
pub(crate) fn translate(
    proposals: Vec<Option<ProposedFix>>,
    project: &Project,
    files: &[SourceFile],
) -> Vec<Option<Fix>> {
    let mut fixes: Vec<Option<Fix>> = Vec::with_capacity(proposals.len());
    // Those that are to be proven: by file, each with its place in the list.
    let mut unproven: BTreeMap<FileId, Vec<(usize, Written)>> = BTreeMap::new();
    for (index, proposal) in proposals.into_iter().enumerate() {
        let written = proposal.and_then(|fix| write(fix, project, files));
        fixes.push(None);
        match written {
            Some(written) if !written.asked.is_empty() => {
                let file = project.documents[written.asked[0].document.index()].file;
                unproven.entry(file).or_default().push((index, written));
            }
            Some(written) => fixes[index] = Some(written.fix),
            None => {}
        }
    }
    let unproven: Vec<(FileId, Vec<(usize, Written)>)> = unproven.into_iter().collect();
    let prove = |(file, written): (FileId, Vec<(usize, Written)>)| proven(file, written, project, files);
    let proven: Vec<Vec<(usize, Fix)>> = unproven.into_par_iter().map(prove).collect();
    for (index, fix) in proven.into_iter().flatten() {
        fixes[index] = Some(fix);
    }
    fixes
}

fn write(fix: ProposedFix, project: &Project, files: &[SourceFile]) -> Option<Written> {
    let mut edits = Vec::with_capacity(fix.edits.len());
    for edit in &fix.edits {
        let document = project.documents.get(edit.document.index())?;
        edits.push(to_file(document, edit, &files[document.file.index()].text)?);
    }
    let mut executable = fix.executable;
    executable.sort_unstable();
    executable.dedup();
    let written =
        Fix { message: fix.message, applicability: fix.applicability, edits: sorted(edits)?, executable };
    let is_embedded = |edit: &DocumentEdit| !project.documents[edit.document.index()].is_file();
    Some(Written { fix: written, asked: fix.edits.into_iter().filter(is_embedded).collect() })
}

/// Those fixes after which the embedded documents of `file` read as was asked. Fixes that go together are proven by
/// one parse of the file; what that does not prove is tried alone.
fn proven(
    file: FileId,
    mut pending: Vec<(usize, Written)>,
    project: &Project,
    files: &[SourceFile],
) -> Vec<(usize, Fix)> {
    let mut proven = Vec::with_capacity(pending.len());
    let mut doubtful = Vec::new();
    while !pending.is_empty() {
        let mut selection = Selection::default();
        let taken: Vec<bool> = pending.iter().map(|(_, written)| selection.take(&written.fix)).collect();
        let edits = selection.edits(file);
        let after = parsed_after(file, &edits, project, files);
        let mut taken = taken.into_iter();
        let (together, rest): (Vec<_>, Vec<_>) =
            pending.into_iter().partition(|_| taken.next().unwrap_or_default());
        let asked: Vec<&DocumentEdit> = together.iter().flat_map(|(_, written)| &written.asked).collect();
        let read: HashMap<DocumentId, bool> = asked
            .iter()
            .map(|edit| edit.document)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .map(|document| (document, reads_as_asked(document, &asked, &after, project)))
            .collect();
        for (index, written) in together {
            if written.asked.iter().all(|edit| read[&edit.document]) && is_only_of(file, &written, project) {
                proven.push((index, written.fix));
            } else {
                doubtful.push((index, written));
            }
        }
        pending = rest;
    }
    for (index, written) in doubtful.into_iter().take(MAX_PROVEN_ALONE) {
        if is_proven_alone(&written, project, files) {
            proven.push((index, written.fix));
        }
    }
    proven
}

/// Whether every embedded document that the fix edits is of one file.
fn is_only_of(file: FileId, written: &Written, project: &Project) -> bool {
    written.asked.iter().all(|edit| project.documents[edit.document.index()].file == file)
}

fn is_proven_alone(written: &Written, project: &Project, files: &[SourceFile]) -> bool {
    let asked: Vec<&DocumentEdit> = written.asked.iter().collect();
    let of = |document: DocumentId| project.documents[document.index()].file;
    let edited: BTreeSet<FileId> = asked.iter().map(|edit| of(edit.document)).collect();
    edited.into_iter().all(|file| {
        let edits: Vec<&Edit> = written.fix.edits.iter().filter(|edit| edit.file == file).collect();
        let after = parsed_after(file, &edits, project, files);
        let mut documents = asked.iter().map(|edit| edit.document).filter(|&document| of(document) == file);
        documents.all(|document| reads_as_asked(document, &asked, &after, project))
    })
}

/// The documents of a file after edits; the file's own is the first.
fn parsed_after(file: FileId, edits: &[&Edit], project: &Project, files: &[SourceFile]) -> Vec<Document> {
    let source = &files[file.index()];
    let own = project.documents.partition_point(|document| document.file < file);
    let Some(own) = project.documents.get(own) else { return Vec::new() };
    parse_file(&own.path, own.kind, Arc::from(apply(&source.text, edits)))
}

fn to_file(document: &Document, edit: &DocumentEdit, file: &str) -> Option<Edit> {
    let text = document.text.get(edit.span.range()).map(|_| edit.text.as_str())?;
    let place = Place { document, file };
    let (span, text) = if document.is_file() {
        (edit.span, Cow::Borrowed(text))
    } else if place.is_in_continued_line(edit.span) {
        place.continued(edit.span, text)?
    } else if place.is_line_start(edit.span.start)
        && place.is_line_start(edit.span.end)
        && (text.is_empty() || text.ends_with('\n'))
    {
        place.whole_lines(edit.span, text)?
    } else {
        place.inside_lines(edit.span, text)?
    };
    Some(Edit { file: document.file, span, text: with_line_ends(file, span.start, &text) })
}

/// An embedded document in its file.
struct Place<'a> {
    document: &'a Document,
    file: &'a str,
}

impl Place<'_> {
    fn text(&self) -> &str {
        &self.document.text
    }

    /// Whether a line of the document starts at `offset`, or the document ends there with a line end.
    fn is_line_start(&self, offset: u32) -> bool {
        offset == 0 || self.text().as_bytes().get(offset as usize - 1) == Some(&b'\n')
    }

    /// Whether the span lies in the logical line of a Dockerfile's instruction, and not in a heredoc below it.
    fn is_in_continued_line(&self, span: Span) -> bool {
        matches!(self.document.layers.first(), Some(Layer::Continued(_)))
            && !self.text()[..span.end as usize].contains('\n')
    }

    /// Where the line of the file starts in which the document's line at `offset` is written.
    fn host_line_start(&self, offset: u32) -> u32 {
        let host = self.document.map.to_host(Span::empty(offset)).start;
        let is_end = offset as usize == self.text().len() && offset > 0;
        if is_end { host } else { line_start(self.file, host) }
    }

    /// What the file writes in front of the document's line at `offset`; none if that is more than blanks.
    fn prefix(&self, offset: u32) -> Option<&str> {
        // An empty line may be written without its indentation.
        let lines = || {
            self.text().split_inclusive('\n').scan(0, |start, line| {
                let this = *start;
                *start += line.len();
                Some((this as u32, line))
            })
        };
        let is_full = |(_, line): &(u32, &str)| !line.trim_end_matches(['\n', '\r']).is_empty();
        let this = lines().take_while(|(start, _)| *start <= offset).last();
        let (line, _) = this
            .filter(is_full)
            .filter(|(start, line)| offset < start + line.len() as u32)
            .or_else(|| lines().find(|line| line.0 >= offset && is_full(line)))
            .or_else(|| lines().filter(is_full).last())?;
        let host = self.document.map.to_host(Span::empty(line)).start;
        let prefix = self.file.get(line_start(self.file, host) as usize..host as usize)?;
        prefix.bytes().all(|byte| matches!(byte, b' ' | b'\t')).then_some(prefix)
    }

    /// The text with what the documents around it make of its characters.
    fn escaped<'t>(&self, text: &'t str) -> Option<Cow<'t, str>> {
        self.document.layers.iter().try_fold(Cow::Borrowed(text), |text, &layer| escape(layer, text))
    }

    /// Lines in the place of lines.
    fn whole_lines<'t>(&self, span: Span, text: &'t str) -> Option<(Span, Cow<'t, str>)> {
        let host = Span::new(self.host_line_start(span.start), self.host_line_start(span.end));
        if text.is_empty() {
            self.prefix(span.start)?;
            return Some((host, Cow::Borrowed("")));
        }
        let prefix = self.prefix(span.start)?;
        let text = self.escaped(text)?;
        Some((host, indented(&text, prefix, true)))
    }

    /// A part of a line, or several lines from the middle of one to the middle of another.
    fn inside_lines<'t>(&self, span: Span, text: &'t str) -> Option<(Span, Cow<'t, str>)> {
        let host = self.document.map.to_host(span);
        let text = self.escaped(text)?;
        let prefix = if text.contains('\n') { self.prefix(span.start)? } else { "" };
        Some((host, indented(&text, prefix, false)))
    }

    /// A part of an instruction's logical line.
    fn continued<'t>(&self, span: Span, text: &'t str) -> Option<(Span, Cow<'t, str>)> {
        let Some(&Layer::Continued(escape)) = self.document.layers.first() else { return None };
        let host = self.document.map.to_host(span);
        // Comments between the lines of the command would be lost.
        let is_kept = self.document.map.is_verbatim(span) || !host.text(self.file).contains('#');
        if !is_kept {
            return None;
        }
        if !text.contains('\n') {
            return Some((host, Cow::Borrowed(text)));
        }
        let indentation = self.continuation(host.start, escape);
        let line_end = match indentation {
            Some(indentation) => format!(" {escape}\n{indentation}"),
            None => " ".to_owned(),
        };
        // Only where a command is joined to the next one is a line end no more than a blank.
        let mut written = String::with_capacity(text.len() + 16);
        for line in text.split_inclusive('\n') {
            let Some(content) = line.strip_suffix('\n') else {
                written.push_str(line);
                continue;
            };
            let content = content.trim_end();
            if !["&&", "||", "|", "{", "then", "do", "else", ";"].iter().any(|end| content.ends_with(end)) {
                return None;
            }
            written.push_str(content);
            written.push_str(&line_end);
        }
        let above = self.above_comments(host.start).filter(|_| host.is_empty() && text.ends_with('\n'));
        if let (Some(above), Some(indentation)) = (above, indentation) {
            written.truncate(written.len() - indentation.len());
            written.insert_str(0, indentation);
            return Some((Span::empty(above), Cow::Owned(written)));
        }
        Some((host, Cow::Owned(written)))
    }

    /// Where the comment lines start that stand right above the line at `at`: what is written above a command goes
    /// above what is said about it. None if there are none, or if something stands on the line in front of `at`.
    fn above_comments(&self, at: u32) -> Option<u32> {
        let mut start = line_start(self.file, at);
        let is_first = self.file[start as usize..at as usize].trim().is_empty();
        let below = start;
        while is_first && start > 0 {
            let above = line_start(self.file, start - 1);
            if !self.file[above as usize..start as usize].trim_start().starts_with('#') {
                break;
            }
            start = above;
        }
        (start < below).then_some(start)
    }

    /// How far the continued lines stand in; none if the command is written on one line.
    fn continuation(&self, at: u32, escape: char) -> Option<&str> {
        let continues = |line: &str| line.trim_end().ends_with(escape);
        let blanks = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
        let is_code = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
        let start = line_start(self.file, at) as usize;
        let this = self.file[start..].lines().next().unwrap_or_default();
        let follows_another = self.file[..start].lines().rev().find(is_code).is_some_and(continues);
        let starts_line = self.file[start..at as usize].bytes().all(|byte| matches!(byte, b' ' | b'\t'));
        if follows_another && starts_line {
            return Some(&this[..blanks(this)]);
        }
        if !continues(this) {
            return follows_another.then(|| &this[..blanks(this)]);
        }
        // Lines inside a block of the shell stand in further than the commands around it.
        let mut is_inside = true;
        let rest = self.file[start..].lines().filter(is_code).skip(usize::from(!follows_another)).take_while(
            |line| {
                let was_inside = is_inside;
                is_inside = continues(line);
                was_inside
            },
        );
        let indentation = rest.map(|line| &line[..blanks(line)]).min_by_key(|blanks| blanks.len());
        Some(indentation.filter(|blanks| !blanks.is_empty()).unwrap_or(CONTINUATION_INDENTATION))
    }
}

/// `text` as a document of this layer writes it; none if it cannot be written there.
fn escape(layer: Layer, text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    let with_backslash = |special: &[char]| {
        let mut escaped = String::with_capacity(text.len() + 8);
        for character in text.chars() {
            if special.contains(&character) {
                escaped.push('\\');
            }
            escaped.push(character);
        }
        Cow::Owned(escaped)
    };
    let is_one_line = !text.contains('\n');
    match layer {
        Layer::Lines | Layer::Continued(_) => Some(text),
        Layer::Expanded => Some(with_backslash(&['\\', '$', '`'])),
        Layer::ShellSingleQuoted => (!text.contains('\'')).then_some(text),
        Layer::ShellDoubleQuoted => Some(with_backslash(&['\\', '$', '`', '"'])),
        Layer::Json | Layer::YamlDoubleQuoted => is_one_line.then(|| with_backslash(&['\\', '"'])),
        Layer::YamlSingleQuoted => is_one_line.then(|| Cow::Owned(text.replace('\'', "''"))),
        Layer::YamlPlain => {
            let means_something = text.contains(": ") || text.contains(" #") || text.ends_with(':');
            (is_one_line && !means_something).then_some(text)
        }
        Layer::YamlFolded => is_one_line.then_some(text),
    }
}

/// The lines of `text` behind `prefix`; the first one only if `first` says so. Empty lines stay empty.
fn indented<'t>(text: &str, prefix: &str, first: bool) -> Cow<'t, str> {
    let mut written = String::with_capacity(text.len() + prefix.len());
    for (index, line) in text.split_inclusive('\n').enumerate() {
        if (first || index > 0) && line != "\n" {
            written.push_str(prefix);
        }
        written.push_str(line);
    }
    // What follows stands behind the last line end.
    if !first && text.ends_with('\n') {
        written.push_str(prefix);
    }
    Cow::Owned(written)
}

/// `text` with the line ends of the file around `at`.
pub(crate) fn with_line_ends(file: &str, at: u32, text: &str) -> String {
    let rest = &file[at as usize..];
    let near = match rest.find('\n') {
        Some(end) => Some(at as usize + end),
        None => file.rfind('\n'),
    };
    let is_crlf = near.is_some_and(|end| file[..end].ends_with('\r'));
    if is_crlf && text.contains('\n') { text.replace('\n', "\r\n") } else { text.to_owned() }
}

/// Whether a document reads as was asked in the changed file, whose documents are `after`.
fn reads_as_asked(id: DocumentId, asked: &[&DocumentEdit], after: &[Document], project: &Project) -> bool {
    let before = project.document(id);
    let first = project.outermost(id).id.0;
    let Some(after) = after.get((id.0 - first) as usize) else { return false };
    let edits = asked.iter().copied().filter(|edit| edit.document == id);
    let Some(expected) = edited(&before.text, edits) else { return false };
    let is_exact =
        !before.layers.iter().any(|layer| matches!(layer, Layer::Continued(_) | Layer::YamlFolded));
    let same = if is_exact {
        lines(&after.text).eq(lines(&expected))
    } else {
        after.text.split_whitespace().eq(expected.split_whitespace())
    };
    after.kind == before.kind && same
}

/// The lines of a text, however they end; empty ones at the end may be left out by what is around it.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.trim_end_matches(['\n', '\r']).split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line))
}

/// A document's text with the edits made in it.
fn edited<'e>(text: &str, edits: impl Iterator<Item = &'e DocumentEdit>) -> Option<String> {
    let mut edits: Vec<&DocumentEdit> = edits.collect();
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut result = String::with_capacity(text.len() + 64);
    let mut done = 0;
    for edit in edits {
        result.push_str(text.get(done as usize..edit.span.start as usize)?);
        result.push_str(&edit.text);
        done = edit.span.end;
    }
    result.push_str(text.get(done as usize..)?);
    Some(result)
}

#[cfg(test)]
mod tests;
