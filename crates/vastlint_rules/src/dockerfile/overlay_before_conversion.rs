//! VL126: see `rules/dockerfile/overlay-before-conversion.md`.

use vastlint_model::Document;
use vastlint_syntax::dockerfile::Dockerfile;

use crate::external::{External, What};
use crate::{Check, Context, Place, Sink};

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
    .help("move this `COPY` below the RUN that converts the image");
}
