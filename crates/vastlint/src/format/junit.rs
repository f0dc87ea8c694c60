//! `JUnit`'s XML as CI servers show it: a suite for each file, a test for each finding.

use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::BytesText;
use vastlint_diagnostic::{Diagnostic, Severity};
use vastlint_engine::Report;

use super::sentences::lines;
use super::xml;
use crate::escape::printable;

/// Writes all findings. Those that fail the run are failed tests, the others skipped ones.
pub fn write(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let fails = report.fail_severity;
    let seconds = format!("{:.3}", report.summary.elapsed.as_secs_f64());
    let all: Vec<&Diagnostic> = report.diagnostics.iter().collect();
    xml::document(out, |writer| {
        let mut root = writer.create_element("testsuites").with_attribute(("name", "vastlint"));
        for (name, count) in tally(&all, fails) {
            root = root.with_attribute((name, count.as_str()));
        }
        root.with_attribute(("time", seconds.as_str())).write_inner_content(|writer| {
            if all.is_empty() {
                return passed(writer);
            }
            all.chunk_by(|a, b| a.primary.file == b.primary.file)
                .try_for_each(|group| suite(writer, report, group, fails))
        })?;
        Ok(())
    })
}

/// Some servers take a report without any test for a broken one.
fn passed(writer: &mut Writer<&mut dyn Write>) -> io::Result<()> {
    let mut suite = writer.create_element("testsuite").with_attribute(("name", "vastlint"));
    for (name, count) in [("tests", "1"), ("failures", "0"), ("errors", "0"), ("skipped", "0"), ("time", "0")]
    {
        suite = suite.with_attribute((name, count));
    }
    suite.write_inner_content(|writer| {
        let test = writer.create_element("testcase").with_attribute(("name", "nothing found"));
        test.with_attribute(("classname", "vastlint")).with_attribute(("time", "0")).write_empty()?;
        Ok(())
    })?;
    Ok(())
}

fn suite(
    writer: &mut Writer<&mut dyn Write>,
    report: &Report,
    group: &[&Diagnostic],
    fails: Severity,
) -> io::Result<()> {
    let path = printable(&report.file(group[0].primary.file).path);
    let mut suite = writer.create_element("testsuite").with_attribute(("name", &*path));
    for (name, count) in tally(group, fails) {
        suite = suite.with_attribute((name, count.as_str()));
    }
    suite.with_attribute(("time", "0")).write_inner_content(|writer| {
        group.iter().try_for_each(|diagnostic| test(writer, report, &path, diagnostic, fails))
    })?;
    Ok(())
}

fn test(
    writer: &mut Writer<&mut dyn Write>,
    report: &Report,
    path: &str,
    diagnostic: &Diagnostic,
    fails: Severity,
) -> io::Result<()> {
    let (start, _) = report.position(&diagnostic.primary);
    let rule = format!("{} {}", diagnostic.rule.code, diagnostic.rule.name);
    let name = format!("{rule} ({}:{})", start.line, start.column);
    let test = writer
        .create_element("testcase")
        .with_attribute(("name", name.as_str()))
        .with_attribute(("classname", path))
        .with_attribute(("file", path))
        .with_attribute(("line", start.line.to_string().as_str()))
        .with_attribute(("time", "0"));
    let message = printable(&diagnostic.message);
    test.write_inner_content(|writer| {
        if diagnostic.severity < fails {
            writer.create_element("skipped").with_attribute(("message", &*message)).write_empty()?;
            return Ok(());
        }
        let text =
            format!("{path}:{}:{}: {}: {}", start.line, start.column, diagnostic.severity, lines(diagnostic));
        writer
            .create_element("failure")
            .with_attribute(("message", &*message))
            .with_attribute(("type", diagnostic.severity.name()))
            .write_text_content(BytesText::new(&text))?;
        Ok(())
    })?;
    Ok(())
}

/// What the attributes of a suite count.
fn tally(findings: &[&Diagnostic], fails: Severity) -> [(&'static str, String); 4] {
    let failures = findings.iter().filter(|diagnostic| diagnostic.severity >= fails).count();
    // Nothing found is one test that passed.
    let tests = findings.len().max(1);
    let skipped = findings.len() - failures;
    [
        ("tests", tests.to_string()),
        ("failures", failures.to_string()),
        ("errors", "0".to_owned()),
        ("skipped", skipped.to_string()),
    ]
}
