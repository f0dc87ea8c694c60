//! VL110: see `rules/dockerfile/clone-outside-workspace.md`.

use vastlint_model::{Document, ImageClass, program_name};
use vastlint_syntax::dockerfile::Dockerfile;
use vastlint_syntax::shell::Word;
use vastlint_text::Span;

use crate::contract::Clones;
use crate::flow::{Run, joined, runs};
use crate::stages::{WorkingDirectory, run_scripts, shipped_instructions};
use crate::values::{Assignments, Values};
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Dockerfile(check);

/// Options of `git` and of `git clone` that take a value.
const OPTIONS_WITH_VALUE: &[&str] = &[
    "-C",
    "-c",
    "--git-dir",
    "--work-tree",
    "-b",
    "--branch",
    "-o",
    "--origin",
    "-u",
    "--upload-pack",
    "--reference",
    "--reference-if-able",
    "--depth",
    "--shallow-since",
    "--shallow-exclude",
    "--separate-git-dir",
    "-j",
    "--jobs",
    "--filter",
    "--template",
    "--config",
    "--server-option",
    "--bundle-uri",
    "--revision",
];

fn check(context: &Context<'_>, document: &Document, tree: &Dockerfile, sink: &mut Sink<'_>) {
    let image = context.project.image_of(document.id);
    let derived = |class| matches!(class, ImageClass::Derivative | ImageClass::PytorchDerived);
    if !image.is_some_and(|image| derived(image.class)) {
        return;
    }
    let source = &document.text;
    let clones = &context.contract.dockerfile.clones;
    let shipped = shipped_instructions(tree, source);
    let mut scopes = tree.scopes(source);
    let mut working = WorkingDirectory::new(&context.contract.dockerfile.inherited.working_directory);
    for run in run_scripts(context.project, document, tree, &shipped) {
        let text = &run.document.text;
        if !run.is_whole || !text.contains("clone") {
            continue;
        }
        let scope = scopes.at(run.instruction);
        let state = working.at(tree, source, &shipped, run.instruction, scope);
        let outside = |name: &str| scope.value(name).map(str::to_owned);
        let assignments = Assignments::of(run.script, text);
        let values = Values { source: text, assignments: &assignments, outside: &outside };
        let all = runs(run.script, &values, state);
        for command in &all {
            let Some((span, target)) = clone(command, &values) else { continue };
            if is_accepted(&target, clones) || is_removed(&all, &target, &values) {
                continue;
            }
            let workspace = &clones.workspace;
            sink.report(run.document, span, format!("the app is cloned to `{target}`"), "not in the workspace")
                .why(format!("only `{workspace}` is carried over to the user's volume at boot: what is cloned elsewhere cannot be changed there, and is gone with the instance"))
                .help(format!("write `cd {workspace}/ && \\` above it, or name `{workspace}/<name>` as its target"));
        }
    }
}

/// The `git clone` of a command, and the folder that it makes, as far as that is known.
fn clone(run: &Run<'_>, values: &Values<'_>) -> Option<(Span, String)> {
    let source = values.source;
    let (program, rest) = run.words.split_first()?;
    if program_name(program, source)? != "git" || run.in_function {
        return None;
    }
    let mut directory = run.state.directory.clone();
    let mut operands: Vec<&Word> = Vec::new();
    let mut clone = None;
    let mut words = rest.iter();
    while let Some(word) = words.next() {
        let text = word.text(source);
        if OPTIONS_WITH_VALUE.contains(&text) {
            let value = words.next();
            if text == "-C" && clone.is_none() {
                directory = joined(directory.as_deref(), &values.word(value?)?);
            }
        } else if text.starts_with('-') && text.len() > 1 {
            if text == "--bare" || text == "--mirror" {
                return None;
            }
        } else if clone.is_none() {
            if text != "clone" {
                return None;
            }
            clone = Some(word);
        } else {
            operands.push(word);
        }
    }
    let span = program.span.cover(clone?.span);
    let target = match operands[..] {
        [repository] => {
            let name = values.word(repository);
            // Into the folder at hand: its own name tells nothing about where.
            let name = name.as_deref().map_or("<name>", name_of);
            joined(directory.as_deref(), name)?
        }
        [_, target] => joined(directory.as_deref(), &values.word(target)?)?,
        _ => return None,
    };
    Some((span, target))
}

/// The folder that `git clone` makes of a repository's address.
fn name_of(repository: &str) -> &str {
    let trimmed = repository.trim_end_matches('/').trim_end_matches(".git");
    trimmed.rsplit(['/', ':']).next().unwrap_or(trimmed)
}

fn is_accepted(target: &str, clones: &Clones) -> bool {
    let below = |folder: &String| {
        target.strip_prefix(folder.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    below(&clones.workspace) || clones.scratch.iter().any(below) || target.starts_with('$')
}

/// Whether the same `RUN` removes the clone again, or moves it away.
fn is_removed(all: &[Run<'_>], target: &str, values: &Values<'_>) -> bool {
    all.iter().any(|run| {
        let Some((program, rest)) = run.words.split_first() else { return false };
        let name = program_name(program, values.source);
        if !matches!(name.as_deref(), Some("rm" | "mv")) {
            return false;
        }
        rest.iter().filter_map(|word| joined(run.state.directory.as_deref(), &values.word(word)?)).any(
            |path| target == path || target.strip_prefix(&path).is_some_and(|rest| rest.starts_with('/')),
        )
    })
}
