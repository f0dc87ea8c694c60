//! What the rules about workflows share.

use vastlint_syntax::yaml::{Entry, Yaml};
use vastlint_text::Span;

/// The jobs of a workflow with the place of the key `jobs`; `None` where there are none to speak about.
pub(crate) fn jobs(yaml: &Yaml) -> Option<(Span, &[Entry])> {
    let entry = yaml.entry(yaml.root()?, "jobs")?;
    let jobs = yaml.entries(entry.value);
    (!jobs.is_empty()).then(|| (yaml.span(entry.key), jobs))
}

/// A job of a workflow.
pub(crate) fn job(yaml: &Yaml, name: &str) -> Option<Entry> {
    let (_, jobs) = jobs(yaml)?;
    jobs.iter().find(|entry| yaml.text(entry.key) == Some(name)).copied()
}
