//! VL202: see `rules/shell/utility-source-order.md`.

use vastlint_model::{Document, ShellRole};
use vastlint_syntax::shell::{Command, CompoundKind, Script, SimpleCommand, Statement, Terminator};

use super::utility_lines::{UtilityLine, utility_lines, with_empty_line};
use crate::contract::Utilities;
use crate::utilities::{sourced, utility_of};
use crate::values::{Assignments, variables};
use crate::{Check, Context, Place, ProposedFix, Sink};
use vastlint_diagnostic::Applicability;

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    if document.shell_role() != Some(ShellRole::SupervisorScript) {
        return;
    }
    let utilities = &context.contract.script.utilities;
    let assignments = context.assignments(document);
    let lines = utility_lines(document, script, &sourced(context, document));
    let mut reader = Reader { document, script, utilities, assignments, lines, sink };
    reader.list(&script.body, None);
}

/// The utility with the highest rank so far, and where it is sourced.
type Highest<'t> = Option<(usize, &'t SimpleCommand)>;

/// Follows a script as it runs. What a function sources comes when it is called, which is not known here; what a child
/// process sources is lost behind it.
struct Reader<'a, 'f> {
    document: &'a Document,
    script: &'a Script,
    utilities: &'a Utilities,
    assignments: &'a Assignments<'a>,
    lines: Vec<UtilityLine<'a>>,
    sink: &'a mut Sink<'f>,
}

impl Reader<'_, '_> {
    fn list<'t>(&mut self, list: &'t [Statement], highest: Highest<'t>) -> Highest<'t> {
        list.iter().filter(|statement| statement.terminator != Terminator::Background).fold(
            highest,
            |highest, statement| {
                let rest = statement.rest.iter().map(|and_or| &and_or.pipeline);
                std::iter::once(&statement.first).chain(rest).fold(highest, |highest, pipeline| {
                    match &pipeline.commands[..] {
                        [Command::Simple(simple)] => self.simple(simple, highest),
                        [Command::Compound(compound)] => self.block(&compound.kind, highest),
                        _ => highest,
                    }
                })
            },
        )
    }

    /// Of branches only one runs, so each begins where the block does.
    fn block<'t>(&mut self, kind: &'t CompoundKind, highest: Highest<'t>) -> Highest<'t> {
        let higher = |a: Highest<'t>, b: Highest<'t>| {
            if b.map(|(rank, _)| rank) > a.map(|(rank, _)| rank) { b } else { a }
        };
        match kind {
            CompoundKind::Group(list) => self.list(list, highest),
            CompoundKind::Loop(block) => self.list(&block.body, highest),
            CompoundKind::For(block) => self.list(&block.body, highest),
            CompoundKind::ArithmeticFor(block) => self.list(&block.body, highest),
            CompoundKind::Select(block) => self.list(&block.body, highest),
            CompoundKind::If(block) => {
                let bodies = block.branches.iter().map(|branch| &branch.body).chain(&block.otherwise);
                bodies.fold(highest, |all, body| higher(all, self.list(body, highest)))
            }
            CompoundKind::Case(block) => {
                block.arms.iter().fold(highest, |all, arm| higher(all, self.list(&arm.body, highest)))
            }
            CompoundKind::Subshell(_) | CompoundKind::Arithmetic(_) | CompoundKind::Test(_) => highest,
        }
    }

    fn simple<'t>(&mut self, command: &'t SimpleCommand, highest: Highest<'t>) -> Highest<'t> {
        let file = utility_of(command, &self.document.text, self.assignments, self.utilities);
        let rank = file.and_then(|file| self.utilities.order.iter().position(|utility| *utility == file));
        let Some(rank) = rank else { return highest };
        let Some((before, earlier)) = highest.filter(|&(before, _)| rank < before) else {
            return Some((rank, command));
        };
        let (this, that) = (&self.utilities.order[rank], &self.utilities.order[before]);
        let fix = self.moved(command, rank);
        self.sink
            .report(
                self.document,
                command.span,
                format!("`{this}` is sourced after `{that}`"),
                format!("belongs above `{that}`"),
            )
            .related(Place::new(self.document, earlier.span), "sourced first")
            .why(consequence(this, that))
            .help(format!("source the utilities in this order: {}", self.utilities.order.join(", ")))
            .fix(fix);
        highest
    }

    /// The line above the first one that belongs below it. What is neither a utility nor a comment is then passed, and
    /// may have been meant to come first.
    fn moved(&self, command: &SimpleCommand, rank: usize) -> Option<ProposedFix> {
        let document = self.document;
        let this = self.lines.iter().find(|line| line.command.span == command.span)?;
        let target = self.lines.iter().find(|line| line.rank(self.utilities) > Some(rank))?;
        if target.index >= this.index {
            return None;
        }
        let mut names = Vec::new();
        for word in &command.words {
            variables(&word.parts, &document.text, &mut names);
        }
        let depends = self.assignments.all().iter().any(|assignment| {
            assignment.span.start > target.line.start
                && assignment.span.end < this.line.start
                && names.contains(&assignment.name.text(&document.text))
        });
        if depends {
            return None;
        }
        let is_utility = |index: usize| self.lines.iter().any(|line| line.index == index);
        let applicability = if (target.index..this.index).all(is_utility) {
            Applicability::Safe
        } else {
            Applicability::Unsafe
        };
        let lines = this.with_comments(document, self.script);
        let place = target.place_above(document, self.script, &self.lines);
        let moved = document.slice(lines).trim_end_matches(['\r', '\n']);
        Some(
            ProposedFix::new(applicability, format!("move `{}` above `{}`", this.file, target.file))
                .insert(document, place, format!("{}\n", moved.replace("\r\n", "\n")))
                .delete(document, with_empty_line(document, lines)),
        )
    }
}

/// What goes wrong when `late` comes after `early`.
fn consequence(late: &str, early: &str) -> String {
    match late {
        "logging.sh" => format!("what `{early}` prints never reaches the program's log"),
        "cleanup_generic.sh" => format!("when `{early}` ends the script, its children are left running"),
        "environment.sh" => {
            format!("`{early}` runs without the variables of the instance and of the workspace")
        }
        _ => format!("`{early}` waits for a portal that a serverless instance never has"),
    }
}
