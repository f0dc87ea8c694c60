//! How a script derives the id of a matrix entry: where the variable gets its value, and what that goes through.

use vastlint_model::program_name;
use vastlint_syntax::shell::{
    Assignment, AssignmentValue, Command, Context as Surroundings, Pipeline, Redirection,
    RedirectionOperator, RedirectionTarget, Script, SimpleCommand, Visitor, Word, WordPart, WordPartKind,
};
use vastlint_text::Span;

use crate::contract::MatrixId;
use crate::values::{Assignments, functions, is_default};

/// A place where the variable gets its value.
pub(crate) struct Derivation<'t> {
    pub(crate) span: Span,
    pub(crate) source: Source<'t>,
}

/// Where a value comes from.
#[derive(Clone, Copy)]
pub(crate) enum Source<'t> {
    /// `$(…)`, ending with this pipeline.
    Pipeline(&'t Pipeline),
    /// Plain text.
    Fixed,
    /// Something that is set out of sight.
    Unknown,
    /// Anything else.
    Other,
}

/// Every assignment of the variable, and every `echo "VARIABLE=…"` that hands a value on.
pub(crate) fn derivations_in<'t>(
    script: &'t Script,
    source: &'t str,
    contract: &MatrixId,
) -> Vec<Derivation<'t>> {
    struct Collector<'t, 's> {
        source: &'s str,
        variable: &'s str,
        assignments: Assignments<'t>,
        /// The names of the functions of the step.
        functions: Vec<&'s str>,
        /// How many blocks around the command write to the environment of the job.
        writing_blocks: usize,
        found: Vec<Derivation<'t>>,
    }
    impl<'t> Visitor<'t> for Collector<'t, '_> {
        fn enter_assignment(&mut self, assignment: &'t Assignment, _: Surroundings) {
            if assignment.name.text(self.source) != self.variable {
                return;
            }
            if let AssignmentValue::Scalar(value) = &assignment.value {
                let source = self.source_of(&value.parts, assignment.span.start, 0);
                self.found.push(Derivation { span: assignment.span, source });
            }
        }

        fn enter_command(&mut self, command: &'t Command, _: Surroundings) {
            match command {
                Command::Compound(compound) => {
                    let writes = writes_environment(&compound.redirections, self.source);
                    self.writing_blocks += usize::from(writes);
                }
                Command::Simple(simple) => self.printed(simple),
                Command::Function(_) | Command::Coproc(_) => {}
            }
        }

        fn leave_command(&mut self, command: &'t Command, _: Surroundings) {
            if let Command::Compound(compound) = command {
                let writes = writes_environment(&compound.redirections, self.source);
                self.writing_blocks -= usize::from(writes);
            }
        }
    }
    impl<'t> Collector<'t, '_> {
        /// `echo "VARIABLE=…"` into the environment of the job.
        fn printed(&mut self, simple: &'t SimpleCommand) {
            let writes = self.writing_blocks > 0 || writes_environment(&simple.redirections, self.source);
            let formats = simple.name(self.source).as_deref() == Some("printf");
            for (index, word) in simple.arguments().iter().enumerate() {
                let parts = without_quotes(&word.parts);
                let Some((first, rest)) = parts.split_first() else { continue };
                let value = first.span.text(self.source).trim_start_matches(['"', '\'']);
                let Some(value) = value.strip_prefix(self.variable).and_then(|value| value.strip_prefix('='))
                else {
                    continue;
                };
                // `printf 'VARIABLE=%s\n' "$id"`
                let next = simple.arguments().get(index + 1).filter(|_| formats && value.starts_with('%'));
                let rest = next.map_or(rest, |next| without_quotes(&next.parts));
                let source = match rest {
                    [] => Source::Fixed,
                    rest if value.is_empty() || next.is_some() => self.source_of(rest, word.span.start, 0),
                    _ => Source::Other,
                };
                // Without a redirection it may be but a message.
                let counts = match source {
                    Source::Pipeline(_) => true,
                    _ => writes,
                };
                // What hands on the variable itself derives nothing.
                let hands_on = matches!(rest, [WordPart { kind: WordPartKind::Parameter(parameter), .. }]
                    if parameter.name.text(self.source) == self.variable);
                if counts && !hands_on {
                    self.found.push(Derivation { span: word.span, source });
                }
            }
        }

        /// Whether a function of the step, or a script, does the work: it may use the filters.
        fn calls_script(&self, pipeline: &Pipeline) -> bool {
            let [Command::Simple(simple)] = &pipeline.commands[..] else { return false };
            simple.name(self.source).is_some_and(|name| {
                name.ends_with(".sh") || self.functions.iter().any(|function| *function == name)
            })
        }

        fn source_of(&self, parts: &'t [WordPart], before: u32, depth: usize) -> Source<'t> {
            match without_quotes(parts) {
                [WordPart { kind: WordPartKind::Command(substitution), .. }] => {
                    match substitution.body.last() {
                        Some(last) if self.calls_script(&last.first) => Source::Unknown,
                        Some(last) if last.rest.is_empty() => Source::Pipeline(&last.first),
                        _ => Source::Other,
                    }
                }
                [WordPart { kind: WordPartKind::Parameter(parameter), .. }]
                    if parameter.expansion.is_none() =>
                {
                    let name = parameter.name.text(self.source);
                    match self.assignments.last_before(name, before) {
                        Some(Assignment { value: AssignmentValue::Scalar(value), span, .. }) if depth < 8 => {
                            self.source_of(&value.parts, span.start, depth + 1)
                        }
                        _ => Source::Unknown,
                    }
                }
                [WordPart { kind: WordPartKind::Parameter(parameter), .. }]
                    if parameter
                        .expansion
                        .as_ref()
                        .is_some_and(|expansion| is_default(expansion.operator)) =>
                {
                    let operand = parameter.expansion.as_ref().and_then(|expansion| expansion.operand());
                    operand.map_or(Source::Other, |operand| self.source_of(&operand.parts, before, depth + 1))
                }
                [WordPart { kind: WordPartKind::GithubExpression, span }] => {
                    let expression = span.text(self.source);
                    // What another job or step hands on may have been derived there.
                    let handed_on = may_vary(expression) && !expression.contains("matrix.");
                    if handed_on { Source::Unknown } else { Source::Other }
                }
                parts if parts.iter().all(|part| is_fixed(&part.kind)) => Source::Fixed,
                _ => Source::Other,
            }
        }
    }
    let mut collector = Collector {
        source,
        variable: &contract.variable,
        assignments: Assignments::of(script, source),
        functions: functions(script).into_iter().map(|(name, _)| name.text(source)).collect(),
        writing_blocks: 0,
        found: Vec::new(),
    };
    script.walk(&mut collector);
    collector.found
}

