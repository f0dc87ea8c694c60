//! VL604: see `rules/workflow/underived-matrix-id.md`.

use vastlint_model::{Document, Origin, Tree};
use vastlint_syntax::shell::Script;
use vastlint_syntax::yaml::{Entry, NodeId, Yaml};
use vastlint_text::Span;

use crate::contract::MatrixId;
use crate::matrix_id::{
    Derivation, Input, Source, derivations_in, goes_through, has_filters_somewhere, input_of,
};
use crate::workflows::job;
use crate::{Check, Context, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, yaml: &Yaml, sink: &mut Sink<'_>) {
    if context.build(document).is_none() {
        return;
    }
    let contract = &context.contract.workflow.matrix_id;
    let jobs: Vec<Entry> = contract.jobs.iter().filter_map(|name| job(yaml, name)).collect();
    // A job that calls another workflow derives its id there, out of sight; a half-written one is the parser's business.
    let unknown = |job: &Entry| !yaml.is_mapping(job.value) || yaml.get(job.value, "uses").is_some();
    if jobs.is_empty() || jobs.iter().any(unknown) {
        return;
    }
    let steps = Steps::of(context, document, yaml, &jobs);
    let mut derivations = 0;
    for environment in environments(yaml, &jobs, &steps) {
        let Some(entry) = yaml.entry(environment, &contract.variable) else { continue };
        derivations += 1;
        if yaml.text(entry.value).is_some_and(|text| !text.contains("${{")) {
            let span = yaml.span(entry.key).cover(yaml.span(entry.value));
            let message = format!("`{}` is a fixed text", contract.variable);
            report(document, span, message, FIXED, None, contract, sink);
        }
    }
    let mut may_derive = steps.out_of_sight;
    for &(step, script) in &steps.scripts {
        let found = derivations_in(script, &step.text, contract);
        may_derive |= found.is_empty() && has_filters_somewhere(script, &step.text, contract);
        for derivation in found {
            derivations += 1;
            let axis = axis_of(context, document, yaml, &jobs, step);
            check_derivation(step, &derivation, axis, contract, sink);
        }
    }
    if derivations == 0 && !may_derive {
        let names: Vec<String> = contract.jobs.iter().map(|name| format!("`{name}`")).collect();
        let message = format!("no step of {} derives `{}`", names.join(" or "), contract.variable);
        sink.report(
            document,
            yaml.span(jobs[0].key),
            message,
            format!("`{}` is never set here", contract.variable),
        )
        .why("the artifacts of the variants get one name, and all but one tag are lost to `collect-tags`")
        .help(example(contract));
    }
}

const FIXED: &str = "the same for every entry of the matrix";

fn example(contract: &MatrixId) -> String {
    let (variable, filters) = (&contract.variable, contract.filters.join(" | "));
    format!(
        "write in the step that derives the tag\n{variable}=$(echo \"${{{{ matrix.base_image }}}}\" | {filters})\necho \"{variable}=${variable}\" >> $GITHUB_ENV"
    )
}

fn report(
    document: &Document,
    span: Span,
    message: String,
    label: &str,
    fix: Option<ProposedFix>,
    contract: &MatrixId,
    sink: &mut Sink<'_>,
) {
    sink.report(document, span, message, label)
        .fix(fix)
        .why("artifact names are built from it: two variants of one name overwrite each other, and a tag is lost")
        .help(example(contract));
}

/// What runs in the jobs.
struct Steps<'a> {
    /// The steps themselves.
    nodes: Vec<NodeId>,
    /// Their shell, and that of the local actions that they use.
    scripts: Vec<(&'a Document, &'a Script)>,
    /// Whether something may happen that is not known here: an action that is not at hand, or a language that is not
    /// read.
    out_of_sight: bool,
}

impl<'a> Steps<'a> {
    fn of(context: &'a Context<'_>, document: &'a Document, yaml: &Yaml, jobs: &[Entry]) -> Self {
        let mut steps = Self { nodes: Vec::new(), scripts: Vec::new(), out_of_sight: false };
        let nodes = jobs.iter().filter_map(|job| yaml.get(job.value, "steps"));
        steps.nodes =
            nodes.flat_map(|list| yaml.items(list)).filter_map(|&step| yaml.resolve(step)).collect();
        for &step in &steps.nodes {
            if let Some(action) = yaml.get(step, "uses").and_then(|uses| yaml.text(uses)) {
                let Some(folder) = action.strip_prefix("./") else { continue };
                match local_action(context, folder) {
                    Some(action) => steps.scripts.extend(scripts_in(context, action)),
                    None => steps.out_of_sight = true,
                }
                continue;
            }
            let span = yaml.span(step);
            let before = steps.scripts.len();
            steps.scripts.extend(scripts_in(context, document).filter(|(script, _)| {
                matches!(script.origin, Origin::Embedded { place, .. } if span.contains_span(place))
            }));
            let variable = &context.contract.workflow.matrix_id.variable;
            let speaks_of_it = || {
                yaml.get(step, "run").and_then(|run| yaml.text(run)).is_some_and(|run| run.contains(variable))
            };
            steps.out_of_sight |= steps.scripts.len() == before && speaks_of_it();
        }
        steps
    }
}

