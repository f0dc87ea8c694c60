//! VL218: see `rules/shell/boot-script-exit.md`.

use std::collections::HashSet;

use vastlint_model::{Document, invocation};
use vastlint_syntax::shell::{Context as Surroundings, Script, SimpleCommand};

use crate::supervised::is_boot_script;
use crate::values::functions;
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(_: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    if !is_boot_script(document) {
        return;
    }
    let source = &document.text;
    let commands = script.commands_in_context();
    // What the boot's own shell calls.
    let called: HashSet<&str> = commands
        .iter()
        .filter(|(_, surroundings)| !is_in_child(*surroundings))
        .filter_map(|(command, _)| command.words.first().map(|word| word.text(source)))
        .collect();
    let functions = functions(script);
    for (command, surroundings) in &commands {
        let Some(what) = ending(command, source).filter(|_| !is_in_child(*surroundings)) else { continue };
        if surroundings.in_function() {
            let around = functions
                .iter()
                .filter(|(_, whole)| whole.start <= command.span.start && command.span.end <= whole.end);
            if !around.map(|(name, _)| name.text(source)).all(|name| called.contains(name)) {
                continue;
            }
        }
        sink.report(
            document,
            command.span,
            format!("`{what}` in `{}` ends the whole boot", document.file_name()),
            "ends the shell that sources the script",
        )
        .why("boot scripts are sourced one after the other by one shell: those behind this one never run, supervisor is not started, and the instance stays dead")
        .help(if what == "exit" { "write `return`, which ends this script only" } else { "run the program without `exec`" });
    }
}

fn is_in_child(surroundings: Surroundings) -> bool {
    surroundings.in_subshell()
        || surroundings.in_substitution()
        || surroundings.in_pipeline()
        || surroundings.in_background()
}

/// What ends the shell: `exit`, or `exec` with a program.
fn ending(command: &SimpleCommand, source: &str) -> Option<&'static str> {
    match command.name(source).as_deref() {
        Some("exit") => Some("exit"),
        Some("exec") if !invocation(command, source).is_empty() => Some("exec"),
        _ => None,
    }
}
