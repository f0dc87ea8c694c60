//! What the rules about workflows share.

use vastlint_model::{Document, Project};
use vastlint_syntax::yaml::{Entry, NodeId, Yaml};
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

/// A name that stands somewhere.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named<'y> {
    pub(crate) name: &'y str,
    pub(crate) span: Span,
}

/// A text or the texts of a sequence: `needs: a` and `needs: [a, b]`.
pub(crate) fn texts(yaml: &Yaml, node: NodeId) -> Vec<Named<'_>> {
    let named = |id: NodeId| yaml.text(id).map(|name| Named { name, span: yaml.span(id) });
    named(node)
        .map_or_else(|| yaml.items(node).iter().filter_map(|&item| named(item)).collect(), |one| vec![one])
}

/// The jobs that a job waits for.
pub(crate) fn needs(yaml: &Yaml, job: Entry) -> Vec<Named<'_>> {
    yaml.get(job.value, "needs").map(|needs| texts(yaml, needs)).unwrap_or_default()
}

/// A step of a job or of a composite action.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step<'y> {
    /// The mapping.
    pub(crate) node: NodeId,
    /// What it is called in expressions.
    pub(crate) id: Option<Named<'y>>,
    /// The action that it uses.
    pub(crate) uses: Option<Named<'y>>,
    /// The script that it runs.
    pub(crate) run: Option<NodeId>,
}

/// The steps of a job (`jobs.<name>`) or of a composite action (`runs`).
pub(crate) fn steps(yaml: &Yaml, owner: NodeId) -> Vec<Step<'_>> {
    let Some(list) = yaml.get(owner, "steps") else { return Vec::new() };
    let text = |node: NodeId, key: &str| {
        let value = yaml.get(node, key)?;
        Some(Named { name: yaml.text(value)?, span: yaml.span(value) })
    };
    yaml.items(list)
        .iter()
        .filter_map(|&item| yaml.resolve(item))
        .filter(|&node| yaml.is_mapping(node))
        .map(|node| Step { node, id: text(node, "id"), uses: text(node, "uses"), run: yaml.get(node, "run") })
        .collect()
}

/// The shell document of a step's `run:`, if vastlint reads its shell.
pub(crate) fn script_of<'p>(
    project: &'p Project,
    workflow: &Document,
    yaml: &Yaml,
    step: &Step<'_>,
) -> Option<&'p Document> {
    let run = yaml.span(yaml.resolve(step.run?)?);
    project.embedded_at(workflow.id, run)
}
