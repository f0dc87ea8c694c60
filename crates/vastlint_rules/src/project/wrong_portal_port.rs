//! VL722: see `rules/project/wrong-portal-port.md`.

use vastlint_model::Document;

use crate::listening::{Address, addresses};
use crate::portals::{
    Entry, List, PortalImage, asks_for, environment, gates, numbers, portal_images, script_of,
};
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Project(check);

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for image in portal_images(context.project) {
        if image.shipped.is_empty() {
            continue;
        }
        let environment = environment(context.project, &image);
        let outside = |name: &str| environment.get(name).cloned();
        for document in &image.scripts {
            check_script(context, &image, document, &outside, sink);
        }
    }
}

fn check_script(
    context: &Context<'_>,
    image: &PortalImage<'_>,
    document: &Document,
    outside: &dyn Fn(&str) -> Option<Option<String>>,
    sink: &mut Sink<'_>,
) {
    let contract = &context.contract.portal;
    let Some(script) = script_of(document) else { return };
    // A script with several gates starts several applications.
    let [gate] = &gates(context, document)[..] else { return };
    let entries: Vec<Entry<'_>> = image
        .all
        .iter()
        .flat_map(List::entries)
        .filter(|entry| entry.ports().is_some() && asks_for(&gate.label, entry) == Some(true))
        .collect();
    let Some(entry) = entries.first() else { return };
    let all = addresses(document, script, &contract.listen, outside);
    // What runs in the background serves another purpose than the application in front.
    let is_bound = |address: &&Address| address.port.is_some() && !address.in_background;
    let Some(bound) = all.iter().flatten().find(is_bound) else { return };
    let numbers = numbers(document, script, &|name| outside(name).is_some());
    let named = |port: u16| {
        numbers.contains(&u32::from(port)) || all.iter().flatten().any(|address| address.port == Some(port))
    };
    let agrees =
        |entry: &Entry<'_>| entry.ports().is_some_and(|(first, second)| named(first) || named(second));
    if !entries.iter().any(agrees) {
        report(document, bound, entry, sink);
        return;
    }
    let takes_caddys = |entry: &Entry<'_>| {
        entry.is_proxied()
            && entry.ports().is_some_and(|(first, second)| bound.port == Some(first) && !named(second))
    };
    if entries.iter().all(takes_caddys) {
        report_first(document, bound, entry, sink);
    }
}

fn report_first(document: &Document, bound: &Address, entry: &Entry<'_>, sink: &mut Sink<'_>) {
    let Some((first, second)) = entry.ports() else { return };
    let label = entry.label().unwrap_or_default();
    sink.report(
        document,
        document.first_line(bound.span),
        format!("the program of `{label}` listens on {first}, the first port of its entry, where Caddy listens"),
        format!("behind Caddy it has to listen on the second port, {second}"),
    )
    .related(Place::new(entry.document, entry.ports_span()), format!("Caddy on {first}, the application on {second}"))
    .why("two programs cannot listen on one port: whichever starts later fails, and Caddy passes on to a port on which nobody listens")
    .help(format!("let the program listen on {second}, or write `{first}:{first}` in the entry to leave Caddy out"))
    .variant("first-port");
}

fn report(document: &Document, bound: &Address, entry: &Entry<'_>, sink: &mut Sink<'_>) {
    let (Some(port), Some((first, second))) = (bound.port, entry.ports()) else { return };
    let label = entry.label().unwrap_or_default();
    let wanted = if entry.is_proxied() {
        format!("behind Caddy it has to listen on the second port, {second}")
    } else {
        format!("the entry is not proxied: it has to listen on {first}")
    };
    sink.report(
        document,
        document.first_line(bound.span),
        format!("the program of `{label}` listens on {port}, but its portal entry says {first}:{second}"),
        wanted,
    )
    .related(Place::new(entry.document, entry.ports_span()), format!("the ports of `{label}`"))
    .why(format!("the tab of `{label}` leads to a port on which nobody listens"))
    .help(format!("let the program listen on {second}, or write `{first}:{port}` in the entry"));
}
