//! VL122: see `rules/dockerfile/external-shell-not-bash.md`.

use vastlint_model::Document;
use vastlint_syntax::dockerfile::{Command, Dockerfile, Instruction, InstructionKind};

use crate::external::External;
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Dockerfile(check);

const WHY: &str = "without it `RUN` is run by `/bin/sh`, which is dash on Debian and Ubuntu: `set -o pipefail` ends the build there";

fn check(context: &Context<'_>, document: &Document, tree: &Dockerfile, sink: &mut Sink<'_>) {
    let Some(external) = External::of(context, document, tree) else { return };
    let wanted: Vec<String> =
        context.contract.external.shell.iter().map(|word| format!("\"{word}\"")).collect();
    let line = format!("SHELL [{}]", wanted.join(", "));
    let program = context.contract.external.shell.first().map_or("", |path| file_name(path));
    let source = &document.text;
    let mut first_run = None;
    for (index, instruction) in external.instructions() {
        match &instruction.kind {
            InstructionKind::Shell(words) => {
                if words.first().is_some_and(|word| file_name(word.value(source)) == program) {
                    break;
                }
                sink.report(
                    document,
                    instruction.span,
                    format!("`RUN` is not run by {program}"),
                    "sets another shell",
                )
                .why(WHY)
                .help(format!("write `{line}`"));
                return;
            }
            InstructionKind::Run(_) if first_run.is_none() && needs_shell(tree, source, instruction) => {
                first_run = Some(index);
            }
            _ => {}
        }
    }
    let says_so = external
        .instructions()
        .find(|(_, instruction)| matches!(instruction.kind, InstructionKind::Shell(_)));
    match (first_run, says_so) {
        (None, Some(_)) => {}
        (Some(run), Some((_, shell))) => {
            sink.report_at(
                external.place(run),
                format!("this `RUN` stands above `{line}`"),
                "run by the upstream image's shell",
            )
            .related(Place::new(document, shell.span), "comes too late")
            .why(WHY)
            .help(format!("move `{line}` above it"));
        }
        (_, None) => {
            sink.report(
                document,
                external.final_from(),
                format!("the final stage never sets {program} as its shell"),
                "no `SHELL`",
            )
            .why(WHY)
            .help(format!("write `{line}` above the first RUN"));
        }
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Exec form needs no shell, nor does a heredoc that names its program.
fn needs_shell(tree: &Dockerfile, source: &str, instruction: &Instruction) -> bool {
    matches!(instruction.kind, InstructionKind::Run(Command::Shell(_)))
        && tree.shell_text(source, instruction).is_some()
}
