//! What closes a run: what was found, what was read, how long it took.

use std::fmt::Write as _;
use std::time::Duration;

use vastlint_diagnostic::Severity;
use vastlint_engine::Report;

use crate::terminal::Terminal;

/// The closing lines, where findings below `show` were left out.
#[must_use]
pub fn render(report: &Report, show: Severity, terminal: &Terminal) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{}", findings(report, show, terminal));
    let _ = writeln!(out, "{}", terminal.faint().style(reading(report)));
    if let Some(edition) = report.summary.evident_edition {
        let hint = format!(
            "Its build workflows follow edition {edition}: try `--edition {edition}`, or write `edition = \"{edition}\"` in vastlint.toml."
        );
        let _ = writeln!(out, "{hint}");
    }
    out
}

fn findings(report: &Report, show: Severity, terminal: &Terminal) -> String {
    let mut counts = Vec::new();
    let mut hidden = Vec::new();
    for severity in Severity::ALL {
        let count = report.count(severity);
        if count == 0 {
            continue;
        }
        let words = plural(count, severity_noun(severity, count));
        if severity >= show {
            counts.push(terminal.severity(severity).style(words).to_string());
        } else {
            hidden.push(words);
        }
    }
    let mut line = if counts.is_empty() {
        let style = terminal.strong();
        let nothing = if report.diagnostics.is_empty() { "Nothing found" } else { "Nothing to show" };
        style.style(nothing).to_string()
    } else {
        format!("{} {}", terminal.strong().style("Found"), list(&counts))
    };
    if !hidden.is_empty() {
        let _ = write!(line, "; {} not shown (`--show all` shows all)", list(&hidden));
    }
    if report.summary.suppressed > 0 {
        let _ = write!(line, "; {} suppressed", report.summary.suppressed);
    }
    line.push('.');
    if report.summary.outside > 0 {
        let _ = write!(line, " {} more outside the paths that were named.", report.summary.outside);
    }
    line
}

fn reading(report: &Report) -> String {
    let summary = &report.summary;
    format!(
        "Read {}, {} inside them and {} in {}, edition {}.",
        plural(summary.files, if summary.files == 1 { "file" } else { "files" }),
        plural(
            summary.embedded_documents,
            if summary.embedded_documents == 1 { "document" } else { "documents" }
        ),
        plural(summary.images, if summary.images == 1 { "image" } else { "images" }),
        duration(summary.elapsed),
        report.edition,
    )
}

/// The noun for findings of a severity.
pub(crate) const fn severity_noun(severity: Severity, count: usize) -> &'static str {
    match (severity, count) {
        (Severity::Error, 1) => "error",
        (Severity::Error, _) => "errors",
        (Severity::Warning, 1) => "warning",
        (Severity::Warning, _) => "warnings",
        (Severity::Info, 1) => "info",
        (Severity::Info, _) => "infos",
    }
}

fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}")
}

/// `a`, `a and b`, `a, b and c`.
fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [word] => word.clone(),
        [start @ .., last] => format!("{} and {last}", start.join(", ")),
    }
}

fn duration(elapsed: Duration) -> String {
    if elapsed < Duration::from_secs(1) {
        format!("{} ms", elapsed.as_millis().max(1))
    } else {
        format!("{:.2} s", elapsed.as_secs_f64())
    }
}
