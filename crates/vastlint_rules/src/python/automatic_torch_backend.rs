//! VL402: see `rules/python/automatic-torch-backend.md`.

use vastlint_model::{Document, Tree, invocation, program_name};
use vastlint_syntax::dockerfile::{Dockerfile, InstructionKind};
use vastlint_syntax::shell::{
    Assignment, AssignmentValue, Context as Surroundings, ParameterOperator, Script, Visitor, Word, WordPart,
    WordPartKind,
};
use vastlint_syntax::supervisor::{Config, parse_environment};
use vastlint_text::Span;

use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Document(check);

const OPTION: &str = "--torch-backend";
const VARIABLE: &str = "UV_TORCH_BACKEND";
const AUTOMATIC: &str = "auto";

fn check(_: &Context<'_>, document: &Document, sink: &mut Sink<'_>) {
    // Both spellings hold it, and hardly any document does.
    if !document.text.contains("torch-backend") && !document.text.contains(VARIABLE) {
        return;
    }
    match &document.tree {
        Tree::Shell(script) => check_script(document, script, sink),
        Tree::Dockerfile(tree) => check_dockerfile(document, tree, sink),
        Tree::Supervisor(config) => check_conf(document, config, sink),
        Tree::Yaml(_) | Tree::Text => {}
    }
}

fn check_script(document: &Document, script: &Script, sink: &mut Sink<'_>) {
    let mut assignments = Assignments::default();
    script.walk(&mut assignments);
    let source = &document.text;
    for assignment in &assignments.all {
        if assignment.name.text(source) == VARIABLE {
            if let AssignmentValue::Scalar(value) = &assignment.value
                && is_automatic(value, source)
            {
                report(document, assignment.span, "the variable", sink);
            }
            continue;
        }
        // Options that are kept in a variable are meant for uv.
        match &assignment.value {
            AssignmentValue::Scalar(value) => {
                let text = value.literal(source).unwrap_or_default();
                let words: Vec<&str> = text.split_whitespace().collect();
                if words.windows(2).any(|pair| pair == [OPTION, AUTOMATIC])
                    || words.contains(&"--torch-backend=auto")
                {
                    report(document, value.span, "the options kept here", sink);
                }
            }
            AssignmentValue::Array(elements) => {
                let words: Vec<&Word> = elements.iter().map(|element| &element.value).collect();
                check_words(document, &words, &assignments, sink);
            }
        }
    }
    for command in script.simple_commands() {
        let words = invocation(command, source);
        if runs_uv(words, source) {
            check_words(document, &words.iter().collect::<Vec<_>>(), &assignments, sink);
        }
    }
}

fn runs_uv(words: &[Word], source: &str) -> bool {
    words.first().is_some_and(|program| match program_name(program, source) {
        Some(name) => name == "uv",
        // `"$UV" pip install`: what else takes the option?
        None => words.iter().any(|word| word.is(source, "pip")),
    })
}

fn check_words(document: &Document, words: &[&Word], assignments: &Assignments<'_>, sink: &mut Sink<'_>) {
    let source = &document.text;
    for (index, word) in words.iter().enumerate() {
        let text = word.text(source);
        if word.is(source, OPTION) {
            if let Some(value) = words.get(index + 1) {
                check_value(document, word.span.cover(value.span), &value.parts, assignments, sink);
            }
        } else if word.is(source, "--torch-backend=auto") {
            report(document, word.span, "the option", sink);
        } else if text.trim_start_matches('"').starts_with("--torch-backend=") {
            check_value(document, word.span, &word.parts, assignments, sink);
        }
    }
}

