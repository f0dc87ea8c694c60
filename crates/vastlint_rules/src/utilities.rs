//! The utilities that supervisor scripts source: which, where and with which arguments.

use vastlint_model::Document;
use vastlint_syntax::shell::{
    AssignmentValue, Context as Surroundings, SimpleCommand, Word, WordPart, WordPartKind,
};
use vastlint_text::{Span, contains};

use crate::Context;
use crate::contract::Utilities;
use crate::values::{Assignments, Values};

/// A command that sources a utility.
#[derive(Clone, Debug)]
pub(crate) struct Sourced<'t> {
    /// The utility's file name: `exit_portal.sh`.
    pub(crate) file: String,
    /// The command.
    pub(crate) command: &'t SimpleCommand,
    /// What surrounds it.
    pub(crate) surroundings: Surroundings,
}

impl<'t> Sourced<'t> {
    /// The words behind the utility's path.
    pub(crate) fn arguments(&self) -> &'t [Word] {
        self.command.arguments().get(1..).unwrap_or_default()
    }

    /// The first of them: what it stands for, if the script tells, and its place.
    fn label(&self, values: &Values<'_>) -> Option<(Option<String>, Span)> {
        let word = self.arguments().first()?;
        Some((values.word(word), word.span))
    }

    /// Whether what it sets is lost: it runs in a process of its own.
    pub(crate) fn is_in_child(&self) -> bool {
        let around = self.surroundings;
        around.in_substitution() || around.in_subshell() || around.in_background() || around.in_pipeline()
    }

    /// Whether it may not run.
    pub(crate) fn is_conditional(&self) -> bool {
        let around = self.surroundings;
        around.in_branch()
            || around.after_and()
            || around.after_or()
            || around.in_loop()
            || around.in_condition()
    }
}

/// The commands of a script that source a utility, in source order, at any depth.
pub(crate) fn sourced<'a>(context: &Context<'a>, document: &Document) -> Vec<Sourced<'a>> {
    let utilities = &context.contract.script.utilities;
    sourced_by(context.commands(document), &document.text, context.assignments(document), utilities)
}

fn sourced_by<'t>(
    commands: &[(&'t SimpleCommand, Surroundings)],
    source: &str,
    assignments: &Assignments<'_>,
    utilities: &Utilities,
) -> Vec<Sourced<'t>> {
    commands
        .iter()
        .filter_map(|&(command, surroundings)| {
            let file = utility_of(command, source, assignments, utilities)?;
            Some(Sourced { file, command, surroundings })
        })
        .collect()
}

/// The labels by which a script looks itself up in the portal, with their places: the arguments of `exit_portal.sh`. A
/// label is `None` where it is put together from what the script does not tell.
pub(crate) fn portal_labels(context: &Context<'_>, document: &Document) -> Vec<(Option<String>, Span)> {
    let portal = &context.contract.script.utilities.portal;
    // Cheap to ask, and most scripts do not.
    if !contains(&document.text, portal) {
        return Vec::new();
    }
    let assignments = context.assignments(document);
    let values = Values { source: &document.text, assignments, outside: &|_| None };
    let asks = sourced(context, document).into_iter().filter(|one| one.file == *portal);
    asks.filter_map(|one| one.label(&values)).collect()
}

/// Whether a script sources something that may itself source utilities: a file that is not known, or one beside them.
pub(crate) fn sources_unknown(context: &Context<'_>, document: &Document) -> bool {
    let source = &document.text;
    let utilities = &context.contract.script.utilities;
    let assignments = context.assignments(document);
    let folder = utilities.directory.rsplit_once('/').map_or("", |(folder, _)| folder);
    context.commands(document).iter().any(|(command, _)| {
        if !matches!(command.name(source).as_deref(), Some("." | "source")) {
            return false;
        }
        let Some(path) = command.arguments().first() else { return false };
        if let Some(file) = utility_named(path, source, assignments, utilities) {
            return !utilities.order.contains(&file);
        }
        let name = last_name(path, source);
        // One of that name elsewhere may be a copy.
        if name.as_ref().is_some_and(|name| utilities.order.contains(name)) {
            return true;
        }
        match path_of(&path.parts, source, path.span.start, assignments, utilities) {
            Some(path) => path.starts_with(folder),
            // Environments of Python, and files of variables, hold none.
            None => {
                name.is_none_or(|name| name.rsplit_once('.').is_some_and(|(_, extension)| extension == "sh"))
            }
        }
    })
}

