//! VL127: see `rules/dockerfile/wrong-external-entrypoint.md`.

use vastlint_model::Document;
use vastlint_syntax::dockerfile::{Command, Dockerfile, InstructionKind};

use crate::contract::ExternalImages;
use crate::external::External;
use crate::{Check, Context, Sink};

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
    check_entrypoint(&external, entrypoint, contract, sink);
    check_command(&external, cmd, entrypoint.is_some(), contract, sink);
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
        .help(format!("write at the end:\n{line}\n{}", exec_form("CMD", &contract.command)));
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
        .help(format!("write `{line}`"));
}

fn check_command(
    external: &External<'_>,
    cmd: Option<(usize, &Command)>,
    has_entrypoint: bool,
    contract: &ExternalImages,
    sink: &mut Sink<'_>,
) {
    let line = exec_form("CMD", &contract.command);
    match cmd {
        Some((_, command)) if is_exec(command, &external.document.text, &contract.command) => {}
        Some((index, _)) => {
            sink.report_at(external.place(index), format!("`CMD` is not `{line}`"), "goes to the entrypoint as arguments")
                .why("the entrypoint is given arguments that it was not written for, and may run them instead of waiting")
                .help(format!("write `{line}`; the program is started by supervisor"));
        }
        // Where there is no entrypoint, one finding says both.
        None if !has_entrypoint => {}
        None => {
            sink.report(
                external.document,
                external.final_from(),
                format!("the final image does not say `{line}`"),
                "no `CMD`",
            )
            .variant("no-command")
            .why("that the upstream image's arguments are gone is left to a side effect of `ENTRYPOINT`")
            .help(format!("write `{line}` below `ENTRYPOINT`"));
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
        .help("let `ENTRYPOINT` and then `CMD` end the file");
}
