//! VL306: see `rules/supervisor/unordered-conf-keys.md`.

use vastlint_model::Document;
use vastlint_syntax::supervisor::{Config, Key, Section};
use vastlint_text::Span;

use super::conf::{is_program_conf, programs};
use crate::{Check, Context, Place, ProposedFix, Sink, full_lines};

/// The check.
pub const CHECK: Check = Check::Supervisor(check);

fn check(context: &Context<'_>, document: &Document, config: &Config, sink: &mut Sink<'_>) {
    if !is_program_conf(document) {
        return;
    }
    let order = &context.contract.conf.order;
    for (program, section, keys) in programs(config) {
        let mut highest: Option<(usize, &Key)> = None;
        for key in &keys {
            // Keys that the template does not have may stand anywhere.
            let Some(rank) = order.iter().position(|name| *name == key.name) else { continue };
            let Some((_, earlier)) = highest.filter(|(before, _)| rank < *before) else {
                highest = Some((rank, key));
                continue;
            };
            sink.report(
                document,
                key.name_span,
                format!("`{}` of `{program}` stands below `{}`", key.name, earlier.name),
                format!("belongs above `{}`", earlier.name),
            )
            .related(Place::new(document, earlier.name_span), "comes later in the template")
            .why("confs that list their keys in one order can be compared line by line")
            .help(format!("keep the order of the template: {}", order.join(", ")))
            .fix(sort(document, section, &keys, order));
            // One word about a conf is enough.
            break;
        }
    }
}

/// The keys of the template in its order, in the places where such keys stand now; each takes the comments above it along.
fn sort(document: &Document, section: &Section, keys: &[&Key], order: &[String]) -> Option<ProposedFix> {
    // What stands in several sections was put there by somebody.
    if section.keys.len() != keys.len() {
        return None;
    }
    let text = &document.text;
    let rank = |key: &Key| order.iter().position(|name| *name == key.name);
    let of_template: Vec<&Key> = keys.iter().copied().filter(|key| rank(key).is_some()).collect();
    let mut sorted = of_template.clone();
    // Of two lines of one key the last one holds: they keep their order.
    sorted.sort_by_key(|key| rank(key));
    let mut fix = ProposedFix::safe("sort the keys as in the template");
    for (old, new) in of_template.iter().zip(&sorted) {
        if std::ptr::eq(*old, *new) {
            continue;
        }
        let (place, from) = (with_comments(text, old)?, with_comments(text, new)?);
        let mut lines = from.text(text).replace('\r', "");
        let is_open = !place.text(text).ends_with('\n');
        if is_open {
            lines.truncate(lines.trim_end_matches('\n').len());
        } else if !lines.ends_with('\n') {
            lines.push('\n');
        }
        fix = fix.replace(document, place, lines);
    }
    Some(fix)
}

/// The lines of a key with the comments directly above it; `None` where another key stands on them.
fn with_comments(text: &str, key: &Key) -> Option<Span> {
    let lines = full_lines(text, key.span);
    let mut start = lines.start;
    for line in text[..start as usize].split_inclusive('\n').rev() {
        if !line.trim_start().starts_with(['#', ';']) {
            break;
        }
        start -= line.len() as u32;
    }
    (lines.start <= key.span.start).then(|| Span::new(start, lines.end))
}
