//! One line for each finding: `path:line:column: severity[CODE name] message`.

use std::io::{self, Write};

use vastlint_diagnostic::Severity;
use vastlint_engine::Report;

use crate::escape::printable;

/// Writes the findings that are at least as grave as `show`.
pub fn write(out: &mut dyn Write, report: &Report, show: Severity) -> io::Result<()> {
    for diagnostic in report.diagnostics.iter().filter(|diagnostic| diagnostic.severity >= show) {
        let (start, _) = report.position(&diagnostic.primary);
        writeln!(
            out,
            "{}:{}:{}: {}[{} {}] {}",
            printable(&report.file(diagnostic.primary.file).path),
            start.line,
            start.column,
            diagnostic.severity,
            diagnostic.rule.code,
            diagnostic.rule.name,
            printable(&diagnostic.message),
        )?;
    }
    Ok(())
}
