use std::borrow::Cow;
use std::ops::Deref;

use vastlint_text::Span;

use super::tree::{Arithmetic, ArrayElement, List};

/// A word: what the shell takes for one argument before it expands and splits it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// All bytes of the word, its quotes included.
    pub span: Span,
    /// The parts in order; together they cover the span.
    pub parts: Parts,
}

/// The parts of a word. A word of one part, which most are, costs no allocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts(pub(super) Repr);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Repr {
    #[default]
    None,
    One(WordPart),
    Many(Vec<WordPart>),
}

/// A piece of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordPart {
    /// Its bytes, quotes and `$` included.
    pub span: Span,
    /// What it is.
    pub kind: WordPartKind,
}

/// What a piece of a word is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WordPartKind {
    /// Text that stands for itself.
    Literal,
    /// A backslash and the character it protects.
    Escape,
    /// A backslash and a line end: stands for nothing.
    Continuation,
    /// `'…'`
    SingleQuoted,
    /// `$'…'`: escapes such as `\n` are decoded.
    AnsiQuoted,
    /// `"…"` and the parts within.
    DoubleQuoted(Vec<WordPart>),
    /// `$"…"` and the parts within: translated, then like `"…"`.
    LocaleQuoted(Vec<WordPart>),
    /// `$name` or `${…}`.
    Parameter(Parameter),
    /// `$(…)` or `` `…` ``.
    Command(Box<CommandSubstitution>),
    /// `$((…))` or `$[…]`.
    Arithmetic(Box<Arithmetic>),
    /// `<(…)` or `>(…)`.
    Process(Box<ProcessSubstitution>),
    /// `${{ … }}` of GitHub Actions, replaced before the shell sees the text.
    GithubExpression,
    /// Unquoted `*`, `?`, `[`, or the `@(`, `|` and `)` of an extended pattern.
    Glob,
    /// Unquoted `{`, `,`, `}` or `..` of a brace expansion.
    Brace,
    /// `~` or `~user` at the start of a word or assigned value.
    Tilde,
    /// `(…)` behind `name=` where a word cannot be split off as an assignment.
    Array(Vec<ArrayElement>),
}

/// An expansion of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The name: a variable's, digits, or one of `@ * # ? - $ ! 0`. Empty where it is missing.
    pub name: Span,
    /// Whether it is written with braces.
    pub braced: bool,
    /// What `${…}` does beyond giving the value.
    pub expansion: Option<Box<ParameterExpansion>>,
}

/// What `${…}` does beyond giving the value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParameterExpansion {
    /// `${#name}`: the length.
    pub length: bool,
    /// `${!name…}`: the value is the name of the parameter, or names are listed.
    pub indirect: bool,
    /// What stands in brackets behind the name.
    pub subscript: Option<Word>,
    /// The operator behind the name.
    pub operator: Option<ParameterOperator>,
    /// Where the operator stands; empty without one.
    pub operator_span: Span,
    /// The words behind the operator: one, or two for `${name/pattern/replacement}` and `${name:offset:length}`.
    pub operands: Vec<Word>,
}

/// The operator of `${name…}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParameterOperator {
    /// `-`: the operand if the parameter is unset.
    Default,
    /// `:-`: the operand if the parameter is unset or empty.
    DefaultIfEmpty,
    /// `=`
    Assign,
    /// `:=`
    AssignIfEmpty,
    /// `?`: an error if the parameter is unset.
    Error,
    /// `:?`
    ErrorIfEmpty,
    /// `+`: the operand if the parameter is set.
    Alternative,
    /// `:+`
    AlternativeUnlessEmpty,
    /// `#` or `##`
    RemovePrefix,
    /// `%` or `%%`
    RemoveSuffix,
    /// `/`, `//`, `/#` or `/%`
    Replace,
    /// `:offset:length`
    Substring,
    /// `^`, `^^`, `,`, `,,`, `~` or `~~`
    ChangeCase,
    /// `@Q` and the like
    Transform,
    /// `${!prefix*}` or `${!prefix@}`: the names of the variables.
    NamesWithPrefix,
    /// Something that no shell knows.
    Unknown,
}

