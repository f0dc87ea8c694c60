//! VL642: see `rules/workflow/duplicate-step-id.md`.

use std::collections::HashMap;

use vastlint_model::{Document, Kind, Tree};
use vastlint_syntax::yaml::{NodeId, Yaml};

use crate::workflows::{jobs, steps};
use crate::yaml_edits::Editor;
use crate::{Check, Context, Place, ProposedFix, Sink};

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
    for step in steps(yaml, owner) {
        let Some(id) = step.id else { continue };
        let Some(first) = seen.insert(id.name.to_ascii_lowercase(), id.span) else { continue };
        sink.report(
            document,
            id.span,
            format!("two steps of one job have the id `{}`", id.name),
            "once more",
        )
        .related(Place::new(document, first), "the first one")
        .why("GitHub refuses the whole file, as `steps.<id>` could mean either")
        .help("give this step another `id:`, or none where nothing reads it")
        .fix(
            (!is_read(document, id.name))
                .then(|| {
                    let fix = ProposedFix::safe(format!("take `id: {}` out, which nothing reads", id.name));
                    Editor::new(document, yaml).remove(fix, step.node, "id")
                })
                .flatten(),
        );
    }
}

/// Whether anything in the file may read a step by its id.
fn is_read(document: &Document, id: &str) -> bool {
    let text = document.text.to_ascii_lowercase();
    let id = id.to_ascii_lowercase();
    text.match_indices("steps").any(|(at, word)| {
        let rest = text[at + word.len()..].trim_start_matches(['.', '[', ' ', '\'', '"']);
        rest.starts_with(&id) || rest.starts_with('*')
    })
}
