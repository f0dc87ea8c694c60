//! Where a supervisor script has set itself up, and where its application starts.

use vastlint_model::Document;
use vastlint_syntax::shell::{Command, Script, Statement, Terminator};

use crate::fix::line_start;
use crate::script_lines::{comments_above, is_blank_above, own_lines, starts_line};
use crate::utilities::Sourced;
use crate::variables::literal_tail;

/// The end of the last line that sources a utility, or an environment of Python right behind them. None where utilities
/// stand in blocks, or nothing stands behind them.
pub(super) fn end_of_setup(document: &Document, script: &Script, sourced: &[Sourced<'_>]) -> Option<u32> {
    let last = sourced.last()?.command.span;
    let index = script.body.partition_point(|statement| statement.span.end < last.end);
    script.body.get(index).filter(|statement| statement.span.contains_span(last))?;
    let activates = |statement: &Statement| match &statement.first.commands[..] {
        [Command::Simple(simple)] => {
            matches!(simple.name(&document.text).as_deref(), Some("." | "source"))
                && simple
                    .arguments()
                    .first()
                    .is_some_and(|path| literal_tail(&path.parts, &document.text).ends_with("/bin/activate"))
        }
        _ => false,
    };
    let more = script.body[index + 1..].iter().take_while(|statement| activates(statement)).count();
    let last = script.body.get(index + more)?;
    script.body.get(index + more + 1)?;
    Some(own_lines(document, script, last.span)?.end)
}

/// Where an application starts.
pub(super) struct Start {
    /// The first byte of the line above which a message goes.
    pub(super) line: u32,
    /// Whether lines belong together from here on, with an empty line above them.
    pub(super) begins_paragraph: bool,
}

/// The start of the lines that start the application: of the paragraph of the last command, if the script is set up
/// above it.
pub(super) fn start_of_application(
    document: &Document,
    script: &Script,
    sourced: &[Sourced<'_>],
) -> Option<Start> {
    let last = script.body.last()?;
    // Nothing stands below the utilities.
    if sourced.last().is_some_and(|utility| utility.command.span.end > last.span.start) {
        return None;
    }
    // What waits for something in the background starts nothing itself.
    let runs = match &last.first.commands[..] {
        [Command::Simple(simple), ..] => {
            let name = simple.name(&document.text);
            !matches!(name.as_deref(), Some("wait" | "sleep" | "tail" | "exit" | "read" | "echo"))
        }
        _ => false,
    };
    let in_background = |statement: &Statement| statement.terminator == Terminator::Background;
    if !runs || !starts_line(document, last.span.start) || script.body.iter().any(in_background) {
        return None;
    }
    let own = comments_above(document, script, last.span.start);
    let mut line = own;
    while line > 0 && !is_blank_above(document, line) {
        line = line_start(&document.text, line - 1);
    }
    let is_work = |statement: &Statement| {
        // A folder, a variable: what else stands there may be the setting up.
        matches!(&statement.first.commands[..], [Command::Simple(simple)] if statement.rest.is_empty()
            && (simple.words.is_empty()
                || matches!(simple.name(&document.text).as_deref(), Some("cd" | "export"))))
    };
    let between = script.body.iter().filter(|statement| statement.span.start >= line);
    let all_work = between.take_while(|statement| statement.span != last.span).all(is_work);
    // A block that began above ends here.
    let is_split =
        script.body.iter().any(|statement| statement.span.start < line && statement.span.end > line);
    let begins = all_work && !is_split && line > 0;
    Some(Start {
        line: if begins { line } else { own },
        begins_paragraph: begins || is_blank_above(document, own),
    })
}
