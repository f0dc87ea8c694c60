//! Suppressions that vastlint writes, held to their word on every example and fixture: all that can be suppressed is, no
//! comment is of no use, nothing new is found, and nothing but comments is written.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use vastlint_diagnostic::Severity;
use vastlint_engine::{Change, InputContent, Report, Repository, add_ignores};
use vastlint_rules::{Edition, catalogue};

use crate::examples::Verdict;
use crate::fixes::{about, fixture, repository};
use crate::rewrites::{REWRITES, rewritten_files};
use crate::{examples_of, expect_no_faults, listing};

/// With an apostrophe, which ends a word in many places.
const REASON: &str = "it's known; see issue 12";

/// What no comment can suppress: a file that is not read, and what is wrong about suppressions.
const NEVER: [&str; 5] = [
    "unreadable-file",
    "unknown-suppressed-rule",
    "malformed-suppression",
    "unused-suppression",
    "unreasoned-suppression",
];

fn prove(repository: &mut Repository, about: &str, faults: &mut Vec<String>) {
    let before = repository.analyse();
    let errors_before = errors(repository);
    let added = add_ignores(repository, REASON, Severity::Info).expect("the reason is fit");
    let after = &added.report;
    let mut fault = |what: &str| faults.push(format!("{about}: {what}"));
    let left: Vec<_> = after.diagnostics.iter().filter(|one| !NEVER.contains(&one.rule.name)).collect();
    if !left.is_empty() {
        fault(&format!("is left:\n{}{}", listing(after, left.iter().copied()), shown(&added.changes)));
    }
    let (was, is) = (count(&before), count(after));
    for (key, count) in &is {
        if *count > was.get(key).copied().unwrap_or_default() {
            fault(&format!("{} in {} speaks newly:\n{}", key.0, key.1, shown(&added.changes)));
        }
    }
    let expected = before.suppressed.len() + before.diagnostics.len() - after.diagnostics.len();
    if after.suppressed.len() != expected {
        fault(&format!("{} are suppressed, not {expected}", after.suppressed.len()));
    }
    if errors(repository) != errors_before {
        fault(&format!("parses in another way:\n{}", shown(&added.changes)));
    }
    for change in &added.changes {
        if let Some(line) = more_than_comments(change) {
            fault(&format!("`{line}` is changed:\n{}", shown(&added.changes)));
        }
    }
    if !add_ignores(repository, REASON, Severity::Info).expect("the reason is fit").changes.is_empty() {
        fault(&format!("a second run writes more:\n{}", shown(&added.changes)));
    }
}

fn count(report: &Report) -> BTreeMap<(&'static str, &str), usize> {
    let mut counts = BTreeMap::new();
    for finding in &report.diagnostics {
        *counts.entry((finding.rule.name, report.file(finding.primary.file).path.as_str())).or_default() += 1;
    }
    counts
}

/// The number of syntax errors of each document.
fn errors(repository: &Repository) -> Vec<Vec<usize>> {
    let of = |content: &InputContent| match content {
        InputContent::Parsed { documents, .. } => {
            documents.iter().map(|document| document.tree.errors().len()).collect()
        }
        _ => Vec::new(),
    };
    repository.inputs().iter().map(|input| of(&input.content)).collect()
}

/// A line that is neither as it was, nor a new comment, nor the old line with a comment behind it or another name in
/// its comment.
fn more_than_comments(change: &Change) -> Option<&str> {
    let mut before = change.before.lines().peekable();
    for line in change.after.lines() {
        let old = before.peek().copied();
        let trimmed = line.trim_start_matches('\u{feff}').trim_start();
        let is_new = ["# vastlint: ", "; vastlint: ", "<!-- vastlint: "]
            .iter()
            .any(|mark| trimmed.starts_with(mark) && trimmed.contains(REASON));
        let is_grown = old.is_some_and(|old| {
            let behind = line.strip_prefix(old.trim_end());
            behind.is_some_and(|behind| behind.contains(REASON))
                || (old.contains("vastlint:") && line.contains("vastlint:") && line.len() > old.len())
        });
        let is_same =
            old.is_some_and(|old| line.trim_start_matches('\u{feff}') == old.trim_start_matches('\u{feff}'));
        if is_same || (is_grown && !is_new) {
            before.next();
        } else if !is_new {
            return Some(line);
        }
    }
    before.next()
}

fn shown(changes: &[Change]) -> String {
    let mut shown = String::new();
    for change in changes {
        let _ = writeln!(shown, "    {}:\n{}", change.path, change.after);
    }
    shown
}

#[test]
fn ignores_keep_their_word_on_examples() {
    let mut faults = Vec::new();
    let mut proven = 0;
    for rule in catalogue() {
        let examples = examples_of(rule);
        let bad = examples.iter().filter(|example| matches!(example.verdict, Verdict::Bad(_)));
        for (index, example) in bad.enumerate() {
            proven += 1;
            let mut repository = repository(&example.files, example.edition);
            prove(&mut repository, &about(rule, example), &mut faults);
            // One of a rule in all forms is enough, and takes long.
            for &(name, rewrite) in REWRITES.iter().filter(|_| index == 0) {
                let Some(files) = rewritten_files(&example.files, rewrite) else { continue };
                let about = format!("{}, {name}", about(rule, example));
                prove(&mut crate::fixes::repository(&files, example.edition), &about, &mut faults);
            }
        }
    }
    assert!(proven > 500, "{proven}");
    expect_no_faults(&faults);
}

#[test]
fn ignores_keep_their_word_on_the_broken_repository() {
    let mut faults = Vec::new();
    for edition in Edition::ALL {
        let mut repository = fixture("broken", edition, None).expect("it has no breach");
        prove(&mut repository, &format!("broken, {edition}"), &mut faults);
    }
    expect_no_faults(&faults);
}
