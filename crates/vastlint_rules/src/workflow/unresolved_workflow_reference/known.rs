//! What exists: names, and the jobs with what is known of them.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use vastlint_model::Document;
use vastlint_syntax::yaml::{Entry, NodeId, Yaml};
use vastlint_text::Span;

use super::environment::Environs;
use super::matrix::Matrix;
use crate::workflows::{Named, Step, needs, steps};

/// Names that exist, found by name without letter case.
#[derive(Default)]
pub(super) struct Known {
    pub(super) names: Vec<String>,
    pub(super) lower: HashSet<String>,
}

impl Known {
    pub(super) fn of<N: AsRef<str>>(names: impl IntoIterator<Item = N>) -> Self {
        let mut known = Self::default();
        names.into_iter().for_each(|name| known.add(name.as_ref()));
        known
    }

    pub(super) fn add(&mut self, name: &str) {
        if self.lower.insert(name.to_ascii_lowercase()) {
            self.names.push(name.to_owned());
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.lower.contains(&name.to_ascii_lowercase())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }
}

/// What can be entered, and where that is said.
pub(super) type Inputs = (Known, Option<Span>);

/// What a job hands on, and where it says so.
pub(super) type Declared<'a> = (Known, (&'a Document, Span));

/// A job, or the steps of a composite action.
pub(super) struct Job<'a> {
    /// The key and the value; a composite action has none.
    pub(super) entry: Option<Entry>,
    pub(super) name: &'a str,
    pub(super) node: NodeId,
    pub(super) needs: Vec<Named<'a>>,
    pub(super) steps: Vec<Step<'a>>,
    pub(super) step_by_id: HashMap<String, usize>,
    /// What is known of the outputs of steps that were asked for.
    pub(super) outputs: HashMap<usize, Option<Rc<Known>>>,
    /// What the job hands on, if it was asked for.
    pub(super) declared: OnceCell<Option<Rc<Declared<'a>>>>,
    /// The matrix, if it was asked for.
    pub(super) matrix: Option<Rc<Matrix>>,
    /// What the environment may hold, if it was asked for.
    pub(super) environment: Option<Rc<Environs>>,
    /// The variables below `env:` of the steps that were asked for. `None` where an expression makes them.
    pub(super) step_environments: HashMap<usize, Option<Rc<Known>>>,
}

impl<'a> Job<'a> {
    pub(super) fn new(yaml: &'a Yaml, name: &'a str, node: NodeId, entry: Option<Entry>) -> Self {
        let steps = steps(yaml, node);
        let (mut step_by_id, mut outputs) = (HashMap::new(), HashMap::new());
        for (index, step) in steps.iter().enumerate() {
            let Some(id) = step.id else { continue };
            let first = *step_by_id.entry(id.name.to_ascii_lowercase()).or_insert(index);
            if first != index {
                // Which of the two is meant is not known.
                outputs.insert(first, None);
            }
        }
        let needs = entry.map(|entry| needs(yaml, entry)).unwrap_or_default();
        Self {
            entry,
            name,
            node,
            needs,
            steps,
            step_by_id,
            outputs,
            declared: OnceCell::new(),
            matrix: None,
            environment: None,
            step_environments: HashMap::new(),
        }
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = &'a str> {
        self.steps.iter().filter_map(|step| step.id.map(|id| id.name))
    }
}
