//! One line for each finding, below the file that it is in.

use std::io::{self, Write};

use vastlint_diagnostic::{Diagnostic, Severity};
use vastlint_engine::Report;

use crate::escape::printable;
use crate::terminal::Terminal;

/// Writes the findings that are at least as grave as `show`.
pub fn write(out: &mut dyn Write, report: &Report, show: Severity, terminal: &Terminal) -> io::Result<()> {
    let shown: Vec<&Diagnostic> = report.diagnostics.iter().filter(|one| one.severity >= show).collect();
    for group in shown.chunk_by(|a, b| a.primary.file == b.primary.file) {
        let path = printable(&report.file(group[0].primary.file).path);
        writeln!(out, "{}", terminal.name().style(path))?;
        let places: Vec<String> = group
            .iter()
            .map(|one| {
                let (start, _) = report.position(&one.primary);
                format!("{}:{}", start.line, start.column)
            })
            .collect();
        let width = places.iter().map(String::len).max().unwrap_or(0);
        for (diagnostic, place) in group.iter().zip(places) {
            let word = diagnostic.severity.name();
            writeln!(
                out,
                "  {place:>width$}  {}{:padding$}  {} {}",
                terminal.severity(diagnostic.severity).style(word),
                "",
                printable(&diagnostic.message),
                terminal.faint().style(format!("[{} {}]", diagnostic.rule.code, diagnostic.rule.name)),
                padding = "warning".len() - word.len(),
            )?;
        }
        writeln!(out)?;
    }
    Ok(())
}
