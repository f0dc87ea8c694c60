//! VL252: see `rules/shell/constant-test.md`.

use std::borrow::Cow;

use vastlint_model::Document;
use vastlint_syntax::shell::{
    Command, CompoundKind, Context as Surroundings, Script, SimpleCommand, Test, TestToken, Visitor, Word,
};
use vastlint_text::Span;

use crate::environments::is_for_template;
use crate::variables::is_name;
use crate::{Check, Context, ProposedFix, Sink};
use vastlint_diagnostic::Applicability;

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    if !is_for_template(context.project, document) {
        return;
    }
    script.walk(&mut Reader { document, sink });
}

struct Reader<'a, 'f> {
    document: &'a Document,
    sink: &'a mut Sink<'f>,
}

/// A piece of a test: an operator, or an operand with its text if that is known.
enum Piece<'t> {
    Operator(&'t str),
    Operand(&'t Word, Option<Cow<'t, str>>),
}

impl<'t> Visitor<'t> for Reader<'_, '_> {
    fn enter_command(&mut self, command: &'t Command, _: Surroundings) {
        match command {
            Command::Simple(simple) => self.simple(simple),
            Command::Compound(compound) => {
                if let CompoundKind::Test(test) = &compound.kind {
                    self.compound(test);
                }
            }
            Command::Function(_) | Command::Coproc(_) => {}
        }
    }
}

impl Reader<'_, '_> {
    fn compound(&mut self, test: &Test) {
        let source = &self.document.text;
        let pieces: Vec<Piece<'_>> = test
            .tokens
            .iter()
            .map(|token| match token {
                TestToken::Word(word) => Piece::Operand(word, word.literal(source)),
                TestToken::Operator(span) => Piece::Operator(span.text(source)),
            })
            .collect();
        self.pieces(&pieces);
    }

    /// `[ … ]` and `test …`: operators are words like any other.
    fn simple(&mut self, command: &SimpleCommand) {
        let source = &self.document.text;
        let name = command.name(source);
        let arguments = match name.as_deref() {
            Some("[") => command.arguments().split_last().map_or(&[][..], |(_, words)| words),
            Some("test") => command.arguments(),
            _ => return,
        };
        let piece = |word| match Word::text(word, source) {
            text if is_operator(text) => Piece::Operator(text),
            _ => Piece::Operand(word, word.literal(source)),
        };
        let pieces: Vec<Piece<'_>> = arguments.iter().map(piece).collect();
        self.pieces(&pieces);
    }

    /// Looks at each question between `&&`, `||` and their kin.
    fn pieces(&mut self, pieces: &[Piece<'_>]) {
        let joins =
            |piece: &Piece<'_>| matches!(piece, Piece::Operator("&&" | "||" | "!" | "(" | ")" | "-a" | "-o"));
        for question in pieces.split(joins) {
            match question {
                [Piece::Operand(word, Some(text))] => self.alone(word, text),
                [Piece::Operator(operator), Piece::Operand(word, Some(text))] => {
                    self.unary(operator, word, text);
                }
                [Piece::Operand(left, Some(text)), Piece::Operator(operator), Piece::Operand(_, right)] => {
                    self.binary(left, text, operator, right.as_deref());
                }
                _ => {}
            }
        }
    }

    fn alone(&mut self, word: &Word, text: &str) {
        if let Some(variable) = forgotten(text).or_else(|| capital_name(text)) {
            self.report(word.span, &variable, "always true: the text is not empty");
        }
    }

    fn unary(&mut self, operator: &str, word: &Word, text: &str) {
        let plain = || (is_name(text) && !matches!(text, "true" | "false")).then(|| format!("${{{text}:-}}"));
        match operator {
            "-n" | "-z" => {
                if let Some(variable) = forgotten(text).or_else(plain) {
                    let answer = if operator == "-n" { "always true" } else { "never true" };
                    self.report(word.span, &variable, &format!("{answer}: the text is not empty"));
                }
            }
            "-v" | "-o" | "-R" | "-t" => {}
            _ => {
                if let Some(variable) = forgotten(text) {
                    self.report(word.span, &variable, "asks for a file of this very name");
                }
            }
        }
    }

    fn binary(&mut self, left: &Word, text: &str, operator: &str, right: Option<&str>) {
        let compares = matches!(operator, "=" | "==" | "!=");
        let always = if operator == "!=" { "always true" } else { "never true" };
        if let Some(variable) = forgotten(text) {
            let what = if compares || operator == "=~" { always } else { "no number" };
            self.report(left.span, &variable, &format!("{what}: this is a text, and no variable"));
        } else if compares
            && let Some(variable) = capital_name(text)
            && right.is_some_and(|right| right != text)
        {
            self.report(left.span, &variable, &format!("{always}: both sides are texts, and they differ"));
        }
    }

    fn report(&mut self, span: Span, variable: &str, label: &str) {
        let written = self.document.slice(span);
        let quoted = format!("\"{variable}\"");
        // Quotes inside, or text around the name, are somebody's own idea.
        let has_default = variable.contains(":-") || variable.contains(":+");
        let is_plain = has_default && !variable.contains(['"', '\'']) && !written.contains('\\');
        let fix = is_plain.then(|| {
            ProposedFix::new(Applicability::Unsafe, format!("write `{quoted}`")).replace(
                self.document,
                span,
                quoted.clone(),
            )
        });
        self.sink
            .report(
                self.document,
                span,
                format!("this test asks about the text `{}`, not about a variable", written.trim_matches('"')),
                label,
            )
            .why("the answer is the same on every instance, whatever the variable holds: the branch behind it runs always or never")
            .help(format!("write `{quoted}`"))
            .fix(fix);
    }
}

fn is_operator(text: &str) -> bool {
    matches!(text, "=" | "==" | "!=" | "!" | "(" | ")" | "\\(" | "\\)" | "<" | ">" | "\\<" | "\\>")
        || (text.len() >= 2
            && text.len() <= 3
            && text.starts_with('-')
            && text[1..].bytes().all(|byte| byte.is_ascii_alphabetic()))
}

/// What was meant by `{NAME…}` without its `$`.
fn forgotten(text: &str) -> Option<String> {
    let inner = text.strip_prefix('{')?;
    let (inner, _) = inner.split_once('}')?;
    let length = inner.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    let (name, rest) = inner.split_at(length);
    let goes_on = rest.is_empty() || rest.starts_with([':', '-', '+', ',', '^', '#', '%', '[', '/']);
    // `{a,b}` is a list of texts.
    let is_list = rest.starts_with(',') && !matches!(rest, "," | ",,");
    // Under `set -u` a variable without a default would end the script.
    let default = if rest.is_empty() { ":-" } else { "" };
    (is_name(name) && goes_on && !is_list)
        .then(|| format!("${{{inner}{default}}}{}", &text[inner.len() + 2..]))
}

/// A text that looks like the name of a variable of the environment.
fn capital_name(text: &str) -> Option<String> {
    let is_capital = text.len() > 2
        && text.contains('_')
        && is_name(text)
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    is_capital.then(|| format!("${{{text}:-}}"))
}
