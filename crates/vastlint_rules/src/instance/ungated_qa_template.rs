//! VL802: see `rules/instance/ungated-qa-template.md`.

use std::collections::{HashMap, HashSet};

use vastlint_model::{Document, Kind, Tree};
use vastlint_syntax::yaml::Yaml;
use vastlint_text::Span;

use super::tests::{Exit, exit_of, is_one_of};
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Project(check);

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let templates: Vec<(&Document, &Yaml)> = context
        .project
        .documents
        .iter()
        .filter_map(|document| match &document.tree {
            Tree::Yaml(yaml) if document.kind == Kind::LaunchTemplate => Some((document, yaml)),
            _ => None,
        })
        .collect();
    if templates.is_empty() {
        return;
    }
    let (gates, suites) = (gates(context, &templates), suites(context));
    let variable = context.contract.instance.template.required_tests_variable.as_str();
    for (document, yaml) in templates {
        let Some(root) = yaml.root() else { continue };
        let required = yaml.path(root, &["env", variable]);
        match required.and_then(|value| Some((yaml.text(value)?, yaml.span(value)))) {
            Some((tests, span)) => {
                for name in tests.split_whitespace() {
                    required_test(context, document, name, span, &suites, sink);
                }
            }
            None => {
                if let Some(&gate) = gates.get(folder_of(document)) {
                    not_named(document, yaml, variable, gate, sink);
                }
            }
        }
    }
}

fn folder_of(document: &Document) -> &str {
    document.path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A test that has to pass must be there, and must be able to fail.
fn required_test(
    context: &Context<'_>,
    document: &Document,
    name: &str,
    span: Span,
    suites: &HashSet<&str>,
    sink: &mut Sink<'_>,
) {
    let contract = &context.contract.instance.template;
    let tests = tests_called(context, name);
    if tests.is_empty() {
        let suite = name.split_once('/').map_or(name, |(suite, _)| suite);
        // The tests of an image that is built elsewhere are not known.
        if !suites.contains(suite) {
            return;
        }
        sink.report(
            document,
            span,
            format!("the test `{name}` must pass, and there is none"),
            format!("names `{name}`"),
        )
        .why("the gate waits for a result that never comes: no image passes it")
        .help(format!("name a script below `{TESTS}`, without `.sh`"));
        return;
    }
    let can_fail = |test: &&Document| {
        context.commands(test).iter().any(|(command, _)| {
            is_one_of(command, &test.text, &contract.failing_helpers)
                || exit_of(command, &test.text) == Some(Exit::Bad)
        })
    };
    if !tests.iter().any(can_fail) {
        sink.report(
            document,
            span,
            format!("the test `{name}` must pass, and it cannot fail"),
            format!("names `{name}`"),
        )
        .related(Place::new(tests[0], tests[0].first_line(Span::new(0, 1))), "calls no helper that fails")
        .why("the gate is green whatever the image does")
        .help(format!("let the test call one of {}", list(&contract.failing_helpers)));
    }
}

/// Where instance tests lie on an instance.
const TESTS: &str = "/opt/instance-tools/tests";

fn tests_called<'a>(context: &Context<'a>, name: &str) -> Vec<&'a Document> {
    let path = format!("{TESTS}/{name}.sh");
    context.project.at_instance_path(&path).collect()
}

/// The suites whose tests the repository holds.
fn suites<'a>(context: &Context<'a>) -> HashSet<&'a str> {
    let paths = context.project.documents.iter().filter_map(|document| document.instance_path.as_deref());
    paths
        .filter_map(|path| path.strip_prefix(TESTS)?.strip_prefix('/')?.split_once('/'))
        .map(|(suite, _)| suite)
        .collect()
}

/// A template that a workflow gates on has to say what must pass: a test that is skipped is no test that passed.
fn not_named(
    document: &Document,
    yaml: &Yaml,
    variable: &str,
    (workflow, place): (&Document, Span),
    sink: &mut Sink<'_>,
) {
    let Some(root) = yaml.root() else { return };
    let entry = yaml.entry(root, "env").or_else(|| yaml.entries(root).first().copied());
    let Some(entry) = entry else { return };
    sink.report(
        document,
        yaml.span(entry.key),
        format!("the template gates a build and names no test that must pass in `{variable}`"),
        "names none",
    )
    .related(Place::new(workflow, place), "the gate")
    .why("tests that skip themselves, say because no GPU came up, leave the gate green")
    .help(format!("write under `env`:\n  {variable}: \"base/60-gpu-cuda my-app.d/10-serving\""));
}

/// Where workflows name the folders of QA templates, the first place of each.
fn gates<'a>(
    context: &Context<'a>,
    templates: &[(&'a Document, &Yaml)],
) -> HashMap<&'a str, (&'a Document, Span)> {
    let suffix = &context.contract.instance.template.qa_suffix;
    let folders = templates.iter().map(|(document, _)| folder_of(document));
    let folders: HashSet<&str> = folders.filter(|folder| folder.ends_with(suffix.as_str())).collect();
    let mut gates = HashMap::new();
    for workflow in context.project.documents.iter().filter(|document| document.kind == Kind::Workflow) {
        let Tree::Yaml(yaml) = &workflow.tree else { continue };
        for (id, _) in yaml.nodes() {
            let Some(text) = yaml.text(id) else { continue };
            if let Some(&folder) = folders.get(text.trim_start_matches("./").trim_end_matches('/')) {
                gates.entry(folder).or_insert_with(|| (workflow, yaml.span(id)));
            }
        }
    }
    gates
}

fn list(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
