//! VL218: see `rules/shell/boot-script-exit.md`.

use std::collections::HashSet;

use vastlint_model::{Document, invocation};
use vastlint_syntax::shell::{Context as Surroundings, Script, SimpleCommand};

use vastlint_text::Span;

use crate::supervised::is_boot_script;
use crate::values::functions;
use crate::{Check, Context, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    if !is_boot_script(document) {
        return;
    }
    let source = &document.text;
    let commands = context.commands(document);
    // What the boot's own shell calls.
    let called: HashSet<&str> = commands
        .iter()
        .filter(|(_, surroundings)| !is_in_child(*surroundings))
        .filter_map(|(command, _)| command.words.first().map(|word| word.text(source)))
        .collect();
    let functions = functions(script);
    let mut next = functions.iter().peekable();
    // The functions around the command at hand: both lists are in source order.
    let mut around: Vec<&(Span, Span)> = Vec::new();
    for &(command, surroundings) in commands {
        while let Some(function) = next.next_if(|(_, whole)| whole.start <= command.span.start) {
            leave(&mut around, function.1.start);
            around.push(function);
        }
        leave(&mut around, command.span.start);
        let Some(what) = ending(command, source).filter(|_| !is_in_child(surroundings)) else { continue };
        if surroundings.in_function() && !around.iter().all(|(name, _)| called.contains(name.text(source))) {
            continue;
        }
        // In a function `return` would only end that.
        let name = command.words[0].span;
        let fix = (what == "exit" && !surroundings.in_function())
            .then(|| ProposedFix::safe("write `return`").replace(document, name, "return"));
        sink.report(
            document,
            command.span,
            format!("`{what}` in `{}` ends the whole boot", document.file_name()),
            "ends the shell that sources the script",
        )
        .why("boot scripts are sourced one after the other by one shell: those behind this one never run, supervisor is not started, and the instance stays dead")
        .help(if what == "exit" { "write `return`, which ends this script only" } else { "run the program without `exec`" })
        .fix(fix);
    }
}

/// Forgets the functions that end before a place. One that holds another ends after it.
fn leave(around: &mut Vec<&(Span, Span)>, place: u32) {
    while around.last().is_some_and(|(_, whole)| whole.end <= place) {
        around.pop();
    }
}

fn is_in_child(surroundings: Surroundings) -> bool {
    surroundings.in_subshell()
        || surroundings.in_substitution()
        || surroundings.in_pipeline()
        || surroundings.in_background()
}

/// What ends the shell: `exit`, or `exec` with a program.
fn ending(command: &SimpleCommand, source: &str) -> Option<&'static str> {
    match command.name(source).as_deref() {
        Some("exit") => Some("exit"),
        Some("exec") if !invocation(command, source).is_empty() => Some("exec"),
        _ => None,
    }
}
