//! What the rules about build workflows share: the workflow, its jobs and steps, and the scripts that they run.

use std::collections::HashMap;

use vastlint_model::{Document, Origin, Project, Tree};
use vastlint_syntax::github_expression as expression;
use vastlint_syntax::shell::Script;
use vastlint_syntax::yaml::{Entry, Kind, NodeId, Yaml};
use vastlint_text::Span;

use crate::contract::Preflight;
use crate::workflows::{Step, jobs, steps};

/// A workflow that builds an image.
#[derive(Debug)]
pub(crate) struct Build<'a> {
    pub(crate) project: &'a Project,
    /// The file.
    pub(crate) document: &'a Document,
    pub(crate) yaml: &'a Yaml,
    /// The key `jobs`.
    pub(crate) jobs_key: Span,
    /// The jobs in their order.
    pub(crate) jobs: &'a [Entry],
    /// The scripts of the steps, by where their `run:` starts.
    scripts: HashMap<u32, (&'a Document, &'a Script)>,
}

impl<'a> Build<'a> {
    /// `None` for what is no build workflow, or has no jobs.
    pub(crate) fn of(project: &'a Project, document: &'a Document, yaml: &'a Yaml) -> Option<Self> {
        if !project.is_build_workflow(document) {
            return None;
        }
        let (jobs_key, jobs) = jobs(yaml)?;
        let scripts = project
            .embedded(document.id)
            .filter_map(|inner| match (&inner.tree, inner.origin) {
                (Tree::Shell(script), Origin::Embedded { place, .. }) => Some((place.start, (inner, script))),
                _ => None,
            })
            .collect();
        Some(Self { project, document, yaml, jobs_key, jobs, scripts })
    }

    /// A job that is written out here: a mapping that calls no other workflow.
    pub(crate) fn job(&self, name: &str) -> Option<Entry> {
        self.jobs
            .iter()
            .find(|entry| self.yaml.text(entry.key) == Some(name))
            .copied()
            .filter(|entry| self.yaml.is_mapping(entry.value) && self.yaml.get(entry.value, "uses").is_none())
    }

    /// The steps of a job.
    pub(crate) fn steps(&self, job: Entry) -> Vec<Step<'a>> {
        steps(self.yaml, job.value)
    }

    /// The script of a step, if its shell is read.
    pub(crate) fn script(&self, step: &Step<'_>) -> Option<(&'a Document, &'a Script)> {
        let run = self.yaml.resolve(step.run?)?;
        self.scripts.get(&self.yaml.span(run).start).copied()
    }

    /// The value of a variable of the workflow's own `env`, and the entry that gives it.
    pub(crate) fn environment(&self, name: &str) -> Option<Entry> {
        let env = self.yaml.get(self.yaml.root()?, "env")?;
        self.yaml.entry(env, name)
    }

    /// The entry of an event of `on`, if the events are a mapping.
    pub(crate) fn event(&self, name: &str) -> Option<Entry> {
        let events = self.yaml.get(self.yaml.root()?, "on")?;
        self.yaml.entry(events, name)
    }

    /// Whether a job of the workflow declares an output.
    pub(crate) fn hands_on(&self, job: &str, output: &str) -> bool {
        self.job(job).is_some_and(|job| self.yaml.path(job.value, &["outputs", output]).is_some())
    }

    /// Whether the job that decides whether to build hands its decision on.
    pub(crate) fn decides(&self, preflight: &Preflight) -> bool {
        self.hands_on(&preflight.job, &preflight.decision)
    }

    /// Whether the workflow has jobs of all these names.
    pub(crate) fn has_jobs(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.jobs.iter().any(|job| self.yaml.text(job.key) == Some(name)))
    }

    /// The matrix of a job.
    pub(crate) fn matrix(&self, job: Entry) -> Option<NodeId> {
        self.yaml.path(job.value, &["strategy", "matrix"])
    }

    /// Whether the job is built once for each architecture: its matrix has one of these axes, or its runner comes from
    /// the matrix.
    pub(crate) fn is_native(&self, job: Entry, axes: &[String]) -> bool {
        self.matrix(job).is_some_and(|matrix| axes.iter().any(|axis| self.yaml.get(matrix, axis).is_some()))
            || self
                .yaml
                .get(job.value, "runs-on")
                .and_then(|runner| self.yaml.text(runner))
                .is_some_and(|runner| paths_in(runner).iter().any(|path| path.starts_with("matrix.")))
    }
}

