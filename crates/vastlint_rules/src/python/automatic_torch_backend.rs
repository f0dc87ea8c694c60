//! VL402: see `rules/python/automatic-torch-backend.md`.

use std::cell::OnceCell;
use std::collections::HashSet;

use vastlint_diagnostic::Applicability;
use vastlint_model::{Document, Kind, Tree, invocation, program_name};
use vastlint_syntax::dockerfile::{Dockerfile, InstructionKind, Scope};
use vastlint_syntax::shell::{Assignment, AssignmentValue, Script, SimpleCommand, Word};
use vastlint_syntax::supervisor::{Config, parse_environment};
use vastlint_syntax::yaml::{Kind as YamlKind, NodeId, Yaml};
use vastlint_text::{Span, contains};

use crate::stages::{run_scope, torch_backend};
use crate::values::{Assignments, Values, functions, programs, variables};
use crate::{Check, Context, Finding, Place, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Document(check);

const OPTION: &str = "--torch-backend";
const OPTION_WITH_VALUE: &str = "--torch-backend=auto";
const VARIABLE: &str = "UV_TORCH_BACKEND";
const AUTOMATIC: &str = "auto";

fn check(context: &Context<'_>, document: &Document, sink: &mut Sink<'_>) {
    // Both spellings hold it, and hardly any document does.
    if !contains(&document.text, "torch-backend") && !contains(&document.text, VARIABLE) {
        return;
    }
    match &document.tree {
        Tree::Shell(script) => check_script(context, document, script, sink),
        Tree::Dockerfile(tree) => check_dockerfile(document, tree, sink),
        Tree::Supervisor(config) => check_conf(document, config, sink),
        Tree::Yaml(yaml) => check_yaml(document, yaml, sink),
        Tree::Text => {}
    }
}

fn check_script(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    let source = &document.text;
    let assignments = Assignments::of(script, source);
    let arguments = OnceCell::new();
    let outside = |name: &str| {
        let scope: &Option<Scope> = arguments.get_or_init(|| run_scope(context, document));
        scope.as_ref()?.value(name).map(str::to_owned)
    };
    let values = Values { source, assignments: &assignments, outside: &outside };
    let uv = UvCalls::of(script, source);
    for assignment in assignments.all() {
        if assignment.name.text(source) == VARIABLE {
            if let AssignmentValue::Scalar(value) = &assignment.value
                && values.word(value).as_deref() == Some(AUTOMATIC)
            {
                report_variable(document, assignment.span, sink);
            }
        } else if uv.variables.contains(assignment.name.text(source)) {
            check_kept_options(document, assignment, &values, sink);
        }
    }
    for command in &uv.all {
        // `env UV_TORCH_BACKEND=auto …`: whatever is run so.
        for word in &command.words[..command.words.len() - invocation(command, source).len()] {
            if word.is(source, "UV_TORCH_BACKEND=auto") {
                report_variable(document, word.span, sink);
            }
        }
    }
    for words in &uv.calls {
        let backend = torch_backend(context, document);
        check_words(document, &words.iter().collect::<Vec<_>>(), &values, backend, sink);
    }
}

/// Options that are kept in a variable for uv: `OPTIONS="--torch-backend auto"`, `options=(--torch-backend auto)`.
fn check_kept_options(
    document: &Document,
    assignment: &Assignment,
    values: &Values<'_>,
    sink: &mut Sink<'_>,
) {
    match &assignment.value {
        AssignmentValue::Scalar(value) => {
            let text = values.word(value).unwrap_or_default();
            let words: Vec<&str> = text.split_whitespace().collect();
            if words.windows(2).any(|pair| pair == [OPTION, AUTOMATIC]) || words.contains(&OPTION_WITH_VALUE)
            {
                report(document, value.span, format!("`{OPTION}` is `{AUTOMATIC}`"), sink);
            }
        }
        AssignmentValue::Array(elements) => {
            let words: Vec<&Word> = elements.iter().map(|element| &element.value).collect();
            check_words(document, &words, values, None, sink);
        }
    }
}

/// Which commands of a script run uv.
struct UvCalls<'t> {
    /// Every command of the script.
    all: Vec<&'t SimpleCommand>,
    /// The words of each command that runs uv, its program first.
    calls: Vec<&'t [Word]>,
    /// The variables that are expanded in such a command, or are one: `"${command[@]}"`.
    variables: HashSet<&'t str>,
}

