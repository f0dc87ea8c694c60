//! VL503: see `rules/portal/duplicate-portal-entry.md`.

use std::collections::HashMap;

use crate::portals::{Entry, List};
use crate::{Check, Context, Finding, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Project(check);

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for list in List::all(context.project) {
        let mut by_label: HashMap<&str, Entry<'_>> = HashMap::new();
        let mut by_port: HashMap<u16, Entry<'_>> = HashMap::new();
        for entry in list.entries() {
            if let Some(label) = entry.label().filter(|label| !label.is_empty()) {
                if let Some(first) = by_label.get(label) {
                    let finding = same_label(&list, first, &entry, label, sink);
                    as_example(&list, finding);
                } else {
                    by_label.insert(label, entry);
                }
            }
            let Some((port, _)) = entry.ports().filter(|_| entry.is_proxied()) else { continue };
            if let Some(first) = by_port.get(&port) {
                let finding = same_port(&list, first, &entry, port, sink);
                as_example(&list, finding);
            } else {
                by_port.insert(port, entry);
            }
        }
    }
}

/// In a text nothing breaks until somebody copies it.
fn as_example(list: &List<'_>, finding: &mut Finding) {
    if list.is_example() {
        finding.variant("example");
    }
}

fn same_label<'s>(
    list: &List<'_>,
    first: &Entry<'_>,
    second: &Entry<'_>,
    label: &str,
    sink: &'s mut Sink<'_>,
) -> &'s mut Finding {
    sink.report(
        list.document,
        second.entry.fields[4],
        format!("two portal entries have the label `{label}`"),
        "the same label again",
    )
    .related(Place::new(list.document, first.entry.fields[4]), "this entry is lost")
    .why("the portal keeps its entries by label: the later one replaces the earlier one, whose tab and port are gone")
    .help("give each entry a label of its own")
}

fn same_port<'s>(
    list: &List<'_>,
    first: &Entry<'_>,
    second: &Entry<'_>,
    port: u16,
    sink: &'s mut Sink<'_>,
) -> &'s mut Finding {
    let label = |entry: &Entry<'_>| entry.label().unwrap_or_default().to_owned();
    sink.report(
        list.document,
        second.entry.fields[1],
        format!("`{}` and `{}` have the same first port {port}", label(first), label(second)),
        "Caddy would listen here twice",
    )
    .related(Place::new(list.document, first.entry.fields[1]), "listens here already")
    .why("Caddy refuses two sites of one address and does not start: no tab and no port of the instance opens")
    .help("give each proxied entry a first port of its own; entries with two equal ports are not proxied and do not count")
}
