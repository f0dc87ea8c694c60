//! VL619: see `rules/workflow/hard-coded-repository.md`.

use std::collections::HashSet;

use vastlint_diagnostic::Applicability;
use vastlint_model::Document;
use vastlint_syntax::github_expression::{self as expression, ExprKind, Operator};
use vastlint_syntax::yaml::Yaml;
use vastlint_text::Span;

use crate::build_workflow::{Build, declares_input, paths_in};
use crate::contract::ImageReference;
use crate::workflow_values::{Derived, Flow};
use crate::{Check, Context, Place, ProposedFix, Sink};

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
            let assigned = derived.script.assigned(&contract.repository_input);
            check_reference(build, place, &derived, assigned, contract, sink);
        }
    }
}

fn check_reference(
    build: &Build<'_>,
    (document, place): (&Document, Span),
    derived: &Derived<'_, '_>,
    assigned: Option<Span>,
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
        .help(help)
        .fix(assigned.and_then(|assigned| asking_first(build, derived, assigned, contract)));
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
        finding.fix(falling_back(build, document, place, contract));
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

/// Lets the variable that holds the repository ask for the input, where it says the same as the default.
fn asking_first(
    build: &Build<'_>,
    derived: &Derived<'_, '_>,
    assigned: Span,
    contract: &ImageReference,
) -> Option<ProposedFix> {
    let (input, default) = (&contract.repository_input, &contract.repository_default);
    let document = derived.script.document;
    let known = build.yaml.text(build.environment(default)?.value)?;
    let written = document.slice(assigned);
    let value =
        written.strip_prefix(input.as_str()).and_then(|rest| rest.strip_prefix('=')).unwrap_or(written);
    let bare = value.trim_matches(['"', '\'']);
    let from_default = bare
        .strip_prefix("${{")
        .and_then(|rest| rest.strip_suffix("}}"))
        .is_some_and(|inner| inner.trim() == format!("env.{default}"));
    if bare != known && !from_default {
        return None;
    }
    let value = format!("\"${{{{ inputs.{input} || env.{default} }}}}\"");
    let text = if written.starts_with(&format!("{input}=")) { format!("{input}={value}") } else { value };
    Some(ProposedFix::safe(format!("write `{text}`")).replace(document, assigned, text))
}

/// Lets the expression that asks for the input fall back on the default.
fn falling_back(
    build: &Build<'_>,
    document: &Document,
    inner: Span,
    contract: &ImageReference,
) -> Option<ProposedFix> {
    let default = format!("env.{}", contract.repository_default);
    let known = build.yaml.text(build.environment(&contract.repository_default)?.value)?;
    let text = document.slice(inner);
    let parsed = match &expression::find(text)[..] {
        [only] if only.closed => expression::parse(text, only.inner),
        _ => return None,
    };
    let shifted = |span: Span| Span::new(inner.start + span.start, inner.start + span.end);
    let root = parsed.node(parsed.root.filter(|_| parsed.errors.is_empty())?);
    let fix = |applicability| ProposedFix::new(applicability, format!("write `{default}` behind `||`"));
    match &root.kind {
        ExprKind::Property { .. } | ExprKind::Index { .. } => {
            let fix = ProposedFix::safe(format!("write `|| {default}`"));
            Some(fix.insert(document, shifted(root.span).end, format!(" || {default}")))
        }
        ExprKind::Binary { operator: Operator::Or, right: Some(right), .. } => {
            let right = parsed.node(*right);
            let ExprKind::String(value) = &right.kind else { return None };
            // Which of two names is right is not known.
            let applicability = if value == known { Applicability::Safe } else { Applicability::Unsafe };
            Some(fix(applicability).replace(document, shifted(right.span), default.clone()))
        }
        _ => None,
    }
}
