//! VL105: see `rules/dockerfile/hard-coded-base.md`.

use vastlint_model::{Document, ImageClass};
use vastlint_syntax::dockerfile::{Dockerfile, ImageReference};

use crate::stages::{base_argument, shipped_base, variables};
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Dockerfile(check);

fn check(context: &Context<'_>, document: &Document, tree: &Dockerfile, sink: &mut Sink<'_>) {
    let Some(image) = context.project.image_of(document.id) else { return };
    if !matches!(image.class, ImageClass::Derivative | ImageClass::PytorchDerived) {
        return;
    }
    let source = &document.text;
    let Some(base) = shipped_base(tree, source) else { return };
    let written = base.word.text(source);
    if variables(written).is_empty() {
        let name = argument_name(written);
        sink.report(
            document,
            base.word.span,
            format!("the base `{written}` is written into the FROM"),
            "not an argument",
        )
        .why("the build matrix hands the base in as a build argument: this FROM ignores it, so every entry of the matrix builds the same image")
        .help(format!(
            "write `ARG {name}={written}` above the first FROM, and `FROM ${{{name}}}` here"
        ));
        return;
    }
    // A FROM that names no argument at all is another fault.
    let Some(argument) = base_argument(tree, source, &base) else { return };
    if argument.value.as_ref().is_some_and(|value| !value.literal(source).is_empty()) {
        return;
    }
    let name = argument.key.literal(source);
    sink.report(document, argument.span, format!("the base argument `{name}` has no default"), "no default")
        .variant("no-default")
        .related(Place::new(document, base.word.span), "this FROM has no image unless a build hands one in")
        .why("`docker build` in this folder fails with a blank base name, and nobody can read here what the image is built on")
        .help(format!("write `ARG {name}=vastai/pytorch:2.9.1-cu128-cuda-12.9-mini-py312`, or the base that the build matrix names"));
}

/// What to call the argument: `PYTORCH_BASE` for the `PyTorch` image, `VAST_BASE` for the base image.
fn argument_name(image: &str) -> &'static str {
    match ImageReference::parse(image).repository.rsplit('/').next() {
        Some("pytorch") => "PYTORCH_BASE",
        _ => "VAST_BASE",
    }
}
