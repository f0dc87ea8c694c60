use vastlint_text::Span;

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
    Operator(super::Operator),
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
