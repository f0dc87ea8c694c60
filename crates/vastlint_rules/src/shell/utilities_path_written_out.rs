//! VL205: see `rules/shell/utilities-path-written-out.md`.

use vastlint_model::{Document, program_name};
use vastlint_syntax::shell::{AssignmentValue, Script, SimpleCommand};

use crate::contract::Utilities;
use crate::supervised::is_supervisor_script;
use crate::utilities::sourced;
use crate::values::{Assignments, variables};
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    if !is_supervisor_script(document) {
        return;
    }
    let source = &document.text;
    let utilities = &context.contract.script.utilities;
    let (variable, folder) = (&utilities.variable, &utilities.directory);
    let assignments = Assignments::of(script, source);
    let first = sourced(script, source, utilities).first().map(|one| one.command);
    let Some(first) = first.or_else(|| from_elsewhere(script, source, utilities)) else { return };
    let Some(assignment) = assignments.last_before(variable, first.span.start) else {
        sink.report(
            document,
            first.span,
            format!("the utilities are sourced without `{variable}={folder}`"),
            format!("not by way of `${variable}`"),
        )
        .variant("another-spelling")
        .why("the same two lines in every script are found, compared and changed all at once; this one is overlooked")
        .help(format!("write `{variable}={folder}` above the first utility, and `. \"${{{variable}}}/…\"` for each"));
        return;
    };
    let AssignmentValue::Scalar(value) = &assignment.value else { return };
    let literal = value.literal(source);
    if literal.as_deref().is_some_and(|value| value.trim_end_matches('/') == folder) {
        return;
    }
    let finding = sink.report(
        document,
        assignment.span,
        format!("`{variable}` is not `{folder}`"),
        if literal.is_some() { "another folder" } else { "put together from other values" },
    );
    finding.help(format!("write `{variable}={folder}`"));
    if literal.is_some() {
        finding.why("no image has utilities there: the script stops working at the first one, without log, cleanup and environment");
    } else {
        finding.variant("another-spelling").why("the same two lines in every script are found, compared and changed all at once; this one is overlooked");
    }
}

/// The first command that sources a file with the name of a utility by way of the documented variable.
fn from_elsewhere<'t>(script: &'t Script, source: &str, utilities: &Utilities) -> Option<&'t SimpleCommand> {
    script.simple_commands().into_iter().find(|command| {
        let path = command.arguments().first();
        let mut names = Vec::new();
        matches!(command.name(source).as_deref(), Some("." | "source"))
            && path.is_some_and(|path| {
                variables(&path.parts, source, &mut names);
                let file = program_name(path, source);
                file.is_some_and(|file| utilities.order.iter().any(|known| *known == file))
            })
            && names.contains(&utilities.variable.as_str())
    })
}