impl<'t> UvCalls<'t> {
    fn of(script: &'t Script, source: &'t str) -> Self {
        let all = script.simple_commands();
        let direct: Vec<u32> = all
            .iter()
            .filter(|command| runs_uv(invocation(command, source), source))
            .map(|command| command.span.start)
            .collect();
        // A function that hands its arguments on to uv takes uv's options.
        let holds_call = |body: Span| {
            let next = direct.partition_point(|&start| start < body.start);
            direct.get(next).is_some_and(|&start| start < body.end)
        };
        let wrappers: HashSet<&str> = functions(script)
            .into_iter()
            .filter(|&(_, body)| holds_call(body))
            .map(|(name, _)| name.text(source))
            .collect();
        let is_wrapper =
            |word: &Word| word.literal(source).is_some_and(|literal| wrappers.contains(&*literal));
        let calls: Vec<&[Word]> = all
            .iter()
            .flat_map(|command| programs(command, source))
            .filter(|words| runs_uv(words, source) || words.first().is_some_and(is_wrapper))
            .collect();
        let first_words = all.iter().filter_map(|command| invocation(command, source).first());
        let mut names = Vec::new();
        for word in calls.iter().copied().flatten().chain(first_words) {
            variables(&word.parts, source, &mut names);
        }
        Self { all, calls, variables: names.into_iter().collect() }
    }
}

fn runs_uv(words: &[Word], source: &str) -> bool {
    let Some(program) = words.first() else { return false };
    match program_name(program, source) {
        Some(name) if name == "uv" || name == "uvx" => true,
        // `python -m uv pip install`
        Some(name) if name.starts_with("python") => {
            words.windows(2).any(|pair| pair[0].is(source, "-m") && pair[1].is(source, "uv"))
        }
        Some(_) => false,
        // `"$UV" pip install`: what else takes the option?
        None => words.iter().any(|word| word.is(source, "pip")),
    }
}

fn check_words(
    document: &Document,
    words: &[&Word],
    values: &Values<'_>,
    backend: Option<&str>,
    sink: &mut Sink<'_>,
) {
    for (index, word) in words.iter().enumerate() {
        let (span, value) = if word.is(values.source, OPTION) {
            let Some(value) = words.get(index + 1) else { continue };
            (word.span.cover(value.span), *value)
        } else {
            (word.span, *word)
        };
        let text = values.word(value).unwrap_or_default();
        let is_automatic = if span == word.span { text == OPTION_WITH_VALUE } else { text == AUTOMATIC };
        // What a variable keeps was reported where it is kept.
        let kept = span == word.span && !value.text(values.source).contains("torch-backend");
        if !is_automatic || kept {
            continue;
        }
        let mut names = Vec::new();
        variables(&value.parts, values.source, &mut names);
        let Some(name) = names.first() else {
            report(document, span, format!("`{OPTION}` is `{AUTOMATIC}`"), sink)
                .fix(backend.and_then(|backend| name_backend(document, value, backend)));
            continue;
        };
        match values.assignments.only(name) {
            Some(assignment) => {
                report(document, span, format!("`{OPTION}` gets `{AUTOMATIC}` from `{name}`"), sink)
                    .related(Place::new(document, assignment.span), "set here");
            }
            None if (values.outside)(name).is_some() => {
                report(document, span, format!("`{OPTION}` gets `{AUTOMATIC}` from `{name}`"), sink);
            }
            None => {
                report(document, span, format!("`{OPTION}` falls back to `{AUTOMATIC}`"), sink);
            }
        }
    }
}

