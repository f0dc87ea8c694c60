//! VL606: see `rules/workflow/misdeclared-workflow-input.md`.

use vastlint_diagnostic::Applicability;
use vastlint_model::Document;
use vastlint_syntax::yaml::{Entry, Yaml};

use crate::build_workflow::{Build, expressions_that_read, is_computed, matches};
use crate::contract::WorkflowInput;
use crate::workflows::INPUT_KEYS;
use crate::yaml_edits::Editor;
use crate::{Check, Context, Place, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, yaml: &Yaml, sink: &mut Sink<'_>) {
    let Some(build) = context.build(document) else { return };
    let Some(inputs) = build.event("workflow_dispatch").and_then(|event| yaml.get(event.value, "inputs"))
    else {
        return;
    };
    for &entry in yaml.entries(inputs) {
        let Some(name) = yaml.text(entry.key) else { continue };
        let known = |input: &&WorkflowInput| input.names.iter().any(|pattern| matches(pattern, name));
        let Some(input) = context.contract.workflow.inputs.iter().find(known) else { continue };
        check_required(document, yaml, entry, name, input, sink);
        check_type(document, yaml, entry, name, input, sink);
        check_default(build, entry, name, input, sink);
    }
}

fn check_required(
    document: &Document,
    yaml: &Yaml,
    entry: Entry,
    name: &str,
    input: &WorkflowInput,
    sink: &mut Sink<'_>,
) {
    let written = yaml.entry(entry.value, "required");
    let required = written.is_some_and(|written| yaml.as_bool(written.value) == Some(true));
    if required == input.required {
        return;
    }
    let span = yaml.span(written.map_or(entry.key, |written| written.value));
    let (message, label, why) = if required {
        (
            format!("the input `{name}` is required"),
            "must be `false`",
            "left empty it means what the workflow finds out by itself; now nobody can leave it empty",
        )
    } else {
        (
            format!("the input `{name}` is not required"),
            "no `required: true`",
            "emptied by mistake in the form, the build pushes to a name that is put together from nothing",
        )
    };
    sink.report(document, span, message, label)
        .why(why)
        .help(format!("write `required: {}` below `{name}:`", input.required))
        .fix(written_as(
            document,
            yaml,
            entry,
            Applicability::Safe,
            ("required", name),
            &input.required.to_string(),
        ));
}

fn check_type(
    document: &Document,
    yaml: &Yaml,
    entry: Entry,
    name: &str,
    input: &WorkflowInput,
    sink: &mut Sink<'_>,
) {
    let Some(kind) = &input.kind else { return };
    let written = yaml.entry(entry.value, "type");
    if written.is_some_and(|written| yaml.text(written.value) == Some(kind)) {
        return;
    }
    let span = yaml.span(written.map_or(entry.key, |written| written.value));
    sink.report(
        document,
        span,
        format!("the input `{name}` is no {kind}"),
        format!("must be `type: {kind}`"),
    )
    .why("GitHub shows a text field, and whatever else than `true` is typed there means no, without a word")
    .help(format!("write `type: {kind}` below `{name}:`"))
    .fix({
        // A switch is compared otherwise than a text, and a list of choices would be left over.
        let is_printed_alone = expressions_that_read(yaml, &format!("inputs.{name}")).all(|text| {
            let text = text.trim().trim_start_matches("${{").trim_end_matches("}}").trim();
            text == format!("inputs.{name}") || text == format!("github.event.inputs.{name}")
        });
        let applicability = if is_printed_alone { Applicability::Safe } else { Applicability::Unsafe };
        let is_plain = yaml.get(entry.value, "options").is_none();
        is_plain.then(|| written_as(document, yaml, entry, applicability, ("type", name), kind)).flatten()
    });
}

fn check_default(build: &Build<'_>, entry: Entry, name: &str, input: &WorkflowInput, sink: &mut Sink<'_>) {
    let (document, yaml) = (build.document, build.yaml);
    let written = yaml.entry(entry.value, "default");
    let default = written.and_then(|written| yaml.text(written.value)).unwrap_or_default();
    let span = yaml.span(written.map_or(entry.key, |written| written.value));
    if input.without_default && !default.is_empty() {
        sink.report(document, span, format!("the input `{name}` has a default"), "must be empty")
            .why("it replaces what the workflow derives: with a default, every manual run overwrites one and the same tag")
            .help(format!("take the `default:` out of `{name}:`"))
            .fix(Editor::new(document, yaml).remove(
                ProposedFix::safe(format!("take the `default:` out of `{name}:`")),
                entry.value,
                "default",
            ));
    }
    if let Some(wanted) = &input.default
        && !default.eq_ignore_ascii_case(wanted)
        && !(default.is_empty() && wanted == "false")
    {
        sink.report(document, span, format!("the input `{name}` has another default than `{wanted}`"), format!("must be `{wanted}`"))
            .why("who starts the build without looking at each field gets another build than all other workflows give")
            .help(format!("write `default: {wanted}` below `{name}:`"))
            .fix(written_as(document, yaml, entry, Applicability::Unsafe, ("default", name), wanted));
    }
    let Some(variable) = &input.default_from else { return };
    let Some(source) = build.environment(variable) else { return };
    let Some(value) = yaml.text(source.value).filter(|value| !is_computed(value)) else { return };
    if value != default {
        let message = if default.is_empty() {
            format!("the input `{name}` has no default")
        } else {
            format!("the input `{name}` and `{variable}` name two things: `{default}` and `{value}`")
        };
        sink.report(document, span, message, format!("must be `{value}`"))
            .variant("two-defaults")
            .related(Place::new(document, yaml.span(source.value)), "what scheduled runs take")
            .why("scheduled runs push to one repository and manual runs to another, where nobody looks for the image")
            .help(format!("write `default: \"{value}\"` below `{name}:`"))
            .fix({
                let editor = Editor::new(document, yaml);
                let message = format!("write `default: \"{value}\"` below `{name}:`");
                if let Some(written) = written.filter(|_| !default.is_empty()) {
                    // Which of the two is right is not known.
                    editor.set(ProposedFix::new(Applicability::Unsafe, message), written, value)
                } else if value.contains(['"', '\\']) {
                    None
                } else {
                    let quoted = format!("\"{value}\"");
                    written_as(document, yaml, entry, Applicability::Safe, ("default", name), &quoted)
                }
            });
    }
}

/// The fix that writes a key of an input, and its value exactly like this.
fn written_as(
    document: &Document,
    yaml: &Yaml,
    entry: Entry,
    applicability: Applicability,
    (key, name): (&str, &str),
    value: &str,
) -> Option<ProposedFix> {
    let editor = Editor::new(document, yaml);
    let fix = ProposedFix::new(applicability, format!("write `{key}: {value}` below `{name}:`"));
    match yaml.entry(entry.value, key) {
        Some(written) => editor.set_written(fix, written, value),
        None if yaml.is_mapping(entry.value) => {
            editor.insert(fix, entry.value, &format!("{key}: {value}"), &INPUT_KEYS)
        }
        None => editor.fill(fix, entry, &format!("{key}: {value}")),
    }
}
