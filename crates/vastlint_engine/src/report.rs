use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use vastlint_diagnostic::{Diagnostic, Label, Severity};
use vastlint_model::Project;
use vastlint_rules::Edition;
use vastlint_text::{FileId, LineColumn, LineIndex};

use crate::fingerprints::Fingerprinter;
use crate::{BaselineUse, Suppressed, Timings};

/// A file of the run, as it was read.
#[derive(Debug)]
pub struct SourceFile {
    /// Relative to the repository root, `/`-separated; bytes that are no UTF-8 are replaced. May hold control
    /// characters: whoever prints it escapes them.
    pub path: String,
    /// The text; empty where the file could not be read as text.
    pub text: Arc<str>,
    lines: OnceLock<LineIndex>,
}

impl SourceFile {
    /// A file with its text.
    #[must_use]
    pub fn new(path: String, text: impl Into<Arc<str>>) -> Self {
        Self { path, text: text.into(), lines: OnceLock::new() }
    }

    /// Where the file's lines start; found at the first call.
    pub fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.text))
    }
}

/// What a run found.
#[derive(Debug)]
pub struct Report {
    /// The repository root, absolute.
    pub root: PathBuf,
    /// The edition that the repository was held against.
    pub edition: Edition,
    /// The least severity that fails the run.
    pub fail_severity: Severity,
    /// Every file that was read, sorted by path; [`FileId`] counts in this list.
    pub files: Vec<SourceFile>,
    /// What the files are and how they belong together.
    pub project: Project,
    /// The findings, in report order: by path, place, rule.
    pub diagnostics: Vec<Diagnostic>,
    /// The findings that the baseline knows, in report order; they are in no count and fail no run.
    pub baselined: Vec<Diagnostic>,
    /// The baseline, if one was used.
    pub baseline: Option<BaselineUse>,
    /// The findings that comments in their files keep out of `diagnostics`, in the same order.
    pub suppressed: Vec<Suppressed>,
    /// What was read, and how long it took.
    pub summary: Summary,
    /// Where the time went, if it was asked for.
    pub timings: Option<Timings>,
}

/// Figures of a run.
#[derive(Debug, Default, Clone)]
pub struct Summary {
    /// Files read.
    pub files: usize,
    /// Documents embedded in them.
    pub embedded_documents: usize,
    /// Images (Dockerfiles that build a template image).
    pub images: usize,
    /// The edition that the repository plainly follows, where nobody chose one and it is another than the default.
    pub evident_edition: Option<Edition>,
    /// Bytes of text read.
    pub bytes: u64,
    /// Findings left out of `diagnostics` because they are in files that were not asked about. Those of the
    /// baseline are not counted.
    pub outside: usize,
    /// Findings left out of `diagnostics` because of a comment; only of the files that were asked about.
    pub suppressed: usize,
    /// Wall time from the start of the walk to the end of the last rule.
    pub elapsed: Duration,
}

impl Report {
    /// A file of the report.
    #[must_use]
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.index()]
    }

    /// Line and column of the start and the end of a label, for people (see [`LineIndex::line_column`]).
    #[must_use]
    pub fn position(&self, label: &Label) -> (LineColumn, LineColumn) {
        let file = self.file(label.file);
        let at = |offset| file.lines().line_column(offset, &file.text);
        (at(label.span.start), at(label.span.end))
    }

    /// How many findings have a severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count()
    }

    /// Whether a finding is as grave as what fails the run, or graver.
    #[must_use]
    pub fn fails(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity >= self.fail_severity)
    }

    /// The fingerprint of each finding, in the order of `diagnostics`.
    #[must_use]
    pub fn fingerprints(&self) -> Vec<String> {
        self.all_fingerprints().diagnostics
    }

    /// The fingerprints of the findings, and of those that are held back. No two are the same.
    #[must_use]
    pub fn all_fingerprints(&self) -> AllFingerprints {
        // Those in the baseline count, too: no number may depend on what is known already.
        let mut all: Vec<(&Diagnostic, bool)> = self.baselined.iter().map(|known| (known, false)).collect();
        all.extend(self.diagnostics.iter().map(|new| (new, true)));
        all.sort_by(|(a, _), (b, _)| a.report_order(b));
        let mut fingerprinter = Fingerprinter::new(&self.files);
        let mut found = AllFingerprints::default();
        for (diagnostic, is_new) in all {
            let list = if is_new { &mut found.diagnostics } else { &mut found.baselined };
            list.push(fingerprinter.here(diagnostic));
        }
        // What is suppressed comes last, so that a comment changes no other number.
        let suppressed = self.suppressed.iter().map(|suppressed| fingerprinter.here(&suppressed.diagnostic));
        found.suppressed = suppressed.collect();
        found
    }
}

/// The fingerprints of a report, each list in the order of the findings that it is named after.
#[derive(Debug, Default, Clone)]
pub struct AllFingerprints {
    /// Of [`Report::diagnostics`].
    pub diagnostics: Vec<String>,
    /// Of [`Report::baselined`].
    pub baselined: Vec<String>,
    /// Of [`Report::suppressed`].
    pub suppressed: Vec<String>,
}
