//! VL117: see `rules/dockerfile/leftover-scaffold.md`.

use vastlint_model::{Document, Kind, Project, ShellRole, Tree, program_name};
use vastlint_syntax::shell::{Command, CompoundKind, Context as Surroundings, Script, Visitor};
use vastlint_text::{Span, contains};

use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Document(check);

fn check(context: &Context<'_>, document: &Document, sink: &mut Sink<'_>) {
    if !document.is_file() {
        return;
    }
    let markers = &context.contract.dockerfile.scaffold_markers;
    let held = markers.iter().filter(|marker| contains(&document.text, marker));
    let mut found: Vec<Span> = held.flat_map(|marker| places(&document.text, marker)).collect();
    if found.is_empty() || !belongs_to_a_template(context.project, document) {
        return;
    }
    found.sort_unstable_by_key(|span| span.start);
    let asked = asked_for(context.project, document);
    for span in found {
        if asked.iter().any(|asked| asked.contains_span(span)) {
            continue;
        }
        let marker = document.slice(span);
        sink.report(document, span, format!("the scaffold's marker `{marker}` is still in place"), "never filled in")
            .why("the scaffold left the value of this place open: the build or the instance takes the marker for it, and fails or does the wrong thing")
            .help(format!("write the value that belongs here instead of `{marker}`, and remove the comment that asks for it"));
    }
}

/// Every place of a marker, where it is no part of another word.
fn places<'t>(text: &'t str, marker: &'t str) -> impl Iterator<Item = Span> + 't {
    let inner = |letter: char| letter.is_ascii_alphanumeric();
    let word = marker.starts_with(inner);
    text.match_indices(marker).filter_map(move |(at, _)| {
        let end = at + marker.len();
        let alone = !word || (!text[..at].ends_with(inner) && !text[end..].starts_with(inner));
        (!marker.is_empty() && alone).then(|| Span::from_range(at..end))
    })
}

/// Whether a file is of a template image, of a provisioning template, or a workflow.
fn belongs_to_a_template(project: &Project, document: &Document) -> bool {
    matches!(document.kind, Kind::Workflow | Kind::Shell(ShellRole::ProvisioningScript))
        && project.images.iter().any(|image| image.class.is_template())
        || project.image_around(&document.path).is_some_and(|image| image.class.is_template())
}

/// The places where a script only asks whether a marker is still there: tests, and what is handed to `grep`, `sed` and
/// the like; in the bytes of the file.
fn asked_for(project: &Project, document: &Document) -> Vec<Span> {
    let mut asked = Vec::new();
    for script in std::iter::once(document).chain(project.embedded_deep(document.id)) {
        if let Tree::Shell(tree) = &script.tree {
            asked.extend(questions(tree, &script.text).into_iter().map(|span| script.map.to_host(span)));
        }
    }
    asked
}

fn questions(script: &Script, source: &str) -> Vec<Span> {
    struct Look<'s>(&'s str, Vec<Span>);
    impl<'t> Visitor<'t> for Look<'_> {
        fn enter_command(&mut self, command: &'t Command, _: Surroundings) {
            match command {
                Command::Compound(compound) => match &compound.kind {
                    CompoundKind::Test(_) => self.1.push(compound.span),
                    CompoundKind::Case(block) => self.1.extend(
                        block.arms.iter().flat_map(|arm| arm.patterns.iter().map(|pattern| pattern.span)),
                    ),
                    _ => {}
                },
                Command::Simple(simple) => {
                    let name = simple.words.first().and_then(|word| program_name(word, self.0));
                    if matches!(
                        name.as_deref(),
                        Some("[" | "test" | "grep" | "egrep" | "fgrep" | "rg" | "sed" | "awk" | "git")
                    ) {
                        self.1.push(simple.span);
                    }
                }
                _ => {}
            }
        }
    }
    let mut look = Look(source, Vec::new());
    script.walk(&mut look);
    look.1
}
