//! Fixes: from what a rule proposes for a document to bytes of files, and from there to the files on disk.
//!
//! `docs/decisions/fixes.md` tells how fixes are held to their word.

pub(crate) mod apply;
pub(crate) mod translate;
mod write;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use vastlint_diagnostic::{Applicability, Diagnostic, Fix, RuleId};
use vastlint_text::FileId;

use crate::input::{Input, InputContent};
use crate::{Report, Repository};
use apply::{Selection, apply};

pub use write::{WriteFailure, write};

/// Each round makes the fixes that go together, and looks again. Real files need three; more than this is no settling.
const MAX_ROUNDS: usize = 64;

/// What fixing a repository in memory came to.
#[derive(Debug)]
pub struct Fixed {
    /// What is left to report, with places in the fixed files.
    pub report: Report,
    /// The files that changed, in order of path.
    pub changes: Vec<Change>,
    /// How many findings were mended, by rule.
    pub mended: BTreeMap<RuleId, usize>,
    /// Whether the fixes came to rest. If not, the changes are sound, but there is more that could be mended.
    pub settled: bool,
}

/// A file that fixes changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Relative to the repository root, `/`-separated.
    pub path: Arc<str>,
    /// The text as it was read.
    pub before: Arc<str>,
    /// The text as it is to be; equal to `before` where only the mode changes.
    pub after: Arc<str>,
    /// Whether the file becomes executable.
    pub made_executable: bool,
}

impl Fixed {
    /// How many findings were mended.
    #[must_use]
    pub fn count(&self) -> usize {
        self.mended.values().sum()
    }
}

/// Makes every fix of the reported findings that is no riskier than `most`, until nothing is left to mend. Files that are
/// not reported on are not changed. Nothing is written to disk.
#[must_use]
pub fn fix(repository: &mut Repository, most: Applicability) -> Fixed {
    let mut originals: BTreeMap<Arc<str>, Input> = BTreeMap::new();
    let mut mended = BTreeMap::new();
    let mut seen = HashSet::new();
    let mut settled = false;
    let mut report = repository.analyse();
    for _ in 0..MAX_ROUNDS {
        let round = Round::of(&report, repository, most);
        if round.inputs.is_empty() {
            settled = true;
            break;
        }
        // Two rules that undo each other's work would go on for ever.
        let state: Vec<String> =
            round.inputs.iter().map(|input| format!("{}\0{}", input.path, text(input))).collect();
        if !seen.insert(state) {
            break;
        }
        for rule in round.mended {
            *mended.entry(rule).or_default() += 1;
        }
        for input in round.inputs {
            if let Some(before) = repository.input(&input.path) {
                originals.entry(Arc::clone(&input.path)).or_insert_with(|| before.clone());
            }
            repository.set_input(input);
        }
        report = repository.analyse();
    }
    Fixed { changes: changes(originals, repository), report, mended, settled }
}

/// What became of files.
pub(crate) fn changes(originals: BTreeMap<Arc<str>, Input>, repository: &Repository) -> Vec<Change> {
    let change = |(path, before): (Arc<str>, Input)| {
        let after = repository.input(&path)?;
        let made_executable = after.executable && !before.executable;
        let change = Change { path, before: text(&before), after: text(after), made_executable };
        (made_executable || change.before != change.after).then_some(change)
    };
    originals.into_iter().filter_map(change).collect()
}

/// A file's text; empty where it was not read.
fn text(input: &Input) -> Arc<str> {
    match &input.content {
        InputContent::Parsed { text, .. } => Arc::clone(text),
        InputContent::Listed | InputContent::Unreadable(_) => Arc::from(""),
    }
}

/// One round of fixes: those that go together.
struct Round {
    /// The files as they become.
    inputs: Vec<Input>,
    /// The rule of each finding that is mended.
    mended: Vec<RuleId>,
}

impl Round {
    fn of(report: &Report, repository: &Repository, most: Applicability) -> Self {
        let is_wanted = |fix: &Fix| {
            let in_view = |file: FileId| repository.reports_on(&report.file(file).path);
            fix.applicability <= most && fix.files().into_iter().all(in_view)
        };
        let candidates: Vec<(&Diagnostic, &Fix)> = report
            .diagnostics
            .iter()
            .filter_map(|one| Some((one, one.fix.as_ref()?)))
            .filter(|(_, fix)| is_wanted(fix))
            .collect();
        Self::making(&candidates, report, repository).unwrap_or_else(|| {
            // Together or alone, something breaks the syntax: leave out what does so alone, or make one at a time.
            let sound: Vec<_> = candidates
                .into_iter()
                .filter(|&candidate| Self::making(&[candidate], report, repository).is_some())
                .collect();
            Self::making(&sound, report, repository)
                .or_else(|| Self::making(sound.get(..1)?, report, repository))
                .unwrap_or(Self { inputs: Vec::new(), mended: Vec::new() })
        })
    }

    /// The round that makes these fixes, as far as they go together; none if a file then has more syntax errors.
    fn making(candidates: &[(&Diagnostic, &Fix)], report: &Report, repository: &Repository) -> Option<Self> {
        let mut selection = Selection::default();
        let taken = candidates.iter().filter(|(_, fix)| selection.take(fix));
        let mended = taken.map(|(diagnostic, _)| diagnostic.rule).collect();
        let executable = selection.executable();
        let mut files = selection.files();
        files.extend(&executable);
        files.sort_unstable();
        files.dedup();
        let mut inputs = Vec::with_capacity(files.len());
        for file in files {
            let before = repository.input(&report.file(file).path)?;
            let is_executable = before.executable || executable.contains(&file);
            let edits = selection.edits(file);
            let mut after = before.clone();
            if !edits.is_empty() {
                let text = apply(&report.file(file).text, &edits);
                after = Input::from_bytes(&before.path, is_executable, text.into_bytes());
                if errors(&after)? > errors(before)? {
                    return None;
                }
            }
            after.executable = is_executable;
            inputs.push(after);
        }
        Some(Self { inputs, mended })
    }
}

/// How many syntax errors a file and what is in it have; none if it is not read at all.
fn errors(input: &Input) -> Option<usize> {
    match &input.content {
        InputContent::Parsed { documents, .. } => {
            Some(documents.iter().map(|document| document.tree.errors().len()).sum())
        }
        InputContent::Listed | InputContent::Unreadable(_) => None,
    }
}
