//! VL706: see `rules/project/shadowed-base-file.md`.

use std::collections::HashMap;

use vastlint_model::{Document, Image};

use super::missing_command_script::first_words;
use crate::on_instance::{Instances, Owner, dockerfile_place};
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Project(check);

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let instances = Instances::of(context);
    let layout = &context.contract.layout;
    let files: HashMap<&str, &Document> = context
        .project
        .documents
        .iter()
        .filter(|document| document.is_file() && document.instance_path.is_some())
        .map(|document| (&*document.path, document))
        .collect();
    let below =
        |path: &str, folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    let utilities = format!("{}/utils", layout.script_folder);
    for (index, image) in context.project.images.iter().enumerate() {
        if !image.class.is_template() || instances.is_base(Owner::Image(index)) {
            continue;
        }
        for overlay in &image.overlays {
            for file in &overlay.files {
                let path = file.instance_path.as_str();
                let protected = layout.base.folders.iter().any(|folder| below(path, folder))
                    && !layout.base.replaceable.iter().any(|replaceable| replaceable == path);
                if !protected {
                    continue;
                }
                let document = files.get(format!("{}{path}", overlay.directory).as_str()).copied();
                if instances.base_has(path) {
                    let original = instances.base_document(path);
                    shadowed(context, image, path, document, original, sink);
                } else if below(path, &utilities) {
                    own_utility(context, image, path, document, sink);
                }
            }
        }
    }
}

fn place<'a>(context: &'a Context<'_>, image: &Image, document: Option<&'a Document>) -> Place<'a> {
    document.map_or_else(
        || dockerfile_place(context.project, image),
        |document| Place::new(document, first_words(document)),
    )
}

fn shadowed(
    context: &Context<'_>,
    image: &Image,
    path: &str,
    document: Option<&Document>,
    original: Option<&Document>,
    sink: &mut Sink<'_>,
) {
    let finding = sink.report_at(
        place(context, image, document),
        format!("the overlay of `{}` replaces `{path}` of the base image", image.directory),
        "this file wins",
    );
    finding
        .why("the image keeps its own copy for good: what the base image mends there never reaches it")
        .help("give the file another name; a boot script of the same number runs beside the base's");
    if let Some(original) = original {
        finding.related(Place::new(original, first_words(original)), "the base image's file");
    }
}

fn own_utility(
    context: &Context<'_>,
    image: &Image,
    path: &str,
    document: Option<&Document>,
    sink: &mut Sink<'_>,
) {
    sink.report_at(
        place(context, image, document),
        format!("`{path}` belongs to one image, and stands among the utilities of all"),
        "no utility of the base image",
    )
    .variant("utility")
    .why(
        "utilities are what every image has: a script that is copied to another image does not find this one",
    )
    .help("put it beside the application, or into the base image's `ROOT/opt/supervisor-scripts/utils/`");
}