fn without_quotes(parts: &[WordPart]) -> &[WordPart] {
    match parts {
        [WordPart { kind: WordPartKind::DoubleQuoted(inner), .. }] => inner,
        parts => parts,
    }
}

fn is_fixed(kind: &WordPartKind) -> bool {
    match kind {
        WordPartKind::Literal
        | WordPartKind::Escape
        | WordPartKind::Continuation
        | WordPartKind::SingleQuoted
        | WordPartKind::AnsiQuoted => true,
        WordPartKind::DoubleQuoted(inner) => inner.iter().all(|part| is_fixed(&part.kind)),
        _ => false,
    }
}

fn writes_environment(redirections: &[Redirection], source: &str) -> bool {
    redirections.iter().any(|redirection| {
        redirection.operator == RedirectionOperator::Append
            && matches!(&redirection.target, RedirectionTarget::Word(word) if word.text(source).contains("GITHUB_"))
    })
}

/// Whether a script sends anything through the filters and names the variable, in a way that is not understood here.
pub(crate) fn has_filters_somewhere(script: &Script, source: &str, contract: &MatrixId) -> bool {
    struct Collector<'s> {
        source: &'s str,
        contract: &'s MatrixId,
        found: bool,
        named: bool,
    }
    impl<'t> Visitor<'t> for Collector<'_> {
        fn enter_statement(&mut self, statement: &'t vastlint_syntax::shell::Statement, _: Surroundings) {
            let rest = statement.rest.iter().map(|and_or| &and_or.pipeline);
            self.found |= std::iter::once(&statement.first)
                .chain(rest)
                .any(|pipeline| goes_through(pipeline, self.source, &self.contract.filters));
        }

        fn enter_redirection(&mut self, redirection: &'t Redirection, _: Surroundings) {
            if let RedirectionTarget::Heredoc(heredoc) = &redirection.target {
                self.named |= heredoc.body.text(self.source).contains(&self.contract.variable);
            }
        }

        fn enter_word(&mut self, word: &'t Word, _: Surroundings) {
            self.named |= word.text(self.source).contains(&self.contract.variable);
        }
    }
    let mut collector = Collector { source, contract, found: false, named: false };
    script.walk(&mut collector);
    collector.found && collector.named
}

