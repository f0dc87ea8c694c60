//! VL615: see `rules/workflow/unexpected-build-runner.md`.

use vastlint_diagnostic::Applicability;
use vastlint_model::Document;
use vastlint_syntax::yaml::{Entry, NodeId, Yaml};

use crate::build_workflow::{Build, is_computed, paths_in};
use crate::yaml_edits::Editor;
use crate::{Check, Context, ProposedFix, Sink};

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
            .help(format!("write `{}`", known.join("` or `")))
            .fix(counterpart(text, known).and_then(|meant| {
                let fix = ProposedFix::new(Applicability::Unsafe, format!("write `{meant}`"));
                Editor::new(document, yaml).set_item(fix, node, meant)
            }));
    }
}

/// The documented runner of the same system and architecture as one of GitHub's other ones, if there is exactly one.
fn counterpart<'k>(runner: &str, known: &'k [String]) -> Option<&'k str> {
    let system = |name: &str| name.split('-').next().unwrap_or_default().to_owned();
    let is_arm = |name: &str| name.ends_with("-arm");
    let version = runner.split('-').nth(1).unwrap_or_default();
    let is_hosted = version == "latest" || version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let mut same =
        known.iter().filter(|known| system(known) == system(runner) && is_arm(known) == is_arm(runner));
    let only = same.next().filter(|_| is_hosted && !version.is_empty())?;
    same.next().is_none().then_some(only)
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
