//! The scripts that the tests read.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// A script and where it comes from.
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// The repository's own snippets: every file of `fixtures/syntax/shell`.
pub(crate) fn fixtures() -> Vec<Sample> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/syntax/shell");
    let mut samples = Vec::new();
    collect(&directory, &|_, _| true, &mut samples);
    assert!(samples.len() >= 25, "only {} fixtures in {}", samples.len(), directory.display());
    samples
}

/// The fixtures, and every shell script under the directories that `VASTLINT_CORPUS` lists.
pub(crate) fn all() -> Vec<Sample> {
    let mut samples = fixtures();
    if let Some(directories) = env::var_os("VASTLINT_CORPUS") {
        for directory in env::split_paths(&directories) {
            collect(&directory, &is_shell, &mut samples);
        }
    }
    samples
}

fn is_shell(path: &Path, text: &str) -> bool {
    if path.extension().is_some_and(|extension| extension == "sh") {
        return true;
    }
    let first = text.lines().next().unwrap_or_default();
    first.starts_with("#!")
        && first.split(['/', ' ', '\t']).any(|word| matches!(word, "sh" | "bash" | "dash" | "ash" | "ksh"))
}

fn collect(directory: &Path, wanted: &dyn Fn(&Path, &str) -> bool, samples: &mut Vec<Sample>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_symlink() || path.file_name().is_some_and(|name| name == ".git") {
            continue;
        }
        if path.is_dir() {
            collect(&path, wanted, samples);
        } else if let Ok(text) = fs::read_to_string(&path)
            && wanted(&path, &text)
        {
            samples.push(Sample { name: path.display().to_string(), text });
        }
    }
}
