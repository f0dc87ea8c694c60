//! The baseline as a file: JSON with one entry a line, sorted, so that two branches rarely change the same place.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use vastlint_diagnostic::Diagnostic;
use vastlint_rules::Edition;
use vastlint_text::Span;

use crate::config::Store;
use crate::fingerprints::Fingerprints;
use crate::{ConfigError, SourceFile};

/// The form of the file. Fields may be added to it without another number.
const VERSION: u32 = 1;
/// No baseline is larger, in bytes.
const MAX_SIZE: u64 = 256 << 20;

/// A baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    /// Where it is.
    pub path: PathBuf,
    /// The edition that it was made under.
    pub edition: Edition,
    /// What is known, in the order of the file, no fingerprint twice.
    pub entries: Vec<Entry>,
}

/// One finding that is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The file that it was found in, relative to the root.
    pub path: String,
    /// The code of its rule.
    pub rule: String,
    /// What was wrong; only for people.
    pub message: String,
    /// The fingerprint.
    pub fingerprint: Hash,
    /// The fingerprint by content; none where the file had none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Hash>,
}

/// A fingerprint: 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Hash(String);

impl Hash {
    /// Its digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Hash {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let fits = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if fits { Ok(Self(text)) } else { Err(format!("`{text}` is no fingerprint")) }
    }
}

impl Entry {
    /// The entry of a finding.
    pub(crate) fn new(diagnostic: &Diagnostic, files: &[SourceFile], fingerprints: Fingerprints) -> Self {
        Self {
            path: files[diagnostic.primary.file.index()].path.clone(),
            rule: diagnostic.rule.code.to_owned(),
            message: diagnostic.message.clone(),
            fingerprint: Hash(fingerprints.here),
            content: fingerprints.content.map(Hash),
        }
    }
}

#[derive(Deserialize)]
struct Contents {
    /// It has to be there; what it is was looked at before.
    #[serde(rename = "version")]
    _version: u32,
    edition: String,
    findings: Vec<Entry>,
}

/// Only this is read where the version is another.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

impl Baseline {
    /// A baseline of entries in any order.
    pub(crate) fn new(path: PathBuf, edition: Edition, mut entries: Vec<Entry>) -> Self {
        let key = |entry: &Entry| (entry.path.clone(), entry.rule.clone(), entry.fingerprint.clone());
        entries.sort_by_cached_key(key);
        // A merge may bring the same entry from two sides.
        entries.dedup_by(|a, b| a.fingerprint == b.fingerprint);
        Self { path, edition, entries }
    }

    /// Reads a baseline.
    pub(crate) fn load(path: &Path) -> Result<Self, Box<ConfigError>> {
        let text = read(path).map_err(|error| unreadable(path, &error.to_string()))?;
        Self::parse(path, &text)
    }

    /// The baseline of a repository, if it has one: whatever is there under this name, even a folder or a broken link,
    /// was meant to be one.
    pub(crate) fn of(store: Store<'_>, name: &str) -> Result<Option<Self>, Box<ConfigError>> {
        let shown = store.shown(name);
        let stored = store.read(name, MAX_SIZE).map_err(|reason| unreadable(&shown, &reason))?;
        let Some(stored) = stored else { return Ok(None) };
        let text = String::from_utf8(stored.bytes)
            .map_err(|error| unreadable(&shown, &error.utf8_error().to_string()))?;
        let mut baseline = Self::parse(&shown, &text)?;
        baseline.path = store.written(name);
        Ok(Some(baseline))
    }

    fn parse(path: &Path, text: &str) -> Result<Self, Box<ConfigError>> {
        let again = "`vastlint baseline` writes it anew, with all that is found then";
        if let Ok(Version { version }) = serde_json::from_str::<Version>(text)
            && version != VERSION
        {
            let message = format!("the baseline is of version {version}, and this vastlint knows {VERSION}");
            let help = format!("use a vastlint of the version that wrote it, or: {again}");
            return Err(fault(path, text, None, message, &help));
        }
        let contents: Contents = serde_json::from_str(text).map_err(|error| {
            let span = place(text, error.line(), error.column());
            let help = if text.lines().any(|line| line.starts_with("<<<<<<< ")) {
                format!("a merge left its marks: keep the lines of both sides. Or: {again}")
            } else {
                again.to_owned()
            };
            let full = error.to_string();
            let message = full.rsplit_once(" at line ").map_or(full.as_str(), |(message, _)| message);
            fault(path, text, span, format!("the baseline is faulty: {message}"), &help)
        })?;
        let edition = contents.edition.parse().map_err(|error| {
            let message = format!("the baseline names an unknown edition `{}`", contents.edition);
            fault(path, text, None, message, &format!("{error}. Or: {again}"))
        })?;
        Ok(Self::new(path.to_owned(), edition, contents.findings))
    }

