use vastlint_text::Span;

use super::tree::{
    AndOrOperator, Arithmetic, ArrayElement, Assignment, AssignmentValue, Command, CompoundKind, Coproc,
    Function, Pipeline, Redirection, RedirectionTarget, Script, SimpleCommand, Statement, Terminator,
    TestToken,
};
use super::word::{Parameter, Word, WordPart, WordPartKind};

/// What surrounds a node: each answer is true if it holds for the node itself or for anything around it. A function's
/// body starts afresh, as it runs where the function is called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Context(u16);

impl Context {
    const SUBSTITUTION: u16 = 1;
    const FUNCTION: u16 = 1 << 1;
    const CONDITION: u16 = 1 << 2;
    const SUBSHELL: u16 = 1 << 3;
    const AFTER_AND: u16 = 1 << 4;
    const AFTER_OR: u16 = 1 << 5;
    const BEFORE_AND_OR: u16 = 1 << 6;
    const BACKGROUND: u16 = 1 << 7;
    const PIPED: u16 = 1 << 8;
    const PIPELINE: u16 = 1 << 9;
    const NEGATED: u16 = 1 << 10;
    const BRANCH: u16 = 1 << 11;
    const LOOP: u16 = 1 << 12;
    const HEREDOC: u16 = 1 << 13;

    const fn with(self, flag: u16) -> Self {
        Self(self.0 | flag)
    }

    const fn with_if(self, flag: u16, holds: bool) -> Self {
        if holds { self.with(flag) } else { self }
    }

    const fn has(self, flag: u16) -> bool {
        self.0 & flag != 0
    }

    /// In `$(…)`, backquotes, `<(…)` or `>(…)`.
    #[must_use]
    pub const fn in_substitution(self) -> bool {
        self.has(Self::SUBSTITUTION)
    }

    /// In the body of a function.
    #[must_use]
    pub const fn in_function(self) -> bool {
        self.has(Self::FUNCTION)
    }

    /// In what decides an `if`, `elif`, `while` or `until`.
    #[must_use]
    pub const fn in_condition(self) -> bool {
        self.has(Self::CONDITION)
    }

    /// In `( … )`; substitutions and pipelines do not count.
    #[must_use]
    pub const fn in_subshell(self) -> bool {
        self.has(Self::SUBSHELL)
    }

    /// To the right of an `&&`.
    #[must_use]
    pub const fn after_and(self) -> bool {
        self.has(Self::AFTER_AND)
    }

    /// To the right of an `||`.
    #[must_use]
    pub const fn after_or(self) -> bool {
        self.has(Self::AFTER_OR)
    }

    /// To the left of an `&&` or `||`: a failure does not end the script under `set -e`.
    #[must_use]
    pub const fn before_and_or(self) -> bool {
        self.has(Self::BEFORE_AND_OR)
    }

    /// In a statement that ends with `&`, or in a coprocess.
    #[must_use]
    pub const fn in_background(self) -> bool {
        self.has(Self::BACKGROUND)
    }

    /// In a pipeline of two commands or more.
    #[must_use]
    pub const fn in_pipeline(self) -> bool {
        self.has(Self::PIPELINE)
    }

    /// To the left of a `|`: a failure is lost without `set -o pipefail`.
    #[must_use]
    pub const fn before_pipe(self) -> bool {
        self.has(Self::PIPED)
    }

    /// In a pipeline behind `!`.
    #[must_use]
    pub const fn negated(self) -> bool {
        self.has(Self::NEGATED)
    }

    /// In a part of `if` or `case` that may or may not run.
    #[must_use]
    pub const fn in_branch(self) -> bool {
        self.has(Self::BRANCH)
    }

    /// In the body or condition of a loop.
    #[must_use]
    pub const fn in_loop(self) -> bool {
        self.has(Self::LOOP)
    }

    /// In the body of a heredoc.
    #[must_use]
    pub const fn in_heredoc(self) -> bool {
        self.has(Self::HEREDOC)
    }
}

/// What a walk over a script calls. Every method may be left out.
///
/// Nodes come in source order, a node before what it holds. A heredoc's body comes with its redirection, although
/// it stands below the line.
pub trait Visitor<'t> {
    /// A statement begins.
    fn enter_statement(&mut self, statement: &'t Statement, context: Context) {
        let _ = (statement, context);
    }
    /// A statement ends.
    fn leave_statement(&mut self, statement: &'t Statement, context: Context) {
        let _ = (statement, context);
    }
    /// A command of any kind begins.
    fn enter_command(&mut self, command: &'t Command, context: Context) {
        let _ = (command, context);
    }
    /// A command of any kind ends.
    fn leave_command(&mut self, command: &'t Command, context: Context) {
        let _ = (command, context);
    }
    /// An assignment, before a command or as an argument of `export` and the like.
    fn enter_assignment(&mut self, assignment: &'t Assignment, context: Context) {
        let _ = (assignment, context);
    }
    /// A redirection.
    fn enter_redirection(&mut self, redirection: &'t Redirection, context: Context) {
        let _ = (redirection, context);
    }
    /// A word begins: of a command, or an operand, target, value, pattern or subscript.
    fn enter_word(&mut self, word: &'t Word, context: Context) {
        let _ = (word, context);
    }
    /// A word ends.
    fn leave_word(&mut self, word: &'t Word, context: Context) {
        let _ = (word, context);
    }
    /// A part of a word, of a quoted text, of a heredoc's body or of arithmetic begins.
    fn enter_part(&mut self, part: &'t WordPart, context: Context) {
        let _ = (part, context);
    }
    /// The expansion of a parameter; `span` holds all of it, from `$` on.
    fn enter_parameter(&mut self, parameter: &'t Parameter, span: Span, context: Context) {
        let _ = (parameter, span, context);
    }
}

