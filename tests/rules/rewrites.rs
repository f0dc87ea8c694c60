//! Rewrites that change nothing about what a file means must change nothing about what is found in it.

use std::collections::BTreeMap;

use vastlint_engine::{Input, InputContent, Report};
use vastlint_model::{Kind, Tree};
use vastlint_rules::{Edition, catalogue};

use crate::examples::File;
use crate::{analyse_files, examples_of, expect_no_faults, fixtures, page_path};

/// A text of another form and the same meaning; the same text where the rewrite does not apply.
type Rewrite = fn(Kind, &str) -> String;

const REWRITES: [(&str, Rewrite); 6] = [
    ("no newline at the end", without_final_newline),
    ("carriage returns", with_carriage_returns),
    ("`source` for `.`", with_source),
    ("instructions in lower case", with_lower_case_instructions),
    ("comments that mention what is forbidden", with_comments),
    ("comments inside continuations", with_comments_in_continuations),
];

fn without_final_newline(_: Kind, text: &str) -> String {
    text.strip_suffix('\n').unwrap_or(text).to_owned()
}

/// Not for shell, which takes the carriage return for a part of the last word.
fn with_carriage_returns(kind: Kind, text: &str) -> String {
    match kind {
        Kind::Dockerfile if text.contains("<<") => text.to_owned(),
        Kind::Shell(_) | Kind::Markdown => text.to_owned(),
        _ => text.replace('\n', "\r\n"),
    }
}

/// Not where plain sh runs the commands, which knows no `source`.
fn with_source(kind: Kind, text: &str) -> String {
    if matches!(kind, Kind::Markdown | Kind::ProvisioningManifest) || text.starts_with("#!/bin/sh") {
        return text.to_owned();
    }
    let line = |line: &str| {
        let rest = line.trim_start();
        match rest.strip_prefix(". ") {
            Some(path) => format!("{}source {path}", &line[..line.len() - rest.len()]),
            None => {
                line.replace("&& . ", "&& source ").replace("; . ", "; source ").replace("(. ", "(source ")
            }
        }
    };
    text.split_inclusive('\n').map(line).collect()
}

const INSTRUCTIONS: [&str; 13] = [
    "FROM",
    "LABEL",
    "RUN",
    "COPY",
    "ENV",
    "ARG",
    "SHELL",
    "WORKDIR",
    "ENTRYPOINT",
    "CMD",
    "ONBUILD",
    "ADD",
    "USER",
];

fn with_lower_case_instructions(kind: Kind, text: &str) -> String {
    if kind != Kind::Dockerfile {
        return text.to_owned();
    }
    let line = |line: &str| match line.split_once(' ') {
        Some((word, rest)) if INSTRUCTIONS.contains(&word) => format!("{} {rest}", word.to_lowercase()),
        _ => line.to_owned(),
    };
    text.split_inclusive('\n').map(line).collect()
}

const COMMENT: &str =
    "# pip install x --torch-backend=auto; set +e; . exit_portal.sh; MATRIX_ID=x; LABEL a=b\n";

/// A comment at the end, and below the first line, where neither a directive nor a heredoc is torn apart.
fn with_comments(kind: Kind, text: &str) -> String {
    match kind {
        Kind::Markdown => return text.to_owned(),
        // What stands at the end may be inside a block scalar or a heredoc that is not closed.
        _ if !text.ends_with('\n') => return text.to_owned(),
        _ => {}
    }
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let below_first = match kind {
        Kind::Shell(_) => first.starts_with("#!"),
        Kind::SupervisorConf => first.starts_with('['),
        _ => first.starts_with("name: "),
    };
    if below_first { format!("{first}\n{COMMENT}{rest}{COMMENT}") } else { format!("{text}{COMMENT}") }
}

/// `BuildKit` takes comment lines out of continuations before the shell sees them.
fn with_comments_in_continuations(kind: Kind, text: &str) -> String {
    if kind != Kind::Dockerfile || text.contains("<<") {
        return text.to_owned();
    }
    let lines = text.split_inclusive('\n');
    lines
        .map(|line| if line.ends_with("\\\n") { format!("{line}    {COMMENT}") } else { line.to_owned() })
        .collect()
}

fn rewritten(file: &File, rewrite: Rewrite) -> File {
    let input = Input::from_bytes(&file.path, false, file.content.clone());
    let InputContent::Parsed { text, documents } = &input.content else { return file.clone() };
    // Text that vastlint puts together differently when it is broken proves nothing.
    let broken = documents.iter().any(|document| !document.tree.errors().is_empty());
    if broken || matches!(documents[0].tree, Tree::Text) {
        return file.clone();
    }
    File { path: file.path.clone(), content: rewrite(documents[0].kind, text).into_bytes() }
}

/// What was found: how often each rule said what.
fn findings(report: &Report) -> BTreeMap<(String, &'static str, String), usize> {
    let mut counts = BTreeMap::new();
    for finding in &report.diagnostics {
        let path = report.file(finding.primary.file).path.clone();
        *counts.entry((path, finding.rule.code, finding.message.clone())).or_default() += 1;
    }
    counts
}

fn compare(place: &str, files: &[File], edition: Edition, faults: &mut Vec<String>) {
    let before = findings(&analyse_files(files, edition));
    for (name, rewrite) in REWRITES {
        let changed: Vec<File> = files.iter().map(|file| rewritten(file, rewrite)).collect();
        if changed == files {
            continue;
        }
        let after = findings(&analyse_files(&changed, edition));
        if before != after {
            let lost: Vec<_> = before.iter().filter(|&(key, count)| after.get(key) != Some(count)).collect();
            let new: Vec<_> = after.iter().filter(|&(key, count)| before.get(key) != Some(count)).collect();
            faults.push(format!("{place}, {name}:\n  before: {lost:#?}\n  after: {new:#?}"));
        }
    }
}

#[test]
fn rewrites_that_mean_the_same_change_no_finding() {
    let mut faults = Vec::new();
    for rule in catalogue() {
        for example in examples_of(rule) {
            let place = format!("{}:{}", page_path(rule), example.line);
            compare(&place, &example.files, example.edition, &mut faults);
        }
    }
    for (name, edition) in fixtures::CLEAN.into_iter().chain([("broken", Edition::default())]) {
        compare(name, &fixtures::files(name), edition, &mut faults);
    }
    expect_no_faults(&faults);
}

/// A rewrite that never applies would prove nothing.
#[test]
fn every_rewrite_applies_to_the_fixtures() {
    let files = fixtures::files("clean");
    for (name, rewrite) in REWRITES {
        let changed = files.iter().filter(|file| rewritten(file, rewrite) != **file).count();
        assert!(changed > 0, "{name}");
    }
}
