//! What holds for every tree, whatever the text: for the property tests and the fuzz target.

use vastlint_text::Span;

use super::tree::{
    Arithmetic, ArrayElement, Assignment, AssignmentValue, Command, Compound, CompoundKind, Heredoc,
    Pipeline, Redirection, RedirectionTarget, Script, SimpleCommand, Statement, TestToken,
};
use super::word::{Word, WordPart, WordPartKind};

/// Whether every span of the tree lies in the text on character boundaries, children lie in their parents, and
/// siblings stand in order without overlap. Bodies of heredocs lie behind their line, so they are held to the text.
#[doc(hidden)]
pub fn check_invariants(source: &str, script: &Script) -> Result<(), String> {
    let check = Check { source };
    let whole = Span::from_range(0..source.len());
    for error in &script.errors {
        check.inside(whole, error.span, "error")?;
    }
    if !script.errors.is_sorted_by_key(|error| error.span.start) {
        return Err("errors are not in order".to_owned());
    }
    let mut order = Order::new(whole);
    for comment in &script.comments {
        order.next(&check, *comment, "comment")?;
    }
    if let Some(shebang) = script.shebang {
        check.inside(whole, shebang, "shebang")?;
    }
    check.list(whole, &script.body)
}

struct Check<'s> {
    source: &'s str,
}

/// Siblings in a parent.
struct Order {
    parent: Span,
    end: u32,
}

impl Order {
    fn new(parent: Span) -> Self {
        Self { parent, end: parent.start }
    }

    fn next(&mut self, check: &Check<'_>, span: Span, what: &str) -> Result<(), String> {
        check.inside(self.parent, span, what)?;
        if span.start < self.end {
            return Err(format!("{what} {span:?} begins before its sibling ends at {}", self.end));
        }
        self.end = span.end;
        Ok(())
    }
}

type Checked = Result<(), String>;

