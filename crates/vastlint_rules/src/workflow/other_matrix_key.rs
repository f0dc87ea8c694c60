//! VL616: see `rules/workflow/other-matrix-key.md`.

use vastlint_model::Document;
use vastlint_syntax::yaml::Yaml;

use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, yaml: &Yaml, sink: &mut Sink<'_>) {
    let Some(build) = context.build(document) else { return };
    let contract = &context.contract.workflow;
    let Some(job) = build.job(&contract.matrix_id.jobs[0]) else { return };
    let Some(strategy) = yaml.get(job.value, "strategy") else { return };
    let Some(matrix) = yaml.entry(strategy, "matrix") else { return };
    let key = &contract.build.matrix_key;
    let included = yaml.get(matrix.value, "include").map(|list| yaml.items(list)).unwrap_or_default();
    let has_key =
        yaml.get(matrix.value, key).is_some() || included.iter().any(|&item| yaml.get(item, key).is_some());
    if !yaml.is_mapping(matrix.value) || yaml.entries(matrix.value).is_empty() || has_key {
        return;
    }
    sink.report(
        document,
        yaml.span(matrix.key),
        format!("the matrix of the job `build` has no key `{key}`"),
        format!("no `{key}`"),
    )
    .why("who adds a variant or moves all images to a new base looks for that key in every workflow, and misses this one")
    .help(format!("write below `matrix:`\n{key}:\n  - <the base image>"));
}
