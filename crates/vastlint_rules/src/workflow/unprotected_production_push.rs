//! VL613: see `rules/workflow/unprotected-production-push.md`.

use vastlint_diagnostic::Applicability;
use vastlint_model::Document;
use vastlint_syntax::yaml::{Kind, NodeId, Yaml};

use crate::build_workflow::paths_in;
use crate::workflows::JOB_KEYS;
use crate::yaml_edits::Editor;
use crate::{Check, Context, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, yaml: &Yaml, sink: &mut Sink<'_>) {
    let Some(build) = context.build(document) else { return };
    let contract = &context.contract.workflow.production;
    let Some((name, job)) = contract.jobs.iter().find_map(|name| build.job(name).map(|job| (name, job)))
    else {
        return;
    };
    // What goes to the staging namespace alone needs no guard.
    let secret = format!("secrets.{}", contract.namespace);
    if !reads(yaml, job.value, &secret) {
        return;
    }
    let environment = yaml.entry(job.value, "environment");
    let value = environment.map(|entry| yaml.get(entry.value, "name").unwrap_or(entry.value));
    let text = value.and_then(|value| yaml.text(value)).unwrap_or_default();
    let help = format!("write in the job\nenvironment: {}", contract.expression);
    let editor = Editor::new(document, yaml);
    let message = format!("write `environment: {}` in the job `{name}`", contract.expression);
    let named = environment.map(|entry| yaml.entry(entry.value, "name").unwrap_or(entry));
    if !text.contains(&contract.name) {
        let span = yaml.span(value.unwrap_or(job.key));
        let span = if span.is_empty() { yaml.span(job.key) } else { span };
        sink.report(
            document,
            span,
            format!("the job `{name}` pushes to production without the environment `{}`", contract.name),
            format!("no `environment` that names `{}`", contract.name),
        )
        .why("whoever may start a workflow replaces images that customers run, and no approval is asked for")
        .help(help)
        .fix(match named {
            None => editor.insert(
                ProposedFix::safe(message),
                job.value,
                &format!("environment: {}", contract.expression),
                &JOB_KEYS,
            ),
            Some(entry) if text.is_empty() => {
                editor.set_written(ProposedFix::safe(message), entry, &contract.expression)
            }
            // The other one may hold secrets that the job reads.
            Some(entry) => {
                editor.set(ProposedFix::new(Applicability::Unsafe, message), entry, &contract.expression)
            }
        });
    } else if let Some(value) = value
        && without_blanks(text) != without_blanks(&contract.expression)
    {
        sink.report(
            document,
            yaml.span(value),
            format!("the environment of the job `{name}` is chosen otherwise than the documented way"),
            "another expression",
        )
        .variant("expression")
        .why("scheduled runs should pass and manual ones should be approved; another choice holds up or lets through others")
        .help(help)
        .fix(named.and_then(|entry| {
            editor.set(ProposedFix::new(Applicability::Unsafe, message), entry, &contract.expression)
        }));
    }
}

fn without_blanks(text: &str) -> String {
    text.split_whitespace().collect()
}

/// Whether an expression below a node reads a path.
fn reads(yaml: &Yaml, node: NodeId, path: &str) -> bool {
    let span = yaml.span(node);
    yaml.nodes()
        .filter(|(_, inner)| matches!(inner.kind, Kind::Scalar { .. }) && span.contains_span(inner.span))
        .filter_map(|(id, _)| yaml.text(id))
        .filter(|text| text.contains("secrets"))
        .any(|text| paths_in(text).iter().any(|read| read == path))
}
