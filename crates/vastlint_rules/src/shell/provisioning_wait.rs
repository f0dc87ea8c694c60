//! Loops that wait for the end of provisioning.

use std::collections::HashSet;

use vastlint_model::{invocation, program_name};
use vastlint_syntax::shell::{
    Command, CompoundKind, Context as Surroundings, Loop, Script, SimpleCommand, Statement, TestToken,
    Visitor,
};
use vastlint_text::Span;

use crate::contract::ProvisioningWait;
use crate::values::{Assignments, Values, functions};

/// The loop as the documents write it.
pub(super) fn documented_loop(wait: &ProvisioningWait) -> String {
    format!(
        "while [ -f \"{}\" ]; do\n    {}\n    sleep {}\ndone",
        wait.marker,
        documented_message(wait),
        wait.seconds
    )
}

/// The command that says why the program waits.
pub(super) fn documented_message(wait: &ProvisioningWait) -> String {
    format!("echo \"$PROC_NAME {}\"", wait.message)
}

/// A loop whose condition asks for the marker.
pub(super) struct Wait<'t> {
    /// The whole loop.
    pub(super) span: Span,
    /// The loop.
    pub(super) block: &'t Loop,
    /// Whether it goes on while the marker is there; otherwise it goes on until there is one.
    pub(super) while_present: bool,
    /// Whether its rounds take time.
    pub(super) sleeps: bool,
    /// It stands in a function.
    pub(super) in_function: bool,
}

/// What a script has to do with the marker.
pub(super) struct Waits<'t> {
    /// The loops whose condition asks for the marker.
    pub(super) loops: Vec<Wait<'t>>,
    /// Whether anything in a loop asks for it: `while true; do [ -f /.provisioning ] || break; …`.
    pub(super) asked_in_loop: bool,
}

/// Finds what a script does to wait for the end of provisioning.
pub(super) fn waits<'t>(script: &'t Script, source: &str, marker: &str) -> Waits<'t> {
    let assignments = Assignments::of(script, source);
    let outside = |_: &str| None;
    let values = Values { source, assignments: &assignments, outside: &outside };
    let names: HashSet<&str> = functions(script).into_iter().map(|(name, _)| name.text(source)).collect();
    let mut reader = Reader {
        values: &values,
        marker,
        functions: &names,
        waits: Waits { loops: Vec::new(), asked_in_loop: false },
    };
    script.walk(&mut reader);
    reader.waits
}

struct Reader<'t, 'v> {
    values: &'v Values<'v>,
    marker: &'v str,
    functions: &'v HashSet<&'v str>,
    waits: Waits<'t>,
}

impl<'t> Visitor<'t> for Reader<'t, '_> {
    fn enter_command(&mut self, command: &'t Command, surroundings: Surroundings) {
        if surroundings.in_loop() && self.asks(command).is_some() {
            self.waits.asked_in_loop = true;
        }
        let Command::Compound(compound) = command else { return };
        let CompoundKind::Loop(block) = &compound.kind else { return };
        let Some(wants_present) = self.condition(&block.condition) else { return };
        self.waits.loops.push(Wait {
            span: compound.span,
            block,
            while_present: wants_present != block.until,
            sleeps: self.takes_time(&block.condition) || self.takes_time(&block.body),
            in_function: surroundings.in_function(),
        });
    }
}

impl Reader<'_, '_> {
    /// Whether a condition asks for the marker, and then whether it holds while the marker is there.
    fn condition(&self, condition: &[Statement]) -> Option<bool> {
        let statement = condition.last()?;
        let pipelines =
            std::iter::once(&statement.first).chain(statement.rest.iter().map(|and_or| &and_or.pipeline));
        pipelines.into_iter().find_map(|pipeline| {
            let [command] = &pipeline.commands[..] else { return None };
            self.asks(command).map(|present| present != pipeline.negated)
        })
    }

    /// Whether a command asks for the marker, and then whether it succeeds while the marker is there.
    fn asks(&self, command: &Command) -> Option<bool> {
        match command {
            Command::Compound(compound) => {
                let CompoundKind::Test(test) = &compound.kind else { return None };
                let mut negated = false;
                for token in &test.tokens {
                    match token {
                        TestToken::Operator(span) if span.text(self.values.source) == "!" => {
                            negated = !negated;
                        }
                        TestToken::Operator(span) if matches!(span.text(self.values.source), "&&" | "||") => {
                            negated = false;
                        }
                        TestToken::Word(word) if self.values.word(word).as_deref() == Some(self.marker) => {
                            return Some(!negated);
                        }
                        _ => {}
                    }
                }
                None
            }
            Command::Simple(simple) => self.asks_by_test(simple),
            _ => None,
        }
    }

    fn asks_by_test(&self, command: &SimpleCommand) -> Option<bool> {
        let source = self.values.source;
        if !matches!(command.name(source).as_deref(), Some("[" | "test" | "ls" | "stat")) {
            return None;
        }
        let at = command
            .arguments()
            .iter()
            .position(|word| self.values.word(word).as_deref() == Some(self.marker))?;
        let negations = command.arguments()[..at].iter().filter(|word| word.is(source, "!")).count();
        Some(negations % 2 == 0)
    }

    /// Whether a command of a list sleeps, or does what only a function of the script knows.
    fn takes_time(&self, list: &[Statement]) -> bool {
        list.iter().any(|statement| {
            let pipelines =
                std::iter::once(&statement.first).chain(statement.rest.iter().map(|and_or| &and_or.pipeline));
            pipelines.into_iter().flat_map(|pipeline| &pipeline.commands).any(|command| match command {
                Command::Simple(simple) => {
                    let words = invocation(simple, self.values.source);
                    let name = words.first().and_then(|word| program_name(word, self.values.source));
                    name.is_some_and(|name| {
                        matches!(&*name, "sleep" | "read" | "wait" | "inotifywait" | "usleep" | "tail")
                            || self.functions.contains(&*name)
                    })
                }
                Command::Compound(compound) => {
                    match &compound.kind {
                        CompoundKind::Group(list) | CompoundKind::Subshell(list) => self.takes_time(list),
                        CompoundKind::If(block) => {
                            block.branches.iter().any(|branch| {
                                self.takes_time(&branch.condition) || self.takes_time(&branch.body)
                            }) || block.otherwise.as_ref().is_some_and(|list| self.takes_time(list))
                        }
                        CompoundKind::Loop(block) => {
                            self.takes_time(&block.condition) || self.takes_time(&block.body)
                        }
                        CompoundKind::For(block) => self.takes_time(&block.body),
                        CompoundKind::Case(block) => block.arms.iter().any(|arm| self.takes_time(&arm.body)),
                        _ => false,
                    }
                }
                _ => false,
            })
        })
    }
}
