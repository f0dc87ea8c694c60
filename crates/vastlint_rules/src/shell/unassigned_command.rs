//! VL254: see `rules/shell/unassigned-command.md`.

use std::collections::HashSet;

use vastlint_model::{Kind, Project, ShellRole, Tree};
use vastlint_syntax::dockerfile::InstructionKind;

use crate::environments::{Subject, is_on_upstream_image};
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Project(check);

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    // Asked for only where a script is suspected: most repositories never need it.
    let mut anywhere: Option<HashSet<&str>> = None;
    let project = context.project;
    for subject in context.subjects() {
        let is_ours = is_ours(project, subject);
        let is_lower = |name: &str| name.bytes().any(|byte| byte.is_ascii_lowercase());
        let gaps = subject
            .gaps
            .iter()
            .filter(|gap| gap.is_command && !gap.elsewhere)
            .filter(|gap| is_ours.unwrap_or_else(|| is_lower(gap.name)));
        let mut told = HashSet::new();
        for gap in gaps {
            // Where `set -u` is on, `unset-variable` speaks up.
            let is_told = gap.nounset && subject.is_known && !gap.from_environment;
            let names = anywhere.get_or_insert_with(|| names_given(context));
            if !is_told && !names.contains(gap.name) && told.insert(gap.name) {
                report(subject, gap.name, gap.span, sink);
            }
        }
    }
}

/// Whether nobody outside the repository can hand variables to the script; `None`: only such with names in capitals, as
/// images and callers have them.
fn is_ours(project: &Project, subject: &Subject<'_>) -> Option<bool> {
    let document = subject.document;
    match document.shell_role()? {
        ShellRole::Step => Some(subject.is_known),
        ShellRole::SupervisorScript
        | ShellRole::ProvisioningScript
        | ShellRole::ImageProvisioningScript
        | ShellRole::InstanceTest
        | ShellRole::ManifestCommand
            if !is_on_upstream_image(project, document) =>
        {
            Some(true)
        }
        _ => None,
    }
}

fn report(subject: &Subject<'_>, name: &str, span: vastlint_text::Span, sink: &mut Sink<'_>) {
    let document = subject.document;
    let written = document.slice(span);
    sink.report(
        document,
        span,
        format!("the command is `{written}`, and nothing ever assigns `{name}`"),
        "stands for nothing",
    )
    .why("the variable vanishes and the next word is taken for the command, or nothing runs at all")
    .help(format!("write the program's name, or assign `{name}` above"));
}

/// Every variable that anything in the repository gives a value.
fn names_given<'a>(context: &Context<'a>) -> HashSet<&'a str> {
    let mut names = HashSet::new();
    for document in &context.project.documents {
        let source = &document.text;
        match &document.tree {
            Tree::Shell(_) => {
                let assignments = context.assignments(document).all().iter();
                names.extend(assignments.map(|assignment| assignment.name.text(source)));
            }
            Tree::Dockerfile(tree) => {
                for instruction in &tree.instructions {
                    if let InstructionKind::Env(pairs) | InstructionKind::Arg(pairs) = &instruction.kind {
                        names.extend(pairs.iter().map(|pair| pair.key.literal(source)));
                    }
                }
            }
            Tree::Yaml(yaml) if document.kind != Kind::ProvisioningManifest => {
                for (id, _) in yaml.nodes() {
                    if let Some(env) = yaml.get(id, "env") {
                        names.extend(yaml.entries(env).iter().filter_map(|entry| yaml.text(entry.key)));
                    }
                }
            }
            _ => {}
        }
    }
    names
}
