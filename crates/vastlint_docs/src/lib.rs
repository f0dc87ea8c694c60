//! The documents that are made of the catalogue, of the list of conventions and of the contracts: a page for each rule,
//! indexes of them, the contract and its values, the schema of
//! `vastlint.toml`.

mod contract;
mod conventions;
mod manual;
mod rules;
mod values;

use std::path::{Path, PathBuf};
use std::{fs, io};

pub use conventions::{Area, Convention, Conventions, covers, enforcers};
pub use manual::write_manual;

/// The folder of the rule pages, relative to the root of the source tree.
const RULES: &str = "docs/rules";

/// Every generated document: its path relative to the root of the source tree, and its text.
#[must_use]
pub fn documents() -> Vec<(PathBuf, String)> {
    let conventions = Conventions::load();
    let mut documents = rules::pages();
    documents.extend(rules::indexes(&conventions));
    documents.push((PathBuf::from("docs/contract.md"), contract::page(&conventions)));
    documents.push((PathBuf::from("docs/values.md"), values::page()));
    documents.push((PathBuf::from("docs/vastlint.schema.json"), vastlint_engine::config_schema_text()));
    documents
}

/// What differs between the source tree at `root` and what would be generated, one line for each document.
///
/// # Errors
/// If a document that is there cannot be read.
pub fn differences(root: &Path) -> io::Result<Vec<String>> {
    let documents = documents();
    let mut differences = Vec::new();
    for (path, text) in &documents {
        match fs::read_to_string(root.join(path)) {
            Ok(found) if found == *text => {}
            Ok(_) => differences.push(format!("{} is out of date", path.display())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                differences.push(format!("{} is missing", path.display()));
            }
            Err(error) => return Err(error),
        }
    }
    let stale = stale(root, &documents)?;
    differences.extend(stale.iter().map(|path| format!("{} belongs to no rule", path.display())));
    Ok(differences)
}

/// Writes every document into the source tree at `root`, and removes the pages of rules that are gone.
///
/// # Errors
/// If a document cannot be written or removed.
pub fn write(root: &Path) -> io::Result<()> {
    let documents = documents();
    for (path, text) in &documents {
        let path = root.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, text)?;
    }
    stale(root, &documents)?.iter().try_for_each(|path| fs::remove_file(root.join(path)))
}

/// Pages that nothing generates any more.
fn stale(root: &Path, documents: &[(PathBuf, String)]) -> io::Result<Vec<PathBuf>> {
    let folder = root.join(RULES);
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut stale = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = Path::new(RULES).join(entry?.file_name());
        if !documents.iter().any(|(known, _)| *known == path) {
            stale.push(path);
        }
    }
    stale.sort();
    Ok(stale)
}
