//! VL601: see `rules/workflow/undocumented-schedule.md`.

use vastlint_model::Document;
use vastlint_syntax::yaml::Yaml;

use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, yaml: &Yaml, sink: &mut Sink<'_>) {
    if !context.project.is_build_workflow(document) {
        return;
    }
    let contract = &context.contract.cron;
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
            sink.report(
                document,
                yaml.span(cron),
                format!("`{expression}` is no cron expression: {fault}"),
                fault,
            )
            .variant("invalid")
            .why("GitHub refuses the workflow, or never starts it")
            .help("write five fields: minute, hour, day of the month, month, day of the week");
        } else if !contract.expressions.is_empty() && !is_documented(expression, &contract.expressions) {
            let documented = contract.expressions.join("` or `");
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

/// The least and the greatest value, and the names, of each field.
const FIELDS: [(&str, u32, u32, &[&str]); 5] = [
    ("minute", 0, 59, &[]),
    ("hour", 0, 23, &[]),
    ("day of the month", 1, 31, &[]),
    ("month", 1, 12, &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]),
    ("day of the week", 0, 6, &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]),
];

/// Checks an expression as GitHub reads it: five fields of lists, ranges and steps; no `@daily`.
fn validate(expression: &str) -> Result<(), String> {
    let fields: Vec<&str> = expression.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        return Err(format!("it has {} fields, not five", fields.len()));
    }
    for (field, (name, least, greatest, names)) in fields.into_iter().zip(FIELDS) {
        let value = |text: &str| {
            let named = names.iter().position(|name| name.eq_ignore_ascii_case(text));
            let number = named.map(|index| index as u32 + least).or_else(|| text.parse().ok());
            number.filter(|number| (least..=greatest).contains(number))
        };
        for item in field.split(',') {
            let (range, step) =
                item.split_once('/').map_or((item, None), |(range, step)| (range, Some(step)));
            let is_step = step.is_none_or(|step| step.parse::<u32>().is_ok_and(|step| step > 0));
            let is_range = range == "*"
                || match range.split_once('-') {
                    Some((from, to)) => {
                        matches!((value(from), value(to)), (Some(from), Some(to)) if from <= to)
                    }
                    None => value(range).is_some(),
                };
            if !is_step || !is_range {
                return Err(format!("`{item}` is no {name}"));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_read_as_github_reads_them() {
        for good in ["0 0,12 * * *", "*/15 1-5 1 JAN-MAR sun", "0 0 * * 1-5", "0/10 * * * *"] {
            assert_eq!(validate(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "0 0 * *",
            "60 * * * *",
            "@daily",
            "0 24 * * *",
            "0 0 0 * *",
            "a * * * *",
            "*/0 * * * *",
            "5-1 * * * *",
            "0 0 * * 7",
        ] {
            assert!(validate(bad).is_err(), "{bad}");
        }
    }
}
