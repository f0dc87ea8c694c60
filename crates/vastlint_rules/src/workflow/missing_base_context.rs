//! VL646: see `rules/workflow/missing-base-context.md`.

use vastlint_model::{Document, ImageClass, Tree};
use vastlint_syntax::dockerfile::Dockerfile;
use vastlint_syntax::yaml::Yaml;
use vastlint_text::Span;

use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, _: &Yaml, sink: &mut Sink<'_>) {
    let (project, contract) = (context.project, &context.contract.references);
    if !project.is_template_repository() {
        return;
    }
    let name = contract.base_context.as_str();
    for build in context.builds(document) {
        let Some(path) = &build.dockerfile else { continue };
        let Some(dockerfile) = project.file_document(path) else { continue };
        let Tree::Dockerfile(tree) = &dockerfile.tree else { continue };
        // A stage of that name would be meant.
        if build.makes_files || tree.stage(name).is_some() {
            continue;
        }
        let used = used_from(tree, &dockerfile.text, name);
        let is_external =
            project.image_of(dockerfile.id).is_some_and(|image| image.class == ImageClass::External);
        let root = root_from(build.context.as_deref().unwrap_or_default());
        match build.contexts.iter().find(|handed| handed.name == name) {
            None if build.is_complete && (used.is_some() || is_external) => {
                let finding = sink.report(
                    build.document,
                    build.span,
                    format!("`{path}` is built without the context `{name}`"),
                    format!("no build context `{name}`"),
                );
                finding
                    .why("the build stops where the Dockerfile copies from it: BuildKit looks for an image of that name on Docker Hub, and there is none")
                    .help(format!("add `--build-context {name}={root}` (the root of the repository), or for an action the line `{name}=.` below `build-contexts:`"));
                if let Some(span) = used {
                    finding.related(Place::new(dockerfile, dockerfile.first_line(span)), "copies from it");
                }
            }
            Some(handed) if handed.value.as_deref().is_some_and(|folder| !folder.is_empty()) => {
                let folder = handed.value.as_deref().unwrap_or_default();
                let finding = sink.report(
                    build.document,
                    handed.span,
                    format!("`{name}` is `{folder}`, not the root of the repository"),
                    format!("leads to `{folder}`"),
                );
                finding
                    .why("`/ROOT`, `/portal-aio` and `tools/` are taken from it, and they stand in the root: the build stops at the first copy, or ships another image's files")
                    .help(format!("write `{name}={root}`"));
                if let Some(span) = used {
                    finding.related(Place::new(dockerfile, dockerfile.first_line(span)), "copies from it");
                }
            }
            _ => {}
        }
    }
}

/// The first instruction that copies, adds or mounts something from a named context.
fn used_from(tree: &Dockerfile, source: &str, name: &str) -> Option<Span> {
    tree.instructions
        .iter()
        .find(|instruction| {
            instruction.flags.iter().any(|flag| {
                let value = flag.value.as_ref().map(|value| value.literal(source)).unwrap_or_default();
                match flag.name.literal(source) {
                    "from" => value == name,
                    "mount" => value.split(',').any(|part| part.strip_prefix("from=") == Some(name)),
                    _ => false,
                }
            })
        })
        .map(|instruction| instruction.span)
}

/// The way from a folder to the root.
fn root_from(folder: &str) -> String {
    match folder.split('/').filter(|part| !part.is_empty()).count() {
        0 => ".".to_owned(),
        depth => vec![".."; depth].join("/"),
    }
}
