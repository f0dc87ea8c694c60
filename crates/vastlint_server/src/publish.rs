//! Findings as the protocol writes them.

use std::str::FromStr;

use lsp_types::{
    CodeDescription, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, Location,
    NumberOrString, Position, Range, Uri,
};
use serde_json::json;
use vastlint_diagnostic::{Diagnostic, Label, RuleId, Severity};
use vastlint_engine::{ConfigError, SourceFile};
use vastlint_text::{LineIndex, Span};

use crate::client::Abilities;

/// What a diagnostic says of where it comes from.
pub(crate) const SOURCE: &str = "vastlint";

/// The page of a rule for people.
pub(crate) fn page(rule: RuleId) -> Option<Uri> {
    let page = format!("{}/blob/main/docs/rules/{}.md", env!("CARGO_PKG_REPOSITORY"), rule.name);
    Uri::from_str(&page).ok()
}

/// Turns findings of one repository into diagnostics.
pub(crate) struct Publisher<'a> {
    pub(crate) can: Abilities,
    pub(crate) files: &'a [SourceFile],
    /// The URI of a file by its path in the repository.
    pub(crate) uri: &'a dyn Fn(&str) -> Option<Uri>,
}

impl Publisher<'_> {
    pub(crate) fn diagnostic(&self, one: &Diagnostic) -> lsp_types::Diagnostic {
        let rule = one.rule;
        let related = one.related.iter().filter_map(|label| {
            let message = if label.message.is_empty() { "see here" } else { &label.message };
            Some(DiagnosticRelatedInformation {
                location: self.location(label)?,
                message: message.to_owned(),
            })
        });
        let fix = one.fix.as_ref();
        let fix = fix.map(|fix| json!({ "title": fix.message, "applicability": fix.applicability.name() }));
        lsp_types::Diagnostic {
            range: self.range(&one.primary),
            severity: Some(severity(one.severity)),
            code: Some(NumberOrString::String(rule.code.to_owned())),
            code_description: page(rule)
                .filter(|_| self.can.code_description)
                .map(|href| CodeDescription { href }),
            source: Some(SOURCE.to_owned()),
            message: message(one),
            related_information: self
                .can
                .related
                .then(|| related.collect::<Vec<_>>())
                .filter(|all| !all.is_empty()),
            tags: tags(rule).filter(|_| self.can.tags),
            data: self.can.data.then(|| json!({ "rule": rule.name, "fix": fix })),
        }
    }

    fn location(&self, label: &Label) -> Option<Location> {
        let file = self.files.get(label.file.index())?;
        Some(Location { uri: (self.uri)(&file.path)?, range: self.range(label) })
    }

    fn range(&self, label: &Label) -> Range {
        let Some(file) = self.files.get(label.file.index()) else { return Range::default() };
        self.can.encoding.range(&file.text, file.lines(), label.span)
    }
}

/// What is wrong, what happens because of it and what to write: one below the other.
fn message(one: &Diagnostic) -> String {
    let mut message = one.message.clone();
    for (word, text) in [("why", &one.why), ("help", &one.help)] {
        if !text.is_empty() {
            message.push('\n');
            message.push_str(word);
            message.push_str(": ");
            message.push_str(text);
        }
    }
    message
}

fn severity(severity: Severity) -> DiagnosticSeverity {
    match severity {
        Severity::Error => DiagnosticSeverity::ERROR,
        Severity::Warning => DiagnosticSeverity::WARNING,
        Severity::Info => DiagnosticSeverity::INFORMATION,
    }
}

/// What may be drawn fainter because nothing uses it.
fn tags(rule: RuleId) -> Option<Vec<DiagnosticTag>> {
    (rule.name == "unused-suppression").then(|| vec![DiagnosticTag::UNNECESSARY])
}

/// A fault of a configuration or a baseline as a diagnostic in that file.
pub(crate) fn fault(can: Abilities, error: &ConfigError) -> lsp_types::Diagnostic {
    let lines = LineIndex::new(&error.text);
    let range = match error.span {
        Some(span) => {
            let length = error.text.len() as u32;
            let span = Span::new(span.start.min(length), span.end.min(length));
            can.encoding.range(&error.text, &lines, span)
        }
        None => Range::new(Position::new(0, 0), Position::new(0, 0)),
    };
    let help = error.help.as_ref().map_or_else(String::new, |help| format!("\nhelp: {help}"));
    lsp_types::Diagnostic {
        range,
        severity: Some(DiagnosticSeverity::ERROR),
        source: Some(SOURCE.to_owned()),
        message: format!("{}{help}\nuntil it is mended, the last sound one holds", error.message),
        ..lsp_types::Diagnostic::default()
    }
}
