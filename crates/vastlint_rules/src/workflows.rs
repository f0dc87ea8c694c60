//! What the rules about workflows share.

use std::collections::HashSet;

use vastlint_model::{Document, Project};
use vastlint_syntax::yaml::{Entry, NodeId, Yaml};
use vastlint_text::Span;

use crate::names::slip;
use crate::yaml_edits::Editor;
use crate::{Context, ProposedFix};

/// The keys of a job in the order in which they are written everywhere.
pub(crate) const JOB_KEYS: [&str; 14] = [
    "name",
    "needs",
    "if",
    "uses",
    "runs-on",
    "environment",
    "permissions",
    "outputs",
    "strategy",
    "env",
    "with",
    "secrets",
    "timeout-minutes",
    "steps",
];

/// The keys of an input of a manual run in the order in which they are written everywhere.
pub(crate) const INPUT_KEYS: [&str; 5] = ["description", "required", "default", "type", "options"];

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

/// Those of the jobs `wanted` that a job does not wait for itself.
pub(crate) fn missing_needs<'c>(yaml: &Yaml, job: Entry, wanted: &'c [String]) -> Vec<&'c str> {
    let all = needs(yaml, job);
    let is_missing = |name: &&str| all.iter().all(|need| need.name != *name);
    wanted.iter().map(String::as_str).filter(is_missing).collect()
}

/// Whether a job waits for another one, by way of others or not.
pub(crate) fn waits_for(yaml: &Yaml, waiting: &str, other: &str) -> bool {
    let mut pending = vec![waiting.to_ascii_lowercase()];
    let mut seen: HashSet<String> = HashSet::new();
    let all = jobs(yaml).map_or(&[][..], |(_, jobs)| jobs);
    while let Some(name) = pending.pop() {
        let found =
            all.iter().find(|entry| yaml.text(entry.key).is_some_and(|key| key.eq_ignore_ascii_case(&name)));
        for need in found.map(|&job| needs(yaml, job)).unwrap_or_default() {
            if need.name.eq_ignore_ascii_case(other) {
                return true;
            }
            if seen.insert(need.name.to_ascii_lowercase()) {
                pending.push(need.name.to_ascii_lowercase());
            }
        }
    }
    false
}

/// Lets a job wait for more jobs, in this order.
pub(crate) fn wait_for(
    fix: ProposedFix,
    document: &Document,
    yaml: &Yaml,
    job: Entry,
    missing: &[&str],
    order: &[&str],
) -> Option<ProposedFix> {
    let editor = Editor::new(document, yaml);
    // One of them stands there under a misspelt name.
    let is_slip =
        |need: &Named<'_>| !order.contains(&need.name) && slip(need.name, missing.iter().copied()).is_some();
    if needs(yaml, job).iter().any(is_slip) {
        return None;
    }
    match (yaml.entry(job.value, "needs"), missing) {
        (Some(needs), _) => editor.add_items(fix, needs, missing, order),
        (None, [only]) => editor.insert(fix, job.value, &format!("needs: {only}"), &JOB_KEYS),
        (None, several) => {
            editor.insert(fix, job.value, &format!("needs: [{}]", several.join(", ")), &JOB_KEYS)
        }
    }
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

/// The fix that fetches the repository as the first step of a job (or of the jobs' like) that never does.
pub(crate) fn checkout_first(
    context: &Context<'_>,
    document: &Document,
    yaml: &Yaml,
    owner: NodeId,
) -> Option<ProposedFix> {
    let contract = &context.contract.workflow;
    let checkout = contract
        .steps
        .iter()
        .flat_map(|job| &job.steps)
        .find(|step| step.uses.as_ref() == Some(&contract.preflight.checkout))?;
    let steps = steps(yaml, owner);
    if steps.iter().filter_map(|step| step.uses).any(|uses| uses.name.contains("checkout")) {
        return None;
    }
    let is_named = steps.first().is_some_and(|step| yaml.get(step.node, "name").is_some());
    let lines = if is_named {
        format!("name: {}\n{}", checkout.name, checkout.example)
    } else {
        checkout.example.clone()
    };
    let fix = ProposedFix::safe(format!("write `{}` as the first step", checkout.example));
    Editor::new(document, yaml).insert_item(fix, yaml.get(owner, "steps")?, None, &lines)
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
