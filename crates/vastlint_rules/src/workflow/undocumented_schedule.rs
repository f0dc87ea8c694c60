//! VL601: see `rules/workflow/undocumented-schedule.md`.

use vastlint_model::Document;
use vastlint_syntax::yaml::Yaml;

use crate::cron::{same_times, validate};
use crate::{Check, Context, Sink};

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
        .filter_map(|&item| yaml.get(item, "cron"))
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
        .help(format!("write below `on:`\n  schedule:\n    - cron: '{documented}'"));
    }
    for cron in schedules {
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
                .help(format!("write `- cron: '{documented}'`"));
                continue;
            }
            sink.report(
                document,
                yaml.span(cron),
                "the build runs on another schedule than the documented one",
                format!("the documents say `{documented}`"),
            )
            .why("images fall behind upstream, or builds crowd the runners, unnoticed by those who rely on the documented times")
            .help(format!("write `- cron: '{documented}'`"));
        }
    }
}

fn is_documented(expression: &str, documented: &[String]) -> bool {
    let fields = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    documented.iter().any(|known| fields(known) == fields(expression))
}
