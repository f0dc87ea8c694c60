//! VL627: see `rules/workflow/tag-date-computed-twice.md`.

use vastlint_model::Document;
use vastlint_syntax::yaml::Yaml;

use crate::tag_dates::{Date, dates};
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, yaml: &Yaml, sink: &mut Sink<'_>) {
    let Some(build) = context.build(document) else { return };
    let contract = &context.contract.workflow;
    let Some(flow) = context.flow(document) else { return };
    let mut first: Option<Date<'_, '_>> = None;
    for derived in flow.references(&contract.image) {
        for date in dates(flow, &derived.origins) {
            let Some(before) = &first else {
                first = Some(date);
                continue;
            };
            if before.script.job == date.script.job {
                continue;
            }
            let name = |job: usize| yaml.text(build.jobs[job].key).unwrap_or_default();
            let (earlier, later) = (name(before.script.job), name(date.script.job));
            sink.report(
                date.script.document,
                date.command.span,
                format!("the date of the tag is found out twice: in `{earlier}` and again in `{later}`"),
                "the day may be another one by now",
            )
            .related(Place::new(before.script.document, before.command.span), "first here")
            .why(format!("a run that goes on over midnight looks in `{later}` for a tag that `{earlier}` has never pushed, and fails after the build"))
            .help(format!(
                "find it out once, in `{}`, and hand it on\necho \"build-date=$(date -u +{})\" >> $GITHUB_OUTPUT",
                contract.preflight.job, contract.tag.date_format
            ));
            return;
        }
    }
}
