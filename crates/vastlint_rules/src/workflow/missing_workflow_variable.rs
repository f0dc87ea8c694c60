//! VL607: see `rules/workflow/missing-workflow-variable.md`.

use vastlint_diagnostic::Applicability;
use vastlint_model::Document;
use vastlint_syntax::yaml::{ScalarStyle, Yaml};

use crate::build_workflow::{Build, expressions_that_read, is_computed};
use crate::contract::WorkflowVariable;
use crate::cron::{in_words, longest_gap};
use crate::yaml_edits::Editor;
use crate::{Check, Context, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, yaml: &Yaml, sink: &mut Sink<'_>) {
    let Some(build) = context.build(document) else { return };
    let contract = &context.contract.workflow;
    let job = build.job(&contract.matrix_id.jobs[0]);
    let is_native = job.is_some_and(|job| build.is_native(job, &contract.native_axes));
    let has_schedule = build.event("schedule").is_some();
    for variable in &contract.environment {
        if variable.unless_native && is_native || variable.unless_unscheduled && !has_schedule {
            continue;
        }
        match variable.names.iter().find_map(|name| build.environment(name).map(|entry| (name, entry))) {
            None => missing(context, build, variable, sink),
            Some((name, entry)) => {
                let Some(text) = yaml.text(entry.value).filter(|text| !is_computed(text)) else { continue };
                let write = |applicability, value: &str| {
                    let fix = ProposedFix::new(applicability, format!("write `{name}: {value}`"));
                    Editor::new(document, yaml).set_written(fix, entry, value)
                };
                if let Some(value) = variable.value.as_deref().filter(|value| *value != text) {
                    sink.report(document, yaml.span(entry.value), format!("`{name}` is not `{value}`"), format!("must be `{value}`"))
                        .variant("value")
                        .why("scheduled runs build otherwise than every other workflow, and nobody who starts one by hand sees it")
                        .help(format!("write `{}`", variable.example))
                        .fix(write(Applicability::Unsafe, &format!("\"{value}\"")));
                } else if variable.is_age && text.parse::<u64>().is_err() {
                    sink.report(document, yaml.span(entry.value), format!("`{name}` is no number of seconds"), "not a number")
                        .why("the comparison with a release's age fails, and the scheduled run ends or builds nothing")
                        .help(format!("write `{}`", variable.example));
                } else if variable.value.is_some() && is_plain(yaml, entry.value) {
                    sink.report(
                        document,
                        yaml.span(entry.value),
                        format!("`{name}` is written without quotes"),
                        "a boolean, not a text",
                    )
                    .variant("value")
                    .why("YAML reads a boolean; the scripts compare with a text")
                    .help(format!("write `{}`", variable.example))
                    .fix(write(Applicability::Safe, &format!("\"{text}\"")));
                }
            }
        }
    }
}

fn is_plain(yaml: &Yaml, node: vastlint_syntax::yaml::NodeId) -> bool {
    yaml.resolve(node).is_some_and(|node| {
        matches!(yaml.node(node).kind, vastlint_syntax::yaml::Kind::Scalar { style: ScalarStyle::Plain, .. })
    })
}

fn missing(context: &Context<'_>, build: &Build<'_>, variable: &WorkflowVariable, sink: &mut Sink<'_>) {
    let yaml = build.yaml;
    let env = yaml.root().and_then(|root| yaml.entry(root, "env"));
    let (span, label) = match env {
        Some(env) => (yaml.span(env.key), format!("no `{}` below", variable.names[0])),
        None => (build.jobs_key, "no `env` above".to_owned()),
    };
    let names = variable.names.join("` or `");
    let finding =
        sink.report(build.document, span, format!("the workflow's `env` does not set `{names}`"), label);
    finding
        .why(variable.consequence.clone())
        .help(format!("write below the workflow's `env:`\n{}", variable.example))
        .fix(added(context, build, variable));
    if variable.is_age {
        finding.variant("age-threshold");
    }
}

/// The variable with the value that the rest of the workflow gives it.
fn added(context: &Context<'_>, build: &Build<'_>, variable: &WorkflowVariable) -> Option<ProposedFix> {
    let yaml = build.yaml;
    let contract = &context.contract.workflow;
    let is_read = |name: &&String| expressions_that_read(yaml, &format!("env.{name}")).next().is_some();
    let name = variable.names.iter().find(is_read);
    let (line, applicability) = if variable.is_age {
        let gap = scheduled_gap(build)?;
        let name = name.unwrap_or(&variable.names[0]);
        let line = format!("{name}: {gap}  # {}, in seconds", in_words(gap));
        (line, if is_read(&name) { Applicability::Safe } else { Applicability::Unsafe })
    } else if let Some(value) = &variable.value {
        // Where nothing asks for it, it would say what nobody does.
        (format!("{}: \"{value}\"", name?), Applicability::Safe)
    } else {
        // The same as what somebody who starts the build by hand is offered.
        let name = &variable.names[0];
        let input = contract.inputs.iter().find(|input| input.default_from.as_ref() == Some(name))?;
        let path = ["on", "workflow_dispatch", "inputs", &*input.names[0], "default"];
        let default = yaml.text(yaml.path(yaml.root()?, &path)?)?;
        if default.is_empty() || is_computed(default) || default.contains(['"', '\\']) {
            return None;
        }
        (format!("{name}: \"{default}\""), Applicability::Safe)
    };
    let fix = ProposedFix::new(applicability, format!("write `{line}` below the workflow's `env:`"));
    let editor = Editor::new(build.document, yaml);
    let order: Vec<&str> =
        contract.environment.iter().flat_map(|variable| &variable.names).map(String::as_str).collect();
    let env = yaml.root().and_then(|root| yaml.entry(root, "env"));
    match env {
        Some(env) if yaml.is_mapping(env.value) => editor.insert(fix, env.value, &line, &order),
        Some(env) => editor.fill(fix, env, &line),
        None => {
            let jobs = yaml.entry(yaml.root()?, "jobs")?;
            editor.insert_section_above(fix, jobs.key, &format!("env:\n  {line}"))
        }
    }
}

/// The longest time between two scheduled runs.
fn scheduled_gap(build: &Build<'_>) -> Option<u64> {
    let yaml = build.yaml;
    let schedule = build.event("schedule")?;
    let crons = yaml.items(schedule.value).iter().filter_map(|&item| yaml.get(item, "cron"));
    longest_gap(&crons.filter_map(|cron| yaml.text(cron)).collect::<Vec<_>>())
}
