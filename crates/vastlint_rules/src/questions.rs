//! Questions of a script, and whether an answer ends it.

use vastlint_syntax::shell::{
    AndOr, AndOrOperator, Command, CompoundKind, If, Pipeline, Script, SimpleCommand, Statement, Terminator,
};
use vastlint_text::Span;

/// A command whose status may decide about the script.
#[derive(Debug)]
pub(crate) struct Question<'t> {
    /// What is asked.
    pub(crate) command: &'t Command,
    /// The pipeline around it.
    pub(crate) span: Span,
    /// What becomes of the script.
    pub(crate) ends: Ends,
}

/// When a command ends the script with a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ends {
    /// When it fails.
    WhenFalse,
    /// When it succeeds.
    WhenTrue,
    /// Either way the script goes on.
    Never,
    /// A command that is not known handles it.
    Unknown,
}

impl Ends {
    const fn flipped(self) -> Self {
        match self {
            Self::WhenFalse => Self::WhenTrue,
            Self::WhenTrue => Self::WhenFalse,
            other => other,
        }
    }
}

/// Every command of a script that stands alone in its pipeline, outside substitutions, and whether its answer ends the
/// script. `errexit`: the script runs under `set -e`.
pub(crate) fn questions<'t>(script: &'t Script, source: &'t str, errexit: bool) -> Vec<Question<'t>> {
    let mut reader = Reader { source, errexit, found: Vec::new() };
    reader.list(&script.body, true);
    reader.found
}

struct Reader<'t> {
    source: &'t str,
    errexit: bool,
    found: Vec<Question<'t>>,
}

impl<'t> Reader<'t> {
    /// `decides`: the status of the list is that of the script.
    fn list(&mut self, list: &'t [Statement], decides: bool) {
        for (index, statement) in list.iter().enumerate() {
            self.statement(statement, decides && index + 1 == list.len());
        }
    }

    fn statement(&mut self, statement: &'t Statement, decides: bool) {
        let in_background = statement.terminator == Terminator::Background;
        for index in 0..=statement.rest.len() {
            let pipeline = pipeline_at(statement, index);
            let ends = if in_background { Ends::Never } else { self.ends(statement, index, decides) };
            if let [command] = &pipeline.commands[..] {
                let ends = if pipeline.negated { ends.flipped() } else { ends };
                self.found.push(Question { command, span: pipeline.span, ends });
            }
            let goes_on = matches!(ends, Ends::WhenFalse);
            pipeline.commands.iter().for_each(|command| self.command(command, goes_on));
        }
    }

    /// What becomes of the script by the status of the pipeline at `index` of a statement.
    fn ends(&self, statement: &Statement, index: usize, decides: bool) -> Ends {
        let rest = &statement.rest[index..];
        if let Some(next) = rest.first()
            && next.operator == AndOrOperator::And
            && handling(&next.pipeline, self.source) == Handling::Fails
        {
            return Ends::WhenTrue;
        }
        let alternative = rest.iter().find(|and_or: &&AndOr| and_or.operator == AndOrOperator::Or);
        match alternative.map(|and_or| handling(&and_or.pipeline, self.source)) {
            Some(Handling::Fails) => Ends::WhenFalse,
            Some(Handling::Unknown) => Ends::Unknown,
            Some(Handling::GoesOn) => Ends::Never,
            // The last command of a list fails with the list; of one before it only the list's status tells.
            None if decides || (self.errexit && rest.is_empty()) => Ends::WhenFalse,
            None => Ends::Never,
        }
    }

    fn command(&mut self, command: &'t Command, decides: bool) {
        match command {
            Command::Compound(compound) => match &compound.kind {
                CompoundKind::Group(list) | CompoundKind::Subshell(list) => self.list(list, decides),
                CompoundKind::If(block) => self.block(block, decides),
                CompoundKind::Loop(block) => self.list(&block.body, decides),
                CompoundKind::For(block) => self.list(&block.body, decides),
                CompoundKind::ArithmeticFor(block) => self.list(&block.body, decides),
                CompoundKind::Case(block) => {
                    block.arms.iter().for_each(|arm| self.list(&arm.body, decides));
                }
                _ => {}
            },
            Command::Function(function) => {
                if let Some(body) = &function.body {
                    self.command(body, decides);
                }
            }
            _ => {}
        }
    }

    fn block(&mut self, block: &'t If, decides: bool) {
        for branch in &block.branches {
            let otherwise = block.otherwise.as_deref().filter(|_| block.branches.len() == 1);
            let ends = if fails(&branch.body, self.source) {
                Ends::WhenTrue
            } else if otherwise.is_some_and(|list| fails(list, self.source)) {
                Ends::WhenFalse
            } else {
                Ends::Never
            };
            for statement in &branch.condition {
                for index in 0..=statement.rest.len() {
                    let pipeline = pipeline_at(statement, index);
                    if let [command] = &pipeline.commands[..] {
                        let ends = if pipeline.negated { ends.flipped() } else { ends };
                        self.found.push(Question { command, span: pipeline.span, ends });
                    }
                }
            }
            self.list(&branch.body, decides);
        }
        if let Some(otherwise) = &block.otherwise {
            self.list(otherwise, decides);
        }
    }
}

