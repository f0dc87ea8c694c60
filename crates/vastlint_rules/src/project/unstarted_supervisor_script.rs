//! VL702: see `rules/project/unstarted-supervisor-script.md`.

use std::collections::{HashMap, HashSet};

use vastlint_model::{Document, DocumentId, ShellRole, Tree};

use super::missing_command_script::{all_missing, first_words};
use crate::on_instance::{Instances, Owner, script_name, started, used_names};
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Project(check);

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let instances = Instances::of(context);
    let started = all_started(context, &instances);
    // Where a conf means it and has its name wrong, the conf is at fault.
    let meant: HashSet<DocumentId> =
        all_missing(context, &instances).iter().filter_map(|missing| Some(missing.meant?.id)).collect();
    let mut used: HashMap<Owner, Used> = HashMap::new();
    for script in &context.project.documents {
        let (Some(ShellRole::SupervisorScript), Some(path)) = (script.shell_role(), &script.instance_path)
        else {
            continue;
        };
        let owner = instances.owner(script);
        // What a provisioning script writes is `provisioned-script-without-conf`'s.
        if matches!(owner, Owner::Script(_)) {
            continue;
        }
        if !instances.is_template(owner)
            || started.contains(&(owner, path.to_string()))
            || meant.contains(&script.id)
        {
            continue;
        }
        // It takes the place of one that the base image starts.
        let replaces = !instances.is_base(owner) && instances.base_has(path);
        if replaces {
            continue;
        }
        // Another script of the same file system starts it.
        let used = used.entry(owner).or_insert_with(|| used_by(&instances, owner));
        if used.get(script.file_name()).is_some_and(|by| *by != Some(script.id)) {
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

/// The names that the documents of an owner use, each with the document that does; `None` where several do.
type Used = HashMap<String, Option<DocumentId>>;

fn used_by(instances: &Instances<'_>, owner: Owner) -> Used {
    let mut used = Used::new();
    for document in instances.documents_of(owner) {
        let names: Vec<String> = match &document.tree {
            Tree::Shell(tree) => {
                let commands = tree.simple_commands();
                commands.iter().flat_map(|command| used_names(command, &document.text)).collect()
            }
            Tree::Supervisor(config) => {
                let keys = config.sections.iter().flat_map(|section| &section.keys);
                let values = keys.filter(|key| key.name == "command").map(|key| &key.value);
                let is_end = |character: char| character.is_whitespace() || "/'\";&|".contains(character);
                values.flat_map(|value| value.split(is_end)).map(str::to_owned).collect()
            }
            _ => continue,
        };
        for name in names {
            let by = used.entry(name).or_insert(Some(document.id));
            if *by != Some(document.id) {
                *by = None;
            }
        }
    }
    used
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
