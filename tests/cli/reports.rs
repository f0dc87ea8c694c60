//! Reports made by hand, and terminals to show them on.

use std::path::PathBuf;
use std::time::Duration;

use vastlint::format::text;
use vastlint::terminal::Terminal;
use vastlint_diagnostic::{Diagnostic, Label, RuleId, Severity};
use vastlint_engine::{Report, SourceFile, Summary};
use vastlint_model::Project;
use vastlint_rules::Edition;
use vastlint_text::{FileId, Span};

/// No rule of the catalogue, so that these tests stay when the catalogue changes.
pub(crate) const RULE: RuleId = RuleId { code: "VL999", name: "test-rule" };

pub(crate) fn terminal(width: usize) -> Terminal {
    Terminal { color: false, unicode: true, width }
}

/// A report of files, given as path and text, with no findings yet.
pub(crate) fn report(files: &[(&str, &str)]) -> Report {
    Report {
        root: PathBuf::from("/repository"),
        edition: Edition::default(),
        fail_severity: Severity::Warning,
        files: files.iter().map(|(path, text)| SourceFile::new((*path).into(), *text)).collect(),
        project: Project::default(),
        diagnostics: Vec::new(),
        baselined: Vec::new(),
        baseline: None,
        suppressed: Vec::new(),
        summary: Summary {
            files: files.len(),
            embedded_documents: 2,
            images: 1,
            bytes: 0,
            outside: 0,
            suppressed: 0,
            evident_edition: None,
            elapsed: Duration::from_millis(12),
        },
        timings: None,
    }
}

/// A label on the first occurrence of `text` in a file of the report.
pub(crate) fn label(report: &Report, file: usize, text: &str, message: &str) -> Label {
    let start = report.files[file].text.find(text).expect("the text is there");
    span(file, start, start + text.len(), message)
}

pub(crate) fn span(file: usize, start: usize, end: usize, message: &str) -> Label {
    Label { file: FileId(file as u32), span: Span::new(start as u32, end as u32), message: message.into() }
}

pub(crate) fn diagnostic(primary: Label) -> Diagnostic {
    Diagnostic {
        rule: RULE,
        severity: Severity::Error,
        message: "it is wrong".into(),
        why: String::new(),
        help: String::new(),
        primary,
        related: Vec::new(),
        fix: None,
    }
}

/// The report's text, all severities shown.
pub(crate) fn rendered(report: &Report, terminal: &Terminal) -> String {
    let mut out = Vec::new();
    text::write(&mut out, report, Severity::Info, terminal).unwrap();
    String::from_utf8(out).unwrap()
}

/// The text of one finding whose primary label is on `text` of a single file.
pub(crate) fn one(source: &str, text: &str, message: &str, width: usize) -> String {
    let mut report = report(&[("file", source)]);
    let label = label(&report, 0, text, message);
    report.diagnostics.push(diagnostic(label));
    rendered(&report, &terminal(width))
}

/// Compares with a text that starts behind its first line break; shows both where they differ.
#[track_caller]
pub(crate) fn expect(actual: &str, expected: &str) {
    let expected = expected.strip_prefix('\n').unwrap_or(expected);
    assert!(actual == expected, "expected:\n{expected}\nactual:\n{actual}");
}
