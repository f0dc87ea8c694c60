//! VL205: see `rules/shell/utilities-path-written-out.md`.

use vastlint_model::Document;
use vastlint_syntax::shell::{AssignmentValue, Script, SimpleCommand};

use crate::supervised::is_supervisor_script;
use crate::utilities::{last_name, sourced};
use crate::values::variables;
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, _: &Script, sink: &mut Sink<'_>) {
    if !is_supervisor_script(document) {
        return;
    }
    let source = &document.text;
    let utilities = &context.contract.script.utilities;
    let (variable, folder) = (&utilities.variable, &utilities.directory);
    let assignments = context.assignments(document);
    let first = sourced(context, document).first().map(|one| one.command);
    let Some(first) = first.or_else(|| from_elsewhere(context, document)) else { return };
    let Some(assignment) = assignments.last_before(variable, first.span.start) else {
        if uses(first, source, variable) {
            sink.report(document, first.span, format!("`{variable}` is never set above this"), "the path begins with nothing")
                .why("the script looks for the utilities in `/`, finds none, and goes on without log, cleanup and environment")
                .help(format!("write `{variable}={folder}` above the first utility"));
            return;
        }
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
fn from_elsewhere<'a>(context: &Context<'a>, document: &Document) -> Option<&'a SimpleCommand> {
    let source = &document.text;
    let utilities = &context.contract.script.utilities;
    let commands = context.commands(document).iter().map(|(command, _)| *command);
    commands.into_iter().find(|command| {
        let path = command.arguments().first();
        let file = path.and_then(|path| last_name(path, source));
        matches!(command.name(source).as_deref(), Some("." | "source"))
            && file.is_some_and(|file| utilities.order.contains(&file))
            && uses(command, source, &utilities.variable)
    })
}

/// Whether the path that a command sources holds the variable.
fn uses(command: &SimpleCommand, source: &str, variable: &str) -> bool {
    let mut names = Vec::new();
    if let Some(path) = command.arguments().first() {
        variables(&path.parts, source, &mut names);
    }
    names.contains(&variable)
}
