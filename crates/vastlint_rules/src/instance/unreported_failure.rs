//! VL804: see `rules/instance/unreported-failure.md`.

use std::collections::{HashMap, HashSet};

use vastlint_model::Document;
use vastlint_syntax::shell::{Command, CompoundKind, Pipeline, Script, SimpleCommand, Statement, Terminator};

use super::tests::{Exit, exit_of, is_failing_exit, is_one_of, is_test};
use crate::contract::InstanceTests;
use crate::{Check, Context, Place, ProposedFix, Sink, indentation, line_start};

/// The check.
pub const CHECK: Check = Check::Shell(check);

/// How deep calls of functions of the test are followed.
const MAX_CALLS: usize = 6;

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    let contract = &context.contract.instance.test;
    let source = &document.text;
    let defers = |command: &SimpleCommand| is_one_of(command, source, &contract.deferring_helpers);
    if !is_test(document) || !context.commands(document).iter().any(|(command, _)| defers(command)) {
        return;
    }
    let mut reader = Reader {
        document,
        contract,
        functions: functions(script, source),
        calls: 0,
        reported: HashSet::new(),
        sink,
    };
    if let Flow::Open(Some(deferred)) = reader.list(&script.body, None) {
        reader.never_reported(deferred);
    }
}

/// The functions that a test defines.
fn functions<'t>(script: &'t Script, source: &'t str) -> HashMap<&'t str, &'t Command> {
    let mut functions = HashMap::new();
    for statement in &script.body {
        for command in &statement.first.commands {
            if let Command::Function(function) = command
                && let Some(body) = &function.body
            {
                functions.insert(function.name.text(source), body);
            }
        }
    }
    functions
}

/// The command that deferred a failure nobody reported yet.
type Deferred<'t> = Option<&'t SimpleCommand>;

/// Where a piece of the test leads.
#[derive(Clone, Copy)]
enum Flow<'t> {
    /// It has ended the test.
    Ended,
    /// The test goes on.
    Open(Deferred<'t>),
}

impl<'t> Flow<'t> {
    /// What holds where two ways meet.
    fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::Ended, way) | (way, Self::Ended) => way,
            (Self::Open(one), Self::Open(two)) => Self::Open(one.or(two)),
        }
    }

    fn then(self, next: impl FnOnce(Deferred<'t>) -> Self) -> Self {
        match self {
            Self::Ended => Self::Ended,
            Self::Open(deferred) => next(deferred),
        }
    }
}

/// Follows a test from its first command to each of its ends.
struct Reader<'t, 's, 'f> {
    document: &'t Document,
    contract: &'t InstanceTests,
    functions: HashMap<&'t str, &'t Command>,
    calls: usize,
    /// Where something was reported: a function that is called twice is read twice.
    reported: HashSet<u32>,
    sink: &'s mut Sink<'f>,
}

