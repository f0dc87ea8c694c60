//! Runs that find something: exits, formats, what is reported.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::repository::{Repository, binary, finish};

const FORMATS: [&[&str]; 5] =
    [&[], &["--format=concise"], &["--format=json"], &["--statistics"], &["--statistics", "--format=json"]];

#[test]
fn the_exit_tells_findings_from_none_in_every_format() {
    let faulty = Repository::faulty();
    let clean = Repository::new().file("README.md", "nothing to check\n");
    for format in FORMATS {
        assert_eq!(faulty.run(format).exit, 1, "{format:?}");
        assert_eq!(clean.run(format).exit, 0, "{format:?}");
        let unknown = [format, &["--select=no-such-rule"]].concat();
        assert_eq!(faulty.run(&unknown).exit, 2, "{format:?}");
    }
}

#[test]
fn severity_decides_what_fails_and_nothing_else() {
    let repository = Repository::faulty();
    let only = |rule: &str, severity: &str| {
        repository.run(&["--format=concise", "--show=all", "--select", rule, "--severity", severity])
    };
    let (pip, strict) = ("bare-pip", "run-without-strict-mode");
    assert_eq!((only(pip, "warning").exit, only(pip, "error").exit), (1, 0));
    assert_eq!(
        (only(strict, "info").exit, only(strict, "warning").exit),
        (1, 0),
        "{:?}",
        only(strict, "info")
    );
    assert_eq!(only(pip, "warning").out, only(pip, "error").out);
    assert_eq!(repository.run(&["--select", strict]).exit, 0, "warnings and errors fail by default");
}

#[test]
fn rules_are_selected_and_ignored_by_code_or_name() {
    let repository = Repository::faulty();
    let codes = |arguments: &[&str]| {
        let run = repository.run(&[&["--format=json"], arguments].concat());
        run.findings().into_iter().map(|(code, _)| code).collect::<Vec<_>>()
    };
    assert_eq!(codes(&["--select", "VL401"]), ["VL401"]);
    assert_eq!(codes(&["--select", "bare-pip"]), ["VL401"]);
    assert_eq!(codes(&["--select", "bare-pip,VL301"]), ["VL401", "VL301"]);
    assert_eq!(codes(&["--select", "VL401, VL301", "--ignore", "bare-pip"]), ["VL301"]);
    assert!(!codes(&["--ignore", "VL401"]).contains(&"VL401".to_owned()));
}

#[test]
fn text_hides_infos_and_says_so() {
    let repository = Repository::faulty();
    let only = "--select=bare-pip,missing-proc-name,run-without-strict-mode";
    let (some, all) = (repository.run(&[only]), repository.run(&[only, "--show=all"]));
    assert!(
        !some.out.contains("\ninfo: ") && some.err.contains("1 info not shown"),
        "{}\n{}",
        some.out,
        some.err
    );
    assert!(all.out.contains("info: ") && !all.err.contains("not shown"), "{}\n{}", all.out, all.err);
    let errors = repository.run(&[only, "--show=error"]);
    assert!(!errors.out.contains("warning: ") && errors.err.contains("1 warning"), "{}", errors.err);
    assert!(some.err.contains("Read 2 files"), "{}", some.err);
}

#[test]
fn quiet_says_nothing_but_findings_and_json_nothing_but_json() {
    let repository = Repository::faulty();
    let (loud, quiet) = (repository.run(&[]), repository.run(&["--quiet"]));
    assert_eq!((quiet.err.as_str(), quiet.out), ("", loud.out));
    assert_eq!(repository.run(&["--format=json"]).err, "");
}

#[test]
fn two_runs_write_the_same_bytes() {
    let mut repository = Repository::faulty();
    for index in 0..30 {
        repository = repository
            .file(&format!("external/app{index}/Dockerfile"), "FROM vastai/base-image:x\nRUN pip install a\n")
            .file(
                &format!("external/app{index}/ROOT/etc/supervisor/conf.d/app{index}.conf"),
                "[program:a]\ncommand=b\n",
            );
    }
    for format in FORMATS {
        let first = repository.run(format);
        assert!(!first.out.is_empty());
        for _ in 0..4 {
            assert_eq!(repository.run(format).out, first.out, "{format:?}");
        }
    }
}

