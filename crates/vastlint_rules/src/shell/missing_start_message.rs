//! VL210: see `rules/shell/missing-start-message.md`.

use vastlint_model::Document;
use vastlint_syntax::shell::Script;

use super::setup::start_of_application;
use crate::supervised::{Part, is_supervisor_script, part};
use crate::utilities::{portal_labels, sourced};
use crate::{Check, Context, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    if !is_supervisor_script(document) {
        return;
    }
    let source = &document.text;
    let contract = &context.contract.script;
    let sourced = sourced(context, document);
    if part(context, document, &sourced) != Some(Part::Application) {
        return;
    }
    let Some(last) = script.body.last() else { return };
    let message = &contract.start_message;
    let says = context.commands(document).iter().map(|(command, _)| *command).any(|command| {
        matches!(command.name(source).as_deref(), Some("echo" | "printf"))
            && command
                .arguments()
                .iter()
                .any(|word| word.text(source).trim_start_matches(['"', '\'']).starts_with(message.trim_end()))
    });
    if says {
        return;
    }
    // The label in the portal is the name that people know.
    let label = portal_labels(context, document).into_iter().find_map(|(label, _)| label);
    let is_plain = |label: &String| !label.contains(['"', '$', '`', '\\', '!']) && !label.trim().is_empty();
    let fix =
        label.filter(is_plain).zip(start_of_application(document, script, &sourced)).map(|(label, start)| {
            let line = format!("echo \"{message}{label}\"");
            let fix = ProposedFix::safe(format!("write `{line}` above the application"));
            if start.begins_paragraph {
                fix.insert_block(document, start.line, &line)
            } else {
                fix.insert_lines_above(document, start.line, &line)
            }
        });
    sink.report(
        document,
        document.first_line(last.span),
        format!("`{}` does not say that its application starts", document.file_name()),
        "starts without a word",
    )
    .why("in the log nobody sees where the preparations end and the application begins")
    .help(format!("write `echo \"{message}<App>\"` above the command that starts it"))
    .fix(fix);
}
