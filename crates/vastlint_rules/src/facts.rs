//! What many rules ask about the same script, found once for a run.

use std::collections::HashMap;
use std::sync::OnceLock;

use rayon::prelude::*;
use vastlint_model::{Document, DocumentId, Kind, Project, Tree};
use vastlint_syntax::shell::{Context as Surroundings, SimpleCommand};
use vastlint_text::FileId;

use crate::environments::{Given, Subject};
use crate::image_builds::{Build, builds};
use crate::values::Assignments;
use crate::workflow_values::Flow;
use crate::{Context, Contract};

/// A simple command with what surrounds it.
pub(crate) type CommandInContext<'p> = (&'p SimpleCommand, Surroundings);

/// Facts about the scripts of a repository, each found when it is asked for first, or all at once.
#[derive(Debug)]
pub struct Facts<'p> {
    project: &'p Project,
    contract: &'p Contract,
    /// By document; nothing for those that are no shell.
    scripts: Vec<OnceLock<ScriptFacts<'p>>>,
    /// What scripts are given; none in a repository that is none of templates.
    given: OnceLock<Option<Given<'p>>>,
    /// By document; nothing for those that are no file.
    subjects: Vec<OnceLock<Vec<Subject<'p>>>>,
    /// Build workflows, hubs included.
    flows: OnceLock<HashMap<DocumentId, Flow<'p>>>,
    /// The builds of images, by workflow.
    builds: OnceLock<HashMap<DocumentId, Vec<Build<'p>>>>,
    /// The only file that is asked about, if it is one.
    focus: Option<FileId>,
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
        let facts = Self::lazy(project, contract);
        facts.complete();
        facts
    }

    /// Facts that are found when they are asked for. Whoever asks from several threads completes them first: a thread
    /// that waits for another one's find may hold up what that one needs.
    #[must_use]
    pub fn lazy(project: &'p Project, contract: &'p Contract) -> Self {
        Self {
            project,
            contract,
            scripts: project.documents.iter().map(|_| OnceLock::new()).collect(),
            given: OnceLock::new(),
            subjects: project.documents.iter().map(|_| OnceLock::new()).collect(),
            flows: OnceLock::new(),
            builds: OnceLock::new(),
            focus: None,
        }
    }

    /// Facts for whoever wants to know about one file only: rules about all scripts that ask for missing variables look
    /// at those of this file.
    #[must_use]
    pub fn focused(project: &'p Project, contract: &'p Contract, path: &str) -> Self {
        Self {
            focus: project.file_document(path).map(|document| document.file),
            ..Self::lazy(project, contract)
        }
    }

    /// Finds what is not found yet.
    pub fn complete(&self) {
        self.given();
        self.project.documents.par_iter().for_each(|document| {
            self.script(document);
            if document.is_file() {
                self.subjects_in(document);
            }
        });
        self.flows();
        self.builds();
    }

    fn script(&self, document: &Document) -> &ScriptFacts<'p> {
        let document = &self.project.documents[document.id.index()];
        self.scripts[document.id.index()].get_or_init(|| match &document.tree {
            Tree::Shell(script) => ScriptFacts {
                assignments: Assignments::of(script, &document.text),
                commands: script.commands_in_context(),
            },
            _ => ScriptFacts::default(),
        })
    }

    fn given(&self) -> Option<&Given<'p>> {
        self.given.get_or_init(|| Given::of(self.project)).as_ref()
    }

    fn subjects_in(&self, file: &Document) -> &[Subject<'p>] {
        let file = &self.project.documents[file.id.index()];
        self.subjects[file.id.index()].get_or_init(|| {
            let given = self.given();
            given.map_or_else(Vec::new, |given| given.subjects(self.project, &self.contract.shell, file))
        })
    }

    fn flows(&self) -> &HashMap<DocumentId, Flow<'p>> {
        let project = self.project;
        let flow_of = |document: &'p Document| match &document.tree {
            Tree::Yaml(yaml) => {
                Some((document.id, Flow::of(crate::build_workflow::Build::of(project, document, yaml)?)))
            }
            _ => None,
        };
        self.flows.get_or_init(|| project.documents.par_iter().filter_map(flow_of).collect())
    }

    fn builds(&self) -> &HashMap<DocumentId, Vec<Build<'p>>> {
        let project = self.project;
        let builds_of = |document: &'p Document| match &document.tree {
            Tree::Yaml(yaml) if document.kind == Kind::Workflow => {
                let found = builds(project, document, yaml, &self.contract.references.build_actions);
                (!found.is_empty()).then_some((document.id, found))
            }
            _ => None,
        };
        self.builds.get_or_init(|| project.documents.par_iter().filter_map(builds_of).collect())
    }
}

impl<'a> Context<'a> {
    /// The assignments of a script; none of a document that is no shell.
    pub(crate) fn assignments(&self, document: &Document) -> &'a Assignments<'a> {
        &self.facts.script(document).assignments
    }

    /// How values go through a build workflow that is held to the documented pattern: one that builds the base of other
    /// images has a pattern of its own.
    pub(crate) fn flow(&self, workflow: &Document) -> Option<&'a Flow<'a>> {
        let is_hub = self.contract.workflow.hubs.iter().any(|hub| hub == workflow.file_name());
        if is_hub { None } else { self.facts.flows().get(&workflow.id) }
    }

    /// A build workflow that is held to the documented pattern.
    pub(crate) fn build(&self, workflow: &Document) -> Option<&'a crate::build_workflow::Build<'a>> {
        self.flow(workflow).map(|flow| &flow.build)
    }

    /// A build workflow, hubs included.
    pub(crate) fn any_build(&self, workflow: &Document) -> Option<&'a crate::build_workflow::Build<'a>> {
        self.facts.flows().get(&workflow.id).map(|flow| &flow.build)
    }

    /// The builds of images that the steps of a workflow start, in order of the text.
    pub(crate) fn builds(&self, workflow: &Document) -> &'a [Build<'a>] {
        self.facts.builds().get(&workflow.id).map_or(&[], Vec::as_slice)
    }

    /// The scripts that ask for variables that nothing gives them.
    pub(crate) fn subjects(&self) -> impl Iterator<Item = &'a Subject<'a>> + use<'a> {
        let facts = self.facts;
        let is_asked = move |document: &&Document| {
            document.is_file() && facts.focus.is_none_or(|focus| document.file == focus)
        };
        let files = facts.project.documents.iter().filter(is_asked);
        files.flat_map(|file| facts.subjects_in(file))
    }

    /// Those of them in the file that a document stands in.
    pub(crate) fn subjects_beside(&self, document: &Document) -> &'a [Subject<'a>] {
        self.facts.subjects_in(self.project.outermost(document.id))
    }

    /// Every simple command of a script at any depth, in source order; none of a document that is no shell.
    pub(crate) fn commands(&self, document: &Document) -> &'a [CommandInContext<'a>] {
        &self.facts.script(document).commands
    }
}
