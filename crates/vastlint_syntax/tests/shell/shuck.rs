//! `shuck-parser` as the judge of what the commands of a script are.

use std::fmt::Write as _;

use shuck_ast::{
    ArithmeticExpr, ArithmeticExprNode, ArithmeticLvalue, ArrayElem, Assignment, AssignmentValue,
    BourneParameterExpansion, BuiltinCommand, Command, CompoundCommand, ConditionalExpr, DeclOperand,
    HeredocBodyPart, ParameterExpansionSyntax, ParameterOp, Pattern, PatternPart, Redirect, RedirectKind,
    RedirectTarget, Stmt, StmtSeq, Subscript, VarRef, Word, WordPart,
};
use shuck_parser::ShellDialect;
use shuck_parser::parser::Parser;
use vastlint_syntax::shell;
use vastlint_text::Span;

use crate::corpus::{self, Sample};
use crate::facts::{self, Facts, show};

/// The facts of the other parser's tree; `None` if it finds the script faulty.
fn theirs(source: &str) -> Option<Vec<String>> {
    let result = Parser::with_dialect(source, ShellDialect::Bash).parse();
    if result.is_err() {
        return None;
    }
    let mut walk = Walk { source, facts: Facts::default() };
    walk.list(&result.file.body);
    Some(walk.facts.lines())
}

// Differences that are known, each where it is allowed for; `docs/syntax/shell.md` says why ours are right.

/// It gives `>&2` the descriptor 1, as if it were written.
const IMPLIED_DESCRIPTOR: bool = true;
/// It gives the target of `2>&1` no span.
const COPIED_DESCRIPTOR: bool = true;

struct Walk<'s> {
    source: &'s str,
    facts: Facts,
}

fn span(span: shuck_ast::Span) -> Span {
    Span::from_range(span.start.offset()..span.end.offset())
}

