//! What many rules ask about the same script, found once for a run.

use rayon::prelude::*;
use vastlint_model::{Document, Project, Tree};
use vastlint_syntax::shell::{Context as Surroundings, SimpleCommand};

use crate::Context;
use crate::values::Assignments;

/// A simple command with what surrounds it.
pub(crate) type CommandInContext<'p> = (&'p SimpleCommand, Surroundings);

/// Facts about the scripts of a repository.
#[derive(Debug)]
pub struct Facts<'p> {
    /// By document; nothing for those that are no shell.
    scripts: Vec<ScriptFacts<'p>>,
}

#[derive(Debug, Default)]
struct ScriptFacts<'p> {
    assignments: Assignments<'p>,
    commands: Vec<CommandInContext<'p>>,
}

impl<'p> Facts<'p> {
    /// Finds the facts of every script of a project.
    #[must_use]
    pub fn of(project: &'p Project) -> Self {
        let of_document = |document: &'p Document| match &document.tree {
            Tree::Shell(script) => ScriptFacts {
                assignments: Assignments::of(script, &document.text),
                commands: script.commands_in_context(),
            },
            _ => ScriptFacts::default(),
        };
        Self { scripts: project.documents.par_iter().map(of_document).collect() }
    }
}

impl<'a> Context<'a> {
    /// The assignments of a script; none of a document that is no shell.
    pub(crate) fn assignments(&self, document: &Document) -> &'a Assignments<'a> {
        &self.facts.scripts[document.id.index()].assignments
    }

    /// Every simple command of a script at any depth, in source order; none of a document that is no shell.
    pub(crate) fn commands(&self, document: &Document) -> &'a [CommandInContext<'a>] {
        &self.facts.scripts[document.id.index()].commands
    }
}
