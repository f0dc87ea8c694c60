//! Which findings the baseline knows, and which of its entries find nothing any more.

use std::collections::{HashMap, HashSet};

use vastlint_diagnostic::Diagnostic;
use vastlint_rules::Edition;

use super::{Baseline, Entry};
use crate::SourceFile;
use crate::fingerprints::{Fingerprinter, Fingerprints};
use crate::run::in_scope;

/// What became of a baseline in a run.
#[derive(Debug)]
pub struct BaselineUse {
    /// The baseline as it was read.
    pub baseline: Baseline,
    /// Entries that find nothing any more, in the order of the file. None if the run saw only a part: see `partial`.
    pub stale: Vec<Entry>,
    /// Why the run cannot say what is stale, if it cannot.
    pub partial: Option<&'static str>,
    /// The entries as they would be written now, without the stale ones: files that moved have their new path.
    pub(crate) kept: Vec<Entry>,
}

/// Moves what the baseline knows from `diagnostics`, which are all that was found, in report order, to the findings
/// that are returned. `partial` says why nothing may be called stale, if nothing may.
pub(crate) fn split(
    baseline: Baseline,
    files: &[SourceFile],
    edition: Edition,
    diagnostics: &mut Vec<Diagnostic>,
    partial: Option<&'static str>,
) -> (Vec<Diagnostic>, BaselineUse) {
    let partial = partial.or((baseline.edition != edition).then_some("it was made under another edition"));
    let mut fingerprinter = Fingerprinter::new(files);
    let found: Vec<_> = diagnostics.iter().map(|one| fingerprinter.both(one)).collect();
    let mut matches = Matches::new(&baseline.entries);
    let mut known: Vec<bool> = found.iter().map(|one| matches.here(one)).collect();
    matches.only_moved(files);
    for (known, fingerprints) in known.iter_mut().zip(&found) {
        *known = *known || matches.moved(fingerprints);
    }
    let unchecked: Vec<String> = unchecked(diagnostics, files);
    let (lost, mut kept): (Vec<Entry>, Vec<Entry>) = matches
        .unmatched()
        .cloned()
        .partition(|entry| partial.is_none() && !in_scope(&entry.path, &unchecked));
    let (mut new, mut old) = (Vec::new(), Vec::new());
    for ((diagnostic, known), fingerprints) in std::mem::take(diagnostics).into_iter().zip(known).zip(found) {
        if known {
            kept.push(Entry::new(&diagnostic, files, fingerprints));
            old.push(diagnostic);
        } else {
            new.push(diagnostic);
        }
    }
    *diagnostics = new;
    (old, BaselineUse { baseline, stale: lost, partial, kept })
}

/// Files and folders that could not be read: nobody knows whether what was found in them is still there.
fn unchecked(diagnostics: &[Diagnostic], files: &[SourceFile]) -> Vec<String> {
    let unreadable = diagnostics.iter().filter(|diagnostic| diagnostic.rule.name == "unreadable-file");
    unreadable.map(|diagnostic| files[diagnostic.primary.file.index()].path.clone()).collect()
}

/// Pairs findings with entries; each entry is used once.
struct Matches<'a> {
    entries: &'a [Entry],
    used: Vec<bool>,
    here: HashMap<&'a str, usize>,
    content: HashMap<&'a str, Vec<usize>>,
}

impl<'a> Matches<'a> {
    fn new(entries: &'a [Entry]) -> Self {
        let here = entries.iter().enumerate().map(|(index, entry)| (entry.fingerprint.as_str(), index));
        Self { entries, used: vec![false; entries.len()], here: here.collect(), content: HashMap::new() }
    }

    /// Whether an entry has the finding's rule, path, place and ordinal.
    fn here(&mut self, fingerprints: &Fingerprints) -> bool {
        let index = self.here.get(fingerprints.here.as_str());
        index.is_some_and(|&index| !std::mem::replace(&mut self.used[index], true))
    }

    /// From now on looks only at entries whose file is gone: where it is still there, its copy is another file.
    fn only_moved(&mut self, files: &[SourceFile]) {
        if self.used.iter().all(|used| *used) {
            return;
        }
        let there: HashSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
        for (index, entry) in self.entries.iter().enumerate().rev() {
            if let Some(content) = &entry.content
                && !self.used[index]
                && !there.contains(entry.path.as_str())
            {
                self.content.entry(content.as_str()).or_default().push(index);
            }
        }
    }

    /// Whether an entry of a file that is gone has the finding's rule, content, place and ordinal.
    fn moved(&mut self, fingerprints: &Fingerprints) -> bool {
        let content = fingerprints.content.as_deref();
        let index = content.and_then(|content| self.content.get_mut(content)?.pop());
        index.is_some_and(|index| !std::mem::replace(&mut self.used[index], true))
    }

    fn unmatched(&self) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().zip(&self.used).filter(|(_, used)| !**used).map(|(entry, _)| entry)
    }
}
