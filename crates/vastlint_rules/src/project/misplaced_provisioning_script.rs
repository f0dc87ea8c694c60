//! VL711: see `rules/project/misplaced-provisioning-script.md`.

use vastlint_model::{Document, Kind, ShellRole};
use vastlint_syntax::shell::Script;

use super::missing_command_script::first_words;
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    let elsewhere =
        matches!(document.shell_role(), Some(ShellRole::ImageProvisioningScript | ShellRole::Other));
    if !elsewhere || !document.is_file() || document.instance_path.is_some() {
        return;
    }
    // A script that makes a program of its own is a template; others are helpers of their image.
    let written = context.project.embedded_deep(document.id);
    let conf =
        written.iter().any(|written| written.kind == Kind::SupervisorConf && written.instance_path.is_some());
    let folders = &context.contract.layout.provisioning_folders;
    let folder = document.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    if !conf || folders.iter().any(|known| known == folder) || context.project.images.is_empty() {
        return;
    }
    let folders: Vec<String> = folders.iter().map(|folder| format!("`{folder}/`")).collect();
    sink.report(
        document,
        script.shebang.unwrap_or_else(|| first_words(document)),
        format!("the provisioning-only template `{}` does not stand with the others", document.file_name()),
        "makes a program of its own",
    )
    .why("templates that are only a script are looked for, and checked, in those folders")
    .help(format!("move it to {}", folders.join(" or ")));
}
