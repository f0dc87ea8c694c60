//! VL617: see `rules/workflow/unexported-build-variable.md`.

use vastlint_model::Document;
use vastlint_syntax::yaml::{Kind, Yaml};

use crate::build_workflow::{Build, paths_in};
use crate::workflow_values::{Export, Flow, StepScript, Target};
use vastlint_text::Span;

use crate::fix::{full_lines, indentation};
use crate::{Check, Context, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, _yaml: &Yaml, sink: &mut Sink<'_>) {
    let Some(build) = context.build(document) else { return };
    let contract = &context.contract.workflow;
    let Some(flow) = context.flow(document) else { return };
    // The order in which the documents hand them on.
    let references = contract.image.references.iter().flat_map(|reference| &reference.variables);
    let exports = contract.image.exports.iter().map(|export| export.variable.as_str());
    let order: Vec<&str> = references.map(|variable| variable.name.as_str()).chain(exports).collect();
    for reference in &contract.image.references {
        let variables: Vec<&str> =
            reference.variables.iter().map(|variable| variable.name.as_str()).collect();
        check_job(build, flow, &reference.job, &variables, reference.optional, &order, sink);
    }
    for export in &contract.image.exports {
        // That it is not derived at all is another rule's business.
        let is_optional = export.variable == contract.matrix_id.variable;
        check_job(build, flow, &export.job, &[&export.variable], is_optional, &order, sink);
    }
}

fn check_job(
    build: &Build<'_>,
    flow: &Flow<'_>,
    name: &str,
    variables: &[&str],
    is_optional: bool,
    order: &[&str],
    sink: &mut Sink<'_>,
) {
    let (Some(job), Some(number)) = (build.job(name), flow.job(name)) else { return };
    let is_set = |variable: &&str| {
        !flow.exported(number, Target::Environment, variable).is_empty()
            || !flow.environment(number, None, variable).is_empty()
    };
    if variables.iter().any(is_set) || flow.is_opaque(number) {
        return;
    }
    let derived = flow.of_job(number).find_map(|(_, script)| {
        variables.iter().find_map(|&variable| script.assigned(variable).map(|span| (script, variable, span)))
    });
    let (document, span, message, label, variable) = match derived {
        Some((script, variable, span)) => (
            script.document,
            span,
            format!("`{variable}` is derived but not handed on to the later steps"),
            format!("not written to `$GITHUB_ENV` as `{variable}`"),
            variable,
        ),
        None if is_optional => return,
        None => (
            build.document,
            build.yaml.span(job.key),
            format!("no step of the job `{name}` hands on `{}`", variables[0]),
            format!("`{}` is never set here", variables[0]),
            variables[0],
        ),
    };
    let finding = sink.report(document, span, message, label);
    finding.fix(derived.and_then(|(script, variable, span)| handed_on(script, variable, span, order)));
    finding.help(format!(
        "write at the end of the step that derives it\necho \"{variable}=${variable}\" >> $GITHUB_ENV"
    ));
    if is_read(build, flow, number, variable, derived.map(|(script, ..)| script)) {
        finding.why(format!(
            "every step has a shell of its own: `${{{{ env.{variable} }}}}` is empty in the steps that build, record and upload"
        ));
    } else {
        finding.variant("unread").why(
            "steps that are added or copied later take it from the environment, as in every other workflow, and find it empty",
        );
    }
}

/// Whether another step of the job takes the variable from the environment.
fn is_read(
    build: &Build<'_>,
    flow: &Flow<'_>,
    number: usize,
    variable: &str,
    deriving: Option<&StepScript<'_>>,
) -> bool {
    let yaml = build.yaml;
    let job = yaml.span(build.jobs[number].value);
    let path = format!("env.{variable}");
    let in_expressions = yaml
        .nodes()
        .filter(|(_, node)| matches!(node.kind, Kind::Scalar { .. }) && job.contains_span(node.span))
        .filter_map(|(id, _)| yaml.text(id))
        .any(|text| paths_in(text).contains(&path));
    let by_shell = flow.of_job(number).any(|(_, script)| {
        deriving.is_none_or(|deriving| deriving.document.id != script.document.id) && script.expands(variable)
    });
    in_expressions || by_shell
}

/// Hands a variable on where the script hands on others, or at its end.
fn handed_on(script: &StepScript<'_>, variable: &str, assigned: Span, order: &[&str]) -> Option<ProposedFix> {
    let (document, text) = (script.document, &*script.document.text);
    let line_at = |offset: u32| document.slice(full_lines(text, Span::empty(offset))).trim_end();
    let rank = |name: &str| order.iter().position(|known| *known == name);
    // Whole commands of the script's first level: what stands in a block may not be reached.
    let is_whole = |export: &&Export| {
        export.target == Target::Environment
            && export.span.start > assigned.end
            && indentation(text, export.span.start).is_empty()
            && line_at(export.span.start).contains(">>")
            && export.name != variable
    };
    let exports: Vec<&Export> = script.exports.iter().filter(is_whole).collect();
    let file = exports
        .first()
        .and_then(|export| line_at(export.span.start).rsplit_once(">>"))
        .map_or("$GITHUB_ENV", |(_, file)| file.split('#').next().unwrap_or_default().trim());
    let line = format!("echo \"{variable}=${variable}\" >> {file}");
    let fix = ProposedFix::safe(format!("write `{line}`"));
    let before = exports.iter().rfind(|export| rank(&export.name) < rank(variable));
    if let Some(export) = before {
        return Some(fix.insert_lines_below(document, export.span.start, &line));
    }
    if let Some(export) = exports.first() {
        return Some(fix.insert_lines_above(document, export.span.start, &line));
    }
    let end = text.trim_end().len() as u32;
    let last = line_at(end.checked_sub(1)?);
    // Behind what ends the script, inside of a heredoc or a block nothing is reached.
    let is_plain =
        !last.starts_with(['}', ')', ' ', '\t']) && !last.starts_with("exit") && !text.contains("<<");
    is_plain.then(|| fix.insert_lines_below(document, end - 1, &line))
}
