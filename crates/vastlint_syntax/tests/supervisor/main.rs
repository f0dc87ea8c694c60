//! Our reading of supervisord files, held against supervisord itself.
//!
//! `golden.json` next to the snippets records what supervisord makes of them, so the tests need no Python. Two
//! variables widen them: `VASTLINT_PYTHON` names an interpreter that has the package `supervisor`, which then judges
//! mutated snippets too; `VASTLINT_CORPUS` names directories whose `.conf` files are compared as well.

#![expect(clippy::unwrap_used, reason = "a test may panic, in its helpers too")]
#![expect(clippy::format_push_string, reason = "a test reads better so")]

mod judge;
mod properties;
mod rust_ini;
mod tree;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/syntax/supervisor")
}

/// What supervisord makes of each snippet, by name; `text` holds the snippet.
fn golden() -> serde_json::Map<String, Value> {
    let text = fs::read_to_string(fixtures().join("golden.json")).unwrap();
    let Value::Object(golden) = serde_json::from_str(&text).unwrap() else {
        panic!("golden.json is no object")
    };
    assert!(golden.len() >= 60, "golden.json holds {} snippets", golden.len());
    golden
}

fn golden_texts() -> Vec<(String, String)> {
    golden().into_iter().map(|(name, record)| (name, record["text"].as_str().unwrap().to_owned())).collect()
}

/// The `.conf` files under the directories of `VASTLINT_CORPUS`.
fn corpus() -> Vec<(String, String)> {
    let directories = std::env::var("VASTLINT_CORPUS").unwrap_or_default();
    let mut pending: Vec<PathBuf> =
        directories.split(':').filter(|directory| !directory.is_empty()).map(PathBuf::from).collect();
    let mut files = Vec::new();
    while let Some(path) = pending.pop() {
        if path.is_symlink() || path.file_name().is_some_and(|name| name == ".git" || name == "imagegen") {
            continue;
        }
        if path.is_dir() {
            pending.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "conf")
            && let Ok(text) = fs::read_to_string(&path)
        {
            files.push((path.display().to_string(), text));
        }
    }
    files
}

/// Texts with a mistake in them: the snippets cut off at every character, with a line left out or doubled, with other
/// line ends.
fn mutations() -> Vec<(String, String)> {
    let mut mutations = Vec::new();
    for (name, text) in golden_texts() {
        for (at, _) in text.char_indices() {
            mutations.push((format!("{name} cut at {at}"), text[..at].to_owned()));
        }
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        for index in 0..lines.len() {
            let without = lines[..index].concat() + &lines[index + 1..].concat();
            mutations.push((format!("{name} without line {index}"), without));
            let doubled = lines[..=index].concat() + &lines[index..].concat();
            mutations.push((format!("{name} with line {index} twice"), doubled));
        }
        mutations.push((format!("{name} with CRLF"), text.replace('\n', "\r\n")));
    }
    mutations
}