/// The paths that the `${{ … }}` of a text read: `needs.preflight.outputs.should-run`.
pub(crate) fn paths_in(text: &str) -> Vec<String> {
    expression::find(text).into_iter().flat_map(|found| paths(text, found.inner)).collect()
}

/// The paths that a condition reads, which needs no braces.
pub(crate) fn paths_in_condition(text: &str) -> Vec<String> {
    if text.contains("${{") { paths_in(text) } else { paths(text, Span::from_range(0..text.len())) }
}

fn paths(text: &str, inner: Span) -> Vec<String> {
    let references = expression::parse(text, inner).references(text);
    let path = |reference: expression::Reference| {
        let names: Vec<&str> = reference.segments.iter().map(|segment| segment.name.as_str()).collect();
        let path = names.join(".");
        // Two names of one thing.
        path.strip_prefix("github.event.inputs.").map_or(path.clone(), |input| format!("inputs.{input}"))
    };
    references.into_iter().map(path).collect()
}

/// The expressions of a file that read a path, each with its braces.
pub(crate) fn expressions_that_read<'y>(yaml: &'y Yaml, path: &str) -> impl Iterator<Item = &'y str> {
    let path = path.to_owned();
    yaml.nodes()
        .filter(|(_, node)| matches!(node.kind, Kind::Scalar { .. }))
        .filter_map(|(id, _)| yaml.text(id))
        .flat_map(|text| expression::find(text).into_iter().map(|found| found.span.text(text)))
        .filter(move |text| paths_in(text).contains(&path))
}

/// Whether a workflow declares an input of a manual run.
pub(crate) fn declares_input(build: &Build<'_>, name: &str) -> bool {
    let inputs = build.event("workflow_dispatch").and_then(|event| build.yaml.get(event.value, "inputs"));
    inputs.is_some_and(|inputs| build.yaml.get(inputs, name).is_some())
}

/// Whether a text holds an expression.
pub(crate) fn is_computed(text: &str) -> bool {
    text.contains("${{")
}

/// `a`, `b` and `c`, each in backquotes.
pub(crate) fn listed<T: AsRef<str>>(names: &[T]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    match &quoted[..] {
        [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        quoted => quoted.concat(),
    }
}

/// Whether a name has the form of a pattern: one `*` stands for any text that is not empty.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((prefix, suffix)) => {
            name.len() > prefix.len() + suffix.len() && name.starts_with(prefix) && name.ends_with(suffix)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_from_texts_and_conditions() {
        assert_eq!(paths_in("a ${{ inputs.X || env['Y'] }} b ${{ 'inputs.Z' }}"), ["inputs.X", "env.Y"]);
        assert_eq!(paths_in("${{ github.event.inputs.X }}"), ["inputs.X"]);
        assert_eq!(paths_in("inputs.X"), [""; 0]);
        assert_eq!(paths_in_condition("needs.a.outputs.b == 'true'"), ["needs.a.outputs.b"]);
        assert_eq!(paths_in_condition("${{ always() && needs.a.result }}"), ["needs.a.result"]);
    }

    #[test]
    fn patterns_have_one_star() {
        assert!(matches("*_REF", "APP_REF") && matches("A", "A") && matches("a*b", "axb"));
        assert!(!matches("*_REF", "_REF") && !matches("*_REF", "APP_REFS") && !matches("A", "B"));
    }

    #[test]
    fn names_are_listed() {
        assert_eq!(listed(&["a"]), "`a`");
        assert_eq!(listed(&["a", "b", "c"]), "`a`, `b` and `c`");
    }
}
