//! VL618: see `rules/workflow/misassembled-image-reference.md`.

use vastlint_diagnostic::Applicability;
use vastlint_model::Document;
use vastlint_syntax::yaml::Yaml;
use vastlint_text::Span;

use crate::workflow_values::Derived;
use crate::{Check, Context, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, yaml: &Yaml, sink: &mut Sink<'_>) {
    let Some(build) = context.build(document) else { return };
    let Some(flow) = context.flow(document) else { return };
    for derived in flow.references(&context.contract.workflow.image) {
        if !derived.origins.has_unknown {
            // What goes to production has to be guarded.
            let job = build.jobs[derived.script.job];
            let is_guarded = yaml.get(job.value, "environment").is_some();
            check_reference(&derived, is_guarded, sink);
        }
    }
}

fn check_reference(derived: &Derived<'_, '_>, is_guarded: bool, sink: &mut Sink<'_>) {
    let (variable, document) = (derived.variable, derived.script.document);
    let namespace = derived.namespace;
    let help =
        format!("write `{variable}=\"${{{{ secrets.{namespace} }}}}/${{DOCKERHUB_REPO}}:${{IMAGE_TAG}}\"`");
    if !derived.origins.reads(&format!("secrets.{namespace}")) {
        sink.report(
            document,
            derived.place,
            format!("`{variable}` does not take its namespace from `secrets.{namespace}`"),
            "another namespace",
        )
        .why("the image goes where nobody looks for it, and a fork pushes to a namespace that is not its own, or fails because it may not")
        .help(help)
        .fix(from_secret(derived).filter(|_| is_guarded));
        return;
    }
    // What is put together here has a colon for the tag; what another variable holds was seen there.
    let text = derived.place.text(&document.text);
    let value = text.split_once('=').map_or(text, |(_, value)| value);
    if value.contains('/') && !without_expansions(value).contains(':') {
        sink.report(document, derived.place, format!("`{variable}` has no tag"), "no `:` and no tag behind the repository")
            .why("a reference without a tag means `latest`: every build replaces the last one, and variants replace each other")
            .help(help)
            .fix(tagged(derived));
    }
}

/// A text without what stands in braces, so that `${X:-y}` and `${{ … }}` have no say.
fn without_expansions(text: &str) -> String {
    let mut depth = 0_u32;
    let outside = |character: &char| {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
    };
    text.chars().filter(outside).collect()
}

/// The namespace from the secret, in the place of one that is written out.
fn from_secret(derived: &Derived<'_, '_>) -> Option<ProposedFix> {
    let document = derived.script.document;
    let written = document.slice(derived.place);
    let at = written.find('=').map_or(0, |equals| equals + 1);
    let value = &written[at..];
    let inner = value.strip_prefix('"')?;
    let (namespace, rest) = inner.split_once('/')?;
    let is_literal = !namespace.is_empty()
        && namespace.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    // `docker.io/acme/app` has a registry first.
    if !is_literal || namespace.contains('.') || without_expansions(rest).contains('/') {
        return None;
    }
    let start = derived.place.start + at as u32 + 1;
    let secret = format!("${{{{ secrets.{} }}}}", derived.namespace);
    let message = format!("write `{secret}` instead of `{namespace}`");
    let span = Span::new(start, start + namespace.len() as u32);
    Some(ProposedFix::new(Applicability::Unsafe, message).replace(document, span, secret))
}

/// The tag that the script has derived, behind the repository.
fn tagged(derived: &Derived<'_, '_>) -> Option<ProposedFix> {
    const TAG: &str = "IMAGE_TAG";
    let document = derived.script.document;
    let written = document.slice(derived.place);
    let is_there = derived.script.assigned(TAG).is_some_and(|tag| tag.end <= derived.place.start);
    let end = derived.place.end.checked_sub(1).filter(|_| is_there && written.ends_with('"'))?;
    let fix = ProposedFix::new(Applicability::Unsafe, format!("write `:${{{TAG}}}` behind the repository"));
    for tag in [format!("-${{{TAG}}}\""), format!("-${TAG}\"")] {
        if written.ends_with(&tag) {
            let at = derived.place.end - tag.len() as u32;
            return Some(fix.replace(document, Span::new(at, at + 1), ":"));
        }
    }
    if written.contains(TAG) {
        return None;
    }
    Some(fix.insert(document, end, format!(":${{{TAG}}}")))
}
