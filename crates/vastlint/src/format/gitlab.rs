//! GitLab's Code Quality report: an array of objects, of which GitLab drops those that share a fingerprint.

use std::io::{self, Write};

use serde::Serialize;
use vastlint_diagnostic::Severity;
use vastlint_engine::Report;

use super::json::{write_array, write_element};
use super::sentences::sentences;

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'a str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

/// Writes all findings.
pub fn write(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let issues = report.diagnostics.iter().zip(report.fingerprints()).map(|(diagnostic, fingerprint)| {
        let (start, end) = report.position(&diagnostic.primary);
        Issue {
            description: sentences(diagnostic),
            check_name: format!("{} {}", diagnostic.rule.code, diagnostic.rule.name),
            fingerprint,
            severity: severity(diagnostic.severity),
            location: Location {
                path: &report.file(diagnostic.primary.file).path,
                lines: Lines { begin: start.line, end: end.line },
            },
        }
    });
    write_array(out, issues, |out, issue| write_element(out, &issue))
}

/// GitLab also knows `blocker` and `major`.
const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "critical",
        Severity::Warning => "minor",
        Severity::Info => "info",
    }
}
