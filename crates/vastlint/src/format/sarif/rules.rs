//! The rules as SARIF describes them, from their pages.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use vastlint_diagnostic::{RuleId, Severity};
use vastlint_rules::{Edition, Rule, catalogue, find, rule_url};

use super::Text;
use crate::format::sentences::sentence;
use crate::markdown;
use crate::terminal::Terminal;

/// GitHub cuts a longer description.
const LONGEST_DESCRIPTION: usize = 1_000;
/// GitHub shows so many tags, and refuses a file with twice as many.
const TAGS: usize = 10;
/// The id of the only message that each rule has.
pub(super) const MESSAGE: &str = "finding";

/// Descriptors of rules, and where they are in the list.
pub(super) struct Rules {
    pub(super) descriptors: Vec<Descriptor>,
    indexes: HashMap<&'static str, usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor {
    id: &'static str,
    name: String,
    short_description: Text,
    full_description: Text,
    help: Help,
    help_uri: String,
    message_strings: BTreeMap<&'static str, Text>,
    default_configuration: Configuration,
    properties: Properties,
}

#[derive(Serialize)]
struct Help {
    text: String,
    markdown: String,
}

#[derive(Serialize)]
struct Configuration {
    #[serde(skip_serializing_if = "is_true")]
    enabled: bool,
    level: &'static str,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_true(value: &bool) -> bool {
    *value
}

#[derive(Serialize)]
struct Properties {
    tags: Vec<String>,
    precision: &'static str,
    #[serde(rename = "problem.severity")]
    problem_severity: &'static str,
    #[serde(rename = "security-severity", skip_serializing_if = "Option::is_none")]
    security_severity: Option<&'static str>,
}

impl Rules {
    /// The rules that report something in an edition, and those that did all the same, by code.
    pub(super) fn new(edition: Edition, found: impl Iterator<Item = RuleId>) -> Self {
        let on = catalogue().iter().filter(|rule| rule.is_on_somewhere(edition)).map(|rule| rule.id);
        let ids: BTreeMap<&str, RuleId> = on.chain(found).map(|id| (id.code, id)).collect();
        let descriptors = ids.values().map(|id| descriptor(*id, find(id.code), edition)).collect();
        Self {
            descriptors,
            indexes: ids.into_keys().enumerate().map(|(index, code)| (code, index)).collect(),
        }
    }

    /// The place of a rule in the list.
    pub(super) fn index(&self, rule: RuleId) -> Option<usize> {
        self.indexes.get(rule.code).copied()
    }
}

/// SARIF's word for a severity.
pub(super) const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn descriptor(id: RuleId, rule: Option<&'static Rule>, edition: Edition) -> Descriptor {
    let severity = rule.and_then(|rule| default_severity(rule, edition));
    let summary = rule.map_or_else(|| id.name.replace('-', " "), |rule| rule.summary.to_owned());
    let short = sentence(&summary);
    let page = rule.map(Rule::page).unwrap_or_default();
    let security_severity = rule.and_then(|rule| rule.security_severity);
    Descriptor {
        id: id.code,
        name: pascal_case(id.name),
        full_description: Text::new(full_description(&page).unwrap_or_else(|| short.clone())),
        help: help(&short, &page),
        short_description: Text { text: short },
        help_uri: rule_url(id),
        message_strings: BTreeMap::from([(MESSAGE, Text::new("{0}."))]),
        default_configuration: Configuration {
            enabled: severity.is_some(),
            level: level(severity.unwrap_or(Severity::Warning)),
        },
        properties: Properties {
            tags: tags(rule),
            precision: precision(severity),
            problem_severity: problem_severity(severity),
            security_severity,
        },
    }
}

/// How grave a rule is unless configured; where only cases of it are on, the gravest of them.
fn default_severity(rule: &Rule, edition: Edition) -> Option<Severity> {
    let cases = rule.variants.iter().filter_map(|case| case.levels[edition as usize].severity());
    rule.level(edition).severity().or_else(|| cases.max())
}

