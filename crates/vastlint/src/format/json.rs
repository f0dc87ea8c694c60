//! Every finding as one JSON array of objects, one object a line. Fields are only ever added.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use vastlint_diagnostic::{Diagnostic, Fix, Label, Severity};
use vastlint_engine::Report;
use vastlint_text::{FileId, Span};

use crate::escape::is_unprintable;

#[derive(Serialize)]
pub(super) struct Finding<'a> {
    rule: &'a str,
    code: &'a str,
    severity: Severity,
    #[serde(flatten)]
    place: Place<'a>,
    message: &'a str,
    why: &'a str,
    help: &'a str,
    fixable: bool,
    fix: Option<Mend<'a>>,
    fingerprint: &'a str,
    related: Vec<Related<'a>>,
}

/// All of the edits together mend the finding; some of them may do harm.
#[derive(Serialize)]
struct Mend<'a> {
    applicability: &'a str,
    message: &'a str,
    edits: Vec<Replacement<'a>>,
    /// Files that become executable.
    executable: Vec<&'a str>,
}

/// The bytes from `start` up to `end` of a file become `text`.
#[derive(Serialize)]
struct Replacement<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    start: u32,
    end: u32,
    text: &'a str,
}

/// Lines and columns count from 1, columns in characters; the end is the place behind the last character.
#[derive(Serialize)]
struct Place<'a> {
    path: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
}

#[derive(Serialize)]
struct Related<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    message: &'a str,
}

/// Writes all findings.
pub fn write(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let findings = report.diagnostics.iter().zip(report.fingerprints());
    write_array(out, findings, |out, (diagnostic, fingerprint)| {
        write_element(out, &finding(report, diagnostic, &fingerprint))
    })
}

/// Writes a value on one line, everything unprintable in its strings as `\u` escapes.
pub(crate) fn write_element(out: &mut dyn Write, value: &impl Serialize) -> serde_json::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, Printable))
}

/// JSON asks to escape only the lowest control characters; a terminal that shows JSON acts on more.
struct Printable;

impl Formatter for Printable {
    fn write_string_fragment<W: Write + ?Sized>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(is_unprintable) {
            out.write_all(&rest.as_bytes()[..at])?;
            let character = rest[at..].chars().next().unwrap_or_default();
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = &rest[at + character.len_utf8()..];
        }
        out.write_all(rest.as_bytes())
    }
}

/// Writes an array with one element a line.
pub(crate) fn write_array<T>(
    out: &mut dyn Write,
    elements: impl IntoIterator<Item = T>,
    write_element: impl Fn(&mut dyn Write, T) -> serde_json::Result<()>,
) -> io::Result<()> {
    let mut before = "[\n";
    for element in elements {
        out.write_all(before.as_bytes())?;
        write_element(out, element)?;
        before = ",\n";
    }
    out.write_all(if before == "[\n" { b"[]\n" } else { b"\n]\n" })
}

pub(super) fn finding<'a>(
    report: &'a Report,
    diagnostic: &'a Diagnostic,
    fingerprint: &'a str,
) -> Finding<'a> {
    let related = |label| Related { place: at(report, label), message: &label.message };
    Finding {
        rule: diagnostic.rule.name,
        code: diagnostic.rule.code,
        severity: diagnostic.severity,
        place: at(report, &diagnostic.primary),
        message: &diagnostic.message,
        why: &diagnostic.why,
        help: &diagnostic.help,
        fixable: diagnostic.fix.is_some(),
        fix: diagnostic.fix.as_ref().map(|fix| mend(report, fix)),
        fingerprint,
        related: diagnostic.related.iter().map(related).collect(),
    }
}

fn mend<'a>(report: &'a Report, fix: &'a Fix) -> Mend<'a> {
    let edits = fix.edits.iter().map(|edit| Replacement {
        place: place(report, edit.file, edit.span),
        start: edit.span.start,
        end: edit.span.end,
        text: &edit.text,
    });
    Mend {
        applicability: fix.applicability.name(),
        message: &fix.message,
        edits: edits.collect(),
        executable: fix.executable.iter().map(|file| report.file(*file).path.as_str()).collect(),
    }
}

fn at<'a>(report: &'a Report, label: &Label) -> Place<'a> {
    place(report, label.file, label.span)
}

fn place(report: &Report, file: FileId, span: Span) -> Place<'_> {
    let file = report.file(file);
    let position = |offset| file.lines().line_column(offset, &file.text);
    let (start, end) = (position(span.start), position(span.end));
    Place {
        path: &file.path,
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
    }
}
