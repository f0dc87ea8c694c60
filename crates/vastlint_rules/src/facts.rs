//! What many rules ask about the same script, found once for a run.

use std::collections::HashMap;

use rayon::prelude::*;
use vastlint_model::{Document, DocumentId, Kind, Project, Tree};
use vastlint_syntax::shell::{Context as Surroundings, SimpleCommand};

use crate::environments::{Subject, subjects};
use crate::image_builds::{Build, builds};
use crate::values::Assignments;
use crate::workflow_values::Flow;
use crate::{Context, Contract};

/// A simple command with what surrounds it.
pub(crate) type CommandInContext<'p> = (&'p SimpleCommand, Surroundings);

/// Facts about the scripts of a repository.
#[derive(Debug)]
pub struct Facts<'p> {
    /// By document; nothing for those that are no shell.
    scripts: Vec<ScriptFacts<'p>>,
    subjects: Vec<Subject<'p>>,
    /// Build workflows, hubs included.
    flows: HashMap<DocumentId, Flow<'p>>,
    /// The builds of images, by workflow.
    builds: HashMap<DocumentId, Vec<Build<'p>>>,
}

#[derive(Debug, Default)]
struct ScriptFacts<'p> {
    assignments: Assignments<'p>,
    commands: Vec<CommandInContext<'p>>,
}

impl<'p> Facts<'p> {
    /// Finds the facts of every script of a project.
    #[must_use]
    pub fn of(project: &'p Project, contract: &'p Contract) -> Self {
        let of_document = |document: &'p Document| match &document.tree {
            Tree::Shell(script) => ScriptFacts {
                assignments: Assignments::of(script, &document.text),
                commands: script.commands_in_context(),
            },
            _ => ScriptFacts::default(),
        };
        let flow_of = |document: &'p Document| match &document.tree {
            Tree::Yaml(yaml) => {
                Some((document.id, Flow::of(crate::build_workflow::Build::of(project, document, yaml)?)))
            }
            _ => None,
        };
        let builds_of = |document: &'p Document| match &document.tree {
            Tree::Yaml(yaml) if document.kind == Kind::Workflow => {
                let found = builds(project, document, yaml, &contract.references.build_actions);
                (!found.is_empty()).then_some((document.id, found))
            }
            _ => None,
        };
        Self {
            scripts: project.documents.par_iter().map(of_document).collect(),
            subjects: subjects(project, &contract.shell),
            flows: project.documents.par_iter().filter_map(flow_of).collect(),
            builds: project.documents.par_iter().filter_map(builds_of).collect(),
        }
    }
}

impl<'a> Context<'a> {
    /// The assignments of a script; none of a document that is no shell.
    pub(crate) fn assignments(&self, document: &Document) -> &'a Assignments<'a> {
        &self.facts.scripts[document.id.index()].assignments
    }

    /// How values go through a build workflow that is held to the documented pattern: one that builds the base of other
    /// images has a pattern of its own.
    pub(crate) fn flow(&self, workflow: &Document) -> Option<&'a Flow<'a>> {
        let is_hub = self.contract.workflow.hubs.iter().any(|hub| hub == workflow.file_name());
        if is_hub { None } else { self.facts.flows.get(&workflow.id) }
    }

    /// A build workflow that is held to the documented pattern.
    pub(crate) fn build(&self, workflow: &Document) -> Option<&'a crate::build_workflow::Build<'a>> {
        self.flow(workflow).map(|flow| &flow.build)
    }

    /// A build workflow, hubs included.
    pub(crate) fn any_build(&self, workflow: &Document) -> Option<&'a crate::build_workflow::Build<'a>> {
        self.facts.flows.get(&workflow.id).map(|flow| &flow.build)
    }

    /// The builds of images that the steps of a workflow start, in order of the text.
    pub(crate) fn builds(&self, workflow: &Document) -> &'a [Build<'a>] {
        self.facts.builds.get(&workflow.id).map_or(&[], Vec::as_slice)
    }

    /// The scripts that ask for variables that nothing gives them.
    pub(crate) fn subjects(&self) -> &'a [Subject<'a>] {
        &self.facts.subjects
    }

    /// Every simple command of a script at any depth, in source order; none of a document that is no shell.
    pub(crate) fn commands(&self, document: &Document) -> &'a [CommandInContext<'a>] {
        &self.facts.scripts[document.id.index()].commands
    }
}
