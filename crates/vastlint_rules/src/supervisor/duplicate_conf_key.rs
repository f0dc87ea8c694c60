//! VL305: see `rules/supervisor/duplicate-conf-key.md`.

use std::collections::HashMap;

use vastlint_diagnostic::Applicability;
use vastlint_model::Document;
use vastlint_syntax::supervisor::{Config, Key};

use super::conf::{bare_lines, is_program_conf, programs};
use crate::{Check, Context, Place, ProposedFix, Sink};

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
            .help(format!("keep one line `{name}={}`", key.value.lines().next().unwrap_or_default()))
            .fix(keep_one(document, config, earlier, key));
        }
    }
}

/// The earlier line stays, in its place, with the value that holds. Which of two values was meant, a person knows.
fn keep_one(document: &Document, config: &Config, earlier: &Key, key: &Key) -> Option<ProposedFix> {
    // A section that came in later may be there for this key.
    let section_of =
        |key: &Key| config.sections.partition_point(|section| section.header_span.start < key.span.start);
    let later = bare_lines(document, config, key).filter(|_| section_of(earlier) == section_of(key))?;
    if earlier.value == key.value {
        return Some(ProposedFix::safe(format!("remove the second `{}`", key.name)).delete(document, later));
    }
    bare_lines(document, config, earlier)?;
    let written = document.slice(key.value_span);
    let fix = ProposedFix::new(
        Applicability::Unsafe,
        format!("write the value that holds in the place of the first `{}`", key.name),
    );
    let fits = !written.is_empty() && !written.contains('\n') && !earlier.value.contains('\n');
    fits.then(|| fix.replace(document, earlier.value_span, written).delete(document, later))
}