/// How often a finding is one that has to be mended. An error has no legitimate exceptions, a warning has some; an info
/// is for the author to judge.
const fn precision(severity: Option<Severity>) -> &'static str {
    match severity {
        Some(Severity::Error) => "very-high",
        Some(Severity::Warning) | None => "high",
        Some(Severity::Info) => "medium",
    }
}

const fn problem_severity(severity: Option<Severity>) -> &'static str {
    match severity {
        Some(Severity::Error) => "error",
        Some(Severity::Warning) | None => "warning",
        Some(Severity::Info) => "recommendation",
    }
}

/// `missing-proc-name` as `MissingProcName`.
fn pascal_case(name: &str) -> String {
    let mut words = String::with_capacity(name.len());
    for word in name.split('-') {
        let mut characters = word.chars();
        words.extend(characters.next().map(|first| first.to_ascii_uppercase()));
        words.push_str(characters.as_str());
    }
    words
}

/// Words to filter by: what the rule is about and what it looks at.
fn tags(rule: Option<&Rule>) -> Vec<String> {
    let Some(rule) = rule else { return Vec::new() };
    let security = rule.security_severity.map(|_| "security");
    let words = security.into_iter().chain([rule.area]).chain(rule.kinds.iter().copied());
    let mut tags: Vec<String> = Vec::new();
    for word in words.map(str::to_lowercase) {
        if !tags.contains(&word) {
            tags.push(word);
        }
    }
    tags.truncate(TAGS);
    tags
}

/// The first paragraph of what the page says about what is checked.
fn full_description(page: &str) -> Option<String> {
    let (_, section) = page.split_once("## What it checks\n")?;
    let paragraph = section.trim_start().split("\n\n").next()?;
    let mut text = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = text.char_indices().nth(LONGEST_DESCRIPTION - 1) {
        text.truncate(end);
        text.push('…');
    }
    let ends = text.ends_with(['.', '!', '?', '…']);
    // What follows a colon is no part of the paragraph.
    let text = if ends { text } else { format!("{}.", text.trim_end_matches(':')) };
    (text.len() > 1).then_some(text)
}

fn help(short: &str, page: &str) -> Help {
    if page.is_empty() {
        return Help { text: short.to_owned(), markdown: short.to_owned() };
    }
    let terminal = Terminal { color: false, unicode: true, width: 100 };
    Help { text: markdown::render(page, &terminal), markdown: format!("{short}\n\n{page}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_described_within_the_limits_of_github() {
        for edition in Edition::ALL {
            let rules = Rules::new(edition, catalogue().iter().map(|rule| rule.id));
            assert_eq!(rules.descriptors.len(), catalogue().len());
            for (descriptor, rule) in rules.descriptors.iter().zip(catalogue()) {
                assert_eq!(
                    (descriptor.id, rules.index(rule.id)),
                    (rule.id.code, rules.indexes.get(rule.id.code).copied())
                );
                let name = &descriptor.name;
                assert!(name.starts_with(|c: char| c.is_ascii_uppercase()), "{name}");
                assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{name}");
                let full = &descriptor.full_description.text;
                assert!(full.len() > 20 && full.ends_with(['.', '…']), "{name}: {full}");
                assert!(full.chars().count() <= LONGEST_DESCRIPTION, "{name}: {full}");
                assert!(descriptor.short_description.text.ends_with('.'), "{name}");
                assert!(descriptor.help.text.contains("Why it matters"), "{name}: {}", descriptor.help.text);
                assert!(!descriptor.help.markdown.contains("bad="), "{name}");
                let tags = &descriptor.properties.tags;
                assert!((1..=TAGS).contains(&tags.len()), "{name}: {tags:?}");
                let is_security = tags.iter().any(|tag| tag == "security");
                assert_eq!(is_security, descriptor.properties.security_severity.is_some(), "{name}");
            }
        }
    }

    #[test]
    fn names_are_in_pascal_case() {
        assert_eq!(pascal_case("missing-proc-name"), "MissingProcName");
    }
}
