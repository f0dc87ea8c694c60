//! VL610: see `rules/workflow/missing-preflight-output.md`.

use vastlint_model::Document;
use vastlint_syntax::yaml::{Entry, Yaml};

use crate::build_workflow::{Build, matches};
use crate::workflow_values::Target;
use crate::workflows::JOB_KEYS;
use crate::yaml_edits::Editor;
use crate::{Check, Context, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, yaml: &Yaml, sink: &mut Sink<'_>) {
    let Some(build) = context.build(document) else { return };
    let contract = &context.contract.workflow.preflight;
    let Some(job) = build.job(&contract.job) else { return };
    let outputs = yaml.entry(job.value, "outputs");
    let span = yaml.span(outputs.map_or(job.key, |outputs| outputs.key));
    let has = |name: &str| outputs.is_some_and(|outputs| yaml.get(outputs.value, name).is_some());
    if !has(&contract.decision) {
        sink.report(
            document,
            span,
            format!("`{}` has no output `{}`", contract.job, contract.decision),
            format!("no `{}`", contract.decision),
        )
        .why("the other jobs ask for it: an output that does not exist is empty, and nothing is ever built")
        .help(format!(
            "write below `outputs:` of `{}`\n{}: ${{{{ steps.<step>.outputs.{} }}}}",
            contract.job, contract.decision, contract.decision
        ))
        .fix(decided(context, build));
    }
    let names: Vec<&str> = outputs
        .iter()
        .flat_map(|outputs| yaml.entries(outputs.value))
        .filter_map(|entry| yaml.text(entry.key))
        .collect();
    let is_version = |name: &&str| contract.version.iter().any(|pattern| matches(pattern, name));
    if !names.iter().any(is_version) {
        sink.report(
            document,
            span,
            format!("no output of `{}` says which version is built", contract.job),
            "no version and no ref",
        )
        .variant("version")
        .why("`build` tags the image with it and `notify` announces it; without it both guess, or each finds out by itself and they may differ")
        .help(format!(
            "write below `outputs:` of `{}`\n<app>-version: ${{{{ steps.<step>.outputs.resolved-version }}}}",
            contract.job
        ));
    }
}

/// The decision of the one step that makes it, as an output of the job.
fn decided(context: &Context<'_>, build: &Build<'_>) -> Option<ProposedFix> {
    let (yaml, contract) = (build.yaml, &context.contract.workflow.preflight);
    let (job, flow) = (build.job(&contract.job)?, context.flow(build.document)?);
    let exports = flow.exported(flow.job(&contract.job)?, Target::Output, &contract.decision);
    // One that can only go one way is another fault.
    let goes = |way: &str| {
        exports.iter().any(|(_, export)| export.literal.as_deref().is_none_or(|literal| literal == way))
    };
    if !goes("true") || !goes("false") {
        return None;
    }
    let mut ids = exports.iter().map(|&(index, _)| flow.scripts[index].id);
    let id = ids.next()??;
    if ids.any(|other| other != Some(id)) {
        return None;
    }
    let name = &contract.decision;
    let line = format!("{name}: ${{{{ steps.{id}.outputs.{name} }}}}");
    let fix = ProposedFix::safe(format!("write `{line}` below `outputs:` of `{}`", contract.job));
    let editor = Editor::new(build.document, yaml);
    match yaml.entry(job.value, "outputs") {
        Some(outputs) if yaml.is_mapping(outputs.value) => {
            // Under another spelling it is there already.
            let spelt = |entry: &&Entry| {
                yaml.text(entry.key).is_some_and(|key| key.replace('_', "-").eq_ignore_ascii_case(name))
                    && yaml.text(entry.value).is_some_and(|value| line.ends_with(value))
            };
            if let Some(entry) = yaml.entries(outputs.value).iter().find(spelt) {
                let other = yaml.text(entry.key)?;
                let is_read = build.document.text.contains(&format!("outputs.{other}"));
                return (!is_read).then(|| editor.rename(fix, yaml.span(entry.key), other, name)).flatten();
            }
            // The decision stands first.
            let others = yaml.entries(outputs.value).iter().filter_map(|entry| yaml.text(entry.key));
            let order: Vec<&str> = std::iter::once(name.as_str()).chain(others).collect();
            editor.insert(fix, outputs.value, &line, &order)
        }
        Some(outputs) => editor.fill(fix, outputs, &line),
        None => editor.insert(fix, job.value, &format!("outputs:\n  {line}"), &JOB_KEYS),
    }
}
