//! The utilities that supervisor scripts source: which, where and with which arguments.

use vastlint_model::program_name;
use vastlint_syntax::shell::{
    AssignmentValue, Context as Surroundings, Script, SimpleCommand, Word, WordPart, WordPartKind,
};
use vastlint_text::Span;

use crate::contract::Utilities;
use crate::values::Assignments;

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
pub(crate) fn sourced<'t>(script: &'t Script, source: &str, utilities: &Utilities) -> Vec<Sourced<'t>> {
    let assignments = Assignments::of(script, source);
    let commands = script.commands_in_context().into_iter();
    commands
        .filter_map(|(command, surroundings)| {
            let file = utility_of(command, source, &assignments, utilities)?;
            Some(Sourced { file, command, surroundings })
        })
        .collect()
}

/// The label by which a script looks itself up in the portal, with its place: the argument of `exit_portal.sh`. The
/// label is `None` where it is put together from what the script does not tell.
#[allow(dead_code, reason = "rules to come")]
pub(crate) fn portal_labels(
    script: &Script,
    source: &str,
    utilities: &Utilities,
) -> Vec<(Option<String>, Span)> {
    let asks = sourced(script, source, utilities).into_iter().filter(|one| one.file == utilities.portal);
    asks.filter_map(|one| one.arguments().first())
        .map(|word| (word.literal(source).map(std::borrow::Cow::into_owned), word.span))
        .collect()
}

/// Whether a script sources something that may itself source utilities: a file that is not known, or one beside them.
pub(crate) fn sources_unknown(script: &Script, source: &str, utilities: &Utilities) -> bool {
    let assignments = Assignments::of(script, source);
    let folder = utilities.directory.rsplit_once('/').map_or("", |(folder, _)| folder);
    script.simple_commands().into_iter().any(|command| {
        if !matches!(command.name(source).as_deref(), Some("." | "source")) {
            return false;
        }
        let Some(path) = command.arguments().first() else { return false };
        if let Some(file) = utility_named(path, source, &assignments, utilities) {
            return !utilities.order.contains(&file);
        }
        // One of that name elsewhere may be a copy.
        if program_name(path, source).is_some_and(|name| utilities.order.iter().any(|file| *file == name)) {
            return true;
        }
        match path_of(&path.parts, source, path.span.start, &assignments, utilities) {
            Some(path) => path.starts_with(folder),
            // Environments of Python, and files of variables, hold none.
            None => program_name(path, source).is_none_or(|name| has_extension(&name, "sh")),
        }
    })
}

fn has_extension(name: &str, extension: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, own)| own == extension)
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
            (". \"$utils/exit_portal.sh\"", None),
            (". ./exit_portal.sh \"My App\"", None),
            ("echo . \"$utils/exit_portal.sh\" \"My App\"", None),
        ] {
            let script = vastlint_syntax::shell::parse(source);
            let labels = portal_labels(&script, source, utilities);
            let first = labels.first().map(|(label, _)| label.as_deref());
            assert_eq!(first, label, "{source}");
        }
    }
}
