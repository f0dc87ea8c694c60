//! `--add-ignores`, as it is used.

use std::fs;

use crate::repository::Repository;

const CONF: &str = "external/app/ROOT/etc/supervisor/conf.d/app.conf";
const DOCKERFILE: &str = "external/app/Dockerfile";
const RULES: &str = "--select=missing-proc-name,bare-pip,run-without-strict-mode";

fn read(repository: &Repository, path: &str) -> String {
    fs::read_to_string(repository.path().join(path)).unwrap()
}

#[test]
fn what_is_shown_is_passed_over_from_then_on() {
    let repository = Repository::faulty();
    let run = repository.run(&[RULES, "--add-ignores", "--reason", "the vendor's own"]);
    assert_eq!(run.exit, 0, "{}{}", run.out, run.err);
    assert!(run.err.contains("Wrote suppressions for 2 findings in 2 files."), "{}", run.err);
    assert_eq!(
        read(&repository, DOCKERFILE),
        "FROM vastai/base-image:x\n# vastlint: ignore[bare-pip] the vendor's own\nRUN pip install foo\n"
    );
    assert_eq!(
        read(&repository, CONF),
        "; vastlint: ignore[missing-proc-name] the vendor's own\n[program:app]\ncommand=/opt/app.sh\n"
    );
    let run = repository.run(&[RULES]);
    assert!(run.exit == 0 && run.err.contains("2 suppressed"), "{}", run.err);
    // The info is not shown, and so was not asked about; with it shown, its name joins the others.
    let run = repository.run(&[RULES, "--show=all", "--add-ignores", "--reason=x"]);
    assert_eq!(run.exit, 0, "{}", run.err);
    assert!(
        read(&repository, DOCKERFILE)
            .contains("# vastlint: ignore[bare-pip, run-without-strict-mode] the vendor's own\n"),
        "{}",
        read(&repository, DOCKERFILE)
    );
}

#[test]
fn paths_narrow_it_and_a_diff_changes_nothing() {
    let repository = Repository::faulty();
    let run = repository.run(&[CONF, RULES, "--add-ignores", "--reason=x", "--diff"]);
    assert_eq!(run.exit, 1);
    assert!(run.out.contains("+; vastlint: ignore[missing-proc-name] x"), "{}", run.out);
    assert!(run.err.contains("Would write suppressions for 1 finding in 1 file."), "{}", run.err);
    assert!(!read(&repository, CONF).contains("vastlint"));
    repository.run(&[CONF, RULES, "--add-ignores", "--reason=x"]);
    assert!(read(&repository, CONF).contains("vastlint"));
    assert!(!read(&repository, DOCKERFILE).contains("vastlint"));
}

#[test]
fn what_no_comment_can_suppress_is_reported() {
    let repository = Repository::new().file("provisioning_scripts/a.sh", b"#!/bin/bash\n\xff\xfe\xfd\n");
    let run = repository.run(&["--add-ignores", "--reason=x"]);
    assert_eq!(run.exit, 1, "{}", run.err);
    assert!(run.out.contains("unreadable-file"), "{}", run.out);
    assert!(run.err.contains("What is left no comment can suppress."), "{}", run.err);
    assert_eq!(
        fs::read(repository.path().join("provisioning_scripts/a.sh")).unwrap(),
        b"#!/bin/bash\n\xff\xfe\xfd\n"
    );
}

#[test]
fn a_reason_is_asked_for_and_has_to_be_one_line_of_plain_words() {
    let repository = Repository::faulty();
    for arguments in [&["--add-ignores"][..], &["--reason=x"], &["--add-ignores", "--fix", "--reason=x"]] {
        let run = repository.run(arguments);
        assert_eq!(run.exit, 2, "{arguments:?}");
    }
    for (reason, words) in
        [(" ", "says nothing"), ("a\nb", "more than one line"), ("a --> b", "`-->` in the reason")]
    {
        let run = repository.run(&["--add-ignores", "--reason", reason]);
        assert!(run.exit == 2 && run.err.contains(words), "{reason}: {}", run.err);
    }
    assert_eq!(read(&repository, CONF), "[program:app]\ncommand=/opt/app.sh\n");
}

#[test]
fn standard_input_comes_back_with_its_comments() {
    let repository = Repository::faulty();
    let mut command =
        repository.command(&[RULES, "--add-ignores", "--reason=x", "--stdin-filename", CONF, "-"]);
    let run = crate::repository::finish(command.write_stdin("[program:app]\r\ncommand=/opt/app.sh\r\n"));
    assert_eq!(
        (run.exit, run.out.as_str()),
        (0, "; vastlint: ignore[missing-proc-name] x\r\n[program:app]\r\ncommand=/opt/app.sh\r\n")
    );
}
