//! VL707: see `rules/project/incomplete-image-folder.md`.

use vastlint_model::{Document, Image, Kind, ShellRole};

use super::missing_command_script::first_words;
use crate::on_instance::{Instances, Owner, conf_stem, dockerfile_place, matches, may_make, script_name};
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Project(check);

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let instances = Instances::of(context);
    let layout = &context.contract.layout;
    let images = &context.project.images;
    // What others are built on may have no application.
    let is_parent: std::collections::HashSet<usize> =
        images.iter().filter_map(|image| image.parent).collect();
    for (index, image) in images.iter().enumerate() {
        let directory = &*image.directory;
        let in_place = layout.image_folders.iter().any(|folder| matches(folder, directory));
        let exempt = layout.without_application.iter().any(|folder| matches(folder, directory));
        if image.class.is_template() && in_place && !exempt && !is_parent.contains(&index) {
            check_image(context, &instances, index, image, sink);
        }
    }
}

fn check_image(
    context: &Context<'_>,
    instances: &Instances<'_>,
    index: usize,
    image: &Image,
    sink: &mut Sink<'_>,
) {
    let layout = instances.layout;
    let documents = instances.documents_of(Owner::Image(index));
    let of = |wanted: &dyn Fn(&Document) -> bool| -> Vec<&Document> {
        documents
            .iter()
            .copied()
            .filter(|document| document.instance_path.is_some() && wanted(document))
            .collect()
    };
    let scripts = of(&|document| document.shell_role() == Some(ShellRole::SupervisorScript));
    let confs =
        of(&|document| document.kind == Kind::SupervisorConf && conf_stem(document, layout).is_some());
    let name = &image.name;
    let wanted_script = format!("{}/{name}.sh", layout.script_folder);
    let wanted_conf = format!("{}/{name}.conf", layout.conf_folder);
    let mut lacks_script = scripts.is_empty() && !has_file(image, |path| script_name(path, layout).is_some());
    let mut lacks_conf = confs.is_empty();
    if lacks_script || lacks_conf {
        let written = instances.written(Owner::Image(index));
        lacks_script &= !may_make(&written, &wanted_script);
        lacks_conf &= !may_make(&written, &wanted_conf);
    }
    if lacks_script || lacks_conf {
        let missing: Vec<&str> =
            [lacks_script.then_some("no supervisor script"), lacks_conf.then_some("no supervisor conf")]
                .into_iter()
                .flatten()
                .collect();
        let message = if image.overlays.is_empty() && lacks_script && lacks_conf {
            format!("`{}` has no overlay `ROOT/`", image.directory)
        } else {
            format!("the overlay of `{}` has {}", image.directory, missing.join(" and "))
        };
        let paths: Vec<String> = [(lacks_script, &wanted_script), (lacks_conf, &wanted_conf)]
            .into_iter()
            .filter(|(lacks, _)| *lacks)
            .map(|(_, path)| format!("{}/ROOT{path}", image.directory))
            .collect();
        sink.report_at(
            dockerfile_place(context.project, image),
            message,
            "the image is built without a program of its own",
        )
        .why("an instance starts what its confs say: nothing of this image runs on its own")
        .help(format!("add {}", paths.join(" and ")));
        return;
    }
    other_name(context, image, &scripts, &wanted_script, "script", sink);
    other_name(context, image, &confs, &wanted_conf, "conf", sink);
}

fn has_file(image: &Image, wanted: impl Fn(&str) -> bool) -> bool {
    image.overlays.iter().flat_map(|overlay| &overlay.files).any(|file| wanted(&file.instance_path))
}

/// The documents call script and conf by the name of the image's folder.
fn other_name(
    context: &Context<'_>,
    image: &Image,
    documents: &[&Document],
    wanted: &str,
    what: &str,
    sink: &mut Sink<'_>,
) {
    if documents.is_empty()
        || documents.iter().any(|document| document.instance_path.as_deref() == Some(wanted))
    {
        return;
    }
    let file = wanted.rsplit('/').next().unwrap_or(wanted);
    let place = match documents {
        [only] => Place::new(only, first_words(only)),
        _ => dockerfile_place(context.project, image),
    };
    sink.report_at(
        place,
        format!("no supervisor {what} of `{}` is called `{file}`", image.directory),
        "another name",
    )
    .variant("other-name")
    .why("whoever knows the image's folder looks for the program by its name")
    .help(format!("call it `{file}`, unless the application goes by another name"));
}
