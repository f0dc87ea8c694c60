//! `inputs.<name>`, `github.event.inputs.<name>` and the `secrets.<name>` of a called workflow

use std::rc::Rc;

use vastlint_model::Kind;
use vastlint_text::Span;

use super::known::{Inputs, Known};
use super::{Checker, Fault, Remedy, suggestion};
use crate::callees::{keys, workflow_documents};
use crate::expressions::Read;
use crate::workflows::jobs;

impl Checker<'_> {
    pub(super) fn inputs(&mut self, read: &Read<'_>) {
        let Some(name) = read.name(1) else { return };
        let inputs = self.inputs.get_or_init(|| self.find_inputs().map(Rc::new));
        let Some(declared) = inputs.clone() else { return };
        self.undeclared_input(read, 1, name, &declared.0, declared.1);
    }

    /// The inputs of the workflow or of the action, and where they are declared.
    fn find_inputs(&self) -> Option<Inputs> {
        let (yaml, root) = (self.yaml, self.yaml.root()?);
        if self.document.kind == Kind::Action {
            let Some(inputs) = yaml.entry(root, "inputs") else { return Some((Known::default(), None)) };
            return Some((Known::of(keys(yaml, inputs.value)?), Some(yaml.span(inputs.key))));
        }
        let events = yaml.entry(root, "on")?;
        let (mut known, mut place) = (Known::default(), None);
        for event in ["workflow_dispatch", "workflow_call"] {
            let inputs = yaml.get(events.value, event).and_then(|event| yaml.entry(event, "inputs"));
            let Some(inputs) = inputs else { continue };
            keys(yaml, inputs.value)?.into_iter().for_each(|name| known.add(name));
            place = place.or(Some(yaml.span(inputs.key)));
        }
        Some((known, place.or(Some(yaml.span(events.key)))))
    }

    /// `github.event.inputs.<name>`
    pub(super) fn event_inputs(&mut self, read: &Read<'_>) {
        let is_input = read.name(1).is_some_and(|name| name.eq_ignore_ascii_case("event"))
            && read.name(2).is_some_and(|name| name.eq_ignore_ascii_case("inputs"));
        let (true, Some(name)) = (is_input && self.document.kind == Kind::Workflow, read.name(3)) else {
            return;
        };
        let yaml = self.yaml;
        let dispatch = yaml.root().and_then(|root| yaml.path(root, &["on", "workflow_dispatch"]));
        let Some(inputs) = dispatch.and_then(|dispatch| yaml.entry(dispatch, "inputs")) else { return };
        let Some(known) = keys(yaml, inputs.value).map(Known::of) else { return };
        self.undeclared_input(read, 3, name, &known, Some(yaml.span(inputs.key)));
    }

    fn undeclared_input(
        &mut self,
        read: &Read<'_>,
        segment: usize,
        name: &str,
        known: &Known,
        place: Option<Span>,
    ) {
        if known.has(name) {
            return;
        }
        let (what, where_to) = if self.document.kind == Kind::Action {
            ("action", "declare it below `inputs:`")
        } else {
            ("workflow", "declare it below `workflow_dispatch:` `inputs:`")
        };
        let help = suggestion(name, known.iter(), "the inputs are", where_to);
        let fault = Fault {
            remedy: Remedy::slip(name, known.iter(), |_| true),
            related: place.map(|span| (self.document, span, format!("no input `{name}` is declared here"))),
            ..Fault::new(
                format!("the {what} has no input `{name}`"),
                "not declared",
                "the value is always empty, whatever somebody enters",
                help,
            )
        };
        self.fault(read, segment, fault);
    }

    /// In a workflow that others call, the secrets are those that it declares.
    pub(super) fn secrets(&mut self, read: &Read<'_>) {
        let (yaml, Some(name)) = (self.yaml, read.name(1)) else { return };
        let Some(events) = yaml.root().and_then(|root| yaml.get(root, "on")) else { return };
        let is_only_called = keys(yaml, events).is_some_and(|keys| keys == ["workflow_call"]);
        // The secrets of an environment come along without a declaration.
        let has_environment =
            read.place.job.is_some_and(|job| yaml.get(self.jobs[job].node, "environment").is_some());
        if !is_only_called || has_environment || name.eq_ignore_ascii_case("GITHUB_TOKEN") {
            return;
        }
        let Some(secrets) = yaml.get(events, "workflow_call").and_then(|call| yaml.entry(call, "secrets"))
        else {
            return;
        };
        let Some(known) = keys(yaml, secrets.value) else { return };
        if known.iter().any(|known| known.eq_ignore_ascii_case(name)) || self.is_called_with_all_secrets() {
            return;
        }
        let remedy = Remedy::slip(name, known.iter().copied(), |_| true);
        let help = suggestion(
            name,
            known,
            "the declared secrets are",
            "declare it below `workflow_call:` `secrets:`, and hand it over where the workflow is called",
        );
        let fault = Fault {
            remedy,
            related: Some((
                self.document,
                yaml.span(secrets.key),
                format!("no secret `{name}` is declared here"),
            )),
            ..Fault::new(
                format!("the workflow is handed no secret `{name}`"),
                "not declared",
                "a called workflow sees the secrets that it declares and is given; any other one is empty",
                help,
            )
        };
        self.fault(read, 1, fault);
    }

    /// Whether some workflow calls this one with `secrets: inherit`.
    fn is_called_with_all_secrets(&self) -> bool {
        workflow_documents(self.project).any(|(_, yaml)| {
            jobs(yaml).is_some_and(|(_, jobs)| {
                jobs.iter().any(|job| {
                    let text = |key: &str| yaml.get(job.value, key).and_then(|value| yaml.text(value));
                    text("secrets") == Some("inherit")
                        && text("uses").and_then(crate::callees::local_path) == Some(&*self.document.path)
                })
            })
        })
    }
}
