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

/// A field's name, its least and its greatest value, and the names of its values.
type Field = (&'static str, u32, u32, &'static [&'static str]);

const FIELDS: [Field; 5] = [
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
    for (text, field) in fields.into_iter().zip(&FIELDS) {
        values(text, field)?;
    }
    Ok(())
}

/// The values that a field matches, as bits.
fn values(text: &str, &(name, least, greatest, names): &Field) -> Result<u64, String> {
    let value = |text: &str| {
        let named = names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let number = named.map(|index| index as u32 + least).or_else(|| text.parse().ok());
        number.filter(|number| (least..=greatest).contains(number))
    };
    let mut bits = 0;
    for item in text.split(',') {
        let (range, step) = item.split_once('/').map_or((item, None), |(range, step)| (range, Some(step)));
        let every = step.map_or(Some(1), |step| step.parse::<usize>().ok().filter(|step| *step > 0));
        let range = match range.split_once('-') {
            _ if range == "*" => Some((least, greatest)),
            Some((from, to)) => value(from).zip(value(to)).filter(|(from, to)| from <= to),
            // `5/10` goes on to the end.
            None => value(range).map(|from| (from, if step.is_some() { greatest } else { from })),
        };
        let (Some(every), Some((from, to))) = (every, range) else {
            return Err(format!("`{item}` is no {name}"));
        };
        bits |= (from..=to).step_by(every).fold(0, |bits, value| bits | 1 << value);
    }
    Ok(bits)
}

/// Whether two valid expressions match the same times. A `*` in one of the two fields for days changes how the other
/// is taken, so only equal ones count there.
fn same_times(a: &str, b: &str) -> bool {
    let is_any = |field: &str| field.starts_with('*');
    a.split_whitespace().zip(b.split_whitespace()).zip(&FIELDS).all(|((a, b), field)| {
        let is_day = field.0.starts_with("day");
        values(a, field) == values(b, field) && (!is_day || is_any(a) == is_any(b))
    })
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

    #[test]
    fn equal_times_are_known() {
        let documented = "0 0,12 * * *";
        for same in ["0 */12 * * *", "00 12,0 * * *", "0 0/12 1-31 * *", "0 0-23/12 * JAN-DEC *"] {
            let expected = !same.contains("1-31");
            assert_eq!(same_times(documented, same), expected, "{same}");
        }
        for other in ["0 0 * * *", "0 */6 * * *", "1 0,12 * * *", "0 0,12 * * 1-5"] {
            assert!(!same_times(documented, other), "{other}");
        }
    }
}
