//! VL629: see `rules/workflow/unmarked-cuda-version.md`.

use std::collections::HashSet;

use vastlint_diagnostic::Applicability;
use vastlint_model::Document;
use vastlint_syntax::yaml::Yaml;
use vastlint_text::Span;

use crate::{Check, Context, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, _yaml: &Yaml, sink: &mut Sink<'_>) {
    let Some(_build) = context.build(document) else { return };
    let contract = &context.contract.workflow;
    let Some(flow) = context.flow(document) else { return };
    let mut seen = HashSet::new();
    for derived in flow.references(&contract.image) {
        for &(index, span) in &derived.origins.pieces {
            let script = &flow.scripts[index];
            for text in script.texts_in(span) {
                let source = &*script.document.text;
                let Some(place) = misspelt(text, source) else { continue };
                if seen.insert((index, place.start)) {
                    sink.report(
                        script.document,
                        place,
                        "the CUDA version of the tag stands in another form than in all other tags",
                        format!("must be `{}X.Y`", contract.tag.cuda_prefix),
                    )
                    .why("templates choose the tag for a driver by this part of it; one that is written otherwise is never chosen")
                    .help(format!("write `{}${{CUDA_VERSION}}`", contract.tag.cuda_prefix))
                    .fix(marked(script.document, place, &contract.tag.cuda_prefix));
                }
            }
        }
    }
}

/// Where a text has `cuda` right before a version or a variable, without a hyphen between them.
fn misspelt(text: Span, source: &str) -> Option<Span> {
    const WORD: &str = "cuda";
    let written = text.text(source);
    let at = written.rfind(WORD)?;
    let end = text.start as usize + at + WORD.len();
    let next = source[end..].bytes().next()?;
    let before = written[..at].bytes().last();
    let is_part = before.is_none_or(|byte| matches!(byte, b'-' | b'_' | b':'));
    let goes_on = next.is_ascii_digit() || matches!(next, b'$' | b'_' | b'.');
    (is_part && goes_on).then(|| Span { start: (end - WORD.len()) as u32, end: end as u32 })
}

/// The form that all other tags have, in the place of `cuda` and what joins it to the rest.
fn marked(document: &Document, place: Span, prefix: &str) -> Option<ProposedFix> {
    let source = document.text.as_bytes();
    let before = source.get(place.start.checked_sub(1)? as usize)?;
    let start = match before {
        b'-' | b'_' => place.start - 1,
        _ => return None,
    };
    let end = if matches!(source.get(place.end as usize)?, b'_' | b'.') { place.end + 1 } else { place.end };
    let fix = ProposedFix::new(Applicability::Unsafe, format!("write `{prefix}`"));
    Some(fix.replace(document, Span::new(start, end), prefix))
}
