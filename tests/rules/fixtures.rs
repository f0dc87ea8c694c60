//! Template repositories: one without a fault for each edition, and a twin of the first in which many rules are broken,
//! in files and in files inside files. What is found in the twin is pinned line by line in `fixtures/broken.expected`; to accept a change,
//! run the test with `VASTLINT_UPDATE=1` and read what it wrote.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use vastlint_engine::{Options, Progress, Report, check};
use vastlint_rules::Edition;

use crate::examples::File;
use crate::root;

/// The repositories without a fault, and the edition that each follows.
pub(crate) const CLEAN: [(&str, Edition); 2] =
    [("clean", Edition::E2026_02), ("clean-2026-08", Edition::E2026_08)];

fn check_repository(name: &str, edition: Edition) -> Report {
    let options = Options {
        paths: vec![root().join("fixtures").join(name)],
        edition: Some(edition),
        ..Options::default()
    };
    check(&options, &Progress::default()).expect("the fixture can be checked")
}

fn listing(report: &Report) -> String {
    let mut text = String::new();
    for finding in &report.diagnostics {
        let (start, _) = report.position(&finding.primary);
        let path = &report.file(finding.primary.file).path;
        let _ = writeln!(
            text,
            "{path}:{}:{} {} {} {} {}",
            start.line, start.column, finding.severity, finding.rule.code, finding.rule.name, finding.message
        );
    }
    text
}

/// The files of a fixture, for tests that change them.
pub(crate) fn files(name: &str) -> Vec<File> {
    fn collect(root: &Path, folder: &Path, files: &mut Vec<File>) {
        for entry in fs::read_dir(folder).expect("the fixture is there") {
            let path = entry.expect("a folder can be listed").path();
            if path.is_dir() {
                collect(root, &path, files);
            } else {
                let relative = path.strip_prefix(root).expect("it was found below it");
                let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
                files.push(File { path: parts.join("/"), content: fs::read(&path).expect("it can be read") });
            }
        }
    }
    let root = root().join("fixtures").join(name);
    let mut files = Vec::new();
    collect(&root, &root, &mut files);
    files
}

/// The files of a fixture, and whether each is executable.
pub(crate) fn with_modes(name: &str) -> Vec<(File, bool)> {
    let is_executable = |file: &File| file.content.starts_with(b"#!") && is_executable(name, &file.path);
    files(name).into_iter().map(|file| (is_executable(&file), file)).map(|(bit, file)| (file, bit)).collect()
}

#[test]
fn nothing_is_found_in_the_clean_repositories() {
    for (name, edition) in CLEAN {
        let report = check_repository(name, edition);
        assert_eq!(listing(&report), "", "{name}");
        // The fixture is read as what it is, not passed over.
        assert!(
            report.summary.images >= 5 && report.summary.embedded_documents >= 30,
            "{:?}",
            report.summary
        );
    }
}

/// The examples of the documents, in their places: they lack workflows, and nothing else is worth more than a remark.
#[test]
fn the_examples_of_the_documents_are_accepted_in_their_own_edition() {
    let report = check_repository("documents", Edition::E2026_02);
    assert_eq!(report.summary.images, 2);
    let graver: String = listing(&report).lines().filter(|line| !line.contains(" info VL")).collect();
    assert_eq!(graver, "");
    let workflows = report.diagnostics.iter().filter(|finding| finding.rule.name == "image-without-workflow");
    assert_eq!(workflows.count(), 2);
}

#[test]
fn the_broken_repository_breaks_as_expected() {
    let found = listing(&check_repository("broken", Edition::E2026_02));
    let path = root().join("fixtures/broken.expected");
    if env::var_os("VASTLINT_UPDATE").is_some() {
        fs::write(&path, &found).expect("the source tree is writable");
    }
    let expected = fs::read_to_string(&path).expect("the expected findings are there");
    let missing: Vec<&str> =
        expected.lines().filter(|line| !found.lines().any(|other| other == *line)).collect();
    let surplus: Vec<&str> =
        found.lines().filter(|line| !expected.lines().any(|other| other == *line)).collect();
    assert_eq!(
        found,
        expected,
        "not found any more:\n{}\nnew:\n{}\n(VASTLINT_UPDATE=1 accepts it)",
        missing.join("\n"),
        surplus.join("\n")
    );
}

/// The programs start their scripts by path, so the bit has to survive the way through git.
#[test]
fn supervisor_scripts_of_the_fixtures_are_executable() {
    for name in ["clean", "clean-2026-08", "broken"] {
        for file in files(name) {
            let script = file.path.rsplit_once('/').is_some_and(|(folder, _)| {
                folder.ends_with("/opt/supervisor-scripts")
                    || folder.ends_with("/opt/instance-tools/bin")
                    || folder.contains("/opt/instance-tools/tests/")
            });
            let expected = script || file.path.starts_with("tools/");
            assert_eq!(is_executable(name, &file.path), expected, "{name}/{}", file.path);
        }
    }
}

/// Whether the owner of a fixture's file may execute it.
pub(crate) fn is_executable(name: &str, path: &str) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    let path = root().join("fixtures").join(name).join(path);
    fs::metadata(&path).expect("it was just listed").permissions().mode() & 0o111 != 0
}
