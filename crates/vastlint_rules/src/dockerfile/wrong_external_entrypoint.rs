//! VL127: see `rules/dockerfile/wrong-external-entrypoint.md`.

use vastlint_diagnostic::Applicability;
use vastlint_model::Document;
use vastlint_syntax::dockerfile::{Command, Dockerfile, InstructionKind};
use vastlint_text::Span;

use crate::contract::ExternalImages;
use crate::external::External;
use crate::instruction_edits::{Spot, has_comments, in_style, insert_instructions, move_blocks};
use crate::{Check, Context, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Dockerfile(check);

fn check(context: &Context<'_>, document: &Document, tree: &Dockerfile, sink: &mut Sink<'_>) {
    let Some(external) = External::of(context, document, tree) else { return };
    let contract = &context.contract.external;
    let last = |wanted: fn(&InstructionKind) -> Option<&Command>| {
        external
            .instructions()
            .rev()
            .find_map(|(index, instruction)| Some((index, wanted(&instruction.kind)?)))
    };
    let entrypoint = last(|kind| match kind {
        InstructionKind::Entrypoint(command) => Some(command),
        _ => None,
    });
    let cmd = last(|kind| match kind {
        InstructionKind::Cmd(command) => Some(command),
        _ => None,
    });
    check_entrypoint(&external, entrypoint, cmd.map(|(index, _)| index), contract, sink);
    check_command(&external, cmd, entrypoint.map(|(index, _)| index), contract, sink);
    if let (Some((entrypoint, _)), Some((cmd, _))) = (entrypoint, cmd) {
        check_end(&external, entrypoint, cmd, sink);
    }
}

/// An instruction in exec form.
fn exec_form(keyword: &str, words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    format!("{keyword} [{}]", words.join(", "))
}

fn is_exec(command: &Command, source: &str, words: &[String]) -> bool {
    match command {
        Command::Exec(strings) => {
            strings.len() == words.len()
                && strings.iter().zip(words).all(|(string, word)| string.value(source) == word)
        }
        Command::Shell(_) => false,
    }
}

fn check_entrypoint(
    external: &External<'_>,
    entrypoint: Option<(usize, &Command)>,
    cmd: Option<usize>,
    contract: &ExternalImages,
    sink: &mut Sink<'_>,
) {
    let line = exec_form("ENTRYPOINT", &contract.entrypoint);
    let why = "the upstream image starts its own program instead of the boot sequence: no supervisor, no portal, no provisioning";
    let Some((index, command)) = entrypoint else {
        sink.report(
            external.document,
            external.final_from(),
            "the final image keeps the entrypoint of the upstream image",
            "no `ENTRYPOINT`",
        )
        .why(why)
        .help(format!("write at the end:\n{line}\n{}", exec_form("CMD", &contract.command)))
        .fix(write_at_the_end(external, cmd, &line, &exec_form("CMD", &contract.command)));
        return;
    };
    if is_exec(command, &external.document.text, &contract.entrypoint) {
        return;
    }
    let (message, why) = match command {
        Command::Shell(_) => (
            "the entrypoint is in shell form",
            "a shell stands between docker and the boot sequence: signals and arguments do not reach it",
        ),
        Command::Exec(_) => ("the entrypoint is not the one of Vast's images", why),
    };
    sink.report_at(external.place(index), message, "starts something else")
        .why(why)
        .help(format!("write `{line}`"))
        .fix(right_form(external, index, command, &contract.entrypoint, &line));
}

/// Writes both at the end of the file, or the entrypoint above the `CMD` that ends it.
fn write_at_the_end(
    external: &External<'_>,
    cmd: Option<usize>,
    entrypoint: &str,
    command: &str,
) -> Option<ProposedFix> {
    let (document, tree) = (external.document, external.tree);
    let last = tree.instructions.len().checked_sub(1)?;
    let fix = ProposedFix::safe(format!("write `{entrypoint}`"));
    match cmd {
        None => {
            let lines = [entrypoint.to_owned(), command.to_owned()];
            Some(insert_instructions(fix, document, tree, Spot::Apart(last), &lines))
        }
        Some(cmd) if cmd == last => {
            let start = tree.instructions[cmd].span.start;
            let line = in_style(tree, &document.text, &[entrypoint.to_owned()]);
            Some(fix.insert_lines_above(document, start, &line))
        }
        Some(_) => None,
    }
}

/// Writes the documented words. What the image started so far is then started by nobody, unless it was the same or
/// nothing.
fn right_form(
    external: &External<'_>,
    index: usize,
    command: &Command,
    words: &[String],
    line: &str,
) -> Option<ProposedFix> {
    let (document, tree) = (external.document, external.tree);
    let instruction = &tree.instructions[index];
    if has_comments(tree, index) || !instruction.heredocs.is_empty() {
        return None;
    }
    let is_same = match command {
        Command::Shell(span) => {
            let text: Vec<&str> = span.text(&document.text).split_whitespace().collect();
            text == words.iter().map(String::as_str).collect::<Vec<_>>()
        }
        Command::Exec(_) => false,
    };
    let applicability = if is_same { Applicability::Safe } else { Applicability::Unsafe };
    let fix = ProposedFix::new(applicability, format!("write `{line}`"));
    // The right one that stands above is the one to keep.
    let earlier = external
        .instructions()
        .rev()
        .find(|(earlier, other)| *earlier < index && other.keyword == instruction.keyword);
    if let Some((earlier, InstructionKind::Entrypoint(other) | InstructionKind::Cmd(other))) =
        earlier.map(|(earlier, other)| (earlier, &other.kind))
        && external.is_in_last_stage(earlier)
        && is_exec(other, &document.text, words)
    {
        return Some(fix.delete_lines(document, instruction.span));
    }
    let rest = Span::new(instruction.keyword_span.end, instruction.span.end);
    let (_, form) = line.split_once(' ')?;
    Some(fix.replace(document, rest, format!(" {form}")))
}

fn check_command(
    external: &External<'_>,
    cmd: Option<(usize, &Command)>,
    entrypoint: Option<usize>,
    contract: &ExternalImages,
    sink: &mut Sink<'_>,
) {
    let line = exec_form("CMD", &contract.command);
    match cmd {
        Some((_, command)) if is_exec(command, &external.document.text, &contract.command) => {}
        Some((index, command)) => {
            sink.report_at(external.place(index), format!("`CMD` is not `{line}`"), "goes to the entrypoint as arguments")
                .why("the entrypoint is given arguments that it was not written for, and may run them instead of waiting")
                .help(format!("write `{line}`; the program is started by supervisor"))
                .fix(right_form(external, index, command, &contract.command, &line));
        }
        // Where there is no entrypoint, one finding says both.
        None if entrypoint.is_none() => {}
        None => {
            sink.report(
                external.document,
                external.final_from(),
                format!("the final image does not say `{line}`"),
                "no `CMD`",
            )
            .variant("no-command")
            .why("that the upstream image's arguments are gone is left to a side effect of `ENTRYPOINT`")
            .help(format!("write `{line}` below `ENTRYPOINT`"))
            .fix(entrypoint.filter(|&index| index + 1 == external.tree.instructions.len()).map(
                |index| {
                    let fix = ProposedFix::safe(format!("write `{line}`"));
                    let spot = Spot::Below(index);
                    insert_instructions(fix, external.document, external.tree, spot, &[line])
                },
            ));
        }
    }
}

/// `ENTRYPOINT` and `CMD` are the last two instructions.
fn check_end(external: &External<'_>, entrypoint: usize, cmd: usize, sink: &mut Sink<'_>) {
    let mut last = external.shipped.iter().rev().copied();
    if (last.next(), last.next()) == (Some(cmd), Some(entrypoint)) {
        return;
    }
    let (index, message) = if cmd < entrypoint {
        (cmd, "`CMD` stands above `ENTRYPOINT`")
    } else {
        (entrypoint, "`ENTRYPOINT` and `CMD` are not the last two instructions")
    };
    sink.report_at(external.place(index), message, "others follow")
        .variant("not-last")
        .why("how the image starts is looked for at the end of the file, and easily set twice where it stands elsewhere")
        .help("let `ENTRYPOINT` and then `CMD` end the file")
        .fix(move_to_the_end(external, entrypoint, cmd));
}

/// Moves both to the end. In shell form they depend on the `SHELL` above them.
fn move_to_the_end(external: &External<'_>, entrypoint: usize, cmd: usize) -> Option<ProposedFix> {
    let tree = external.tree;
    let last = tree.instructions.len().checked_sub(1)?;
    let is_movable = |index: usize| {
        matches!(
            tree.instructions[index].kind,
            InstructionKind::Entrypoint(Command::Exec(_)) | InstructionKind::Cmd(Command::Exec(_))
        ) && external.is_in_last_stage(index)
    };
    if !is_movable(entrypoint) || !is_movable(cmd) {
        return None;
    }
    let fix = ProposedFix::safe("move `ENTRYPOINT` and `CMD` to the end");
    // One that stands there already stays.
    if entrypoint == last {
        return Some(move_blocks(fix, external.document, tree, &[cmd], Spot::Below(last)));
    }
    if cmd == last {
        return Some(move_blocks(fix, external.document, tree, &[entrypoint], Spot::Above(last)));
    }
    Some(move_blocks(fix, external.document, tree, &[entrypoint, cmd], Spot::Apart(last)))
}
