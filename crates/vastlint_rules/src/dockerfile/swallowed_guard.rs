//! VL115: see `rules/dockerfile/swallowed-guard.md`.

use vastlint_diagnostic::Applicability;
use vastlint_model::{Document, ImageClass};
use vastlint_syntax::dockerfile::Dockerfile;
use vastlint_syntax::shell::{
    AndOr, AndOrOperator, Command, CompoundKind, Context as Surroundings, Pipeline, Statement, Terminator,
    TestToken, Visitor,
};
use vastlint_text::Span;

use crate::questions::{Handling, fails, handling, pipeline_at};
use crate::stages::{RunScript, run_scripts};
use crate::strict_mode::{Options, start_of};
use crate::{Check, Context, Place, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Dockerfile(check);

fn check(context: &Context<'_>, document: &Document, tree: &Dockerfile, sink: &mut Sink<'_>) {
    let image = context.project.image_of(document.id);
    if !image.is_some_and(|image| image.class.is_template() || image.class == ImageClass::Base) {
        return;
    }
    let all: Vec<usize> = (0..tree.instructions.len()).collect();
    for run in run_scripts(context.project, document, tree, &all) {
        if ["exit", "false"].iter().any(|word| run.document.text.contains(word)) {
            check_script(&run, sink);
        }
    }
}

fn check_script(run: &RunScript<'_>, sink: &mut Sink<'_>) {
    struct Look<'t>(Vec<&'t Statement>);
    impl<'t> Visitor<'t> for Look<'t> {
        fn enter_statement(&mut self, statement: &'t Statement, context: Surroundings) {
            if !context.in_condition() && !statement.rest.is_empty() {
                self.0.push(statement);
            }
        }
    }
    let mut look = Look(Vec::new());
    run.script.walk(&mut look);
    let last = run.script.body.last().map(|statement| statement.span);
    for statement in look.0 {
        let is_last = last == Some(statement.span);
        if !in_background(run, statement, is_last, sink) {
            skipped_rest(run, statement, is_last, sink);
        }
    }
    lost_subshells(run, sink);
}

/// `[[ x ]] && { exit 1; } && next`: where `x` does not hold, nothing behind it runs.
fn skipped_rest(run: &RunScript<'_>, statement: &Statement, is_last: bool, sink: &mut Sink<'_>) {
    let source = &run.document.text;
    for index in 0..statement.rest.len() {
        let question = pipeline_at(statement, index);
        let guard = &statement.rest[index];
        let is_guard = guard.operator == AndOrOperator::And
            && is_test(question, source)
            && handling(&guard.pipeline, source) == Handling::Fails;
        if !is_guard {
            continue;
        }
        let next = statement.rest.get(index + 1);
        let (message, why) = match next {
            Some(next) if next.operator == AndOrOperator::And => (
                "this guard stops the chain when all is well",
                "a test that does not hold fails like any command: where there is nothing to complain about, the commands behind the guard are skipped",
            ),
            None if is_last && run.is_whole => (
                "this guard fails the RUN when all is well",
                "a test that does not hold fails like any command, and the last status of the script is the RUN's: where there is nothing to complain about, the build fails",
            ),
            _ => continue,
        };
        let span = question.span.cover(guard.pipeline.span);
        let finding =
            sink.report(run.document, run.document.first_line(span), message, "the wrong way round");
        finding.why(why).help("ask for what must hold, and end the build if it does not: `[[ … ]] || { echo \"…\"; exit 1; } && \\`, or use `if …; then …; exit 1; fi`");
        finding.fix(turned_round(run, question, guard));
        if let Some(next) = next {
            let command = run.document.first_line(next.pipeline.span);
            finding.related(Place::new(run.document, command), "only runs behind the failure, so never");
        }
    }
}

/// Asks for the opposite, and ends the build if that does not hold: `[[ ! x ]] || { exit 1; }`. What never ran is then
/// run.
fn turned_round(run: &RunScript<'_>, question: &Pipeline, guard: &AndOr) -> Option<ProposedFix> {
    let source = &run.document.text;
    let fix = ProposedFix::new(Applicability::Unsafe, "ask for what must hold");
    let fix = fix.replace(run.document, guard.operator_span, "||");
    if question.negated {
        let command = question.commands.first()?;
        return Some(fix.delete(run.document, Span::new(question.span.start, command.span().start)));
    }
    let operator = match &question.commands[..] {
        [Command::Compound(compound)] => match &compound.kind {
            CompoundKind::Test(test) => match &test.tokens[..] {
                [TestToken::Operator(operator), TestToken::Word(_)]
                | [TestToken::Word(_), TestToken::Operator(operator), TestToken::Word(_)] => Some(*operator),
                _ => None,
            },
            _ => None,
        },
        [Command::Simple(simple)] if matches!(simple.name(source).as_deref(), Some("[" | "test")) => {
            let words: Vec<Span> = simple.arguments().iter().map(|word| word.span).collect();
            let end = words.len() - usize::from(words.last().is_some_and(|word| word.text(source) == "]"));
            match words[..end] {
                [operator, _] | [_, operator, _] => Some(operator),
                _ => None,
            }
        }
        _ => None,
    };
    let opposite = operator.and_then(|operator| {
        let opposite = match operator.text(source) {
            "-z" => "-n",
            "-n" => "-z",
            "=" | "==" => "!=",
            "!=" => "==",
            "-eq" => "-ne",
            "-ne" => "-eq",
            _ => return None,
        };
        let is_single = opposite == "==" && matches!(&question.commands[..], [Command::Simple(_)]);
        Some((operator, if is_single { "=" } else { opposite }))
    });
    Some(match opposite {
        Some((operator, opposite)) => fix.replace(run.document, operator, opposite),
        None => fix.insert(run.document, question.span.start, "! "),
    })
}

