//! VL607: see `rules/workflow/missing-workflow-variable.md`.

use vastlint_model::Document;
use vastlint_syntax::yaml::{ScalarStyle, Yaml};

use crate::build_workflow::{Build, is_computed};
use crate::contract::WorkflowVariable;
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, yaml: &Yaml, sink: &mut Sink<'_>) {
    let Some(build) = context.build(document) else { return };
    let contract = &context.contract.workflow;
    let job = build.job(&contract.matrix_id.jobs[0]);
    let is_native = job.is_some_and(|job| build.is_native(job, &contract.native_axes));
    let has_schedule = build.event("schedule").is_some();
    for variable in &contract.environment {
        if variable.unless_native && is_native || variable.unless_unscheduled && !has_schedule {
            continue;
        }
        match variable.names.iter().find_map(|name| build.environment(name).map(|entry| (name, entry))) {
            None => missing(build, variable, sink),
            Some((name, entry)) => {
                let Some(text) = yaml.text(entry.value).filter(|text| !is_computed(text)) else { continue };
                if let Some(value) = variable.value.as_deref().filter(|value| *value != text) {
                    sink.report(document, yaml.span(entry.value), format!("`{name}` is not `{value}`"), format!("must be `{value}`"))
                        .variant("value")
                        .why("scheduled runs build otherwise than every other workflow, and nobody who starts one by hand sees it")
                        .help(format!("write `{}`", variable.example));
                } else if variable.is_age && text.parse::<u64>().is_err() {
                    sink.report(document, yaml.span(entry.value), format!("`{name}` is no number of seconds"), "not a number")
                        .why("the comparison with a release's age fails, and the scheduled run ends or builds nothing")
                        .help(format!("write `{}`", variable.example));
                } else if variable.value.is_some() && is_plain(yaml, entry.value) {
                    sink.report(
                        document,
                        yaml.span(entry.value),
                        format!("`{name}` is written without quotes"),
                        "a boolean, not a text",
                    )
                    .variant("value")
                    .why("YAML reads a boolean; the scripts compare with a text")
                    .help(format!("write `{}`", variable.example));
                }
            }
        }
    }
}

fn is_plain(yaml: &Yaml, node: vastlint_syntax::yaml::NodeId) -> bool {
    yaml.resolve(node).is_some_and(|node| {
        matches!(yaml.node(node).kind, vastlint_syntax::yaml::Kind::Scalar { style: ScalarStyle::Plain, .. })
    })
}

fn missing(build: &Build<'_>, variable: &WorkflowVariable, sink: &mut Sink<'_>) {
    let yaml = build.yaml;
    let env = yaml.root().and_then(|root| yaml.entry(root, "env"));
    let (span, label) = match env {
        Some(env) => (yaml.span(env.key), format!("no `{}` below", variable.names[0])),
        None => (build.jobs_key, "no `env` above".to_owned()),
    };
    let names = variable.names.join("` or `");
    let finding =
        sink.report(build.document, span, format!("the workflow's `env` does not set `{names}`"), label);
    finding
        .why(variable.consequence.clone())
        .help(format!("write below the workflow's `env:`\n{}", variable.example));
    if variable.is_age {
        finding.variant("age-threshold");
    }
}
