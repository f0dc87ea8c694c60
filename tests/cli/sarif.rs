//! SARIF, property by property. `tests/integrations/sarif.sh` hands it to validators.

use std::collections::HashSet;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use vastlint::format::{Format, Settings};
use vastlint_diagnostic::Severity;
use vastlint_engine::{Report, Suppressed};
use vastlint_text::{FileId, Span};

use crate::machine_formats::{SETTINGS, sample, written};
use crate::reports::{diagnostic, label, report, span};
use crate::repository::Repository;

fn run(report: &Report, settings: Settings) -> Value {
    let (text, notice) = written(Format::Sarif, report, settings);
    assert_eq!(notice, None);
    serde_json::from_str::<Value>(&text).unwrap()["runs"][0].take()
}

#[test]
fn a_result_tells_all() {
    let report = sample();
    let run = run(&report, SETTINGS);
    let file = |path: &str| json!({"uri": path, "uriBaseId": "%SRCROOT%"});
    let region = |line: u32, start: u32, end: u32, offset: u32, length: u32| {
        json!({
            "startLine": line, "startColumn": start, "endLine": line, "endColumn": end,
            "byteOffset": offset, "byteLength": length,
        })
    };
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let index = rules.iter().position(|rule| rule["id"] == "VL999").unwrap();
    let text = "It is wrong. Because. Write é2 and z. See [there](1)";
    assert_eq!(
        run["results"][0],
        json!({
            "ruleId": "VL999",
            "ruleIndex": index,
            "level": "error",
            "message": {"text": format!("{text}."), "id": "finding", "arguments": [text]},
            "locations": [{"physicalLocation": {
                "artifactLocation": file("a%20b/Dockerfile"), "region": region(1, 8, 9, 9, 2),
            }}],
            "relatedLocations": [{
                "id": 1,
                "message": {"text": "There."},
                "physicalLocation": {"artifactLocation": file("b.sh"), "region": region(1, 8, 12, 7, 4)},
            }],
            "partialFingerprints": {"vastlint/v1": report.fingerprints()[0]},
            "fixes": [{
                "description": {"text": "Write `é2` and `z`."},
                "properties": {"applicability": "safe"},
                "artifactChanges": [{
                    "artifactLocation": file("a%20b/Dockerfile"),
                    "replacements": [
                        {"deletedRegion": region(1, 8, 9, 9, 2), "insertedContent": {"text": "é2"}},
                        {"deletedRegion": region(3, 5, 6, 24, 1), "insertedContent": {"text": "z"}},
                    ],
                }],
            }],
        })
    );
    assert_eq!(run["results"][1]["level"], "note");
    assert_eq!(run["results"][2]["locations"][0]["physicalLocation"]["region"]["startLine"], 1);
    assert_eq!(rules[index]["messageStrings"]["finding"]["text"], "{0}.");
    assert_eq!(run["columnKind"], "utf16CodeUnits");
    assert_eq!(run["automationDetails"]["id"], "vastlint/");
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    assert_eq!(run["invocations"][0]["exitCode"], 1);
    assert_eq!(run["properties"]["edition"], "2026-02");
}

#[test]
fn a_byte_order_mark_is_no_column() {
    let mut report = report(&[("a", "\u{feff}FROM x\n\u{feff}y\n")]);
    report.diagnostics =
        vec![diagnostic(label(&report, 0, "FROM", "")), diagnostic(label(&report, 0, "y", ""))];
    let run = run(&report, SETTINGS);
    let region = |index: usize| &run["results"][index]["locations"][0]["physicalLocation"]["region"];
    assert_eq!((region(0)["startColumn"].as_u64(), region(0)["byteOffset"].as_u64()), (Some(1), Some(3)));
    assert_eq!(region(1)["startColumn"], 2, "in the middle of a text it is a character");
}

