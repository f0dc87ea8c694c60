//! How often each rule found something, instead of what it found.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use vastlint_diagnostic::{RuleId, Severity};
use vastlint_engine::Report;

use super::Format;
use super::json::{write_array, write_element};
use crate::terminal::Terminal;

#[derive(Serialize)]
struct Row {
    count: usize,
    severity: Severity,
    code: &'static str,
    rule: &'static str,
}

/// Writes the counts of all findings, the most frequent first.
pub fn write(out: &mut dyn Write, report: &Report, format: Format, terminal: &Terminal) -> io::Result<()> {
    let rows = rows(report);
    if format == Format::Json {
        return write_array(out, rows, |out, row| write_element(out, &row));
    }
    let digits = rows.first().map_or(0, |row| row.count.to_string().len());
    for row in rows {
        let severity = terminal.severity(row.severity).style(row.severity.name()).to_string();
        let padding = "warning".len() - row.severity.name().len();
        writeln!(
            out,
            "{:digits$}  {severity}{:padding$}  {}  {}",
            row.count,
            "",
            terminal.name().style(row.code),
            row.rule
        )?;
    }
    Ok(())
}

/// A rule can have several rows: its cases may differ in severity.
fn rows(report: &Report) -> Vec<Row> {
    let mut counts: BTreeMap<(RuleId, Severity), usize> = BTreeMap::new();
    for diagnostic in &report.diagnostics {
        *counts.entry((diagnostic.rule, diagnostic.severity)).or_default() += 1;
    }
    let mut rows: Vec<Row> = counts
        .into_iter()
        .map(|((rule, severity), count)| Row { count, severity, code: rule.code, rule: rule.name })
        .collect();
    rows.sort_by(|a, b| b.count.cmp(&a.count).then(a.code.cmp(b.code)).then(b.severity.cmp(&a.severity)));
    rows
}
