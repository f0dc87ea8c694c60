use vastlint_diagnostic::Label;
use vastlint_model::Document;
use vastlint_text::Span;

use crate::{ProposedFix, Rule};

/// What a check found, before edition and configuration decide how grave it is.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule that found it.
    pub rule: &'static Rule,
    /// The case of the rule, if it is one with a level of its own.
    pub variant: Option<&'static str>,
    /// What is wrong; one sentence, no full stop.
    pub message: String,
    /// What will happen because of it.
    pub why: String,
    /// What to write instead.
    pub help: String,
    /// The place of the fault, in the file on disk.
    pub primary: Label,
    /// Other places that explain it.
    pub related: Vec<Label>,
    /// How a program can mend it.
    pub fix: Option<ProposedFix>,
}

/// A span of a document, which may be embedded in a file.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    document: &'a Document,
    span: Span,
}

impl<'a> Place<'a> {
    /// `span` of `document`'s own text.
    #[must_use]
    pub const fn new(document: &'a Document, span: Span) -> Self {
        Self { document, span }
    }

    fn label(self, message: impl Into<String>) -> Label {
        Label {
            file: self.document.file,
            span: self.document.map.to_host(self.span),
            message: message.into(),
        }
    }
}

/// Takes the findings of one rule.
#[derive(Debug)]
pub struct Sink<'a> {
    rule: &'static Rule,
    findings: &'a mut Vec<Finding>,
}

impl<'a> Sink<'a> {
    /// A sink for `rule` that appends to `findings`.
    pub const fn new(rule: &'static Rule, findings: &'a mut Vec<Finding>) -> Self {
        Self { rule, findings }
    }

    /// Reports a fault at `span` of `document`: `message` says what is wrong, `label` what is to be seen there.
    /// Returns the finding for what else there is to say.
    pub fn report(
        &mut self,
        document: &Document,
        span: Span,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> &mut Finding {
        self.report_at(Place::new(document, span), message, label)
    }

    /// Reports a fault at a place; see [`Sink::report`].
    #[expect(clippy::missing_panics_doc, reason = "it cannot")]
    pub fn report_at(
        &mut self,
        place: Place<'_>,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> &mut Finding {
        self.findings.push(Finding {
            rule: self.rule,
            variant: None,
            message: message.into(),
            why: String::new(),
            help: String::new(),
            primary: place.label(label),
            related: Vec::new(),
            fix: None,
        });
        self.findings.last_mut().expect("one was just pushed")
    }
}

impl Finding {
    /// What will happen because of the fault.
    pub fn why(&mut self, why: impl Into<String>) -> &mut Self {
        self.why = why.into();
        self
    }

    /// What to write instead.
    pub fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = help.into();
        self
    }

    /// Marks the finding as a case of its rule.
    ///
    /// # Panics
    /// In debug builds, if the rule's page does not list the case.
    pub fn variant(&mut self, name: &'static str) -> &mut Self {
        debug_assert!(
            self.rule.variants.iter().any(|variant| variant.name == name),
            "unlisted variant {name}"
        );
        self.variant = Some(name);
        self
    }

    /// Proposes a fix. A later one replaces an earlier one.
    pub fn fix(&mut self, fix: impl Into<Option<ProposedFix>>) -> &mut Self {
        self.fix = fix.into();
        self
    }

    /// Adds another place that explains the fault.
    pub fn related(&mut self, place: Place<'_>, message: impl Into<String>) -> &mut Self {
        self.related.push(place.label(message));
        self
    }
}