impl Script {
    /// Shows every node to the visitor, at any depth.
    pub fn walk<'t>(&'t self, visitor: &mut impl Visitor<'t>) {
        Walk { visitor }.list(&self.body, Context::default());
    }

    /// Every simple command at any depth (blocks, functions, substitutions, heredocs), in source order.
    #[must_use]
    pub fn simple_commands(&self) -> Vec<&SimpleCommand> {
        self.commands_in_context().into_iter().map(|(command, _)| command).collect()
    }

    /// Every simple command at any depth with what surrounds it, in source order.
    #[must_use]
    pub fn commands_in_context(&self) -> Vec<(&SimpleCommand, Context)> {
        struct Collector<'t>(Vec<(&'t SimpleCommand, Context)>);
        impl<'t> Visitor<'t> for Collector<'t> {
            fn enter_command(&mut self, command: &'t Command, context: Context) {
                if let Command::Simple(simple) = command {
                    self.0.push((simple, context));
                }
            }
        }
        let mut collector = Collector(Vec::new());
        self.walk(&mut collector);
        // The walk shows a heredoc's body before the rest of the line that names it.
        collector.0.sort_by_key(|(command, _)| command.span.start);
        collector.0
    }
}

struct Walk<'v, V> {
    visitor: &'v mut V,
}

