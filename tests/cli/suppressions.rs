//! Comments that suppress findings, in every kind of file, through the command.

use crate::repository::{Repository, Run, finish};

const SCRIPT: &str = "provisioning_scripts/app.sh";

/// The lines of what a rule, or a rule about suppressions, finds.
fn found(run: &Run) -> Vec<String> {
    let findings: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let line = |one: &serde_json::Value| format!("{} {}", one["code"].as_str().unwrap(), one["line"]);
    findings.as_array().unwrap().iter().map(line).collect()
}

const OWN: &str = "VL003,VL004,VL005";

/// What the rule and the rules about suppressions find in one file.
fn check(path: &str, rule: &str, text: &str) -> Vec<String> {
    let repository = Repository::faulty().file(path, text);
    let select = format!("--select={OWN},{rule}");
    let run = repository.run(&["--format=json", &select]);
    let findings: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let of_file = findings.as_array().unwrap().iter().filter(|one| one["path"] == path);
    of_file.map(|one| format!("{} {}", one["code"].as_str().unwrap(), one["line"])).collect()
}

fn script(lines: &str) -> Vec<String> {
    check(SCRIPT, "VL401", &format!("#!/bin/bash\n{lines}\n"))
}

#[test]
fn a_comment_holds_for_its_line_or_for_what_begins_below() {
    assert_eq!(script("pip install a"), ["VL401 2"]);
    assert!(script("pip install a  # vastlint: ignore[bare-pip] x").is_empty());
    assert!(script("# vastlint: ignore[VL401] x\n# people\n\npip install a").is_empty());
    assert!(script("# vastlint: ignore[VL401] x\ntrue && \\\n  pip install a").is_empty());
    assert_eq!(
        script("# vastlint: ignore[VL401] x\npip install a\npip install b"),
        ["VL401 4"],
        "not for the line after"
    );
    assert_eq!(
        script("# vastlint: ignore[VL401] x\nif true; then\n  pip install a\nfi"),
        ["VL005 2", "VL401 4"],
        "not for all that a block runs"
    );
    assert!(script("# vastlint: ignore-file[VL401] x\npip install a\npip install b").is_empty());
    assert!(script("pip install a\n# vastlint: ignore-file[VL401] x").is_empty(), "anywhere in the file");
}

/// Where a line goes with its comment, the comment goes on holding.
#[test]
fn a_suppression_moves_with_its_line() {
    let above = "# vastlint: ignore[VL401] x\npip install a";
    let behind = "pip install a  # vastlint: ignore[VL401] x";
    for suppressed in [above, behind] {
        for before in ["", "echo 1\necho 2\n", "pip_options=x\n# more\n\n"] {
            for behind in ["", "\necho 3", "\n# vastlint is mentioned\necho 4"] {
                assert!(
                    script(&format!("{before}{suppressed}{behind}")).is_empty(),
                    "{before:?} {suppressed:?} {behind:?}"
                );
            }
        }
        let indented =
            format!("if true; then\n{}\nfi", suppressed.replace("# v", "  # v").replace("pip i", "  pip i"));
        assert!(script(&indented).is_empty(), "{indented}");
    }
    // Torn apart, the comment is of no use and the line is found.
    assert_eq!(script("# vastlint: ignore[VL401] x\necho 1\npip install a"), ["VL005 2", "VL401 4"]);
}

#[test]
fn what_is_no_comment_suppresses_nothing() {
    assert_eq!(script("echo '# vastlint: ignore-file[VL401] x'\npip install a"), ["VL401 3"]);
    assert_eq!(script("cat << 'E'\n# vastlint: ignore-file[VL401] x\nE\npip install a"), ["VL401 5"]);
    assert_eq!(script("a#vastlint: ignore-file[VL401]\npip install a"), ["VL401 3"]);
}

