//! Holds fixes to their word, whatever rule they come from: after a fix its finding is gone, nothing new is found by any
//! rule, the file has no new syntax error, nothing but the edited bytes changed, and there is nothing left to do again.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use vastlint_diagnostic::{Applicability, Diagnostic, Fix, RuleId};
use vastlint_engine::{Input, InputContent, Report, Repository, fix};

/// What was seen.
#[derive(Debug, Default)]
pub(crate) struct Proof {
    /// What is wrong; a text for people each.
    pub(crate) faults: Vec<String>,
    /// How many fixes of each rule were held to their word.
    pub(crate) proven: BTreeMap<(RuleId, Applicability), usize>,
}

impl Proof {
    fn fault(&mut self, about: &str, report: &Report, finding: &Diagnostic, what: &str) {
        let (start, _) = report.position(&finding.primary);
        let path = &report.file(finding.primary.file).path;
        self.faults.push(format!(
            "{about}: {path}:{}:{} {} {}: {what}",
            start.line, start.column, finding.rule.name, finding.message
        ));
    }

    /// Makes every fix of a repository alone, then all safe ones, then all of them.
    pub(crate) fn of(&mut self, repository: &mut Repository, about: &str) {
        let before = repository.analyse();
        for finding in &before.diagnostics {
            if let Some(fix) = &finding.fix {
                self.alone(repository, &before, finding, fix, about);
            }
        }
        if before.diagnostics.iter().any(|finding| finding.fix.is_some()) {
            for most in [Applicability::Safe, Applicability::Unsafe] {
                self.together(repository, &before, most, about);
            }
        }
    }

    fn alone(
        &mut self,
        repository: &mut Repository,
        before: &Report,
        finding: &Diagnostic,
        fix: &Fix,
        about: &str,
    ) {
        *self.proven.entry((finding.rule, fix.applicability)).or_default() += 1;
        for what in misshapen(before, fix) {
            self.fault(about, before, finding, &what);
        }
        let originals = make(repository, before, fix);
        let after = repository.analyse();
        let (was, is) = (count(before), count(&after));
        let own = (finding.rule.code, before.file(finding.primary.file).path.as_str());
        if is.get(&own).copied().unwrap_or_default() >= was[&own] {
            let what = format!("the fix does not mend it:\n{}", changed(repository, before, fix));
            self.fault(about, before, finding, &what);
        }
        for (key, after_count) in &is {
            if *after_count > was.get(key).copied().unwrap_or_default() {
                let new = after
                    .diagnostics
                    .iter()
                    .filter(|one| (one.rule.code, after.file(one.primary.file).path.as_str()) == *key);
                let new: Vec<&str> = new.map(|one| one.message.as_str()).collect();
                let what = format!(
                    "the fix makes {} in {} speak: {new:?}\n{}",
                    key.0,
                    key.1,
                    changed(repository, before, fix)
                );
                self.fault(about, before, finding, &what);
            }
        }
        restore(repository, originals);
    }

    fn together(&mut self, repository: &mut Repository, before: &Report, most: Applicability, about: &str) {
        let originals: Vec<Input> = repository.inputs().to_vec();
        let fixed = fix(repository, most);
        let name = most.name();
        if !fixed.settled {
            self.faults.push(format!("{about}: the {name} fixes do not come to rest"));
        }
        let was = count(before);
        for (key, after_count) in &count(&fixed.report) {
            if *after_count > was.get(key).copied().unwrap_or_default() {
                self.faults
                    .push(format!("{about}: all {name} fixes together make {} in {} speak", key.0, key.1));
            }
        }
        for left in fixed
            .report
            .diagnostics
            .iter()
            .filter(|one| one.fix.as_ref().is_some_and(|fix| fix.applicability <= most))
        {
            self.fault(about, &fixed.report, left, "a fix is left that could have been made");
        }
        if !fix(repository, most).changes.is_empty() {
            self.faults.push(format!("{about}: a second run of the {name} fixes changes something"));
        }
        restore(repository, originals);
    }
}

/// What is wrong about the form of a fix.
fn misshapen(report: &Report, fix: &Fix) -> Vec<String> {
    let mut faults = Vec::new();
    if fix.message.is_empty() || fix.message.ends_with('.') || fix.message.contains('\n') {
        faults.push(format!("`{}` is no order on one line without a full stop", fix.message));
    }
    if fix.edits.is_empty() && fix.executable.is_empty() {
        faults.push("the fix does nothing".to_owned());
    }
    for edit in &fix.edits {
        match report.file(edit.file).text.get(edit.span.range()) {
            None => faults.push(format!("{:?} is no part of the file", edit.span)),
            Some(text) if text == edit.text => faults.push(format!("{:?} stays as it is", edit.span)),
            Some(_) => {}
        }
    }
    if fix.edits.windows(2).any(|pair| pair[0].file == pair[1].file && pair[0].span.end > pair[1].span.start)
    {
        faults.push("the edits are out of order".to_owned());
    }
    faults
}

/// Makes a fix; gives back the files as they were.
pub(crate) fn make(repository: &mut Repository, report: &Report, fix: &Fix) -> Vec<Input> {
    let mut originals = Vec::new();
    for file in fix.files() {
        let source = report.file(file);
        let original = repository.input(&source.path).expect("the report is of this repository").clone();
        let mut text = source.text.to_string();
        for edit in fix.edits.iter().rev().filter(|edit| edit.file == file) {
            text.replace_range(edit.span.range(), &edit.text);
        }
        let executable = original.executable || fix.executable.contains(&file);
        repository.set_input(match original.content {
            InputContent::Parsed { .. } => Input::from_bytes(&source.path, executable, text.into_bytes()),
            _ => Input { executable, ..original.clone() },
        });
        originals.push(original);
    }
    originals
}

fn restore(repository: &mut Repository, originals: Vec<Input>) {
    for original in originals {
        repository.set_input(original);
    }
}

/// The findings by rule and file: places and words may change with an edit elsewhere in the file.
fn count(report: &Report) -> BTreeMap<(&'static str, &str), usize> {
    let mut counts = BTreeMap::new();
    for finding in &report.diagnostics {
        *counts.entry((finding.rule.code, report.file(finding.primary.file).path.as_str())).or_default() += 1;
    }
    counts
}

/// The lines that a fix changed.
fn changed(repository: &Repository, before: &Report, fix: &Fix) -> String {
    let mut shown = String::new();
    for file in fix.files() {
        let source = before.file(file);
        let Some(Input { content: InputContent::Parsed { text, .. }, .. }) = repository.input(&source.path)
        else {
            continue;
        };
        let (old, new): (Vec<&str>, Vec<&str>) = (source.text.lines().collect(), text.lines().collect());
        let start = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
        let rest = old[start..].iter().rev().zip(new[start..].iter().rev());
        let end = rest.take_while(|(a, b)| a == b).count();
        for (sign, lines) in [('-', &old[start..old.len() - end]), ('+', &new[start..new.len() - end])] {
            for line in lines {
                let _ = writeln!(shown, "        {sign}{line}");
            }
        }
    }
    shown
}