fn scripts_in<'a>(
    context: &'a Context<'_>,
    document: &Document,
) -> impl Iterator<Item = (&'a Document, &'a Script)> {
    context.project.embedded(document.id).filter_map(|inner| match &inner.tree {
        Tree::Shell(script) => Some((inner, script)),
        _ => None,
    })
}

fn local_action<'a>(context: &'a Context<'_>, folder: &str) -> Option<&'a Document> {
    let folder = folder.trim_end_matches('/');
    context.project.documents.iter().find(|document| {
        let name = document.path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/'));
        document.is_file() && matches!(name, Some("action.yml" | "action.yaml"))
    })
}

/// Every `env:` that the steps see.
fn environments(yaml: &Yaml, jobs: &[Entry], steps: &Steps<'_>) -> Vec<NodeId> {
    let of_jobs = jobs.iter().map(|job| job.value);
    let places = yaml.root().into_iter().chain(of_jobs).chain(steps.nodes.iter().copied());
    places.filter_map(|place| yaml.get(place, "env")).collect()
}

fn check_derivation(
    step: &Document,
    derivation: &Derivation<'_>,
    axis: Option<&str>,
    contract: &MatrixId,
    sink: &mut Sink<'_>,
) {
    let variable = &contract.variable;
    let filters = contract.filters.join(" | ");
    let (message, label) = match derivation.source {
        Source::Unknown => return,
        Source::Fixed => (format!("`{variable}` is a fixed text"), FIXED),
        Source::Other => (format!("`{variable}` is not derived by `{filters}`"), "derived in another way"),
        Source::Pipeline(pipeline) if !goes_through(pipeline, &step.text, &contract.filters) => {
            (format!("`{variable}` is not derived by `{filters}`"), "goes through other filters")
        }
        Source::Pipeline(pipeline) => match input_of(pipeline, &step.text) {
            Input::Varying => return,
            Input::Fixed => (format!("`{variable}` is derived from a fixed text"), FIXED),
            Input::SameForAll => (format!("`{variable}` is not derived from the matrix value"), FIXED),
        },
    };
    let fix = axis.and_then(|axis| derived(step, derivation, axis, contract));
    report(step, derivation.span, message, label, fix, contract, sink);
}

/// The one axis of the matrix of the job that a step belongs to. Of several axes one alone does not tell the entries
/// apart, and additions may have the same value twice.
fn axis_of<'y>(
    context: &Context<'_>,
    document: &Document,
    yaml: &'y Yaml,
    jobs: &[Entry],
    step: &Document,
) -> Option<&'y str> {
    let Origin::Embedded { place, .. } = step.origin else { return None };
    if context.project.outermost(step.id).id != document.id {
        return None;
    }
    let job = jobs.iter().find(|job| yaml.span(job.value).contains_span(place))?;
    let matrix = yaml.path(job.value, &["strategy", "matrix"])?;
    let [axis] = yaml.entries(matrix) else { return None };
    let name = yaml.text(axis.key)?;
    let values = yaml.items(axis.value);
    let is_text = !values.is_empty() && values.iter().all(|&value| yaml.text(value).is_some());
    (is_text && !matches!(name, "include" | "exclude" | "<<")).then_some(name)
}

/// The documented derivation, in the place of another one.
fn derived(
    step: &Document,
    derivation: &Derivation<'_>,
    axis: &str,
    contract: &MatrixId,
) -> Option<ProposedFix> {
    let variable = &contract.variable;
    let written = step.slice(derivation.span);
    let value = format!("$(echo \"${{{{ matrix.{axis} }}}}\" | {})", contract.filters.join(" | "));
    let assigned = format!("{variable}={value}");
    let text = if written.starts_with(&format!("{variable}=")) {
        assigned.clone()
    } else if written.starts_with(&format!("\"{variable}=")) && written.ends_with('"') {
        format!("\"{assigned}\"")
    } else {
        return None;
    };
    // `printf "ID=%s"` has its value in another word.
    let is_plain = !written.contains('%') && !written.contains('\n');
    let fix = ProposedFix::safe(format!("write `{assigned}`"));
    is_plain.then(|| fix.replace(step, derivation.span, text))
}