#[test]
fn paths_narrow_the_report() {
    let repository =
        Repository::faulty().file("external/b/Dockerfile", "FROM vastai/base-image:x\nRUN pip install b\n");
    let run = repository.run(&["--format=json", "external/b"]);
    assert!(run.findings().iter().all(|(_, path)| path == "external/b/Dockerfile"), "{:?}", run.findings());
    assert!(!run.findings().is_empty());
    let text = repository.run(&["external/b"]);
    assert!(text.err.contains("in files that were not asked about"), "{}", text.err);
}

#[test]
fn standard_input_stands_for_a_file() {
    let repository = Repository::faulty();
    let mut command = repository.command(&["-", "--stdin-filename=external/app/Dockerfile", "--format=json"]);
    command.write_stdin("FROM vastai/base-image:x\n\nRUN pip install other\n");
    let run = finish(&mut command);
    assert_eq!(run.exit, 1);
    assert!(run.findings().contains(&("VL401".into(), "external/app/Dockerfile".into())));
    assert!(run.findings().iter().all(|(_, path)| path == "external/app/Dockerfile"), "{:?}", run.findings());
    assert!(run.out.contains("\"line\":3"), "{}", run.out);
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let mut repository = Repository::faulty();
    let program = "[program:x]\ncommand=y\n";
    for index in 0..200 {
        repository = repository.file(
            &format!("external/app/ROOT/etc/supervisor/conf.d/a{index}.conf"),
            program.replace('x', &format!("x{index}")),
        );
    }
    for format in [&["--quiet"][..], &["--quiet", "--format=json"], &["--quiet", "--format=concise"]] {
        let mut child = Command::new(binary())
            .args(format)
            .current_dir(repository.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = [0; 16];
        child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{format:?}");
        assert_eq!(output.status.code(), Some(1), "{format:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_a_failure() {
    let repository = Repository::faulty();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = Command::new(binary()).current_dir(repository.path()).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write the output"));
}

#[test]
fn colour_follows_the_option_then_the_environment() {
    let repository = Repository::faulty();
    let colored = |arguments: &[&str], variables: &[(&str, &str)]| {
        let run = finish(repository.command(arguments).envs(variables.iter().copied()));
        (run.out.contains('\x1b'), run.err.contains('\x1b'))
    };
    assert_eq!(colored(&[], &[]), (false, false), "a pipe is no terminal");
    assert_eq!(colored(&["--color=always"], &[("NO_COLOR", "1")]), (true, true));
    assert_eq!(colored(&[], &[("CLICOLOR_FORCE", "1")]), (true, true));
    assert_eq!(colored(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]), (false, false));
    assert_eq!(colored(&["--color=never"], &[("CLICOLOR_FORCE", "1")]), (false, false));
    assert!(!colored(&["--color=always", "--format=concise"], &[]).0, "concise is for programs, too");
    assert!(!colored(&["--color=always", "--format=json"], &[]).0);
}

#[test]
fn hostile_text_is_shown_not_obeyed() {
    let repository = Repository::new().file(
        "external/\u{1b}[2Jevil\nname\u{202e}/Dockerfile",
        "FROM vastai/base-image:x\nRUN pip install \u{1b}]0;x\u{7}\n",
    );
    for format in [&[][..], &["--format=concise"], &["--statistics"], &["--format=json"]] {
        let run = repository.run(format);
        assert_eq!(run.exit, 1);
        for text in [&run.out, &run.err] {
            let raw = |character: char| character != '\n' && vastlint::escape::is_unprintable(character);
            assert!(!text.contains(raw), "{text:?}");
        }
    }
    let concise = repository.run(&["--format=concise"]).out;
    assert!(concise.starts_with("external/\\x1b[2Jevil\\nname\\u{202e}/Dockerfile:"), "{concise}");
    let json = repository.run(&["--format=json"]);
    assert!(json.findings()[0].1.contains("\u{1b}[2Jevil\nname\u{202e}"), "the escapes mean the name");
}

#[test]
fn timings_go_to_standard_error_and_name_every_rule_that_ran() {
    let repository = Repository::faulty();
    let plain = repository.run(&["--format=json"]);
    let timed = repository.run(&["--format=json", "--timings", "--select=VL401,VL301"]);
    assert!(
        timed.err.contains("read and parse") && timed.err.contains("%  VL401  bare-pip"),
        "{}",
        timed.err
    );
    assert!(!timed.err.contains("VL101"), "a rule that did not run took no time: {}", timed.err);
    assert_eq!((plain.err.as_str(), timed.exit), ("", 1));
}

#[test]
fn a_repository_that_follows_a_later_edition_is_told_so_once() {
    let workflow = "on: push\njobs:\n  build:\n    runs-on: x\n  merge-manifests:\n    runs-on: x\n";
    let repository = Repository::faulty().file(".github/workflows/build-app.yml", workflow);
    let hint = "follow edition 2026-08";
    assert_eq!(repository.run(&[]).err.matches(hint).count(), 1);
    assert!(!repository.run(&["--edition=2026-02"]).err.contains(hint), "it was chosen");
    assert!(!repository.run(&["--format=json"]).err.contains(hint));
    assert!(!Repository::faulty().run(&[]).err.contains(hint), "nothing tells");
    let chosen = repository.file("vastlint.toml", "edition = \"2026-02\"\n");
    assert!(!chosen.run(&[]).err.contains(hint), "it was chosen");
}

#[test]
fn a_repository_overrides_single_values_of_the_contract() {
    let workflow = "on: push\njobs:\n  preflight: {runs-on: x}\n  build: {runs-on: x}\n  smoke: {runs-on: x}\n  collect-tags: {runs-on: x}\n  notify: {runs-on: x}\n";
    let repository = Repository::faulty().file(".github/workflows/build-app.yml", workflow);
    let pipeline = ["--select=broken-job-pipeline", "--format=concise"];
    assert!(repository.run(&pipeline).out.contains("smoke"));
    let own = repository.file("vastlint.toml", "[contract.workflow.jobs]\nextend-extra = [\"smoke\"]\n");
    assert_eq!(own.run(&pipeline).out, "");
    let wrong = own.file("vastlint.toml", "[contract.workflow.jobs]\nextend-ectra = [\"smoke\"]\n");
    let run = wrong.run(&pipeline);
    assert_eq!(run.exit, 2);
    assert!(
        run.err.contains("did you mean `extend-extra`?") && run.err.contains("vastlint.toml:2"),
        "{}",
        run.err
    );
}

/// A file that an editor pipes in is looked at without the rules about other files: what is found in it is the same.
#[test]
fn a_file_from_standard_input_is_held_to_the_same_as_on_disk() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/broken");
    let run = |arguments: &[&str], stdin: Option<Vec<u8>>| {
        let mut command = assert_cmd::Command::new(binary());
        command.current_dir(&fixture).args(["--format=json", "--quiet"]).args(arguments);
        let run = finish(command.write_stdin(stdin.unwrap_or_default()));
        serde_json::from_str::<Vec<serde_json::Value>>(&run.out).unwrap_or_else(|_| panic!("{}", run.err))
    };
    let whole = run(&[], None);
    let paths: std::collections::BTreeSet<&str> =
        whole.iter().map(|finding| finding["path"].as_str().unwrap()).collect();
    assert!(paths.len() > 10);
    for path in paths {
        let expected: Vec<_> = whole.iter().filter(|finding| finding["path"] == path).cloned().collect();
        let content = std::fs::read(fixture.join(path)).unwrap();
        assert_eq!(run(&["-", "--stdin-filename", path], Some(content)), expected, "{path}");
    }
}
