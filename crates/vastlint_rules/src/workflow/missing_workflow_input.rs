//! VL605: see `rules/workflow/missing-workflow-input.md`.

use vastlint_model::Document;
use vastlint_syntax::yaml::Yaml;

use crate::build_workflow::{Build, matches};
use crate::contract::WorkflowInput;
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, yaml: &Yaml, sink: &mut Sink<'_>) {
    let Some(build) = context.build(document) else { return };
    let Some(events) = yaml.root().and_then(|root| yaml.entry(root, "on")) else { return };
    let Some(dispatch) = build.event("workflow_dispatch") else {
        let named = |node| yaml.text(node) == Some("workflow_dispatch");
        if !named(events.value) && !yaml.items(events.value).iter().any(|&item| named(item)) {
            sink.report(
                document,
                yaml.span(events.key),
                "nobody can start this build by hand",
                "no `workflow_dispatch` among the events",
            )
            .why("a build that failed, or a version other than the latest, has to wait for the schedule")
            .help("write `workflow_dispatch:` with its `inputs:` below `on:`");
        } else {
            let missing: Vec<&WorkflowInput> = wanted(context, build).collect();
            report(document, yaml.span(events.value), &missing, sink);
        }
        return;
    };
    let inputs = yaml.entry(dispatch.value, "inputs");
    let declared: Vec<&str> = inputs
        .iter()
        .flat_map(|inputs| yaml.entries(inputs.value))
        .filter_map(|entry| yaml.text(entry.key))
        .collect();
    // What an anchor merges in is found by its name alone.
    let merged = |name: &str| inputs.is_some_and(|inputs| yaml.get(inputs.value, name).is_some());
    let is_declared = |input: &&WorkflowInput| {
        input.names.iter().any(|name| declared.iter().any(|given| matches(name, given)) || merged(name))
    };
    let missing: Vec<&WorkflowInput> = wanted(context, build).filter(|input| !is_declared(input)).collect();
    report(document, yaml.span(inputs.unwrap_or(dispatch).key), &missing, sink);
}

/// The inputs that this workflow has to have.
fn wanted<'a>(context: &'a Context<'_>, build: &Build<'_>) -> impl Iterator<Item = &'a WorkflowInput> {
    let contract = &context.contract.workflow;
    let job = build.job(&context.contract.workflow.matrix_id.jobs[0]);
    let is_native = job.is_some_and(|job| build.is_native(job, &contract.native_axes));
    contract.inputs.iter().filter(move |input| !(input.unless_native && is_native))
}

fn report(document: &Document, span: vastlint_text::Span, missing: &[&WorkflowInput], sink: &mut Sink<'_>) {
    for input in missing {
        let names = input.names.join("` or `");
        let is_pattern = input.names.iter().any(|name| name.contains('*'));
        let finding = sink.report(
            document,
            span,
            format!("the manual run has no input `{names}` for {}", input.purpose),
            format!("no `{names}`"),
        );
        finding
            .why("whoever starts the build by hand has to edit the workflow first, and scripts that start all builds with the same inputs are refused")
            .help(format!("write below `inputs:`\n{}", declaration(input)));
        if is_pattern {
            finding.variant("upstream-version");
        }
    }
}

/// An input as the documents declare it.
fn declaration(input: &WorkflowInput) -> String {
    let name = input.names[0].replace('*', "MY_APP");
    let mut lines =
        vec![format!("{name}:"), format!("  description: \"…\""), format!("  required: {}", input.required)];
    if let Some(default) = &input.default {
        lines.push(format!("  default: {default}"));
    } else if input.default_from.is_some() {
        lines.push("  default: \"<image-name>\"".to_owned());
    }
    lines.extend(input.kind.iter().map(|kind| format!("  type: {kind}")));
    lines.join("\n")
}
