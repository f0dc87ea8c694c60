//! VL720: see `rules/project/unlisted-portal-program.md`.

use crate::portals::{Entry, Gate, List, PortalImage, asks_for, gates, portal_images, script_of};
use crate::{Check, Context, Place, Sink};

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
    ));
}
