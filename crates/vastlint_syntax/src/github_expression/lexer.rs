use vastlint_text::Span;

use super::Operator;
use crate::SyntaxError;

/// A token of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: TokenKind,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A context, property, function or one of `true`, `false`, `null`.
    Identifier,
    /// `'…'` with its quotes.
    String,
    /// A number.
    Number,
    /// `||`, `&&`, `==`, `!=`, `<`, `<=`, `>`, `>=`
    Operator(Operator),
    /// `!`
    Not,
    /// `.`
    Dot,
    /// `*`
    Star,
    /// `,`
    Comma,
    /// `(`
    OpenParenthesis,
    /// `)`
    CloseParenthesis,
    /// `[`
    OpenBracket,
    /// `]`
    CloseBracket,
    /// Characters that belong to no token.
    Unknown,
}

/// The tokens of the expression under `span`, and what is wrong with them.
pub(super) fn tokens(text: &str, span: Span, errors: &mut Vec<SyntaxError>) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let end = span.end as usize;
    let mut at = span.start as usize;
    while let Some(character) = text.get(at..end).and_then(|rest| rest.chars().next()) {
        let rest = &text[at..end];
        if character.is_whitespace() {
            at += character.len_utf8();
            continue;
        }
        let (kind, length) = token(rest, tokens.last().copied(), at as u32);
        let place = Span::from_range(at..at + length);
        match kind {
            TokenKind::String
                if !(length > 1 && rest[..length].ends_with('\'')) || is_open(&rest[..length]) =>
            {
                errors.push(SyntaxError::new(place, "the string is not closed by a `'`"));
            }
            TokenKind::Unknown => {
                let message = match character {
                    '"' => "strings stand in single quotes".to_owned(),
                    '=' => "`=` compares nothing: write `==`".to_owned(),
                    '&' | '|' => format!("write `{character}{character}`"),
                    other => format!("`{other}` has no meaning in an expression"),
                };
                errors.push(SyntaxError::new(place, message));
            }
            _ => {}
        }
        tokens.push(Token { span: place, kind });
        at += length;
    }
    tokens
}

/// Whether the quotes of a string token do not pair up.
fn is_open(string: &str) -> bool {
    string.bytes().filter(|&byte| byte == b'\'').count() % 2 == 1
}

/// The token that a text starts with, and its length.
fn token(rest: &str, before: Option<Token>, at: u32) -> (TokenKind, usize) {
    let bytes = rest.as_bytes();
    for (written, operator) in [
        ("||", Operator::Or),
        ("&&", Operator::And),
        ("==", Operator::Equal),
        ("!=", Operator::NotEqual),
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("<", Operator::Less),
        (">", Operator::Greater),
    ] {
        if rest.starts_with(written) {
            return (TokenKind::Operator(operator), written.len());
        }
    }
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let word_length = |from: usize| from + bytes[from..].iter().take_while(|byte| is_word(byte)).count();
    match bytes[0] {
        b'!' => (TokenKind::Not, 1),
        b'(' => (TokenKind::OpenParenthesis, 1),
        b')' => (TokenKind::CloseParenthesis, 1),
        b'[' => (TokenKind::OpenBracket, 1),
        b']' => (TokenKind::CloseBracket, 1),
        b',' => (TokenKind::Comma, 1),
        b'*' => (TokenKind::Star, 1),
        b'\'' => (TokenKind::String, string_length(bytes)),
        byte if byte.is_ascii_alphabetic() || byte == b'_' => (TokenKind::Identifier, word_length(0)),
        byte if byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.') => {
            // Behind a dot even digits are a name; a dot behind an operand is a dereference.
            let behind_dot =
                before.is_some_and(|before| before.kind == TokenKind::Dot && before.span.end == at);
            if behind_dot && is_word(&byte) {
                return (TokenKind::Identifier, word_length(0));
            }
            let behind_operand = before.is_some_and(|before| {
                matches!(
                    before.kind,
                    TokenKind::Identifier
                        | TokenKind::Star
                        | TokenKind::CloseBracket
                        | TokenKind::CloseParenthesis
                )
            });
            let length = if byte == b'.' && behind_operand { 0 } else { number_length(bytes) };
            if length > 0 {
                (TokenKind::Number, length)
            } else if byte == b'.' {
                (TokenKind::Dot, 1)
            } else {
                (TokenKind::Unknown, 1)
            }
        }
        _ => (TokenKind::Unknown, rest.chars().next().map_or(1, char::len_utf8)),
    }
}

/// Up to the quote that closes the string; a doubled quote is a part of it.
fn string_length(bytes: &[u8]) -> usize {
    let mut at = 1;
    while let Some(found) = memchr::memchr(b'\'', &bytes[at..]) {
        at += found + 1;
        if bytes.get(at) != Some(&b'\'') {
            return at;
        }
        at += 1;
    }
    bytes.len()
}

/// The length of a number: decimal with fraction and exponent, `0x1f` or `0o17`. 0 where there is none.
fn number_length(bytes: &[u8]) -> usize {
    let digits =
        |from: usize| bytes[from.min(bytes.len())..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let sign = usize::from(matches!(bytes[0], b'-' | b'+'));
    if bytes.get(sign) == Some(&b'0') && matches!(bytes.get(sign + 1), Some(b'x' | b'o')) {
        let hex = bytes[sign + 2..].iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        return if hex > 0 { sign + 2 + hex } else { sign + 1 };
    }
    let whole = digits(sign);
    let mut length = sign + whole;
    let fraction = if bytes.get(length) == Some(&b'.') { digits(length + 1) } else { 0 };
    if fraction > 0 {
        length += 1 + fraction;
    }
    if whole + fraction == 0 {
        return 0;
    }
    if matches!(bytes.get(length), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(length + 1), Some(b'-' | b'+')));
        let exponent = digits(length + 1 + sign);
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    length
}
