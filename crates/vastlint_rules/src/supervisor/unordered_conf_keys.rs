//! VL306: see `rules/supervisor/unordered-conf-keys.md`.

use vastlint_model::Document;
use vastlint_syntax::supervisor::{Config, Key};

use super::conf::{is_program_conf, programs};
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Supervisor(check);

fn check(context: &Context<'_>, document: &Document, config: &Config, sink: &mut Sink<'_>) {
    if !is_program_conf(document) {
        return;
    }
    let order = &context.contract.conf.order;
    for (program, _, keys) in programs(config) {
        let mut highest: Option<(usize, &Key)> = None;
        for key in keys {
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
            .help(format!("keep the order of the template: {}", order.join(", ")));
            // One word about a conf is enough.
            break;
        }
    }
}
