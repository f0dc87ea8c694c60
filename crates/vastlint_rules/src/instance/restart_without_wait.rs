//! VL806: see `rules/instance/restart-without-wait.md`.

use vastlint_model::{Document, invocation, program_name};
use vastlint_syntax::shell::{Script, SimpleCommand};
use vastlint_text::Span;

use super::tests::{exit_of, is_one_of, is_test};
use crate::contract::InstanceTests;
use crate::values::functions;
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    if !is_test(document) {
        return;
    }
    let contract = &context.contract.instance.test;
    let source = &document.text;
    let commands: Vec<&SimpleCommand> =
        context.commands(document).iter().map(|(command, _)| *command).collect();
    for command in &commands {
        if is_one_of(command, source, &contract.wait_helpers_with_port) && command.arguments().is_empty() {
            without_port(document, command, sink);
        }
    }
    if !commands.iter().any(|command| is_restart(command, source)) {
        return;
    }
    let functions = functions(script);
    let waits = waiting_functions(&functions, &commands, source, contract);
    for (index, command) in commands.iter().enumerate() {
        if !is_restart(command, source) {
            continue;
        }
        let around = functions.iter().map(|(_, span)| *span).find(|span| span.contains(command.span.start));
        let rest = commands[index + 1..]
            .iter()
            .copied()
            .filter(|next| around.is_none_or(|function| function.contains(next.span.start)));
        if let Some(check) = checked_before_wait(rest, source, contract, &waits) {
            sink.report(
                document,
                command.span,
                "the program is restarted, and the next check does not wait for it",
                "returns before the program serves anything",
            )
            .related(Place::new(document, document.first_line(check.span)), "checked here")
            .why("supervisor answers as soon as the process is started: the check meets a program that is still starting, and fails on a slow machine")
            .help(format!("write a wait between the two: {}", example(contract)));
        }
    }
}

fn example(contract: &InstanceTests) -> String {
    contract.wait_helpers_with_port.first().map_or_else(
        || "`wait_for_url`".to_owned(),
        |helper| format!("`{helper} <port>` or `wait_for_url <url>`"),
    )
}

fn is_restart(command: &SimpleCommand, source: &str) -> bool {
    let words = invocation(command, source);
    words.first().and_then(|word| program_name(word, source)).as_deref() == Some("supervisorctl")
        && words.get(1).is_some_and(|word| word.text(source) == "restart")
}

/// The names of the test's own functions that wait.
fn waiting_functions<'s>(
    functions: &[(Span, Span)],
    commands: &[&SimpleCommand],
    source: &'s str,
    contract: &InstanceTests,
) -> Vec<&'s str> {
    let waits = |body: &Span| {
        commands.iter().any(|command| {
            body.contains(command.span.start) && is_one_of(command, source, &contract.wait_helpers)
        })
    };
    functions.iter().filter(|(_, body)| waits(body)).map(|(name, _)| name.text(source)).collect()
}

/// The first check of an endpoint, if no wait stands before it. The end of the test ends the search, too.
fn checked_before_wait<'t>(
    rest: impl Iterator<Item = &'t SimpleCommand>,
    source: &str,
    contract: &InstanceTests,
    waits: &[&str],
) -> Option<&'t SimpleCommand> {
    for command in rest {
        let name = command.name(source).unwrap_or_default();
        let ends =
            is_one_of(command, source, &contract.passing_helpers) || exit_of(command, source).is_some();
        if ends || waits.contains(&&*name) || is_one_of(command, source, &contract.wait_helpers) {
            return None;
        }
        if is_one_of(command, source, &contract.endpoint_checks) {
            return Some(command);
        }
    }
    None
}

fn without_port(document: &Document, command: &SimpleCommand, sink: &mut Sink<'_>) {
    let name = command.words.first().map_or_else(String::new, |word| word.text(&document.text).to_owned());
    sink.report(document, command.span, format!("`{name}` does not say which port it waits for"), "no port")
        .why("it cannot tell a site that serves from the admin endpoint, which is there long before")
        .help(format!("write `{name} 8080`, with the port that is checked behind it"));
}
