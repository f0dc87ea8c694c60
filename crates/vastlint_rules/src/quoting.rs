//! Words with their quotes put right.

use vastlint_model::Document;
use vastlint_syntax::shell::{AssignmentValue, Word, WordPart, WordPartKind};
use vastlint_text::Span;

use crate::values::{Assignments, variables};
use crate::{Context, ProposedFix};

/// A word in double quotes from its first byte to its last: what it stands for, but the shell neither splits it nor
/// looks for files of that name. None where that cannot be written, or is not meant.
pub(crate) fn in_double_quotes(word: &Word, source: &str) -> Option<String> {
    let mut text = String::from("\"");
    for (index, part) in word.parts.iter().enumerate() {
        let written = part.span.text(source);
        match &part.kind {
            WordPartKind::Literal => text.push_str(written),
            WordPartKind::Escape => {
                let escaped = written.get(1..)?;
                text.push_str(if is_special(escaped) { written } else { escaped });
            }
            WordPartKind::SingleQuoted => {
                let inner = written.strip_prefix('\'')?.strip_suffix('\'')?;
                if inner.chars().any(|character| is_special(character.encode_utf8(&mut [0; 4]))) {
                    return None;
                }
                text.push_str(inner);
            }
            WordPartKind::DoubleQuoted(_) => {
                text.push_str(written.strip_prefix('"')?.strip_suffix('"')?);
            }
            WordPartKind::Parameter(parameter) => {
                if written.contains(['"', '\'', '`', '\\']) {
                    return None;
                }
                let next = word.parts.get(index + 1).map_or("", |next| next.span.text(source));
                let next = next.trim_start_matches(['"', '\'']);
                let goes_on =
                    next.starts_with(|next: char| next.is_ascii_alphanumeric() || "_[".contains(next));
                if !parameter.braced && goes_on {
                    text.extend(["${", parameter.name.text(source), "}"]);
                } else {
                    text.push_str(written);
                }
            }
            WordPartKind::Command(command) => {
                if command.backquoted && written.contains(['"', '\\']) {
                    return None;
                }
                text.push_str(written);
            }
            _ => return None,
        }
    }
    text.push('"');
    Some(text)
}

fn is_special(text: &str) -> bool {
    matches!(text, "$" | "`" | "\"" | "\\" | "\n")
}

/// Whether a variable in the word is given a pattern or several words, which quotes would keep from being worked out.
pub(crate) fn is_split_on_purpose(word: &Word, source: &str, assignments: &Assignments<'_>) -> bool {
    let mut names = Vec::new();
    variables(&word.parts, source, &mut names);
    names.into_iter().any(|name| {
        // `"$@"` and arrays are several words by design.
        matches!(name, "@" | "*")
            || assignments.of_name(name).iter().any(|assignment| match &assignment.value {
                AssignmentValue::Scalar(value) => value
                    .text(source)
                    .trim_start_matches(['"', '\''])
                    .trim_end_matches(['"', '\''])
                    .contains(['*', '?', '[', ' ']),
                AssignmentValue::Array(_) => true,
            })
    })
}

/// The documented variable for the folder of the workspace, to be written in the words of a script that name the folder.
pub(crate) struct WorkspaceVariable<'a> {
    document: &'a Document,
    folder: &'a str,
    variable: &'a str,
    /// Where the variable gets its value: there the folder stays.
    values: Vec<Span>,
}

