use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use serde::Serialize;
use vastlint_diagnostic::Level;
use vastlint_rules::{Edition, Rule};

use crate::exit::{Exit, print};
use crate::format::ListFormat;
use crate::format::json::{write_array, write_element};
use crate::terminal::Terminal;

/// Lists the rules.
pub(crate) fn run(format: ListFormat, edition: Edition) -> Exit {
    print(Exit::Clean, |out| match format {
        ListFormat::Text => out.write_all(table(edition, &Terminal::stdout()).as_bytes()),
        ListFormat::Json => json(out),
    })
}

/// The rules by area, with their level in an edition.
fn table(edition: Edition, terminal: &Terminal) -> String {
    let mut areas: BTreeMap<&str, Vec<&Rule>> = BTreeMap::new();
    for rule in vastlint_rules::catalogue() {
        areas.entry(rule.area).or_default().push(rule);
    }
    let names = vastlint_rules::catalogue().iter().map(|rule| rule.id.name.len());
    let name_width = names.max().unwrap_or(0);
    let mut areas: Vec<_> = areas.into_iter().collect();
    areas.sort_by_key(|(_, rules)| rules.first().map(|rule| rule.id.code));
    let mut out = String::new();
    for (area, rules) in areas {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{}", terminal.heading().style(area));
        for rule in rules {
            let level = rule.level(edition);
            let word = level.severity().map_or_else(
                || terminal.faint().style(level.name()).to_string(),
                |severity| terminal.severity(severity).style(level.name()).to_string(),
            );
            let _ = writeln!(
                out,
                "  {}  {:name_width$}  {word}{:padding$}  {}",
                terminal.name().style(rule.id.code),
                rule.id.name,
                "",
                rule.summary,
                padding = "warning".len() - level.name().len(),
            );
        }
        out.push('\n');
    }
    let _ = writeln!(
        out,
        "{}",
        terminal.faint().style(format!(
            "{} rules; severities of edition {edition}. `vastlint explain RULE` tells all about one.",
            vastlint_rules::catalogue().len()
        ))
    );
    out
}

#[derive(Serialize)]
struct Entry<'a> {
    rule: &'a str,
    code: &'a str,
    area: &'a str,
    summary: &'a str,
    severity: BTreeMap<&'a str, &'a str>,
    reason: &'a str,
    variants: Vec<Case<'a>>,
    kinds: &'a [&'a str],
    conventions: &'a [&'a str],
    source: &'a [&'a str],
    fixable: bool,
    body: &'a str,
}

#[derive(Serialize)]
struct Case<'a> {
    name: &'a str,
    severity: BTreeMap<&'a str, &'a str>,
    reason: &'a str,
}

fn json(out: &mut dyn Write) -> io::Result<()> {
    write_array(out, vastlint_rules::catalogue(), |out, rule| {
        let variants = rule.variants.iter().map(|case| Case {
            name: case.name,
            severity: by_edition(case.levels),
            reason: case.reason,
        });
        let entry = Entry {
            rule: rule.id.name,
            code: rule.id.code,
            area: rule.area,
            summary: rule.summary,
            severity: by_edition(rule.levels),
            reason: rule.reason,
            variants: variants.collect(),
            kinds: rule.kinds,
            conventions: rule.conventions,
            source: rule.source,
            fixable: !rule.fixes.is_empty(),
            body: rule.body,
        };
        write_element(out, &entry)
    })
}

fn by_edition(levels: [Level; Edition::ALL.len()]) -> BTreeMap<&'static str, &'static str> {
    Edition::ALL.iter().zip(levels).map(|(edition, level)| (edition.name(), level.name())).collect()
}
