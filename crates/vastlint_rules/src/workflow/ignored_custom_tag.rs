//! VL620: see `rules/workflow/ignored-custom-tag.md`.

use std::collections::HashSet;

use vastlint_model::Document;
use vastlint_syntax::yaml::Yaml;

use crate::build_workflow::declares_input;
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, yaml: &Yaml, sink: &mut Sink<'_>) {
    let Some(build) = context.build(document) else { return };
    let contract = &context.contract.workflow.image;
    let Some(input) = contract.tag_inputs.iter().find(|input| declares_input(build, input)) else { return };
    let Some(flow) = context.flow(document) else { return };
    // Two references of one job have one tag.
    let mut seen = HashSet::new();
    for derived in flow.references(contract) {
        if derived.origins.has_unknown || derived.origins.reads(&format!("inputs.{input}")) {
            continue;
        }
        if !seen.insert(derived.script.document.id) {
            continue;
        }
        let declared = build
            .event("workflow_dispatch")
            .and_then(|event| yaml.get(event.value, "inputs"))
            .and_then(|inputs| yaml.key_span(inputs, input));
        let finding = sink.report(
            derived.script.document,
            derived.place,
            format!("the input `{input}` has no say in `{}`", derived.variable),
            "another tag, whatever was asked for",
        );
        finding
            .why("whoever asks for a tag of their own, to try something, replaces the image that customers run")
            .help(format!("write in the step\nIMAGE_TAG=\"${{{{ inputs.{input} }}}}\"\nif [[ -z \"$IMAGE_TAG\" ]]; then\n  IMAGE_TAG=…\nfi"));
        if let Some(declared) = declared {
            finding.related(Place::new(document, declared), "asked for here");
        }
    }
}
