//! VL618: see `rules/workflow/misassembled-image-reference.md`.

use vastlint_model::Document;
use vastlint_syntax::yaml::Yaml;

use crate::workflow_values::Derived;
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, _yaml: &Yaml, sink: &mut Sink<'_>) {
    let Some(_build) = context.build(document) else { return };
    let Some(flow) = context.flow(document) else { return };
    for derived in flow.references(&context.contract.workflow.image) {
        if !derived.origins.has_unknown {
            check_reference(&derived, sink);
        }
    }
}

fn check_reference(derived: &Derived<'_, '_>, sink: &mut Sink<'_>) {
    let (variable, document) = (derived.variable, derived.script.document);
    let namespace = derived.namespace;
    let help =
        format!("write `{variable}=\"${{{{ secrets.{namespace} }}}}/${{DOCKERHUB_REPO}}:${{IMAGE_TAG}}\"`");
    if !derived.origins.reads(&format!("secrets.{namespace}")) {
        sink.report(
            document,
            derived.place,
            format!("`{variable}` does not take its namespace from `secrets.{namespace}`"),
            "another namespace",
        )
        .why("the image goes where nobody looks for it, and a fork pushes to a namespace that is not its own, or fails because it may not")
        .help(help);
        return;
    }
    // What is put together here has a colon for the tag; what another variable holds was seen there.
    let text = derived.place.text(&document.text);
    let value = text.split_once('=').map_or(text, |(_, value)| value);
    if value.contains('/') && !without_expansions(value).contains(':') {
        sink.report(document, derived.place, format!("`{variable}` has no tag"), "no `:` and no tag behind the repository")
            .why("a reference without a tag means `latest`: every build replaces the last one, and variants replace each other")
            .help(help);
    }
}

/// A text without what stands in braces, so that `${X:-y}` and `${{ … }}` have no say.
fn without_expansions(text: &str) -> String {
    let mut depth = 0_u32;
    let outside = |character: &char| {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
    };
    text.chars().filter(outside).collect()
}
