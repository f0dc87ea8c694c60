//! VL211: see `rules/shell/background-application.md`.

use vastlint_diagnostic::Applicability;
use vastlint_model::{Document, program_name};
use vastlint_syntax::shell::{Command, Script, Statement, Terminator};
use vastlint_text::Span;

use crate::supervised::{Part, is_supervisor_script, part};
use crate::utilities::sourced;
use crate::{Check, Context, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    if !is_supervisor_script(document) {
        return;
    }
    let source = &document.text;
    let sourced = sourced(context, document);
    if part(context, document, &sourced).is_none_or(|part| part == Part::Helper) {
        return;
    }
    let mut working = script.body.iter().rev().skip_while(|statement| {
        statement.terminator != Terminator::Background && is_word_of_farewell(statement, source)
    });
    let Some(last) = working.next().filter(|last| last.terminator == Terminator::Background) else { return };
    // What stands behind it would come when the application has ended.
    let is_end = script.body.last().is_some_and(|end| end.span == last.span);
    let ampersand = Span::new(last.span.end, last.terminator_span.end);
    let fix = is_end
        .then(|| ProposedFix::new(Applicability::Unsafe, "take the `&` away").delete(document, ampersand));
    sink.report(
        document,
        document.first_line(last.span),
        format!("`{}` leaves its application in the background and ends", document.file_name()),
        "started with `&`, and nothing waits for it",
    )
    .why("supervisor takes the end of the script for the end of the program, kills what it left behind and starts it again, for ever")
    .help("take the `&` away, or end the script with `wait`")
    .fix(fix);
}

/// Whether a statement only says something or ends the script.
fn is_word_of_farewell(statement: &Statement, source: &str) -> bool {
    let [Command::Simple(simple)] = &statement.first.commands[..] else { return false };
    // `pid=$!` does nothing, either.
    let name = simple.words.first().and_then(|word| program_name(word, source));
    statement.rest.is_empty()
        && match name.as_deref() {
            Some(name) => matches!(name, "echo" | "printf" | "exit" | "true" | ":" | "disown"),
            None => simple.words.is_empty(),
        }
}
