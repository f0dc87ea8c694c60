//! VL209: see `rules/shell/broken-provisioning-wait.md`.

use vastlint_model::Document;
use vastlint_syntax::shell::{Command, Script, SimpleCommand, Statement, Word};

use super::provisioning_wait::{Wait, documented_message, waits};
use super::setup::end_of_setup;
use super::utility_lines::with_empty_line;
use crate::contract::ProvisioningWait;
use crate::fix::indentation;
use crate::script_lines::{comments_above, own_lines, starts_line};
use crate::supervised::is_supervisor_script;
use crate::utilities::{Sourced, sourced};
use crate::{Check, Context, Place, ProposedFix, Sink};
use vastlint_diagnostic::Applicability;
use vastlint_text::Span;

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
                .help(format!("write `while [ -f \"{marker}\" ]; do`"))
                .fix(turned_round(document, wait, &contract.provisioning_wait));
            continue;
        }
        if !wait.sleeps {
            sink.report(document, place, format!("the loop over `{marker}` does not sleep"), "no `sleep` in it")
                .why("it keeps a processor busy and fills the log as long as provisioning takes, which may be an hour")
                .help(format!("write `sleep {}` in the loop", contract.provisioning_wait.seconds))
                .fix(documented(document, wait, &contract.provisioning_wait));
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
            ))
            .fix(documented(document, wait, &contract.provisioning_wait));
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
        .help("move the loop below the utilities")
        .fix(moved(document, script, wait, sourced));
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

/// The loop behind the utilities.
fn moved(
    document: &Document,
    script: &Script,
    wait: &Wait<'_>,
    sourced: &[Sourced<'_>],
) -> Option<ProposedFix> {
    let at = script.body.binary_search_by_key(&wait.span.start, |statement| statement.span.start);
    let is_alone = at.is_ok_and(|at| script.body[at].span == wait.span);
    let lines = own_lines(document, script, wait.span).filter(|_| is_alone)?;
    let lines = Span::new(comments_above(document, script, lines.start), lines.end);
    let place = end_of_setup(document, script, sourced)?;
    let block = document.slice(lines).trim_end().replace("\r\n", "\n");
    Some(
        ProposedFix::safe("move the loop below the utilities")
            .delete(document, with_empty_line(document, lines))
            .insert_block(document, place, &block),
    )
}

/// The loop with its question the other way round, and in the documented words.
fn turned_round(document: &Document, wait: &Wait<'_>, wanted: &ProvisioningWait) -> Option<ProposedFix> {
    let [condition] = &wait.block.condition[..] else { return None };
    if !condition.rest.is_empty() {
        return None;
    }
    let (span, text) = if wait.block.until {
        (Span::new(wait.span.start, wait.span.start + "until".len() as u32), "while")
    } else {
        let written = document.slice(condition.span);
        let at = written.find("! ").filter(|_| written.matches('!').count() == 1)? as u32;
        (Span::new(condition.span.start + at, condition.span.start + at + 2), "")
    };
    let fix = ProposedFix::new(Applicability::Unsafe, format!("wait while `{}` is there", wanted.marker));
    let fix = fix.replace(document, span, text);
    Some(
        in_documented_words(document, wait, wanted)?
            .into_iter()
            .fold(fix, |fix, (span, text)| fix.replace(document, span, text)),
    )
}

fn documented(document: &Document, wait: &Wait<'_>, wanted: &ProvisioningWait) -> Option<ProposedFix> {
    let edits = in_documented_words(document, wait, wanted)?;
    let fix = ProposedFix::safe(format!("say and sleep as documented (`sleep {}`)", wanted.seconds));
    (!edits.is_empty())
        .then(|| edits.into_iter().fold(fix, |fix, (span, text)| fix.replace(document, span, text)))
}

/// The edits that make a loop sleep as long, and say the same, as the documented one; none where it does more.
fn in_documented_words(
    document: &Document,
    wait: &Wait<'_>,
    wanted: &ProvisioningWait,
) -> Option<Vec<(Span, String)>> {
    let source = &document.text;
    let mut simple = Vec::new();
    collect(&wait.block.body, &mut simple);
    let named = |names: &[&str]| -> Vec<&SimpleCommand> {
        let is_named =
            |command: &&&SimpleCommand| command.name(source).is_some_and(|name| names.contains(&&*name));
        simple.iter().filter(is_named).copied().collect()
    };
    let (sleeps, messages) = (named(&["sleep"]), named(&["echo", "printf"]));
    if wait.sleeps == sleeps.is_empty() {
        return None;
    }
    let message = documented_message(wanted);
    let mut edits = Vec::new();
    match &messages[..] {
        _ if says(document, &simple, wanted) => {}
        [] => {
            let first = wait.block.body.first()?.span;
            edits.push((Span::empty(first.start), separated(document, first.start, &message)));
        }
        [said] if said.redirections.is_empty() => edits.push((said.span, message)),
        _ => return None,
    }
    match &sleeps[..] {
        [] => {
            let last = wait.block.body.last().filter(|last| last.rest.is_empty())?.span;
            let pause = format!("sleep {}", wanted.seconds);
            let text = if starts_line(document, last.start) {
                format!("\n{}{pause}", indentation(source, last.start))
            } else {
                format!("; {pause}")
            };
            match edits.last_mut() {
                // The message that it says now is all that it did.
                Some((span, said)) if span.end == last.end => said.push_str(&text),
                _ => edits.push((Span::empty(last.end), text)),
            }
        }
        [pause] => match pause.arguments() {
            [seconds] if seconds.is(source, &wanted.seconds) => {}
            [seconds] => edits.push((seconds.span, wanted.seconds.clone())),
            _ => return None,
        },
        _ => return None,
    }
    Some(edits)
}

/// A command in front of another one, on a line of its own where that one begins a line.
fn separated(document: &Document, at: u32, command: &str) -> String {
    if starts_line(document, at) {
        format!("{command}\n{}", indentation(&document.text, at))
    } else {
        format!("{command}; ")
    }
}

fn says(document: &Document, simple: &[&SimpleCommand], wanted: &ProvisioningWait) -> bool {
    let source = &document.text;
    simple.iter().any(|command| {
        matches!(command.name(source).as_deref(), Some("echo" | "printf"))
            && command.arguments().iter().any(|word: &Word| word.text(source).contains(&wanted.message))
    })
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
    sleeps && says(document, &simple, wanted)
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
