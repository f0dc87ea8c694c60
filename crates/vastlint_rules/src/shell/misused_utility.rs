//! VL207: see `rules/shell/misused-utility.md`.

use std::collections::HashMap;

use vastlint_model::{Document, invocation, is_readable_shell, program_name};
use vastlint_syntax::shell::{Script, SimpleCommand};
use vastlint_text::Span;

use super::utility_lines::{UtilityLine, top_level, utility_lines};
use crate::contract::Utilities;
use crate::script_lines::comments_above;
use crate::supervised::is_supervisor_script;
use crate::utilities::{Sourced, sourced, utility_named};
use crate::{Check, Context, Place, ProposedFix, Sink};
use vastlint_diagnostic::Applicability;

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    if !is_supervisor_script(document) {
        return;
    }
    let utilities = &context.contract.script.utilities;
    let sourced = sourced(context, document);
    let lines = utility_lines(document, script, &sourced);
    repeated(document, script, &sourced, &lines, sink);
    for one in &sourced {
        unasked_argument(document, one, utilities, sink);
        misplaced(document, one, utilities, sink);
    }
    run_instead(context, document, script, &lines, sink);
}

fn repeated(
    document: &Document,
    script: &Script,
    sourced: &[Sourced<'_>],
    lines: &[UtilityLine<'_>],
    sink: &mut Sink<'_>,
) {
    let mut seen: HashMap<&str, &Sourced<'_>> = HashMap::new();
    // Of branches only one may run, and functions run when they are called.
    for one in sourced.iter().filter(|one| !one.is_conditional() && !one.surroundings.in_function()) {
        let Some(earlier) = seen.insert(&one.file, one) else { continue };
        let file = &one.file;
        let same = one
            .arguments()
            .iter()
            .map(|word| word.text(&document.text))
            .eq(earlier.arguments().iter().map(|word| word.text(&document.text)));
        // A comment above it would be left without its line.
        let line = lines.iter().find(|line| {
            line.command.span == one.command.span
                && same
                && comments_above(document, script, line.line.start) == line.line.start
        });
        let fix = line.map(|line| {
            ProposedFix::safe(format!("take the second `{file}` out")).delete(document, line.line)
        });
        sink.report(document, one.command.span, format!("`{file}` is sourced twice"), "again")
            .related(Place::new(document, earlier.command.span), "sourced first")
            .why(match file.as_str() {
                "logging.sh" => {
                    "the second time moves the log of this start away and copies every line twice"
                }
                _ => "it does its work once more, in the middle of the script",
            })
            .help("take one of the two out")
            .fix(fix);
    }
}

fn unasked_argument(document: &Document, one: &Sourced<'_>, utilities: &Utilities, sink: &mut Sink<'_>) {
    let Some(argument) = one.arguments().first() else { return };
    let takes_some = utilities.with_argument.contains(&one.file) || !utilities.order.contains(&one.file);
    if takes_some {
        return;
    }
    let file = &one.file;
    sink.report(document, argument.span, format!("`{file}` takes no argument"), "nobody reads it")
        .why(format!(
            "it means nothing to `{file}`: another utility was meant, or its argument is missing there"
        ))
        .help(format!("write `. \"${{{}}}/{file}\"`", utilities.variable))
        .fix(one.command.words.get(1).zip(one.arguments().last()).map(|(path, last)| {
            ProposedFix::new(
                Applicability::Unsafe,
                format!("take `{}` out", document.slice(argument.span.cover(last.span))),
            )
            .delete(document, Span::new(path.span.end, last.span.end))
        }));
}

fn misplaced(document: &Document, one: &Sourced<'_>, utilities: &Utilities, sink: &mut Sink<'_>) {
    if !utilities.order.contains(&one.file) || one.surroundings.in_function() {
        return;
    }
    let file = &one.file;
    let line = format!("write `. \"${{{}}}/{file}\"` on a line of its own", utilities.variable);
    if one.is_in_child() {
        sink.report(document, one.command.span, format!("`{file}` is sourced in a child process"), "lost behind it")
            .why("what a utility sets and redirects, and the end that it puts to the script, hold in the process that sources it, and nowhere else")
            .help(line);
    } else if one.is_conditional() {
        sink.report(document, one.command.span, format!("`{file}` is sourced under a condition"), "may not run")
            .variant("conditional")
            .why("the utilities ask by themselves what there is to ask; with a condition of its own the script behaves unlike all others")
            .help(line);
    }
}

/// `bash "${utils}/logging.sh"`, `"${utils}/logging.sh"`.
fn run_instead(
    context: &Context<'_>,
    document: &Document,
    script: &Script,
    lines: &[UtilityLine<'_>],
    sink: &mut Sink<'_>,
) {
    let utilities = &context.contract.script.utilities;
    let source = &document.text;
    let assignments = context.assignments(document);
    for command in context.commands(document).iter().map(|(command, _)| *command) {
        let words = invocation(command, source);
        let Some(program) = words.first() else { continue };
        let path = match program_name(program, source) {
            Some(name) if is_readable_shell(&name) => words.get(1),
            Some(_) => Some(program),
            None => None,
        };
        let file = path.and_then(|path| utility_named(path, source, assignments, utilities));
        let Some(file) = file.filter(|file| utilities.order.contains(file)) else { continue };
        let fix = path
            .filter(|_| command.redirections.is_empty() && command.assignments.is_empty())
            .filter(|_| fits(script, command, &file, lines, utilities))
            .map(|path| {
                ProposedFix::new(Applicability::Unsafe, format!("source `{file}`")).replace(
                    document,
                    Span::new(command.span.start, path.span.start),
                    ". ",
                )
            });
        sink.report(document, command.span, format!("`{file}` is run, not sourced"), "runs in a process of its own")
            .why("what a utility sets and redirects, and the end that it puts to the script, hold in the process that sources it, and nowhere else")
            .help(format!("write `. \"${{{}}}/{file}\"`", utilities.variable))
            .fix(fix);
    }
}

/// Whether a utility is in its place between those that are sourced: right behind one that comes before it, and above
/// all that come after it. What `exit_portal.sh` looks for is another question.
fn fits(
    script: &Script,
    command: &SimpleCommand,
    file: &str,
    lines: &[UtilityLine<'_>],
    utilities: &Utilities,
) -> bool {
    let Some(index) = top_level(script, command) else { return false };
    let rank = utilities.order.iter().position(|known| known == file);
    let is_ordered = lines.iter().all(|line| {
        let other = line.rank(utilities);
        if line.index < index { other < rank } else { other > rank }
    });
    // Nothing may come between those that stand together.
    let before = lines.iter().rev().find(|line| line.index < index);
    let is_beside = before.is_some_and(|line| line.index + 1 == index);
    is_ordered && is_beside && file != utilities.portal
}