/// A value that is `auto`, defaults to it, or is a variable of this script that holds it.
fn check_value(
    document: &Document,
    span: Span,
    parts: &[WordPart],
    assignments: &Assignments<'_>,
    sink: &mut Sink<'_>,
) {
    let source = &document.text;
    let parts = match parts {
        [WordPart { kind: WordPartKind::DoubleQuoted(inner), .. }] => inner,
        parts => parts,
    };
    let Some(last) = parts.last() else { return };
    match &last.kind {
        WordPartKind::Parameter(parameter) => {
            let name = parameter.name.text(source);
            let default = parameter.expansion.as_ref().and_then(|expansion| {
                let defaults = matches!(
                    expansion.operator,
                    Some(
                        ParameterOperator::Default
                            | ParameterOperator::DefaultIfEmpty
                            | ParameterOperator::Assign
                            | ParameterOperator::AssignIfEmpty
                    )
                );
                expansion.operand().filter(|_| defaults)
            });
            if default.is_some_and(|default| default.is(source, AUTOMATIC)) {
                report(document, span, "the default", sink);
            } else if let Some(assignment) = assignments.only_automatic(name, source) {
                report(document, span, "the value", sink)
                    .related(Place::new(document, assignment.span), "set to `auto` here");
            }
        }
        _ => {
            let literal = last.span.text(source).trim_matches(['"', '\'']);
            if parts.len() == 1 && literal.trim_start_matches("--torch-backend=") == AUTOMATIC {
                report(document, span, "the option", sink);
            }
        }
    }
}

fn is_automatic(value: &Word, source: &str) -> bool {
    if value.is(source, AUTOMATIC) {
        return true;
    }
    let parts: &[WordPart] = match &*value.parts {
        [WordPart { kind: WordPartKind::DoubleQuoted(inner), .. }] => inner,
        parts => parts,
    };
    let [WordPart { kind: WordPartKind::Parameter(parameter), .. }] = parts else { return false };
    parameter
        .expansion
        .as_ref()
        .and_then(|expansion| expansion.operand())
        .is_some_and(|word| word.is(source, AUTOMATIC))
}

/// The assignments of a script, at any depth.
#[derive(Default)]
struct Assignments<'t> {
    all: Vec<&'t Assignment>,
}

impl<'t> Visitor<'t> for Assignments<'t> {
    fn enter_assignment(&mut self, assignment: &'t Assignment, _: Surroundings) {
        self.all.push(assignment);
    }
}

impl<'t> Assignments<'t> {
    /// The assignment of `auto` to a variable, if the script assigns nothing else to it.
    fn only_automatic(&self, name: &str, source: &str) -> Option<&'t Assignment> {
        let mut of_name = self.all.iter().copied().filter(|assignment| assignment.name.text(source) == name);
        let first = of_name.next()?;
        let AssignmentValue::Scalar(value) = &first.value else { return None };
        (is_automatic(value, source) && of_name.next().is_none()).then_some(first)
    }
}

fn check_dockerfile(document: &Document, tree: &Dockerfile, sink: &mut Sink<'_>) {
    let source = &document.text;
    for instruction in &tree.instructions {
        let (InstructionKind::Env(pairs) | InstructionKind::Arg(pairs)) = &instruction.kind else { continue };
        for pair in pairs {
            let automatic = pair.value.as_ref().is_some_and(|value| value.literal(source) == AUTOMATIC);
            if automatic && pair.key.literal(source) == VARIABLE {
                report(document, pair.span, "the variable", sink);
            }
        }
    }
}

fn check_conf(document: &Document, config: &Config, sink: &mut Sink<'_>) {
    for key in config.sections.iter().flat_map(|section| &section.keys) {
        if key.name != "environment" {
            continue;
        }
        for variable in parse_environment(&key.value).variables {
            if variable.name == VARIABLE && variable.value == AUTOMATIC {
                report(document, key.to_file(variable.span), "the variable", sink);
            }
        }
    }
}

fn report<'s>(document: &Document, span: Span, what: &str, sink: &'s mut Sink<'_>) -> &'s mut crate::Finding {
    sink.report(
        document,
        span,
        format!("{what} leaves the choice of the PyTorch backend to the machine"),
        "chosen anew on every machine",
    )
    .why("the machine that builds has another driver than the one that is rented, or none: the wrong backend is installed, and no build can be repeated")
    .help("name the backend that the base image has, e.g. `--torch-backend cu128`")
}