/// Braces in the place of parentheses: the script itself ends.
fn in_braces(run: &RunScript<'_>, guard: &Pipeline) -> Option<ProposedFix> {
    let source = &run.document.text;
    let [Command::Compound(compound)] = &guard.commands[..] else { return None };
    let CompoundKind::Subshell(list) = &compound.kind else { return None };
    let (first, last) = (list.first()?, list.last()?);
    let open = Span::new(guard.span.start, first.span.start);
    let close = Span::new(last.span.end, guard.span.end);
    let is_plain = open.text(source).trim() == "("
        && matches!(close.text(source).replace([' ', ';'], "").as_str(), ")")
        && guard.span == compound.span
        && compound.redirections.is_empty();
    let fix = ProposedFix::new(Applicability::Unsafe, "write braces for the parentheses");
    is_plain.then(|| fix.replace(run.document, open, "{ ").replace(run.document, close, "; }"))
}

/// `guard && a && b & c`: the whole chain runs in the background, and its failure with it.
fn in_background(run: &RunScript<'_>, statement: &Statement, is_last: bool, sink: &mut Sink<'_>) -> bool {
    let source = &run.document.text;
    let guard = statement.rest.iter().find(|and_or| {
        and_or.operator == AndOrOperator::Or && handling(&and_or.pipeline, source) == Handling::Fails
    });
    let Some(guard) = guard.filter(|_| statement.terminator == Terminator::Background && !is_last) else {
        return false;
    };
    sink.report(
        run.document,
        statement.terminator_span,
        "this `&` sends the whole chain into the background, its guard included",
        "up to the first command of the chain",
    )
    .related(Place::new(run.document, run.document.first_line(guard.pipeline.span)), "this failure is lost")
    .why("`&` binds weaker than `&&`: every command of the chain runs beside the script, and when one of them fails the script does not notice")
    .help("end the chain in front of the command that belongs into the background: write `;` or a line of its own there, or put the command in braces: `{ command & }`");
    true
}

/// `x || (exit 1); next` without `set -e`: only the subshell ends.
fn lost_subshells(run: &RunScript<'_>, sink: &mut Sink<'_>) {
    let source = &run.document.text;
    if start_of(run.script, source, Options::default()).options.stops_on_failure() {
        return;
    }
    let body = &run.script.body;
    for statement in &body[..body.len().saturating_sub(1)] {
        let Some(last) = statement.rest.last().filter(|last| last.operator == AndOrOperator::Or) else {
            continue;
        };
        let is_guard = match &last.pipeline.commands[..] {
            [Command::Compound(compound)] => {
                matches!(&compound.kind, CompoundKind::Subshell(list) if fails(list, source))
            }
            _ => false,
        };
        if is_guard && statement.terminator != Terminator::Background {
            sink.report(
                run.document,
                run.document.first_line(last.pipeline.span),
                "this guard only ends its own subshell",
                "the script goes on",
            )
            .why("`exit` in parentheses ends the child process; without `set -e` the script goes on with the next command")
            .help("use braces: `|| { echo \"…\"; exit 1; }`")
            .fix(in_braces(run, &last.pipeline));
        }
    }
}

/// Whether a pipeline is a test.
fn is_test(pipeline: &Pipeline, source: &str) -> bool {
    match &pipeline.commands[..] {
        [Command::Compound(compound)] => {
            matches!(compound.kind, CompoundKind::Test(_) | CompoundKind::Arithmetic(_))
        }
        [Command::Simple(simple)] => {
            matches!(simple.name(source).as_deref(), Some("[" | "test" | "grep" | "egrep" | "cmp" | "diff"))
        }
        [.., Command::Simple(last)] => matches!(last.name(source).as_deref(), Some("grep" | "egrep")),
        _ => false,
    }
}