impl Walk<'_> {
    fn show(&self, of: shuck_ast::Span) -> String {
        show(span(of), self.source)
    }

    fn list(&mut self, list: &StmtSeq) {
        for statement in &list.stmts {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &Stmt) {
        let role = match &statement.command {
            Command::Simple(_) | Command::Builtin(_) | Command::Decl(_) => "simple",
            _ => "block",
        };
        for redirect in &statement.redirects {
            self.redirect(role, redirect);
        }
        match &statement.command {
            Command::Simple(simple) => {
                self.assignments(&simple.assignments);
                let words: Vec<&Word> = std::iter::once(&simple.name)
                    .chain(&simple.args)
                    .filter(|word| !span(word.span).is_empty())
                    .collect();
                self.words(&words);
            }
            Command::Builtin(builtin) => self.builtin(builtin),
            Command::Decl(declaration) => {
                self.assignments(&declaration.assignments);
                let mut shown = vec![self.show(declaration.variant_span)];
                for operand in &declaration.operands {
                    match operand {
                        DeclOperand::Flag(word) | DeclOperand::Dynamic(word) => {
                            shown.push(self.show(word.span));
                            self.word(word);
                        }
                        DeclOperand::Name(name) => {
                            shown.push(self.show(name.span));
                            self.reference(name);
                        }
                        DeclOperand::Assignment(assignment) => self.assignment("declaration", assignment),
                    }
                }
                let start = span(declaration.variant_span).start;
                self.facts.add(start, format!("command {}", shown.join(", ")));
            }
            Command::Binary(binary) => {
                self.statement(&binary.left);
                self.statement(&binary.right);
            }
            Command::Compound(compound) => self.compound(compound),
            Command::Function(function) => {
                for entry in &function.header.entries {
                    let line = format!("function {}", self.show(entry.word.span));
                    self.facts.add(span(entry.word.span).start, line);
                }
                self.statement(&function.body);
            }
            Command::AnonymousFunction(function) => self.statement(&function.body),
        }
    }

    fn words(&mut self, words: &[&Word]) {
        if let Some(first) = words.first() {
            let shown: Vec<String> = words.iter().map(|word| self.show(word.span)).collect();
            self.facts.add(span(first.span).start, format!("command {}", shown.join(", ")));
        }
        for word in words {
            self.word(word);
        }
    }

    fn builtin(&mut self, builtin: &BuiltinCommand) {
        let (name, first, more, assignments, whole) = match builtin {
            BuiltinCommand::Break(it) => ("break", &it.depth, &it.extra_args, &it.assignments, it.span),
            BuiltinCommand::Continue(it) => ("continue", &it.depth, &it.extra_args, &it.assignments, it.span),
            BuiltinCommand::Return(it) => ("return", &it.code, &it.extra_args, &it.assignments, it.span),
            BuiltinCommand::Exit(it) => ("exit", &it.code, &it.extra_args, &it.assignments, it.span),
        };
        self.assignments(assignments);
        let whole = span(whole);
        let behind = assignments.last().map_or(whole.start, |assignment| span(assignment.span).end);
        let rest = Span::new(behind, whole.end).text(self.source);
        let start = behind + rest.find(name).unwrap_or_default() as u32;
        let name = Span::new(start, start + name.len() as u32);
        self.facts.add(name.start, format!("control {}", show(name, self.source)));
        let words: Vec<&Word> = first.iter().chain(more).collect();
        self.words(&words);
    }

    fn compound(&mut self, compound: &CompoundCommand) {
        match compound {
            CompoundCommand::If(block) => {
                self.list(&block.condition);
                self.list(&block.then_branch);
                for (condition, body) in &block.elif_branches {
                    self.list(condition);
                    self.list(body);
                }
                if let Some(list) = &block.else_branch {
                    self.list(list);
                }
            }
            CompoundCommand::For(block) => {
                for word in block.words.iter().flatten() {
                    self.word(word);
                }
                self.list(&block.body);
            }
            CompoundCommand::ArithmeticFor(block) => {
                for node in [&block.init_ast, &block.condition_ast, &block.step_ast].into_iter().flatten() {
                    self.arithmetic(node);
                }
                self.list(&block.body);
            }
            CompoundCommand::While(block) => {
                self.list(&block.condition);
                self.list(&block.body);
            }
            CompoundCommand::Until(block) => {
                self.list(&block.condition);
                self.list(&block.body);
            }
            CompoundCommand::Case(block) => {
                self.word(&block.word);
                for item in &block.cases {
                    for pattern in &item.patterns {
                        self.pattern(pattern);
                    }
                    self.list(&item.body);
                }
            }
            CompoundCommand::Select(block) => {
                for word in &block.words {
                    self.word(word);
                }
                self.list(&block.body);
            }
            CompoundCommand::Subshell(list) | CompoundCommand::BraceGroup(list) => self.list(list),
            CompoundCommand::Arithmetic(command) => {
                if let Some(node) = &command.expr_ast {
                    self.arithmetic(node);
                }
            }
            CompoundCommand::Time(time) => {
                if let Some(statement) = &time.command {
                    self.statement(statement);
                }
            }
            CompoundCommand::Conditional(test) => self.condition(&test.expression),
            CompoundCommand::Coproc(coproc) => self.statement(&coproc.body),
            CompoundCommand::Repeat(_) | CompoundCommand::Foreach(_) | CompoundCommand::Always(_) => {
                unreachable!("zsh alone has these")
            }
        }
    }

    fn condition(&mut self, condition: &ConditionalExpr) {
        match condition {
            ConditionalExpr::Binary(binary) => {
                self.condition(&binary.left);
                self.condition(&binary.right);
            }
            ConditionalExpr::Unary(unary) => self.condition(&unary.expr),
            ConditionalExpr::Parenthesized(inner) => self.condition(&inner.expr),
            ConditionalExpr::Word(word) | ConditionalExpr::Regex(word) => self.word(word),
            ConditionalExpr::Pattern(pattern) => self.pattern(pattern),
            ConditionalExpr::VarRef(reference) => self.reference(reference),
        }
    }

    fn assignments(&mut self, assignments: &[Assignment]) {
        for assignment in assignments {
            self.assignment("assignment", assignment);
        }
    }

    fn assignment(&mut self, role: &str, assignment: &Assignment) {
        let target = &assignment.target;
        let subscript =
            target.subscript.as_deref().map(|subscript| subscript.syntax_text(self.source).to_owned());
        self.reference(target);
        let value = match &assignment.value {
            AssignmentValue::Scalar(word) => {
                self.word(word);
                self.show(word.span)
            }
            AssignmentValue::Compound(array) => {
                let mut shown = Vec::new();
                for element in &array.elements {
                    let (key, append, value) = match element {
                        ArrayElem::Sequential(value) => (None, false, value),
                        ArrayElem::Keyed { key, value } => (Some(key), false, value),
                        ArrayElem::KeyedAppend { key, value } => (Some(key), true, value),
                    };
                    if let Some(key) = key {
                        self.subscript(key);
                    }
                    self.word(&value.word);
                    let key = key.map(|key| key.syntax_text(self.source).to_owned());
                    shown.push(format!("{key:?} {append} {}", self.show(value.word.span)));
                }
                format!("({})", shown.join(", "))
            }
        };
        let line = format!(
            "{role} {:?} {} [{subscript:?}] append={} {value}",
            span(assignment.span),
            self.show(target.name_span),
            assignment.append
        );
        self.facts.add(span(assignment.span).start, line);
    }

    fn redirect(&mut self, role: &str, redirect: &Redirect) {
        let operator = match redirect.kind {
            RedirectKind::Output => "Output",
            RedirectKind::Clobber => "Clobber",
            RedirectKind::Append => "Append",
            RedirectKind::Input => "Input",
            RedirectKind::ReadWrite => "ReadWrite",
            RedirectKind::HereDoc => "Heredoc",
            RedirectKind::HereDocStrip => "HeredocStripTabs",
            RedirectKind::HereString => "HereString",
            RedirectKind::DupOutput => "DuplicateOutput",
            RedirectKind::DupInput => "DuplicateInput",
            RedirectKind::OutputBoth => "OutputAndError",
        };
        let whole = span(redirect.span);
        let number = redirect.fd.map(|number| number.to_string());
        let mut descriptor = number.as_deref().or(redirect.fd_var.as_ref().map(shuck_ast::Name::as_str));
        if IMPLIED_DESCRIPTOR && whole.text(self.source).starts_with(['<', '>']) {
            descriptor = None;
        }
        let (start, target) = match &redirect.target {
            RedirectTarget::Word(word) if COPIED_DESCRIPTOR && span(word.span).is_empty() => {
                let text = whole.text(self.source);
                let length =
                    text.len() - text.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-').len();
                let target = Span::new(whole.end - length as u32, whole.end);
                (target.start, show(target, self.source))
            }
            RedirectTarget::Word(word) => {
                self.word(word);
                (span(word.span).start, self.show(word.span))
            }
            RedirectTarget::Heredoc(heredoc) => {
                for part in &heredoc.body.parts {
                    match &part.kind {
                        HeredocBodyPart::Literal(_) | HeredocBodyPart::Variable(_) => {}
                        HeredocBodyPart::CommandSubstitution { body, .. } => self.list(body),
                        HeredocBodyPart::ArithmeticExpansion { expression_word_ast, .. } => {
                            self.word(expression_word_ast);
                        }
                        HeredocBodyPart::Parameter(parameter) => self.parameter(&parameter.syntax),
                    }
                }
                let delimiter = &heredoc.delimiter;
                let target = format!(
                    "delimiter {} = {:?} quoted={} tabs={} body {}",
                    self.show(delimiter.span),
                    delimiter.cooked.as_str(),
                    delimiter.quoted,
                    delimiter.strip_tabs,
                    self.show(heredoc.body.span)
                );
                (span(delimiter.span).start, target)
            }
        };
        self.facts.add(start, format!("redirection of {role} {descriptor:?} {operator} {target}"));
    }

    fn reference(&mut self, reference: &VarRef) {
        if let Some(subscript) = &reference.subscript {
            self.subscript(subscript);
        }
    }

    fn subscript(&mut self, subscript: &Subscript) {
        if let Some(word) = &subscript.word_ast {
            self.word(word);
        } else if let Some(node) = &subscript.arithmetic_ast {
            self.arithmetic(node);
        }
    }

    fn pattern(&mut self, pattern: &Pattern) {
        for part in &pattern.parts {
            match &part.kind {
                PatternPart::Group { patterns, .. } => {
                    for pattern in patterns {
                        self.pattern(pattern);
                    }
                }
                PatternPart::Word(word) => self.word(word),
                _ => {}
            }
        }
    }

    fn arithmetic(&mut self, node: &ArithmeticExprNode) {
        match &node.kind {
            ArithmeticExpr::Number(_) | ArithmeticExpr::Variable(_) => {}
            ArithmeticExpr::Indexed { index, .. } => self.arithmetic(index),
            ArithmeticExpr::ShellWord(word) => self.word(word),
            ArithmeticExpr::Parenthesized { expression } => self.arithmetic(expression),
            ArithmeticExpr::Unary { expr, .. } | ArithmeticExpr::Postfix { expr, .. } => {
                self.arithmetic(expr);
            }
            ArithmeticExpr::Binary { left, right, .. } => {
                self.arithmetic(left);
                self.arithmetic(right);
            }
            ArithmeticExpr::Conditional { condition, then_expr, else_expr } => {
                self.arithmetic(condition);
                self.arithmetic(then_expr);
                self.arithmetic(else_expr);
            }
            ArithmeticExpr::Assignment { target, value, .. } => {
                if let ArithmeticLvalue::Indexed { index, .. } = target {
                    self.arithmetic(index);
                }
                self.arithmetic(value);
            }
        }
    }

    fn parameter(&mut self, syntax: &ParameterExpansionSyntax) {
        use BourneParameterExpansion as Bourne;
        let ParameterExpansionSyntax::Bourne(syntax) = syntax else { return };
        match syntax {
            Bourne::Access { reference }
            | Bourne::Length { reference }
            | Bourne::Indices { reference }
            | Bourne::Transformation { reference, .. } => self.reference(reference),
            Bourne::PrefixMatch { .. } => {}
            Bourne::Indirect { reference, operator, operand_word_ast, .. } => {
                self.reference(reference);
                self.operation(operator.as_deref(), operand_word_ast.as_deref());
            }
            Bourne::Operation { reference, operator, operand_word_ast, .. } => {
                self.reference(reference);
                self.operation(Some(operator), operand_word_ast.as_deref());
            }
            Bourne::Slice { reference, offset_word_ast, length_word_ast, .. } => {
                self.reference(reference);
                self.word(offset_word_ast);
                if let Some(word) = length_word_ast {
                    self.word(word);
                }
            }
        }
    }

    fn operation(&mut self, operator: Option<&ParameterOp>, operand: Option<&Word>) {
        match operator {
            Some(
                ParameterOp::RemovePrefixShort { pattern }
                | ParameterOp::RemovePrefixLong { pattern }
                | ParameterOp::RemoveSuffixShort { pattern }
                | ParameterOp::RemoveSuffixLong { pattern },
            ) => self.pattern(pattern),
            Some(
                ParameterOp::ReplaceFirst { pattern, replacement_word_ast, .. }
                | ParameterOp::ReplaceAll { pattern, replacement_word_ast, .. },
            ) => {
                self.pattern(pattern);
                self.word(replacement_word_ast);
            }
            _ => operand.iter().for_each(|word| self.word(word)),
        }
    }

    fn word(&mut self, word: &Word) {
        for part in &word.parts {
            self.part(&part.kind);
        }
    }

    fn part(&mut self, part: &WordPart) {
        match part {
            WordPart::Literal(_)
            | WordPart::ZshQualifiedGlob(_)
            | WordPart::SingleQuoted { .. }
            | WordPart::Variable(_)
            | WordPart::PrefixMatch { .. } => {}
            WordPart::DoubleQuoted { parts, .. } => parts.iter().for_each(|part| self.part(&part.kind)),
            WordPart::CommandSubstitution { body, .. } | WordPart::ProcessSubstitution { body, .. } => {
                self.list(body);
            }
            WordPart::ArithmeticExpansion { expression_word_ast, .. } => self.word(expression_word_ast),
            WordPart::Parameter(parameter) => self.parameter(&parameter.syntax),
            WordPart::ParameterExpansion { reference, operator, operand_word_ast, .. } => {
                self.reference(reference);
                self.operation(Some(operator), operand_word_ast.as_deref());
            }
            WordPart::IndirectExpansion { reference, operator, operand_word_ast, .. } => {
                self.reference(reference);
                self.operation(operator.as_deref(), operand_word_ast.as_deref());
            }
            WordPart::Substring { reference, offset_word_ast, length_word_ast, .. }
            | WordPart::ArraySlice { reference, offset_word_ast, length_word_ast, .. } => {
                self.reference(reference);
                self.word(offset_word_ast);
                if let Some(word) = length_word_ast {
                    self.word(word);
                }
            }
            WordPart::Length(reference)
            | WordPart::ArrayAccess(reference)
            | WordPart::ArrayLength(reference)
            | WordPart::ArrayIndices(reference)
            | WordPart::Transformation { reference, .. } => self.reference(reference),
        }
    }
}

