//! Writing the baseline.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use vastlint_rules::Edition;

use super::{BASELINE_FILE, Baseline, BaselineChoice, Entry, Hash};
use crate::fingerprints::Fingerprinter;
use crate::replace::replace;
use crate::run::{Selector, check, in_scope, scope};
use crate::{Error, Options, Progress, Report};

/// What to do to a baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Update {
    /// Hold all that is found now, and nothing else; on a part of the repository, only that part changes.
    Renew,
    /// Drop what is not found any more, and add nothing.
    Prune,
}

/// What was done to a baseline.
#[derive(Debug)]
pub struct BaselineUpdate {
    /// Where it is, relative to the root where it is below it.
    pub path: PathBuf,
    /// Entries that it has now.
    pub entries: usize,
    /// Entries that were not in it before.
    pub added: usize,
    /// Entries whose file moved.
    pub moved: usize,
    /// Entries that are in it no longer.
    pub removed: Vec<Entry>,
}

/// Checks the repository and writes its baseline: the one at the root, or the one that `options` names.
///
/// # Errors
/// Those of [`check`], a baseline that has to be read and cannot be, one that cannot be written, and an update that a
/// look at a part of the repository does not allow.
pub fn update_baseline(
    options: &Options,
    update: Update,
    progress: &Progress,
) -> Result<BaselineUpdate, Error> {
    let (root, scope) = scope(options)?;
    let (path, named) = match &options.baseline {
        BaselineChoice::File(path) => (path.clone(), true),
        BaselineChoice::AtRoot | BaselineChoice::None => (root.join(BASELINE_FILE), false),
    };
    let exists = path.symlink_metadata().is_ok();
    let (old, new) = match update {
        Update::Renew => {
            let part = Part { scope: &scope, selector: Selector::new(&options.select, &options.ignore)? };
            let old = if exists { readable(&path, named || !part.is_whole())? } else { None };
            let report = check(&Options { baseline: BaselineChoice::None, ..options.clone() }, progress)?;
            let new = part.renewed(&path, old.as_ref(), &report)?;
            (old, new)
        }
        Update::Prune => {
            let choice = BaselineChoice::File(path.clone());
            let report = check(&Options { baseline: choice, ..options.clone() }, progress)?;
            pruned(report)?
        }
    };
    save(&new)?;
    Ok(difference(&root, old.as_ref().map_or(&[], |old| &old.entries), &new))
}

/// The baseline that is there. One that is faulty may be written anew, unless its entries or its nature matter.
fn readable(path: &Path, matters: bool) -> Result<Option<Baseline>, Error> {
    match Baseline::load(path) {
        Ok(baseline) => Ok(Some(baseline)),
        Err(mut error) if matters => {
            error.help = Some("mend it, or remove it and write a new one of the whole repository".to_owned());
            Err(error.into())
        }
        Err(_) => Ok(None),
    }
}

/// What of the repository is looked at.
struct Part<'a> {
    scope: &'a [String],
    selector: Selector,
}

impl Part<'_> {
    fn is_whole(&self) -> bool {
        self.scope.is_empty() && self.selector.is_everything()
    }

    fn holds(&self, entry: &Entry) -> bool {
        let in_paths = self.scope.is_empty() || in_scope(&entry.path, self.scope);
        in_paths && vastlint_rules::find(&entry.rule).is_none_or(|rule| self.selector.reports(rule))
    }

    fn renewed(&self, path: &Path, old: Option<&Baseline>, report: &Report) -> Result<Baseline, Error> {
        let mut fingerprinter = Fingerprinter::new(&report.files);
        let found = report.diagnostics.iter();
        let mut entries: Vec<Entry> =
            found.map(|one| Entry::new(one, &report.files, fingerprinter.both(one))).collect();
        if let Some(old) = old.filter(|_| !self.is_whole()) {
            if old.edition != report.edition {
                return Err(other_edition("renew a part of the baseline", old, report.edition));
            }
            entries.extend(old.entries.iter().filter(|entry| !self.holds(entry)).cloned());
        }
        Ok(Baseline::new(path.to_owned(), report.edition, entries))
    }
}

/// The baseline of a run before and after.
fn pruned(report: Report) -> Result<(Option<Baseline>, Baseline), Error> {
    let Some(used) = report.baseline else {
        let message = "there is no baseline to prune".to_owned();
        return Err(Error::Baseline { message, help: "`vastlint baseline` writes one".to_owned() });
    };
    if used.baseline.edition != report.edition {
        return Err(other_edition("prune the baseline", &used.baseline, report.edition));
    }
    if let Some(reason) = used.partial {
        let message = format!("cannot prune the baseline: {reason}");
        let help = "what was not looked for is not gone: prune with the whole repository and all rules";
        return Err(Error::Baseline { message, help: help.to_owned() });
    }
    let new = Baseline::new(used.baseline.path.clone(), used.baseline.edition, used.kept);
    Ok((Some(used.baseline), new))
}

fn other_edition(what: &str, old: &Baseline, edition: Edition) -> Error {
    let message = format!("cannot {what}: it was made under edition {}, and this is {edition}", old.edition);
    let help = format!("add `--edition {}`, or write it anew: `vastlint baseline`", old.edition);
    Error::Baseline { message, help }
}

fn save(baseline: &Baseline) -> Result<(), Error> {
    let failed = |source| Error::Write { path: baseline.path.clone(), source };
    let text = baseline.text().map_err(|error| failed(error.into()))?;
    // Nothing changes: not even the time of the file.
    if std::fs::read(&baseline.path).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(());
    }
    replace(&baseline.path, text.as_bytes()).map_err(failed)
}

fn difference(root: &Path, old: &[Entry], new: &Baseline) -> BaselineUpdate {
    let (before, after) = (fingerprints(old), fingerprints(&new.entries));
    let added: Vec<&Entry> =
        new.entries.iter().filter(|entry| !before.contains(&entry.fingerprint)).collect();
    let gone = old.iter().filter(|entry| !after.contains(&entry.fingerprint));
    let mut arrived: Vec<&Hash> = added.iter().filter_map(|entry| entry.content.as_ref()).collect();
    let mut removed: Vec<Entry> = Vec::new();
    let mut moved = 0;
    for entry in gone {
        match arrived.iter().position(|content| Some(*content) == entry.content.as_ref()) {
            Some(index) => {
                arrived.swap_remove(index);
                moved += 1;
            }
            None => removed.push(entry.clone()),
        }
    }
    BaselineUpdate {
        path: new.path.strip_prefix(root).map_or_else(|_| new.path.clone(), Path::to_owned),
        entries: new.entries.len(),
        added: added.len() - moved,
        moved,
        removed,
    }
}

fn fingerprints(entries: &[Entry]) -> HashSet<Hash> {
    entries.iter().map(|entry| entry.fingerprint.clone()).collect()
}
