//! VL615: see `rules/workflow/unexpected-build-runner.md`.

use vastlint_model::Document;
use vastlint_syntax::yaml::{Entry, NodeId, Yaml};

use crate::build_workflow::{Build, is_computed, paths_in};
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, yaml: &Yaml, sink: &mut Sink<'_>) {
    let Some(build) = context.build(document) else { return };
    let contract = &context.contract.workflow;
    let Some(job) = build.job(&contract.matrix_id.jobs[0]) else { return };
    let Some(runner) = yaml.entry(job.value, "runs-on") else { return };
    let known = &contract.build.runners;
    for node in runners(build, job, runner) {
        let Some(text) = yaml.text(node) else { continue };
        if is_computed(text) || known.iter().any(|known| known == text) {
            continue;
        }
        sink.report(document, yaml.span(node), format!("the job `build` runs on `{text}`"), "another runner")
            .why("paths, free disk and tools differ from runner to runner; what frees disk here is written for the documented one")
            .help(format!("write `{}`", known.join("` or `")));
    }
}

/// The texts that name the runners: of the job, or of the entries of its matrix that the job takes them from.
fn runners(build: &Build<'_>, job: Entry, runner: Entry) -> Vec<NodeId> {
    let yaml = build.yaml;
    let Some(text) = yaml.text(runner.value) else {
        return yaml.items(runner.value).to_vec();
    };
    let Some(matrix) = build.matrix(job) else { return vec![runner.value] };
    let paths = paths_in(text);
    let [path] = &paths[..] else { return vec![runner.value] };
    match path.split('.').collect::<Vec<_>>()[..] {
        ["matrix", axis] => {
            let values = yaml.get(matrix, axis).map(|axis| yaml.items(axis).to_vec()).unwrap_or_default();
            let included = yaml.get(matrix, "include").map(|list| yaml.items(list)).unwrap_or_default();
            values.into_iter().chain(included.iter().filter_map(|&item| yaml.get(item, axis))).collect()
        }
        ["matrix", axis, key] => {
            let values = yaml.get(matrix, axis).map(|axis| yaml.items(axis)).unwrap_or_default();
            values.iter().filter_map(|&item| yaml.get(item, key)).collect()
        }
        _ => Vec::new(),
    }
}
