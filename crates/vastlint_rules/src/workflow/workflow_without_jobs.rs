//! VL652: see `rules/workflow/workflow-without-jobs.md`.

use vastlint_model::Document;
use vastlint_syntax::yaml::Yaml;
use vastlint_text::Span;

use crate::workflows::jobs;
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, yaml: &Yaml, sink: &mut Sink<'_>) {
    // What is no YAML is the parser's business.
    if !context.project.is_template_repository() || !yaml.errors.is_empty() || jobs(yaml).is_some() {
        return;
    }
    let key = yaml.root().and_then(|root| yaml.entry(root, "jobs")).map(|entry| yaml.span(entry.key));
    let top = yaml.root().map(|root| yaml.span(root));
    let end = document.text.trim_end().len() as u32;
    let span = key.or(top.map(|span| document.first_line(span))).unwrap_or(Span::new(0, end.min(1)));
    sink.report(document, span, "the workflow has no jobs", "nothing runs")
        .why("GitHub refuses the file and shows a failed run at each push; the image that it is named after is never built")
        .help("write its jobs below `jobs:`, or take the file away until there are some");
}