#[test]
fn dockerfiles_take_comments_above_inside_and_behind() {
    let path = "external/app/Dockerfile";
    let run = |body: &str| check(path, "VL401", &format!("FROM vastai/base-image:x\n{body}\n"));
    let comment = "# vastlint: ignore[VL401] x";
    assert_eq!(run("RUN true && \\\n    pip install a"), ["VL401 3"]);
    assert!(run(&format!("{comment}\nRUN true && \\\n    pip install a")).is_empty());
    assert!(run(&format!("RUN true && \\\n    {comment}\n    pip install a")).is_empty());
    assert!(run(&format!("RUN pip install a {comment}")).is_empty());
    assert!(run(&format!("RUN <<EOF\ntrue\n{comment}\npip install a\nEOF")).is_empty());
    assert_eq!(
        run(&format!("RUN true && \\\n    {comment}\n    true && \\\n    pip install a")),
        ["VL005 3", "VL401 5"]
    );
    assert!(run(&format!("RUN pip install a {comment}\r")).is_empty(), "CRLF");
}

#[test]
fn confs_take_both_marks() {
    let path = "external/app/ROOT/etc/supervisor/conf.d/app.conf";
    let conf = |header: &str| check(path, "VL301", &format!("{header}\ncommand=/opt/app.sh\n"));
    assert_eq!(conf("[program:app]"), ["VL301 1"]);
    assert!(conf("; vastlint: ignore[VL301] x\n[program:app]").is_empty());
    assert!(conf("# vastlint: ignore[VL301] x\n[program:app]").is_empty());
    assert!(conf("[program:app] ; vastlint: ignore[VL301] x").is_empty());
}

#[test]
fn workflows_take_comments_of_yaml_and_of_the_shell_in_them() {
    let path = ".github/workflows/build-app.yml";
    let head = "name: x\non: workflow_dispatch\njobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n";
    let steps = |steps: &str| check(path, "VL001", &format!("{head}{steps}"));
    assert_eq!(steps("      - run: |\n          echo \"\n"), ["VL001 8"]);
    assert!(
        steps(
            "      # vastlint: ignore[syntax-error] x\n      - run: |\n          true\n          echo \"\n"
        )
        .is_empty()
    );
    assert!(
        steps("      - run: |\n          # vastlint: ignore[syntax-error] x\n          echo \"\n").is_empty()
    );
}

#[test]
fn a_finding_about_the_file_as_such_is_suppressed_on_its_first_line() {
    let folder = "derivatives/pytorch/derivatives/my-app";
    let path = format!("{folder}/ROOT/etc/supervisor/conf.d/app.conf");
    let run = |comment: &str| {
        let repository = Repository::new()
            .file(&format!("{folder}/Dockerfile"), "FROM vastai/pytorch:x\nCOPY ./ROOT /\n")
            .file(&format!("{folder}/ROOT/opt/supervisor-scripts/app.sh"), "#!/bin/bash\npython app.py\n")
            .file(&path, format!("{comment}[program:app]\ncommand=/opt/supervisor-scripts/app.sh\n"));
        let run = repository.run(&["--format=json", "--select=VL005,incomplete-image-folder"]);
        run.findings().into_iter().filter(|(_, found)| *found == path).count()
    };
    assert_eq!(run(""), 1);
    assert_eq!(run("# vastlint: ignore[incomplete-image-folder] x\n"), 0);
}

#[test]
fn markdown_takes_html_comments() {
    let path = "docs/adr/0001-record.md";
    let token = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
    let text = |before: &str| check(path, "VL004", &format!("# Record\n\n{before}{token}\n"));
    assert!(text("<!-- vastlint: ignore-file[credential-in-record] x -->\n").is_empty());
    assert_eq!(text("<!-- vastlint: ignore -->\n"), ["VL004 3"]);
}

#[test]
fn comments_in_written_files_hold_in_the_file_that_writes_them() {
    let conf = |comment: &str| {
        check(
            SCRIPT,
            "VL301",
            &format!(
                "#!/bin/bash\ncat > /etc/supervisor/conf.d/a.conf << 'E'\n{comment}\n[program:a]\ncommand=/opt/a.sh\nE\n"
            ),
        )
    };
    assert_eq!(conf(""), ["VL301 4"]);
    assert!(conf("; vastlint: ignore[VL301] x").is_empty());
}

