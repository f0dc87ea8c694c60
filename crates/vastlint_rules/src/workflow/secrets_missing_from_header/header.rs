//! Names that are written into the comment at the head of a workflow, in the form that it has.

use vastlint_diagnostic::Applicability;
use vastlint_model::Document;
use vastlint_text::Span;

use super::has_word;
use crate::ProposedFix;
use crate::fix::{full_lines, line_start};

/// The comment lines at the head of a workflow.
pub(super) struct Header<'a> {
    pub(super) document: &'a Document,
    /// In order of the text.
    pub(super) comments: &'a [Span],
    /// Where the first key stands.
    pub(super) first: u32,
}

/// A name in a comment.
#[derive(Clone, Copy)]
struct Named<'a> {
    comment: Span,
    name: Span,
    /// What the comment says in front of the name, from its `#`.
    before: &'a str,
}

impl Named<'_> {
    /// Whether the name has a line of its own: `#   NAME`, `# - NAME  (what for)`.
    fn stands_alone(&self) -> bool {
        self.before.chars().all(|character| matches!(character, '#' | ' ' | '-' | '*' | '\t'))
    }
}

impl<'a> Header<'a> {
    fn find(&self, name: &str) -> Option<Named<'a>> {
        let document = self.document;
        self.comments.iter().filter(|comment| has_word(document.slice(**comment), name)).find_map(
            |&comment| {
                let text = document.slice(comment);
                let is_part = |byte: Option<&u8>| {
                    byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
                };
                let bytes = text.as_bytes();
                let (at, _) = text.match_indices(name).find(|(at, _)| {
                    let before = at.checked_sub(1).and_then(|at| bytes.get(at));
                    !is_part(before) && !is_part(bytes.get(at + name.len()))
                })?;
                let start = comment.start + at as u32;
                Some(Named {
                    comment,
                    name: Span::new(start, start + name.len() as u32),
                    before: &text[..at],
                })
            },
        )
    }

    /// Names the required secrets that are missing, each behind the one that stands before it in the documents.
    pub(super) fn required(&self, missing: &[&String], all: &[String], optional: &[String]) -> ProposedFix {
        let names: Vec<&str> = missing.iter().map(|name| name.as_str()).collect();
        let fix = ProposedFix::safe(format!(
            "name {} in the header comment",
            crate::build_workflow::listed(&names)
        ));
        let named: Vec<(usize, Named<'a>)> =
            all.iter().enumerate().filter_map(|(rank, name)| Some((rank, self.find(name)?))).collect();
        let Some(&(_, first)) = named.first() else {
            // Below what the header says already.
            let line = format!("# Required repository secrets: {}", all.join(", "));
            // Above the optional ones.
            return match optional.iter().find_map(|name| self.find(name)) {
                Some(named) if !named.stands_alone() => {
                    fix.insert_lines_above(self.document, named.comment.start, &line)
                }
                _ => self.new_line(fix, &line),
            };
        };
        let rank = |name: &str| all.iter().position(|known| known == name);
        let mut fix = fix;
        // Those between two named ones are written together.
        let behind = |name: &str| named.iter().rfind(|(at, _)| Some(*at) < rank(name)).map(|(at, _)| *at);
        let mut groups: Vec<(Option<usize>, Vec<&str>)> = Vec::new();
        for name in names {
            match groups.last_mut() {
                Some((anchor, group)) if *anchor == behind(name) => group.push(name),
                _ => groups.push((behind(name), vec![name])),
            }
        }
        for (anchor, group) in groups {
            fix = match anchor.and_then(|anchor| named.iter().find(|(at, _)| *at == anchor)) {
                Some(&(_, named)) => self.behind(fix, named, &group),
                None => self.in_front(fix, first, &group),
            };
        }
        fix
    }

    /// Names the optional secrets that are missing: with other optional ones, else below the required ones.
    pub(super) fn optional(&self, missing: &[&String], required: &[String], all: &[String]) -> ProposedFix {
        let names: Vec<&str> = missing.iter().map(|name| name.as_str()).collect();
        let fix = ProposedFix::safe(format!(
            "name {} in the header comment",
            crate::build_workflow::listed(&names)
        ));
        if let Some(named) = all.iter().rev().find_map(|name| self.find(name)) {
            return self.behind(fix, named, &names);
        }
        let Some(named) = required.iter().rev().find_map(|name| self.find(name)) else {
            return self.new_line(fix, &format!("# Optional: {}", names.join(", ")));
        };
        let indentation = self.indentation(named.comment);
        if named.stands_alone() {
            let heading = self.heading(named.comment).unwrap_or_else(|| "# Optional:".to_owned());
            let lines: Vec<String> =
                names.iter().map(|name| format!("{indentation}{}{name}", named.before)).collect();
            let lines = format!("{indentation}{heading}\n{}", lines.join("\n"));
            return fix.insert_lines_below(self.document, named.comment.start, &lines);
        }
        // `# Required secrets: A, B` is followed by `# Optional secrets: C`.
        let label = named.before.split_once(':').map(|(label, _)| label);
        let label = label.and_then(optional_for).unwrap_or_else(|| "# Optional".to_owned());
        let line = format!("{indentation}{label}: {}", names.join(", "));
        fix.insert_lines_below(self.document, named.comment.start, &line)
    }

    /// Names a secret that the workflow uses: with the required ones if it is one of their kind, else with the optional
    /// ones. Which of the two it is, is a guess.
    pub(super) fn used(&self, name: &str, required: &[String], optional: &[String]) -> Option<ProposedFix> {
        let kind = |name: &str| name.split('_').next().map(str::to_owned);
        let is_required = required.iter().any(|known| kind(known) == kind(name));
        let known = if is_required { required } else { optional };
        let named = known.iter().rev().find_map(|name| self.find(name))?;
        let message = format!("name `{name}` in the header comment");
        Some(self.behind(ProposedFix::new(Applicability::Unsafe, message), named, &[name]))
    }

    fn behind(&self, fix: ProposedFix, named: Named<'_>, names: &[&str]) -> ProposedFix {
        if named.stands_alone() {
            let prefix = format!("{}{}", self.indentation(named.comment), named.before);
            let lines: Vec<String> = names.iter().map(|name| format!("{prefix}{name}")).collect();
            return fix.insert_lines_below(self.document, named.comment.start, &lines.join("\n"));
        }
        let (quote, end) = self.quote(named);
        let names: String = names.iter().flat_map(|name| [", ", quote, name, quote]).collect();
        fix.insert(self.document, end, names)
    }

    fn in_front(&self, fix: ProposedFix, named: Named<'_>, names: &[&str]) -> ProposedFix {
        if named.stands_alone() {
            let prefix = format!("{}{}", self.indentation(named.comment), named.before);
            let lines: Vec<String> = names.iter().map(|name| format!("{prefix}{name}")).collect();
            return fix.insert_lines_above(self.document, named.comment.start, &lines.join("\n"));
        }
        let (quote, _) = self.quote(named);
        let names: String = names.iter().flat_map(|name| [quote, *name, quote, ", "]).collect();
        fix.insert(self.document, named.name.start - quote.len() as u32, names)
    }

    /// The quotes around a name, and where they end.
    fn quote(&self, named: Named<'_>) -> (&'static str, u32) {
        let behind = &self.document.text[named.name.end as usize..];
        for quote in ["`", "\"", "'"] {
            if named.before.ends_with(quote) && behind.starts_with(quote) {
                return (quote, named.name.end + 1);
            }
        }
        ("", named.name.end)
    }

    /// The heading above the line of a required secret, made one of the optional secrets.
    fn heading(&self, comment: Span) -> Option<String> {
        let above = self.comments.iter().rev().filter(|above| above.end <= comment.start);
        above.map(|above| self.document.slice(*above)).find_map(optional_for)
    }

    fn indentation(&self, comment: Span) -> &'a str {
        let start = line_start(&self.document.text, comment.start);
        &self.document.text[start as usize..comment.start as usize]
    }

    /// A line of its own: below the first comment, else above everything.
    fn new_line(&self, fix: ProposedFix, line: &str) -> ProposedFix {
        let text = &*self.document.text;
        let Some(first) = self.comments.first().filter(|comment| comment.start < self.first) else {
            return fix.insert_lines_above(self.document, self.first, line);
        };
        let mut last = *first;
        for &comment in &self.comments[1..] {
            let follows = full_lines(text, last).end == line_start(text, comment.start);
            if !follows || comment.start > self.first {
                break;
            }
            last = comment;
        }
        fix.insert_lines_below(self.document, last.start, line)
    }
}

/// `# Required repository secrets` becomes `# Optional repository secrets`; `None` for a text that requires nothing.
fn optional_for(label: &str) -> Option<String> {
    let label = label.trim_end();
    [("Required", "Optional"), ("required", "optional"), ("REQUIRED", "OPTIONAL")]
        .into_iter()
        .find(|(required, _)| label.contains(required))
        .map(|(required, optional)| label.replace(required, optional))
}
