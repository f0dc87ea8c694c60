//! VL210: see `rules/shell/missing-start-message.md`.

use vastlint_model::Document;
use vastlint_syntax::shell::Script;

use crate::supervised::{Part, is_supervisor_script, part};
use crate::utilities::sourced;
use crate::{Check, Context, Sink};

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
    sink.report(
        document,
        document.first_line(last.span),
        format!("`{}` does not say that its application starts", document.file_name()),
        "starts without a word",
    )
    .why("in the log nobody sees where the preparations end and the application begins")
    .help(format!("write `echo \"{message}<App>\"` above the command that starts it"));
}
