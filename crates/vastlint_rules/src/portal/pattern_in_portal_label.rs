//! VL506: see `rules/portal/pattern-in-portal-label.md`.

use vastlint_model::{Document, ShellRole};
use vastlint_syntax::shell::Script;

use crate::portals::{first_metacharacter, gates};
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, _: &Script, sink: &mut Sink<'_>) {
    if document.shell_role() != Some(ShellRole::SupervisorScript) {
        return;
    }
    let utilities = &context.contract.script.utilities;
    for gate in gates(context, document) {
        let Some(character) = first_metacharacter(&gate.label) else { continue };
        let label = &gate.label;
        let meaning = match character {
            '.' => "stands for any character",
            '^' | '$' => "stands for the end of a line",
            '*' | '+' | '?' | '{' | '}' => "repeats what stands before it, or makes it optional",
            '|' => "means that one side is enough",
            '\\' => "changes the meaning of what stands behind it",
            _ => "opens or closes a part of a pattern",
        };
        sink.report(
            gate.document,
            gate.span,
            format!("the label `{label}` is a pattern: its `{character}` {meaning}"),
            format!("`{}` reads it as a regular expression", utilities.portal),
        )
        .why("the utility hands the label to `grep -E`: it may match another application's entry, or not its own")
        .help(format!(
            "write a part of the label without `{character}`; any part that only this entry has will do, and case does not matter"
        ));
    }
}