impl Check<'_> {
    fn inside(&self, parent: Span, span: Span, what: &str) -> Checked {
        let boundary = |offset: u32| self.source.is_char_boundary(offset as usize);
        if span.start > span.end || !boundary(span.start) || !boundary(span.end) {
            return Err(format!("{what} {span:?} is not on character boundaries"));
        }
        if !parent.contains_span(span) {
            return Err(format!("{what} {span:?} is not inside {parent:?}"));
        }
        Ok(())
    }

    fn list(&self, parent: Span, list: &[Statement]) -> Checked {
        let mut order = Order::new(parent);
        for statement in list {
            order.next(self, statement.span, "statement")?;
            order.next(self, statement.terminator_span, "terminator")?;
            let mut parts = Order::new(statement.span);
            parts.next(self, statement.first.span, "pipeline")?;
            self.pipeline(&statement.first)?;
            for and_or in &statement.rest {
                parts.next(self, and_or.operator_span, "and-or operator")?;
                parts.next(self, and_or.pipeline.span, "pipeline")?;
                self.pipeline(&and_or.pipeline)?;
            }
        }
        Ok(())
    }

    fn pipeline(&self, pipeline: &Pipeline) -> Checked {
        let mut order = Order::new(pipeline.span);
        let mut operators = pipeline.operators.iter();
        for command in &pipeline.commands {
            order.next(self, command.span(), "command")?;
            self.command(command)?;
            if let Some(operator) = operators.next() {
                order.next(self, *operator, "pipe")?;
            }
        }
        match operators.next() {
            Some(_) => Err(format!("pipeline {:?} has more operators than commands", pipeline.span)),
            None => Ok(()),
        }
    }

    fn command(&self, command: &Command) -> Checked {
        match command {
            Command::Simple(simple) => self.simple(simple),
            Command::Compound(compound) => self.compound(compound),
            Command::Function(function) => {
                let mut order = Order::new(function.span);
                order.next(self, function.name, "function name")?;
                function.body.iter().try_for_each(|body| {
                    order.next(self, body.span(), "function body")?;
                    self.command(body)
                })
            }
            Command::Coproc(coproc) => {
                let mut order = Order::new(coproc.span);
                if let Some(name) = coproc.name {
                    order.next(self, name, "coproc name")?;
                }
                coproc.body.iter().try_for_each(|body| {
                    order.next(self, body.span(), "coproc body")?;
                    self.command(body)
                })
            }
        }
    }

    fn simple(&self, simple: &SimpleCommand) -> Checked {
        let mut spans: Vec<Span> = Vec::new();
        spans.extend(simple.assignments.iter().map(|node| node.span));
        spans.extend(simple.words.iter().map(|node| node.span));
        spans.extend(simple.declarations.iter().map(|node| node.span));
        spans.extend(simple.redirections.iter().map(|node| node.span));
        if spans.iter().any(|span| span.is_empty()) {
            return Err(format!("command {:?} has an empty part", simple.span));
        }
        spans.sort();
        let mut order = Order::new(simple.span);
        for span in spans {
            order.next(self, span, "part of a command")?;
        }
        simple.assignments.iter().try_for_each(|assignment| self.assignment(assignment))?;
        simple.declarations.iter().try_for_each(|assignment| self.assignment(assignment))?;
        simple.words.iter().try_for_each(|word| self.word(word))?;
        simple.redirections.iter().try_for_each(|redirection| self.redirection(redirection))
    }

    fn assignment(&self, assignment: &Assignment) -> Checked {
        let mut order = Order::new(assignment.span);
        order.next(self, assignment.name, "assigned name")?;
        if let Some(subscript) = &assignment.subscript {
            self.sibling(&mut order, subscript)?;
        }
        match &assignment.value {
            AssignmentValue::Scalar(word) => self.sibling(&mut order, word),
            AssignmentValue::Array(elements) => self.elements(&mut order, elements),
        }
    }

    fn elements(&self, order: &mut Order, elements: &[ArrayElement]) -> Checked {
        for element in elements {
            order.next(self, element.span, "array element")?;
            let mut parts = Order::new(element.span);
            if let Some(subscript) = &element.subscript {
                self.sibling(&mut parts, subscript)?;
            }
            self.sibling(&mut parts, &element.value)?;
        }
        Ok(())
    }

    fn sibling(&self, order: &mut Order, word: &Word) -> Checked {
        order.next(self, word.span, "word")?;
        self.word(word)
    }

    fn redirection(&self, redirection: &Redirection) -> Checked {
        let mut order = Order::new(redirection.span);
        if let Some(descriptor) = redirection.descriptor {
            order.next(self, descriptor, "descriptor")?;
        }
        order.next(self, redirection.operator_span, "redirection operator")?;
        match &redirection.target {
            RedirectionTarget::Word(word) => self.sibling(&mut order, word),
            RedirectionTarget::Heredoc(heredoc) => {
                order.next(self, heredoc.delimiter_span, "delimiter")?;
                self.heredoc(heredoc)
            }
        }
    }

    fn heredoc(&self, heredoc: &Heredoc) -> Checked {
        let mut order = Order::new(Span::from_range(0..self.source.len()));
        order.next(self, heredoc.delimiter_span, "delimiter")?;
        order.next(self, heredoc.body, "heredoc body")?;
        if let Some(terminator) = heredoc.terminator {
            order.next(self, terminator, "terminator")?;
        }
        let (text, map) = heredoc.body_text(self.source).into_parts();
        if !text.is_empty() {
            self.inside(heredoc.body, map.to_host(Span::from_range(0..text.len())), "text of a body")?;
        }
        self.parts(heredoc.body, &heredoc.parts, !heredoc.parts.is_empty())
    }

    fn compound(&self, compound: &Compound) -> Checked {
        let mut order = Order::new(compound.span);
        for redirection in &compound.redirections {
            order.next(self, redirection.span, "redirection")?;
            self.redirection(redirection)?;
        }
        let end = compound.redirections.first().map_or(compound.span.end, |first| first.span.start);
        self.block(Span::new(compound.span.start, end), &compound.kind)
    }

    fn block(&self, span: Span, kind: &CompoundKind) -> Checked {
        match kind {
            CompoundKind::If(block) => {
                for branch in &block.branches {
                    self.list(span, &branch.condition)?;
                    self.list(span, &branch.body)?;
                }
                self.list(span, block.otherwise.as_deref().unwrap_or_default())
            }
            CompoundKind::Loop(block) => {
                self.list(span, &block.condition)?;
                self.list(span, &block.body)
            }
            CompoundKind::For(block) => {
                self.names(span, block.name, block.words.as_deref())?;
                self.list(span, &block.body)
            }
            CompoundKind::Select(block) => {
                self.names(span, block.name, block.words.as_deref())?;
                self.list(span, &block.body)
            }
            CompoundKind::ArithmeticFor(block) => {
                self.arithmetic(span, &block.header)?;
                self.list(span, &block.body)
            }
            CompoundKind::Case(block) => {
                let mut order = Order::new(span);
                self.sibling(&mut order, &block.word)?;
                for arm in &block.arms {
                    order.next(self, arm.span, "arm")?;
                    let mut patterns = Order::new(arm.span);
                    for pattern in &arm.patterns {
                        self.sibling(&mut patterns, pattern)?;
                    }
                    let body = arm.body.iter().map(|statement| statement.span).reduce(Span::cover);
                    if let Some(body) = body {
                        patterns.next(self, body, "body of an arm")?;
                    }
                    self.list(span, &arm.body)?;
                }
                Ok(())
            }
            CompoundKind::Subshell(list) | CompoundKind::Group(list) => self.list(span, list),
            CompoundKind::Arithmetic(arithmetic) => self.arithmetic(span, arithmetic),
            CompoundKind::Test(test) => {
                let mut order = Order::new(span);
                test.tokens.iter().try_for_each(|token| {
                    order.next(self, token.span(), "token of a test")?;
                    match token {
                        TestToken::Word(word) => self.word(word),
                        TestToken::Operator(_) => Ok(()),
                    }
                })
            }
        }
    }

    fn names(&self, span: Span, name: Span, words: Option<&[Word]>) -> Checked {
        let mut order = Order::new(span);
        order.next(self, name, "name")?;
        words.unwrap_or_default().iter().try_for_each(|word| self.sibling(&mut order, word))
    }

    fn arithmetic(&self, parent: Span, arithmetic: &Arithmetic) -> Checked {
        self.inside(parent, arithmetic.expression, "expression")?;
        self.parts(arithmetic.expression, &arithmetic.parts, false)
    }

    fn word(&self, word: &Word) -> Checked {
        self.inside(word.span, word.span, "word")?;
        self.parts(word.span, &word.parts, true)?;
        // What a word means is asked of every word.
        let _ = word.literal(self.source);
        Ok(())
    }

    /// The parts lie in `parent`; if they must cover it, without a gap.
    fn parts(&self, parent: Span, parts: &[WordPart], covers: bool) -> Checked {
        let mut order = Order::new(parent);
        for part in parts {
            if covers && part.span.start != order.end {
                return Err(format!("bytes {}..{} belong to no part", order.end, part.span.start));
            }
            if part.span.is_empty() {
                return Err(format!("part {:?} is empty", part.span));
            }
            order.next(self, part.span, "part")?;
            self.part(part)?;
        }
        if covers && order.end != parent.end {
            return Err(format!("bytes {}..{} belong to no part", order.end, parent.end));
        }
        Ok(())
    }

    fn part(&self, part: &WordPart) -> Checked {
        let span = part.span;
        match &part.kind {
            WordPartKind::DoubleQuoted(parts) | WordPartKind::LocaleQuoted(parts) => {
                self.parts(span, parts, false)
            }
            WordPartKind::Parameter(parameter) => {
                let mut order = Order::new(span);
                order.next(self, parameter.name, "parameter name")?;
                if let Some(expansion) = &parameter.expansion {
                    if let Some(subscript) = &expansion.subscript {
                        self.sibling(&mut order, subscript)?;
                    }
                    if expansion.operator.is_some() {
                        order.next(self, expansion.operator_span, "operator")?;
                    }
                    expansion.operands.iter().try_for_each(|word| self.sibling(&mut order, word))?;
                }
                Ok(())
            }
            WordPartKind::Command(substitution) => self.list(span, &substitution.body),
            WordPartKind::Process(substitution) => self.list(span, &substitution.body),
            WordPartKind::Arithmetic(arithmetic) => self.arithmetic(span, arithmetic),
            WordPartKind::Array(elements) => self.elements(&mut Order::new(span), elements),
            WordPartKind::Literal
            | WordPartKind::Escape
            | WordPartKind::Continuation
            | WordPartKind::SingleQuoted
            | WordPartKind::AnsiQuoted
            | WordPartKind::GithubExpression
            | WordPartKind::Glob
            | WordPartKind::Brace
            | WordPartKind::Tilde => Ok(()),
        }
    }
}
