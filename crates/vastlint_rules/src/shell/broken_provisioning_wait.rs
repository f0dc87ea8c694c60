//! VL209: see `rules/shell/broken-provisioning-wait.md`.

use vastlint_model::Document;
use vastlint_syntax::shell::{Command, Script, SimpleCommand, Statement, Word};

use super::provisioning_wait::{Wait, waits};
use crate::supervised::is_supervisor_script;
use crate::utilities::{Sourced, sourced};
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    if !is_supervisor_script(document) {
        return;
    }
    let contract = &context.contract.script;
    let marker = &contract.provisioning_wait.marker;
    let waits = waits(script, &document.text, marker);
    if waits.loops.is_empty() {
        return;
    }
    let mut sourced = sourced(context, document);
    sourced.retain(|one| !one.surroundings.in_function());
    for wait in &waits.loops {
        let place = document.first_line(wait.span);
        if !wait.while_present {
            sink.report(document, place, format!("the loop waits until `{marker}` appears"), "the other way round")
                .why(format!("`{marker}` is there while the instance is being provisioned: the loop lets the application start then, and holds it for ever afterwards"))
                .help(format!("write `while [ -f \"{marker}\" ]; do`"));
            continue;
        }
        if !wait.sleeps {
            sink.report(document, place, format!("the loop over `{marker}` does not sleep"), "no `sleep` in it")
                .why("it keeps a processor busy and fills the log as long as provisioning takes, which may be an hour")
                .help(format!("write `sleep {}` in the loop", contract.provisioning_wait.seconds));
            continue;
        }
        misplaced(document, script, wait, &sourced, sink);
        if !is_documented(context, document, wait) {
            sink.report(
                document,
                place,
                "the loop waits in other words than the documented one",
                "another message or pause",
            )
            .variant("other-words")
            .why("who reads the logs of several programs looks for one message")
            .help(format!(
                "write `echo \"$PROC_NAME {}\"` and `sleep {}` in the loop",
                contract.provisioning_wait.message, contract.provisioning_wait.seconds
            ));
        }
    }
}

/// Between the utilities and the application.
fn misplaced(
    document: &Document,
    script: &Script,
    wait: &Wait<'_>,
    sourced: &[Sourced<'_>],
    sink: &mut Sink<'_>,
) {
    if wait.in_function {
        return;
    }
    let late = sourced.get(sourced.partition_point(|one| one.command.span.start <= wait.span.end));
    if let Some(late) = late {
        sink.report(
            document,
            document.first_line(wait.span),
            format!("the script waits for the end of provisioning before it sources `{}`", late.file),
            "belongs below the utilities",
        )
        .related(Place::new(document, late.command.span), "sourced after the wait")
        .why("a program that logs nothing yet, or is not wanted at all, hangs for as long as provisioning takes")
        .help("move the loop below the utilities");
        return;
    }
    let is_last = script.body.last().is_some_and(|last| last.span.end == wait.span.end);
    if is_last && script.body.len() > 1 {
        sink.report(
            document,
            document.first_line(wait.span),
            "the script waits for the end of provisioning when all is done",
            "nothing comes behind it",
        )
        .why("the application has started, or even ended, before the wait begins")
        .help("move the loop above the command that starts the application");
    }
}

/// Whether the loop sleeps as long, and says the same, as the documented one.
fn is_documented(context: &Context<'_>, document: &Document, wait: &Wait<'_>) -> bool {
    let wanted = &context.contract.script.provisioning_wait;
    let source = &document.text;
    let mut simple = Vec::new();
    collect(&wait.block.body, &mut simple);
    let sleeps = simple.iter().any(|command| {
        command.name(source).as_deref() == Some("sleep")
            && command.arguments().first().is_some_and(|word| word.is(source, &wanted.seconds))
    });
    let says = simple.iter().any(|command| {
        matches!(command.name(source).as_deref(), Some("echo" | "printf"))
            && command.arguments().iter().any(|word: &Word| word.text(source).contains(&wanted.message))
    });
    sleeps && says
}

fn collect<'t>(list: &'t [Statement], simple: &mut Vec<&'t SimpleCommand>) {
    for statement in list {
        let pipelines =
            std::iter::once(&statement.first).chain(statement.rest.iter().map(|and_or| &and_or.pipeline));
        simple.extend(pipelines.flat_map(|pipeline| &pipeline.commands).filter_map(
            |command| match command {
                Command::Simple(simple) => Some(simple),
                _ => None,
            },
        ));
    }
}
