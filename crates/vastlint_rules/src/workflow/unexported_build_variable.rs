//! VL617: see `rules/workflow/unexported-build-variable.md`.

use vastlint_model::Document;
use vastlint_syntax::yaml::Yaml;

use crate::builds::Build;
use crate::dataflow::{Flow, Target};
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, yaml: &Yaml, sink: &mut Sink<'_>) {
    let Some(build) = Build::of(context, document, yaml) else { return };
    let contract = &context.contract.workflow;
    let flow = Flow::of(&build);
    for reference in &contract.image.references {
        check_job(&build, &flow, &reference.job, &reference.variables, None, sink);
    }
    for export in &contract.image.exports {
        let variables = std::slice::from_ref(&export.variable);
        // That it is not derived at all is another rule's business.
        let derived_elsewhere =
            (export.variable == contract.matrix_id.variable).then_some(export.variable.as_str());
        check_job(&build, &flow, &export.job, variables, derived_elsewhere, sink);
    }
}

fn check_job(
    build: &Build<'_>,
    flow: &Flow<'_>,
    name: &str,
    variables: &[String],
    only_if_derived: Option<&str>,
    sink: &mut Sink<'_>,
) {
    let (Some(job), Some(number)) = (build.job(name), flow.job(name)) else { return };
    let is_set = |variable: &String| {
        !flow.exported(number, Target::Environment, variable).is_empty()
            || !flow.environment(number, None, variable).is_empty()
    };
    if variables.iter().any(is_set) || flow.is_opaque(number) {
        return;
    }
    let derived = flow.of_job(number).find_map(|(_, script)| {
        variables.iter().find_map(|variable| script.assigned(variable).map(|span| (script, variable, span)))
    });
    let help = |variable: &str| {
        format!(
            "write at the end of the step that derives it\necho \"{variable}=${variable}\" >> $GITHUB_ENV"
        )
    };
    if let Some((script, variable, span)) = derived {
        sink.report(
            script.document,
            span,
            format!("`{variable}` is derived but not handed on to the later steps"),
            format!("not written to `$GITHUB_ENV` as `{variable}`"),
        )
        .why(format!("every step has a shell of its own: `${{{{ env.{variable} }}}}` is empty in the steps that build, record and upload"))
        .help(help(variable));
    } else if only_if_derived.is_none() {
        let variable = &variables[0];
        sink.report(
            build.document,
            build.yaml.span(job.key),
            format!("no step of the job `{name}` hands on `{variable}`"),
            format!("`{variable}` is never set here"),
        )
        .why("the steps that build, record and upload take it from the environment, so that they cannot speak of different images")
        .help(help(variable));
    }
}
