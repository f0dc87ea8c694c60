//! VL626: see `rules/workflow/commit-tag-without-date.md`.

use std::collections::HashSet;

use vastlint_model::Document;
use vastlint_syntax::shell::SimpleCommand;
use vastlint_syntax::yaml::Yaml;

use crate::tag_dates::dates;
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, _yaml: &Yaml, sink: &mut Sink<'_>) {
    let Some(_build) = context.build(document) else { return };
    let contract = &context.contract.workflow;
    let Some(flow) = context.flow(document) else { return };
    // Two references of one job have one tag.
    let mut seen = HashSet::new();
    for derived in flow.references(&contract.image) {
        if derived.origins.has_unknown || !dates(flow, &derived.origins).is_empty() {
            continue;
        }
        let commands = flow.commands(&derived.origins);
        let commit = commands.iter().find(|(script, command)| gives_commit(command, &script.document.text));
        let Some((source, command)) = commit else { continue };
        if !seen.insert(derived.script.document.id) {
            continue;
        }
        sink.report(
            derived.script.document,
            derived.place,
            format!("`{}` has the hash of a commit in its tag, but no date", derived.variable),
            "no date in it",
        )
        .related(Place::new(source.document, command.span), "the commit comes from here")
        .why("a hash does not say which of two images is the newer one, and a build of the same commit on a new base replaces the old image")
        .help(format!("write the date behind the hash\nDATE=$(date -u +{})\nIMAGE_TAG=\"${{REF}}-${{DATE}}\"", contract.tag.date_format));
    }
}

/// Whether a command finds out the hash of a commit.
fn gives_commit(command: &SimpleCommand, source: &str) -> bool {
    let Some(name) = command.name(source) else { return false };
    let mut arguments = command.arguments().iter().map(|word| word.text(source));
    match &*name {
        "git" => arguments.any(|word| matches!(word, "ls-remote" | "rev-parse")),
        "jq" | "gh" => arguments.any(|word| word.contains(".sha")),
        _ => false,
    }
}
