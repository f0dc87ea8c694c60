//! VL504: see `rules/portal/incomplete-portal-list.md`.

use vastlint_diagnostic::Applicability;
use vastlint_text::Span;

use crate::contract::Portals;
use crate::portals::{Entry, List, matches_anywhere};
use crate::{Check, Context, Place, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Project(check);

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let contract = &context.contract.portal;
    for list in List::all(context.project) {
        // Nothing between two bars is told by another rule.
        let is_written = |entry: &Entry<'_>| !entry.text().trim().is_empty();
        let entries: Vec<Entry<'_>> = list.entries().filter(is_written).collect();
        let (Some(first), true) = (entries.first(), list.is_known()) else { continue };
        // What is no list at all is another rule's.
        if entries.iter().any(|entry| entry.entry.fields.len() < 5) {
            continue;
        }
        check_first(&list, first, &entries, contract, sink);
        for wanted in &contract.expected_labels {
            if !entries.iter().any(|entry| matches_anywhere(wanted, entry.label().unwrap_or_default())) {
                let last = entries.last().unwrap_or(first);
                sink.report(
                    list.document,
                    last.entry.span,
                    format!("the portal's list has no entry for `{wanted}`"),
                    format!("ends here, without `{wanted}`"),
                )
                .why("the boot scripts add it at most instances; where they do not, its tab is missing")
                .help("write `|localhost:8080:18080:/:Jupyter` behind it")
                .variant("expected");
            }
        }
    }
}

fn check_first(
    list: &List<'_>,
    first: &Entry<'_>,
    entries: &[Entry<'_>],
    contract: &Portals,
    sink: &mut Sink<'_>,
) {
    let wanted = &*contract.first_entry;
    if first.text().trim() == wanted {
        return;
    }
    let label = wanted.rsplit(':').next().unwrap_or_default();
    let same =
        entries.iter().find(|entry| entry.label().is_some_and(|other| other.eq_ignore_ascii_case(label)));
    match same {
        None => sink
            .report(
                list.document,
                first.entry.span,
                format!("the portal's list has no entry for the `{label}` itself"),
                format!("`{wanted}` belongs before it"),
            )
            .why("the instance's own page, which the open button leads to, is not reachable")
            .help(format!("write `{wanted}|` before the first entry"))
            .fix(insert_first(list, entries, wanted)),
        Some(same) if same.text().trim() != wanted => sink
            .report(
                list.document,
                same.entry.span,
                format!("the portal's own entry is `{}`", same.text().trim()),
                format!("must be `{wanted}`"),
            )
            .why("the portal listens on its own port whatever the list says: under another one nobody reaches it")
            .help(format!("write `{wanted}`"))
            .fix(
                ProposedFix::new(Applicability::Unsafe, format!("write `{wanted}`"))
                    .replace(list.document, trimmed(list, same), wanted),
            ),
        Some(same) => sink
            .report(
                list.document,
                first.entry.span,
                format!("the portal's list does not begin with the `{label}`"),
                "comes first",
            )
            .related(Place::new(list.document, same.entry.span), "belongs before it")
            .why("people find the instance's own page at the first tab of every template")
            .help(format!("move `{wanted}` to the front"))
            .fix(
                ProposedFix::safe(format!("move `{wanted}` to the front"))
                    .insert(list.document, first.entry.span.start, format!("{wanted}|"))
                    // With the bar before it.
                    .delete(list.document, Span::new(same.entry.span.start - 1, same.entry.span.end)),
            )
            .variant("order"),
    };
}

/// The entry before the first one, where its ports are free.
fn insert_first(list: &List<'_>, entries: &[Entry<'_>], wanted: &str) -> Option<ProposedFix> {
    let first = entries.first()?;
    let port = wanted.split(':').nth(1)?;
    let is_free = entries.iter().all(|entry| entry.field(1).is_none_or(|other| other.trim() != port));
    is_free.then(|| {
        ProposedFix::safe(format!("write `{wanted}|` before the first entry")).insert(
            list.document,
            first.entry.span.start,
            format!("{wanted}|"),
        )
    })
}

/// An entry without the blanks around it.
fn trimmed(list: &List<'_>, entry: &Entry<'_>) -> Span {
    let written = list.document.slice(entry.entry.span);
    let start = entry.entry.span.start + (written.len() - written.trim_start().len()) as u32;
    Span::new(start, start + written.trim().len() as u32)
}
