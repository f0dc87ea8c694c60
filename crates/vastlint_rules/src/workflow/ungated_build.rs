//! VL612: see `rules/workflow/ungated-build.md`.

use vastlint_diagnostic::Applicability;
use vastlint_model::Document;
use vastlint_syntax::github_expression::{self as expression, ExprKind, Operator};
use vastlint_syntax::yaml::{Entry, Yaml};
use vastlint_text::Span;

use crate::build_workflow::{Build, paths_in_condition};
use crate::workflows::{JOB_KEYS, needs, wait_for};
use crate::yaml_edits::Editor;
use crate::{Check, Context, ProposedFix, Sink};

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
        .help(format!("write `needs: {}` in the job", contract.job))
        .fix(waiting(context, build, job, &path));
        return;
    }
    let condition = yaml.entry(job.value, "if");
    let text = condition.and_then(|condition| yaml.text(condition.value)).unwrap_or_default();
    let help = format!("write in the job `if: {path} == 'true'`");
    let span = yaml.span(condition.map_or(job.key, |condition| condition.value));
    if !paths_in_condition(text).contains(&path) {
        sink.report(document, span, format!("the job `{name}` does not ask whether to build"), format!("`{path}` is not asked for"))
            .why("every scheduled run builds and pushes, whether there is a new version or not, and where secrets are missing it fails")
            .help(help)
            .fix(asking(context, build, job, &path));
    } else if !compares(text, &path) {
        sink.report(
            document,
            span,
            format!("the job `{name}` builds even if `{}` is `false`", contract.decision),
            "not compared with `'true'`",
        )
        .why("an output is a text, and any text that is not empty counts as true: `'false'`, too")
        .help(help)
        .fix(asking(context, build, job, &path));
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

/// Lets a job wait for `preflight`, and ask for its decision if it does not yet.
fn waiting(context: &Context<'_>, build: &Build<'_>, job: Entry, path: &str) -> Option<ProposedFix> {
    let (document, yaml) = (build.document, build.yaml);
    let preflight = context.contract.workflow.preflight.job.as_str();
    let order: Vec<&str> = build.jobs.iter().filter_map(|job| yaml.text(job.key)).collect();
    let message = format!("write `needs: {preflight}`");
    let condition = yaml.entry(job.value, "if").and_then(|entry| yaml.text(entry.value));
    match condition {
        Some(text) if compares(text, path) => {
            wait_for(ProposedFix::safe(message), document, yaml, job, &[preflight], &order)
        }
        Some(_) => None,
        None if !build.decides(&context.contract.workflow.preflight) => None,
        None => {
            let fix = ProposedFix::safe(format!("{message} and `if: {path} == 'true'`"));
            let editor = Editor::new(document, yaml);
            if yaml.entry(job.value, "needs").is_none() {
                let lines = format!("needs: {preflight}\nif: {path} == 'true'");
                return editor.insert(fix, job.value, &lines, &JOB_KEYS);
            }
            let fix = wait_for(fix, document, yaml, job, &[preflight], &order)?;
            editor.insert(fix, job.value, &format!("if: {path} == 'true'"), &JOB_KEYS)
        }
    }
}

/// Lets a job that waits for `preflight` ask for its decision.
fn asking(context: &Context<'_>, build: &Build<'_>, job: Entry, path: &str) -> Option<ProposedFix> {
    let (document, yaml) = (build.document, build.yaml);
    let editor = Editor::new(document, yaml);
    let wanted = format!("{path} == 'true'");
    let write = |applicability, text: &str| ProposedFix::new(applicability, format!("write `if: {text}`"));
    let Some(condition) = yaml.entry(job.value, "if") else {
        let fix = write(Applicability::Safe, &wanted);
        let is_declared = build.decides(&context.contract.workflow.preflight);
        return is_declared
            .then(|| editor.insert(fix, job.value, &format!("if: {wanted}"), &JOB_KEYS))
            .flatten();
    };
    let text = yaml.text(condition.value)?;
    if text.contains('\n') {
        return None;
    }
    if text.trim().is_empty() {
        let is_declared = build.decides(&context.contract.workflow.preflight);
        return is_declared
            .then(|| editor.set_written(write(Applicability::Safe, &wanted), condition, &wanted))
            .flatten();
    }
    let inner = match &expression::find(text)[..] {
        [] => Span::from_range(0..text.len()),
        [only] if only.closed && text.trim().len() == only.span.len() as usize => only.inner,
        _ => return None,
    };
    let parsed = expression::parse(text, inner);
    if !parsed.errors.is_empty() {
        return None;
    }
    let around = |written: &str| {
        let (before, behind) = (&text[..inner.start as usize], &text[inner.end as usize..]);
        let blank = if before.is_empty() { "" } else { " " };
        format!("{before}{blank}{written}{blank}{behind}")
    };
    if paths_in_condition(text).iter().any(|read| read == path) {
        // Alone, or joined to others: there a comparison binds tighter.
        let place = operand(&parsed, parsed.root?, text, path)?;
        let mut compared = text.to_owned();
        compared.insert_str(place.end as usize, " == 'true'");
        return editor.set(write(Applicability::Safe, &compared), condition, &compared);
    }
    // Another output of that job may be meant for it, and misspelt.
    let prefix = format!("needs.{}.", context.contract.workflow.preflight.job);
    let reads_other = paths_in_condition(text).iter().any(|read| read.starts_with(&prefix));
    if reads_other || !build.decides(&context.contract.workflow.preflight) {
        return None;
    }
    let own = inner.text(text).trim();
    let joins =
        parsed.nodes().any(|(_, node)| matches!(node.kind, ExprKind::Binary { operator: Operator::Or, .. }));
    let own = if joins { format!("({own})") } else { own.to_owned() };
    let joined = around(&format!("{wanted} && {own}"));
    editor.set(write(Applicability::Unsafe, &joined), condition, &joined)
}

/// Where the path stands as an operand of `&&` and `||`, or as the whole.
fn operand(parsed: &expression::Parsed, id: expression::ExprId, text: &str, path: &str) -> Option<Span> {
    let node = parsed.node(id);
    if let ExprKind::Binary { operator: Operator::And | Operator::Or, left, right } = &node.kind {
        return operand(parsed, *left, text, path).or_else(|| operand(parsed, (*right)?, text, path));
    }
    let is_path = parsed.references(text).iter().any(|reference| {
        let names: Vec<&str> = reference.segments.iter().map(|segment| segment.name.as_str()).collect();
        reference.span == node.span && names.join(".") == path
    });
    is_path.then_some(node.span)
}
