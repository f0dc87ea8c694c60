//! An analysis in two steps, for whoever waits for the first: the file that was just edited, then everything.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;
use vastlint_diagnostic::{Diagnostic, RuleId};
use vastlint_model::{Document, DocumentId};
use vastlint_rules::{Check, Context, Facts, Finding, Rule, Sink, find};

use crate::run::{Understood, active_rules, conclude, run_on_document, settle, syntax_errors};
use crate::{Report, Repository, SourceFile};

/// A rule that broke down. The others go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulePanic {
    /// The rule.
    pub rule: RuleId,
    /// The file that it looked at; none for a rule about the whole repository.
    pub path: Option<String>,
    /// What it said.
    pub message: String,
}

/// What a whole analysis came to.
#[derive(Debug)]
pub struct Analysis {
    /// What was found.
    pub report: Report,
    /// The rules that broke down.
    pub panics: Vec<RulePanic>,
}

/// What rules about single documents say about one file. The findings have no fixes yet.
#[derive(Debug)]
pub struct Preview<'a> {
    /// Every file; [`vastlint_text::FileId`] counts in this list.
    pub files: &'a [SourceFile],
    /// The findings in the file, in report order.
    pub diagnostics: Vec<Diagnostic>,
}

/// Whether findings of a rule are missing in the first step of [`Repository::analyse_in_two_steps`]: it looks at the whole
/// repository, or needs what all other rules found.
#[must_use]
pub fn needs_everything(rule: RuleId) -> bool {
    rule.name == "unused-suppression"
        || find(rule.code).is_some_and(|rule| matches!(rule.check, Check::Project(_)))
}

/// Runs rules, and keeps what breaks down from stopping the others.
struct Runner<'a> {
    context: &'a Context<'a>,
    rules: &'a [&'static Rule],
    panics: Mutex<Vec<RulePanic>>,
}

impl Runner<'_> {
    fn guard(
        &self,
        rule: &'static Rule,
        path: Option<&str>,
        findings: &mut Vec<Finding>,
        run: impl FnOnce(&mut Vec<Finding>),
    ) {
        let before = findings.len();
        // What a rule that breaks down has found so far is dropped; nothing else is touched by it.
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| run(findings))) {
            findings.truncate(before);
            let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let message = text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default();
            let panic = RulePanic { rule: rule.id, path: path.map(str::to_owned), message };
            // Nobody panics while holding the lock.
            self.panics.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(panic);
        }
    }

    fn on_document(&self, document: &Document, findings: &mut Vec<Finding>) {
        syntax_errors(document, findings);
        for rule in self.rules {
            self.guard(rule, Some(&document.path), findings, |findings| {
                run_on_document(rule, self.context, document, findings);
            });
        }
    }

    fn on_project(&self, rule: &'static Rule, findings: &mut Vec<Finding>) {
        if let Check::Project(check) = rule.check {
            self.guard(rule, None, findings, |findings| check(self.context, &mut Sink::new(rule, findings)));
        }
    }
}

