//! VL126: see `rules/dockerfile/overlay-before-conversion.md`.

use vastlint_model::Document;
use vastlint_syntax::dockerfile::{Dockerfile, InstructionKind};

use crate::external::{External, What};
use crate::instruction_edits::{Spot, block, delete_block, move_blocks};
use crate::{Check, Context, Place, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Dockerfile(check);

fn check(context: &Context<'_>, document: &Document, tree: &Dockerfile, sink: &mut Sink<'_>) {
    let Some(external) = External::of(context, document, tree) else { return };
    let Some(overlay) = external.overlay() else { return };
    let conversion = &context.contract.external.conversion;
    let handled = external.conversion(context, conversion);
    let Some(run) = handled.iter().find(|handling| matches!(handling.what, What::Run { .. })) else { return };
    if run.instruction < overlay {
        return;
    }
    sink.report_at(
        external.place(overlay),
        "the image's own overlay is copied before the image is converted",
        "copied too early",
    )
    .related(Place::new(run.run, run.command.span), "the conversion comes later")
    .why(
        "the base's files and the conversion come on top of it: what the image replaces or adds on purpose is \
         overwritten or removed, and each change of the overlay runs the whole conversion again",
    )
    .help("move this `COPY` below the RUN that converts the image")
    .fix(move_below(&external, overlay, run.instruction));
}

/// Moves the overlay below the conversion. Where another one is copied there anyway, this one goes. None where
/// something runs in between, which may use the overlay.
fn move_below(external: &External<'_>, overlay: usize, conversion: usize) -> Option<ProposedFix> {
    let (document, tree) = (external.document, external.tree);
    let source = &document.text;
    if ![overlay, conversion].into_iter().all(|index| external.is_in_last_stage(index)) {
        return None;
    }
    let runs = |index: usize| matches!(tree.instructions[index].kind, InstructionKind::Run(_));
    if (overlay + 1..conversion).any(runs) {
        return None;
    }
    let fix = ProposedFix::safe("move the overlay below the conversion");
    let same = |index: usize| {
        let text = |index: usize| tree.instructions[index].arguments.text(source);
        tree.instructions[index].keyword == tree.instructions[overlay].keyword
            && tree.instructions[index].flags.is_empty() == tree.instructions[overlay].flags.is_empty()
            && text(index) == text(overlay)
    };
    if (conversion + 1..tree.instructions.len()).any(same) {
        return Some(delete_block(fix, document, block(tree, source, overlay)));
    }
    Some(move_blocks(fix, document, tree, &[overlay], Spot::Apart(conversion)))
}