    /// The text of the file.
    pub(crate) fn text(&self) -> serde_json::Result<String> {
        let mut text =
            format!("{{\n\"version\": {VERSION},\n\"edition\": \"{}\",\n\"findings\": [", self.edition);
        for (index, entry) in self.entries.iter().enumerate() {
            text.push_str(if index == 0 { "\n" } else { ",\n" });
            // Writing to a string cannot fail.
            let _ = write!(text, "{}", serde_json::to_string(entry)?);
        }
        text.push_str("\n]\n}\n");
        Ok(text)
    }
}

fn read(path: &Path) -> io::Result<String> {
    let file = File::options().read(true).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut text = String::new();
    file.take(MAX_SIZE).read_to_string(&mut text)?;
    Ok(text)
}

#[expect(
    clippy::unnecessary_box_returns,
    reason = "every caller returns it in a `Result`, which it would bloat"
)]
fn unreadable(path: &Path, reason: &str) -> Box<ConfigError> {
    let help = "name another with `--baseline FILE`, or leave it aside with `--no-baseline`";
    fault(path, "", None, format!("cannot read the baseline: {reason}"), help)
}

#[expect(
    clippy::unnecessary_box_returns,
    reason = "every caller returns it in a `Result`, which it would bloat"
)]
fn fault(path: &Path, text: &str, span: Option<Span>, message: String, help: &str) -> Box<ConfigError> {
    Box::new(ConfigError {
        path: path.to_owned(),
        text: text.to_owned(),
        span,
        message,
        help: Some(help.to_owned()),
    })
}

/// The character at a line and a column in bytes, both from 1; column 0 is the end of the line before.
fn place(text: &str, line: usize, column: usize) -> Option<Span> {
    let start: usize = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    let mut at = (start + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let width = text[at..].chars().next().filter(|next| *next != '\n').map_or(0, char::len_utf8);
    Some(Span::from_range(at..at + width))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, rule: &str, digit: char) -> Entry {
        Entry {
            path: path.to_owned(),
            rule: rule.to_owned(),
            message: "a \"fault\"\n".to_owned(),
            fingerprint: Hash(digit.to_string().repeat(32)),
            content: None,
        }
    }

    fn parse(text: &str) -> Result<Baseline, Box<ConfigError>> {
        Baseline::parse(Path::new("b.json"), text)
    }

    #[test]
    fn what_is_written_is_read_sorted_and_once() {
        let entries = vec![entry("b", "VL1", 'a'), entry("a", "VL2", 'c'), entry("a", "VL1", 'd')];
        let doubled = [entries.clone(), entries].concat();
        let baseline = Baseline::new("b.json".into(), Edition::default(), doubled);
        let places: Vec<_> = baseline.entries.iter().map(|one| (&*one.path, &*one.rule)).collect();
        assert_eq!(places, [("a", "VL1"), ("a", "VL2"), ("b", "VL1")]);
        let text = baseline.text().unwrap();
        assert_eq!(text.lines().count(), 9, "{text}");
        assert_eq!(parse(&text).unwrap(), baseline);
        let empty = Baseline::new("b.json".into(), Edition::default(), Vec::new());
        assert_eq!(parse(&empty.text().unwrap()).unwrap(), empty);
    }

    #[test]
    fn faults_have_a_place_and_a_way_out() {
        let good = Baseline::new("b.json".into(), Edition::default(), vec![entry("a", "VL1", 'a')]);
        let good = good.text().unwrap();
        for (text, message, line) in [
            (good.replace(&"a".repeat(32), "aé"), "`aé` is no fingerprint", Some(5)),
            (good.replace("\"rule\"", "\"roule\""), "missing field `rule`", Some(5)),
            (good.replace(']', "<<<<<<< ours"), "expected", Some(6)),
            (good.replace("\"version\": 1", "\"version\": 2"), "of version 2", None),
            (good.replace("2026-02", "2025-01"), "unknown edition `2025-01`", None),
            (String::new(), "EOF", Some(1)),
            ("[]".to_owned(), "invalid length", Some(1)),
            ("é".to_owned(), "expected value", Some(1)),
        ] {
            let error = parse(&text).unwrap_err();
            assert!(error.message.contains(message), "{text}: {}", error.message);
            assert!(error.help.is_some_and(|help| help.contains("vastlint baseline")));
            let found = error.span.map(|span| text[..span.start as usize].matches('\n').count() + 1);
            assert_eq!(found, line, "{text}: {:?}", error.span);
        }
    }
}
