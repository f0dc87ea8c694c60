//! VL703: see `rules/project/base-program-redefined.md`.

use std::collections::HashMap;

use vastlint_model::{Document, Tree};

use crate::on_instance::{Instances, is_embedded};
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Project(check);

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let instances = Instances::of(context);
    let base: HashMap<&str, Option<&Document>> = instances.base_programs().into_iter().collect();
    for document in &context.project.documents {
        let (Tree::Supervisor(config), Some(path)) = (&document.tree, &document.instance_path) else {
            continue;
        };
        let owner = instances.owner(document);
        // A file of an overlay that takes the place of the base's is another rule's.
        let replaces = !is_embedded(document) && instances.base_has(path);
        if !instances.is_template(owner) || instances.is_base(owner) || replaces {
            continue;
        }
        for section in &config.sections {
            let Some(name) = section.program_name() else { continue };
            let Some(original) = base.get(name) else { continue };
            let finding = sink.report(
                document,
                section.header_span,
                format!("the base image has a program `{name}` already"),
                "of the same name",
            );
            finding
                .why("supervisor merges sections of one name: one of the two programs is lost, or runs with half of the other's settings")
                .help("give the program a name of its own, and its conf and its script with it");
            if let Some(original) = original {
                let header = match &original.tree {
                    Tree::Supervisor(config) => {
                        config.sections.iter().find(|section| section.program_name() == Some(name))
                    }
                    _ => None,
                };
                if let Some(header) = header {
                    finding.related(Place::new(original, header.header_span), "the base image's own");
                }
            }
        }
    }
}
