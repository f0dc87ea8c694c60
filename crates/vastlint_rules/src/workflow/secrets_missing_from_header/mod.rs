//! VL609: see `rules/workflow/secrets-missing-from-header.md`.

use std::collections::BTreeMap;

use vastlint_model::Document;
use vastlint_syntax::yaml::{Kind, NodeId, Yaml};
use vastlint_text::Span;

use crate::build_workflow::{listed, paths_in};
use crate::{Check, Context, Sink};
use header::Header;

mod header;

/// The check.
pub const CHECK: Check = Check::Workflow(check);

/// The keys that end the head of a workflow.
const BODY: [&str; 3] = ["on", "env", "jobs"];

fn check(context: &Context<'_>, document: &Document, yaml: &Yaml, sink: &mut Sink<'_>) {
    let Some(build) = context.any_build(document) else { return };
    let contract = &context.contract.workflow.secrets;
    let Some(root) = yaml.root() else { return };
    let body = BODY.iter().filter_map(|key| yaml.key_span(root, key)).map(|span| span.start).min();
    let head: Vec<Span> =
        yaml.comments.iter().filter(|comment| body.is_none_or(|body| comment.end <= body)).copied().collect();
    let is_named = |secret: &String| head.iter().any(|comment| has_word(document.slice(*comment), secret));
    let used = used_secrets(yaml);
    let unnamed: Vec<(&String, &NodeId)> =
        used.iter().filter(|(name, _)| !contract.given.contains(name) && !is_named(name)).collect();
    let place = head.first().map_or_else(|| first_key(yaml, root), |first| document.first_line(*first));

    let header = Header { document, comments: &head, first: yaml.span(root).start };
    // An image that is the base of others may be pushed elsewhere, with other secrets.
    let is_hub = context.build(document).is_none();
    let missing: Vec<&String> =
        contract.required.iter().filter(|secret| !is_hub && !is_named(secret)).collect();
    if !missing.is_empty() {
        let names = listed(&missing);
        let plural = if missing.len() == 1 { "secret" } else { "secrets" };
        sink.report(
            document,
            place,
            format!("the header comment does not name the required {plural} {names}"),
            format!("no {names}"),
        )
        .why("who sets up a fork or a new repository learns from failed runs what the build needs")
        .help(format!("write above `name:`\n# Required repository secrets: {}", contract.required.join(", ")))
        .fix(header.required(&missing, &contract.required, &contract.optional));
    }
    let optional: Vec<&String> =
        contract.optional.iter().filter(|secret| !is_hub && !is_named(secret)).collect();
    if !optional.is_empty() {
        let names = listed(&optional);
        sink.report(
            document,
            place,
            format!("the header comment does not name the optional secret {names}"),
            format!("no {names}"),
        )
        .variant("optional")
        .why("who sets up a fork does not learn that builds can be announced")
        .help(format!("write above `name:`\n# Optional: {}", contract.optional.join(", ")))
        .fix(header.optional(&optional, &contract.required, &contract.optional));
    }
    for (name, node) in unnamed {
        if !is_hub && (contract.required.contains(name) || contract.optional.contains(name)) {
            continue;
        }
        sink.report(
            build.document,
            place_of(document, yaml, *node, name),
            format!("the header comment does not name the secret `{name}`, which the workflow uses"),
            "used here",
        )
        .variant("used")
        .why("who sets up a fork learns from failed or skipped steps that there is one more secret")
        .help(format!("name `{name}` in the header comment, below the required or the optional secrets"))
        .fix(header.used(name, &contract.required, &contract.optional));
    }
}

fn first_key(yaml: &Yaml, root: NodeId) -> Span {
    yaml.entries(root).first().map_or(yaml.span(root), |entry| yaml.span(entry.key))
}

/// Whether a text has a name in it, not as a part of a longer one.
fn has_word(text: &str, name: &str) -> bool {
    text.split(|character: char| !character.is_ascii_alphanumeric() && character != '_')
        .any(|word| word == name)
}

/// The secrets that the expressions of a workflow read, each with the first text that does.
fn used_secrets(yaml: &Yaml) -> BTreeMap<String, NodeId> {
    let mut used = BTreeMap::new();
    for (id, node) in yaml.nodes() {
        if !matches!(node.kind, Kind::Scalar { .. }) {
            continue;
        }
        for path in yaml.text(id).filter(|text| text.contains("secrets")).into_iter().flat_map(paths_in) {
            if let Some(name) = path.strip_prefix("secrets.").filter(|name| *name != "*") {
                used.entry(name.to_owned()).or_insert(id);
            }
        }
    }
    used
}

/// Where the name stands in a text, so that a script of many lines is not marked as a whole.
fn place_of(document: &Document, yaml: &Yaml, node: NodeId, name: &str) -> Span {
    let span = yaml.span(node);
    let found = document.slice(span).find(name);
    found.map_or(span, |at| {
        let start = span.start + at as u32;
        Span { start, end: start + name.len() as u32 }
    })
}
