//! VL501: see `rules/portal/malformed-portal-entry.md`.

use std::net::Ipv4Addr;

use vastlint_diagnostic::Applicability;
use vastlint_text::Span;

use crate::contract::Portals;
use crate::portals::{Entry, List, port};
use crate::{Check, Context, Finding, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Project(check);

const REFUSED: &str = "Caddy's configurator stops at the first entry that it cannot read: Caddy does not start, and no tab and no port of the instance opens";

/// What each field is called.
const FIELDS: [&str; 5] = ["host", "first port", "second port", "path", "label"];

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let contract = &context.contract.portal;
    for list in List::all(context.project) {
        if list.document.slice(list.portal.span).trim().is_empty() {
            continue;
        }
        for (index, entry) in list.portal.entries.iter().enumerate() {
            let text = list.document.slice(entry.span);
            if text.trim().is_empty() {
                let finding = empty_entry(&list, index, sink);
                as_example(&list, finding);
            }
        }
        for entry in list.entries().filter(|entry| !entry.text().trim().is_empty()) {
            check_entry(&list, &entry, contract, sink);
        }
    }
}

/// In a text nothing breaks until somebody copies it.
fn as_example(list: &List<'_>, finding: &mut Finding) {
    if list.is_example() {
        finding.variant("example");
    }
}

fn empty_entry<'s>(list: &List<'_>, index: usize, sink: &'s mut Sink<'_>) -> &'s mut Finding {
    let span = list.portal.entries[index].span;
    // The bar before it, or behind the first one.
    let bar =
        if index > 0 { Span::new(span.start - 1, span.end) } else { Span::new(span.start, span.end + 1) };
    let is_last = index + 1 == list.portal.entries.len();
    let place = match index {
        0 => "before the first `|`",
        _ if is_last => "behind the last `|`",
        _ => "between two `|`",
    };
    sink.report(
        list.document,
        bar,
        format!("the portal's list has an empty entry {place}"),
        "nothing stands here",
    )
    .why(REFUSED)
    .help("remove the `|`: it stands only between two entries")
    .fix(ProposedFix::safe("remove the `|`").delete(list.document, bar))
}

fn check_entry(list: &List<'_>, entry: &Entry<'_>, contract: &Portals, sink: &mut Sink<'_>) {
    let document = list.document;
    let fields = &entry.entry.fields;
    if fields.len() < FIELDS.len() {
        let missing = FIELDS[fields.len()..].join("`, `");
        let finding = sink
            .report(
                document,
                entry.entry.span,
                format!("the portal entry `{}` has {} of five fields", entry.text().trim(), fields.len()),
                format!("lacks `{missing}`"),
            )
            .why(REFUSED)
            .help(format!(
                "write `{}:7860:17860:/:My App` with the ports, the path and the name of this application",
                contract.host
            ));
        as_example(list, finding);
        return;
    }
    let label = entry.label().unwrap_or_default();
    for index in [1, 2] {
        let text = entry.field(index).unwrap_or_default().trim();
        if port(text).is_some() {
            continue;
        }
        let name = FIELDS[index];
        let wrong = if text.is_empty() {
            format!("the {name} of the portal entry `{label}` is missing")
        } else {
            format!("the {name} of the portal entry `{label}` is `{text}`, which is no port")
        };
        let finding = sink
            .report(document, shown(entry, index), wrong, "must be a number from 1 to 65535")
            .why(REFUSED)
            .help("write `host:first port:second port:path:label`; Caddy listens on the first port, the application on the second");
        as_example(list, finding);
    }
    let path = entry.field(3).unwrap_or_default();
    if !path.trim_start().starts_with('/') {
        let finding = sink
            .report(
                document,
                shown(entry, 3),
                format!("the path of the portal entry `{label}` does not start with `/`"),
                "must start with `/`",
            )
            .why("the portal puts the path behind the port: its tab opens an address that does not exist")
            .help(format!("write `/{}`", path.trim()))
            .fix(ProposedFix::safe(format!("write `/{}`", path.trim())).insert(
                document,
                fields[3].start + (path.len() - path.trim_start().len()) as u32,
                "/",
            ));
        as_example(list, finding);
    }
    check_host(list, entry, contract, sink);
    check_blanks(list, entry, sink);
}

