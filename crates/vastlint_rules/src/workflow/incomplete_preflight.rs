//! VL611: see `rules/workflow/incomplete-preflight.md`.

use vastlint_model::Document;
use vastlint_syntax::yaml::{Entry, Kind, Yaml};
use vastlint_text::Span;

use crate::build_workflow::{Build, listed, paths_in};
use crate::contract::Preflight;
use crate::workflow_values::Target;
use crate::workflows::checkout_first;
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, yaml: &Yaml, sink: &mut Sink<'_>) {
    let Some(build) = context.build(document) else { return };
    let contract = &context.contract.workflow.preflight;
    let Some(job) = build.job(&contract.job) else { return };
    if yaml.get(job.value, "steps").is_none_or(|steps| yaml.items(steps).is_empty()) {
        return;
    }
    check_checkout(context, build, job, contract, sink);
    check_secrets(context, build, job, sink);
    check_decision(context, build, job, contract, sink);
    check_release(build, job, contract, sink);
}

fn uses(step: &crate::workflows::Step<'_>, action: &str) -> bool {
    step.uses.is_some_and(|uses| {
        let name = uses.name.split('@').next().unwrap_or_default();
        name == action || name.trim_end_matches('/').rsplit('/').next() == Some(action)
    })
}

fn check_checkout(
    context: &Context<'_>,
    build: &Build<'_>,
    job: Entry,
    contract: &Preflight,
    sink: &mut Sink<'_>,
) {
    let steps = build.steps(job);
    let position = steps.iter().position(|step| uses(step, &contract.checkout));
    let (message, span) = match position {
        Some(0) => return,
        Some(_) => (
            format!("`{}` does not fetch the repository first", contract.job),
            build.yaml.span(steps[0].node),
        ),
        None => (format!("`{}` does not fetch the repository", contract.job), build.yaml.span(job.key)),
    };
    sink.report(build.document, build.document.first_line(span), message, format!("no `{}` before it", contract.checkout))
        .why("the actions that look for releases are files of the repository; before it is fetched GitHub finds none of them")
        .help(format!("write as the first step\n- name: Checkout\n  uses: {}@v4", contract.checkout))
        .fix(checkout_first(context, build.document, build.yaml, job.value));
}

fn check_secrets(context: &Context<'_>, build: &Build<'_>, job: Entry, sink: &mut Sink<'_>) {
    let yaml = build.yaml;
    let env = yaml.root().and_then(|root| yaml.get(root, "env"));
    let steps = yaml.get(job.value, "steps");
    let places: Vec<Span> =
        [env, yaml.get(job.value, "env"), steps].into_iter().flatten().map(|node| yaml.span(node)).collect();
    let read: Vec<String> = yaml
        .nodes()
        .filter(|(_, node)| matches!(node.kind, Kind::Scalar { .. }))
        .filter(|(_, node)| places.iter().any(|place| place.contains_span(node.span)))
        .filter_map(|(id, _)| yaml.text(id))
        .filter(|text| text.contains("secrets"))
        .flat_map(paths_in)
        .filter_map(|path| path.strip_prefix("secrets.").map(str::to_owned))
        .collect();
    let required = &context.contract.workflow.secrets.required;
    let missing: Vec<&String> = required.iter().filter(|secret| !read.contains(secret)).collect();
    if !missing.is_empty() {
        sink.report(
            build.document,
            yaml.span(job.key),
            format!("`preflight` does not check the required secrets {}", listed(&missing)),
            "no step asks for them",
        )
        .why("a fork without them goes through the whole build and fails at the push, twice a day")
        .help("write a step that sets an output to `false` where `${{ secrets.<NAME> }}` is empty, and decide by it");
    }
}

fn check_decision(
    context: &Context<'_>,
    build: &Build<'_>,
    job: Entry,
    contract: &Preflight,
    sink: &mut Sink<'_>,
) {
    let yaml = build.yaml;
    let Some(output) = yaml.path(job.value, &["outputs", &contract.decision]) else { return };
    let Some(text) = yaml.text(output) else { return };
    let paths = paths_in(text);
    let names = paths.iter().filter_map(|path| match path.split('.').collect::<Vec<_>>()[..] {
        ["steps", _, "outputs", name] => Some(name.to_owned()),
        _ => None,
    });
    let names: Vec<String> = names.collect();
    let Some(flow) = context.flow(build.document) else { return };
    let Some(number) = flow.job(&contract.job) else { return };
    // Exactly one output of a step, written by scripts that are read.
    let [name] = &names[..] else { return };
    let exports = flow.exported(number, Target::Output, name);
    if paths.len() > 1 || flow.is_opaque(number) || exports.is_empty() {
        return;
    }
    let is = |value: &str| {
        exports.iter().any(|(_, export)| export.literal.as_deref().is_none_or(|literal| literal == value))
    };
    for (value, why) in [("true", "nothing is ever built"), ("false", "every run builds, new version or not")]
    {
        if !is(value) {
            let (index, export) = exports[0];
            let span: Span = export.span;
            sink.report(
                flow.scripts[index].document,
                span,
                format!("no step of `{}` sets `{name}` to `{value}`", contract.job),
                "the only value",
            )
            .why(why)
            .help(format!(
                "write in the branch that decides against it\necho \"{name}={value}\" >> $GITHUB_OUTPUT"
            ));
        }
    }
}

fn check_release(build: &Build<'_>, job: Entry, contract: &Preflight, sink: &mut Sink<'_>) {
    let steps = build.steps(job);
    // Other local actions that look for releases are as good.
    let looks = |action: &&str| action.starts_with("./") && action.contains("release");
    let is_used = contract.release_actions.iter().any(|action| steps.iter().any(|step| uses(step, action)))
        || steps.iter().filter_map(|step| step.uses).any(|uses| looks(&uses.name));
    if !is_used {
        sink.report(
            build.document,
            build.yaml.span(job.key),
            format!("`{}` looks for new versions in its own way", contract.job),
            "no action that checks for releases",
        )
        .variant("own-release-check")
        .why("retries, rate limits and the age of a release are handled once, in the shared actions; here they are handled anew, or not")
        .help(format!("use one of the local actions {}", listed(&contract.release_actions)));
    }
}
