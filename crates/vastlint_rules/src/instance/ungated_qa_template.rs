//! VL802: see `rules/instance/ungated-qa-template.md`.

use vastlint_model::{Document, Kind, Tree};
use vastlint_syntax::yaml::Yaml;
use vastlint_text::Span;

use super::tests::{Exit, exit_of, is_one_of};
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::LaunchTemplate(check);

fn check(context: &Context<'_>, document: &Document, yaml: &Yaml, sink: &mut Sink<'_>) {
    let contract = &context.contract.instance.template;
    let variable = contract.required_tests_variable.as_str();
    let Some(root) = yaml.root() else { return };
    match yaml.path(root, &["env", variable]).and_then(|value| Some((yaml.text(value)?, yaml.span(value)))) {
        Some((tests, span)) => {
            for name in tests.split_whitespace() {
                required_test(context, document, name, span, sink);
            }
        }
        None => not_named(context, document, yaml, variable, sink),
    }
}

/// A test that has to pass must be there, and must be able to fail.
fn required_test(context: &Context<'_>, document: &Document, name: &str, span: Span, sink: &mut Sink<'_>) {
    let contract = &context.contract.instance.template;
    let tests = tests_called(context, name);
    if tests.is_empty() {
        let suite = name.split_once('/').map_or(name, |(suite, _)| suite);
        // The tests of an image that is built elsewhere are not known.
        if !has_suite(context, suite) {
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

fn has_suite(context: &Context<'_>, suite: &str) -> bool {
    let folder = format!("{TESTS}/{suite}/");
    context
        .project
        .documents
        .iter()
        .any(|document| document.instance_path.as_deref().is_some_and(|path| path.starts_with(&folder)))
}

/// A template that a workflow gates on has to say what must pass: a test that is skipped is no test that passed.
fn not_named(context: &Context<'_>, document: &Document, yaml: &Yaml, variable: &str, sink: &mut Sink<'_>) {
    let contract = &context.contract.instance.template;
    let Some((folder, _)) = document.path.rsplit_once('/') else { return };
    if !folder.ends_with(&contract.qa_suffix) {
        return;
    }
    let Some((workflow, place)) = gate(context, folder) else { return };
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

/// Where a workflow names the template's folder.
fn gate<'a>(context: &Context<'a>, folder: &str) -> Option<(&'a Document, Span)> {
    let workflows = context.project.documents.iter().filter(|document| document.kind == Kind::Workflow);
    workflows.into_iter().find_map(|workflow| {
        let Tree::Yaml(yaml) = &workflow.tree else { return None };
        let names_folder = |text: &str| text.trim_start_matches("./").trim_end_matches('/') == folder;
        let named = yaml.nodes().find(|&(id, _)| yaml.text(id).is_some_and(names_folder));
        named.map(|(id, _)| (workflow, yaml.span(id)))
    })
}

fn list(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
