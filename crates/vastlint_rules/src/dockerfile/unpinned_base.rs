//! VL104: see `rules/dockerfile/unpinned-base.md`.

use vastlint_model::{Document, ImageClass};
use vastlint_syntax::dockerfile::{Dockerfile, ImageReference};

use crate::stages::{base_argument, shipped_base};
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Dockerfile(check);

fn check(context: &Context<'_>, document: &Document, tree: &Dockerfile, sink: &mut Sink<'_>) {
    let image = context.project.image_of(document.id);
    let derived = |class| matches!(class, ImageClass::Derivative | ImageClass::PytorchDerived);
    if !image.is_some_and(|image| derived(image.class)) {
        return;
    }
    let source = &document.text;
    let Some(base) = shipped_base(tree, source) else { return };
    let Some(reference) = base.image.as_deref() else { return };
    let parsed = ImageReference::parse(reference);
    let contract = &context.contract.dockerfile.base;
    if parsed.digest.is_some() || parsed.is_scratch() {
        return;
    }
    let tag = parsed.tag.unwrap_or_default();
    let (message, undated) = if tag.is_empty() {
        (format!("the base `{reference}` has no tag"), false)
    } else if is_floating(tag, &contract.floating_tags) {
        (format!("the tag `{tag}` of the base is moved to another image from time to time"), false)
    } else if !has_date(tag) {
        (format!("the tag `{tag}` of the base carries no date"), true)
    } else {
        return;
    };
    let finding = sink.report(document, base.word.span, message, "not pinned");
    if undated {
        finding
            .variant("undated")
            .why("the tag is pushed anew whenever the base is rebuilt: the same commit gives another image next week")
            .help(format!("name the build: `{tag}-YYYY-MM-DD` with the date of a published base"));
    } else {
        finding
            .why("the image changes under the same commit: a build that was tested yesterday ships another base today, and nobody can tell which")
            .help("name a concrete tag, such as `vastai/pytorch:2.9.1-cu128-cuda-12.9-mini-py312`, or a digest");
    }
    if let Some(argument) = base_argument(tree, source, &base) {
        finding.related(Place::new(document, argument.span), "its default comes from here");
    }
}

/// Whether a tag is one of those, or starts with `latest-`.
fn is_floating(tag: &str, floating: &[String]) -> bool {
    floating.iter().any(|name| name == tag) || tag.split(['-', '_']).any(|part| part == "latest")
}

/// Whether a date stands in a tag: `2026-08-21` or `20260821`.
fn has_date(tag: &str) -> bool {
    let digits = |part: &str, length| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = tag.split(['-', '.', '_']).collect();
    let in_parts = parts.windows(3).any(|date| {
        digits(date[0], 4) && date[0].starts_with("20") && digits(date[1], 2) && digits(date[2], 2)
    });
    in_parts || parts.iter().any(|part| digits(part, 8) && part.starts_with("20"))
}

#[cfg(test)]
mod tests {
    use super::has_date;

    #[test]
    fn dates_are_known_in_tags() {
        for dated in ["cuda-12.9-mini-py312-2026-08-21", "2026-08-21", "v1-20260821"] {
            assert!(has_date(dated), "{dated}");
        }
        for undated in [
            "2.9.1-cu128-cuda-12.9-mini-py312",
            "latest",
            "multi-210-291-271",
            "cuda-12.1.1-cudnn8-devel-ubuntu22.04",
        ] {
            assert!(!has_date(undated), "{undated}");
        }
    }
}
