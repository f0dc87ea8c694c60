//! VL614: see `rules/workflow/unrestricted-build-token.md`.

use vastlint_diagnostic::Applicability;
use vastlint_model::Document;
use vastlint_syntax::yaml::{Entry, Yaml};

use crate::build_workflow::is_computed;
use crate::workflows::JOB_KEYS;
use crate::yaml_edits::Editor;
use crate::{Check, Context, ProposedFix, Sink};

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
    let lines = format!("permissions:\n  {}", wanted.join("\n  "));
    // Where it shows the token to others, it may need more than that.
    let applicability =
        if uses_token(document, yaml, job) { Applicability::Unsafe } else { Applicability::Safe };
    let fix = || ProposedFix::new(applicability, "write `permissions:` in the job `build`");
    let editor = Editor::new(document, yaml);
    let Some(permissions) = of_job.or_else(of_all) else {
        sink.report(document, yaml.span(job.key), "the job `build` does not limit what its token may do", "no `permissions`")
            .why("the token gets what the repository gives by default, which may be everything, and the build runs scripts of others")
            .help(help)
            .fix(editor.insert(fix(), job.value, &lines, &JOB_KEYS));
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
            .help(help)
            .fix(if of_job.is_some() {
                editor.set_block(fix(), permissions, &wanted.join("\n"))
            } else {
                editor.insert(fix(), job.value, &lines, &JOB_KEYS)
            });
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
        .help(help.clone())
        .fix({
            let line = format!("{}: {}", one.scope, one.access);
            let message = format!("write `{line}` below `permissions:`");
            match given {
                // Another job may live on what all of them have.
                Some(_) if of_job.is_none() => None,
                Some(given) => {
                    editor.set(ProposedFix::new(Applicability::Unsafe, message), given, &one.access)
                }
                None if yaml.entries(permissions.value).is_empty() => {
                    let written = format!("{{ {line} }}");
                    editor.set_written(ProposedFix::safe(message), permissions, &written)
                }
                None => editor.insert(ProposedFix::safe(message), permissions.value, &line, &[]),
            }
        });
    }
}

/// Whether a job hands its token to something.
fn uses_token(document: &Document, yaml: &Yaml, job: Entry) -> bool {
    let text = document.slice(yaml.span(job.value));
    ["GITHUB_TOKEN", "github.token", "ghcr.io", "git push", "gh release"]
        .iter()
        .any(|word| vastlint_text::contains(text, word))
}