/// Names the backend of the image that this one is built on: another build of `PyTorch` may be installed then.
fn name_backend(document: &Document, word: &Word, backend: &str) -> Option<ProposedFix> {
    let written = word.text(&document.text);
    let inner = written.trim_end_matches(['"', '\'']);
    let start = inner.strip_suffix(AUTOMATIC)?;
    let quotes = &written[inner.len()..];
    let reference = match (quotes, start) {
        // `"--torch-backend=auto"`, `"auto"`
        ("\"", _) if start.starts_with('"') || start.ends_with("=\"") => format!("${{{backend}}}"),
        ("", _) => format!("\"${{{backend}}}\""),
        ("'", "'") => String::new(),
        _ => return None,
    };
    let fix = ProposedFix::new(
        Applicability::Unsafe,
        format!("write `${{{backend}}}`, the backend of the base image"),
    );
    if reference.is_empty() {
        return Some(fix.replace(document, word.span, format!("\"${{{backend}}}\"")));
    }
    let at = word.span.start + start.len() as u32;
    Some(fix.replace(document, Span::new(at, at + AUTOMATIC.len() as u32), reference))
}

fn check_dockerfile(document: &Document, tree: &Dockerfile, sink: &mut Sink<'_>) {
    let source = &document.text;
    let mut scopes = tree.scopes(source);
    for (index, instruction) in tree.instructions.iter().enumerate() {
        let (InstructionKind::Env(pairs) | InstructionKind::Arg(pairs)) = &instruction.kind else { continue };
        for pair in pairs.iter().filter(|pair| pair.key.literal(source) == VARIABLE) {
            let value = pair.value.as_ref().and_then(|value| scopes.at(index).expand_word(source, value));
            if value.as_deref() == Some(AUTOMATIC) {
                report_variable(document, pair.span, sink);
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
                let span = key.to_file(variable.span);
                report_variable(document, span, sink);
            }
        }
    }
}

/// An `env:` of any level of a workflow, or of a launch template; the options of an install in a provisioning manifest.
fn check_yaml(document: &Document, yaml: &Yaml, sink: &mut Sink<'_>) {
    for (_, node) in yaml.nodes() {
        let YamlKind::Mapping { entries } = &node.kind else { continue };
        for entry in entries {
            if yaml.text(entry.key) == Some(VARIABLE) && yaml.text(entry.value) == Some(AUTOMATIC) {
                let span = yaml.span(entry.key).cover(yaml.span(entry.value));
                report_variable(document, span, sink);
            }
            if document.kind == Kind::ProvisioningManifest && yaml.text(entry.key) == Some("args") {
                check_manifest_options(document, yaml, entry.value, sink);
            }
        }
    }
}

/// `args: "--torch-backend auto"` of a manifest's `pip_packages`.
fn check_manifest_options(document: &Document, yaml: &Yaml, options: NodeId, sink: &mut Sink<'_>) {
    let words: Vec<&str> = yaml.text(options).unwrap_or_default().split_whitespace().collect();
    if words.windows(2).any(|pair| pair == [OPTION, AUTOMATIC]) || words.contains(&OPTION_WITH_VALUE) {
        report(document, yaml.span(options), format!("`{OPTION}` is `{AUTOMATIC}`"), sink);
    }
}

fn report<'s>(document: &Document, span: Span, message: String, sink: &'s mut Sink<'_>) -> &'s mut Finding {
    sink.report(document, span, message, "each machine chooses anew")
        .why("the machine that builds has another driver than the one that is rented, or none: the wrong PyTorch is installed, and no build can be repeated")
        .help("name the backend that the base image has, e.g. `--torch-backend cu128`")
}

fn report_variable(document: &Document, span: Span, sink: &mut Sink<'_>) {
    report(document, span, format!("`{VARIABLE}` is `{AUTOMATIC}`"), sink)
        .help(format!("set `{VARIABLE}` to the backend that the base image has, e.g. `cu128`"));
}
