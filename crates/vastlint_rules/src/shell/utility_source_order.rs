//! VL202: see `rules/shell/utility-source-order.md`.

use vastlint_model::{Document, ShellRole};
use vastlint_syntax::shell::{Command, CompoundKind, Script, SimpleCommand, Statement, Terminator};

use super::utility_lines::{UtilityLine, utility_lines, with_empty_line};
use crate::contract::Utilities;
use crate::utilities::{Sourced, sourced, utility_of};
use crate::values::{Assignments, variables};
use crate::{Check, Context, Place, ProposedFix, Sink};
use vastlint_diagnostic::Applicability;
use vastlint_text::Span;

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    if document.shell_role() != Some(ShellRole::SupervisorScript) {
        return;
    }
    let utilities = &context.contract.script.utilities;
    let assignments = context.assignments(document);
    let sourced = sourced(context, document);
    let lines = utility_lines(document, script, &sourced);
    let mut reader = Reader { document, script, utilities, assignments, sourced, lines, sink };
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
    sourced: Vec<Sourced<'a>>,
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
        let fix = self.sorted();
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

    /// All of them in their order: each in the place of another one where they stand together, and all in the place of
    /// the first one where something stands between them. That then comes later than it did.
    fn sorted(&self) -> Option<ProposedFix> {
        let document = self.document;
        let ranked: Vec<(usize, &UtilityLine<'_>)> =
            self.lines.iter().filter_map(|line| Some((line.rank(self.utilities)?, line))).collect();
        let (_, first) = ranked.first()?;
        // One that stands in a block has its reasons.
        let is_all = self.sourced.iter().filter(|one| self.utilities.order.contains(&one.file)).count();
        if ranked.len() != is_all {
            return None;
        }
        let (_, last) = ranked.last()?;
        let mut names = Vec::new();
        for word in ranked.iter().flat_map(|(_, line)| &line.command.words) {
            variables(&word.parts, &document.text, &mut names);
        }
        let depends = self.assignments.all().iter().any(|assignment| {
            assignment.span.start > first.line.start
                && assignment.span.end < last.line.start
                && names.contains(&assignment.name.text(&document.text))
        });
        if depends {
            return None;
        }
        // Comments move with their line; a heading stays above all of them.
        let slots: Vec<Span> = ranked
            .iter()
            .map(|(_, line)| Span::new(line.place_above(document, self.script, &self.lines), line.line.end))
            .collect();
        let mut order: Vec<usize> = (0..ranked.len()).collect();
        order.sort_by_key(|&index| ranked[index].0);
        let text =
            |slot: usize| document.slice(slots[slot]).trim_end_matches(['\r', '\n']).replace("\r\n", "\n");
        let is_together = ranked.windows(2).all(|pair| pair[0].1.index + 1 == pair[1].1.index);
        let message = "source the utilities in their order";
        if is_together {
            let moved = order.iter().enumerate().filter(|(slot, from)| slot != *from);
            return Some(moved.fold(ProposedFix::safe(message), |fix, (slot, &from)| {
                let span = slots[slot];
                let length = document.slice(span).trim_end_matches(['\r', '\n']).len() as u32;
                fix.replace(document, Span::new(span.start, span.start + length), text(from))
            }));
        }
        let all: Vec<String> = order.iter().map(|&slot| text(slot)).collect();
        let length = document.slice(slots[0]).trim_end_matches(['\r', '\n']).len() as u32;
        let fix = ProposedFix::new(Applicability::Unsafe, message).replace(
            document,
            Span::new(slots[0].start, slots[0].start + length),
            all.join("\n"),
        );
        Some(slots[1..].iter().fold(fix, |fix, &slot| fix.delete(document, with_empty_line(document, slot))))
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
