//! VL628: see `rules/workflow/undated-base-image.md`.

use vastlint_model::Document;
use vastlint_syntax::yaml::{Kind, NodeId, Yaml};

use crate::build_workflow::is_computed;
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, yaml: &Yaml, sink: &mut Sink<'_>) {
    let Some(build) = context.build(document) else { return };
    let bases = &context.contract.workflow.tag.dated_bases;
    let matrices = build.jobs.iter().filter_map(|&job| build.matrix(job));
    let env = yaml.root().and_then(|root| yaml.get(root, "env"));
    let places: Vec<_> = matrices.chain(env).map(|node| yaml.span(node)).collect();
    let inside = |id: NodeId| places.iter().any(|place| place.contains_span(yaml.span(id)));
    for (id, node) in yaml.nodes() {
        if !matches!(node.kind, Kind::Scalar { .. }) {
            continue;
        }
        let Some(text) = yaml.text(id).filter(|text| !is_computed(text)) else { continue };
        let Some((repository, tag)) = text.trim_start_matches("docker.io/").split_once(':') else { continue };
        if !bases.iter().any(|base| base == repository)
            || tag.contains('@')
            || !inside(id)
            || ends_with_date(tag)
        {
            continue;
        }
        sink.report(document, node.span, format!("the base `{text}` has no date in its tag"), "moves with every new base")
            .why("the tag without a date is moved to each new base: a build of the same release gives another image than before, and a broken base reaches all images at once")
            .help(format!("write the date of the base behind it: `{text}-YYYY-MM-DD`"));
    }
}

/// Whether a tag ends with `-2026-08-14`.
fn ends_with_date(tag: &str) -> bool {
    let Some(date) = tag.len().checked_sub(11).and_then(|at| tag.get(at..)) else { return false };
    date.bytes().zip(b"-dddd-dd-dd").all(|(byte, form)| match form {
        b'd' => byte.is_ascii_digit(),
        form => byte == *form,
    })
}
