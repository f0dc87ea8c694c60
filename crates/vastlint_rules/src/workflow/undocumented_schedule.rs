//! VL601: see `rules/workflow/undocumented-schedule.md`.

use vastlint_diagnostic::Applicability;
use vastlint_model::Document;
use vastlint_syntax::yaml::{Entry, Yaml};

use crate::cron::{longest_gap, same_times, validate};
use crate::yaml_edits::Editor;
use crate::{Check, Context, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, yaml: &Yaml, sink: &mut Sink<'_>) {
    if !context.project.is_build_workflow(document) {
        return;
    }
    let contract = &context.contract.workflow.cron;
    let Some(events) = yaml.root().and_then(|root| yaml.entry(root, "on")) else { return };
    let schedules: Vec<_> = yaml
        .get(events.value, "schedule")
        .into_iter()
        .flat_map(|schedule| yaml.items(schedule))
        .filter_map(|&item| yaml.entry(item, "cron"))
        .collect();
    if schedules.is_empty() && contract.required {
        let documented = contract.expressions.first().map_or("0 0 * * *", String::as_str);
        sink.report(
            document,
            yaml.span(events.key),
            "the build has no schedule",
            "no `schedule` among the events",
        )
        .why("new upstream versions are built only when somebody starts the workflow by hand")
        .help(format!("write below `on:`\n  schedule:\n    - cron: '{documented}'"))
        .fix(added(context, document, yaml, events, documented));
    }
    let is_only = schedules.len() == 1;
    for entry in schedules {
        let cron = entry.value;
        let Some(expression) = yaml.text(cron) else { continue };
        if let Err(fault) = validate(expression) {
            let message = if expression.trim().is_empty() {
                "the schedule has no cron expression".to_owned()
            } else {
                format!("`{expression}` is no cron expression: {fault}")
            };
            // Of a value that is left out there is nothing to show but its key.
            let span = yaml.span(cron);
            let span = if span.is_empty() { yaml.span(events.key) } else { span };
            sink.report(document, span, message, fault)
                .variant("invalid")
                .why("GitHub refuses the workflow, or never starts it")
                .help("write five fields: minute, hour, day of the month, month, day of the week");
        } else if !contract.expressions.is_empty() && !is_documented(expression, &contract.expressions) {
            let documented = contract.expressions.join("` or `");
            if contract.expressions.iter().any(|known| same_times(known, expression)) {
                sink.report(
                    document,
                    yaml.span(cron),
                    "the documented schedule is written in another way",
                    format!("the documents write `{documented}`"),
                )
                .variant("spelling")
                .why("the times are right, but who searches the workflows for the documented schedule misses this one")
                .help(format!("write `- cron: '{documented}'`"))
                .fix(contract.expressions.first().filter(|_| is_only).and_then(|documented| {
                    let fix = ProposedFix::safe(format!("write `- cron: '{documented}'`"));
                    Editor::new(document, yaml).set(fix, entry, documented)
                }));
                continue;
            }
            sink.report(
                document,
                yaml.span(cron),
                "the build runs on another schedule than the documented one",
                format!("the documents say `{documented}`"),
            )
            .why("images fall behind upstream, or builds crowd the runners, unnoticed by those who rely on the documented times")
            .help(format!("write `- cron: '{documented}'`"))
            .fix(contract.expressions.first().filter(|_| is_only).and_then(|documented| {
                let message = format!("write `- cron: '{documented}'`");
                let fix = ProposedFix::new(Applicability::Unsafe, message);
                let fits = ages_fit(context, document, documented);
                fits.then(|| Editor::new(document, yaml).set(fix, entry, documented)).flatten()
            }));
        }
    }
}

/// Whether the ages up to which releases count as new fit to a schedule. Where they do not, it is chosen on purpose.
fn ages_fit(context: &Context<'_>, document: &Document, expression: &str) -> bool {
    let (Some(build), Some(gap)) = (context.build(document), longest_gap(&[expression])) else {
        return false;
    };
    let ages = context.contract.workflow.environment.iter().filter(|variable| variable.is_age);
    let mut entries = ages.flat_map(|variable| &variable.names).filter_map(|name| build.environment(name));
    entries.all(|entry| {
        let age = build.yaml.text(entry.value).and_then(|text| text.parse::<u64>().ok());
        age.is_some_and(|age| (gap..gap * 2).contains(&age))
    })
}

/// The schedule among the events. Not where a comment has one: it was switched off.
fn added(
    context: &Context<'_>,
    document: &Document,
    yaml: &Yaml,
    events: Entry,
    documented: &str,
) -> Option<ProposedFix> {
    let is_switched_off = yaml.comments.iter().any(|comment| document.slice(*comment).contains("cron:"));
    if is_switched_off || !ages_fit(context, document, documented) {
        return None;
    }
    let message = format!("write `schedule:` with `- cron: '{documented}'` below `on:`");
    let fix = ProposedFix::new(Applicability::Unsafe, message);
    let lines = format!("schedule:\n  - cron: '{documented}'");
    Editor::new(document, yaml).insert(fix, events.value, &lines, &["schedule", "workflow_dispatch"])
}

fn is_documented(expression: &str, documented: &[String]) -> bool {
    let fields = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    documented.iter().any(|known| fields(known) == fields(expression))
}
