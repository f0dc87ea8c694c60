//! VL105: see `rules/dockerfile/hard-coded-base.md`.

use vastlint_model::{Document, ImageClass};
use vastlint_syntax::dockerfile::{Dockerfile, ImageReference, Word};

use crate::instruction_edits::in_style;
use crate::stages::{argument_pairs, base_argument, shipped_base, variables};
use crate::{Check, Context, Place, ProposedFix, Sink};

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
        ))
        .fix(with_argument(document, tree, base.word, name));
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

/// Makes the base the default of an argument. One of that name that is there already is used if it has the same default.
pub(crate) fn with_argument(
    document: &Document,
    tree: &Dockerfile,
    word: &Word,
    name: &str,
) -> Option<ProposedFix> {
    let source = &document.text;
    let written = word.text(source);
    let first = tree.stages.first()?.from;
    let mut known = tree.instructions[..first].iter().flat_map(argument_pairs);
    let known = known.find(|pair| pair.key.literal(source) == name);
    let fix = ProposedFix::safe(format!("write `FROM ${{{name}}}`"));
    let fix = fix.replace(document, word.span, format!("${{{name}}}"));
    if let Some(pair) = known {
        let default = pair.value.as_ref().map(|value| value.literal(source));
        return (default == Some(written)).then_some(fix);
    }
    // Below the other arguments, or as a line of its own above the file's first FROM.
    let line = in_style(tree, source, &[format!("ARG {name}={written}")]);
    Some(if let Some(last) = first.checked_sub(1) {
        fix.insert_lines_below(document, tree.instructions[last].span.end, &line)
    } else {
        fix.insert_lines_above(document, tree.instructions[first].span.start, &format!("{line}\n"))
    })
}

/// What to call the argument: `PYTORCH_BASE` for the `PyTorch` image, `VAST_BASE` for the base image.
fn argument_name(image: &str) -> &'static str {
    match ImageReference::parse(image).repository.rsplit('/').next() {
        Some("pytorch") => "PYTORCH_BASE",
        _ => "VAST_BASE",
    }
}
