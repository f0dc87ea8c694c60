//! VL236: see `rules/shell/provisioned-script-without-conf.md`.

use std::collections::HashSet;

use vastlint_model::{DocumentId, Tree};
use vastlint_syntax::shell::{Context as Surroundings, Visitor, Word};

use crate::provisioned::{Provisioning, Written, provisionings};
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Project(check);

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let started: HashSet<DocumentId> =
        context.project.programs.iter().filter_map(|program| program.script).collect();
    for provisioning in provisionings(context.project) {
        for &script in &provisioning.scripts {
            if !started.contains(&script.document.id) && !is_used(context, &provisioning, script) {
                report(context, &provisioning, script, sink);
            }
        }
    }
}

/// Whether something else may start the script: a conf in the repository that names it, another script that does, a
/// conf that is written to a path that is not known or comes from elsewhere.
fn is_used(context: &Context<'_>, provisioning: &Provisioning<'_>, script: Written<'_>) -> bool {
    let project = context.project;
    if project.programs.iter().any(|program| program.command.as_deref() == Some(script.path)) {
        return true;
    }
    let name = script.document.file_name();
    let mut inside = project.embedded_deep(provisioning.document.id);
    inside.push(provisioning.document);
    inside.into_iter().filter(|document| document.id != script.document.id).any(|document| {
        match &document.tree {
            Tree::Shell(tree) => {
                let mut mentions = Mentions { source: &document.text, name, path: script.path, found: false };
                tree.walk(&mut mentions);
                mentions.found
            }
            // Whatever the conf's command is, it names the file.
            Tree::Supervisor(_) => document.text.contains(name),
            _ => false,
        }
    })
}

/// Looks for words that may start the script.
struct Mentions<'s> {
    source: &'s str,
    name: &'s str,
    path: &'s str,
    found: bool,
}

impl<'t> Visitor<'t> for Mentions<'_> {
    fn enter_command(&mut self, command: &'t vastlint_syntax::shell::Command, _: Surroundings) {
        let vastlint_syntax::shell::Command::Simple(simple) = command else { return };
        let words = vastlint_model::invocation(simple, self.source);
        let program = words.first().and_then(|word| vastlint_model::program_name(word, self.source));
        // These only prepare the file.
        let prepares = matches!(
            program.as_deref(),
            Some("chmod" | "chown" | "touch" | "tee" | "cat" | "rm" | "echo" | "printf")
        );
        if !prepares {
            self.found |= words.iter().any(|word| {
                let text = word.text(self.source);
                text.contains(self.name) || text.contains(self.path)
            });
        }
    }

    fn enter_word(&mut self, word: &'t Word, _: Surroundings) {
        // A conf whose name is put together, copied or downloaded.
        let text = word.text(self.source);
        self.found |= text.contains("supervisor/conf.d")
            && (word.literal(self.source).is_none() || !text.contains(".conf"));
    }
}

fn report(context: &Context<'_>, provisioning: &Provisioning<'_>, script: Written<'_>, sink: &mut Sink<'_>) {
    let path = script.path;
    let stem = script.document.file_name();
    let stem = stem.strip_suffix(".sh").unwrap_or(stem);
    let finding = sink
        .report_at(script.place(), format!("no conf starts `{path}`"), "written, and never run")
        .why("supervisor starts what its confs name: without one the script lies there, and the app never runs")
        .help(format!("write `/etc/supervisor/conf.d/{stem}.conf` with `command={path}`"));
    // A conf that starts something which nobody writes is likely meant for this script.
    let astray = provisioning.confs.iter().find(|conf| {
        let mut programs = context.project.programs.iter().filter(|program| program.conf == conf.document.id);
        programs.any(|program| program.command.is_some() && program.script.is_none())
    });
    if let Some(conf) = astray {
        finding.related(conf.place(), "this conf starts a script that nobody writes");
    }
}
