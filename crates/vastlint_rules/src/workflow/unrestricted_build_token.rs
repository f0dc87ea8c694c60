//! VL614: see `rules/workflow/unrestricted-build-token.md`.

use vastlint_model::Document;
use vastlint_syntax::yaml::Yaml;

use crate::build_workflow::is_computed;
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, yaml: &Yaml, sink: &mut Sink<'_>) {
    let Some(build) = context.build(document) else { return };
    let contract = &context.contract.workflow;
    let Some(job) = build.job(&contract.matrix_id.jobs[0]) else { return };
    let of_job = yaml.entry(job.value, "permissions");
    let of_all = || yaml.root().and_then(|root| yaml.entry(root, "permissions"));
    let wanted: Vec<String> =
        contract.build.permissions.iter().map(|one| format!("{}: {}", one.scope, one.access)).collect();
    let help = format!("write in the job `build`\npermissions:\n  {}", wanted.join("\n  "));
    let Some(permissions) = of_job.or_else(of_all) else {
        sink.report(document, yaml.span(job.key), "the job `build` does not limit what its token may do", "no `permissions`")
            .why("the token gets what the repository gives by default, which may be everything, and the build runs scripts of others")
            .help(help);
        return;
    };
    if let Some(text) = yaml.text(permissions.value) {
        if !is_computed(text) && !text.is_empty() && text != "read-all" {
            sink.report(
                document,
                yaml.span(permissions.value),
                "the token of the job `build` may do everything",
                format!("`{text}`"),
            )
            .why("the build runs scripts of others, which could change the repository with it")
            .help(help);
        }
        return;
    }
    for one in &contract.build.permissions {
        let given = yaml.entry(permissions.value, &one.scope);
        let access = given.and_then(|given| yaml.text(given.value)).unwrap_or("none");
        if access == one.access || is_computed(access) {
            continue;
        }
        let (span, why) = match given {
            Some(given) => (
                yaml.span(given.value),
                "the build runs scripts of others, which could do with the token whatever it may",
            ),
            None => (
                yaml.span(permissions.key),
                "what is not listed is taken away: the checkout of a private repository fails",
            ),
        };
        sink.report(
            document,
            span,
            format!("the token of the job `build` has `{}: {access}`", one.scope),
            format!("must be `{}`", one.access),
        )
        .why(why)
        .help(help.clone());
    }
}
