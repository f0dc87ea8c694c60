//! The expressions of a workflow or of an action, each with where it stands.

use vastlint_model::{Document, Kind};
use vastlint_syntax::github_expression::{self as expression, Segment};
use vastlint_syntax::yaml::{Kind as NodeKind, NodeId, Yaml, scalar_text};
use vastlint_text::{MappedText, SourceMap, Span};

use crate::workflows::jobs;

/// A path into a context that an expression reads, such as `needs.preflight.outputs.should-run`.
#[derive(Clone, Debug)]
pub(crate) struct Read<'y> {
    /// The segments, the context first; names as written.
    pub(crate) segments: Vec<Segment>,
    /// Where the path stands in the document.
    pub(crate) span: Span,
    /// Where the expression stands.
    pub(crate) place: Place<'y>,
}

/// Where an expression stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place<'y> {
    /// The job, counted from the first one.
    pub(crate) job: Option<usize>,
    /// The step of the job or of the composite action.
    pub(crate) step: Option<usize>,
    /// The key of the job or of the step, or the key at the top: `if`, `with`, `outputs` …
    pub(crate) key: &'y str,
    /// The key below that one.
    pub(crate) inner: &'y str,
}

impl Read<'_> {
    /// The name of the context.
    pub(crate) fn context(&self) -> &str {
        &self.segments[0].name
    }

    /// The name of a segment; `None` where the path ends before it, or goes on with `*`.
    pub(crate) fn name(&self, segment: usize) -> Option<&str> {
        self.segments.get(segment).map(|segment| segment.name.as_str()).filter(|name| *name != "*")
    }

    /// The path as written, up to and including a segment.
    pub(crate) fn path(&self, segment: usize) -> String {
        let names: Vec<&str> =
            self.segments[..=segment].iter().map(|segment| segment.name.as_str()).collect();
        names.join(".")
    }
}

/// Every path that the expressions of a workflow or an action read, in order of the text. Expressions that do not parse
/// are left out.
pub(crate) fn reads<'y>(document: &'y Document, yaml: &'y Yaml) -> Vec<Read<'y>> {
    let mut collector = Collector { source: &document.text, yaml, found: Vec::new() };
    let Some(root) = yaml.root() else { return Vec::new() };
    let is_action = document.kind == Kind::Action;
    for entry in yaml.entries(root) {
        let key = yaml.text(entry.key).unwrap_or_default();
        let place = Place { key, ..Place::default() };
        match key {
            "jobs" if !is_action => {
                let all = jobs(yaml).map_or(&[][..], |(_, jobs)| jobs);
                for (index, job) in all.iter().enumerate() {
                    collector.block(job.value, Place { job: Some(index), ..Place::default() });
                }
            }
            "runs" if is_action => collector.block(entry.value, Place::default()),
            _ => collector.node(entry.value, place),
        }
    }
    collector.found
}

struct Collector<'y> {
    source: &'y str,
    yaml: &'y Yaml,
    found: Vec<Read<'y>>,
}

impl<'y> Collector<'y> {
    /// A job or a step: a mapping whose keys say what may be read there.
    fn block(&mut self, node: NodeId, place: Place<'y>) {
        let yaml = self.yaml;
        for entry in self.own_entries(node) {
            let key = yaml.text(entry.key).unwrap_or_default();
            if key == "steps" && place.step.is_none() {
                for (index, &step) in yaml.items(entry.value).iter().enumerate() {
                    self.block(step, Place { step: Some(index), ..place });
                }
            } else if key == "if" {
                self.condition(entry.value, Place { key, ..place });
            } else {
                self.node(entry.value, Place { key, ..place });
            }
        }
    }

    /// The entries of a mapping that is written here; what an alias repeats was seen where it is written.
    fn own_entries(&self, node: NodeId) -> &'y [vastlint_syntax::yaml::Entry] {
        match &self.yaml.node(node).kind {
            NodeKind::Mapping { entries } => entries,
            _ => &[],
        }
    }

    /// A value of any form.
    fn node(&mut self, node: NodeId, place: Place<'y>) {
        let yaml = self.yaml;
        match &yaml.node(node).kind {
            NodeKind::Scalar { .. } => self.scalar(node, place, false),
            NodeKind::Sequence { items } => items.iter().for_each(|&item| self.node(item, place)),
            NodeKind::Mapping { entries } => {
                for entry in entries {
                    let inner = yaml.text(entry.key).unwrap_or_default();
                    let inner = if place.inner.is_empty() { inner } else { place.inner };
                    self.node(entry.value, Place { inner, ..place });
                }
            }
            NodeKind::Alias { .. } => {}
        }
    }

    fn condition(&mut self, node: NodeId, place: Place<'y>) {
        if matches!(self.yaml.node(node).kind, NodeKind::Scalar { .. }) {
            self.scalar(node, place, true);
        }
    }

    /// A text with `${{ … }}` in it; a bare condition is one expression as a whole.
    fn scalar(&mut self, node: NodeId, place: Place<'y>, is_condition: bool) {
        let value = self.yaml.text(node).unwrap_or_default();
        let has_braces = value.contains("${{");
        if !has_braces && !is_condition {
            return;
        }
        let (text, map) = MappedText::into_parts(scalar_text(self.source, self.yaml, node));
        if has_braces {
            for part in expression::find(&text).into_iter().filter(|part| part.closed) {
                self.expression(&text, &map, part.inner, place);
            }
        } else {
            self.expression(&text, &map, Span::from_range(0..text.len()), place);
        }
    }

    fn expression(&mut self, text: &str, map: &SourceMap, inner: Span, place: Place<'y>) {
        let parsed = expression::parse(text, inner);
        if !parsed.errors.is_empty() {
            return;
        }
        for mut reference in parsed.references(text) {
            for segment in &mut reference.segments {
                segment.span = map.to_host(segment.span);
            }
            let span = map.to_host(reference.span);
            self.found.push(Read { segments: reference.segments, span, place });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vastlint_model::{Tree, parse_file};

    #[test]
    fn every_expression_is_found_at_its_place() {
        let text = "on: push
env:
  A: ${{ vars.a }}
jobs:
  one:
    if: inputs.x && needs.*.result
    with:
      k: \"v ${{ needs['p'].outputs.q }}\"
    steps:
      - run: |
          # ${{ env.B }}
          echo ${{ steps.s.outputs[matrix.k] }} ${X} \"${{ 'needs.y' }}\"
";
        let path = ".github/workflows/a.yml".into();
        let documents = parse_file(&path, Kind::Workflow, text.into());
        let Tree::Yaml(yaml) = &documents[0].tree else { panic!("a workflow is YAML") };
        let reads = reads(&documents[0], yaml);
        let found: Vec<String> = reads
            .iter()
            .map(|read| {
                let Place { job, step, key, .. } = read.place;
                format!("{} {job:?} {step:?} {key}", read.path(read.segments.len() - 1))
            })
            .collect();
        assert_eq!(
            found,
            [
                "vars.a None None env",
                "inputs.x Some(0) None if",
                "needs.*.result Some(0) None if",
                "needs.p.outputs.q Some(0) None with",
                "env.B Some(0) Some(0) run",
                "steps.s.outputs Some(0) Some(0) run",
                "matrix.k Some(0) Some(0) run",
            ]
        );
        assert_eq!(reads[4].segments[1].span.text(text), "B");
    }
}
