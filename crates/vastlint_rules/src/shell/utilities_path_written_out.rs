//! VL205: see `rules/shell/utilities-path-written-out.md`.

use vastlint_model::Document;
use vastlint_syntax::shell::{AssignmentValue, Script, SimpleCommand};

use super::utility_lines::top_level;
use crate::fix::indentation;
use crate::script_lines::starts_line;
use crate::supervised::is_supervisor_script;
use crate::utilities::{Sourced, last_name, sourced};
use crate::values::variables;
use crate::{Check, Context, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    if !is_supervisor_script(document) {
        return;
    }
    let source = &document.text;
    let utilities = &context.contract.script.utilities;
    let (variable, folder) = (&utilities.variable, &utilities.directory);
    let assignments = context.assignments(document);
    let sourced = sourced(context, document);
    let first = sourced.first().map(|one| one.command);
    let Some(first) = first.or_else(|| from_elsewhere(context, document)) else { return };
    let is_line = top_level(script, first).is_some() && starts_line(document, first.span.start);
    let set =
        is_line.then(|| {
            let blanks = indentation(source, first.span.start);
            ProposedFix::safe(format!("write `{variable}={folder}` above the first utility"))
                .insert_lines_above(document, first.span.start, &format!("{blanks}{variable}={folder}"))
        });
    let Some(assignment) = assignments.last_before(variable, first.span.start) else {
        if uses(first, source, variable) {
            sink.report(document, first.span, format!("`{variable}` is never set above this"), "the path begins with nothing")
                .why("the script looks for the utilities in `/`, finds none, and goes on without log, cleanup and environment")
                .help(format!("write `{variable}={folder}` above the first utility"))
                .fix(set);
            return;
        }
        let renamed = renamed(context, document, script, &sourced);
        let fix = renamed.or(set).map(|set| {
            let mut fix =
                ProposedFix { message: format!("source the utilities by way of `${variable}`"), ..set };
            for one in &sourced {
                if let Some(path) = one.command.arguments().first() {
                    fix = fix.replace(document, path.span, format!("\"${{{variable}}}/{}\"", one.file));
                }
            }
            fix
        });
        sink.report(
            document,
            first.span,
            format!("the utilities are sourced without `{variable}={folder}`"),
            format!("not by way of `${variable}`"),
        )
        .variant("another-spelling")
        .why("the same two lines in every script are found, compared and changed all at once; this one is overlooked")
        .help(format!("write `{variable}={folder}` above the first utility, and `. \"${{{variable}}}/…\"` for each"))
        .fix(fix);
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
    finding.help(format!("write `{variable}={folder}`")).fix(
        ProposedFix::safe(format!("write `{variable}={folder}`")).replace(
            document,
            value.span,
            folder.as_str(),
        ),
    );
    if literal.is_some() {
        finding.why("no image has utilities there: the script stops working at the first one, without log, cleanup and environment");
    } else {
        finding.variant("another-spelling").why("the same two lines in every script are found, compared and changed all at once; this one is overlooked");
    }
}

/// The variable that holds the folder under another name, if nothing else is done with it.
fn renamed(
    context: &Context<'_>,
    document: &Document,
    script: &Script,
    sourced: &[Sourced<'_>],
) -> Option<ProposedFix> {
    let source = &document.text;
    let utilities = &context.contract.script.utilities;
    let mut names = Vec::new();
    for path in sourced.iter().filter_map(|one| one.command.arguments().first()) {
        variables(&path.parts, source, &mut names);
    }
    let name = *names.first()?;
    let assignment = context.assignments(document).only(name)?;
    let AssignmentValue::Scalar(value) = &assignment.value else { return None };
    let is_folder = value.literal(source)?.trim_end_matches('/') == utilities.directory;
    let is_only_here = names.len() == sourced.len()
        && names.iter().all(|other| *other == name)
        && source.matches(name).count() == names.len() + 1;
    let is_alone = script.body.binary_search_by_key(&assignment.span.start, |statement| statement.span.start);
    let is_alone = is_alone.is_ok_and(|at| script.body[at].span == assignment.span);
    let line = format!("{}={}", utilities.variable, utilities.directory);
    (is_folder && is_only_here && is_alone)
        .then(|| ProposedFix::safe(String::new()).replace(document, assignment.span, line))
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