/// The documented host; where another machine is named, somebody may have meant it.
fn write_host(list: &List<'_>, entry: &Entry<'_>, host: &str, contract: &Portals) -> ProposedFix {
    let is_same = host.is_empty()
        || host.eq_ignore_ascii_case(&contract.host)
        || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback());
    let applicability = if is_same { Applicability::Safe } else { Applicability::Unsafe };
    let field = entry.entry.fields[0];
    let written = list.document.slice(field);
    let blanks = (written.len() - written.trim_start().len()) as u32;
    let start = field.start + blanks;
    ProposedFix::new(applicability, format!("write `{}`", contract.host)).replace(
        list.document,
        Span::new(start, start + host.len() as u32),
        &*contract.host,
    )
}

fn check_host(list: &List<'_>, entry: &Entry<'_>, contract: &Portals, sink: &mut Sink<'_>) {
    let host = entry.field(0).unwrap_or_default().trim();
    if host == contract.host {
        return;
    }
    let label = entry.label().unwrap_or_default();
    sink.report(
        list.document,
        shown(entry, 0),
        format!("the host of the portal entry `{label}` is `{host}`"),
        format!("must be `{}`", contract.host),
    )
    .why("the applications of an instance run beside Caddy and listen on the machine itself: elsewhere nobody answers")
    .help(format!("write `{}`", contract.host))
    .fix(write_host(list, entry, host, contract))
    .variant("host");
}

/// Blanks at the edges, and a label of nothing.
fn check_blanks(list: &List<'_>, entry: &Entry<'_>, sink: &mut Sink<'_>) {
    let label = entry.label().unwrap_or_default();
    if label.is_empty() {
        sink.report(
            list.document,
            entry.entry.span,
            format!("the portal entry `{}` has no label", entry.text().trim()),
            "the label behind the last `:` is missing",
        )
        .why("the tab has no name, and no program can ask whether the portal lists it")
        .help("write the application's name behind the path")
        .variant("untidy");
        return;
    }
    // ` | ` is one fault, and told of the entry before it.
    let is_told = entry.entry.span.start.checked_sub(2).is_some_and(|before| {
        before >= list.portal.span.start
            && list.document.text.as_bytes()[before as usize].is_ascii_whitespace()
    });
    let has_blanks = |index: usize| {
        entry.field(index).is_some_and(|field| match index {
            0 if is_told => field.trim_end() != field,
            _ => field.trim() != field,
        })
    };
    let Some(index) = (0..FIELDS.len()).find(|&index| has_blanks(index)) else {
        return;
    };
    sink.report(
        list.document,
        entry.entry.span,
        format!("the {} of the portal entry `{label}` has blanks around it", FIELDS[index]),
        "blanks around a field or a `|`",
    )
    .why("the list is cut at `|` and `:` alone: the blanks become a part of the value")
    .help(format!(
        "write `{}`",
        entry.text().splitn(FIELDS.len(), ':').map(str::trim).collect::<Vec<_>>().join(":")
    ))
    .fix(remove_blanks(list, entry))
    .variant("untidy");
}

/// The blanks around the fields, and those in front of the next entry, which are told of this one.
fn remove_blanks(list: &List<'_>, entry: &Entry<'_>) -> ProposedFix {
    let mut fix = ProposedFix::safe("remove the blanks");
    let text = &list.document.text;
    let mut blanks = Vec::new();
    let mut delete = |start: u32, end: u32| {
        if start < end {
            blanks.push(Span::new(start, end));
        }
    };
    for field in &entry.entry.fields {
        let written = field.text(text);
        let kept = written.trim();
        let before = (written.len() - written.trim_start().len()) as u32;
        delete(field.start, field.start + before);
        delete(field.start + before + kept.len() as u32, field.end);
    }
    let place = list.portal.entries.partition_point(|next| next.span.start <= entry.entry.span.end);
    let next = list.portal.entries.get(place);
    if let Some(next) = next.filter(|next| !next.span.text(text).trim().is_empty()) {
        let written = next.span.text(text);
        let is_blank_before_bar = entry.text().ends_with(char::is_whitespace);
        let before = (written.len() - written.trim_start().len()) as u32;
        if is_blank_before_bar {
            delete(next.span.start, next.span.start + before);
        }
    }
    for span in blanks {
        fix = fix.delete(list.document, span);
    }
    fix
}

/// The place of a field; of the whole entry where the field is empty.
fn shown(entry: &Entry<'_>, index: usize) -> Span {
    let span = entry.entry.fields[index];
    if span.is_empty() { entry.entry.span } else { span }
}
