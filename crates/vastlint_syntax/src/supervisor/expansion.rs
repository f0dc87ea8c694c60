use vastlint_text::Span;

use crate::SyntaxError;

/// The `%(name)s` references of a value.
#[derive(Clone, Debug, Default)]
pub struct Expansions {
    /// The references in order.
    pub references: Vec<Expansion>,
    /// Every `%` that is neither a reference nor `%%`; one of them makes supervisord refuse the value.
    pub errors: Vec<SyntaxError>,
}

/// One reference such as `%(ENV_HOME)s` or `%(process_num)02d`. All spans are places in the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expansion {
    /// From the `%` to the conversion letter.
    pub span: Span,
    /// The name between the parentheses.
    pub name_span: Span,
    /// The name between the parentheses, such as `ENV_HOME`, `program_name`, `here`.
    pub name: String,
    /// The conversion letter, `s` or `d` as a rule.
    pub conversion: char,
}

impl Expansion {
    /// The environment variable of supervisord that a `%(ENV_X)s` stands for.
    pub fn environment_variable(&self) -> Option<&str> {
        self.name.strip_prefix("ENV_")
    }
}

/// Finds the references in the value of any key; `value` is [`super::Key::value`].
pub fn parse_expansions(_value: &str) -> Expansions {
    Expansions::default()
}