/// The file name at the end of a path, whatever its folder and its quotes; `None` where it is not known.
pub(crate) fn last_name(path: &Word, source: &str) -> Option<String> {
    /// Stands for what is not known.
    const UNKNOWN: char = '\0';
    fn spell(parts: &[WordPart], source: &str, text: &mut String) {
        for part in parts {
            let written = part.span.text(source);
            match &part.kind {
                WordPartKind::Literal => text.push_str(written),
                WordPartKind::SingleQuoted => text.push_str(written.trim_matches('\'')),
                WordPartKind::DoubleQuoted(inner) => spell(inner, source, text),
                _ => text.push(UNKNOWN),
            }
        }
    }
    let mut text = String::new();
    spell(&path.parts, source, &mut text);
    let name = text.rsplit('/').next().unwrap_or_default();
    (!name.is_empty() && !name.contains(UNKNOWN)).then(|| name.to_owned())
}

/// Which utility a command sources: its file name.
pub(crate) fn utility_of(
    command: &SimpleCommand,
    source: &str,
    assignments: &Assignments<'_>,
    utilities: &Utilities,
) -> Option<String> {
    if !matches!(command.name(source).as_deref(), Some("." | "source")) {
        return None;
    }
    utility_named(command.arguments().first()?, source, assignments, utilities)
}

/// The file name of the utility that a word is the path of.
pub(crate) fn utility_named(
    word: &Word,
    source: &str,
    assignments: &Assignments<'_>,
    utilities: &Utilities,
) -> Option<String> {
    let path = path_of(&word.parts, source, word.span.start, assignments, utilities)?;
    let file = path.strip_prefix(&utilities.directory)?.strip_prefix('/')?.trim_start_matches('/');
    (!file.is_empty() && !file.contains('/')).then(|| file.to_owned())
}

/// A path with its variables replaced by what was assigned to them last; `None` where the script does not tell.
fn path_of(
    parts: &[WordPart],
    source: &str,
    before: u32,
    assignments: &Assignments<'_>,
    utilities: &Utilities,
) -> Option<String> {
    let mut path = String::new();
    for part in parts {
        let written = part.span.text(source);
        match &part.kind {
            WordPartKind::Literal => path.push_str(written),
            WordPartKind::SingleQuoted => path.push_str(written.trim_matches('\'')),
            WordPartKind::DoubleQuoted(inner) => {
                path.push_str(&path_of(inner, source, before, assignments, utilities)?);
            }
            WordPartKind::Parameter(parameter) => {
                let name = parameter.name.text(source);
                let value = assignments.last_before(name, before).and_then(|assignment| {
                    let AssignmentValue::Scalar(value) = &assignment.value else { return None };
                    value.literal(source)
                });
                match value {
                    Some(value) if parameter.expansion.is_none() => path.push_str(&value),
                    // Put together from other variables, or handed in: the documented name is as good as its value.
                    _ if name == utilities.variable => path.push_str(&utilities.directory),
                    _ => return None,
                }
            }
            _ => return None,
        }
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Edition, builtin_contract};

    #[test]
    fn the_label_of_the_portal_is_found_however_it_is_written() {
        let utilities = &builtin_contract(Edition::E2026_02).script.utilities;
        for (source, label) in [
            (
                "utils=/opt/supervisor-scripts/utils\n. \"${utils}/exit_portal.sh\" \"My App\"",
                Some(Some("My App")),
            ),
            ("source /opt/supervisor-scripts/utils/exit_portal.sh 'My App'", Some(Some("My App"))),
            (". \"$utils\"/exit_portal.sh My\\ App", Some(Some("My App"))),
            (". \"$utils/exit_portal.sh\" \"$LABEL\"", Some(None)),
            ("LABEL=\"My App\"; . \"$utils/exit_portal.sh\" \"$LABEL\"", Some(Some("My App"))),
            (". \"$utils/exit_portal.sh\"", None),
            (". ./exit_portal.sh \"My App\"", None),
            ("echo . \"$utils/exit_portal.sh\" \"My App\"", None),
        ] {
            let script = vastlint_syntax::shell::parse(source);
            let assignments = Assignments::of(&script, source);
            let sourced = sourced_by(&script.commands_in_context(), source, &assignments, utilities);
            let values = Values { source, assignments: &assignments, outside: &|_| None };
            let found =
                sourced.iter().filter(|one| one.file == utilities.portal).find_map(|one| one.label(&values));
            assert_eq!(
                found.map(|(label, _)| label),
                label.map(|label| label.map(str::to_owned)),
                "{source}"
            );
        }
    }
}
