//! Findings as SARIF's results.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use vastlint_diagnostic::{Diagnostic, Fix};
use vastlint_engine::{AllFingerprints, Report, SourceFile};
use vastlint_text::{FileId, Span};

use super::limits::RELATED;
use super::rules::{MESSAGE, Rules, level};
use super::{BASE, Text};
use crate::escape::printable;
use crate::format::sentences::{paragraph, sentence};

/// What has no meaning of its own in a path of a URI.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// GitHub shows related places that the message links to; more links would hide what it says.
const LINKS: usize = 5;

/// A finding to write.
#[derive(Clone, Copy)]
pub(super) struct Finding<'a> {
    pub(super) diagnostic: &'a Diagnostic,
    pub(super) suppression: Option<Held<'a>>,
    fingerprint: &'a str,
}

/// What holds a finding back.
#[derive(Clone, Copy)]
pub(super) enum Held<'a> {
    /// A comment at a place of its file, with its reason.
    Comment(Span, &'a str),
    /// The baseline.
    Baseline,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Outcome<'a> {
    rule_id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: Message,
    locations: [Place<'a>; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Place<'a>>,
    partial_fingerprints: BTreeMap<&'static str, &'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<Suppression<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<Mend<'a>>,
}

/// The text, and the same as the rule's message with its argument.
#[derive(Serialize)]
struct Message {
    text: String,
    id: &'static str,
    arguments: [String; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Place<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: PhysicalLocation<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation<'a> {
    artifact_location: ArtifactLocation<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactLocation<'a> {
    uri: String,
    uri_base_id: &'a str,
}

/// Lines and columns count from 1, columns in UTF-16 code units; the end is behind the last character.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    start_column: u32,
    end_line: u32,
    end_column: u32,
    byte_offset: u32,
    byte_length: u32,
}

#[derive(Serialize)]
struct Suppression<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    justification: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<Place<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Mend<'a> {
    description: Text,
    artifact_changes: Vec<Change<'a>>,
    properties: MendProperties,
}

#[derive(Serialize)]
struct MendProperties {
    applicability: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change<'a> {
    artifact_location: ArtifactLocation<'a>,
    replacements: Vec<Replacement<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement<'a> {
    deleted_region: Region,
    #[serde(skip_serializing_if = "Option::is_none")]
    inserted_content: Option<Content<'a>>,
}

/// As it is to be written: nothing is made printable.
#[derive(Serialize)]
struct Content<'a> {
    text: &'a str,
}

/// What is to be written, in report order.
pub(super) fn collect<'a>(
    report: &'a Report,
    fingerprints: &'a AllFingerprints,
    omit_suppressed: bool,
) -> Vec<Finding<'a>> {
    let finding = |(diagnostic, fingerprint): (&'a Diagnostic, &'a String)| Finding {
        diagnostic,
        suppression: None,
        fingerprint,
    };
    let mut findings: Vec<Finding<'a>> =
        report.diagnostics.iter().zip(&fingerprints.diagnostics).map(finding).collect();
    if !omit_suppressed {
        let known = report.baselined.iter().zip(&fingerprints.baselined).map(finding);
        findings.extend(known.map(|one| Finding { suppression: Some(Held::Baseline), ..one }));
        let suppressed = report.suppressed.iter().zip(&fingerprints.suppressed);
        findings.extend(suppressed.map(|(one, fingerprint)| Finding {
            diagnostic: &one.diagnostic,
            suppression: Some(Held::Comment(one.place, &one.reason)),
            fingerprint,
        }));
        findings.sort_by(|a, b| a.diagnostic.report_order(b.diagnostic));
    }
    findings
}

pub(super) fn result<'a>(report: &'a Report, finding: Finding<'a>, rules: &Rules) -> Outcome<'a> {
    let Finding { diagnostic, suppression, fingerprint } = finding;
    let related = diagnostic.related.iter().take(RELATED).enumerate();
    let related: Vec<Place<'a>> = related
        .map(|(index, label)| Place {
            id: Some(index + 1),
            message: (!label.message.is_empty()).then(|| Text::new(linkless(&sentence(&label.message)))),
            ..location(report, label.file, Some(label.span))
        })
        .collect();
    Outcome {
        rule_id: diagnostic.rule.code,
        rule_index: rules.index(diagnostic.rule),
        level: level(diagnostic.severity),
        message: message(report, diagnostic),
        locations: [location(report, diagnostic.primary.file, Some(diagnostic.primary.span))],
        related_locations: related,
        partial_fingerprints: BTreeMap::from([("vastlint/v1", fingerprint)]),
        suppressions: suppression
            .map(|held| suppressed(report, diagnostic.primary.file, held))
            .into_iter()
            .collect(),
        fixes: diagnostic.fix.as_ref().and_then(|fix| mend(report, fix)).into_iter().collect(),
    }
}

