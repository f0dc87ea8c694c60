//! Text of unknown origin, made safe to print: whatever a terminal would act on, hide or reorder by becomes visible.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character must not reach a terminal as it is: control characters, the format characters that are
/// invisible or change the direction of what follows, and the two that no text may hold. Without them every text is
/// fit for XML.
#[must_use]
pub const fn is_unprintable(character: char) -> bool {
    matches!(
        character,
        '\0'..='\x1f'
            | '\x7f'..='\u{9f}'
            | '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{fffe}'..='\u{ffff}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// Appends a character, as its escape if it is unprintable.
pub fn push_printable(out: &mut String, character: char) {
    if !is_unprintable(character) {
        out.push(character);
        return;
    }
    match character {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        _ => {
            let code = u32::from(character);
            // Writing to a string cannot fail.
            let _ = if code < 0x100 { write!(out, "\\x{code:02x}") } else { write!(out, "\\u{{{code:x}}}") };
        }
    }
}

/// The text on one line, unprintable characters as escapes.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unprintable) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        push_printable(&mut out, character);
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_acts_on_becomes_visible() {
        assert_eq!(printable("a\tb\r\n\x1b[31m\x7f\u{9b}"), "a\\tb\\r\\n\\x1b[31m\\x7f\\x9b");
        assert_eq!(printable("\u{202e}cod\u{200b}"), "\\u{202e}cod\\u{200b}");
        assert!(matches!(printable("größer 日本 👍"), Cow::Borrowed(_)));
    }
}
