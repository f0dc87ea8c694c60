//! VL118: see `rules/dockerfile/written-out-staging-namespace.md`.

use vastlint_model::Document;
use vastlint_text::{Span, contains};

use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Document(check);

fn check(context: &Context<'_>, document: &Document, sink: &mut Sink<'_>) {
    let base = &context.contract.dockerfile.base;
    let name = &*base.staging_namespace;
    if name.is_empty() || !document.is_file() || !contains(&document.text, name) {
        return;
    }
    for span in words(&document.text, name) {
        sink.report(document, span, format!("the staging namespace `{name}` is written out"), "a secret's value")
            .why("what stands in staging is unchecked and is overwritten at any time, and the name of the place is known to the secret alone: an image that names it is built on what the next test build pushes")
            .help(format!(
                "in a workflow write `${{{{ secrets.{} }}}}`; elsewhere name the published image in `{}/`",
                base.staging_secret, base.namespace
            ));
    }
}

/// Every place of a name where it is no part of a longer one.
fn words<'t>(text: &'t str, name: &'t str) -> impl Iterator<Item = Span> + 't {
    let inner = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.');
    text.match_indices(name).filter_map(move |(at, _)| {
        let end = at + name.len();
        let behind = text[end..].trim_start_matches('.');
        (!text[..at].ends_with(inner) && !behind.starts_with(inner)).then(|| Span::from_range(at..end))
    })
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn a_longer_name_is_another_one() {
        let count = |text| words(text, "lab").count();
        assert_eq!(count("lab/app docker.io/lab/app \"lab\" Ask the lab."), 4);
        assert_eq!(count("labs/app my-lab/app lab-old/app lab.example.com"), 0);
    }
}
