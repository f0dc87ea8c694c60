//! VL608: see `rules/workflow/age-threshold-off-schedule.md`.

use vastlint_diagnostic::Applicability;
use vastlint_model::Document;
use vastlint_syntax::yaml::{Entry, Yaml};

use vastlint_text::Span;

use crate::cron::{in_words, longest_gap};
use crate::fix::full_lines;
use crate::yaml_edits::Editor;
use crate::{Check, Context, Place, ProposedFix, Sink};

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
            .help(format!("write `{name}: {gap}`, or schedule the build more often"))
            .fix(fitting(document, yaml, entry, name, gap));
        } else if age >= gap * 2 {
            sink.report(
                document,
                yaml.span(entry.value),
                format!("`{name}` is {threshold}, but the build is scheduled every {runs}"),
                format!("{} times as long as {runs}", age / gap),
            )
            .related(schedule, format!("every {runs}"))
            .why("the same release counts as new at several runs, and is built and announced each time")
            .help(format!("write `{name}: {gap}`"))
            .fix(fitting(document, yaml, entry, name, gap));
        }
    }
}

/// The age that fits to the schedule, with the comment behind it if that says how long it is. Not where a comment above
/// it does: that would be wrong from then on.
fn fitting(document: &Document, yaml: &Yaml, entry: Entry, name: &str, gap: u64) -> Option<ProposedFix> {
    let text = &*document.text;
    let line = full_lines(text, yaml.span(entry.key));
    let above = text[..line.start as usize].lines().next_back().unwrap_or_default().trim_start();
    let says_time =
        |comment: &str| ["second", "minute", "hour", "day", "week"].iter().any(|unit| comment.contains(unit));
    if above.starts_with('#') && says_time(above) {
        return None;
    }
    let fix = ProposedFix::new(Applicability::Unsafe, format!("write `{name}: {gap}`"));
    let fix = Editor::new(document, yaml).set_written(fix, entry, &gap.to_string())?;
    let behind = yaml.comments.iter().find(|comment| line.contains_span(**comment));
    let right = format!("# {}, in seconds", in_words(gap));
    let is_wrong = |comment: &&Span| {
        let comment = document.slice(**comment);
        says_time(comment) && comment.trim_end() != right
    };
    Some(match behind.filter(is_wrong) {
        Some(comment) => fix.replace(document, *comment, right),
        None => fix,
    })
}
