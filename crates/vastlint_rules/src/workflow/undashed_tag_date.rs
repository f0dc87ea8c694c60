//! VL625: see `rules/workflow/undashed-tag-date.md`.

use std::collections::HashSet;

use vastlint_model::Document;
use vastlint_syntax::yaml::Yaml;

use crate::tag_dates::{Date, dates};
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, _yaml: &Yaml, sink: &mut Sink<'_>) {
    let Some(_build) = context.build(document) else { return };
    let contract = &context.contract.workflow;
    let Some(flow) = context.flow(document) else { return };
    let mut seen = HashSet::new();
    for derived in flow.references(&contract.image) {
        for Date { script, command, format } in dates(flow, &derived.origins) {
            let written = format.trim_start_matches('+').replace("%F", "%Y-%m-%d");
            let is_documented = written.contains(&contract.tag.date_format);
            if is_documented || !seen.insert((script.document.id, command.span.start)) {
                continue;
            }
            sink.report(
                script.document,
                command.span,
                format!("the date in the tag is written as `{format}`"),
                format!("must be `+{}`", contract.tag.date_format),
            )
            .why("tags are sorted, compared and cleaned up by their date as text; another form is taken for something else")
            .help(format!("write `date -u +{}`", contract.tag.date_format));
        }
    }
}
