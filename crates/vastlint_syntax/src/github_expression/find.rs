use super::Expression;

/// The `${{ … }}` of a text, in order.
pub fn find(_text: &str) -> Vec<Expression> {
    Vec::new()
}
