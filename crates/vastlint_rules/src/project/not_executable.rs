//! VL705: see `rules/project/not-executable.md`.

use std::collections::HashSet;

use vastlint_model::{ImageClass, Tree, program_name};

use super::missing_command_script::first_words;
use crate::on_instance::matches;
use crate::{Check, Context, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Project(check);

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let project = context.project;
    let executables = &context.contract.layout.executables;
    let mut sourced = None;
    for document in project.documents.iter().filter(|document| document.is_file()) {
        let (Tree::Shell(script), Some(path)) = (&document.tree, &document.instance_path) else { continue };
        let started = executables.iter().any(|pattern| matches(pattern, path));
        if !started || project.files[document.file.index()].executable {
            continue;
        }
        let foreign =
            project.image_around(&document.path).is_some_and(|image| image.class == ImageClass::Other);
        // What other scripts read needs no bit.
        if foreign || sourced.get_or_insert_with(|| sourced_names(context)).contains(document.file_name()) {
            continue;
        }
        sink.report(
            document,
            script.shebang.unwrap_or_else(|| first_words(document)),
            format!("`{}` is not executable", document.path),
            "the file's mode lacks the bit",
        )
        .why("it is started by its path: the kernel refuses, and the program goes to FATAL or the test is passed over")
        .help(format!("run `git update-index --chmod=+x {}`, or `chmod +x` before it is committed", document.path))
        .fix(ProposedFix::safe("make the file executable").make_executable(document.file));
    }
}

/// The file names of everything that a script of the repository sources.
fn sourced_names(context: &Context<'_>) -> HashSet<String> {
    let mut names = HashSet::new();
    for document in &context.project.documents {
        let Tree::Shell(script) = &document.tree else { continue };
        for command in script.simple_commands() {
            if matches!(command.name(&document.text).as_deref(), Some("." | "source")) {
                let file = command.arguments().first();
                names.extend(file.and_then(|word| program_name(word, &document.text)).map(Into::into));
            }
        }
    }
    names
}
