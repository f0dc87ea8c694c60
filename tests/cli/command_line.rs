//! The command line itself: mistakes in it, help, configuration.

use std::fs;

use crate::reports::expect;
use crate::repository::{Repository, finish};

#[test]
fn mistakes_end_with_2_and_say_what_to_do() {
    let repository = Repository::faulty();
    for (arguments, messages) in [
        (&["--formt", "json"][..], &["unexpected argument '--formt'", "'--format'"][..]),
        (&["--format", "xml"], &["invalid value 'xml'", "text, concise, grouped, json"]),
        (&["--edition", "2025-01"], &["2026-02, 2026-08"]),
        (&["--severity", "fatal"], &["error, warning, info"]),
        (&["--select", "bar-pip"], &["there is no rule `bar-pip`", "did you mean `bare-pip`?"]),
        (&["--ignore", "VL999"], &["there is no rule `VL999`"]),
        (&["no/such/path"], &["`no/such/path`", "No such file"]),
        (&["explian"], &["`explian`", "there is a command `explain`"]),
        (&["-"], &["`-` needs to know", "--stdin-filename"]),
        (&["a", "--stdin-filename", "b"], &["cannot be checked in one run"]),
        (&["--config", "none.toml"], &["cannot read the configuration", "none.toml"]),
        (&["explain", "bar-pip"], &["there is no rule `bar-pip`", "did you mean `bare-pip`?"]),
        (&["explain"], &["required", "<RULE>"]),
    ] {
        let run = repository.run(arguments);
        assert_eq!((run.exit, run.out.as_str()), (2, ""), "{arguments:?}\n{}", run.err);
        for message in messages {
            assert!(run.err.contains(message), "{arguments:?} lacks {message:?}:\n{}", run.err);
        }
    }
}

#[test]
fn mistakes_show_no_control_characters() {
    let repository = Repository::new();
    for arguments in [["--select", "\u{1b}[31mx"], ["--config", "\u{1b}[31mx"], ["--quiet", "\u{1b}[31mx"]] {
        let run = repository.run(&arguments);
        assert_eq!(run.exit, 2);
        assert!(run.err.contains("\\x1b[31mx") && !run.err.contains('\x1b'), "{:?}", run.err);
    }
}

#[test]
fn a_fault_in_the_configuration_is_shown_at_its_place() {
    let repository = Repository::faulty()
        .file("vastlint.toml", "edition = \"2026-02\"\n\n[rules]\nbare-pip = \"fatal\"\n");
    let run = repository.run(&[]);
    assert_eq!((run.exit, run.out.as_str()), (2, ""));
    let place = fs::canonicalize(repository.path()).unwrap().display().to_string();
    expect(
        &run.err.replace(&place, ""),
        r#"
error: `fatal` is no level
   ╭─[/vastlint.toml:4:12]
 3 │ [rules]
 4 │ bare-pip = "fatal"
   ·            ───────
   ╰────
  help: expected one of `error`, `warning`, `info`, `off`
"#,
    );
}

#[test]
fn the_configuration_and_the_edition_are_heeded() {
    let repository = Repository::faulty()
        .file("vastlint.toml", "edition = \"2026-08\"\n[rules]\nbare-pip = \"off\"\n")
        .file("other.toml", "[rules]\nVL401 = \"error\"\n");
    let pip = ["--select", "bare-pip", "--format", "concise"];
    assert_eq!(repository.run(&pip).exit, 0);
    assert!(repository.run(&[]).err.contains("edition 2026-08"));
    assert!(repository.run(&["--edition", "2026-02"]).err.contains("edition 2026-02"));
    let other = repository.run(&[&pip[..], &["--config", "other.toml"]].concat());
    assert!(other.out.contains("error[VL401 bare-pip]") && other.exit == 1, "{}", other.out);
}

#[test]
fn the_command_may_be_named_or_not_and_options_stand_anywhere() {
    let repository = Repository::faulty();
    let expected = repository.run(&["check", "--format", "json", "."]).out;
    for line in [
        "--format json",
        ". --format=json",
        "--format json check .",
        "--color never check --format json",
        "check . --color never --format json",
    ] {
        let arguments: Vec<&str> = line.split(' ').collect();
        assert_eq!(repository.run(&arguments).out, expected, "{line}");
    }
}

#[test]
fn a_path_may_be_called_like_a_command() {
    let repository =
        Repository::new().file("rules/Dockerfile", "FROM vastai/base-image:x\nRUN pip install foo\n");
    for line in ["./rules --format=json", "check rules --format=json", "--format=json -- rules"] {
        let arguments: Vec<&str> = line.split(' ').collect();
        let run = repository.run(&arguments);
        assert!(run.findings().iter().any(|(_, path)| path == "rules/Dockerfile"), "{line}: {}", run.out);
    }
}

#[test]
fn help_and_version_are_no_failure() {
    let repository = Repository::new();
    for arguments in
        [&["--help"][..], &["-h"], &["help"], &["check", "--help"], &["explain", "-h"], &["rules", "-h"]]
    {
        let run = repository.run(arguments);
        assert_eq!((run.exit, run.err.as_str()), (0, ""), "{arguments:?}");
        assert!(run.out.contains("Usage: vastlint"), "{}", run.out);
        assert!(run.out.lines().all(|line| line.chars().count() <= 100), "{}", run.out);
    }
    let version = finish(&mut repository.command(&["--version"]));
    assert_eq!(version.out, format!("vastlint {}\n", env!("CARGO_PKG_VERSION")));
}