impl<'t> Reader<'t, '_, '_> {
    fn list(&mut self, list: &'t [Statement], deferred: Deferred<'t>) -> Flow<'t> {
        list.iter().fold(Flow::Open(deferred), |flow, statement| {
            flow.then(|deferred| self.statement(statement, deferred))
        })
    }

    fn statement(&mut self, statement: &'t Statement, deferred: Deferred<'t>) -> Flow<'t> {
        if statement.terminator == Terminator::Background {
            return Flow::Open(deferred);
        }
        statement.rest.iter().fold(self.pipeline(&statement.first, deferred), |flow, and_or| {
            // What stands behind `&&` or `||` runs or does not.
            flow.join(flow.then(|deferred| self.pipeline(&and_or.pipeline, deferred)))
        })
    }

    fn pipeline(&mut self, pipeline: &'t Pipeline, deferred: Deferred<'t>) -> Flow<'t> {
        match &pipeline.commands[..] {
            [only] => self.command(only, deferred),
            several => {
                for command in several {
                    self.in_child(command);
                }
                Flow::Open(deferred)
            }
        }
    }

    fn command(&mut self, command: &'t Command, deferred: Deferred<'t>) -> Flow<'t> {
        match command {
            Command::Simple(simple) => self.simple(simple, deferred),
            Command::Compound(compound) => self.block(&compound.kind, deferred),
            Command::Function(_) | Command::Coproc(_) => Flow::Open(deferred),
        }
    }

    fn block(&mut self, kind: &'t CompoundKind, deferred: Deferred<'t>) -> Flow<'t> {
        let start = Flow::Open(deferred);
        match kind {
            CompoundKind::Group(list) => self.list(list, deferred),
            CompoundKind::Subshell(list) => {
                for statement in list {
                    let rest = statement.rest.iter().map(|and_or| &and_or.pipeline);
                    for pipeline in std::iter::once(&statement.first).chain(rest) {
                        for command in &pipeline.commands {
                            self.in_child(command);
                        }
                    }
                }
                start
            }
            CompoundKind::If(block) => {
                let mut before = start;
                let mut after = Flow::Ended;
                for branch in &block.branches {
                    before = before.then(|deferred| self.list(&branch.condition, deferred));
                    after = after.join(before.then(|deferred| self.list(&branch.body, deferred)));
                }
                let otherwise = match &block.otherwise {
                    Some(list) => before.then(|deferred| self.list(list, deferred)),
                    None => before,
                };
                after.join(otherwise)
            }
            CompoundKind::Case(block) => {
                block.arms.iter().fold(start, |after, arm| after.join(self.list(&arm.body, deferred)))
            }
            CompoundKind::Loop(block) => {
                let before = self.list(&block.condition, deferred);
                before.join(before.then(|deferred| self.list(&block.body, deferred)))
            }
            CompoundKind::For(block) => start.join(self.list(&block.body, deferred)),
            CompoundKind::ArithmeticFor(block) => start.join(self.list(&block.body, deferred)),
            CompoundKind::Select(block) => start.join(self.list(&block.body, deferred)),
            CompoundKind::Arithmetic(_) | CompoundKind::Test(_) => start,
        }
    }

    fn simple(&mut self, command: &'t SimpleCommand, deferred: Deferred<'t>) -> Flow<'t> {
        let source = &self.document.text;
        let contract = self.contract;
        if is_one_of(command, source, &contract.deferring_helpers) {
            return Flow::Open(Some(command));
        }
        let Some(name) = command.name(source) else { return Flow::Open(deferred) };
        if *name == contract.report_helper {
            return Flow::Open(None);
        }
        if is_one_of(command, source, &contract.passing_helpers)
            || exit_of(command, source) == Some(Exit::Good)
        {
            if let Some(earlier) = deferred {
                self.passes_anyway(command, earlier);
            }
            return Flow::Ended;
        }
        if is_failing_exit(command, source, &contract.failing_exits) {
            return Flow::Ended;
        }
        let Some(&body) = self.functions.get(&*name).filter(|_| self.calls < MAX_CALLS) else {
            return Flow::Open(deferred);
        };
        self.calls += 1;
        let flow = self.command(body, deferred);
        self.calls -= 1;
        flow
    }

    /// A failure that a child process defers is lost with it.
    fn in_child(&mut self, command: &'t Command) {
        let mut open = vec![command];
        while let Some(command) = open.pop() {
            match command {
                Command::Simple(simple) => {
                    let defers = is_one_of(simple, &self.document.text, &self.contract.deferring_helpers);
                    if defers && self.reported.insert(simple.span.start) {
                        self.lost(simple);
                    }
                }
                Command::Compound(compound) => {
                    let lists: Vec<&[Statement]> = match &compound.kind {
                        CompoundKind::Group(list) | CompoundKind::Subshell(list) => vec![list],
                        CompoundKind::Loop(block) => vec![&block.body],
                        CompoundKind::For(block) => vec![&block.body],
                        CompoundKind::If(block) => block
                            .branches
                            .iter()
                            .map(|branch| &branch.body[..])
                            .chain(block.otherwise.as_deref())
                            .collect(),
                        _ => Vec::new(),
                    };
                    for statement in lists.into_iter().flatten() {
                        let rest = statement.rest.iter().map(|and_or| &and_or.pipeline);
                        let pipelines = std::iter::once(&statement.first).chain(rest);
                        open.extend(pipelines.flat_map(|pipeline| &pipeline.commands));
                    }
                }
                Command::Function(_) | Command::Coproc(_) => {}
            }
        }
    }

    fn passes_anyway(&mut self, end: &SimpleCommand, deferred: &SimpleCommand) {
        if !self.reported.insert(end.span.start) {
            return;
        }
        let report = &self.contract.report_helper;
        let text = &self.document.text;
        let before = &text[line_start(text, end.span.start) as usize..end.span.start as usize];
        // On a line that continues another one it would be that command's argument.
        let above = &text[..line_start(text, end.span.start) as usize];
        let above = above.trim_end_matches(['\r', '\n']);
        let is_first = before.trim().is_empty() && !above.ends_with(['\\', '&', '|']);
        self.sink
            .report(
                self.document,
                self.document.first_line(end.span),
                format!("the test ends well here without `{report}`"),
                "the deferred failure is forgotten",
            )
            .related(Place::new(self.document, self.document.first_line(deferred.span)), "defers a failure")
            .why("the check may have failed, and the test passes all the same")
            .help(format!("write `{report}` on a line of its own before it, behind no condition"))
            .fix(is_first.then(|| {
                let line = format!("{}{report}", indentation(text, end.span.start));
                ProposedFix::safe(format!("write `{report}` above it")).insert_lines_above(
                    self.document,
                    end.span.start,
                    &line,
                )
            }));
    }

    fn never_reported(&mut self, deferred: &SimpleCommand) {
        let report = &self.contract.report_helper;
        self.sink
            .report(
                self.document,
                self.document.first_line(deferred.span),
                format!("the failure that is deferred here is never reported: `{report}` does not follow on every way"),
                "defers a failure",
            )
            .why("the check may have failed, and the test ends with the status of its last command")
            .help(format!("end the test with `{report}` and then `test_pass`"));
    }

    fn lost(&mut self, command: &SimpleCommand) {
        self.sink
            .report(
                self.document,
                self.document.first_line(command.span),
                "the failure is deferred in a child process",
                "runs in a pipeline or in `( )`",
            )
            .why("the list of failures that it is added to is lost when the child ends, and the test passes")
            .help(
                "feed the loop by `done < <(…)` instead of a pipe, so that it runs in the test's own shell",
            );
    }
}
