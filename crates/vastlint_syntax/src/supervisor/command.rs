use vastlint_text::Span;

use super::expansion::{Unit, Units};
use crate::SyntaxError;

/// The value of a `command` key, split into words. supervisord starts no shell: `&&`, `>`, `$X` are ordinary text.
#[derive(Clone, Debug, Default)]
pub struct CommandLine {
    /// The words in order; the first names the program.
    pub words: Vec<Word>,
    /// What supervisord refuses.
    pub errors: Vec<SyntaxError>,
}

/// A word of a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The word with its quotes, in the value of the key.
    pub span: Span,
    /// What the program receives, expansions such as `%(program_name)s` left as they stand.
    pub text: String,
}

/// Splits the value of a `command` key; `value` is [`super::Key::value`].
pub fn parse_command(value: &str) -> CommandLine {
    let mut line = CommandLine::default();
    let mut word: Option<Word> = None;
    let mut quote = None;
    let mut units = Units::new(value);
    while let Some((unit, span)) = units.next() {
        let character = match unit {
            Unit::Character(character) => Some(character),
            Unit::Reference => None,
        };
        if quote.is_none() && character.is_some_and(is_word_end) {
            line.words.extend(word.take());
            continue;
        }
        let word = word.get_or_insert_with(|| Word { span, text: String::new() });
        word.span.end = span.end;
        match (quote, character) {
            (Some((mark, _)), Some(character)) if character == mark => quote = None,
            (None, Some(mark @ ('\'' | '"'))) => quote = Some((mark, span)),
            (None | Some(('"', _)), Some('\\')) => {
                let Some((escaped, escaped_span)) = units.next() else {
                    line.errors.push(SyntaxError::new(span, "a backslash at the end escapes nothing"));
                    break;
                };
                // In double quotes a backslash escapes the quote and itself, and stands for itself before others.
                if quote.is_some() && !matches!(escaped, Unit::Character('"' | '\\')) {
                    word.text.push('\\');
                }
                word.text.push_str(escaped_span.text(value));
                word.span.end = escaped_span.end;
            }
            _ => word.text.push_str(span.text(value)),
        }
    }
    if let Some((mark, span)) = quote {
        line.errors.push(SyntaxError::new(span, format!("the quote `{mark}` is not closed")));
    }
    line.words.extend(word);
    if line.words.is_empty() {
        line.errors.push(SyntaxError::new(Span::new(0, value.len() as u32), "the command is empty"));
    }
    line
}

/// What separates words for `shlex`.
fn is_word_end(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}