/// `$(…)` or `` `…` ``.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandSubstitution {
    /// Whether it is written with backquotes.
    pub backquoted: bool,
    /// The commands.
    pub body: List,
}

/// `<(…)` or `>(…)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessSubstitution {
    /// Whether it is `>(…)`: the commands read what is written.
    pub output: bool,
    /// The commands.
    pub body: List,
}

impl Parts {
    pub(super) fn push(&mut self, part: WordPart) {
        self.0 = match std::mem::take(&mut self.0) {
            Repr::None => Repr::One(part),
            Repr::One(first) => Repr::Many(vec![first, part]),
            Repr::Many(mut parts) => {
                parts.push(part);
                Repr::Many(parts)
            }
        };
    }

    pub(super) fn as_mut_slice(&mut self) -> &mut [WordPart] {
        match &mut self.0 {
            Repr::None => &mut [],
            Repr::One(part) => std::slice::from_mut(part),
            Repr::Many(parts) => parts,
        }
    }
}

impl Deref for Parts {
    type Target = [WordPart];

    fn deref(&self) -> &[WordPart] {
        match &self.0 {
            Repr::None => &[],
            Repr::One(part) => std::slice::from_ref(part),
            Repr::Many(parts) => parts,
        }
    }
}

impl<'p> IntoIterator for &'p Parts {
    type Item = &'p WordPart;
    type IntoIter = std::slice::Iter<'p, WordPart>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Word {
    /// The word after quote removal; `None` if it holds an expansion, and so cannot be known. Patterns, braces and
    /// `~` are given as written: see [`Word::has_glob`], [`Word::has_brace`] and [`Word::has_tilde`].
    #[must_use]
    pub fn literal<'s>(&self, source: &'s str) -> Option<Cow<'s, str>> {
        literal(&self.parts, source)
    }

    /// Whether the word is `text` once its quotes are removed.
    #[must_use]
    pub fn is(&self, source: &str, text: &str) -> bool {
        self.literal(source).is_some_and(|literal| literal == text)
    }

    /// The bytes of the word as written.
    #[must_use]
    pub fn text<'s>(&self, source: &'s str) -> &'s str {
        self.span.text(source)
    }

    /// Whether an unquoted pattern (`*`, `?`, `[`) may turn the word into file names.
    #[must_use]
    pub fn has_glob(&self) -> bool {
        self.parts.iter().any(|part| part.kind == WordPartKind::Glob)
    }

    /// Whether unquoted braces may turn the word into several.
    #[must_use]
    pub fn has_brace(&self) -> bool {
        self.parts.iter().any(|part| part.kind == WordPartKind::Brace)
    }

    /// Whether a `~` stands for a home directory.
    #[must_use]
    pub fn has_tilde(&self) -> bool {
        self.parts.iter().any(|part| part.kind == WordPartKind::Tilde)
    }

    /// Whether any part of the word is quoted or escaped.
    #[must_use]
    pub fn is_quoted(&self) -> bool {
        self.parts.iter().any(|part| {
            matches!(
                part.kind,
                WordPartKind::Escape
                    | WordPartKind::SingleQuoted
                    | WordPartKind::AnsiQuoted
                    | WordPartKind::DoubleQuoted(_)
                    | WordPartKind::LocaleQuoted(_)
            )
        })
    }
}

impl ParameterExpansion {
    /// The operand behind the operator.
    #[must_use]
    pub fn operand(&self) -> Option<&Word> {
        self.operands.first()
    }
}

/// What parts mean once quotes are removed; `None` if one of them is expanded.
pub(super) fn literal<'s>(parts: &[WordPart], source: &'s str) -> Option<Cow<'s, str>> {
    if let [part] = parts {
        // Most words are one piece of plain or quoted text.
        match &part.kind {
            WordPartKind::Literal | WordPartKind::Glob | WordPartKind::Brace | WordPartKind::Tilde => {
                return Some(Cow::Borrowed(part.span.text(source)));
            }
            WordPartKind::SingleQuoted => return Some(Cow::Borrowed(single_quoted(part, source))),
            WordPartKind::DoubleQuoted(inner) | WordPartKind::LocaleQuoted(inner) => {
                return literal(inner, source);
            }
            _ => {}
        }
    }
    let mut text = String::new();
    append(parts, source, &mut text).then_some(Cow::Owned(text))
}

