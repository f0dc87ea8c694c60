//! VL702: see `rules/project/unstarted-supervisor-script.md`.

use std::collections::HashSet;

use vastlint_model::{Document, DocumentId, ShellRole, Tree};

use super::missing_command_script::{all_missing, first_words};
use crate::on_instance::{Instances, Owner, script_name, started, uses_script};
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Project(check);

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let instances = Instances::of(context);
    let started = all_started(context, &instances);
    // Where a conf means it and has its name wrong, the conf is at fault.
    let meant: HashSet<DocumentId> =
        all_missing(context, &instances).iter().filter_map(|missing| Some(missing.meant?.id)).collect();
    for script in &context.project.documents {
        let (Some(ShellRole::SupervisorScript), Some(path)) = (script.shell_role(), &script.instance_path)
        else {
            continue;
        };
        let owner = instances.owner(script);
        if !instances.is_template(owner)
            || started.contains(&(owner, path.to_string()))
            || meant.contains(&script.id)
        {
            continue;
        }
        // It takes the place of one that the base image starts.
        let replaces = !instances.is_base(owner) && instances.base_has(path);
        if replaces || is_used(&instances, owner, script) {
            continue;
        }
        report(script, path, sink);
    }
}

/// What confs start, for the owner of the conf and for every image below it.
fn all_started(context: &Context<'_>, instances: &Instances<'_>) -> HashSet<(Owner, String)> {
    let mut all = HashSet::new();
    for document in &context.project.documents {
        let Tree::Supervisor(config) = &document.tree else { continue };
        let commands = started(document, config);
        if commands.is_empty() {
            continue;
        }
        let chain = instances.chain(instances.owner(document));
        for command in &commands {
            for word in
                command.words.iter().filter(|word| script_name(&word.text, instances.layout).is_some())
            {
                all.extend(chain.iter().map(|owner| (*owner, word.text.clone())));
            }
        }
    }
    all
}

/// Whether another script of the same file system starts it.
fn is_used(instances: &Instances<'_>, owner: Owner, script: &Document) -> bool {
    let name = script.file_name();
    instances.documents_of(owner).into_iter().filter(|other| other.id != script.id).any(|other| match &other
        .tree
    {
        Tree::Shell(tree) => {
            // Cheap to ask, and false for most.
            vastlint_text::contains(&other.text, name)
                && tree.simple_commands().into_iter().any(|command| uses_script(command, &other.text, name))
        }
        Tree::Supervisor(config) => {
            let sections = config.sections.iter().flat_map(|section| &section.keys);
            sections.filter(|key| key.name == "command").any(|key| key.value.contains(name))
        }
        _ => false,
    })
}

fn report(script: &Document, path: &str, sink: &mut Sink<'_>) {
    let name = script.file_name();
    let stem = name.strip_suffix(".sh").unwrap_or(name);
    let span = match &script.tree {
        Tree::Shell(tree) => tree.shebang.unwrap_or_else(|| first_words(script)),
        _ => first_words(script),
    };
    sink.report(script, span, format!("no conf starts `{path}`, and no other script does"), "shipped, and never run")
        .why("the program that it is for never runs, and nothing says so")
        .help(format!(
            "add `/etc/supervisor/conf.d/{stem}.conf` with `[program:{stem}]` and `command={path}`, or remove the script"
        ));
}
