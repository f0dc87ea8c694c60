//! The texts that the tests run over.

use std::fs;
use std::path::{Path, PathBuf};

/// A Dockerfile, and where it comes from.
pub(crate) struct Text {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// The fixtures, in order of their names.
pub(crate) fn fixtures() -> Vec<Text> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/syntax/dockerfile");
    let texts = read(&folder);
    assert!(texts.len() > 25, "the fixtures are missing");
    texts
}

/// The Dockerfiles under the directories that `VASTLINT_CORPUS` names.
pub(crate) fn corpus() -> Vec<Text> {
    let folders = std::env::var("VASTLINT_CORPUS").unwrap_or_default();
    folders.split(':').filter(|folder| !folder.is_empty()).flat_map(|folder| read(Path::new(folder))).collect()
}

fn read(folder: &Path) -> Vec<Text> {
    let mut paths = Vec::new();
    collect(folder, &mut paths);
    paths.sort();
    let text = |path: &PathBuf| {
        let name = path.strip_prefix(folder).unwrap().display().to_string();
        Some(Text { name, text: fs::read_to_string(path).ok()? })
    };
    paths.iter().filter_map(text).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().to_string_lossy().to_lowercase();
        if entry.file_type().unwrap().is_dir() {
            if !name.starts_with('.') {
                collect(&entry.path(), paths);
            }
        } else if name.starts_with("dockerfile") || name.ends_with(".dockerfile") {
            paths.push(entry.path());
        }
    }
}

/// The text damaged in every way that is cheap to enumerate. Calls `check` for each.
pub(crate) fn mutations(text: &str, mut check: impl FnMut(&str)) {
    for (offset, _) in text.char_indices() {
        check(&text[..offset]);
    }
    let lines: Vec<_> = text.split_inclusive('\n').collect();
    for index in 0..lines.len() {
        let without = [&lines[..index], &lines[index + 1..]].concat().concat();
        check(&without);
        let twice = [&lines[..=index], &lines[index..]].concat().concat();
        check(&twice);
    }
    check(&text.replace("\r\n", "\n").replace('\n', "\r\n"));
    check(&format!("{text}{text}"));
    check(&format!("\u{feff}{text}"));
    for (character, _) in text.match_indices(['\\', '"', '\'', '#', '<', '$', '[', '=', '-']) {
        let mut without = text.to_owned();
        without.remove(character);
        check(&without);
    }
}
