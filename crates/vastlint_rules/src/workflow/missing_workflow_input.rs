//! VL605: see `rules/workflow/missing-workflow-input.md`.

use std::collections::HashMap;
use vastlint_model::Document;

use vastlint_model::Tree;
use vastlint_syntax::yaml::{Entry, Yaml};

use crate::build_workflow::{Build, expressions_that_read, is_computed, matches};
use crate::contract::WorkflowInput;
use crate::yaml_edits::Editor;
use crate::{Check, Context, ProposedFix, Sink};

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
            report(context, build, yaml.span(events.value), None, &missing, sink);
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
    report(context, build, yaml.span(inputs.unwrap_or(dispatch).key), inputs, &missing, sink);
}

/// The inputs that this workflow has to have.
fn wanted<'a>(context: &'a Context<'_>, build: &Build<'_>) -> impl Iterator<Item = &'a WorkflowInput> {
    let contract = &context.contract.workflow;
    let job = build.job(&context.contract.workflow.matrix_id.jobs[0]);
    let is_native = job.is_some_and(|job| build.is_native(job, &contract.native_axes));
    contract.inputs.iter().filter(move |input| !(input.unless_native && is_native))
}

fn report(
    context: &Context<'_>,
    build: &Build<'_>,
    span: vastlint_text::Span,
    inputs: Option<Entry>,
    missing: &[&WorkflowInput],
    sink: &mut Sink<'_>,
) {
    for input in missing {
        let names = input.names.join("` or `");
        let is_pattern = input.names.iter().any(|name| name.contains('*'));
        let finding = sink.report(
            build.document,
            span,
            format!("the manual run has no input `{names}` for {}", input.purpose),
            format!("no `{names}`"),
        );
        finding
            .why("whoever starts the build by hand has to edit the workflow first, and scripts that start all builds with the same inputs are refused")
            .help(format!("write below `inputs:`\n{}", declaration(input)))
            .fix(inputs.and_then(|inputs| added(context, build, inputs, input)));
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

/// The input as the other workflows declare it. Only where the workflow reads it: by itself it would do nothing.
fn added(
    context: &Context<'_>,
    build: &Build<'_>,
    inputs: Entry,
    input: &WorkflowInput,
) -> Option<ProposedFix> {
    let [name] = &input.names[..] else { return None };
    let yaml = build.yaml;
    let is_read = expressions_that_read(yaml, &format!("inputs.{name}")).next().is_some();
    if name.contains('*') || !is_read {
        return None;
    }
    let default = match &input.default_from {
        Some(variable) => {
            let value = yaml.text(build.environment(variable)?.value)?;
            if is_computed(value) || value.is_empty() || value.contains(['"', '\\']) {
                return None;
            }
            Some(format!("\"{value}\""))
        }
        None => input.default.clone(),
    };
    let mut lines = vec![format!("{name}:")];
    let mut described = false;
    for (key, value) in pattern(context, build, name) {
        described |= key == "description";
        match &*key {
            "description" => lines.push(format!("  description: {value}")),
            "type" if input.kind.is_none() => lines.push(format!("  type: {value}")),
            _ => {}
        }
    }
    if !described {
        let mut purpose = input.purpose.clone();
        if let Some(first) = purpose.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        lines.insert(1, format!("  description: \"{purpose}\""));
    }
    // In the order of the documents: what is said for people, whether it is needed, its default, its type.
    let at = lines.iter().position(|line| line.starts_with("  type:")).unwrap_or(lines.len());
    let mut between = vec![format!("  required: {}", input.required)];
    between.extend(default.map(|default| format!("  default: {default}")));
    between.extend(input.kind.iter().map(|kind| format!("  type: {kind}")));
    lines.splice(at..at, between);
    let order: Vec<&str> =
        context.contract.workflow.inputs.iter().flat_map(|input| &input.names).map(String::as_str).collect();
    let fix = ProposedFix::safe(format!("declare the input `{name}`"));
    let editor = Editor::new(build.document, yaml);
    let lines = lines.join("\n");
    if yaml.is_mapping(inputs.value) {
        editor.insert(fix, inputs.value, &lines, &order)
    } else {
        editor.fill(fix, inputs, &lines)
    }
}

/// The keys of the input with their values as written, in the form that most other workflows give it.
fn pattern(context: &Context<'_>, build: &Build<'_>, name: &str) -> Vec<(String, String)> {
    let mut forms: HashMap<Vec<(String, String)>, (usize, usize)> = HashMap::new();
    for (index, workflow) in context.project.workflows.iter().enumerate() {
        let document = context.project.document(workflow.document);
        let (Tree::Yaml(yaml), Some(root)) = (
            &document.tree,
            context.build(document).and_then(|_| {
                let Tree::Yaml(yaml) = &document.tree else { return None };
                yaml.root()
            }),
        ) else {
            continue;
        };
        let input = yaml.path(root, &["on", "workflow_dispatch", "inputs", name]);
        let Some(input) = input.filter(|_| document.id != build.document.id) else { continue };
        let form = yaml.entries(input).iter().map(|entry| {
            let key = yaml.text(entry.key).unwrap_or_default();
            (key.to_owned(), document.slice(yaml.span(entry.value)).to_owned())
        });
        let form: Vec<_> =
            form.filter(|(_, value)| !value.contains('\n') && !value.starts_with('*')).collect();
        forms.entry(form).or_insert((0, index)).0 += 1;
    }
    let most = forms.into_iter().max_by_key(|(_, (count, first))| (*count, usize::MAX - first));
    most.map(|(form, _)| form).unwrap_or_default()
}
