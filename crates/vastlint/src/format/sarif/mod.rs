//! SARIF 2.1.0, as GitHub code scanning, editors and other viewers take it.
//!
//! `docs/decisions/formats.md` says which of the many properties are written, and why.

mod limits;
mod results;
mod rules;

use std::io::{self, Write};

use serde::Serialize;
use serde_json::value::RawValue;
use vastlint_diagnostic::Diagnostic;
use vastlint_engine::Report;
use vastlint_rules::DOCUMENTATION;

use super::Settings;
use super::json::write_element;
use super::sentences::sentence;
use limits::Cut;
use results::Place;
use rules::{Descriptor, Rules};

/// The base that all paths are relative to.
const BASE: &str = "%SRCROOT%";
/// What a viewer that does not know this kind of notification shows.
const UNREADABLE: &str = "unreadable-file";

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool,
    automation_details: AutomationDetails,
    invocations: [Invocation<'a>; 1],
    original_uri_base_ids: Bases,
    column_kind: &'static str,
    results: Vec<Box<RawValue>>,
    properties: RunProperties<'a>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    version: &'static str,
    semantic_version: &'static str,
    information_uri: &'static str,
    rules: Vec<Descriptor>,
    notifications: [Notice; 2],
}

/// What a notification is about.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Notice {
    id: &'static str,
    name: &'static str,
    short_description: Text,
    full_description: Text,
    help: Text,
}

#[derive(Serialize)]
struct AutomationDetails {
    /// A category of its own, and no number of a run.
    id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation<'a> {
    execution_successful: bool,
    exit_code: u8,
    exit_code_description: &'static str,
    tool_execution_notifications: Vec<Notification<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Notification<'a> {
    descriptor: Reference,
    #[serde(skip_serializing_if = "Option::is_none")]
    associated_rule: Option<Reference>,
    level: &'static str,
    message: Text,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Place<'a>>,
}

#[derive(Serialize)]
struct Reference {
    id: &'static str,
    index: usize,
}

#[derive(Serialize)]
struct Bases {
    #[serde(rename = "%SRCROOT%")]
    root: Base,
}

/// Without a place on this machine: whoever reads the file knows where the repository is, and two runs agree.
#[derive(Serialize)]
struct Base {
    description: Text,
}

#[derive(Serialize)]
struct RunProperties<'a> {
    edition: &'a str,
}

/// A text as most properties hold it.
#[derive(Serialize)]
struct Text {
    text: String,
}

impl Text {
    fn new(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }
}

/// Writes all findings that fit, the gravest of them, and those that are suppressed or in the baseline as such.
/// Returns what is to be said if GitHub will not show all of them.
pub fn write(out: &mut dyn Write, report: &Report, settings: Settings) -> io::Result<Option<String>> {
    let fingerprints = report.all_fingerprints();
    let findings = results::collect(report, &fingerprints, settings.omit_suppressed);
    let rules = Rules::new(report.edition, findings.iter().map(|finding| finding.diagnostic.rule));
    let (results, cut) = limits::within(findings, |finding| results::result(report, finding, &rules))?;
    let fails = report.fails();
    let notice = cut.map(Cut::notice);
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            automation_details: AutomationDetails { id: "vastlint/" },
            invocations: [Invocation {
                execution_successful: true,
                exit_code: u8::from(fails),
                exit_code_description: if fails {
                    "Something was found."
                } else {
                    "Nothing was found that fails."
                },
                tool_execution_notifications: notifications(report, &rules, notice.as_deref()),
            }],
            original_uri_base_ids: Bases {
                root: Base { description: Text::new("The root of the repository.") },
            },
            column_kind: "utf16CodeUnits",
            results,
            properties: RunProperties { edition: report.edition.name() },
            tool: Tool { driver: driver(rules) },
        }],
    };
    write_element(out, &log)?;
    writeln!(out)?;
    Ok(notice)
}

fn driver(rules: Rules) -> Driver {
    Driver {
        name: "vastlint",
        version: env!("CARGO_PKG_VERSION"),
        semantic_version: env!("CARGO_PKG_VERSION"),
        information_uri: DOCUMENTATION,
        rules: rules.descriptors,
        notifications: [
            Notice {
                id: UNREADABLE,
                name: "UnreadableFile",
                short_description: Text::new("A file was not checked."),
                full_description: Text::new("A file that vastlint should check could not be read as text."),
                help: Text::new("Make it a readable UTF-8 text, or name it in `.vastlintignore`."),
            },
            Notice {
                id: "incomplete-report",
                name: "IncompleteReport",
                short_description: Text::new("Not all findings are shown."),
                full_description: Text::new(
                    "There are more findings than GitHub code scanning takes or keeps.",
                ),
                help: Text::new("Mend the gravest, or report on fewer paths or rules."),
            },
        ],
    }
}

/// What kept vastlint from seeing or saying all.
fn notifications<'a>(report: &'a Report, rules: &Rules, notice: Option<&str>) -> Vec<Notification<'a>> {
    let is_unreadable = |diagnostic: &&Diagnostic| diagnostic.rule.name == UNREADABLE;
    let unread = report.diagnostics.iter().chain(&report.baselined).filter(is_unreadable);
    let mut notifications: Vec<Notification<'a>> = unread
        .map(|diagnostic| Notification {
            descriptor: Reference { id: UNREADABLE, index: 0 },
            associated_rule: rules
                .index(diagnostic.rule)
                .map(|index| Reference { id: diagnostic.rule.code, index }),
            level: "warning",
            message: Text::new(sentence(&diagnostic.message)),
            locations: vec![results::location(report, diagnostic.primary.file, None)],
        })
        .take(limits::NOTIFICATIONS)
        .collect();
    notifications.extend(notice.map(|notice| Notification {
        descriptor: Reference { id: "incomplete-report", index: 1 },
        associated_rule: None,
        level: "warning",
        message: Text::new(sentence(notice)),
        locations: Vec::new(),
    }));
    notifications
}