#[test]
fn what_is_held_back_is_suppressed_or_left_out() {
    let mut report = sample();
    let [first, second, third] = report.diagnostics.clone().try_into().unwrap();
    report.diagnostics = vec![third];
    report.baselined = vec![second];
    report.suppressed =
        vec![Suppressed { diagnostic: first, reason: "it has to".into(), place: Span::new(0, 4) }];
    let held = run(&report, SETTINGS);
    let suppressions: Vec<&Value> =
        held["results"].as_array().unwrap().iter().map(|result| &result["suppressions"]).collect();
    assert_eq!(suppressions[0][0]["kind"], "inSource");
    assert_eq!(suppressions[0][0]["justification"], "it has to");
    assert_eq!(suppressions[0][0]["location"]["physicalLocation"]["region"]["byteLength"], 4);
    assert_eq!(suppressions[1], &json!([{"kind": "external", "justification": "The baseline holds it."}]));
    assert_eq!(suppressions[2], &Value::Null);
    let fingerprints: HashSet<&str> = held["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["partialFingerprints"]["vastlint/v1"].as_str().unwrap())
        .collect();
    assert_eq!(fingerprints.len(), 3);
    let left = run(&report, Settings { omit_suppressed: true, ..SETTINGS });
    assert_eq!(left["results"].as_array().unwrap().len(), 1);
}

#[test]
fn a_fix_that_sarif_cannot_tell_whole_is_not_told() {
    let mut report = sample();
    report.diagnostics[0].fix.as_mut().unwrap().executable.push(FileId(1));
    assert_eq!(run(&report, SETTINGS)["results"][0].get("fixes"), None);
}

#[test]
fn rules_that_may_occur_are_described() {
    let run = Repository::faulty().run(&["--format=sarif"]);
    let log: Value = serde_json::from_str(&run.out).unwrap();
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    assert!(rules.len() > 100);
    for rule in rules {
        let known = vastlint_rules::find(rule["id"].as_str().unwrap()).unwrap();
        assert_eq!(rule["helpUri"], format!("https://vastlint.github.io/vastlint/rules/{}/", known.id.name));
        let level = &rule["defaultConfiguration"]["level"];
        assert!(["error", "warning", "note"].contains(&level.as_str().unwrap()), "{rule}");
    }
    let pip = rules.iter().find(|rule| rule["id"] == "VL401").unwrap();
    assert_eq!(pip["name"], "BarePip");
    assert_eq!(pip["defaultConfiguration"], json!({"level": "warning"}));
    assert_eq!(pip["properties"]["problem.severity"], "warning");
    assert_eq!(pip["properties"]["precision"], "high");
    for result in log["runs"][0]["results"].as_array().unwrap() {
        let index = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
    }
}

#[test]
fn rules_about_security_are_graded() {
    let run = Repository::new().run(&["--format=sarif", "--edition=2026-08"]);
    let log: Value = serde_json::from_str(&run.out).unwrap();
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    let graded: Vec<(&str, &str)> = rules
        .iter()
        .filter_map(|rule| Some((rule["name"].as_str()?, rule["properties"]["security-severity"].as_str()?)))
        .collect();
    assert_eq!(
        graded,
        [
            ("UnprotectedProductionPush", "6.5"),
            ("UnrestrictedBuildToken", "5.5"),
            ("PublicApplication", "8.0"),
            ("CredentialInRecord", "8.5"),
            ("InternalTicket", "2.5"),
        ]
    );
    for rule in rules.iter().filter(|rule| rule["properties"].get("security-severity").is_some()) {
        assert_eq!(rule["properties"]["tags"][0], "security", "GitHub asks for the tag as well");
    }
}

#[test]
fn files_that_cannot_be_read_are_notified() {
    let repository = Repository::new().file("external/a/Dockerfile", b"FROM x\n# caf\xe9\n");
    let log: Value = serde_json::from_str(&repository.run(&["--format=sarif"]).out).unwrap();
    let run = &log["runs"][0];
    let notifications = run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
    assert_eq!(notifications.len(), 1, "{notifications:?}");
    let notification = &notifications[0];
    assert_eq!(run["tool"]["driver"]["notifications"][0]["id"], notification["descriptor"]["id"]);
    let index = notification["associatedRule"]["index"].as_u64().unwrap() as usize;
    assert_eq!(run["tool"]["driver"]["rules"][index]["id"], "VL002");
    let uri = &notification["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(uri, "external/a/Dockerfile");
}

#[test]
fn many_findings_are_cut_to_what_github_takes_the_gravest_first() {
    let mut report = report(&[("a", "x\n")]);
    let finding = |severity| {
        let mut finding = diagnostic(span(0, 0, 1, ""));
        finding.severity = severity;
        finding
    };
    report.diagnostics = vec![finding(Severity::Info); 5_000];
    report.diagnostics.extend(vec![finding(Severity::Error); 10]);
    let (text, notice) = written(Format::Sarif, &report, SETTINGS);
    let notice = notice.unwrap();
    assert_eq!(notice, "SARIF: 5010 findings are written; GitHub keeps 5000 of them, the gravest come first");
    let log: Value = serde_json::from_str(&text).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 5_010);
    assert!(results[..10].iter().all(|result| result["level"] == "error"));
    let notified = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"][0];
    assert_eq!(notified["message"]["text"], format!("{notice}."));

    report.diagnostics.extend(vec![finding(Severity::Info); 25_000]);
    let (text, notice) = written(Format::Sarif, &report, SETTINGS);
    assert!(notice.unwrap().starts_with("SARIF: the 25000 gravest of 30010 findings are written"));
    assert_eq!(text.matches("\"ruleIndex\"").count(), 25_000);
}

#[test]
fn large_messages_are_cut_to_the_size_that_github_takes() {
    let mut report = report(&[("a", "x\n")]);
    // Digits in an order that no compression foresees.
    let mut state = 1_u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("{:08x}", state >> 32)
    };
    for _ in 0..800 {
        let mut finding = diagnostic(span(0, 0, 1, ""));
        finding.message = (0..2_500).map(|_| noise()).collect();
        report.diagnostics.push(finding);
    }
    let (text, notice) = written(Format::Sarif, &report, SETTINGS);
    let notice = notice.unwrap();
    assert!(notice.contains("gravest of 800 findings are written, GitHub takes no more"), "{notice}");
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    let size = encoder.finish().unwrap().len();
    assert!((8_500_000..10_000_000).contains(&size), "{size}");
}
