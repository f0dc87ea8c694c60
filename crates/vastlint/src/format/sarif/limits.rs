//! What GitHub code scanning takes: documented at "SARIF results exceed one or more limits".

use std::cmp::Reverse;
use std::fmt::Write as _;
use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;
use serde_json::value::RawValue;

use super::results::Finding;
use crate::format::json::write_element;

/// Results of a run; GitHub refuses a file with more.
const RESULTS: usize = 25_000;
/// Of these GitHub keeps so many.
const KEPT: usize = 5_000;
/// Bytes that the results may take when compressed; GitHub refuses 10 MB, and the rules want some.
const COMPRESSED: usize = 9_000_000;
/// Notifications of a run; GitHub has no limit, but nobody reads more.
pub(super) const NOTIFICATIONS: usize = 1_000;
/// Related places of a result; GitHub keeps no more, and refuses ten times as many.
pub(super) const RELATED: usize = 100;

/// That GitHub will not show all findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// How many there are.
    found: usize,
    /// How many are written.
    written: usize,
}

impl Cut {
    /// What is to be said about it.
    pub(super) fn notice(self) -> String {
        let Self { found, written } = self;
        let mut notice = if written < found {
            format!("SARIF: the {written} gravest of {found} findings are written, GitHub takes no more")
        } else {
            format!("SARIF: {found} findings are written")
        };
        if written > KEPT {
            // Writing to a string cannot fail.
            let _ = write!(notice, "; GitHub keeps {KEPT} of them, the gravest come first");
        }
        notice
    }
}

/// Makes results of findings as far as GitHub takes them: the gravest first if it will not keep all, else in order.
pub(super) fn within<'a, T: Serialize>(
    mut findings: Vec<Finding<'a>>,
    result: impl Fn(Finding<'a>) -> T,
) -> io::Result<(Vec<Box<RawValue>>, Option<Cut>)> {
    let all =
        |findings: &[Finding<'a>], limit: usize| serialized(&findings[..findings.len().min(limit)], &result);
    let found = findings.len();
    if found <= KEPT {
        let results = all(&findings, RESULTS)?;
        if fits(&results)? == found {
            return Ok((results, None));
        }
    }
    findings.sort_by_key(|finding| (finding.suppression.is_some(), Reverse(finding.diagnostic.severity)));
    let mut results = all(&findings, RESULTS)?;
    results.truncate(fits(&results)?);
    let written = results.len();
    Ok((results, Some(Cut { found, written })))
}

fn serialized<'a, T: Serialize>(
    findings: &[Finding<'a>],
    result: &impl Fn(Finding<'a>) -> T,
) -> io::Result<Vec<Box<RawValue>>> {
    let mut results = Vec::with_capacity(findings.len());
    for finding in findings {
        let mut text = Vec::with_capacity(2 << 10);
        write_element(&mut text, &result(*finding))?;
        let text = String::from_utf8(text).map_err(io::Error::other)?;
        results.push(RawValue::from_string(text)?);
    }
    Ok(results)
}

/// How many of the results are small enough, all together.
fn fits(results: &[Box<RawValue>]) -> io::Result<usize> {
    // Compressed, nothing is larger than it was.
    if results.iter().map(|result| result.get().len() + 1).sum::<usize>() < COMPRESSED {
        return Ok(results.len());
    }
    // Whoever uploads the file compresses at least as well.
    let mut encoder = GzEncoder::new(Size(0), Compression::fast());
    for (index, result) in results.iter().enumerate() {
        encoder.write_all(result.get().as_bytes())?;
        if encoder.get_ref().0 > COMPRESSED {
            return Ok(index);
        }
    }
    Ok(results.len())
}

/// Counts what is written.
struct Size(usize);

impl Write for Size {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
