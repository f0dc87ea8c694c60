use vastlint_text::Span;

use super::{Config, Key};

/// Whether every span of the tree lies where the documentation of the types says it does.
#[doc(hidden)]
pub fn check_invariants(source: &str, config: &Config) -> Result<(), String> {
    let inside = |what: &str, span: Span| match source.get(span.range()) {
        Some(_) => Ok(()),
        None => Err(format!("{what} {span:?} is not inside the text on character boundaries")),
    };
    let within = |what: &str, outer: Span, inner: Span| {
        if outer.contains_span(inner) {
            Ok(())
        } else {
            Err(format!("{what}: {inner:?} is outside {outer:?}"))
        }
    };
    for error in &config.errors {
        inside("error", error.span)?;
    }
    let mut end = 0;
    for &comment in &config.comments {
        inside("comment", comment)?;
        if comment.start < end {
            return Err(format!("comment {comment:?} is out of order"));
        }
        end = comment.end;
    }
    let mut end = 0;
    for section in &config.sections {
        inside("section", section.span)?;
        within("header", section.span, section.header_span)?;
        within("name", section.header_span, section.name_span)?;
        if section.span.start < end || section.name_span.text(source) != section.name {
            return Err(format!("section {:?} is out of order or misnamed", section.span));
        }
        let mut key_end = section.header_span.end;
        for key in &section.keys {
            inside("key", key.span)?;
            within("key", section.span, key.span)?;
            within("key name", key.span, key.name_span)?;
            within("value", key.span, key.value_span)?;
            if key.span.start < key_end || key.value_span.start < key.name_span.end {
                return Err(format!("key {:?} is out of order", key.span));
            }
            if key.name_span.text(source).to_lowercase() != key.name {
                return Err(format!("key {:?} is misnamed", key.span));
            }
            key_end = key.span.end;
            check_value(source, key)?;
        }
        end = section.span.end;
    }
    Ok(())
}

/// Every character of a value stands in the file where the map says; a line end may be written as `\r` or `\r\n`.
fn check_value(source: &str, key: &Key) -> Result<(), String> {
    if key.value.is_empty() {
        return if key.value_span.is_empty() {
            Ok(())
        } else {
            Err(format!("empty value at {:?}", key.value_span))
        };
    }
    let mut end = key.name_span.end;
    for (at, character) in key.value.char_indices() {
        let place = key.to_file(Span::from_range(at..at + character.len_utf8()));
        let written = place.text(source);
        let same = written.chars().eq([character]) || (character == '\n' && matches!(written, "\r" | "\r\n"));
        if !same || place.start < end {
            return Err(format!("{character:?} of the value maps to {written:?} at {place:?}"));
        }
        end = place.end;
    }
    Ok(())
}
