use vastlint_text::Span;

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
pub fn parse_environment(_value: &str) -> Environment {
    Environment::default()
}
