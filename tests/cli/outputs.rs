//! `--output`: several formats to several places.

use std::fs;

use crate::repository::{Repository, finish};

#[test]
fn several_outputs_are_written_in_one_run() {
    let repository = Repository::faulty();
    let alone = repository.run(&["--format", "github"]);
    let run =
        repository.run(&["--output", "sarif=out.sarif", "--output", "github", "--output", "text=out.txt"]);
    assert_eq!((run.exit, run.out.as_str()), (1, alone.out.as_str()));
    assert!(run.out.starts_with("::error file=external/app/"), "{}", run.out);
    let sarif: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(repository.path().join("out.sarif")).unwrap()).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    assert_eq!(sarif["runs"][0]["invocations"][0]["exitCode"], 1);
    let text = fs::read_to_string(repository.path().join("out.txt")).unwrap();
    assert_eq!(text, repository.run(&[]).out);
    assert_eq!(run.err.matches("Found ").count(), 1, "{}", run.err);
}

#[test]
fn with_files_alone_standard_output_is_empty_and_the_summary_is_shown() {
    let repository = Repository::faulty();
    let run = repository.run(&["--output=out.md", "--output=json=out.json"]);
    assert_eq!((run.exit, run.out.as_str()), (1, ""));
    assert!(run.err.starts_with("Found "), "{}", run.err);
    assert!(fs::read_to_string(repository.path().join("out.md")).unwrap().starts_with("## vastlint found "));
    let both = repository.run(&["--output=json=out.json", "--format=text"]);
    assert_eq!(both.out, repository.run(&[]).out);
    let dash = repository.run(&["--output=json=-"]);
    assert_eq!(dash.out, fs::read_to_string(repository.path().join("out.json")).unwrap());
    assert_eq!(dash.err, "", "whoever asks for JSON wants nothing else");
}

#[test]
fn the_exit_never_depends_on_the_format() {
    let (faulty, clean) = (Repository::faulty(), Repository::new());
    for format in [
        "text",
        "concise",
        "grouped",
        "json",
        "jsonl",
        "sarif",
        "github",
        "gitlab",
        "junit",
        "checkstyle",
        "rdjson",
        "markdown",
    ] {
        assert_eq!(faulty.run(&["--format", format]).exit, 1, "{format}");
        assert_eq!(faulty.run(&["--output", format, "--quiet"]).exit, 1, "{format}");
        assert_eq!(clean.run(&["--output", format]).exit, 0, "{format}");
    }
}

#[test]
fn outputs_that_cannot_be_end_with_2_before_anything_is_written() {
    let repository = Repository::faulty().file("folder/x", "");
    for (arguments, messages) in [
        (
            &["--output=json", "--output=github"][..],
            &["both `json` and `github`", "`--output github=FILE`"][..],
        ),
        (&["--format=json", "--output=sarif=-"], &["both `json` and `sarif`"]),
        (&["--output=out.json"], &["`.json` can be several formats", "FORMAT=out.json"]),
        (&["--output=sarf=x"], &["`sarf` is no format", "checkstyle"]),
        (&["--output=json=none/x"], &["cannot write `none/x`: its folder does not exist", "mkdir -p none"]),
        (&["--output=json=folder"], &["cannot write `folder`: it is a folder"]),
        (&["--output=json=a", "--output=sarif=./a"], &["two outputs would be written to `./a`"]),
        (&["--statistics", "--output=json=a"], &["`--statistics` goes to standard output only"]),
        (&["--statistics", "--format=sarif"], &["cannot be written as `sarif`"]),
    ] {
        let run = repository.run(arguments);
        assert_eq!((run.exit, run.out.as_str()), (2, ""), "{arguments:?}\n{}", run.err);
        for message in messages {
            assert!(run.err.contains(message), "{arguments:?} lacks {message:?}:\n{}", run.err);
        }
        assert!(!repository.path().join("a").exists(), "{arguments:?}");
    }
}

#[test]
fn a_file_is_replaced_whole_and_a_failure_leaves_the_other_outputs() {
    let repository = Repository::faulty().file("out.json", "old ".repeat(100_000));
    assert_eq!(repository.run(&["--output=json=out.json"]).exit, 1);
    let text = fs::read_to_string(repository.path().join("out.json")).unwrap();
    assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    let left: Vec<_> =
        fs::read_dir(repository.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".vastlint-")), "{left:?}");
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_written_to() {
    let repository = Repository::faulty();
    let run = repository.run(&["--output=concise=/dev/stdout", "--show=all"]);
    assert_eq!(run.exit, 1);
    assert_eq!(run.out, repository.run(&["--format=concise", "--show=all"]).out);
    let full = repository.run(&["--output=json=/dev/full", "--output=concise"]);
    assert_eq!(full.exit, 2, "{}", full.err);
    assert!(full.err.contains("cannot write `/dev/full`"), "{}", full.err);
    assert!(full.out.contains("VL401"), "{}", full.out);
}

#[test]
fn code_scanning_is_no_place_for_what_is_suppressed() {
    let repository = Repository::faulty();
    assert_eq!(repository.run(&["baseline"]).exit, 0);
    let results = |arguments: &[&str]| {
        let run = finish(repository.command(arguments).env("GITHUB_ACTIONS", "true"));
        let log: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        (log["runs"][0]["results"].as_array().unwrap().len(), run.err)
    };
    let (all, note) = results(&["--format=sarif"]);
    assert!(all > 0);
    assert!(note.contains("open alerts; `--omit-suppressed` leaves them out"), "{note}");
    assert_eq!(results(&["--format=sarif", "--omit-suppressed"]), (0, String::new()));
}

#[test]
fn the_environment_names_a_format_where_no_option_does() {
    let repository = Repository::faulty();
    let run = |arguments: &[&str]| finish(repository.command(arguments).env("VASTLINT_FORMAT", "github"));
    assert!(run(&[]).out.starts_with("::error"));
    assert!(run(&["--output=json"]).out.starts_with("[\n"));
    assert_eq!(run(&["--output=json=out.json"]).out, "");
}

#[test]
fn where_nothing_is_reported_there_is_no_output() {
    let repository = Repository::faulty();
    for flag in ["--diff", "--fix-only"] {
        let run = repository.run(&[flag, "--output=json=out.json"]);
        assert_eq!(run.exit, 2);
        assert!(run.err.contains("cannot be used with"), "{}", run.err);
    }
    let arguments = ["-", "--stdin-filename=external/app/Dockerfile", "--fix", "--output=json=out.json"];
    let run = finish(repository.command(&arguments).write_stdin("FROM x\n"));
    assert_eq!((run.exit, run.out.as_str()), (2, ""));
    assert!(run.err.contains("standard output is the mended file"), "{}", run.err);
    assert!(!repository.path().join("out.json").exists());
}