#[test]
fn unused_is_judged_only_where_the_rule_ran_over_everything() {
    let path = "external/app/Dockerfile";
    let text = "FROM vastai/base-image:x\n# vastlint: ignore[bare-pip] x\nRUN true\n";
    let repository = Repository::faulty().file(path, text);
    let unused = |arguments: &[&str]| {
        let run = repository.run(&[&["--format=json"], arguments].concat());
        found(&run).contains(&"VL005 2".to_owned())
    };
    assert!(unused(&[]));
    assert!(unused(&["--select=bare-pip,unused-suppression"]));
    for partial in [
        &["--select=unused-suppression"][..],
        &["--ignore=bare-pip"],
        &["--ignore=unused-suppression"],
        &["external/app"],
        &["external/app/Dockerfile"],
    ] {
        assert!(!unused(partial), "{partial:?}");
    }
    let mut stdin = repository.command(&["-", "--stdin-filename", path, "--format=json"]);
    assert!(!found(&finish(stdin.write_stdin(text))).contains(&"VL005 2".to_owned()));
    for table in [
        "[rules]\nbare-pip = \"off\"",
        "[[per-path]]\npaths = [\"external/**\"]\nrules = { VL401 = \"off\" }",
    ] {
        let repository = Repository::faulty().file(path, text).file("vastlint.toml", table);
        assert!(!found(&repository.run(&["--format=json"])).contains(&"VL005 2".to_owned()), "{table}");
    }
    let broken = Repository::faulty().file(path, format!("{text}COYP a b\n"));
    assert!(
        !found(&broken.run(&["--format=json"])).contains(&"VL005 2".to_owned()),
        "a broken file hides faults"
    );
}

#[test]
fn of_two_suppressions_the_nearer_counts() {
    assert_eq!(
        script("# vastlint: ignore-file[VL401] x\npip install a  # vastlint: ignore[bare-pip] y"),
        ["VL005 2"]
    );
}

#[test]
fn what_is_wrong_about_a_suppression_is_found_and_cannot_be_suppressed() {
    assert_eq!(script("# vastlint: ignore[bare-pp] x\npip install a"), ["VL003 2", "VL401 3"]);
    assert_eq!(script("# vastlint: ignore bare-pip\npip install a"), ["VL004 2", "VL401 3"]);
    assert_eq!(
        script("# vastlint: ignore-file[VL005, unused-suppression] x\n# vastlint: ignore[VL401] x"),
        ["VL004 2", "VL004 2", "VL005 3"]
    );
    let repository = Repository::faulty().file(SCRIPT, "#!/bin/bash\n# vastlint: ignore[bare-pp] x\n");
    let text = repository.run(&["--select=VL003"]).out;
    assert!(text.contains("did you mean `bare-pip`?"), "{text}");
}

#[test]
fn a_reason_is_asked_for_where_the_repository_says_so() {
    let text = "#!/bin/bash\npip install a  # vastlint: ignore[bare-pip]\n";
    let repository = Repository::faulty().file(SCRIPT, text);
    let select = "--select=VL006";
    assert_eq!(repository.run(&[select]).exit, 0);
    let repository = repository.file("vastlint.toml", "[rules]\nunreasoned-suppression = \"error\"\n");
    assert_eq!(repository.run(&[select]).exit, 1);
}

#[test]
fn the_summary_counts_and_json_leaves_out() {
    let repository = Repository::new().file(
        "external/app/Dockerfile",
        "FROM vastai/base-image:x\n# vastlint: ignore[bare-pip] x\nRUN pip install a\n",
    );
    let run = repository.run(&["--select=bare-pip"]);
    assert_eq!(run.exit, 0);
    assert!(run.err.contains("Nothing found; 1 suppressed."), "{}", run.err);
    assert_eq!(repository.run(&["--select=bare-pip", "--format=json"]).out, "[]\n");
    let elsewhere = repository.file("tools/a.sh", "true\n").run(&["--select=bare-pip", "tools"]);
    assert!(!elsewhere.err.contains("suppressed"), "{}", elsewhere.err);
}
