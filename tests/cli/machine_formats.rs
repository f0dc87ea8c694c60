//! What each format for programs holds, on a report made by hand.

use serde_json::{Value, json};
use vastlint::format::{Format, Settings, write};
use vastlint::terminal::Terminal;
use vastlint_diagnostic::{Applicability, Edit, Fix, Severity};
use vastlint_engine::{Report, Suppressed};
use vastlint_text::{FileId, Span};

use crate::readers::markdown;
use crate::reports::{diagnostic, expect, label, report, span};

pub(crate) const SETTINGS: Settings = Settings { show: Severity::Info, omit_suppressed: false };

/// An error with a fix and a related place, and an info, in one file; a warning about another file as such.
pub(crate) fn sample() -> Report {
    let mut report =
        report(&[("a b/Dockerfile", "FROM 👍é\r\nRUN x\r\nRUN y\r\n"), ("b.sh", "#!/bin/bash\n")]);
    let mut first = diagnostic(label(&report, 0, "é", "seen"));
    first.why = "because".into();
    first.help = "write é2 and z".into();
    first.related.push(label(&report, 1, "bash", "there"));
    first.fix = Some(fix(&report));
    let mut second = diagnostic(label(&report, 0, "RUN x\r\n", ""));
    second.severity = Severity::Info;
    second.message = "it, too, is: 100% odd".into();
    let mut third = diagnostic(span(1, 0, 0, ""));
    third.severity = Severity::Warning;
    report.diagnostics = vec![first, second, third];
    report
}

fn fix(report: &Report) -> Fix {
    let text = &report.files[0].text;
    let at = |needle: &str, words: &str| {
        let start = text.find(needle).unwrap();
        let span = Span::from_range(start..start + needle.len());
        Edit { file: FileId(0), span, text: words.to_owned() }
    };
    Fix {
        message: "write `é2` and `z`".to_owned(),
        applicability: Applicability::Safe,
        edits: vec![at("é", "é2"), at("y", "z")],
        executable: Vec::new(),
    }
}

pub(crate) fn written(format: Format, report: &Report, settings: Settings) -> (String, Option<String>) {
    let mut out = Vec::new();
    let terminal = Terminal { color: false, unicode: true, width: 80 };
    let notice = write(format, &mut out, report, settings, &terminal).unwrap();
    (String::from_utf8(out).unwrap(), notice)
}

fn text(format: Format, report: &Report) -> String {
    written(format, report, SETTINGS).0
}

fn value(format: Format, report: &Report) -> Value {
    serde_json::from_str(&text(format, report)).unwrap()
}

#[test]
fn grouped() {
    expect(
        &text(Format::Grouped, &sample()),
        r"
a b/Dockerfile
  1:7  error    it is wrong [VL999 test-rule]
  2:1  info     it, too, is: 100% odd [VL999 test-rule]

b.sh
  1:1  warning  it is wrong [VL999 test-rule]

",
    );
}

#[test]
fn json_tells_the_fix() {
    let mut report = sample();
    report.diagnostics[0].fix.as_mut().unwrap().executable.push(FileId(1));
    assert_eq!(
        value(Format::Json, &report)[0]["fix"],
        json!({
            "applicability": "safe",
            "message": "write `é2` and `z`",
            "edits": [
                {
                    "path": "a b/Dockerfile", "line": 1, "column": 7, "end_line": 1, "end_column": 8,
                    "start": 9, "end": 11, "text": "é2",
                },
                {
                    "path": "a b/Dockerfile", "line": 3, "column": 5, "end_line": 3, "end_column": 6,
                    "start": 24, "end": 25, "text": "z",
                },
            ],
            "executable": ["b.sh"],
        })
    );
    let lines = text(Format::Jsonl, &report);
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(first, value(Format::Json, &report)[0]);
}

#[test]
fn github() {
    expect(
        &text(Format::Github, &sample()),
        "
::error file=a b/Dockerfile,line=1,endLine=1,col=7,endColumn=7,title=VL999 test-rule::it is wrong%0Awhy: because%0Ahelp: write é2 and z
::warning file=b.sh,line=1,endLine=1,col=1,endColumn=1,title=VL999 test-rule::it is wrong
::notice file=a b/Dockerfile,line=2,endLine=2,title=VL999 test-rule::it, too, is: 100%25 odd
",
    );
}

