//! VL122: see `rules/dockerfile/external-shell-not-bash.md`.

use vastlint_model::Document;
use vastlint_syntax::dockerfile::{Command, Dockerfile, Instruction, InstructionKind, JsonString};

use crate::external::{External, Part};
use crate::instruction_edits::{block, delete_block, in_style, insert_instructions};
use crate::{Check, Context, Place, ProposedFix, Sink};

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
                .help(format!("write `{line}`"))
                .fix(name_bash(context, document, words).filter(|_| first_run.is_none()));
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
        (Some(run), Some((late, shell))) => {
            sink.report_at(
                external.place(run),
                format!("this `RUN` stands above `{line}`"),
                "run by the upstream image's shell",
            )
            .related(Place::new(document, shell.span), "comes too late")
            .why(WHY)
            .help(format!("move `{line}` above it"))
            .fix(move_up(context, &external, run, late));
        }
        (_, None) => {
            sink.report(
                document,
                external.final_from(),
                format!("the final stage never sets {program} as its shell"),
                "no `SHELL`",
            )
            .why(WHY)
            .help(format!("write `{line}` above the first RUN"))
            .fix(write(context, &external, &line, first_run));
        }
    }
}

/// Shells that bash takes the place of without a difference for what they run.
const PLAIN_SHELLS: &[&str] = &["sh", "dash", "ash"];

/// Names the documented shell in the place of a plain one; its options stay.
fn name_bash(context: &Context<'_>, document: &Document, words: &[JsonString]) -> Option<ProposedFix> {
    let program = words.first()?;
    let wanted = context.contract.external.shell.first()?;
    let is_plain = PLAIN_SHELLS.contains(&file_name(program.value(&document.text)));
    let fix = ProposedFix::safe(format!("write `{wanted}`"));
    is_plain.then(|| fix.replace(document, program.span, format!("\"{wanted}\"")))
}

/// Writes the line where the documents have it.
fn write(
    context: &Context<'_>,
    external: &External<'_>,
    line: &str,
    first_run: Option<usize>,
) -> Option<ProposedFix> {
    let spot = external.spot(context, Part::Shell)?;
    // A stage of this file that the last one is built on runs something already.
    if first_run.is_some_and(|run| !external.is_in_last_stage(run) || !spot.is_above(run)) {
        return None;
    }
    let fix = ProposedFix::safe(format!("write `{line}`"));
    Some(insert_instructions(fix, external.document, external.tree, spot, &[line.to_owned()]))
}

/// Moves a `SHELL` that comes too late right above the `RUN` that needs it.
fn move_up(context: &Context<'_>, external: &External<'_>, run: usize, late: usize) -> Option<ProposedFix> {
    let (document, tree) = (external.document, external.tree);
    let source = &document.text;
    let spot = external.spot(context, Part::Shell);
    let is_sound = external.is_in_last_stage(run) && external.is_in_last_stage(late);
    let line = tree.instructions[late].span.text(source);
    if !is_sound || line.contains('\n') || spot.is_none() {
        return None;
    }
    let fix = ProposedFix::safe(format!("move `{line}` above this RUN"));
    let fix = delete_block(fix, document, block(tree, source, late));
    let line = in_style(tree, source, &[line.to_owned()]);
    Some(fix.insert_lines_above(document, tree.instructions[run].span.start, &line))
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Exec form needs no shell, nor does a heredoc that names its program.
fn needs_shell(tree: &Dockerfile, source: &str, instruction: &Instruction) -> bool {
    matches!(instruction.kind, InstructionKind::Run(Command::Shell(_)))
        && tree.shell_text(source, instruction).is_some()
}
