//! `matrix.<key>`

use std::collections::HashMap;
use std::rc::Rc;

use vastlint_model::Document;
use vastlint_syntax::yaml::{NodeId, Yaml};
use vastlint_text::Span;

use super::known::Known;
use super::{Checker, EMPTY, Fault, Remedy, suggestion};
use crate::callees::keys;
use crate::expressions::Read;

/// What a matrix gives to the expressions of its job.
pub(super) enum Matrix {
    None,
    Unknown,
    /// The keys, with those of their values where all of them are mappings.
    Known(Axes),
}

/// The keys of a matrix.
#[derive(Default)]
pub(super) struct Axes {
    pub(super) names: Vec<String>,
    /// By name in lower case.
    pub(super) values: HashMap<String, Option<Known>>,
}

impl Axes {
    fn add(&mut self, key: &str, inner: Option<Vec<&str>>) {
        let lower = key.to_ascii_lowercase();
        match self.values.get_mut(&lower) {
            None => {
                self.names.push(key.to_owned());
                self.values.insert(lower, inner.map(Known::of));
            }
            Some(value) => match (value.as_mut(), inner) {
                (Some(known), Some(inner)) => inner.into_iter().for_each(|name| known.add(name)),
                _ => *value = None,
            },
        }
    }
}

impl<'a> Checker<'a> {
    pub(super) fn matrix(&mut self, read: &Read<'_>) {
        let (Some(job), Some(key)) = (read.place.job, read.name(1)) else { return };
        let name = self.jobs[job].name;
        let matrix = self.matrix_of(job);
        let none = Axes::default();
        let known = match &*matrix {
            Matrix::Unknown => return,
            // Of a build without a matrix another rule tells, once.
            Matrix::None if name == "build" && self.project.is_build_workflow(self.document) => {
                return;
            }
            Matrix::None => &none,
            Matrix::Known(axes) => axes,
        };
        let Some(inner) = known.values.get(&key.to_ascii_lowercase()) else {
            let message = format!("the matrix of `{name}` has no `{key}`");
            let help = suggestion(
                key,
                known.names.iter().map(String::as_str),
                "its keys are",
                &format!("write in `{name}` below `strategy:` `matrix:` the key `{key}`"),
            );
            let is_right = |meant: &str| {
                let inner = known.values.get(&meant.to_ascii_lowercase());
                read.name(2)
                    .is_none_or(|name| inner.and_then(Option::as_ref).is_some_and(|inner| inner.has(name)))
            };
            let fault = Fault {
                remedy: Remedy::slip(key, known.names.iter().map(String::as_str), is_right),
                related: self.matrix_place(job),
                ..Fault::new(message, "not a key of the matrix", EMPTY, help)
            };
            self.fault(read, 1, fault);
            return;
        };
        let (Some(inner), Some(property)) = (inner, read.name(2)) else { return };
        if !inner.has(property) {
            let help = suggestion(
                property,
                inner.iter(),
                &format!("the values of `{key}` have"),
                &format!("write `{}`", read.path(1)),
            );
            let fault = Fault {
                remedy: Remedy::slip(property, inner.iter(), |_| true),
                related: self.matrix_place(job),
                ..Fault::new(
                    format!("no value of `{key}` in the matrix of `{name}` has a `{property}`"),
                    "not in the matrix",
                    EMPTY,
                    help,
                )
            };
            self.fault(read, 2, fault);
        }
    }

    fn matrix_place(&self, job: usize) -> Option<(&'a Document, Span, String)> {
        let strategy = self.yaml.get(self.jobs[job].node, "strategy");
        let Some(span) = strategy.and_then(|strategy| self.yaml.key_span(strategy, "matrix")) else {
            return self.key_of(job).map(|span| (self.document, span, "has no matrix".to_owned()));
        };
        Some((self.document, span, "the matrix".to_owned()))
    }

    fn matrix_of(&mut self, job: usize) -> Rc<Matrix> {
        if let Some(matrix) = &self.jobs[job].matrix {
            return Rc::clone(matrix);
        }
        let matrix = Rc::new(matrix_in(self.yaml, self.jobs[job].node));
        self.jobs[job].matrix = Some(Rc::clone(&matrix));
        matrix
    }
}

fn matrix_in(yaml: &Yaml, job: NodeId) -> Matrix {
    let Some(strategy) = yaml.get(job, "strategy") else { return Matrix::None };
    if !yaml.is_mapping(strategy) {
        return Matrix::Unknown;
    }
    let Some(matrix) = yaml.get(strategy, "matrix") else { return Matrix::None };
    if !yaml.is_mapping(matrix) || keys(yaml, matrix).is_none() {
        return Matrix::Unknown;
    }
    let mut axes = Axes::default();
    for entry in yaml.entries(matrix) {
        match yaml.text(entry.key).unwrap_or_default() {
            "exclude" => {}
            "include" if !yaml.is_sequence(entry.value) => return Matrix::Unknown,
            "include" => {
                for &item in yaml.items(entry.value) {
                    if !yaml.is_mapping(item) || keys(yaml, item).is_none() {
                        return Matrix::Unknown;
                    }
                    for entry in yaml.entries(item) {
                        let key = yaml.text(entry.key).unwrap_or_default();
                        axes.add(key, value_keys(yaml, &[entry.value]));
                    }
                }
            }
            key => axes.add(key, value_keys(yaml, yaml.items(entry.value))),
        }
    }
    Matrix::Known(axes)
}

/// The keys that the values of an axis have. `None` where some value is no mapping, or is not known.
fn value_keys<'a>(yaml: &'a Yaml, values: &[NodeId]) -> Option<Vec<&'a str>> {
    if values.is_empty() || !values.iter().all(|&value| yaml.is_mapping(value)) {
        return None;
    }
    let mut all = Vec::new();
    for &value in values {
        all.extend(keys(yaml, value)?);
    }
    Some(all)
}
