//! A summary of a job: what was found by rule and by image, the worst first, and all findings to unfold.
//!
//! GitHub shows no summary of a step that is larger than 1 MiB. What does not fit is counted.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::hash::Hash;
use std::io::{self, Write};

use vastlint_diagnostic::{Diagnostic, RuleId, Severity};
use vastlint_engine::Report;
use vastlint_rules::{find, rule_url};

use super::sentences::paragraph;
use super::summary::{counts, plural, reading, severity_noun};
use super::worst_first;
use crate::escape::printable;

/// Bytes of a summary. The rest of the 1 MiB is for what else the step has to say.
const LIMIT: usize = 1_000_000;
/// Bytes that the end of a table and the words about what is left out may take.
const RESERVE: usize = 2_000;
/// Longer messages are cut: so many characters say enough.
const LONGEST_MESSAGE: usize = 1_000;

/// Writes the summary.
pub fn write(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let mut page = String::new();
    // Writing to a string cannot fail.
    let found = counts(|severity| report.count(severity));
    let nothing = if report.baselined.is_empty() { "nothing" } else { "nothing new" };
    let _ = writeln!(page, "## vastlint found {}\n", if found.is_empty() { nothing } else { &found });
    let _ = writeln!(page, "{}", notes(report));
    if !report.diagnostics.is_empty() {
        let by_rule = tally(report, |diagnostic| Some(diagnostic.rule));
        table(&mut page, "Rule", by_rule.into_iter().map(|(rule, count)| (rule_cell(rule), count)));
        let by_image = tally(report, |diagnostic| {
            let path = &report.file(diagnostic.primary.file).path;
            let image = report.project.image_around(path).map(|image| &*image.directory);
            // What is in no other image's folder is in that of the root, whatever it is.
            image.filter(|directory| !directory.is_empty())
        });
        table(&mut page, "Image", by_image.into_iter().map(|(image, count)| (image_cell(image), count)));
        details(&mut page, report);
    }
    out.write_all(page.as_bytes())
}

/// What was read, and what the counts do not tell.
fn notes(report: &Report) -> String {
    let mut notes = reading(report);
    let more = [
        (report.baselined.len(), "in the baseline"),
        (report.suppressed.len(), "suppressed"),
        (report.summary.outside, "in files that were not asked about"),
    ];
    for (count, what) in more.into_iter().filter(|(count, _)| *count > 0) {
        let _ = write!(notes, " {}.", plural(count, what));
    }
    notes
}

/// How often each severity was found.
type Counts = [usize; Severity::ALL.len()];

/// Counts the findings by a key, the worst first; each key stays where it was first seen among equals.
fn tally<K: Hash + Eq + Copy>(
    report: &Report,
    key: impl Fn(&Diagnostic) -> Option<K>,
) -> Vec<(Option<K>, Counts)> {
    let mut rows: Vec<(Option<K>, Counts)> = Vec::new();
    let mut known = HashMap::new();
    for diagnostic in &report.diagnostics {
        let key = key(diagnostic);
        let row = *known.entry(key).or_insert_with(|| {
            rows.push((key, Counts::default()));
            rows.len() - 1
        });
        rows[row].1[column(diagnostic.severity)] += 1;
    }
    rows.sort_by_key(|(_, counts)| std::cmp::Reverse(*counts));
    rows
}

/// The column of a severity, the gravest first.
fn column(severity: Severity) -> usize {
    Severity::ALL.iter().position(|known| *known == severity).unwrap_or_default()
}

fn table(page: &mut String, title: &str, rows: impl ExactSizeIterator<Item = (String, Counts)>) {
    let _ = writeln!(page, "\n| {title} | Errors | Warnings | Infos |\n|---|--:|--:|--:|");
    let mut left = rows.len();
    for (name, counts) in rows {
        let cells = counts.map(|count| if count == 0 { String::new() } else { count.to_string() });
        // The tables leave room for the findings.
        if !push(page, &format!("| {name} | {} |\n", cells.join(" | ")), LIMIT / 2) {
            break;
        }
        left -= 1;
    }
    if left > 0 {
        let _ = writeln!(page, "\n{}.", plural(left, "more"));
    }
}

fn rule_cell(rule: Option<RuleId>) -> String {
    let Some(rule) = rule else { return String::new() };
    let summary = find(rule.code).map_or("", |rule| rule.summary);
    format!("[{}]({}) {}", rule.code, rule_url(rule), inline(summary))
}

fn image_cell(directory: Option<&str>) -> String {
    directory.map_or_else(|| "elsewhere".to_owned(), |directory| code(&printable(directory)))
}

/// The findings of each severity in a table that unfolds.
fn details(page: &mut String, report: &Report) {
    for group in worst_first(report).chunk_by(|a, b| a.severity == b.severity) {
        let title = plural(group.len(), severity_noun(group[0].severity, group.len()));
        let _ = write!(
            page,
            "\n<details><summary>{title}</summary>\n\n| Place | Rule | What is wrong |\n|---|---|---|\n"
        );
        let listed =
            group.iter().take_while(|diagnostic| push(page, &row(report, diagnostic), LIMIT)).count();
        page.push_str("\n</details>\n");
        if listed < group.len() {
            let left = plural(group.len() - listed, "more");
            let _ = writeln!(page, "\n{left} of these are not listed: a job summary has no room for them.");
        }
    }
}

fn row(report: &Report, diagnostic: &Diagnostic) -> String {
    let (start, _) = report.position(&diagnostic.primary);
    let place = format!("{}:{}", printable(&report.file(diagnostic.primary.file).path), start.line);
    let rule = diagnostic.rule;
    let mut text = paragraph(diagnostic);
    if let Some((end, _)) = text.char_indices().nth(LONGEST_MESSAGE) {
        text.truncate(end);
        text.push('…');
    }
    let mut lines = text.lines();
    let mut cell = inline(lines.next().unwrap_or_default());
    for line in lines {
        let indent = line.len() - line.trim_start().len();
        let _ = write!(cell, "<br>{}{}", "&nbsp;".repeat(indent), inline(&line[indent..]));
    }
    format!("| {} | [{}]({}) | {cell} |\n", code(&place), rule.code, rule_url(rule))
}

/// Appends a row if it fits.
fn push(page: &mut String, row: &str, limit: usize) -> bool {
    let fits = page.len() + row.len() + RESERVE <= limit;
    if fits {
        page.push_str(row);
    }
    fits
}

/// Text on one line of which Markdown reads nothing but the code in backticks.
fn inline(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    // A backtick without a partner is one.
    if parts.len().is_multiple_of(2) {
        return plain(text);
    }
    let parts = parts.iter().enumerate();
    parts.map(|(index, part)| if index % 2 == 1 { code(part) } else { plain(part) }).collect()
}

/// Code. A backtick could end one between backticks, and a table takes bars from it: so it is an element.
fn code(text: &str) -> String {
    format!("<code>{}</code>", plain(text))
}

/// Text without meaning for Markdown, HTML or GitHub (mentions, emoji, formulas): entities also stand in tables.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for character in text.chars() {
        match character {
            ' ' | '.' | ',' | ';' | '\'' | '"' | '/' | '(' | ')' | '-' | '+' | '=' | '?' | '%' => {
                out.push(character);
            }
            _ if character.is_ascii_punctuation() => {
                let _ = write!(out, "&#{};", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out
}