#[test]
fn github_shows_ten_of_a_kind_and_the_rest_is_summed_up() {
    let mut report = sample();
    let [error, info, warning] = report.diagnostics.clone().try_into().unwrap();
    report.diagnostics = [vec![info.clone(); 12], vec![error.clone(); 10], vec![warning.clone(); 11]]
        .into_iter()
        .flatten()
        .collect();
    let log = text(Format::Github, &report);
    let count = |start: &str| log.lines().filter(|line| line.starts_with(start)).count();
    assert_eq!((count("::error"), count("::warning"), count("::notice")), (10, 10, 10));
    assert!(log.starts_with("::error"), "the gravest come first");
    let last = log.lines().last().unwrap();
    assert!(last.starts_with("::notice title=vastlint::1 warning and 3 infos more are not shown"), "{last}");
    report.diagnostics = vec![info; 10];
    assert_eq!(text(Format::Github, &report).lines().count(), 10);
}

#[test]
fn gitlab() {
    let report = sample();
    let issues = value(Format::Gitlab, &report);
    assert_eq!(
        issues[0],
        json!({
            "description": "It is wrong. Because. Write é2 and z.",
            "check_name": "VL999 test-rule",
            "fingerprint": report.fingerprints()[0],
            "severity": "critical",
            "location": {"path": "a b/Dockerfile", "lines": {"begin": 1, "end": 1}},
        })
    );
    let severities: Vec<_> =
        issues.as_array().unwrap().iter().map(|issue| issue["severity"].clone()).collect();
    assert_eq!(severities, ["critical", "info", "minor"]);
}

#[test]
fn checkstyle() {
    expect(
        &text(Format::Checkstyle, &sample()),
        r#"
<?xml version="1.0" encoding="UTF-8"?>
<checkstyle version="4.3">
  <file name="a b/Dockerfile">
    <error line="1" column="7" severity="error" message="It is wrong. Because. Write é2 and z." source="vastlint.VL999.test-rule"/>
    <error line="2" column="1" severity="info" message="It, too, is: 100% odd." source="vastlint.VL999.test-rule"/>
  </file>
  <file name="b.sh">
    <error line="1" column="1" severity="warning" message="It is wrong." source="vastlint.VL999.test-rule"/>
  </file>
</checkstyle>
"#,
    );
    expect(
        &text(Format::Checkstyle, &report(&[])),
        r#"
<?xml version="1.0" encoding="UTF-8"?>
<checkstyle version="4.3"/>
"#,
    );
}

