//! VL608: see `rules/workflow/age-threshold-off-schedule.md`.

use vastlint_model::Document;
use vastlint_syntax::yaml::Yaml;

use crate::cron::longest_gap;
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, yaml: &Yaml, sink: &mut Sink<'_>) {
    let Some(build) = context.build(document) else { return };
    let Some(schedule) = build.event("schedule") else { return };
    let crons: Vec<_> =
        yaml.items(schedule.value).iter().filter_map(|&item| yaml.get(item, "cron")).collect();
    let expressions: Vec<&str> = crons.iter().filter_map(|&cron| yaml.text(cron)).collect();
    let (Some(gap), Some(&cron)) = (longest_gap(&expressions), crons.first()) else { return };
    let ages = context.contract.workflow.environment.iter().filter(|variable| variable.is_age);
    for name in ages.flat_map(|variable| &variable.names) {
        let Some(entry) = build.environment(name) else { continue };
        let Some(age) = yaml.text(entry.value).and_then(|text| text.parse::<u64>().ok()) else { continue };
        let (runs, threshold) = (in_words(gap), in_words(age));
        let schedule = Place::new(document, yaml.span(cron));
        if age < gap {
            sink.report(
                document,
                yaml.span(entry.value),
                format!("`{name}` is {threshold}, but the schedule leaves up to {runs} between two runs"),
                format!("shorter than {runs}"),
            )
            .variant("missed-release")
            .related(schedule, format!("up to {runs} between two runs"))
            .why("a release that comes out right after a run is too old at the next one, and is never built")
            .help(format!("write `{name}: {gap}`, or schedule the build more often"));
        } else if age >= gap * 2 {
            sink.report(
                document,
                yaml.span(entry.value),
                format!("`{name}` is {threshold}, but the build is scheduled every {runs}"),
                format!("{} times as long as {runs}", age / gap),
            )
            .related(schedule, format!("every {runs}"))
            .why("the same release counts as new at several runs, and is built and announced each time")
            .help(format!("write `{name}: {gap}`"));
        }
    }
}

fn in_words(seconds: u64) -> String {
    let (number, unit) = match seconds {
        0..3600 => (seconds / 60, "minute"),
        _ if seconds < 48 * 3600 || !seconds.is_multiple_of(24 * 3600) => (seconds / 3600, "hour"),
        _ => (seconds / (24 * 3600), "day"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}
