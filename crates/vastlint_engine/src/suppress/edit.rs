//! Writes a suppression: the comment above what a finding is about, or for the whole file.

use std::sync::Arc;

use vastlint_diagnostic::{Diagnostic, Edit};
use vastlint_model::{Document, Kind, Project, Tree, parse_file};
use vastlint_rules::indentation;
use vastlint_text::Span;

use super::{Lines, comments, reach, request};
use crate::SourceFile;

/// An edit that adds a comment which suppresses a finding; `None` where none can be written. The changed file is parsed
/// again, and the comment has to hold for the finding and to change nothing else.
#[must_use]
pub fn suppression(project: &Project, files: &[SourceFile], one: &Diagnostic, reason: &str) -> Option<Edit> {
    let file = files.get(one.primary.file.index())?;
    let document = project.file_document(&file.path)?;
    let documents = &project.documents[document.id.index()..];
    let documents: Vec<Document> =
        documents.iter().take_while(|other| other.file == document.file).cloned().collect();
    let line = file.lines().line_of(one.primary.span.start);
    let mut lines: Vec<u32> = reach::blocks(&documents, &file.text, file.lines())
        .into_iter()
        .filter(|(first, last)| (*first..=*last).contains(&line))
        .map(|(first, _)| first)
        .collect();
    lines.push(line);
    // The nearest line hides the least.
    lines.sort_unstable_by(|a, b| b.cmp(a));
    lines.dedup();
    let name = one.rule.name;
    let attempt = Attempt { kind: document.kind, documents: &documents, file, rule: name };
    let above = lines.into_iter().find_map(|above| {
        let start = file.lines().full_line_span(above).start;
        let text = attempt.comment(start, &format!("vastlint: ignore[{name}] {reason}"));
        attempt.holds(start, &text, line).then_some((start, text))
    });
    let found = above.or_else(|| {
        // Nothing stands above the first line of a script, nor above the directives of a Dockerfile.
        let directives = match &document.tree {
            Tree::Dockerfile(tree) => tree.directives.len() as u32,
            _ => u32::from(file.text.starts_with("#!")),
        };
        let start = file.lines().full_line_span(directives).start;
        let text = attempt.comment(start, &format!("vastlint: ignore-file[{name}] {reason}"));
        attempt.holds(start, &text, line).then_some((start, text))
    });
    found.map(|(start, text)| Edit { file: one.primary.file, span: Span::empty(start), text })
}

struct Attempt<'a> {
    kind: Kind,
    documents: &'a [Document],
    file: &'a SourceFile,
    rule: &'a str,
}

impl Attempt<'_> {
    /// A line with a comment above the line that starts at `start`.
    fn comment(&self, start: u32, content: &str) -> String {
        let blanks = indentation(&self.file.text, start);
        let end = if self.file.text.contains("\r\n") { "\r\n" } else { "\n" };
        if self.kind == Kind::Markdown {
            format!("{blanks}<!-- {content} -->{end}")
        } else {
            format!("{blanks}# {content}{end}")
        }
    }

    /// Whether the comment holds for what stood on a line, and leaves everything else as it is.
    fn holds(&self, start: u32, comment: &str, line: u32) -> bool {
        let mut text = self.file.text.to_string();
        text.insert_str(start as usize, comment);
        let path: Arc<str> = Arc::from(self.file.path.as_str());
        let text: Arc<str> = text.into();
        let after = parse_file(&path, self.kind, Arc::clone(&text));
        let errors = |documents: &[Document]| -> usize {
            documents.iter().map(|document| document.tree.errors().len()).sum()
        };
        let is_same = after.len() == self.documents.len()
            && after.iter().zip(self.documents).all(|(a, b)| a.kind == b.kind)
            && errors(&after) <= errors(self.documents);
        if !is_same || self.cuts_a_command(start, &after, comment) {
            return false;
        }
        let file = SourceFile::new(self.file.path.clone(), text);
        let all = comments::comments(&after, &file.text);
        let own = file.lines().line_of(start);
        let mine = all.iter().find(|comment| file.lines().line_of(comment.start) == own);
        let Some(mine) = mine else { return false };
        let Some(Ok(asked)) = request::read(mine.content.text(&file.text)) else { return false };
        let names_rule = asked.rules.iter().any(|(_, name)| *name == self.rule);
        let (first, last) = if asked.whole_file {
            (0, u32::MAX)
        } else {
            Lines::new(&after, &file, &all).reach(*mine, &file)
        };
        // What stood on or below the comment's line is one line lower now.
        let now = if line >= own { line + 1 } else { line };
        names_rule && (first..=last).contains(&now)
    }

    /// Whether the line above goes on: only between the lines of an instruction is a comment none of it.
    fn cuts_a_command(&self, start: u32, after: &[Document], comment: &str) -> bool {
        let before = self.file.text[..start as usize].trim_end_matches(['\n', '\r']);
        if !before.ends_with(['\\', '`']) {
            return false;
        }
        let place = start + (comment.len() - comment.trim_start().len()) as u32;
        let Some(Tree::Dockerfile(tree)) = after.first().map(|document| &document.tree) else { return true };
        !tree.comments.iter().any(|span| span.start == place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Input, Repository};
    use vastlint_rules::Edition;

    /// A file with the findings of a rule suppressed one after another.
    fn suppressed(path: &str, text: &str, rule: &str) -> String {
        let mut text = text.to_owned();
        for _ in 0..10 {
            let inputs = vec![
                Input::from_bytes(path, true, text.clone().into_bytes()),
                Input::from_bytes(
                    "derivatives/x/Dockerfile",
                    false,
                    b"FROM vastai/base-image:a-1\n".to_vec(),
                ),
            ];
            let repository = Repository::of_inputs(inputs, Edition::default(), "").expect("it is empty");
            let report = repository.analyse();
            assert!(report.diagnostics.iter().all(|one| one.rule.name != "unused-suppression"), "{text}");
            let of_rule =
                |one: &&Diagnostic| one.rule.name == rule && report.file(one.primary.file).path == path;
            let Some(one) = report.diagnostics.iter().find(of_rule) else { return text };
            let edit = suppression(&report.project, &report.files, one, "why").expect("one can be written");
            text.insert_str(edit.span.start as usize, &edit.text);
        }
        panic!("it does not end: {text}");
    }

    #[test]
    fn a_comment_stands_where_it_holds() {
        let shell = "provisioning_scripts/a.sh";
        for (path, text, rule, expected) in [
            (
                "external/a/Dockerfile",
                "FROM a:1\nRUN set -e && \\\n    pip install a && \\\n    pip install b\n",
                "bare-pip",
                "FROM a:1\nRUN set -e && \\\n    # vastlint: ignore[bare-pip] why\n    pip install a && \\\n    # vastlint: ignore[bare-pip] why\n    pip install b\n",
            ),
            (
                shell,
                "#!/bin/bash\nset -euo pipefail\necho a && \\\n  pip install a\n",
                "bare-pip",
                "#!/bin/bash\nset -euo pipefail\n# vastlint: ignore[bare-pip] why\necho a && \\\n  pip install a\n",
            ),
            (
                shell,
                "#!/bin/bash\r\nset -euo pipefail\r\nif true; then\r\n\tpip install a\r\nfi\r\n",
                "bare-pip",
                "#!/bin/bash\r\nset -euo pipefail\r\nif true; then\r\n\t# vastlint: ignore[bare-pip] why\r\n\tpip install a\r\nfi\r\n",
            ),
        ] {
            assert_eq!(suppressed(path, text, rule), expected);
        }
    }
}