impl Repository {
    /// Analyses in two steps. First `show` gets what rules about single documents say about the file `first`; findings
    /// of [`needs_everything`] are missing there. Then all rules run over everything. As soon as `go_on` says no, the
    /// second step ends without a result.
    pub fn analyse_in_two_steps(
        &self,
        first: Option<&str>,
        show: &mut dyn FnMut(Preview<'_>),
        go_on: &(dyn Fn() -> bool + Sync),
    ) -> Option<Analysis> {
        let edition = self.edition();
        let mut understood = Understood::of(&self.inputs);
        let project = std::mem::take(&mut understood.project);
        let active = active_rules(edition, &self.config, &self.view.selector);
        let contract = self.config.contract(edition);
        let facts = Facts::lazy(&project, contract);
        let context = Context { project: &project, facts: &facts, contract };
        let runner = Runner { context: &context, rules: &active, panics: Mutex::default() };
        let mut findings = Vec::new();
        let mut done: Option<(DocumentId, DocumentId)> = None;
        if let Some(file) = first.and_then(|path| project.file_document(path)) {
            let documents = &project.documents[file.id.index()..];
            let of_file = documents.iter().take_while(|document| document.file == file.file);
            let mut last = file.id;
            for document in of_file {
                runner.on_document(document, &mut findings);
                last = document.id;
            }
            done = Some((file.id, last));
            let (files, all) = (&understood.files[..], (edition, &self.config, &self.view));
            let partial = Some("only one file is looked at");
            // What a fix writes is only proven when everything is looked at: each takes a look at the whole file.
            let unfixed = findings.iter().map(|finding| Finding { fix: None, ..finding.clone() }).collect();
            let settled = settle(unfixed, (files, &project), all, partial);
            let is_here = |one: &Diagnostic| one.primary.file == file.file;
            show(Preview { files, diagnostics: settled.diagnostics.into_iter().filter(is_here).collect() });
        }
        if !go_on() {
            return None;
        }
        facts.complete();
        let stopped = AtomicBool::new(false);
        let goes_on = || {
            if !go_on() {
                stopped.store(true, Ordering::Relaxed);
            }
            !stopped.load(Ordering::Relaxed)
        };
        let join = |mut all: Vec<Finding>, mut some: Vec<Finding>| {
            all.append(&mut some);
            all
        };
        let on_project = active.par_iter().fold(Vec::new, |mut found, rule| {
            if goes_on() {
                runner.on_project(rule, &mut found);
            }
            found
        });
        let on_documents = project.documents.par_iter().fold(Vec::new, |mut found, document| {
            let is_done = done.is_some_and(|(first, last)| (first..=last).contains(&document.id));
            if !is_done && goes_on() {
                runner.on_document(document, &mut found);
            }
            found
        });
        findings.extend(on_project.chain(on_documents).reduce(Vec::new, join));
        let panics = runner.panics.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        if stopped.into_inner() {
            return None;
        }
        understood.findings.extend(findings);
        understood.project = project;
        let report = conclude(self.root.clone(), understood, edition, &self.config, &self.view);
        Some(Analysis { report, panics })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Input;
    use vastlint_diagnostic::Level;
    use vastlint_rules::Edition;

    static BREAKS_DOWN: Rule = Rule {
        security_severity: None,
        id: RuleId { code: "VL999", name: "breaks-down" },
        area: "shell",
        summary: "",
        levels: [Level::Off; Edition::ALL.len()],
        reason: "",
        variants: &[],
        kinds: &[],
        conventions: &[],
        source: &[],
        fixes: &[],
        body: "",
        check: Check::Document(|_, document, sink| {
            sink.report(document, vastlint_text::Span::empty(0), "half a finding", "");
            panic!("on {}", document.path);
        }),
    };

    fn repository() -> Repository {
        let script = b"#!/bin/bash\nset -euo pipefail\npip install a\n".to_vec();
        let inputs = vec![
            Input::from_bytes("provisioning_scripts/a.sh", true, script),
            Input::from_bytes("derivatives/x/Dockerfile", false, b"FROM vastai/base-image:a-1\n".to_vec()),
        ];
        Repository::of_inputs(inputs, Edition::default(), "").expect("the configuration is empty")
    }

    #[test]
    fn a_rule_that_breaks_down_stops_no_other() {
        let project = repository().project();
        let contract = vastlint_rules::builtin_contract(Edition::default());
        let facts = Facts::lazy(&project, contract);
        let context = Context { project: &project, facts: &facts, contract };
        let rules = [&BREAKS_DOWN, find("bare-pip").expect("it is a rule")];
        let runner = Runner { context: &context, rules: &rules, panics: Mutex::default() };
        let mut findings = Vec::new();
        let script = project.file_document("provisioning_scripts/a.sh").expect("it is there");
        runner.on_document(script, &mut findings);
        let names: Vec<&str> = findings.iter().map(|finding| finding.rule.id.name).collect();
        assert_eq!(names, ["bare-pip"]);
        let panics = runner.panics.into_inner().expect("nobody panicked with the lock");
        let message = "on provisioning_scripts/a.sh".to_owned();
        let path = Some("provisioning_scripts/a.sh".to_owned());
        assert_eq!(panics, [RulePanic { rule: BREAKS_DOWN.id, path, message }]);
    }

    #[test]
    fn both_steps_together_find_what_one_finds() {
        let repository = repository();
        let whole = repository.analyse();
        let mut first = Vec::new();
        let mut show = |preview: Preview<'_>| first = preview.diagnostics;
        let path = "provisioning_scripts/a.sh";
        let analysis =
            repository.analyse_in_two_steps(Some(path), &mut show, &|| true).expect("nothing stops it");
        assert_eq!(analysis.report.diagnostics, whole.diagnostics);
        assert!(analysis.panics.is_empty());
        let of_file: Vec<_> = whole
            .diagnostics
            .into_iter()
            .filter(|one| analysis.report.file(one.primary.file).path == path && !needs_everything(one.rule))
            .collect();
        assert!(!of_file.is_empty());
        let unfixed: Vec<_> = of_file.into_iter().map(|one| Diagnostic { fix: None, ..one }).collect();
        assert_eq!(first, unfixed);
        assert!(
            repository.analyse_in_two_steps(Some(path), &mut |_| {}, &|| false).is_none(),
            "it was stopped"
        );
        assert!(repository.analyse_in_two_steps(Some("no/such"), &mut |_| {}, &|| true).is_some());
    }
}
