//! What may be written in `vastlint.toml`.

use vastlint_rules::{Edition, catalogue, find};
use vastlint_text::Span;

use crate::completion::{Item, ItemKind};
use crate::hover::rule_page;

/// What a rule's level may be.
const LEVELS: [&str; 4] = ["error", "warning", "info", "off"];

/// The rule that is named at a byte: its page, and where its name stands.
pub(crate) fn hover(text: &str, byte: u32) -> Option<(String, Span)> {
    let (start, end) = (word_start(text, byte), word_end(text, byte));
    let span = Span::new(start, end);
    Some((rule_page(find(span.text(text))?), span))
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

fn word_start(text: &str, byte: u32) -> u32 {
    let before = &text.as_bytes()[..byte as usize];
    byte - before.iter().rev().take_while(|byte| is_name(**byte)).count() as u32
}

fn word_end(text: &str, byte: u32) -> u32 {
    let behind = &text.as_bytes()[byte as usize..];
    byte + behind.iter().take_while(|byte| is_name(**byte)).count() as u32
}

/// What may be written at a byte.
pub(crate) fn completion(text: &str, byte: u32) -> Vec<Item> {
    let start = text[..byte as usize].rfind('\n').map_or(0, |newline| newline + 1);
    let line = &text[start..byte as usize];
    let table = text[..start].lines().rev().find(|line| line.starts_with('[')).unwrap_or_default().trim();
    let span = Span::new(word_start(text, byte), byte);
    let item = |name: &str, kind, about: String| Item {
        label: name.to_owned(),
        text: name.to_owned(),
        kind,
        about,
        span,
    };
    let word = &line[..line.len() - span.len() as usize];
    let is_value = word.trim_end().trim_end_matches('"').trim_end().ends_with('=');
    let value = |name: &str| {
        // The quotes are part of the value.
        let quoted = if word.ends_with('"') { name.to_owned() } else { format!("\"{name}\"") };
        Item { text: quoted, ..item(name, ItemKind::Value, String::new()) }
    };
    if table.is_empty() {
        return match line.split_once('=') {
            Some((key, _)) if key.trim() == "edition" && is_value => {
                Edition::ALL.iter().map(|edition| value(edition.name())).collect()
            }
            None => ["edition", "[rules]", "[[per-path]]", "[contract]"]
                .into_iter()
                .map(|key| item(key, ItemKind::Key, String::new()))
                .collect(),
            Some(_) => Vec::new(),
        };
    }
    let is_in_rules =
        table == "[rules]" || (table == "[[per-path]]" && line.trim_start().starts_with("rules"));
    if !is_in_rules {
        return Vec::new();
    }
    if is_value {
        return LEVELS.into_iter().map(value).collect();
    }
    catalogue().iter().map(|rule| item(rule.id.name, ItemKind::Name, rule_page(rule))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Vec<String> {
        let byte = text.find('^').expect("the cursor") as u32;
        completion(&text.replace('^', ""), byte).into_iter().map(|item| item.text).collect()
    }

    #[test]
    fn names_and_values_are_known() {
        assert_eq!(at("edition = ^"), ["\"2026-02\"", "\"2026-08\""]);
        assert_eq!(at("edition = \"20^\""), ["2026-02", "2026-08"]);
        assert_eq!(at("[rules]\nbare-pip = \"^\""), ["error", "warning", "info", "off"]);
        assert!(at("[rules]\nbar^").contains(&"bare-pip".to_owned()));
        assert!(at("[[per-path]]\nrules = { V^").contains(&"bare-pip".to_owned()));
        assert_eq!(at("[contract]\nx^"), Vec::<String>::new());
        let (page, span) = hover("[rules]\nbare-pip = \"off\"", 10).expect("it is a rule");
        assert!(page.contains("VL401") && span == Span::new(8, 16), "{page}");
    }
}
