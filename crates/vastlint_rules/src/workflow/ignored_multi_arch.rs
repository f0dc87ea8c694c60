//! VL622: see `rules/workflow/ignored-multi-arch.md`.

use vastlint_model::Document;
use vastlint_syntax::yaml::{Kind, Yaml};

use crate::build_workflow::{declares_input, paths_in};
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, yaml: &Yaml, sink: &mut Sink<'_>) {
    let Some(build) = context.build(document) else { return };
    let contract = &context.contract.workflow;
    let architectures = &contract.architectures;
    let Some(job) = build.job(&contract.matrix_id.jobs[0]) else { return };
    let Some(flow) = context.flow(document) else { return };
    let Some(number) = flow.job(&contract.matrix_id.jobs[0]) else { return };
    if !declares_input(build, &architectures.input) || flow.is_opaque(number) {
        return;
    }
    let span = yaml.span(job.value);
    let read: Vec<String> = yaml
        .nodes()
        .filter(|(_, node)| matches!(node.kind, Kind::Scalar { .. }) && span.contains_span(node.span))
        .filter_map(|(id, _)| yaml.text(id))
        .flat_map(paths_in)
        .collect();
    let by_shell = |name: &str| flow.of_job(number).any(|(_, script)| script.expands(name));
    let asks = |path: String| read.contains(&path);
    let place = build.event("workflow_dispatch").and_then(|event| {
        yaml.get(event.value, "inputs").and_then(|inputs| yaml.key_span(inputs, &architectures.input))
    });
    let Some(declared) = place else { return };
    let (input, default) = (&architectures.input, &architectures.default);
    let help = format!(
        "write in the step that builds\nif [[ \"${{{{ github.event_name }}}}\" == \"workflow_dispatch\" ]]; then\n  {input}=\"${{{{ inputs.{input} }}}}\"\nelse\n  {input}=\"${{{{ env.{default} }}}}\"\nfi"
    );
    // Another job may ask and hand on what follows from it.
    if !asks(format!("inputs.{input}")) {
        let elsewhere = yaml.nodes().any(|(id, node)| {
            matches!(node.kind, Kind::Scalar { .. })
                && yaml.text(id).is_some_and(|text| paths_in(text).contains(&format!("inputs.{input}")))
        });
        if !elsewhere {
            sink.report(document, declared, format!("nothing asks for the input `{input}`"), "without effect")
                .related(Place::new(document, yaml.span(job.key)), "builds the same, whatever was asked for")
                .why("who asks for all architectures gets one of them, and finds out when the image does not start")
                .help(help);
        }
    } else if build.environment(default).is_some() && !asks(format!("env.{default}")) && !by_shell(default) {
        sink.report(
            document,
            declared,
            format!("scheduled runs do not ask for `{default}`"),
            "only manual runs have inputs",
        )
        .related(Place::new(document, yaml.span(job.key)), format!("does not read `env.{default}`"))
        .why("in a scheduled run the input is empty, and what the variable says has no effect")
        .help(help);
    } else {
        let names = |platform: &String| {
            flow.of_job(number).any(|(_, script)| vastlint_text::contains(&script.document.text, platform))
        };
        let missing: Vec<&String> =
            architectures.platforms.iter().filter(|platform| !names(platform)).collect();
        if let Some(platform) = missing.first().filter(|_| missing.len() < architectures.platforms.len()) {
            sink.report(document, declared, format!("the input `{input}` does not lead to a build for `{platform}`"), "without effect")
                .related(Place::new(document, yaml.span(job.key)), format!("no `{platform}`"))
                .why("who asks for all architectures gets some of them, and finds out when the image does not start")
                .help(format!("write `[[ \"${input}\" == \"true\" ]] && platforms+=\",{platform}\"`"));
        }
    }
}
