//! VL124: see `rules/dockerfile/unconverted-external-image.md`.

use vastlint_model::Document;
use vastlint_syntax::dockerfile::Dockerfile;

use crate::contract::Conversion;
use crate::external::{External, Handling, What, copy, plain};
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Dockerfile(check);

fn check(context: &Context<'_>, document: &Document, tree: &Dockerfile, sink: &mut Sink<'_>) {
    let Some(external) = External::of(context, document, tree) else { return };
    let conversion = &context.contract.external.conversion;
    let handled = external.conversion(context, conversion);
    let Some(run) = handled.iter().position(|handling| matches!(handling.what, What::Run { .. })) else {
        never_run(&external, conversion, sink);
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

fn never_run(external: &External<'_>, conversion: &Conversion, sink: &mut Sink<'_>) {
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
        .help(format!("write below the copies:\n{}", lines(conversion)));
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
        .help(format!("write `chmod +x {} && \\` above it", conversion.path));
    if let Some(late) = late {
        finding.related(Place::new(late.run, late.command.span), "comes too late");
    }
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
    sink.report(
        document,
        command.span,
        format!("`{}` is not removed where it is run", conversion.path),
        seen,
    )
    .variant("left-behind")
    .why("the script stays in the image, where it serves nobody")
    .help(format!("write `&& rm {}` behind it", conversion.path));
}
