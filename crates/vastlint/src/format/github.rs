//! Annotations: workflow commands that GitHub shows at the lines of a pull request and of a run.
//!
//! GitHub shows ten errors, ten warnings and ten notices of a step, the first ones, and says nothing of the others.

use std::borrow::Cow;
use std::io::{self, Write};

use vastlint_diagnostic::{Diagnostic, Severity};
use vastlint_engine::Report;

use super::sentences::lines;
use super::summary::counts;
use super::worst_first;
use crate::escape::printable;

/// So many annotations of each kind GitHub shows of a step.
const SHOWN: usize = 10;

/// Writes the gravest findings that GitHub shows, and how many are left.
pub fn write(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let all = worst_first(report);
    // What tells of the others is a notice, too.
    let fits = Severity::ALL.iter().all(|severity| report.count(*severity) <= SHOWN);
    let room = |severity| if severity == Severity::Info && !fits { SHOWN - 1 } else { SHOWN };
    let mut left = [0; Severity::ALL.len()];
    for group in all.chunk_by(|a, b| a.severity == b.severity) {
        let severity = group[0].severity;
        let shown = group.len().min(room(severity));
        for diagnostic in &group[..shown] {
            annotation(out, report, diagnostic)?;
        }
        left[severity as usize] = group.len() - shown;
    }
    if fits {
        return Ok(());
    }
    let left = counts(|severity| left[severity as usize]);
    let text = format!(
        "{left} more are not shown: GitHub shows {SHOWN} annotations of a kind for each step. `--output markdown=FILE` lists all for the job summary."
    );
    writeln!(out, "::notice title=vastlint::{}", data(&text))
}

fn annotation(out: &mut dyn Write, report: &Report, diagnostic: &Diagnostic) -> io::Result<()> {
    let command = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let (start, end) = report.position(&diagnostic.primary);
    // A place that ends with a line end does not reach into the next line.
    let end_line = if end.column == 1 { end.line.saturating_sub(1).max(start.line) } else { end.line };
    write!(
        out,
        "::{command} file={},line={},endLine={end_line},",
        property(&printable(&report.file(diagnostic.primary.file).path)),
        start.line,
    )?;
    // GitHub takes columns only within one line; the last one belongs to the place.
    if end.line == start.line {
        write!(out, "col={},endColumn={},", start.column, end.column.saturating_sub(1).max(start.column))?;
    }
    let title = format!("{} {}", diagnostic.rule.code, diagnostic.rule.name);
    writeln!(out, "title={}::{}", property(&title), data(&lines(diagnostic)))
}

/// The text of a command: ends at the line end.
fn data(text: &str) -> Cow<'_, str> {
    escaped(text, &[('%', "%25"), ('\r', "%0D"), ('\n', "%0A")])
}

/// A value in front of it: ends at a comma or at `::`, too.
fn property(text: &str) -> Cow<'_, str> {
    escaped(text, &[('%', "%25"), ('\r', "%0D"), ('\n', "%0A"), (':', "%3A"), (',', "%2C")])
}

fn escaped<'t>(text: &'t str, escapes: &[(char, &str)]) -> Cow<'t, str> {
    if !text.contains(|character| escapes.iter().any(|(special, _)| *special == character)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match escapes.iter().find(|(special, _)| *special == character) {
            Some((_, escape)) => out.push_str(escape),
            None => out.push(character),
        }
    }
    Cow::Owned(out)
}
