//! VL619: see `rules/workflow/hard-coded-repository.md`.

use std::collections::HashSet;

use vastlint_model::Document;
use vastlint_syntax::yaml::Yaml;
use vastlint_text::Span;

use crate::build_workflow::{Build, declares_input, paths_in};
use crate::contract::ImageReference;
use crate::workflow_values::{Derived, Flow};
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, _yaml: &Yaml, sink: &mut Sink<'_>) {
    let Some(build) = context.build(document) else { return };
    let contract = &context.contract.workflow.image;
    let Some(flow) = context.flow(document) else { return };
    // Two references of one job take it from the same place.
    let mut seen = HashSet::new();
    for derived in flow.references(contract) {
        let place = asking(flow, &derived, &contract.repository_input)
            .unwrap_or((derived.script.document, derived.place));
        if !derived.origins.has_unknown && seen.insert(derived.script.document.id) {
            check_reference(build, place, &derived, contract, sink);
        }
    }
}

fn check_reference(
    build: &Build<'_>,
    (document, place): (&Document, Span),
    derived: &Derived<'_, '_>,
    contract: &ImageReference,
    sink: &mut Sink<'_>,
) {
    let (input, default) = (&contract.repository_input, &contract.repository_default);
    let asks = derived.origins.reads(&format!("inputs.{input}"));
    let falls_back = derived.origins.reads(&format!("env.{default}"));
    let help = format!("write `{input}=\"${{{{ inputs.{input} || env.{default} }}}}\"`");
    if !asks && declares_input(build, input) {
        sink.report(
            document,
            place,
            format!("the input `{input}` has no say in `{}`", derived.variable),
            "does not ask for it",
        )
        .why("whoever tries a build in a repository of their own pushes to the real one")
        .help(help);
    } else if asks && !falls_back {
        let finding = sink.report(
            document,
            place,
            format!("the repository of scheduled runs does not come from `env.{default}`"),
            format!("no `env.{default}`"),
        );
        finding
            .why("the name stands in two places: changed in one of them, scheduled runs go on pushing to the other repository")
            .help(help);
        if let Some(entry) = build.environment(default) {
            finding.related(Place::new(build.document, build.yaml.span(entry.key)), "set here, and not used");
        }
    }
}

/// The expression that asks for the input.
fn asking<'a>(flow: &Flow<'a>, derived: &Derived<'_, 'a>, input: &str) -> Option<(&'a Document, Span)> {
    let path = format!("inputs.{input}");
    derived.origins.pieces.iter().find_map(|&(index, span)| {
        let script = &flow.scripts[index];
        let mut inside = script.expressions_in(span);
        let found = inside.find(|inner| paths_in(inner.text(&script.document.text)).contains(&path))?;
        Some((script.document, found))
    })
}
