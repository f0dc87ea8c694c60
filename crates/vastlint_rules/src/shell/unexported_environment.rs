//! VL217: see `rules/shell/unexported-environment.md`.

use vastlint_model::{Document, ShellRole};
use vastlint_syntax::shell::{Script, SimpleCommand, Word, WordPart, WordPartKind};

use super::set_options::switches;
use crate::utilities::utility_of;
use crate::values::is_default;
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, _: &Script, sink: &mut Sink<'_>) {
    let is_sourced_or_started = matches!(
        document.shell_role(),
        Some(
            ShellRole::SupervisorScript
                | ShellRole::Utility
                | ShellRole::BootScript
                | ShellRole::FirstBootScript
        )
    );
    if !is_sourced_or_started || document.fragment || document.instance_path.is_none() {
        return;
    }
    let source = &document.text;
    let files = &context.contract.script.environment_files;
    let utilities = &context.contract.script.utilities;
    let assignments = context.assignments(document);
    let (mut exports, mut exported) = (false, false);
    let mut switched: Option<&SimpleCommand> = None;
    let mut unexported: Vec<(&SimpleCommand, String)> = Vec::new();
    for (command, surroundings) in context.commands(document).iter().copied() {
        if surroundings.in_substitution() || surroundings.in_function() {
            continue;
        }
        if command.name(source).as_deref() == Some("set") {
            // Whatever it does, it may do this.
            let Some(switches) = switches(command, source) else { return };
            if let Some(&(_, on)) = switches.iter().rev().find(|(letter, _)| *letter == 'a') {
                if on && let Some((late, file)) = unexported.pop() {
                    // One word about a script is enough: the files are sourced one below the other.
                    swapped(document, late, &file, command, "turned on only here", sink);
                    return;
                }
                exports = on;
                switched = Some(command);
            }
        } else if utility_of(command, source, assignments, utilities)
            .is_some_and(|file| file == utilities.environment)
        {
            // The environment is exported by then, and what is exported stays so.
            return;
        } else if let Some(file) = environment_file(command, source, files) {
            match switched {
                _ if exports => exported = true,
                Some(off) => {
                    swapped(document, command, &file, off, "turned off here", sink);
                    return;
                }
                None => unexported.push((command, file)),
            }
        }
    }
    if let Some(on) = switched.filter(|_| exports && exported) {
        sink.report(document, on.span, "`set -a` is never turned off again", "on from here to the end")
            .variant("left-on")
            .why("every variable that the script, and whoever sources it, sets from here on ends up in the environment of its programs")
            .help("write `set +a` below the files of variables");
    }
    for (command, file) in unexported {
        sink.report(document, command.span, format!("`{file}` is sourced without `set -a`"), "sets, but does not export")
            .variant("without-allexport")
            .why("its lines are plain assignments: the shell knows the variables, and the program that it starts does not")
            .help("write `set -a` above it and `set +a` below it");
    }
}

fn swapped(
    document: &Document,
    command: &SimpleCommand,
    file: &str,
    set: &SimpleCommand,
    label: &str,
    sink: &mut Sink<'_>,
) {
    sink.report(document, command.span, format!("`{file}` is sourced while `set -a` is off"), "sets, but does not export")
        .related(Place::new(document, set.span), label)
        .why("its lines are plain assignments: the shell knows the variables, and the program that it starts does not")
        .help("write `set -a` above it and `set +a` below it");
}

/// The file of variables that a command sources.
fn environment_file(command: &SimpleCommand, source: &str, files: &[String]) -> Option<String> {
    if !matches!(command.name(source).as_deref(), Some("." | "source")) {
        return None;
    }
    let path: &Word = command.arguments().first()?;
    let mut spelled = String::new();
    spell(&path.parts, source, &mut spelled)?;
    files.iter().find(|file| **file == spelled).cloned()
}

/// A word without its quotes, its variables as `${NAME}`.
fn spell(parts: &[WordPart], source: &str, spelled: &mut String) -> Option<()> {
    for part in parts {
        let written = part.span.text(source);
        match &part.kind {
            WordPartKind::Literal => spelled.push_str(written),
            WordPartKind::SingleQuoted => spelled.push_str(written.trim_matches('\'')),
            WordPartKind::DoubleQuoted(inner) => spell(inner, source, spelled)?,
            WordPartKind::Parameter(parameter) => {
                let plain =
                    parameter.expansion.as_ref().is_none_or(|expansion| is_default(expansion.operator));
                if !plain {
                    return None;
                }
                spelled.push_str("${");
                spelled.push_str(parameter.name.text(source));
                spelled.push('}');
            }
            _ => return None,
        }
    }
    Some(())
}
