//! Whatever names of files and messages hold, each format says the same things to a reader of its own.

use std::collections::HashSet;

use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use roxmltree::{Document, Node};
use serde_json::Value;
use vastlint::escape::{is_unprintable, printable};
use vastlint::format::{Format, Settings, write};
use vastlint::terminal::Terminal;
use vastlint_diagnostic::{Applicability, Edit, Fix, Severity};
use vastlint_engine::{Report, Suppressed};
use vastlint_text::{FileId, Span};

use crate::readers::{markdown, workflow_commands};
use crate::reports::{diagnostic, report, span};

/// What means something to one of the formats, to terminals or to people.
const HOSTILE: [&str; 51] = [
    ",",
    ",line=9",
    "=;",
    "::",
    "::error::",
    "%",
    "%0A",
    "%25",
    "\n",
    "\r",
    "\r\n",
    "\t",
    "\0",
    "\x1b[31m",
    "\x7f",
    "\u{9b}",
    "\u{85}",
    "\u{202e}",
    "\u{2066}",
    "\u{200b}",
    "\u{2028}",
    "\u{feff}",
    "\u{fffd}",
    "\u{fffe}",
    "\u{ffff}",
    "\u{10ffff}",
    "\"",
    "'",
    "`",
    "``",
    "|",
    "\\",
    "\\|",
    "<",
    ">",
    "&",
    "&lt;",
    "]]>",
    "-->",
    "<!--",
    "</details>",
    "<script>",
    "[x](1)",
    "](",
    "![",
    "{0}",
    "@a",
    "#1",
    "https://a.b",
    "\n## x\n",
    "**",
];

fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        3 => prop::sample::select(HOSTILE.as_slice()).prop_map(str::to_owned),
        2 => "[a-z ]{1,6}",
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(part, 1..12).prop_map(|parts| parts.concat())
}

/// Names have no zero byte and no slash at the ends.
fn path() -> impl Strategy<Value = String> {
    text().prop_map(|text| format!("a/{}", text.replace(['\0', '/'], "_")))
}

/// A report of three findings: an error with a related place and a fix, a suppressed warning, a known info.
fn hostile(path: &str, words: &str) -> Report {
    let mut report = report(&[(path, words), ("b", "x\n")]);
    let end = words.len();
    let mut first = diagnostic(span(0, 0, end, words));
    words.clone_into(&mut first.message);
    words.clone_into(&mut first.why);
    words.clone_into(&mut first.help);
    first.related = vec![span(1, 0, 1, words), span(0, 0, 0, "")];
    first.fix = Some(Fix {
        message: words.to_owned(),
        applicability: Applicability::Unsafe,
        edits: vec![Edit { file: FileId(0), span: Span::new(0, end as u32), text: words.to_owned() }],
        executable: Vec::new(),
    });
    let mut second = first.clone();
    second.severity = Severity::Warning;
    second.fix = None;
    let mut third = second.clone();
    third.severity = Severity::Info;
    report.diagnostics = vec![first, third.clone()];
    report.baselined = vec![third];
    report.suppressed =
        vec![Suppressed { diagnostic: second, reason: words.to_owned(), place: Span::new(0, end as u32) }];
    report
}

fn written(format: Format, report: &Report) -> String {
    let settings = Settings { show: Severity::Info, omit_suppressed: false };
    let terminal = Terminal { color: false, unicode: true, width: 100 };
    let mut out = Vec::new();
    assert_eq!(write(format, &mut out, report, settings, &terminal).unwrap(), None);
    String::from_utf8(out).unwrap()
}

