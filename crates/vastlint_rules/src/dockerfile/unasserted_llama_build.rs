//! VL116: see `rules/dockerfile/unasserted-llama-build.md`.

use vastlint_model::{Document, program_name};
use vastlint_syntax::dockerfile::{Dockerfile, Scope};
use vastlint_syntax::shell::{AssignmentValue, Command, CompoundKind, SimpleCommand, TestToken, Word};
use vastlint_text::Span;

use crate::contract::LlamaBuild;
use crate::questions::{Ends, questions};
use crate::stages::{RunScript, offset, run_scripts, shipped_instructions};
use crate::strict_mode::{Options, start_of};
use crate::values::{Assignments, Values};
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Dockerfile(check);

fn check(context: &Context<'_>, document: &Document, tree: &Dockerfile, sink: &mut Sink<'_>) {
    let source = &document.text;
    let build = &context.contract.dockerfile.llama_build;
    if !source.contains(&build.switch)
        || !context.project.image_of(document.id).is_some_and(|image| image.class.is_template())
    {
        return;
    }
    let shipped = shipped_instructions(tree, source);
    let mut scopes = tree.scopes(source);
    let scripts = run_scripts(context.project, document, tree, &shipped);
    let mut builds: Vec<Place<'_>> = Vec::new();
    let (mut last_build, mut last_assertion) = (0, None);
    for run in &scripts {
        let scope = scopes.at(run.instruction);
        if let Some(span) = source_build(run, scope, build) {
            last_build = offset(run.document, span);
            builds.push(Place::new(run.document, span));
        }
        last_assertion = last_assertion.max(assertion(run, build));
    }
    let Some(&place) = builds.last() else { return };
    if last_assertion.is_some_and(|assertion| assertion > last_build) {
        return;
    }
    let library = &build.library;
    sink.report_at(place, format!("nothing asserts that the build of llama.cpp made `{library}`"), "builds llama.cpp")
        .why("a build host has no GPU: when the probe for one fails, llama.cpp is built for the CPU alone, the build ends green, and every inference runs on the CPU")
        .help(format!("write behind it, in the chain: `test -f <build folder>/{library} || {{ echo \"llama.cpp was built without CUDA\"; exit 1; }}`"));
}

/// The command that builds llama.cpp from its source.
fn source_build(run: &RunScript<'_>, scope: &Scope, build: &LlamaBuild) -> Option<Span> {
    let source = &run.document.text;
    let assignments = Assignments::of(run.script, source);
    let is_on = |value: &str| !matches!(value, "" | "0" | "false");
    let in_script = assignments.all().iter().any(|assignment| {
        assignment.name.text(source) == build.switch
            && match &assignment.value {
                AssignmentValue::Scalar(value) => value.literal(source).is_none_or(|value| is_on(&value)),
                AssignmentValue::Array(_) => false,
            }
    });
    if !in_script && !scope.value(&build.switch).is_some_and(is_on) {
        return None;
    }
    run.script.simple_commands().into_iter().find_map(|command| {
        let words = vastlint_model::invocation(command, source);
        let mut wanted = build.command.split(' ');
        let is_build = words.first().and_then(|word| program_name(word, source)).as_deref() == wanted.next()
            && wanted
                .enumerate()
                .all(|(index, part)| words.get(index + 1).is_some_and(|word| word.is(source, part)));
        is_build.then_some(command.span)
    })
}

/// Where a script last makes sure that the library is there, in the bytes of the file.
fn assertion(run: &RunScript<'_>, build: &LlamaBuild) -> Option<u32> {
    let source = &run.document.text;
    let assignments = Assignments::of(run.script, source);
    let values = Values { source, assignments: &assignments, outside: &|_| None };
    let errexit = start_of(run.script, source, Options::default()).options.stops_on_failure();
    let asserts = questions(run.script, source, errexit).into_iter().filter_map(|question| {
        let is_there = asks_for_file(question.command, &values, build)?;
        let ends = match question.ends {
            Ends::WhenFalse => is_there,
            Ends::WhenTrue => !is_there,
            Ends::Never => false,
            Ends::Unknown => true,
        };
        ends.then(|| offset(run.document, question.span))
    });
    asserts.max()
}

/// Whether a command asks for the library as a file: true if it holds when the file is there.
fn asks_for_file(command: &Command, values: &Values<'_>, build: &LlamaBuild) -> Option<bool> {
    match command {
        Command::Compound(compound) => {
            let CompoundKind::Test(test) = &compound.kind else { return None };
            let texts: Vec<&str> = test.tokens.iter().map(|token| token.span().text(values.source)).collect();
            let names = test.tokens.iter().any(|token| match token {
                TestToken::Word(word) => is_library(word, values, build),
                TestToken::Operator(_) => false,
            });
            asked(&texts, names)
        }
        Command::Simple(simple) => in_simple(simple, values, build),
        _ => None,
    }
}

fn in_simple(simple: &SimpleCommand, values: &Values<'_>, build: &LlamaBuild) -> Option<bool> {
    let names = simple.arguments().iter().any(|word| is_library(word, values, build));
    match program_name(simple.words.first()?, values.source)?.as_ref() {
        "[" | "test" => {
            let texts: Vec<&str> = simple.arguments().iter().map(|word| word.text(values.source)).collect();
            asked(&texts, names)
        }
        "ls" | "stat" => names.then_some(true),
        _ => None,
    }
}

fn asked(texts: &[&str], names: bool) -> Option<bool> {
    let asks = texts.iter().any(|text| matches!(*text, "-f" | "-e" | "-s" | "-r"));
    (asks && names).then(|| !texts.contains(&"!"))
}

fn is_library(word: &Word, values: &Values<'_>, build: &LlamaBuild) -> bool {
    let path = values.word(word);
    let text = path.as_deref().unwrap_or_else(|| word.text(values.source).trim_end_matches(['"', '\'']));
    text.rsplit('/').next() == Some(&build.library)
}
