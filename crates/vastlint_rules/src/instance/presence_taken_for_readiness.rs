//! VL805: see `rules/instance/presence-taken-for-readiness.md`.

use vastlint_model::{Document, invocation, program_name};
use vastlint_syntax::shell::{
    AndOrOperator, Command, CompoundKind, Context as Surroundings, Pipeline, Script, SimpleCommand,
    Statement, Visitor,
};

use super::tests::{is_failing_exit, is_one_of, is_test};
use crate::{Check, Context, Contract, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    if !is_test(document) {
        return;
    }
    let asks = |command: &SimpleCommand| asks_for_process(command, &document.text);
    if !context.commands(document).iter().any(|(command, _)| asks(command)) {
        return;
    }
    let mut visitor = Gates { contract: context.contract, document, found: Vec::new() };
    script.walk(&mut visitor);
    for gate in visitor.found {
        let supervised = context.project.programs.iter().find(|program| {
            gate.arguments()
                .iter()
                .any(|word| word.literal(&document.text).is_some_and(|text| text == program.name))
        });
        let Some(program) = supervised else { continue };
        let helpers = &context.contract.instance.test.supervisor_helpers;
        let reached = context
            .commands(document)
            .iter()
            .take_while(|(command, _)| command.span.start < gate.span.start)
            .any(|(command, _)| is_one_of(command, &document.text, helpers));
        if reached {
            continue;
        }
        let name = &program.name;
        let conf = context.project.document(program.conf);
        sink.report(
            document,
            gate.span,
            format!("that a process `{name}` exists is taken for a proof that the program is ready"),
            "asks only whether it was started",
        )
        .related(Place::new(conf, conf.first_line(vastlint_text::Span::new(0, 1))), "supervised here")
        .why("the process is there before the program serves anything, and also while supervisor restarts it again and again")
        .help(format!("write `assert_service_running {name}` first: it waits for supervisor's own word"));
    }
}

fn asks_for_process(command: &SimpleCommand, source: &str) -> bool {
    let program = invocation(command, source).first().and_then(|word| program_name(word, source));
    matches!(program.as_deref(), Some("pgrep" | "pidof"))
}

/// Finds the questions for a process whose answer no lets the test fail or wait.
struct Gates<'c, 't> {
    contract: &'c Contract,
    document: &'c Document,
    found: Vec<&'t SimpleCommand>,
}

impl<'t> Gates<'_, 't> {
    fn question(&self, pipeline: &'t Pipeline) -> Option<&'t SimpleCommand> {
        match &pipeline.commands[..] {
            [Command::Simple(simple)] if asks_for_process(simple, &self.document.text) => Some(simple),
            _ => None,
        }
    }

    fn fails(&self, command: &Command) -> bool {
        let test = &self.contract.instance.test;
        match command {
            Command::Simple(simple) => {
                is_failing_exit(simple, &self.document.text, &test.failing_exits)
                    || is_one_of(simple, &self.document.text, &test.deferring_helpers)
            }
            Command::Compound(compound) => match &compound.kind {
                CompoundKind::Group(list) => self.list_fails(list),
                _ => false,
            },
            _ => false,
        }
    }

    fn list_fails(&self, list: &[Statement]) -> bool {
        list.iter().any(|statement| statement.first.commands.iter().any(|command| self.fails(command)))
    }
}

impl<'t> Visitor<'t> for Gates<'_, 't> {
    fn enter_statement(&mut self, statement: &'t Statement, _: Surroundings) {
        let Some(question) = self.question(&statement.first).filter(|_| !statement.first.negated) else {
            return;
        };
        let fails = statement.rest.first().is_some_and(|and_or| {
            and_or.operator == AndOrOperator::Or
                && and_or.pipeline.commands.iter().any(|command| self.fails(command))
        });
        if fails {
            self.found.push(question);
        }
    }

    fn enter_command(&mut self, command: &'t Command, _: Surroundings) {
        let Command::Compound(compound) = command else { return };
        let (condition, is_gate) = match &compound.kind {
            CompoundKind::Loop(block) => (&block.condition, !block.until),
            CompoundKind::If(block) => {
                let Some(branch) = block.branches.first() else { return };
                if !self.list_fails(&branch.body) {
                    return;
                }
                (&branch.condition, true)
            }
            _ => return,
        };
        let [only] = &condition[..] else { return };
        if only.rest.is_empty()
            && only.first.negated == is_gate
            && let Some(question) = self.question(&only.first)
        {
            self.found.push(question);
        }
    }
}
