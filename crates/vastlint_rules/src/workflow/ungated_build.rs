//! VL612: see `rules/workflow/ungated-build.md`.

use vastlint_model::Document;
use vastlint_syntax::github_expression::{self as expression, ExprKind, Operator};
use vastlint_syntax::yaml::{Entry, Yaml};
use vastlint_text::Span;

use crate::build_workflow::{Build, paths_in_condition};
use crate::workflows::needs;
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, yaml: &Yaml, sink: &mut Sink<'_>) {
    let Some(build) = context.build(document) else { return };
    let contract = &context.contract.workflow;
    let preflight = &contract.preflight.job;
    // Without it there is nothing to wait for.
    if build.jobs.iter().all(|job| yaml.text(job.key) != Some(preflight)) {
        return;
    }
    for name in &contract.build.gated {
        let Some(job) = build.jobs.iter().find(|job| yaml.text(job.key) == Some(name)) else { continue };
        if yaml.is_mapping(job.value) {
            check_job(context, build, *job, name, sink);
        }
    }
}

fn check_job(context: &Context<'_>, build: &Build<'_>, job: Entry, name: &str, sink: &mut Sink<'_>) {
    let (document, yaml) = (build.document, build.yaml);
    let contract = &context.contract.workflow.preflight;
    let path = format!("needs.{}.outputs.{}", contract.job, contract.decision);
    if needs(yaml, job).iter().all(|need| need.name != contract.job) {
        let span = yaml.key_span(job.value, "needs").unwrap_or(yaml.span(job.key));
        sink.report(
            document,
            span,
            format!("the job `{name}` does not wait for `{}`", contract.job),
            format!("no `{}`", contract.job),
        )
        .why("it starts at once, and what it reads from the outputs of that job is empty")
        .help(format!("write `needs: {}` in the job", contract.job));
        return;
    }
    let condition = yaml.entry(job.value, "if");
    let text = condition.and_then(|condition| yaml.text(condition.value)).unwrap_or_default();
    let help = format!("write in the job `if: {path} == 'true'`");
    let span = yaml.span(condition.map_or(job.key, |condition| condition.value));
    if !paths_in_condition(text).contains(&path) {
        sink.report(document, span, format!("the job `{name}` does not ask whether to build"), format!("`{path}` is not asked for"))
            .why("every scheduled run builds and pushes, whether there is a new version or not, and where secrets are missing it fails")
            .help(help);
    } else if !compares(text, &path) {
        sink.report(
            document,
            span,
            format!("the job `{name}` builds even if `{}` is `false`", contract.decision),
            "not compared with `'true'`",
        )
        .why("an output is a text, and any text that is not empty counts as true: `'false'`, too")
        .help(help);
    }
}

/// Whether a condition compares the path with a text, or turns it into a boolean.
fn compares(text: &str, path: &str) -> bool {
    let inners: Vec<Span> = if text.contains("${{") {
        expression::find(text).into_iter().map(|found| found.inner).collect()
    } else {
        vec![Span::from_range(0..text.len())]
    };
    inners.into_iter().any(|inner| {
        let parsed = expression::parse(text, inner);
        let is_path = |span: Span| {
            parsed.references(text).iter().any(|reference| {
                let names: Vec<&str> =
                    reference.segments.iter().map(|segment| segment.name.as_str()).collect();
                reference.span == span && names.join(".") == path
            })
        };
        parsed.nodes().any(|(_, node)| match &node.kind {
            ExprKind::Binary { operator: Operator::Equal | Operator::NotEqual, left, right: Some(right) } => {
                let (left, right) = (parsed.node(*left), parsed.node(*right));
                let wanted = if matches!(node.kind, ExprKind::Binary { operator: Operator::Equal, .. }) {
                    "true"
                } else {
                    "false"
                };
                let is_text = |kind: &ExprKind| matches!(kind, ExprKind::String(value) if value == wanted);
                is_path(left.span) && is_text(&right.kind) || is_path(right.span) && is_text(&left.kind)
            }
            ExprKind::Call { arguments, .. } => {
                arguments.iter().any(|argument| is_path(parsed.node(*argument).span))
            }
            _ => false,
        })
    })
}
