//! VL644: see `rules/workflow/missing-build-context.md`.

use vastlint_diagnostic::Applicability;
use vastlint_model::{Document, Project};
use vastlint_syntax::yaml::Yaml;
use vastlint_text::Span;

use crate::image_builds::Build;
use crate::names::{listed, nearest, slip};
use crate::{Check, Context, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, _: &Yaml, sink: &mut Sink<'_>) {
    if !context.project.is_template_repository() {
        return;
    }
    for build in context.builds(document) {
        // What earlier steps lay out is not known.
        if !build.makes_files {
            check_build(context.project, build, sink);
        }
    }
}

fn check_build(project: &Project, build: &Build<'_>, sink: &mut Sink<'_>) {
    let why = "the build step fails in every run, after the runner has freed its disk and logged in";
    if let Some(folder) = build.context.as_deref().filter(|folder| !project.has_folder(folder)) {
        sink.report(
            build.document,
            build.context_span,
            format!("the build context `{folder}` does not exist"),
            "no such folder in the repository",
        )
        .why(why)
        .fix(renamed(project, build, folder))
        .help(match nearest_image(project, folder) {
            Some(meant) => format!("build `{meant}`"),
            None => format!(
                "name the folder of the Dockerfile; the images are {}",
                listed(
                    project
                        .images
                        .iter()
                        .map(|image| &*image.directory)
                        .filter(|directory| !directory.is_empty())
                )
            ),
        });
        return;
    }
    let Some(dockerfile) = build.dockerfile.as_deref().filter(|path| !project.has_file(path)) else { return };
    // `docker` finds a Dockerfile in lower case, too.
    let (folder, name) = dockerfile.rsplit_once('/').unwrap_or(("", dockerfile));
    let lower = if folder.is_empty() { "dockerfile".to_owned() } else { format!("{folder}/dockerfile") };
    if name == "Dockerfile" && project.has_file(&lower) {
        return;
    }
    let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let first = project.files.partition_point(|file| *file.path < *prefix);
    let beside: Vec<&str> = project.files[first..]
        .iter()
        .map_while(|file| file.path.strip_prefix(&prefix))
        .filter(|rest| rest.to_ascii_lowercase().starts_with("dockerfile") && !rest.contains('/'))
        .take(20)
        .collect();
    let shown =
        if folder.is_empty() { "the root of the repository".to_owned() } else { format!("`{folder}`") };
    sink.report(
        build.document,
        build.context_span,
        format!("the build has no Dockerfile: there is no `{dockerfile}`"),
        format!("no `{name}` in {shown}"),
    )
    .why(why)
    .help(match (nearest(name, beside.iter().copied()), nearest_image(project, folder)) {
        (Some(meant), _) => format!("build with `{meant}`"),
        (None, Some(meant)) if beside.is_empty() && meant != folder => format!("build `{meant}`"),
        _ => format!("write `{dockerfile}`, or build the folder of another Dockerfile"),
    });
}

/// The folder of an image that another folder was most likely meant to be: the same name elsewhere, else a similar one.
fn nearest_image<'p>(project: &'p Project, folder: &str) -> Option<&'p str> {
    let name = folder.rsplit('/').next().unwrap_or(folder);
    let same = project.images.iter().find(|image| image.name == name && *image.directory != *folder);
    same.map(|image| &*image.directory)
        .or_else(|| nearest(folder, project.images.iter().map(|image| &*image.directory)))
}

/// The folder of the one image that this one is a slip of: of the same name elsewhere, or of nearly the same path.
fn renamed(project: &Project, build: &Build<'_>, folder: &str) -> Option<ProposedFix> {
    let name = folder.rsplit('/').next().unwrap_or(folder);
    let mut same = project.images.iter().filter(|image| image.name == name).map(|image| &*image.directory);
    let meant = match (same.next(), same.next()) {
        (Some(only), None) => only,
        (None, _) => slip(folder, project.images.iter().map(|image| &*image.directory))?.meant,
        _ => return None,
    };
    let written = build.document.slice(build.context_span);
    let at = written.find(folder)? as u32;
    let start = build.context_span.start + at;
    let span = Span::new(start, start + folder.len() as u32);
    let fix = ProposedFix::new(Applicability::Unsafe, format!("build `{meant}`"));
    Some(fix.replace(build.document, span, meant))
}
