use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use vastlint_diagnostic::Level;
use vastlint_rules::{Edition, Rule, catalogue};

use crate::RULES;
use crate::conventions::{Conventions, enforcers};

const GENERATED: &str =
    "<!-- Made by `cargo run --package vastlint_docs`. Change the page in `rules/` instead. -->\n";

/// What the folders of rules are about, in the order of their codes.
const AREAS: [(&str, &str); 9] = [
    ("vastlint", "vastlint itself"),
    ("dockerfile", "Dockerfiles"),
    ("shell", "Shell scripts"),
    ("supervisor", "Supervisor confs"),
    ("python", "Python environment"),
    ("portal", "Portal"),
    ("workflow", "Workflows"),
    ("project", "Layout, and relations between files"),
    ("instance", "Instance tests, launch templates"),
];

/// A page for each rule.
pub(crate) fn pages() -> Vec<(PathBuf, String)> {
    catalogue().iter().map(|rule| (path(&format!("{}.md", rule.id.name)), page(rule))).collect()
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(RULES).join(name)
}

fn page(rule: &Rule) -> String {
    let mut out = String::from(GENERATED);
    // Writing to a string cannot fail.
    let _ = writeln!(out, "\n# {} `{}`\n\n{}.\n", rule.id.code, rule.id.name, rule.summary);
    let editions = Edition::ALL.map(Edition::name).join(" | ");
    let _ = writeln!(out, "| | {editions} | why |\n|---|---|---|---|");
    let _ = writeln!(out, "| the rule | {} | {} |", levels(rule.levels), cell(rule.reason));
    for variant in rule.variants {
        let _ = writeln!(out, "| {} | {} | {} |", variant.name, levels(variant.levels), cell(variant.reason));
    }
    let _ = writeln!(out, "\nLooks at: {}.", rule.kinds.join(", "));
    if !rule.conventions.is_empty() {
        let _ = writeln!(out, "\nConventions: {}.", rule.conventions.join(", "));
    }
    if let Some(fixes) = rule.fixes_in_words() {
        let _ = writeln!(out, "\nFixes: {fixes}.");
    }
    out.push('\n');
    out.push_str(&rule.page());
    out
}

fn levels(levels: [Level; Edition::ALL.len()]) -> String {
    levels.map(Level::name).join(" | ")
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

pub(crate) fn link(rule: &Rule) -> String {
    format!("[{}]({}.md)", rule.id.name, rule.id.name)
}

/// The rules by area, by convention and by section of the documents.
pub(crate) fn indexes(conventions: &Conventions) -> Vec<(PathBuf, String)> {
    vec![
        (path("README.md"), by_area()),
        (path("by-convention.md"), by_convention(conventions)),
        (path("by-document.md"), by_document()),
    ]
}

fn by_area() -> String {
    let mut out = String::from(GENERATED);
    let _ = writeln!(
        out,
        "\n# Rules\n\n{} rules. Also by [convention](by-convention.md) and by [section of the documents](by-document.md).",
        catalogue().len()
    );
    for (area, title) in AREAS {
        let mut rules = catalogue().iter().filter(|rule| rule.area == area).peekable();
        if rules.peek().is_none() {
            continue;
        }
        let editions = Edition::ALL.map(Edition::name).join(" | ");
        let _ = writeln!(
            out,
            "\n## {title}\n\n| code | rule | {editions} | fix | what it finds |\n|---|---|---|---|---|---|"
        );
        for rule in rules {
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {} |",
                rule.id.code,
                link(rule),
                levels(rule.levels),
                rule.fixes.iter().map(|fix| fix.name()).collect::<Vec<_>>().join(", "),
                cell(rule.summary)
            );
        }
    }
    out
}

fn by_convention(conventions: &Conventions) -> String {
    let mut out = String::from(GENERATED);
    let _ = writeln!(
        out,
        "\n# Rules by convention\n\n[The contract](../contract.md) says what each convention is."
    );
    for area in &conventions.areas {
        let _ = writeln!(out, "\n## {}\n\n| convention | rules |\n|---|---|", area.title);
        for id in area.rows.keys() {
            let rules: Vec<String> = enforcers(id).into_iter().map(link).collect();
            let _ = writeln!(out, "| {id} | {} |", rules.join(", "));
        }
    }
    out
}

/// The sections of the documents with the rules that they are the source of.
fn by_document() -> String {
    let mut sections: BTreeMap<(&str, &str), Vec<&Rule>> = BTreeMap::new();
    for rule in catalogue() {
        for source in rule.source {
            let (document, section) = source.split_once(", ").unwrap_or((source, ""));
            let section = section.split_once(": ").map_or(section, |(section, _)| section);
            let rules = sections.entry((document, section)).or_default();
            if !rules.iter().any(|known| known.id == rule.id) {
                rules.push(rule);
            }
        }
    }
    let mut out = String::from(GENERATED);
    out.push_str("\n# Rules by section of the documents\n");
    let mut last = "";
    for ((document, section), rules) in sections {
        if document != last {
            let _ = writeln!(out, "\n## {document}\n\n| section | rules |\n|---|---|");
            last = document;
        }
        let rules: Vec<String> = rules.into_iter().map(link).collect();
        let _ = writeln!(out, "| {} | {} |", cell(section), rules.join(", "));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_area_has_a_title() {
        for rule in catalogue() {
            assert!(AREAS.iter().any(|(area, _)| *area == rule.area), "{}", rule.area);
        }
    }
}