impl<'a> WorkspaceVariable<'a> {
    /// `words` are all that are reported. None where the script names the folder elsewhere, too, and none in what is handed to another shell, which may not have the variable (`sudo
    /// -u user bash`).
    pub(crate) fn of(
        context: &'a Context<'_>,
        document: &'a Document,
        words: &[&Word],
        folder: &'a str,
    ) -> Option<Self> {
        let source = &document.text;
        let variables = &context.contract.provisioning.workspace.variables;
        let variable = variables.first()?;
        if !document.is_file() && document.instance_path.is_none() {
            return None;
        }
        let assignments = context.assignments(document);
        let mut values: Vec<Span> =
            variables.iter().flat_map(|name| assignments.of_name(name)).map(|one| one.span).collect();
        values.sort_unstable();
        let edits = |word: &&Word| Some(with_variable(word, source, folder, variable)?.len());
        let replaced: usize = words.iter().filter_map(edits).sum();
        // Where the folder stays elsewhere in the script, its halves would part company.
        (mentions(source, folder) == replaced).then_some(Self { document, folder, variable, values })
    }

    /// The fix of one of the words; none in what gives the variable its value.
    pub(crate) fn fix(&self, word: &Word) -> Option<ProposedFix> {
        let behind = self.values.partition_point(|value| value.start <= word.span.start);
        if self.values[..behind].last().is_some_and(|value| value.contains_span(word.span)) {
            return None;
        }
        let edits = with_variable(word, &self.document.text, self.folder, self.variable)?;
        let fix = ProposedFix::safe(format!("write `${{{}}}` for `{}`", self.variable, self.folder));
        (!edits.is_empty())
            .then(|| edits.into_iter().fold(fix, |fix, (span, text)| fix.replace(self.document, span, text)))
    }
}

/// How often a folder is named outside of comments, as no default of a variable.
fn mentions(source: &str, folder: &str) -> usize {
    let lines = source.lines().filter(|line| !line.trim_start().starts_with('#'));
    lines
        .flat_map(|line| {
            line.match_indices(folder).map(move |(at, _)| (&line[..at], &line[at + folder.len()..]))
        })
        .filter(|(before, after)| {
            let begins =
                !before.ends_with(|last: char| last.is_ascii_alphanumeric() || "/}_-.".contains(last));
            let ends = !after.starts_with(|next: char| next.is_ascii_alphanumeric() || "_-.".contains(next));
            begins
                && ends
                && ![":-", ":="]
                    .iter()
                    .any(|default| before.ends_with(default) || before.ends_with(&format!("{default}\"")))
        })
        .count()
}

/// The edits that write `${variable}` for a folder where paths in a word begin with it; empty if none does, none if one
/// of them cannot be written so. A path begins with the word, or behind `=` or `:`.
fn with_variable(word: &Word, source: &str, folder: &str, variable: &str) -> Option<Vec<(Span, String)>> {
    let mut edits = Vec::new();
    let replacement = Replacement { source, folder, variable: format!("${{{variable}}}") };
    replacement.parts(&word.parts, true, false, &mut edits)?;
    Some(edits)
}

struct Replacement<'a> {
    source: &'a str,
    folder: &'a str,
    variable: String,
}