#[test]
fn junit() {
    expect(
        &text(Format::Junit, &sample()),
        r#"
<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="vastlint" tests="3" failures="2" errors="0" skipped="1" time="0.012">
  <testsuite name="a b/Dockerfile" tests="2" failures="1" errors="0" skipped="1" time="0">
    <testcase name="VL999 test-rule (1:7)" classname="a b/Dockerfile" file="a b/Dockerfile" line="1" time="0">
      <failure message="it is wrong" type="error">a b/Dockerfile:1:7: error: it is wrong
why: because
help: write é2 and z</failure>
    </testcase>
    <testcase name="VL999 test-rule (2:1)" classname="a b/Dockerfile" file="a b/Dockerfile" line="2" time="0">
      <skipped message="it, too, is: 100% odd"/>
    </testcase>
  </testsuite>
  <testsuite name="b.sh" tests="1" failures="1" errors="0" skipped="0" time="0">
    <testcase name="VL999 test-rule (1:1)" classname="b.sh" file="b.sh" line="1" time="0">
      <failure message="it is wrong" type="warning">b.sh:1:1: warning: it is wrong</failure>
    </testcase>
  </testsuite>
</testsuites>
"#,
    );
    let mut report = sample();
    report.fail_severity = Severity::Error;
    let grave = text(Format::Junit, &report);
    assert!(grave.contains(r#"tests="3" failures="1" errors="0" skipped="2""#), "{grave}");
    let clean = text(Format::Junit, &crate::reports::report(&[]));
    assert!(clean.contains(r#"<testsuites name="vastlint" tests="1" failures="0""#), "{clean}");
    assert!(clean.contains(r#"<testcase name="nothing found" classname="vastlint" time="0"/>"#), "{clean}");
}

#[test]
fn rdjson_has_suggestions_in_bytes() {
    let mut report = sample();
    let result = value(Format::Rdjson, &report);
    assert_eq!(result["source"]["name"], "vastlint");
    assert_eq!(
        result["diagnostics"][0],
        json!({
            "message": "it is wrong\nwhy: because\nhelp: write é2 and z\nsuggestion: Write `é2` and `z`.",
            "location": {
                "path": "a b/Dockerfile",
                "range": {"start": {"line": 1, "column": 10}, "end": {"line": 1, "column": 12}},
            },
            "severity": "ERROR",
            "code": {
                "value": "VL999 test-rule",
                "url": "https://vastlint.github.io/vastlint/rules/test-rule/",
            },
            // One replacement from the first edit to the last: nobody can accept half of it.
            "suggestions": [{
                "range": {"start": {"line": 1, "column": 10}, "end": {"line": 3, "column": 6}},
                "text": "é2\r\nRUN x\r\nRUN z",
            }],
        })
    );
    let fix = report.diagnostics[0].fix.as_mut().unwrap();
    fix.applicability = Applicability::Unsafe;
    let doubtful = value(Format::Rdjson, &report)["diagnostics"][0]["message"].clone();
    assert!(doubtful.as_str().unwrap().ends_with("Look closely: this may change what the file does."));
    for spoil in [
        |fix: &mut Fix| fix.executable.push(FileId(0)),
        |fix: &mut Fix| fix.edits[1].file = FileId(1),
        |fix: &mut Fix| fix.edits.clear(),
    ] {
        let mut report = sample();
        spoil(report.diagnostics[0].fix.as_mut().unwrap());
        assert_eq!(value(Format::Rdjson, &report)["diagnostics"][0].get("suggestions"), None);
    }
    assert_eq!(value(Format::Rdjson, &crate::reports::report(&[]))["diagnostics"], json!([]));
}

#[test]
fn markdown_counts_by_rule_and_image_and_lists_all() {
    let mut report = sample();
    report.diagnostics[0].help = "write:\n  a | b".into();
    report.summary.outside = 3;
    report.baselined = vec![report.diagnostics[1].clone()];
    let page = markdown(&text(Format::Markdown, &report));
    assert_eq!(page.headings, ["vastlint found 1 error, 1 warning and 1 info"]);
    let [rules, images, errors, warnings, infos] = &page.tables[..] else { panic!("{page:?}") };
    assert_eq!(rules[0], ["Rule", "Errors", "Warnings", "Infos"]);
    assert_eq!(rules[1], ["VL999", "1", "1", "1"]);
    assert_eq!(images[1], ["elsewhere", "1", "1", "1"]);
    assert_eq!(
        errors[1],
        ["a b/Dockerfile:1", "VL999", "It is wrong. Write:\n\u{a0}\u{a0}a | b\nBecause."],
        "the lines of what is to be written stay"
    );
    assert_eq!(warnings[1], ["b.sh:1", "VL999", "It is wrong."]);
    assert_eq!(infos[1], ["a b/Dockerfile:2", "VL999", "It, too, is: 100% odd."]);
    let text = text(Format::Markdown, &report);
    assert!(
        text.contains("edition 2026-02. 1 in the baseline. 3 in files that were not asked about.\n"),
        "{text}"
    );
    let clean = self::text(Format::Markdown, &crate::reports::report(&[]));
    assert!(clean.starts_with("## vastlint found nothing\n\nRead 0 files"), "{clean}");
}

#[test]
fn markdown_stays_within_a_job_summary() {
    let mut report = sample();
    let long = "`long` | ".repeat(300);
    report.diagnostics[0].message.clone_from(&long);
    report.diagnostics = (0..4_000).map(|index| report.diagnostics[index % 2].clone()).collect();
    let text = text(Format::Markdown, &report);
    assert!((900_000..1 << 20).contains(&text.len()), "{}", text.len());
    let page = markdown(&text);
    let rows = page.tables[2].len() - 1;
    assert!(rows < 2_000, "{rows}");
    assert!(text.contains(&format!("{} more of these are not listed", 2_000 - rows)), "{rows}");
    assert!(text.contains("<summary>2000 infos</summary>"));
    assert_eq!(page.others, Vec::<String>::new());
}

#[test]
fn suppressed_findings_are_in_no_format_but_sarif() {
    let mut report = sample();
    let first = report.diagnostics.remove(0);
    report.suppressed = vec![Suppressed { diagnostic: first, reason: "so".into(), place: Span::new(0, 4) }];
    for format in
        [Format::Json, Format::Jsonl, Format::Gitlab, Format::Junit, Format::Checkstyle, Format::Rdjson]
    {
        let text = text(format, &report);
        assert!(!text.contains("because") && !text.contains("Because"), "{format:?}: {text}");
    }
}
