//! VL708: see `rules/project/missing-environment-script.md`.

use vastlint_model::ImageClass;

use super::missing_command_script::first_words;
use crate::on_instance::{Instances, Owner, dockerfile_place, may_make};
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Project(check);

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let instances = Instances::of(context);
    let layout = &context.contract.layout;
    for (index, image) in context.project.images.iter().enumerate() {
        // Without any overlay it lacks more than this.
        if image.class != ImageClass::External || image.overlays.is_empty() || image.name.is_empty() {
            continue;
        }
        let name = layout.environment_script.replace("<name>", &image.name);
        let path = format!("{}/{name}", layout.boot_folder);
        let owner = Owner::Image(index);
        if instances.owner_has(owner, &path) || may_make(&instances.written(owner), &path) {
            continue;
        }
        // One of another name: the number and the ending are right.
        let (before, after) = layout.environment_script.split_once("<name>").unwrap_or_default();
        let other = instances.documents_of(owner).into_iter().find(|document| {
            document
                .instance_path
                .as_deref()
                .and_then(|path| path.strip_prefix(&*layout.boot_folder))
                .is_some_and(|rest| {
                    rest.strip_prefix('/')
                        .is_some_and(|name| name.starts_with(before) && name.ends_with(after))
                })
        });
        let (place, seen) = match other {
            Some(other) => (Place::new(other, first_words(other)), "this one has another name"),
            None => (dockerfile_place(context.project, image), "its overlay has no such boot script"),
        };
        sink.report_at(place, format!("`{}` has no boot script `{name}`", image.directory), seen)
            .why("an upstream image knows nothing of the portal: without `PORTAL_CONFIG` there is no tab for its program")
            .help(match other {
                Some(_) => format!("rename it to `{name}`"),
                None => format!("add `{}/ROOT{path}`, which sets `PORTAL_CONFIG`", image.directory),
            });
    }
}
