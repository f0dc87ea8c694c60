//! VL642: see `rules/workflow/duplicate-step-id.md`.

use std::collections::HashMap;

use vastlint_model::{Document, Kind, Tree};
use vastlint_syntax::yaml::{NodeId, Yaml};

use crate::workflows::{jobs, steps};
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Document(check);

fn check(context: &Context<'_>, document: &Document, sink: &mut Sink<'_>) {
    let Tree::Yaml(yaml) = &document.tree else { return };
    if !context.project.is_template_repository() {
        return;
    }
    match document.kind {
        Kind::Workflow => {
            let all = jobs(yaml).map_or(&[][..], |(_, jobs)| jobs);
            for job in all {
                check_steps(document, yaml, job.value, sink);
            }
        }
        Kind::Action => {
            if let Some(runs) = yaml.root().and_then(|root| yaml.get(root, "runs")) {
                check_steps(document, yaml, runs, sink);
            }
        }
        _ => {}
    }
}

fn check_steps(document: &Document, yaml: &Yaml, owner: NodeId, sink: &mut Sink<'_>) {
    let mut seen = HashMap::new();
    for id in steps(yaml, owner).into_iter().filter_map(|step| step.id) {
        let Some(first) = seen.insert(id.name.to_ascii_lowercase(), id.span) else { continue };
        sink.report(
            document,
            id.span,
            format!("two steps of one job have the id `{}`", id.name),
            "once more",
        )
        .related(Place::new(document, first), "the first one")
        .why("GitHub refuses the whole file, as `steps.<id>` could mean either")
        .help("give this step another `id:`, or none where nothing reads it");
    }
}
