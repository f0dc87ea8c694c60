//! VL647: see `rules/workflow/image-without-workflow.md`.

use std::collections::HashSet;

use vastlint_model::{ImageClass, Tree};

use crate::callees::workflow_documents;
use crate::glob::lists;
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Project(check);

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let (project, contract) = (context.project, &context.contract.references);
    let example = project.workflows.first().map(|workflow| project.document(workflow.document));
    let mut built: HashSet<&str> = HashSet::new();
    let mut folders: HashSet<String> = HashSet::new();
    for workflow in &project.workflows {
        built.extend(workflow.images.iter().map(|&image| &*project.images[image].directory));
    }
    let mut names: HashSet<String> = HashSet::new();
    for (document, _) in workflow_documents(project) {
        folders.extend(context.builds(document).iter().filter_map(|build| build.context.clone()));
        let stem = document.file_name().rsplit_once('.').map_or("", |(stem, _)| stem);
        names.extend(stem.strip_prefix("build-").map(plain));
    }
    for image in project.images.iter().filter(|image| image.class.is_template()) {
        let is_built = built.contains(&*image.directory)
            || folders.contains(&*image.directory)
            || names.contains(&plain(&image.name))
            || lists(&contract.images_without_workflow, &image.directory);
        if is_built || image.directory.is_empty() {
            continue;
        }
        let dockerfile = project.document(image.document);
        let Tree::Dockerfile(tree) = &dockerfile.tree else { continue };
        let from = tree.stages.first().and_then(|stage| tree.instructions.get(stage.from));
        let Some(from) = from else { continue };
        let file = format!(".github/workflows/build-{}.yml", kebab(&image.name));
        let like = project
            .workflows
            .iter()
            .find(|workflow| workflow.images.iter().any(|&other| project.images[other].class == image.class))
            .map(|workflow| project.document(workflow.document))
            .or(example);
        let contexts = if image.class == ImageClass::External { ", its build contexts" } else { "" };
        let finding = sink.report(
            dockerfile,
            dockerfile.first_line(from.span),
            format!("no workflow builds `{}`", image.name),
            format!("there is no `{file}`"),
        );
        finding.why("the image is published by hand or not at all: it falls behind upstream and behind the base image, and nobody is told");
        match like {
            Some(like) => finding.help(format!(
                "write `{file}`: copy `{}` and change its names, its build arguments{contexts} and the folder that it builds",
                like.path
            )),
            // Perhaps it is built by other means.
            None => finding
                .variant("no-workflows")
                .help(format!("write `{file}` with the four jobs of the documented pipeline")),
        };
    }
}

/// A name without what writers choose freely: letter case, `-` and `_`.
fn plain(name: &str) -> String {
    name.chars()
        .filter(|character| !matches!(character, '-' | '_' | '.'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// The name as file names have it: `My_App` becomes `my-app`, `UnrealTools` becomes `unreal-tools`.
fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    let mut was_lower = false;
    for character in name.chars() {
        if character.is_uppercase() && was_lower {
            kebab.push('-');
        }
        was_lower = character.is_lowercase();
        if matches!(character, '_' | ' ' | '.') {
            kebab.push('-');
        } else {
            kebab.extend(character.to_lowercase());
        }
    }
    kebab
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_workflows_are_in_kebab_case() {
        for (name, expected) in
            [("my_app", "my-app"), ("UnrealTools", "unreal-tools"), ("a1111", "a1111"), ("ABC", "abc")]
        {
            assert_eq!(kebab(name), expected);
        }
        assert_eq!(plain("kohya_ss"), plain("kohya-ss"));
    }
}
