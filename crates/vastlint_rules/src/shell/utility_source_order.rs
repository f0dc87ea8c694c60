//! VL202: see `rules/shell/utility-source-order.md`.

use vastlint_model::{Document, ShellRole, literal_file_name};
use vastlint_syntax::shell::{AssignmentValue, Script, SimpleCommand, Word, WordPart, WordPartKind};

use crate::contract::SourceOrder;
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    if document.shell_role() != Some(ShellRole::SupervisorScript) {
        return;
    }
    let order = &context.contract.source_order;
    let source = &document.text;
    // The utility with the highest rank so far, and where it is sourced.
    let mut highest: Option<(usize, &SimpleCommand)> = None;
    for (command, surroundings) in script.commands_in_context() {
        // What a function sources comes when it is called, which is not known here.
        if surroundings.in_function() || surroundings.in_substitution() {
            continue;
        }
        let Some(rank) = sourced_utility(command, source, script, order) else { continue };
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
    script: &Script,
    order: &SourceOrder,
) -> Option<usize> {
    if !matches!(command.name(source).as_deref(), Some("." | "source")) {
        return None;
    }
    let path = command.arguments().first()?;
    let file = if let Some(literal) = path.literal(source) {
        literal.strip_prefix(&order.directory)?.strip_prefix('/')?.to_owned()
    } else {
        is_utility_folder(path, source, script, order).then_some(())?;
        literal_file_name(&path.parts, source)?.to_owned()
    };
    order.utilities.iter().position(|utility| *utility == file)
}

/// Whether a path is one variable and a file name, and the variable holds the folder of the utilities.
fn is_utility_folder(path: &Word, source: &str, script: &Script, order: &SourceOrder) -> bool {
    let parts: &[WordPart] = match &*path.parts {
        [WordPart { kind: WordPartKind::DoubleQuoted(inner), .. }] => inner,
        parts => parts,
    };
    let parameter = parts.iter().find_map(|part| match &part.kind {
        WordPartKind::Parameter(parameter) => Some(parameter),
        WordPartKind::DoubleQuoted(inner) => inner.iter().find_map(|part| match &part.kind {
            WordPartKind::Parameter(parameter) => Some(parameter),
            _ => None,
        }),
        _ => None,
    });
    let Some(name) = parameter.map(|parameter| parameter.name.text(source)) else { return false };
    let assigned = script.simple_commands().into_iter().flat_map(|command| &command.assignments).find_map(
        |assignment| {
            let AssignmentValue::Scalar(value) = &assignment.value else { return None };
            (assignment.name.text(source) == name).then(|| value.literal(source))
        },
    );
    match assigned {
        Some(Some(folder)) => folder.trim_end_matches('/') == order.directory,
        // Put together from other variables, or handed in: the documented name is as good as its value.
        _ => name == "utils",
    }
}
