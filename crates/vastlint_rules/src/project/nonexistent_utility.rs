//! VL704: see `rules/project/nonexistent-utility.md`.

use std::collections::HashMap;

use vastlint_diagnostic::Applicability;
use vastlint_model::{Document, ShellRole, Tree};
use vastlint_syntax::shell::SimpleCommand;
use vastlint_text::Span;

use crate::on_instance::{Instances, Owner, Written, may_make, nearest};
use crate::utilities::utility_of;
use crate::values::Assignments;
use crate::{Check, Context, Place, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Project(check);

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let instances = Instances::of(context);
    let mut written: HashMap<Owner, Vec<Written>> = HashMap::new();
    for document in &context.project.documents {
        let (Some(ShellRole::SupervisorScript | ShellRole::Utility), Tree::Shell(script)) =
            (document.shell_role(), &document.tree)
        else {
            continue;
        };
        let owner = instances.owner(document);
        if !instances.is_template(owner) {
            continue;
        }
        let chain = instances.chain(owner);
        let assignments = Assignments::of(script, &document.text);
        for (command, surroundings) in script.commands_in_context() {
            // What may be missing is asked for first, or its absence is forgiven.
            let guarded =
                surroundings.after_and() || surroundings.in_branch() || surroundings.before_and_or();
            let utilities = &context.contract.script.utilities;
            let Some(name) = utility_of(command, &document.text, &assignments, utilities) else { continue };
            let path = format!("{}/{name}", utilities.directory);
            if guarded || instances.has(&chain, &path) || !instances.is_known(&chain) {
                continue;
            }
            let made = chain.iter().any(|&owner| {
                may_make(written.entry(owner).or_insert_with(|| instances.written(owner)), &path)
            });
            if !made {
                report(context, &instances, document, command, &name, sink);
            }
        }
    }
}

fn report(
    context: &Context<'_>,
    instances: &Instances<'_>,
    document: &Document,
    command: &SimpleCommand,
    name: &str,
    sink: &mut Sink<'_>,
) {
    let directory = &context.contract.script.utilities.directory;
    let known = instances.base_utilities(directory);
    let finding = sink.report(
        document,
        command.span,
        format!("the base image has no utility `{name}`"),
        "sources a file that is not there",
    );
    finding.why("bash goes on without what the utility is for, or the script ends here under `set -e`, and supervisor starts it again and again");
    let Some((near, place)) = nearest(name, known.iter().map(|(name, place)| (*name, (*name, *place))))
    else {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        finding.help(format!("there are {}", names.join(", ")));
        return;
    };
    finding.help(format!("write `{near}`")).fix(rename(document, command, name, near));
    if let Some(place) = place {
        let first = super::missing_command_script::first_words(place);
        finding.related(Place::new(place, first), "the utility that is nearest by name");
    }
}

/// The name of a utility that there is. Where the two differ in more than the spelling, another may have been meant.
fn rename(document: &Document, command: &SimpleCommand, name: &str, near: &str) -> Option<ProposedFix> {
    let plain = |name: &str| name.to_ascii_lowercase().replace(['_', '.', '-'], "");
    let applicability = if plain(name) == plain(near) { Applicability::Safe } else { Applicability::Unsafe };
    let path = command.arguments().first()?.span;
    let mut found = document.slice(path).match_indices(name);
    let ((at, _), None) = (found.next()?, found.next()) else { return None };
    let span = Span::new(path.start + at as u32, path.start + (at + name.len()) as u32);
    Some(ProposedFix::new(applicability, format!("write `{near}`")).replace(document, span, near))
}
