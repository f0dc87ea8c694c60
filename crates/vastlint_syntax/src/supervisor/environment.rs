use vastlint_text::Span;

use super::expansion::{Unit, Units};
use crate::SyntaxError;

/// The value of an `environment` key: `NAME=value,NAME="value"`.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// The variables in order. A name may occur more than once: the last one wins.
    pub variables: Vec<Variable>,
    /// What supervisord refuses: with one of these, it does not start at all.
    pub errors: Vec<SyntaxError>,
    /// What supervisord accepts, but reads otherwise than it looks: a separator that is no comma, text that is dropped.
    pub surprises: Vec<SyntaxError>,
}

/// One variable of an `environment` value. All spans are places in that value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// From the name to the end of the value.
    pub span: Span,
    /// The name.
    pub name_span: Span,
    /// The name as supervisord reads it.
    pub name: String,
    /// The value with its quotes.
    pub value_span: Span,
    /// The value as supervisord reads it: every quote at either end cut off.
    pub value: String,
}

/// Reads the value of an `environment` key; `value` is [`super::Key::value`].
///
/// supervisord cuts the value into tokens with Python's `shlex`, and takes them by fours: a name, `=`, a value and
/// whatever stands between two variables.
pub fn parse_environment(value: &str) -> Environment {
    let mut environment = Environment::default();
    let tokens = tokens(value, &mut environment);
    let mut rest = tokens.as_slice();
    while let Some(name) = rest.first() {
        let assigned = rest.get(1).is_some_and(|token| token.is("="));
        let (Some(written), true) = (rest.get(2), assigned) else {
            environment.error(name.span, refusal(rest));
            // What supervisord refuses whole, people still want to see in parts: go on behind the next comma.
            let comma = rest.iter().position(|token| token.is(","));
            rest = comma.and_then(|comma| rest.get(comma + 1..)).unwrap_or_default();
            continue;
        };
        environment.variable(name, written);
        if let Some(separator) = rest.get(3)
            && !separator.is(",")
        {
            let is = |index: usize, text| rest.get(index).is_some_and(|token: &Token| token.is(text));
            // A second `=` behind the first would be taken for an assignment to the variable `=`.
            let accepted = is(5, "=") && rest.len() > 6;
            if is(4, "=") && !accepted {
                // A variable without a comma before it: supervisord takes its name for the comma.
                environment.error(separator.span, MISSING_COMMA);
                rest = rest.get(3..).unwrap_or_default();
                continue;
            }
            let message = format!(
                "`{}` is read as the separator of two variables and dropped: quote the value, or write a comma",
                separator.text
            );
            environment.surprise(separator.span, message);
        }
        rest = rest.get(4..).unwrap_or_default();
    }
    environment
}

const MISSING_COMMA: &str = "a comma is missing before this variable";

/// Why supervisord refuses the tokens where it expects a variable.
fn refusal(rest: &[Token]) -> String {
    match rest {
        [first, ..] if first.is(",") => "a variable is missing before this comma".to_owned(),
        [first, ..] if first.is("=") => "a name is missing before this `=`".to_owned(),
        [name, equals] if equals.is("=") => format!("`{}=` needs a value: write `{0}=\"\"`", name.text),
        [name, ..] => format!("`{}` is no `NAME=value`", name.text),
        [] => String::new(),
    }
}

impl Environment {
    fn error(&mut self, span: Span, message: impl Into<String>) {
        self.errors.push(SyntaxError::new(span, message));
    }

    fn surprise(&mut self, span: Span, message: impl Into<String>) {
        self.surprises.push(SyntaxError::new(span, message));
    }

    fn variable(&mut self, name: &Token, written: &Token) {
        let quotes = ['\'', '"'];
        let text = written.text.trim_matches(quotes);
        if name.text.contains(quotes) {
            self.surprise(name.span, "the quotes become a part of the variable's name");
        } else if name.kind == TokenKind::Other {
            self.surprise(name.span, format!("`{}` is taken for the name of a variable", name.text));
        }
        match written.kind {
            TokenKind::Other => {
                let message = format!("the value is `{}` alone, and ends behind it: quote it", written.text);
                self.surprise(written.span, message);
            }
            TokenKind::Word if written.text.contains(quotes) => {
                self.surprise(written.span, "a quote inside a word quotes nothing: quote the whole value");
            }
            TokenKind::Quoted if text.len() + 2 < written.text.len() => {
                self.surprise(written.span, "every quote at either end is cut off, the inner ones as well");
            }
            TokenKind::Word | TokenKind::Quoted => {}
        }
        self.variables.push(Variable {
            span: name.span.cover(written.span),
            name_span: name.span,
            name: name.text.clone(),
            value_span: written.span,
            value: text.to_owned(),
        });
    }
}

/// A token as `shlex` cuts it: a word, a quoted string with its quotes, or one other character.
struct Token {
    span: Span,
    text: String,
    kind: TokenKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum TokenKind {
    Word,
    Quoted,
    Other,
}

impl Token {
    fn is(&self, text: &str) -> bool {
        self.text == text
    }
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_/.+-():".contains(character)
}

fn tokens(value: &str, environment: &mut Environment) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut units = Units::new(value);
    // The word that is being read.
    let mut word: Option<Token> = None;
    while let Some((unit, span)) = units.next() {
        let text = span.text(value);
        let character = match unit {
            Unit::Character(character) => character,
            Unit::Reference => {
                extend(&mut word, span, text);
                continue;
            }
        };
        match character {
            ' ' | '\t' | '\r' | '\n' => tokens.extend(word.take()),
            '#' => {
                units.skip_line();
                let dropped = Span::new(span.start, units.offset() as u32);
                environment.surprise(dropped, "what stands behind `#` is dropped: quote the value");
            }
            '\'' | '"' if word.is_none() => {
                let Some(end) = closing_quote(&mut units, character) else {
                    environment.error(span, format!("the quote `{character}` is not closed"));
                    return tokens;
                };
                let span = Span::new(span.start, end);
                let text = span.text(value).to_owned();
                tokens.push(Token { span, text, kind: TokenKind::Quoted });
            }
            '\'' | '"' => extend(&mut word, span, text),
            _ if is_word(character) => extend(&mut word, span, text),
            _ => {
                tokens.extend(word.take());
                tokens.push(Token { span, text: text.to_owned(), kind: TokenKind::Other });
            }
        }
    }
    tokens.extend(word);
    tokens
}

/// Adds to the word that is being read. A comment may lie inside it: the word goes on in the next line.
fn extend(word: &mut Option<Token>, span: Span, text: &str) {
    match word {
        Some(word) => {
            word.span.end = span.end;
            word.text.push_str(text);
        }
        None => *word = Some(Token { span, text: text.to_owned(), kind: TokenKind::Word }),
    }
}

fn closing_quote(units: &mut Units, mark: char) -> Option<u32> {
    units.find(|(unit, _)| *unit == Unit::Character(mark)).map(|(_, span)| span.end)
}