/// Where the parsers differ: the fixtures in `differs`, one construct each.
fn is_known(name: &str) -> bool {
    name.contains("/fixtures/syntax/shell/differs/")
}

/// The lines that only one of the parsers gives; `None` if one of them does not accept the script.
fn difference(text: &str) -> Option<(usize, String)> {
    let script = shell::parse(text);
    if !script.errors.is_empty() {
        return None;
    }
    let theirs = theirs(text)?;
    let ours = facts::ours(&script, text);
    let mut shown = String::new();
    for (sign, some, other) in [("theirs", &theirs, &ours), ("ours  ", &ours, &theirs)] {
        for line in some.iter().filter(|line| !other.contains(line)) {
            let _ = writeln!(shown, "  {sign} {line}");
        }
    }
    if shown.is_empty() && ours != theirs {
        shown = format!("  {} lines of theirs, {} of ours\n", theirs.len(), ours.len());
    }
    Some((ours.len(), shown))
}

#[test]
fn finds_the_same_commands() {
    let mut compared = 0;
    let mut facts = 0;
    let mut differences = Vec::new();
    for Sample { name, text } in corpus::all().into_iter().filter(|sample| !is_known(&sample.name)) {
        let Some((lines, difference)) = difference(&text) else { continue };
        compared += 1;
        facts += lines;
        if !difference.is_empty() {
            differences.push(format!("{name}\n{difference}"));
        }
    }
    println!(
        "{compared} scripts compared with shuck-parser: {facts} facts, {} scripts differ",
        differences.len()
    );
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(compared >= 20, "only {compared} scripts compared");
}

#[test]
fn known_differences_are_still_there() {
    for Sample { name, text } in corpus::fixtures().into_iter().filter(|sample| is_known(&sample.name)) {
        let ours = shell::parse(&text);
        assert_eq!(ours.errors, [], "{name}");
        // A script that the other parser refuses differs, too.
        let agrees = difference(&text).is_some_and(|(_, difference)| difference.is_empty());
        assert!(!agrees, "{name}: the parsers agree now; move the snippet to `valid`");
    }
}
