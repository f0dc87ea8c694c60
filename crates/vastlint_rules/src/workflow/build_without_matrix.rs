//! VL603: see `rules/workflow/build-without-matrix.md`.

use vastlint_model::Document;
use vastlint_syntax::yaml::Yaml;

use crate::workflows::job;
use crate::yaml_edits::Editor;
use crate::{Check, Context, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, yaml: &Yaml, sink: &mut Sink<'_>) {
    if context.build(document).is_none() {
        return;
    }
    let Some(build) = job(yaml, "build") else { return };
    // A half-written job is the parser's business.
    if !yaml.is_mapping(build.value) {
        return;
    }
    let strategy = yaml.get(build.value, "strategy");
    // A strategy that an expression computes is known to GitHub alone.
    if strategy.and_then(|strategy| yaml.text(strategy)).is_some_and(|text| text.contains("${{")) {
        return;
    }
    let matrix = strategy.and_then(|strategy| yaml.get(strategy, "matrix"));
    let has_matrix = matrix.is_some_and(|matrix| {
        !yaml.entries(matrix).is_empty() || yaml.text(matrix).is_some_and(|text| text.contains("${{"))
    });
    if !has_matrix {
        sink.report(document, yaml.span(build.key), "the job `build` has no matrix", "no `strategy.matrix`")
            .why("`collect-tags` and the artifact names count on one entry of a matrix for each image, even if there is only one")
            .help("write in the job\n  strategy:\n    fail-fast: false\n    matrix:\n      base_image:\n        - <the base image>");
        return;
    }
    let Some(strategy) = strategy else { return };
    let fail_fast = yaml.entry(strategy, "fail-fast");
    let off = fail_fast.is_some_and(|entry| {
        yaml.as_bool(entry.value) == Some(false)
            || yaml.text(entry.value).is_some_and(|text| text.contains("${{"))
    });
    if !off {
        let (span, label) = match fail_fast {
            Some(entry) => (yaml.span(entry.value), "must be `false`"),
            None => (
                yaml.key_span(build.value, "strategy").unwrap_or(yaml.span(build.key)),
                "no `fail-fast: false`",
            ),
        };
        sink.report(document, span, "one failing variant cancels all others of the build", label)
            .variant("fail-fast")
            .why("GitHub stops the whole matrix at the first failure, and images that would have built are not published")
            .help("write `fail-fast: false` below `strategy:`")
            .fix({
                let editor = Editor::new(document, yaml);
                let fix = ProposedFix::safe("write `fail-fast: false` below `strategy:`");
                match fail_fast {
                    Some(entry) => editor.set_written(fix, entry, "false"),
                    None => editor.insert(
                        fix,
                        strategy,
                        "fail-fast: false",
                        &["fail-fast", "max-parallel", "matrix"],
                    ),
                }
            });
    }
}
