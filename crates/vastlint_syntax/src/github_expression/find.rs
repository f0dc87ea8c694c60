use vastlint_text::Span;

use super::Expression;

/// The `${{ … }}` of a text, in order.
pub fn find(text: &str) -> Vec<Expression> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut offset = 0;
    while let Some(at) = memchr::memmem::find(&bytes[offset..], b"${{") {
        let start = offset + at;
        let inner = start + 3;
        let (end, closed) = closing_braces(bytes, inner);
        let span_end = if closed { end + 2 } else { end };
        found.push(Expression {
            span: Span::from_range(start..span_end),
            inner: Span::from_range(inner..end),
            closed,
        });
        offset = span_end;
    }
    found
}

/// Where the `}}` stands that closes an expression, strings skipped; the end of the line where there is none. GitHub
/// lets an expression go on over line ends, so only the lack of `}}` makes the line end count.
fn closing_braces(bytes: &[u8], start: usize) -> (usize, bool) {
    let mut in_string = false;
    let mut line_end = None;
    let mut at = start;
    while let Some(found) = bytes[at..].iter().position(|byte| matches!(byte, b'\'' | b'}' | b'$' | b'\n')) {
        at += found;
        match bytes[at] {
            b'\'' => in_string = !in_string,
            b'}' if !in_string && bytes.get(at + 1) == Some(&b'}') => return (at, true),
            // The next expression starts: this one was left open.
            b'$' if bytes[at..].starts_with(b"${{") => break,
            b'\n' if line_end.is_none() => line_end = Some(at),
            _ => {}
        }
        at += 1;
        if at - start > MAX_LENGTH {
            break;
        }
    }
    let limit =
        bytes.len().min(if at < bytes.len() && bytes[at..].starts_with(b"${{") { at } else { bytes.len() });
    let end = line_end
        .unwrap_or_else(|| memchr::memchr(b'\n', &bytes[start..limit]).map_or(limit, |found| start + found));
    (end.min(limit), false)
}

/// GitHub takes no longer expression.
const MAX_LENGTH: usize = 21_000;
