//! Parsers for the languages of a template repository. Each turns text into a tree and a list of errors: it does no
//! IO, never fails, never loses the rest of a file to one mistake, and takes time linear in the size of the text.
//! All places are byte spans into the text that was parsed.

pub mod dockerfile;
pub mod github_expression;
pub mod shell;
pub mod supervisor;
pub mod yaml;

use vastlint_text::Span;

/// Something in a text that its language does not allow. The tree still covers the whole text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where the fault is; inside the text, on character boundaries.
    pub span: Span,
    /// What is wrong, as one short sentence without a full stop, in the words of the language.
    pub message: String,
}

impl SyntaxError {
    /// An error at `span`.
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into() }
    }
}
