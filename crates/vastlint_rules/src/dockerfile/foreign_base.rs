//! VL103: see `rules/dockerfile/foreign-base.md`.

use vastlint_model::{Document, Image, ImageClass};
use vastlint_syntax::dockerfile::{Dockerfile, ImageReference};

use crate::stages::{base_argument, shipped_base};
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
    let Some(reference) = base.image.as_deref() else { return };
    let parsed = ImageReference::parse(reference);
    let name = parsed.normalized_name();
    if is_accepted(context, image, &name) {
        return;
    }
    let contract = &context.contract.dockerfile.base;
    let accepted: Vec<String> = contract.repositories.iter().map(|name| format!("`{name}`")).collect();
    let accepted = accepted.join(" or ");
    let look_alike = contract.repositories.iter().any(|known| {
        name.split_once('/').is_some_and(|(registry, path)| path == known && registry != "docker.io")
    });
    let shown = reference.split(['@']).next().unwrap_or(reference);
    let (message, why) = if look_alike {
        (
            format!("`{shown}` has the name of Vast's image but comes from another registry"),
            "only the image on Docker Hub is Vast's; one of the same name elsewhere can hold anything, and lacks what the boot needs",
        )
    } else if image.class == ImageClass::PytorchDerived {
        (
            format!("the image is built on `{shown}`, which is not {accepted}"),
            "supervisor, portal, Caddy, `/venv/main` and the boot scripts come from Vast's images: built on another one the instance starts without them",
        )
    } else {
        (
            format!("the image is built on `{shown}`, which is not {accepted}"),
            "supervisor, portal, Caddy and the boot scripts come from Vast's images: built on another one the instance starts without them",
        )
    };
    let finding = sink.report(document, base.word.span, message, "the final image starts from here");
    finding.why(why).help(format!(
        "build on {accepted} with a concrete tag; to wrap an upstream image, follow the pattern for external images",
    ));
    if is_own(image, parsed) {
        finding.variant("own-base");
    } else if name.strip_prefix("docker.io/").is_some_and(|name| in_namespace(name, &contract.namespace)) {
        finding.variant("other-vast-image");
    }
    if let Some(argument) = base_argument(tree, source, &base) {
        finding.related(Place::new(document, argument.span), "its default comes from here");
    }
}

/// Whether the image is one of the documented bases, or one that this repository publishes itself.
fn is_accepted(context: &Context<'_>, image: &Image, name: &str) -> bool {
    let contract = &context.contract.dockerfile.base;
    let Some(repository) = name.strip_prefix("docker.io/") else { return false };
    image.parent.is_some() || contract.repositories.iter().any(|known| known == repository)
}

fn in_namespace(repository: &str, namespace: &str) -> bool {
    repository.split_once('/').is_some_and(|(first, _)| first == namespace)
}

/// Whether the base has the name of the image itself: it is built in two steps.
fn is_own(image: &Image, reference: ImageReference<'_>) -> bool {
    !image.name.is_empty()
        && reference
            .repository
            .rsplit('/')
            .next()
            .is_some_and(|last| last == image.name || last.strip_suffix("-base") == Some(&image.name))
}
