//! The objects of the JSON format, one a line, without an array around them.

use std::io::{self, Write};

use vastlint_engine::Report;

use super::json::{finding, write_element};

/// Writes all findings.
pub fn write(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    for (diagnostic, fingerprint) in report.diagnostics.iter().zip(report.fingerprints()) {
        write_element(out, &finding(report, diagnostic, &fingerprint))?;
        writeln!(out)?;
    }
    Ok(())
}
