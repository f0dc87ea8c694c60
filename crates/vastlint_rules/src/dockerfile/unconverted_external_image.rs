//! VL124: see `rules/dockerfile/unconverted-external-image.md`.

use vastlint_model::{Document, Tree};
use vastlint_syntax::dockerfile::{Dockerfile, InstructionKind};
use vastlint_syntax::shell::SimpleCommand;

use crate::command_edits::{insert_before, insert_behind, take_out};
use crate::contract::Conversion;
use crate::external::{External, Handling, Part, What, copy, plain};
use crate::instruction_edits::{Spot, insert_instructions};
use crate::{Check, Context, Place, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Dockerfile(check);

fn check(context: &Context<'_>, document: &Document, tree: &Dockerfile, sink: &mut Sink<'_>) {
    let Some(external) = External::of(context, document, tree) else { return };
    let conversion = &context.contract.external.conversion;
    let handled = external.conversion(context, conversion);
    let Some(run) = handled.iter().position(|handling| matches!(handling.what, What::Run { .. })) else {
        never_run(context, &external, conversion, sink);
        return;
    };
    let by_shell = handled[run].what == What::Run { by_shell: true };
    let prepared = handled[..run].iter().any(|handling| handling.what == What::MadeExecutable);
    if !prepared && !by_shell && !copied_executable(&external, conversion) {
        not_executable(&handled, run, conversion, sink);
    }
    removed(&handled, run, conversion, sink);
}

fn lines(conversion: &Conversion) -> String {
    let path = &conversion.path;
    format!("RUN \\\n    set -euo pipefail && \\\n    chmod +x {path} && \\\n    {path} && \\\n    rm {path}")
}

fn never_run(context: &Context<'_>, external: &External<'_>, conversion: &Conversion, sink: &mut Sink<'_>) {
    let source = &external.document.text;
    let copied = external.instructions().find(|(_, instruction)| {
        copy(instruction).is_some_and(|transfer| {
            transfer.sources.iter().any(|word| plain(word.literal(source)) == conversion.script)
        })
    });
    let (place, seen) = match copied {
        Some((index, _)) => (external.place(index), "copied, and never run"),
        None => (Place::new(external.document, external.final_from()), "this stage is never converted"),
    };
    sink.report_at(place, format!("no `RUN` runs `{}`", conversion.path), seen)
        .why(
            "the upstream image stays what it is: no supervisor, no venv of the portal, no user: the instance \
             does not come up",
        )
        .help(format!("write below the copies:\n{}", lines(conversion)))
        .fix(copied.and_then(|(index, _)| write_run(context, external, conversion, index)));
}

/// Writes the `RUN` where the documents have it, with the arguments that it needs. `copied` is where the script comes in.
fn write_run(
    context: &Context<'_>,
    external: &External<'_>,
    conversion: &Conversion,
    copied: usize,
) -> Option<ProposedFix> {
    let (tree, source) = (external.tree, &*external.document.text);
    let Spot::Apart(mut after) = external.spot(context, Part::Conversion)? else { return None };
    after = after.max(copied);
    let declares = |index: usize, name: &str| match &tree.instructions[index].kind {
        InstructionKind::Arg(pairs) | InstructionKind::Env(pairs) => {
            pairs.iter().any(|pair| pair.key.literal(source) == name)
        }
        _ => false,
    };
    // Its arguments may stand there already.
    while tree.instructions.get(after + 1).is_some()
        && conversion.arguments.iter().any(|name| declares(after + 1, name))
    {
        after += 1;
    }
    let shipped = |index: &usize| *index <= after;
    let is_bash =
        external.shipped.iter().copied().filter(shipped).any(|index| match &tree.instructions[index].kind {
            InstructionKind::Shell(words) => {
                words.first().map(|word| word.value(source))
                    == context.contract.external.shell.first().map(String::as_str)
            }
            _ => false,
        });
    // The overlay belongs below it, and a plain shell would not get through it.
    if !is_bash || external.overlay().is_some_and(|overlay| overlay <= after) {
        return None;
    }
    let mut new: Vec<String> = conversion
        .arguments
        .iter()
        .filter(|name| !external.shipped.iter().copied().filter(shipped).any(|index| declares(index, name)))
        .map(|name| format!("ARG {name}"))
        .collect();
    let is_declared = conversion.arguments.iter().any(|name| declares(after, name));
    let spot = if new.is_empty() && is_declared { Spot::Below(after) } else { Spot::Apart(after) };
    new.push(lines(conversion));
    let fix = ProposedFix::safe(format!("write the RUN that runs `{}`", conversion.path));
    Some(insert_instructions(fix, external.document, tree, spot, &new))
}

/// Whether `COPY --chmod` gives the script its bit.
fn copied_executable(external: &External<'_>, conversion: &Conversion) -> bool {
    let source = &external.document.text;
    external.instructions().any(|(_, instruction)| {
        instruction.flag(source, "chmod").is_some()
            && copy(instruction).is_some_and(|transfer| {
                transfer.sources.iter().any(|word| plain(word.literal(source)) == conversion.script)
            })
    })
}

fn not_executable(handled: &[Handling<'_>], run: usize, conversion: &Conversion, sink: &mut Sink<'_>) {
    let Handling { run: document, command, .. } = &handled[run];
    let late = handled[run..].iter().find(|handling| handling.what == What::MadeExecutable);
    let finding = sink.report(
        document,
        command.span,
        format!("`{}` is run before it is made executable", conversion.path),
        "runs here",
    );
    finding
        .why(
            "whether the build works depends on the mode that the file has in the checkout of whoever builds",
        )
        .help(format!("write `chmod +x {} && \\` above it", conversion.path))
        .fix(make_executable(document, command, late, conversion));
    if let Some(late) = late {
        finding.related(Place::new(late.run, late.command.span), "comes too late");
    }
}

/// Writes `chmod +x` in front of the run; one that comes too late is moved there.
fn make_executable(
    document: &Document,
    command: &SimpleCommand,
    late: Option<&Handling<'_>>,
    conversion: &Conversion,
) -> Option<ProposedFix> {
    let Tree::Shell(script) = &document.tree else { return None };
    let line = format!("chmod +x {}", conversion.path);
    let mut fix = ProposedFix::safe(format!("write `{line}` in front of it"));
    if let Some(late) = late {
        if late.run.id != document.id || document.slice(late.command.span) != line {
            return None;
        }
        fix = fix.delete(document, take_out(script, &document.text, late.command.span)?);
    }
    insert_before(fix, document, script, command.span, &line)
}

fn removed(handled: &[Handling<'_>], run: usize, conversion: &Conversion, sink: &mut Sink<'_>) {
    let Handling { run: document, command, instruction, .. } = &handled[run];
    if let Some(early) = handled[..run].iter().find(|handling| handling.what == What::Removed) {
        sink.report(
            early.run,
            early.command.span,
            format!("`{}` is removed before it is run", conversion.path),
            "removed here",
        )
        .related(Place::new(document, command.span), "runs here")
        .why("the build ends where it is run: the file is gone")
        .help(format!("write `rm {}` behind it", conversion.path));
        return;
    }
    let removed = handled[run..].iter().find(|handling| handling.what == What::Removed);
    if removed.is_some_and(|removed| removed.instruction == *instruction) {
        return;
    }
    let seen = if removed.is_some() { "and removed in another `RUN`" } else { "and stays there" };
    let Tree::Shell(script) = &document.tree else { return };
    let line = format!("rm {}", conversion.path);
    let fix = ProposedFix::safe(format!("write `{line}` behind it"));
    // Removed twice, it would be missing the second time.
    let fix =
        if removed.is_none() { insert_behind(fix, document, script, command.span, &line) } else { None };
    sink.report(
        document,
        command.span,
        format!("`{}` is not removed where it is run", conversion.path),
        seen,
    )
    .variant("left-behind")
    .why("the script stays in the image, where it serves nobody")
    .help(format!("write `&& {line}` behind it"))
    .fix(fix);
}
