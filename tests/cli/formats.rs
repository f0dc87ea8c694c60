//! The other formats, from hand-made reports.

use serde_json::{Value, json};
use vastlint::format::{Format, concise, json as json_format, statistics, summary};
use vastlint_diagnostic::Severity;
use vastlint_engine::Report;

use crate::reports::{diagnostic, expect, label, report, span, terminal};

/// Three findings: an error and an info in one file, a warning in another.
fn sample() -> Report {
    let mut report = report(&[("a/Dockerfile", "FROM é\r\nRUN x\r\n"), ("b.sh", "#!/bin/bash\n")]);
    let mut first = diagnostic(label(&report, 0, "é", "seen"));
    first.why = "because".into();
    first.help = "do".into();
    first.related.push(label(&report, 1, "bash", "there"));
    let mut second = diagnostic(label(&report, 0, "RUN x", ""));
    second.severity = Severity::Info;
    second.message = "it is \u{1b}[31m odd\nreally".into();
    let mut third = diagnostic(span(1, 0, 0, ""));
    third.severity = Severity::Warning;
    report.diagnostics = vec![first, second, third];
    report
}

fn written(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn concise_is_one_safe_line_for_each_finding() {
    let report = sample();
    expect(
        &written(|out| concise::write(out, &report, Severity::Info)),
        r"
a/Dockerfile:1:6: error[VL999 test-rule] it is wrong
a/Dockerfile:2:1: info[VL999 test-rule] it is \x1b[31m odd\nreally
b.sh:1:1: warning[VL999 test-rule] it is wrong
",
    );
    let grave = written(|out| concise::write(out, &report, Severity::Error));
    assert_eq!(grave, "a/Dockerfile:1:6: error[VL999 test-rule] it is wrong\n");
}

#[test]
fn json_holds_every_finding_and_every_field() {
    let report = sample();
    let text = written(|out| json_format::write(out, &report));
    let findings: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(findings.as_array().unwrap().len(), 3);
    assert_eq!(text.lines().count(), 5, "one finding a line, between brackets:\n{text}");
    assert_eq!(
        findings[0],
        json!({
            "rule": "test-rule", "code": "VL999", "severity": "error", "path": "a/Dockerfile",
            "line": 1, "column": 6, "end_line": 1, "end_column": 7,
            "message": "it is wrong", "why": "because", "help": "do", "fixable": false, "fix": null,
            "fingerprint": report.fingerprints()[0],
            "related": [{"path": "b.sh", "line": 1, "column": 8, "end_line": 1, "end_column": 12, "message": "there"}],
        })
    );
    assert_eq!(findings[1]["message"], "it is \u{1b}[31m odd\nreally");
    assert!(!text.contains('\u{1b}'));
}

#[test]
fn json_without_findings_is_an_empty_array() {
    assert_eq!(written(|out| json_format::write(out, &report(&[]))), "[]\n");
}

#[test]
fn statistics_count_by_rule_and_severity() {
    let mut report = sample();
    report.diagnostics.extend(vec![report.diagnostics[0].clone(); 9]);
    expect(
        &written(|out| statistics::write(out, &report, Format::Text, &terminal(80))),
        r"
10  error    VL999  test-rule
 1  warning  VL999  test-rule
 1  info     VL999  test-rule
",
    );
    let json: Value =
        serde_json::from_str(&written(|out| statistics::write(out, &report, Format::Json, &terminal(80))))
            .unwrap();
    assert_eq!(json[0], json!({"count": 10, "severity": "error", "code": "VL999", "rule": "test-rule"}));
}

#[test]
fn the_summary_tells_what_is_hidden_and_how_to_see_it() {
    let mut report = sample();
    expect(
        &summary::render(&report, Severity::Warning, &terminal(80)),
        "
Found 1 error and 1 warning; 1 info not shown (`--show all` shows all).
Read 2 files, 2 documents inside them and 1 image in 12 ms, edition 2026-02.
",
    );
    report.summary.outside = 4;
    report.diagnostics.truncate(1);
    expect(
        &summary::render(&report, Severity::Warning, &terminal(80)),
        "
Found 1 error. 4 more in files that were not asked about.
Read 2 files, 2 documents inside them and 1 image in 12 ms, edition 2026-02.
",
    );
    report.diagnostics.clear();
    report.summary.outside = 0;
    assert!(summary::render(&report, Severity::Warning, &terminal(80)).starts_with("Nothing found.\n"));
}
