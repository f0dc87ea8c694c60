//! The fingerprints of a run's findings.

use std::collections::HashMap;
use std::rc::Rc;

use vastlint_diagnostic::{Diagnostic, content_fingerprint, fingerprint, normalise_place};
use vastlint_text::FileId;

use crate::SourceFile;

/// By what a finding is known again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fingerprints {
    /// Of rule, path, place and ordinal.
    pub(crate) here: String,
    /// Of rule, content of the file, place and ordinal: the same when the file moved as it was. None where there is no
    /// content to speak of.
    pub(crate) content: Option<String>,
}

/// Takes the findings of a run in report order, all of them: those that agree in rule, path and place are numbered.
pub(crate) struct Fingerprinter<'a> {
    files: &'a [SourceFile],
    /// A long line with many findings is normalised once.
    places: HashMap<(FileId, u32), Rc<str>>,
    ordinals: HashMap<(&'static str, FileId, Rc<str>), u32>,
}

impl<'a> Fingerprinter<'a> {
    pub(crate) fn new(files: &'a [SourceFile]) -> Self {
        Self { files, places: HashMap::new(), ordinals: HashMap::new() }
    }

    /// The fingerprint of the next finding.
    pub(crate) fn here(&mut self, diagnostic: &Diagnostic) -> String {
        let (place, ordinal) = self.place(diagnostic);
        fingerprint(diagnostic.rule.code, &self.file(diagnostic).path, &place, ordinal)
    }

    /// Both fingerprints of the next finding.
    pub(crate) fn both(&mut self, diagnostic: &Diagnostic) -> Fingerprints {
        let (place, ordinal) = self.place(diagnostic);
        let (code, file) = (diagnostic.rule.code, self.file(diagnostic));
        // All empty files are alike, and so are all that cannot be read.
        let has_content = !file.text.trim().is_empty();
        Fingerprints {
            here: fingerprint(code, &file.path, &place, ordinal),
            content: has_content.then(|| content_fingerprint(code, &file.text, &place, ordinal)),
        }
    }

    fn file(&self, diagnostic: &Diagnostic) -> &'a SourceFile {
        &self.files[diagnostic.primary.file.index()]
    }

    fn place(&mut self, diagnostic: &Diagnostic) -> (Rc<str>, u32) {
        let label = &diagnostic.primary;
        let file = self.file(diagnostic);
        let place = if label.span.end == 0 {
            // The file as such, whatever its first line says.
            Rc::from("")
        } else {
            let line = file.lines().line_of(label.span.start);
            let place = self.places.entry((label.file, line)).or_insert_with(|| {
                normalise_place(file.lines().line_span(line, &file.text).text(&file.text)).into()
            });
            Rc::clone(place)
        };
        let key = (diagnostic.rule.code, label.file, Rc::clone(&place));
        let next = self.ordinals.entry(key).or_default();
        let ordinal = *next;
        *next += 1;
        (place, ordinal)
    }
}