fn json(format: Format, report: &Report) -> Value {
    let text = written(format, report);
    assert!(!text.contains(|c| c != '\n' && is_unprintable(c)), "{text:?}");
    serde_json::from_str(&text).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn json_and_its_relatives(path in path(), words in text()) {
        let report = hostile(&path, &words);
        let findings = json(Format::Json, &report);
        prop_assert_eq!(findings.as_array().unwrap().len(), 2);
        for finding in findings.as_array().unwrap() {
            prop_assert_eq!(&finding["path"], &path);
            prop_assert_eq!(&finding["message"], &words);
        }
        prop_assert_eq!(&findings[0]["fix"]["edits"][0]["text"], &words);

        let lines = written(Format::Jsonl, &report);
        prop_assert_eq!(lines.lines().count(), 2);
        for (line, finding) in lines.lines().zip(findings.as_array().unwrap()) {
            prop_assert_eq!(&serde_json::from_str::<Value>(line).unwrap(), finding);
        }

        let issues = json(Format::Gitlab, &report);
        let fingerprints: HashSet<&str> =
            issues.as_array().unwrap().iter().map(|issue| issue["fingerprint"].as_str().unwrap()).collect();
        prop_assert_eq!(fingerprints.len(), 2);
        prop_assert_eq!(&issues[0]["location"]["path"], &path);

        let remarks = json(Format::Rdjson, &report);
        let remark = &remarks["diagnostics"][0];
        prop_assert_eq!(&remark["location"]["path"], &path);
        prop_assert_eq!(&remark["suggestions"][0]["text"], &words);
        prop_assert_eq!(remarks["diagnostics"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn xml(path in path(), words in text()) {
        let report = hostile(&path, &words);
        let text = written(Format::Checkstyle, &report);
        let document = Document::parse(&text).unwrap();
        let files: Vec<_> = document.descendants().filter(|node| node.has_tag_name("file")).collect();
        prop_assert_eq!(files.len(), 1);
        prop_assert_eq!(files[0].attribute("name").unwrap(), &*printable(&path));
        let errors: Vec<_> = files[0].children().filter(Node::is_element).collect();
        prop_assert_eq!(errors.len(), 2);
        for error in errors {
            prop_assert!(error.has_tag_name("error"));
            prop_assert_eq!(error.attributes().len(), 5);
            prop_assert_eq!(error.attribute("source"), Some("vastlint.VL999.test-rule"));
        }

        let text = written(Format::Junit, &report);
        let document = Document::parse(&text).unwrap();
        let elements: Vec<&str> = document
            .descendants()
            .filter(Node::is_element)
            .map(|node| node.tag_name().name())
            .collect();
        prop_assert_eq!(elements, ["testsuites", "testsuite", "testcase", "failure", "testcase", "skipped"]);
        let failure = document.descendants().find(|node| node.has_tag_name("failure")).unwrap();
        prop_assert_eq!(failure.attribute("message").unwrap(), &*printable(&words));
        prop_assert_eq!(failure.parent().unwrap().attribute("file").unwrap(), &*printable(&path));
    }

    #[test]
    fn annotations(path in path(), words in text()) {
        let commands = workflow_commands(&written(Format::Github, &hostile(&path, &words)));
        let names: Vec<&str> = commands.iter().map(|command| command.name.as_str()).collect();
        prop_assert_eq!(names, ["error", "notice"]);
        for command in &commands {
            prop_assert_eq!(command.property("file"), &*printable(&path));
            prop_assert_eq!(command.property("title"), "VL999 test-rule");
            prop_assert_eq!(command.data.lines().next().unwrap_or_default(), &*printable(&words));
        }
    }

    #[test]
    fn a_job_summary(path in path(), words in text()) {
        let page = markdown(&written(Format::Markdown, &hostile(&path, &words)));
        prop_assert_eq!(&page.headings, &["vastlint found 1 error and 1 info"]);
        prop_assert_eq!(&page.others, &Vec::<String>::new());
        for html in &page.html {
            let known = ["<code>", "</code>", "<br>", "</details>"].contains(&html.as_str());
            prop_assert!(known || html.starts_with("<details><summary>1 "), "{}", html);
        }
        prop_assert!(page.links.iter().all(|link| link.ends_with("/rules/test-rule/")), "{:?}", page.links);
        prop_assert_eq!(page.links.len(), 3);
        let shape: Vec<(usize, usize)> =
            page.tables.iter().map(|table| (table.len(), table.iter().map(Vec::len).max().unwrap())).collect();
        prop_assert_eq!(shape, [(2, 4), (2, 4), (2, 3), (2, 3)]);
        let place = &page.tables[2][1][0];
        prop_assert_eq!(place, &format!("{}:1", printable(&path)));
        let message = &page.tables[2][1][2];
        prop_assert!(!message.chars().any(|c| c != '\n' && is_unprintable(c)), "{}", message);
    }

    #[test]
    fn lines_for_people(path in path(), words in text()) {
        let text = written(Format::Grouped, &hostile(&path, &words));
        prop_assert_eq!(text.lines().count(), 4);
        prop_assert_eq!(text.lines().next().unwrap(), &*printable(&path));
        prop_assert!(!text.chars().any(|c| c != '\n' && is_unprintable(c)), "{}", text);
    }
}

proptest! {
    // Each log describes all rules.
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sarif(path in path(), words in text()) {
        let report = hostile(&path, &words);
        let log = json(Format::Sarif, &report);
        let results = log["runs"][0]["results"].as_array().unwrap();
        prop_assert_eq!(results.len(), 4);
        for result in results {
            let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
            prop_assert!(uri.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/%".contains(&byte)), "{}", uri);
            prop_assert_eq!(percent_decode_str(uri).decode_utf8().unwrap(), path.as_str());
            let message = result["message"]["text"].as_str().unwrap();
            prop_assert!(message.ends_with('.'), "{}", message);
            prop_assert!(!message.chars().any(|c| c != '\n' && is_unprintable(c)), "{}", message);
            // The links are the two that lead to the related places.
            prop_assert_eq!(links(message), ["1", "2"], "{}", message);
            let argument = result["message"]["arguments"][0].as_str().unwrap();
            prop_assert_eq!(format!("{argument}."), message);
        }
        let suppressed: Vec<&str> =
            results.iter().filter_map(|result| result["suppressions"][0]["kind"].as_str()).collect();
        prop_assert_eq!(suppressed.len(), 2);
        let fixes: Vec<&Value> = results.iter().filter_map(|result| result["fixes"].get(0)).collect();
        prop_assert_eq!(fixes.len(), 1);
        let text = &fixes[0]["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"];
        prop_assert_eq!(text, &words);
    }
}

/// The targets of the links of a SARIF message: `[text](target)`, where `\` makes a bracket one.
fn links(message: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = false;
    let mut rest = message.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\\' if matches!(rest.peek(), Some('[' | ']' | '\\')) => drop(rest.next()),
            '[' => open = true,
            ']' if open => {
                open = false;
                if rest.peek() == Some(&'(') {
                    found.push(rest.by_ref().skip(1).take_while(|c| *c != ')').collect());
                }
            }
            _ => {}
        }
    }
    found
}