fn simple_commands(pipeline: &Pipeline) -> impl Iterator<Item = &SimpleCommand> {
    pipeline.commands.iter().filter_map(|command| match command {
        Command::Simple(simple) => Some(simple),
        _ => None,
    })
}

/// Whether the filters are among the commands of the pipeline, in their order.
pub(crate) fn goes_through(pipeline: &Pipeline, source: &str, filters: &[String]) -> bool {
    let mut commands = simple_commands(pipeline);
    filters.iter().all(|filter| commands.any(|command| is_filter(command, source, filter)))
}

/// Whether a command is the filter, option values written apart or not: `cut -c 1-8` is `cut -c1-8`.
fn is_filter(command: &SimpleCommand, source: &str, filter: &str) -> bool {
    let mut wanted = filter.split_whitespace();
    let program = command.words.first().and_then(|word| program_name(word, source));
    if program.as_deref() != wanted.next() {
        return false;
    }
    let wanted: String = wanted.collect();
    let given: String = command.arguments().iter().filter_map(|word| word.literal(source)).collect();
    let given = given.replace("--characters=", "-c").replace("--bytes=", "-c").replace("-b", "-c");
    wanted.is_empty() || given == wanted || given == wanted.replace("-c1-", "-c-")
}

/// What a pipeline starts from.
pub(crate) enum Input {
    /// Plain text.
    Fixed,
    /// Expressions of GitHub that do not depend on the matrix.
    SameForAll,
    /// The matrix value, or something that may be it.
    Varying,
}

pub(crate) fn input_of(pipeline: &Pipeline, source: &str) -> Input {
    if simple_commands(pipeline).count() < pipeline.commands.len() {
        return Input::Varying;
    }
    let mut words: Vec<&Word> = Vec::new();
    for command in simple_commands(pipeline) {
        let program = command.words.first().and_then(|word| program_name(word, source));
        let prints_its_words =
            matches!(program.as_deref(), Some("echo" | "printf" | "md5sum" | "cut" | "tr"));
        if !prints_its_words {
            return Input::Varying;
        }
        words.extend(command.arguments());
        for redirection in &command.redirections {
            match &redirection.target {
                RedirectionTarget::Word(_) if redirection.operator == RedirectionOperator::Input => {
                    return Input::Varying;
                }
                RedirectionTarget::Word(word) => words.push(word),
                RedirectionTarget::Heredoc(heredoc) if heredoc.parts.is_empty() => {}
                RedirectionTarget::Heredoc(_) => return Input::Varying,
            }
        }
    }
    let mut expressions = Vec::new();
    if !words.iter().all(|word| only_expressions(&word.parts, &mut expressions)) {
        return Input::Varying;
    }
    if expressions.is_empty() {
        Input::Fixed
    } else if expressions.iter().any(|expression| may_vary(expression.text(source))) {
        Input::Varying
    } else {
        Input::SameForAll
    }
}

/// Whether an expression of GitHub may differ from one entry of the matrix to the next. What a job, a step or an input
/// hands on may be the matrix value under another name.
fn may_vary(expression: &str) -> bool {
    const CONTEXTS: [&str; 6] = ["matrix", "strategy", "inputs", "env", "steps", "needs"];
    expression.split(|character: char| !character.is_alphanumeric()).any(|name| CONTEXTS.contains(&name))
}

/// Collects the expressions of GitHub in a word; returns whether everything else in it is plain text.
fn only_expressions(parts: &[WordPart], expressions: &mut Vec<Span>) -> bool {
    parts.iter().all(|part| match &part.kind {
        WordPartKind::GithubExpression => {
            expressions.push(part.span);
            true
        }
        WordPartKind::DoubleQuoted(inner) => only_expressions(inner, expressions),
        kind => {
            is_fixed(kind) || matches!(kind, WordPartKind::Brace | WordPartKind::Glob | WordPartKind::Tilde)
        }
    })
}
