//! VL645: see `rules/workflow/unknown-build-argument.md`.

use std::collections::HashSet;

use vastlint_diagnostic::Applicability;
use vastlint_model::{Document, Tree};
use vastlint_syntax::dockerfile::{Dockerfile, InstructionKind};
use vastlint_syntax::yaml::Yaml;
use vastlint_text::Span;

use crate::glob::lists;
use crate::names::{listed, nearest, slip};
use crate::{Check, Context, Place, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, _: &Yaml, sink: &mut Sink<'_>) {
    if !context.project.is_template_repository() {
        return;
    }
    let contract = &context.contract.references;
    for build in context.builds(document) {
        if build.arguments.is_empty() || build.makes_files {
            continue;
        }
        let Some(path) = &build.dockerfile else { continue };
        let Some(dockerfile) = context.project.file_document(path) else { continue };
        let Tree::Dockerfile(tree) = &dockerfile.tree else { continue };
        let known = arguments(tree, &dockerfile.text);
        let names: HashSet<&str> = known.iter().map(|(name, _)| *name).collect();
        for argument in &build.arguments {
            let name = argument.name.as_str();
            if names.contains(name) || lists(&contract.predefined_arguments, name) {
                continue;
            }
            let meant = nearest(name, known.iter().map(|(known, _)| *known));
            let help = match meant {
                Some(meant) => format!("write `{meant}`"),
                None if known.is_empty() => format!("declare it in `{path}`: ARG {name}"),
                None => format!(
                    "leave it out, or declare it in `{path}`: ARG {name}; its arguments are {}",
                    listed(known.iter().map(|(known, _)| *known))
                ),
            };
            let finding = sink.report(
                build.document,
                argument.span,
                format!("`{path}` has no argument `{name}`"),
                "nothing takes this",
            );
            finding
                .why("the value is dropped with a warning in the log, and the image is built with the default: another base, another version than its tag says")
                .help(help)
                .fix(slip(name, known.iter().map(|(known, _)| *known)).and_then(|slip| {
                    let is_free = build.arguments.iter().all(|argument| argument.name != slip.meant);
                    let is_name = build.document.slice(argument.span) == name;
                    let fix = ProposedFix::new(Applicability::Unsafe, format!("write `{}`", slip.meant));
                    (is_free && is_name).then(|| fix.replace(build.document, argument.span, slip.meant))
                }));
            let place = known
                .iter()
                .find(|(known, _)| Some(*known) == meant)
                .map(|(known, span)| (*span, format!("`{known}` is declared here")))
                .or_else(|| {
                    let first = tree.instructions.get(tree.stages.first()?.from)?;
                    Some((first.span, format!("no `ARG {name}` in this file")))
                });
            if let Some((span, label)) = place {
                finding.related(Place::new(dockerfile, dockerfile.first_line(span)), label);
            }
        }
    }
}

/// Every argument that some stage or the top of a Dockerfile declares.
fn arguments<'d>(tree: &'d Dockerfile, source: &'d str) -> Vec<(&'d str, Span)> {
    tree.instructions
        .iter()
        .filter_map(|instruction| match &instruction.kind {
            InstructionKind::Arg(pairs) => Some(pairs),
            _ => None,
        })
        .flatten()
        .map(|pair| (pair.key.literal(source), pair.span))
        .collect()
}
