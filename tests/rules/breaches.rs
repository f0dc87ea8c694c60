//! Single breaches of the clean repositories: each is one small edit, and what is found because of it is exactly what
//! the breach says, no more. `fixtures/breaches/*.toml` holds them:
//!
//! ```toml
//! [[breach]]
//! about = "a bare pip"                                   # what somebody did
//! file = "external/chat-server/Dockerfile"               # where
//! find = "uv pip install"                                # stands exactly once in the file
//! replace = "pip install"
//! expect = ["bare-pip"]                                  # the rules that speak up, each as often as it likes
//! editions = ["2026-08"]                                 # which clean repositories; both by default
//! ```
//!
//! Instead of `find` and `replace`, `remove = true` takes the file away, `add = "…"` puts one there, and
//! `executable = false` takes its bit. Where fixes mend all of the breach, they give the clean repository back, or
//! `mended_otherwise = "…"` says why not.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde::Deserialize;
use vastlint_engine::{Input, Report, analyse_inputs};
use vastlint_rules::{Edition, catalogue};

use crate::examples::File;
use crate::{expect_no_faults, fixtures, listing, root};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Breaches {
    breach: Vec<Breach>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Breach {
    pub(crate) about: String,
    file: String,
    find: Option<String>,
    replace: Option<String>,
    #[serde(default)]
    remove: bool,
    add: Option<String>,
    executable: Option<bool>,
    /// The `vastlint.toml` of the repository; none by default.
    #[serde(default)]
    pub(crate) configuration: String,
    pub(crate) expect: Vec<String>,
    editions: Option<Vec<String>>,
    /// Why the fixes that mend all of it do not give the clean repository back.
    pub(crate) mended_otherwise: Option<String>,
}

pub(crate) fn breaches() -> Vec<(String, Breach)> {
    let folder = root().join("fixtures/breaches");
    let mut paths: Vec<_> = fs::read_dir(folder)
        .expect("the breaches are there")
        .map(|entry| entry.expect("a folder can be listed").path())
        .collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let text = fs::read_to_string(path).expect("it can be read");
        let breaches: Breaches =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let name = path.file_name().expect("it has a name").to_string_lossy().into_owned();
        breaches.breach.into_iter().map(move |breach| (name.clone(), breach))
    };
    paths.iter().flat_map(read).collect()
}

impl Breach {
    pub(crate) fn applies_to(&self, edition: Edition) -> bool {
        self.editions.as_ref().is_none_or(|names| names.iter().any(|name| name == edition.name()))
    }

    /// The repository with the breach in it.
    ///
    /// # Errors
    /// If the edit does not fit the file.
    pub(crate) fn apply(&self, files: &mut Vec<(File, bool)>) -> Result<(), String> {
        if let Some(text) = &self.add {
            let file = File { path: self.file.clone(), content: text.clone().into_bytes() };
            files.push((file, self.executable.unwrap_or(false)));
            return Ok(());
        }
        let index = files
            .iter()
            .position(|(file, _)| file.path == self.file)
            .ok_or_else(|| format!("there is no file {}", self.file))?;
        if self.remove {
            files.remove(index);
            return Ok(());
        }
        let (file, executable) = &mut files[index];
        *executable = self.executable.unwrap_or(*executable);
        if let (Some(find), Some(replace)) = (&self.find, &self.replace) {
            let text = String::from_utf8(file.content.clone()).map_err(|error| error.to_string())?;
            if text.matches(find.as_str()).count() != 1 {
                return Err(format!("{find:?} does not stand exactly once in {}", self.file));
            }
            file.content = text.replace(find.as_str(), replace).into_bytes();
        } else if self.executable.is_none() {
            return Err("the breach changes nothing".to_owned());
        }
        Ok(())
    }
}

fn analyse(files: &[(File, bool)], edition: Edition, configuration: &str) -> Report {
    let input =
        |(file, executable): &(File, bool)| Input::from_bytes(&file.path, *executable, file.content.clone());
    analyse_inputs(files.iter().map(input).collect(), edition, configuration)
        .expect("the configuration has no fault")
}

#[test]
fn each_breach_is_found_and_nothing_else() {
    let mut faults = Vec::new();
    for (name, edition) in fixtures::CLEAN {
        let clean = fixtures::with_modes(name);
        for (page, breach) in breaches().iter().filter(|(_, breach)| breach.applies_to(edition)) {
            let mut files = clean.clone();
            if let Err(fault) = breach.apply(&mut files) {
                faults.push(format!("{page}, {name}: {}: {fault}", breach.about));
                continue;
            }
            let report = analyse(&files, edition, &breach.configuration);
            let mut found: Vec<&str> = report.diagnostics.iter().map(|finding| finding.rule.name).collect();
            found.sort_unstable();
            found.dedup();
            let mut expected: Vec<&str> = breach.expect.iter().map(String::as_str).collect();
            expected.sort_unstable();
            expected.dedup();
            if found != expected {
                faults.push(format!(
                    "{page}, {name}: {}: expected {expected:?}, but:\n{}",
                    breach.about,
                    listing(&report, &report.diagnostics)
                ));
            }
        }
    }
    expect_no_faults(&faults);
}

/// Every rule bites in a repository that looks like real work, not only on its own page.
#[test]
fn every_rule_is_broken_by_some_breach() {
    let broken: BTreeSet<String> = breaches().into_iter().flat_map(|(_, breach)| breach.expect).collect();
    let known: BTreeMap<&str, &str> = catalogue().iter().map(|rule| (rule.id.name, rule.area)).collect();
    let mut faults: Vec<String> = broken
        .iter()
        .filter(|name| !known.contains_key(name.as_str()))
        .map(|name| format!("a breach expects `{name}`, which is no rule"))
        .collect();
    let unbroken = known.iter().filter(|(name, area)| **area != "vastlint" && !broken.contains(**name));
    faults.extend(unbroken.map(|(name, _)| format!("no breach breaks `{name}`")));
    expect_no_faults(&faults);
}