impl Replacement<'_> {
    fn parts(
        &self,
        parts: &[WordPart],
        at_start: bool,
        in_quotes: bool,
        edits: &mut Vec<(Span, String)>,
    ) -> Option<()> {
        for (index, part) in parts.iter().enumerate() {
            let (at_start, at_end) = (at_start && index == 0, index + 1 == parts.len());
            let text = part.span.text(self.source);
            match &part.kind {
                WordPartKind::Literal => {
                    for at in self.places(text, at_start) {
                        let start = part.span.start + at as u32;
                        let folder = Span::new(start, start + self.folder.len() as u32);
                        edits.push(if in_quotes {
                            (folder, self.variable.clone())
                        } else {
                            self.unquoted(part.span.start, text, at, at_end)
                        });
                    }
                }
                WordPartKind::SingleQuoted => {
                    let inner = text.strip_prefix('\'')?.strip_suffix('\'')?;
                    let places = self.places(inner, at_start);
                    if places.is_empty() {
                        continue;
                    }
                    if inner.contains(['$', '`', '"', '\\']) {
                        return None;
                    }
                    let mut written = inner.to_owned();
                    for at in places.into_iter().rev() {
                        written.replace_range(at..at + self.folder.len(), &self.variable);
                    }
                    edits.push((part.span, format!("\"{written}\"")));
                }
                WordPartKind::DoubleQuoted(inner) => self.parts(inner, at_start, true, edits)?,
                _ => {}
            }
        }
        Some(())
    }

    /// A path in unquoted text; `at_end` says whether the word ends with that text.
    fn unquoted(&self, start: u32, text: &str, at: usize, at_end: bool) -> (Span, String) {
        let behind = at + self.folder.len();
        // The rest of the path goes into the quotes, up to what the shell works out.
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+@%".contains(&byte);
        let length = text[behind..].bytes().take_while(|&byte| is_plain(byte)).count();
        let whole = &text[behind..behind + length];
        let path = whole.trim_end_matches('/');
        let is_all = at_end && behind + length == text.len() && !path.is_empty();
        let path = if is_all { whole } else { path };
        let end = behind + path.len();
        (Span::new(start + at as u32, start + end as u32), format!("\"{}{path}\"", self.variable))
    }

    fn places(&self, text: &str, at_start: bool) -> Vec<usize> {
        let begins = |at: usize| if at == 0 { at_start } else { text[..at].ends_with(['=', ':']) };
        let ends = |at: usize| {
            let rest = &text[at + self.folder.len()..];
            rest.is_empty() || rest.starts_with(['/', ':'])
        };
        let places = text.match_indices(self.folder).map(|(at, _)| at);
        places.filter(|&at| begins(at) && ends(at)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last_word<T>(source: &str, look: impl Fn(&Word) -> T) -> T {
        let script = vastlint_syntax::shell::parse(source);
        let commands = script.simple_commands();
        look(commands[0].words.last().expect("a word"))
    }

    #[test]
    fn a_word_is_put_into_quotes() {
        for (source, quoted) in [
            ("cd $A", Some("\"$A\"")),
            ("cd ${A}/b", Some("\"${A}/b\"")),
            ("cd $A\"b\"", Some("\"${A}b\"")),
            ("cd $A'/b c'", Some("\"$A/b c\"")),
            ("cd \"$A\"/b", Some("\"$A/b\"")),
            ("cd $(dirname \"$0\")/..", Some("\"$(dirname \"$0\")/..\"")),
            ("cd $A/b\\ c\\$", Some("\"$A/b c\\$\"")),
            ("cd ~/$A", None),
            ("cd $A/*", None),
            ("cd $A'$b'", None),
            ("cd ${A:-\"b\"}", None),
        ] {
            assert_eq!(
                last_word(source, |word| in_double_quotes(word, source)).as_deref(),
                quoted,
                "{source}"
            );
        }
    }

    #[test]
    fn a_folder_becomes_a_variable() {
        for (source, wanted) in [
            ("cd /w", "cd \"${W}\""),
            ("cd /w/a.b", "cd \"${W}/a.b\""),
            ("cd /w/", "cd \"${W}\"/"),
            ("cd /w/a/", "cd \"${W}/a/\""),
            ("cd /w/$A", "cd \"${W}\"/$A"),
            ("cd /w/a/*.sh", "cd \"${W}/a\"/*.sh"),
            ("cd \"/w/a b\"", "cd \"${W}/a b\""),
            ("cd '/w/a b'", "cd \"${W}/a b\""),
            ("run --dir=/w/a", "run --dir=\"${W}/a\""),
            ("run -v /a:/w/a:ro", "run -v /a:\"${W}/a\":ro"),
            ("cd /wide", "cd /wide"),
        ] {
            let edits =
                last_word(source, |word| with_variable(word, source, "/w", "W")).expect("plain words");
            let mut written = source.to_owned();
            for (span, text) in edits.into_iter().rev() {
                written.replace_range(span.range(), &text);
            }
            assert_eq!(written, wanted);
        }
        assert!(last_word("cd '/w/$a'", |word| with_variable(word, "cd '/w/$a'", "/w", "W")).is_none());
    }
}