impl<'t, V: Visitor<'t>> Walk<'_, V> {
    fn list(&mut self, list: &'t [Statement], context: Context) {
        for statement in list {
            self.statement(statement, context);
        }
    }

    fn statement(&mut self, statement: &'t Statement, context: Context) {
        let context = context.with_if(Context::BACKGROUND, statement.terminator == Terminator::Background);
        self.visitor.enter_statement(statement, context);
        let mut rest = statement.rest.len();
        self.pipeline(&statement.first, context.with_if(Context::BEFORE_AND_OR, rest > 0));
        for and_or in &statement.rest {
            rest -= 1;
            let side = match and_or.operator {
                AndOrOperator::And => Context::AFTER_AND,
                AndOrOperator::Or => Context::AFTER_OR,
            };
            self.pipeline(&and_or.pipeline, context.with(side).with_if(Context::BEFORE_AND_OR, rest > 0));
        }
        self.visitor.leave_statement(statement, context);
    }

    fn pipeline(&mut self, pipeline: &'t Pipeline, context: Context) {
        let context = context
            .with_if(Context::NEGATED, pipeline.negated)
            .with_if(Context::PIPELINE, pipeline.commands.len() > 1);
        for (index, command) in pipeline.commands.iter().enumerate() {
            let piped = index + 1 < pipeline.commands.len();
            self.command(command, context.with_if(Context::PIPED, piped));
        }
    }

    fn command(&mut self, command: &'t Command, context: Context) {
        self.visitor.enter_command(command, context);
        match command {
            Command::Simple(simple) => self.simple(simple, context),
            Command::Compound(compound) => {
                self.compound(&compound.kind, context);
                for redirection in &compound.redirections {
                    self.redirection(redirection, context);
                }
            }
            Command::Function(function) => {
                let Function { body, .. } = &**function;
                if let Some(body) = body {
                    self.command(body, Context::default().with(Context::FUNCTION));
                }
            }
            Command::Coproc(coproc) => {
                let Coproc { body, .. } = &**coproc;
                if let Some(body) = body {
                    self.command(body, context.with(Context::BACKGROUND));
                }
            }
        }
        self.visitor.leave_command(command, context);
    }

    fn simple(&mut self, simple: &'t SimpleCommand, context: Context) {
        let mut words = simple.words.iter().peekable();
        let mut declarations = simple.declarations.iter().peekable();
        let mut redirections = simple.redirections.iter().peekable();
        let mut assignments = simple.assignments.iter().peekable();
        loop {
            let starts = [
                assignments.peek().map(|node| node.span.start),
                words.peek().map(|node| node.span.start),
                declarations.peek().map(|node| node.span.start),
                redirections.peek().map(|node| node.span.start),
            ];
            let next = starts
                .iter()
                .enumerate()
                .filter_map(|(which, start)| start.map(|start| (start, which)))
                .min();
            match next {
                Some((_, 0)) => {
                    assignments.next().into_iter().for_each(|node| self.assignment(node, context));
                }
                Some((_, 1)) => words.next().into_iter().for_each(|node| self.word(node, context)),
                Some((_, 2)) => {
                    declarations.next().into_iter().for_each(|node| self.assignment(node, context));
                }
                Some(_) => redirections.next().into_iter().for_each(|node| self.redirection(node, context)),
                None => break,
            }
        }
    }

    fn compound(&mut self, kind: &'t CompoundKind, context: Context) {
        match kind {
            CompoundKind::If(block) => {
                for branch in &block.branches {
                    self.list(&branch.condition, context.with(Context::CONDITION));
                    self.list(&branch.body, context.with(Context::BRANCH));
                }
                if let Some(otherwise) = &block.otherwise {
                    self.list(otherwise, context.with(Context::BRANCH));
                }
            }
            CompoundKind::Loop(block) => {
                let context = context.with(Context::LOOP);
                self.list(&block.condition, context.with(Context::CONDITION));
                self.list(&block.body, context);
            }
            CompoundKind::For(block) => {
                self.words(block.words.as_deref().unwrap_or_default(), context);
                self.list(&block.body, context.with(Context::LOOP));
            }
            CompoundKind::Select(block) => {
                self.words(block.words.as_deref().unwrap_or_default(), context);
                self.list(&block.body, context.with(Context::LOOP));
            }
            CompoundKind::ArithmeticFor(block) => {
                self.arithmetic(&block.header, context);
                self.list(&block.body, context.with(Context::LOOP));
            }
            CompoundKind::Case(block) => {
                self.word(&block.word, context);
                for arm in &block.arms {
                    self.words(&arm.patterns, context);
                    self.list(&arm.body, context.with(Context::BRANCH));
                }
            }
            CompoundKind::Subshell(list) => self.list(list, context.with(Context::SUBSHELL)),
            CompoundKind::Group(list) => self.list(list, context),
            CompoundKind::Arithmetic(arithmetic) => self.arithmetic(arithmetic, context),
            CompoundKind::Test(test) => {
                for token in &test.tokens {
                    if let TestToken::Word(word) = token {
                        self.word(word, context);
                    }
                }
            }
        }
    }

    fn arithmetic(&mut self, arithmetic: &'t Arithmetic, context: Context) {
        self.parts(&arithmetic.parts, context);
    }

    fn assignment(&mut self, assignment: &'t Assignment, context: Context) {
        self.visitor.enter_assignment(assignment, context);
        if let Some(subscript) = &assignment.subscript {
            self.word(subscript, context);
        }
        match &assignment.value {
            AssignmentValue::Scalar(word) => self.word(word, context),
            AssignmentValue::Array(elements) => self.elements(elements, context),
        }
    }

    fn elements(&mut self, elements: &'t [ArrayElement], context: Context) {
        for element in elements {
            if let Some(subscript) = &element.subscript {
                self.word(subscript, context);
            }
            self.word(&element.value, context);
        }
    }

    fn redirection(&mut self, redirection: &'t Redirection, context: Context) {
        self.visitor.enter_redirection(redirection, context);
        match &redirection.target {
            RedirectionTarget::Word(word) => self.word(word, context),
            RedirectionTarget::Heredoc(heredoc) => self.parts(&heredoc.parts, context.with(Context::HEREDOC)),
        }
    }

    fn words(&mut self, words: &'t [Word], context: Context) {
        for word in words {
            self.word(word, context);
        }
    }

    fn word(&mut self, word: &'t Word, context: Context) {
        self.visitor.enter_word(word, context);
        self.parts(&word.parts, context);
        self.visitor.leave_word(word, context);
    }

    fn parts(&mut self, parts: &'t [WordPart], context: Context) {
        for part in parts {
            self.part(part, context);
        }
    }

    fn part(&mut self, part: &'t WordPart, context: Context) {
        self.visitor.enter_part(part, context);
        match &part.kind {
            WordPartKind::DoubleQuoted(parts) | WordPartKind::LocaleQuoted(parts) => {
                self.parts(parts, context);
            }
            WordPartKind::Parameter(parameter) => {
                self.visitor.enter_parameter(parameter, part.span, context);
                if let Some(expansion) = &parameter.expansion {
                    if let Some(subscript) = &expansion.subscript {
                        self.word(subscript, context);
                    }
                    self.words(&expansion.operands, context);
                }
            }
            WordPartKind::Command(substitution) => {
                self.list(&substitution.body, context.with(Context::SUBSTITUTION));
            }
            WordPartKind::Process(substitution) => {
                self.list(&substitution.body, context.with(Context::SUBSTITUTION));
            }
            WordPartKind::Arithmetic(arithmetic) => self.arithmetic(arithmetic, context),
            WordPartKind::Array(elements) => self.elements(elements, context),
            WordPartKind::Literal
            | WordPartKind::Escape
            | WordPartKind::Continuation
            | WordPartKind::SingleQuoted
            | WordPartKind::AnsiQuoted
            | WordPartKind::GithubExpression
            | WordPartKind::Glob
            | WordPartKind::Brace
            | WordPartKind::Tilde => {}
        }
    }
}
