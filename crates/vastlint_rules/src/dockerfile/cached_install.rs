//! VL111: see `rules/dockerfile/cached-install.md`.

use vastlint_diagnostic::Applicability;
use vastlint_model::{Document, program_name};
use vastlint_syntax::dockerfile::Dockerfile;
use vastlint_syntax::shell::Script;

use crate::flow::State;
use crate::packages::{Install, package_installs};
use crate::stages::{run_scripts, shipped_instructions};
use crate::values::{Assignments, Values};
use crate::{Check, Context, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Dockerfile(check);

fn check(context: &Context<'_>, document: &Document, tree: &Dockerfile, sink: &mut Sink<'_>) {
    if !context.project.image_of(document.id).is_some_and(|image| image.class.is_template()) {
        return;
    }
    let source = &document.text;
    let shipped = shipped_instructions(tree, source);
    let mut scopes = tree.scopes(source);
    for run in run_scripts(context.project, document, tree, &shipped) {
        let scope = scopes.at(run.instruction);
        let text = &run.document.text;
        let assignments = Assignments::of(run.script, text);
        let no_cache = assignments.only("UV_NO_CACHE").is_some()
            || scope.value("UV_NO_CACHE").is_some_and(|value| !matches!(value, "" | "0" | "false"));
        // A mounted cache never becomes part of a layer.
        let is_mounted = tree.instructions[run.instruction]
            .mounts(source)
            .iter()
            .any(|mount| mount.get("type") == Some("cache"));
        if no_cache || is_mounted || cleans(run.script, text) {
            continue;
        }
        let values = Values { source: text, assignments: &assignments, outside: &|_| None };
        for install in package_installs(run.script, &values, State::default()) {
            let before = &text[install.run.command.span.start as usize..install.span.end as usize];
            let has_option = install.has_option(text, &["--no-cache-dir", "--no-cache", "-n"])
                || before.contains("--no-cache")
                || install.run.command.assignments.iter().any(|own| own.name.text(text) == "UV_NO_CACHE");
            if !install.is_uv || has_option {
                continue;
            }
            sink.report(run.document, install.span, "packages are installed with a cache", "keeps what it downloads")
                .why("whatever uv downloads may stay in the layer a second time: the image grows by the size of the wheels, and every renter pulls it")
                .help("write `uv pip install --no-cache-dir`")
                .fix(without_cache(run.document, &install));
        }
    }
}

const OPTION: &str = "--no-cache-dir";

/// Writes the option. A cache that is named may be there for another `RUN`.
fn without_cache(document: &Document, install: &Install<'_>) -> ProposedFix {
    let source = &document.text;
    let fix = |applicability| ProposedFix::new(applicability, format!("write `uv pip install {OPTION}`"));
    let mut words = install.arguments.iter();
    while let Some(word) = words.next() {
        let text = word.text(source);
        if text == "--cache-dir" {
            let span = words.next().map_or(word.span, |value| word.span.cover(value.span));
            return fix(Applicability::Unsafe).replace(document, span, OPTION);
        }
        if text.starts_with("--cache-dir=") {
            return fix(Applicability::Unsafe).replace(document, word.span, OPTION);
        }
    }
    fix(Applicability::Safe).insert(document, install.span.end, format!(" {OPTION}"))
}

/// Whether a script throws the cache away itself.
fn cleans(script: &Script, source: &str) -> bool {
    script.simple_commands().into_iter().any(|command| {
        let Some(name) = command.words.first().and_then(|word| program_name(word, source)) else {
            return false;
        };
        let argument = |index: usize| command.words.get(index).map(|word| word.text(source));
        match name.as_ref() {
            "uv" => argument(1) == Some("cache") && matches!(argument(2), Some("clean" | "prune")),
            "rm" => command.arguments().iter().any(|word| word.text(source).contains("cache/uv")),
            _ => false,
        }
    })
}
