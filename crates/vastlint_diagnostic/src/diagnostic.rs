use vastlint_text::{FileId, Span};

use crate::{Fix, Severity};

/// A rule's two names; either is accepted wherever a rule is named.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RuleId {
    /// `VL` and three digits, by area.
    pub code: &'static str,
    /// The fault in kebab case.
    pub name: &'static str,
}

/// A place that a diagnostic speaks about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// The file, never an embedded document: spans have been mapped to the bytes on disk.
    pub file: FileId,
    /// Bytes of that file.
    pub span: Span,
    /// What is to be seen here; may be empty.
    pub message: String,
}

/// One finding of one rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// The rule that found it.
    pub rule: RuleId,
    /// Its severity under the edition and configuration of the run.
    pub severity: Severity,
    /// What is wrong, in the words of the file at hand; one sentence, no full stop.
    pub message: String,
    /// What will happen because of it.
    pub why: String,
    /// What to write instead.
    pub help: String,
    /// The place of the fault.
    pub primary: Label,
    /// Other places that explain it, in this or other files.
    pub related: Vec<Label>,
    /// How it can be mended by a program.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// Orders diagnostics as reports do: by file, place, rule, then message.
    #[must_use]
    pub fn report_order(&self, other: &Self) -> std::cmp::Ordering {
        let key = |d: &Self| (d.primary.file, d.primary.span.start, d.primary.span.end, d.rule);
        key(self).cmp(&key(other)).then_with(|| self.message.cmp(&other.message))
    }
}
