//! Our reading of YAML, held against `serde_yaml` (which is libyaml). `VASTLINT_CORPUS` names directories whose YAML
//! files are compared as well.

#![expect(clippy::unwrap_used, reason = "a test may panic, in its helpers too")]
#![expect(clippy::format_push_string, reason = "a test reads better so")]

mod oracle;
mod properties;
mod recovery;
mod tree;

use std::fs;
use std::path::{Path, PathBuf};

/// The snippets of a file: name and text.
fn snippets(file: &str) -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/syntax/yaml").join(file);
    let text = fs::read_to_string(path).unwrap();
    let parts = text.split("\n=== ").skip(1);
    let snippets: Vec<_> = parts
        .map(|part| {
            let (title, text) = part.split_once('\n').unwrap_or((part.trim_end(), ""));
            let mut text = text.to_owned();
            let mut words = title.split(' ');
            let name = words.next().unwrap().to_owned();
            if !text.is_empty() && !text.ends_with('\n') {
                text.push('\n');
            }
            for option in words {
                match option {
                    "crlf" => text = text.replace('\n', "\r\n"),
                    "bom" => text.insert(0, '\u{feff}'),
                    "unfinished" => assert_eq!(text.pop(), Some('\n')),
                    other => panic!("unknown option {other} of {name}"),
                }
            }
            (name, text)
        })
        .collect();
    assert!(snippets.len() >= 25, "{file} holds {} snippets", snippets.len());
    snippets
}

fn all_snippets() -> Vec<(String, String)> {
    let mut snippets = snippets("documents.snippets");
    snippets.extend(crate::snippets("broken.snippets"));
    snippets
}

/// Snippets with a mistake: cut off at every character, with a line left out or doubled or indented, with other line
/// ends.
fn mutations() -> Vec<(String, String)> {
    let mut mutations = Vec::new();
    for (name, text) in all_snippets() {
        for (at, _) in text.char_indices() {
            mutations.push((format!("{name} cut at {at}"), text[..at].to_owned()));
        }
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        for index in 0..lines.len() {
            let (before, line, after) = (lines[..index].concat(), lines[index], lines[index + 1..].concat());
            mutations.push((format!("{name} without line {index}"), format!("{before}{after}")));
            mutations
                .push((format!("{name} with line {index} twice"), format!("{before}{line}{line}{after}")));
            mutations.push((format!("{name} with line {index} indented"), format!("{before} {line}{after}")));
            let dedented = line.strip_prefix(' ').unwrap_or(line);
            mutations
                .push((format!("{name} with line {index} dedented"), format!("{before}{dedented}{after}")));
        }
        for (at, character) in
            text.char_indices().filter(|(_, character)| "\"'[]{}:-#|>&*,".contains(*character))
        {
            let mut without = text.clone();
            without.remove(at);
            mutations.push((format!("{name} without {character:?} at {at}"), without));
        }
        mutations.push((format!("{name} with CRLF"), text.replace('\n', "\r\n")));
    }
    mutations
}

/// The YAML files under the directories of `VASTLINT_CORPUS`.
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
        } else if path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml")
            && let Ok(text) = fs::read_to_string(&path)
        {
            files.push((path.display().to_string(), text));
        }
    }
    files
}