/// All that is to be said, with links to the related places: GitHub shows no others.
fn message(report: &Report, diagnostic: &Diagnostic) -> Message {
    let mut text = linkless(&paragraph(diagnostic));
    let links = diagnostic.related.iter().take(LINKS).enumerate().map(|(index, label)| {
        let words = if label.message.is_empty() {
            let (start, _) = report.position(label);
            format!("{}:{}", printable(&report.file(label.file).path), start.line)
        } else {
            printable(&label.message).into_owned()
        };
        format!("[{}]({})", escape_brackets(&words), index + 1)
    });
    let links: Vec<String> = links.collect();
    if !links.is_empty() {
        // Writing to a string cannot fail.
        let _ = write!(text, " See {}.", links.join(", "));
    }
    let argument = text.strip_suffix('.').unwrap_or(&text).to_owned();
    Message { text, id: MESSAGE, arguments: [argument] }
}

/// A text without what SARIF takes for a link.
fn linkless(text: &str) -> String {
    if text.contains("](") { escape_brackets(text) } else { text.to_owned() }
}

fn escape_brackets(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if matches!(character, '[' | ']' | '\\') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

/// A place in a file, or the file as such.
pub(super) fn location(report: &Report, file: FileId, span: Option<Span>) -> Place<'_> {
    let physical_location = PhysicalLocation {
        artifact_location: artifact(report, file),
        region: span.map(|span| region(report.file(file), span)),
    };
    Place { id: None, physical_location, message: None }
}

fn artifact(report: &Report, file: FileId) -> ArtifactLocation<'_> {
    let uri = utf8_percent_encode(&report.file(file).path, IN_PATH).to_string();
    ArtifactLocation { uri, uri_base_id: BASE }
}

fn region(file: &SourceFile, span: Span) -> Region {
    let position = |offset: u32| {
        let (line, column) = file.lines().line_utf16(offset, &file.text);
        // A byte order mark is no character of the text.
        let mark = u32::from(line == 0 && column > 0 && file.text.starts_with('\u{feff}'));
        (line + 1, column + 1 - mark)
    };
    let ((start_line, start_column), (end_line, end_column)) = (position(span.start), position(span.end));
    Region {
        start_line,
        start_column,
        end_line,
        end_column,
        byte_offset: span.start,
        byte_length: span.len(),
    }
}

fn suppressed<'a>(report: &'a Report, file: FileId, held: Held<'a>) -> Suppression<'a> {
    match held {
        Held::Comment(place, reason) => Suppression {
            kind: "inSource",
            justification: (!reason.is_empty()).then(|| printable(reason).into_owned()),
            location: Some(location(report, file, Some(place))),
        },
        Held::Baseline => Suppression {
            kind: "external",
            justification: Some("The baseline holds it.".to_owned()),
            location: None,
        },
    }
}

/// The fix, if SARIF can tell all of it: it knows no modes of files.
fn mend<'a>(report: &'a Report, fix: &'a Fix) -> Option<Mend<'a>> {
    if fix.edits.is_empty() || !fix.executable.is_empty() {
        return None;
    }
    let changes = fix.edits.chunk_by(|a, b| a.file == b.file).map(|edits| Change {
        artifact_location: artifact(report, edits[0].file),
        replacements: edits
            .iter()
            .map(|edit| Replacement {
                deleted_region: region(report.file(edit.file), edit.span),
                inserted_content: (!edit.text.is_empty()).then_some(Content { text: &edit.text }),
            })
            .collect(),
    });
    Some(Mend {
        description: Text::new(sentence(&fix.message)),
        artifact_changes: changes.collect(),
        properties: MendProperties { applicability: fix.applicability.name() },
    })
}
