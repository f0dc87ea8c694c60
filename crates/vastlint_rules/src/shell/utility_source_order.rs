//! VL202: see `rules/shell/utility-source-order.md`.

use vastlint_model::{Document, ShellRole};
use vastlint_syntax::shell::{AssignmentValue, Script, SimpleCommand, WordPart, WordPartKind};

use crate::contract::SourceOrder;
use crate::values::Assignments;
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    if document.shell_role() != Some(ShellRole::SupervisorScript) {
        return;
    }
    let order = &context.contract.source_order;
    let source = &document.text;
    let assignments = Assignments::of(script);
    // The utility with the highest rank so far, and where it is sourced.
    let mut highest: Option<(usize, &SimpleCommand)> = None;
    for (command, surroundings) in script.commands_in_context() {
        // What a function sources comes when it is called, which is not known here.
        // What a child process sources is lost behind it.
        if surroundings.in_function() || surroundings.in_substitution() || surroundings.in_subshell() {
            continue;
        }
        let Some(rank) = sourced_utility(command, source, &assignments, order) else { continue };
        match highest {
            Some((before, earlier)) if rank < before => {
                let (this, that) = (&order.utilities[rank], &order.utilities[before]);
                sink.report(
                    document,
                    command.span,
                    format!("`{this}` is sourced after `{that}`"),
                    format!("belongs above `{that}`"),
                )
                .related(Place::new(document, earlier.span), "sourced first")
                .why(consequence(this, that))
                .help(format!("source the utilities in this order: {}", order.utilities.join(", ")));
            }
            _ => highest = Some((rank, command)),
        }
    }
}

/// What goes wrong when `late` comes after `early`.
fn consequence(late: &str, early: &str) -> String {
    match late {
        "logging.sh" => format!("what `{early}` prints never reaches the program's log"),
        "cleanup_generic.sh" => format!("when `{early}` ends the script, its children are left running"),
        "environment.sh" => {
            format!("`{early}` runs without the variables of the instance and of the workspace")
        }
        _ => format!("`{early}` waits for a portal that a serverless instance never has"),
    }
}

/// Which utility a command sources, as its rank in the order.
fn sourced_utility(
    command: &SimpleCommand,
    source: &str,
    assignments: &Assignments<'_>,
    order: &SourceOrder,
) -> Option<usize> {
    if !matches!(command.name(source).as_deref(), Some("." | "source")) {
        return None;
    }
    let before = command.span.start;
    let path = path_of(&command.arguments().first()?.parts, source, before, assignments, order)?;
    let file = path.strip_prefix(&order.directory)?.strip_prefix('/')?.trim_start_matches('/');
    order.utilities.iter().position(|utility| utility == file)
}

/// A path with its variables replaced by what was assigned to them last; `None` where the script does not tell.
fn path_of(
    parts: &[WordPart],
    source: &str,
    before: u32,
    assignments: &Assignments<'_>,
    order: &SourceOrder,
) -> Option<String> {
    let mut path = String::new();
    for part in parts {
        let written = part.span.text(source);
        match &part.kind {
            WordPartKind::Literal => path.push_str(written),
            WordPartKind::SingleQuoted => path.push_str(written.trim_matches('\'')),
            WordPartKind::DoubleQuoted(inner) => {
                path.push_str(&path_of(inner, source, before, assignments, order)?);
            }
            WordPartKind::Parameter(parameter) => {
                let name = parameter.name.text(source);
                let value = assignments.last_before(name, before, source).and_then(|assignment| {
                    let AssignmentValue::Scalar(value) = &assignment.value else { return None };
                    value.literal(source)
                });
                match value {
                    Some(value) if parameter.expansion.is_none() => path.push_str(&value),
                    // Put together from other variables, or handed in: the documented name is as good as its value.
                    _ if name == "utils" => path.push_str(&order.directory),
                    _ => return None,
                }
            }
            _ => return None,
        }
    }
    Some(path)
}
