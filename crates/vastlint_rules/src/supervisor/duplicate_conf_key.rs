//! VL305: see `rules/supervisor/duplicate-conf-key.md`.

use std::collections::HashMap;

use vastlint_model::Document;
use vastlint_syntax::supervisor::{Config, Key};

use super::conf::{is_program_conf, programs};
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Supervisor(check);

fn check(_: &Context<'_>, document: &Document, config: &Config, sink: &mut Sink<'_>) {
    if !is_program_conf(document) {
        return;
    }
    for (program, _, keys) in programs(config) {
        let mut seen: HashMap<&str, &Key> = HashMap::new();
        for key in keys {
            let Some(earlier) = seen.insert(&key.name, key) else { continue };
            let name = &key.name;
            let what = if earlier.value == key.value { "twice" } else { "twice, with two values" };
            sink.report(
                document,
                document.first_line(key.span),
                format!("`{name}` of `{program}` is set {what}"),
                "this one holds",
            )
            .related(Place::new(document, document.first_line(earlier.span)), "read over")
            .why("supervisord takes the last one without a word: whoever changes the first one changes nothing")
            .help(format!("keep one line `{name}={}`", key.value.lines().next().unwrap_or_default()));
        }
    }
}
