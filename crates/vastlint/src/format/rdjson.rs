//! reviewdog's JSON, which it turns into comments of a review. Columns are bytes.

use std::fmt::Write as _;
use std::io::{self, Write};

use serde::Serialize;
use vastlint_diagnostic::{Applicability, Diagnostic, Fix, Severity};
use vastlint_engine::{Report, SourceFile};
use vastlint_rules::{DOCUMENTATION, rule_url};
use vastlint_text::Span;

use super::json::write_element;
use super::sentences::{lines, sentence};

/// A longer text is no suggestion that anybody reads in a review.
const LONGEST_SUGGESTION: u32 = 16 << 10;

#[derive(Serialize)]
struct Source {
    name: &'static str,
    url: &'static str,
}

#[derive(Serialize)]
struct Remark<'a> {
    message: String,
    location: Location<'a>,
    severity: &'static str,
    code: Code,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<Suggestion>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    range: Range,
}

#[derive(Serialize)]
struct Range {
    start: Position,
    end: Position,
}

#[derive(Serialize)]
struct Position {
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct Code {
    value: String,
    url: String,
}

#[derive(Serialize)]
struct Suggestion {
    range: Range,
    text: String,
}

/// Writes all findings, one a line.
pub fn write(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    write!(out, "{{\"source\":")?;
    write_element(out, &Source { name: "vastlint", url: DOCUMENTATION })?;
    write!(out, ",\"diagnostics\":[")?;
    let mut before = "\n";
    for diagnostic in &report.diagnostics {
        write!(out, "{before}")?;
        write_element(out, &remark(report, diagnostic))?;
        before = ",\n";
    }
    writeln!(out, "]}}")
}

fn remark<'a>(report: &'a Report, diagnostic: &Diagnostic) -> Remark<'a> {
    let file = report.file(diagnostic.primary.file);
    let suggestion = diagnostic.fix.as_ref().and_then(|fix| suggestion(report, diagnostic, fix));
    let mut message = lines(diagnostic);
    if let Some(fix) = diagnostic.fix.as_ref().filter(|_| suggestion.is_some()) {
        let doubt = match fix.applicability {
            Applicability::Safe => "",
            Applicability::Unsafe => " Look closely: this may change what the file does.",
        };
        // Writing to a string cannot fail.
        let _ = write!(message, "\nsuggestion: {}{doubt}", sentence(&fix.message));
    }
    Remark {
        message,
        location: Location { path: &file.path, range: range(file, diagnostic.primary.span) },
        severity: match diagnostic.severity {
            Severity::Error => "ERROR",
            Severity::Warning => "WARNING",
            Severity::Info => "INFO",
        },
        code: Code {
            value: format!("{} {}", diagnostic.rule.code, diagnostic.rule.name),
            url: rule_url(diagnostic.rule),
        },
        suggestions: suggestion.into_iter().collect(),
    }
}

/// The fix as one replacement in the file of the finding. Whoever accepts a suggestion accepts all of it: a fix that
/// also changes other files, or modes, cannot be one.
fn suggestion(report: &Report, diagnostic: &Diagnostic, fix: &Fix) -> Option<Suggestion> {
    if fix.files() != [diagnostic.primary.file] || !fix.executable.is_empty() {
        return None;
    }
    let file = report.file(diagnostic.primary.file);
    let whole = fix.edits.iter().map(|edit| edit.span).reduce(Span::cover)?;
    if whole.len() > LONGEST_SUGGESTION {
        return None;
    }
    let mut text = String::new();
    let mut at = whole.start;
    for edit in &fix.edits {
        text.push_str(Span::new(at, edit.span.start).text(&file.text));
        text.push_str(&edit.text);
        at = edit.span.end;
    }
    Some(Suggestion { range: range(file, whole), text })
}

fn range(file: &SourceFile, span: Span) -> Range {
    let position = |offset: u32| {
        let offset = offset.min(file.text.len() as u32);
        let line = file.lines().line_of(offset);
        Position { line: line + 1, column: offset - file.lines().full_line_span(line).start + 1 }
    };
    Range { start: position(span.start), end: position(span.end) }
}