/// Appends what the parts mean; false if one of them is expanded. Quotes do not nest in literal text, so this goes
/// one level deep.
fn append(parts: &[WordPart], source: &str, text: &mut String) -> bool {
    parts.iter().all(|part| {
        match &part.kind {
            WordPartKind::Literal | WordPartKind::Glob | WordPartKind::Brace | WordPartKind::Tilde => {
                text.push_str(part.span.text(source));
            }
            WordPartKind::Escape => text.push_str(part.span.text(source).get(1..).unwrap_or_default()),
            WordPartKind::Continuation => {}
            WordPartKind::SingleQuoted => text.push_str(single_quoted(part, source)),
            WordPartKind::AnsiQuoted => decode_ansi(part.span.text(source), text),
            WordPartKind::DoubleQuoted(inner) | WordPartKind::LocaleQuoted(inner) => {
                return append(inner, source, text);
            }
            WordPartKind::Parameter(_)
            | WordPartKind::Command(_)
            | WordPartKind::Arithmetic(_)
            | WordPartKind::Process(_)
            | WordPartKind::GithubExpression
            | WordPartKind::Array(_) => return false,
        }
        true
    })
}

fn single_quoted<'s>(part: &WordPart, source: &'s str) -> &'s str {
    let text = part.span.text(source);
    let text = text.strip_prefix('\'').unwrap_or(text);
    text.strip_suffix('\'').unwrap_or(text)
}

/// Appends the value of `$'…'`. Escapes that bash does not know keep their backslash.
fn decode_ansi(quoted: &str, text: &mut String) {
    let inner = quoted.strip_prefix("$'").unwrap_or(quoted);
    let inner = inner.strip_suffix('\'').unwrap_or(inner);
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(escape) = rest.chars().next() else {
            text.push('\\');
            return;
        };
        rest = &rest[escape.len_utf8()..];
        match escape {
            'a' => text.push('\u{7}'),
            'b' => text.push('\u{8}'),
            'e' | 'E' => text.push('\u{1b}'),
            'f' => text.push('\u{c}'),
            'n' => text.push('\n'),
            'r' => text.push('\r'),
            't' => text.push('\t'),
            'v' => text.push('\u{b}'),
            '\\' | '\'' | '"' | '?' => text.push(escape),
            'x' | 'u' | 'U' => {
                let most = match escape {
                    'x' => 2,
                    'u' => 4,
                    _ => 8,
                };
                let (value, length) = digits(rest, 16, most);
                if length == 0 {
                    text.push('\\');
                    text.push(escape);
                } else {
                    text.push(char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER));
                    rest = &rest[length..];
                }
            }
            '0'..='7' => {
                let (more, length) = digits(rest, 8, 2);
                let first = escape.to_digit(8).unwrap_or_default();
                let value = (first << (3 * length as u32)) | more;
                text.push(char::from_u32(value & 0xff).unwrap_or(char::REPLACEMENT_CHARACTER));
                rest = &rest[length..];
            }
            'c' => {
                if let Some(control) = rest.chars().next() {
                    rest = &rest[control.len_utf8()..];
                    text.push(char::from_u32(u32::from(control) & 0x1f).unwrap_or(control));
                }
            }
            other => {
                text.push('\\');
                text.push(other);
            }
        }
    }
    text.push_str(rest);
}

/// The number that at most `most` digits at the start of `text` make, and how many they are.
fn digits(text: &str, radix: u32, most: usize) -> (u32, usize) {
    let mut value = 0u32;
    let mut length = 0;
    for digit in text.chars().take(most).map_while(|character| character.to_digit(radix)) {
        value = value.wrapping_mul(radix).wrapping_add(digit);
        length += 1;
    }
    (value, length)
}
