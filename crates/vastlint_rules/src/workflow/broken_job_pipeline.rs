//! VL602: see `rules/workflow/broken-job-pipeline.md`.

use vastlint_model::Document;
use vastlint_syntax::yaml::Yaml;

use crate::workflows::jobs;
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, yaml: &Yaml, sink: &mut Sink<'_>) {
    if context.build(document).is_none() {
        return;
    }
    let Some((jobs_key, jobs)) = jobs(yaml) else { return };
    let contract = &context.contract.workflow.jobs;
    let pipeline = contract.pipeline.join(" → ");
    let rank = |name: &str| contract.pipeline.iter().position(|job| job == name);

    let missing: Vec<&String> = contract
        .pipeline
        .iter()
        .filter(|name| jobs.iter().all(|entry| yaml.text(entry.key) != Some(name.as_str())))
        .collect();
    if !missing.is_empty() {
        let plural = if missing.len() == 1 { "job" } else { "jobs" };
        let names = missing.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        sink.report(
            document,
            jobs_key,
            format!("the pipeline lacks the {plural} {names}"),
            format!("no {names} below"),
        )
        .why(missing_consequence(missing[0]))
        .help(format!(
            "every build workflow has the jobs {pipeline}; copy the missing one from another workflow"
        ));
    }

    let mut highest = None;
    for entry in jobs {
        let Some(name) = yaml.text(entry.key) else { continue };
        let span = yaml.span(entry.key);
        match rank(name) {
            Some(rank) => {
                if let Some((before, earlier)) = highest.filter(|&(before, _)| rank < before) {
                    let that: &String = &contract.pipeline[before];
                    sink.report(document, span, format!("the job `{name}` stands below `{that}`"), format!("belongs above `{that}`"))
                        .related(Place::new(document, earlier), "stands first")
                        .why("every other workflow is read from top to bottom as it runs; here a reviewer looks for the job in the wrong place")
                        .help(format!("write the jobs in this order: {pipeline}"));
                } else {
                    highest = Some((rank, span));
                }
            }
            None if !contract.extra.iter().any(|extra| extra == name) => {
                sink.report(document, span, format!("`{name}` is no job of the documented pipeline"), "not documented")
                    .variant("extra-job")
                    .why("tags, notification and permissions are wired for the documented jobs; another one is left out of them")
                    .help(format!("do its work in one of {pipeline}"));
            }
            None => {}
        }
    }
}

fn missing_consequence(job: &str) -> &'static str {
    match job {
        "preflight" => {
            "without it every run builds, new version or not, and fails late where a secret is missing"
        }
        "build" => "without it nothing is built",
        "collect-tags" => "without it nobody learns which tags were pushed",
        _ => "without it a failed build goes unnoticed",
    }
}
