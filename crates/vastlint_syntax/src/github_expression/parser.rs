use vastlint_text::Span;

use super::Parsed;

/// Reads the expression under `span` of `text`: [`super::Expression::inner`], or the whole value of an `if:`.
pub fn parse(_text: &str, _span: Span) -> Parsed {
    Parsed::default()
}

/// Whether every span of the tree lies where the documentation of the types says it does.
#[doc(hidden)]
pub fn check_invariants(_text: &str, _parsed: &Parsed) -> Result<(), String> {
    Ok(())
}
