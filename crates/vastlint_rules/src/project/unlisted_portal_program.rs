//! VL720: see `rules/project/unlisted-portal-program.md`.

use crate::portals::{Entry, Gate, List, PortalImage, asks_for, first_metacharacter, gates, portal_images};
use crate::{Check, Context, Place, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Project(check);

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for image in portal_images(context.project) {
        let Some(list) = image.shipped.first() else { continue };
        // One entry that is not known may be the one.
        if image.adds_unknown || !image.all.iter().all(List::is_known) {
            continue;
        }
        let entries: Vec<Entry<'_>> = image.all.iter().flat_map(List::entries).collect();
        for document in &image.scripts {
            for gate in gates(context, document) {
                if entries.iter().all(|entry| asks_for(&gate.label, entry) == Some(false)) {
                    report(&image, list, &gate, &entries, sink);
                }
            }
        }
    }
}

fn report(
    image: &PortalImage<'_>,
    list: &List<'_>,
    gate: &Gate<'_>,
    entries: &[Entry<'_>],
    sink: &mut Sink<'_>,
) {
    let label = &gate.label;
    let name = &image.image.name;
    let mut listed: Vec<String> = Vec::new();
    for label in entries.iter().filter_map(Entry::label).map(|label| format!("`{label}`")) {
        // More than these nobody reads.
        if listed.len() < 8 && !listed.contains(&label) {
            listed.push(label);
        }
    }
    sink.report(
        gate.document,
        gate.span,
        format!("the portal list of `{name}` has no entry that matches `{label}`"),
        "waits for an entry that is not there",
    )
    .related(Place::new(list.document, list.portal.span), "the list that the image ships")
    .why("`exit_portal.sh` looks for this text in the portal's file and ends the program where it is missing: the application never starts, and the log says that it was skipped")
    .help(format!(
        "write a part of one of the labels ({}), or add `|localhost:first port:second port:/:{label}` to the list",
        listed.join(", ")
    ))
    .fix(write_listed(gate, entries));
}

/// The one label of the list that is the same but for blanks and signs.
fn write_listed(gate: &Gate<'_>, entries: &[Entry<'_>]) -> Option<ProposedFix> {
    let plain = |label: &str| -> String {
        label.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let wanted = plain(&gate.label);
    let mut same: Vec<&str> =
        entries.iter().filter_map(Entry::label).filter(|label| plain(label) == wanted).collect();
    same.dedup();
    let [label] = same[..] else { return None };
    // The word as it is quoted now, or in double quotes.
    let written = gate.document.slice(gate.span);
    let quote = ['"', '\''].into_iter().find(|quote| written == format!("{quote}{}{quote}", gate.label));
    if (quote.is_none() && written != gate.label)
        || first_metacharacter(label).is_some()
        || label.contains(['"', '\'', '`'])
    {
        return None;
    }
    let quote = quote.unwrap_or('"');
    let fix = ProposedFix::safe(format!("write `{label}`"));
    Some(fix.replace(gate.document, gate.span, format!("{quote}{label}{quote}")))
}