/// A pipeline of a statement, the first one at 0.
pub(crate) fn pipeline_at(statement: &Statement, index: usize) -> &Pipeline {
    match index.checked_sub(1) {
        None => &statement.first,
        Some(index) => &statement.rest[index].pipeline,
    }
}

/// What a pipeline behind `||` or `&&` does about the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handling {
    /// It ends the script, or hands the failure on.
    Fails,
    /// It succeeds.
    GoesOn,
    /// It runs something that may do either.
    Unknown,
}

/// What a pipeline behind `||` or `&&` does about the answer.
pub(crate) fn handling(pipeline: &Pipeline, source: &str) -> Handling {
    match &pipeline.commands[..] {
        [Command::Simple(simple)] => simple_handling(simple, source, true),
        [Command::Compound(compound)] => match &compound.kind {
            CompoundKind::Group(list) | CompoundKind::Subshell(list) => list_handling(list, source),
            CompoundKind::Test(_) | CompoundKind::Arithmetic(_) => Handling::GoesOn,
            _ => Handling::Unknown,
        },
        _ => Handling::Unknown,
    }
}

fn list_handling(list: &[Statement], source: &str) -> Handling {
    if fails(list, source) {
        return Handling::Fails;
    }
    let unknown = list.iter().any(|statement| {
        (0..=statement.rest.len()).any(|index| match &pipeline_at(statement, index).commands[..] {
            [Command::Simple(simple)] => simple_handling(simple, source, false) == Handling::Unknown,
            _ => true,
        })
    });
    if unknown { Handling::Unknown } else { Handling::GoesOn }
}

/// Whether a list certainly ends the script with a failure.
pub(crate) fn fails(list: &[Statement], source: &str) -> bool {
    list.iter().enumerate().any(|(index, statement)| {
        let is_last = index + 1 == list.len();
        let first =
            pipeline_fails(&statement.first, source, index == 0, is_last && statement.rest.is_empty());
        // `echo sorry && exit 1`
        let later = statement.rest.iter().any(|and_or| {
            and_or.operator == AndOrOperator::And && pipeline_fails(&and_or.pipeline, source, false, is_last)
        });
        first || later
    })
}

fn pipeline_fails(pipeline: &Pipeline, source: &str, is_first: bool, is_last: bool) -> bool {
    match &pipeline.commands[..] {
        [Command::Simple(simple)] => match simple.name(source).as_deref() {
            Some("exit" | "return") => simple_handling(simple, source, is_first) == Handling::Fails,
            Some("false") => is_last,
            _ => false,
        },
        [Command::Compound(compound)] => match &compound.kind {
            CompoundKind::Group(list) => fails(list, source),
            CompoundKind::Subshell(list) => is_last && fails(list, source),
            _ => false,
        },
        _ => false,
    }
}

/// `is_first`: it runs right behind the question, so that `exit` alone hands the failure on.
fn simple_handling(simple: &SimpleCommand, source: &str, is_first: bool) -> Handling {
    match simple.name(source).as_deref() {
        Some("exit" | "return") => match simple.arguments().first() {
            Some(status) if status.is(source, "0") => Handling::GoesOn,
            Some(_) => Handling::Fails,
            None if is_first => Handling::Fails,
            None => Handling::GoesOn,
        },
        Some("false") => Handling::Fails,
        Some(
            "echo" | "printf" | "true" | ":" | "cat" | "diff" | "tee" | "ls" | "logger" | "env" | "sleep"
            | "pip" | "uv" | "rm" | "set" | "export",
        ) => Handling::GoesOn,
        None if simple.words.is_empty() => Handling::GoesOn,
        _ => Handling::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(source: &str, errexit: bool) -> Ends {
        let script = vastlint_syntax::shell::parse(source);
        let questions = questions(&script, source, errexit);
        let question =
            questions.iter().find(|question| matches!(question.span.text(source), "[[ x ]]" | "! [[ x ]]"));
        question.expect("x is asked").ends
    }

    #[test]
    fn an_answer_may_end_the_script() {
        for source in [
            "a && [[ x ]] || { echo no; exit 1; }",
            "[[ x ]] || exit",
            "[[ x ]] || (echo no && exit 1)",
            "{ [[ x ]] || exit 1; } && b",
            "if [[ x ]]; then a; else echo no; exit 2; fi",
            "a && [[ x ]]",
            "[[ x ]] && a",
            "if ! [[ x ]]; then exit 1; fi",
        ] {
            assert_eq!(ends(source, false), Ends::WhenFalse, "{source}");
        }
        for source in ["[[ x ]] && exit 1", "if [[ x ]]; then echo no; exit 1; fi; a", "! [[ x ]] || exit 1"]
        {
            assert_eq!(ends(source, false), Ends::WhenTrue, "{source}");
        }
        for source in [
            "[[ x ]] || echo no",
            "[[ x ]] || { echo no; exit; }",
            "[[ x ]] || exit 0",
            "[[ x ]]; a",
            "[[ x ]] || exit 1 & a",
            "if [[ x ]]; then echo yes; fi; exit 1",
        ] {
            assert_eq!(ends(source, false), Ends::Never, "{source}");
        }
        assert_eq!(ends("[[ x ]]; a", true), Ends::WhenFalse);
        assert_eq!(ends("[[ x ]] && b; a", true), Ends::Never);
        assert_eq!(ends("[[ x ]] || die no", true), Ends::Unknown);
    }
}
