//! `--changed`, `--staged` and `--tracked`, in real git repositories.

use std::fs;
use std::process::Command;

use crate::repository::{Repository, Run, finish};

const DOCKERFILE: &str = "external/app/Dockerfile";
const CONF: &str = "external/app/ROOT/etc/supervisor/conf.d/app.conf";
const PIP: &str = "FROM vastai/base-image:x\nRUN pip install foo\n";

impl Repository {
    #[track_caller]
    pub(crate) fn git(&self, arguments: &[&str]) {
        let output = Command::new("git")
            .args([
                "-c",
                "init.defaultBranch=main",
                "-c",
                "commit.gpgSign=false",
                "-c",
                "core.hooksPath=none",
            ])
            .args(arguments)
            .current_dir(self.path())
            .envs([("GIT_AUTHOR_NAME", "a"), ("GIT_AUTHOR_EMAIL", "a@example.org")])
            .envs([("GIT_COMMITTER_NAME", "a"), ("GIT_COMMITTER_EMAIL", "a@example.org")])
            .envs([("GIT_CONFIG_GLOBAL", "none"), ("GIT_CONFIG_NOSYSTEM", "1")])
            .output()
            .expect("these tests need git");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    pub(crate) fn committed(self) -> Self {
        fs::remove_dir(self.path().join(".git")).unwrap();
        self.git(&["init", "-q"]);
        self.commit()
    }

    pub(crate) fn commit(self) -> Self {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", "x"]);
        self
    }

    fn paths(&self, arguments: &[&str]) -> Vec<String> {
        paths(&self.run(&[&["--format=json"], arguments].concat()))
    }
}

/// The files with findings, each once.
#[track_caller]
fn paths(run: &Run) -> Vec<String> {
    assert_ne!(run.exit, 2, "{}", run.err);
    let mut paths: Vec<String> = run.findings().into_iter().map(|(_, path)| path).collect();
    paths.dedup();
    paths
}

#[test]
fn changed_files_are_those_of_work_tree_and_index_and_untracked_ones() {
    let repository = Repository::faulty().file(".gitignore", "ignored\n").committed();
    assert_eq!(repository.paths(&["--changed"]), [""; 0]);
    assert_eq!(repository.run(&["--changed"]).exit, 0);
    let text = repository.run(&["--changed"]).err;
    assert!(text.contains("more in files that were not asked about"), "{text}");
    let repository = repository.file(DOCKERFILE, format!("{PIP}\n"));
    assert_eq!(repository.paths(&["--changed"]), [DOCKERFILE]);
    repository.git(&["add", "-A"]);
    assert_eq!(repository.paths(&["--changed"]), [DOCKERFILE], "staged is changed");
    let repository = repository.file("external/\u{e9} b/Dockerfile", PIP).file("ignored/Dockerfile", PIP);
    assert_eq!(repository.paths(&["--changed"]), [DOCKERFILE, "external/\u{e9} b/Dockerfile"]);
    assert_eq!(repository.paths(&["--changed", DOCKERFILE]), [DOCKERFILE], "paths narrow it further");
    assert_eq!(repository.paths(&["check", "--changed", "external"]).len(), 2);
    assert_eq!(repository.commit().paths(&["--changed"]), [""; 0]);
}

#[test]
fn renamed_files_are_changed() {
    let repository = Repository::faulty().committed();
    let renamed = CONF.replace("app.conf", "other.conf");
    repository.git(&["mv", CONF, &renamed]);
    assert_eq!(repository.paths(&["--changed"]), [renamed.as_str()]);
    assert_eq!(repository.paths(&["--staged"]), [renamed.as_str()]);
}

#[test]
fn a_branch_is_compared_with_where_it_began() {
    let repository = Repository::faulty().committed();
    repository.git(&["checkout", "-q", "-b", "mine"]);
    let repository = repository.file("external/mine/Dockerfile", PIP).commit();
    repository.git(&["checkout", "-q", "main"]);
    let repository = repository.file(DOCKERFILE, format!("{PIP}\n")).commit();
    repository.git(&["checkout", "-q", "mine"]);
    assert_eq!(repository.paths(&["--changed=main"]), ["external/mine/Dockerfile"]);
    assert_eq!(repository.paths(&["--changed"]), [""; 0]);
    let repository = repository.file("external/new/Dockerfile", PIP);
    assert_eq!(
        repository.paths(&["--changed=main"]),
        ["external/mine/Dockerfile", "external/new/Dockerfile"]
    );
    repository.git(&["checkout", "-q", "--orphan", "alone"]);
    let repository = repository.commit();
    let run = repository.run(&["--changed=main"]);
    assert_eq!(run.exit, 2);
    assert!(run.err.contains("no commit in common") && run.err.contains("--unshallow"), "{}", run.err);
}

#[test]
fn the_whole_repository_is_understood() {
    let repository = Repository::faulty().committed().file(CONF, "[program:app]\ncommand=/opt/no.sh\n");
    let of = |arguments: &[&str]| -> Vec<_> {
        let run = repository.run(&[&["--format=json"], arguments].concat());
        run.findings().into_iter().filter(|(_, path)| path == CONF).collect()
    };
    assert!(!of(&[]).is_empty());
    assert_eq!(of(&["--changed"]), of(&[]));
}

#[test]
fn staged_files_are_read_from_the_index() {
    let repository = Repository::faulty().committed();
    assert_eq!(repository.paths(&["--staged"]), [""; 0]);
    let pip = ["--staged", "--select=bare-pip"];
    let repository = repository.file("external/b/Dockerfile", PIP);
    assert_eq!(repository.paths(&pip), [""; 0], "untracked is not staged");
    repository.git(&["add", "-A"]);
    let repository = repository.file("external/b/Dockerfile", "FROM vastai/base-image:x\n");
    assert_eq!(repository.paths(&pip), ["external/b/Dockerfile"], "mended in the work tree only");
    fs::remove_file(repository.path().join("external/b/Dockerfile")).unwrap();
    assert_eq!(repository.paths(&pip), ["external/b/Dockerfile"], "removed in the work tree only");
    let ignoring = repository.file(".vastlintignore", "external/b\n");
    assert_eq!(ignoring.paths(&pip), [""; 0]);
    let mended =
        ignoring.file(".vastlintignore", "").file("external/b/Dockerfile", "FROM vastai/base-image:x\n");
    mended.git(&["add", "-A"]);
    let mended = mended.file("external/b/Dockerfile", PIP);
    assert_eq!(mended.paths(&pip), [""; 0], "faulty in the work tree only");
    assert_eq!(mended.paths(&["--changed", "--select=bare-pip"]), ["external/b/Dockerfile"]);
}

#[test]
fn what_is_staged_alone_is_understood() {
    // The script that the conf starts is not staged: on the machine of whoever gets the commit it is not there.
    let script = "external/app/ROOT/opt/supervisor-scripts/new.sh";
    let conf =
        "[program:app]\ncommand=/opt/supervisor-scripts/new.sh\nenvironment=PROC_NAME=\"%(program_name)s\"\n";
    let repository = Repository::faulty().committed().file(CONF, conf);
    repository.git(&["add", "-A"]);
    let repository = repository.file(script, "#!/bin/bash\nexec x\n");
    let missing = |repository: &Repository| {
        repository.run(&["--staged", "--format=concise"]).out.contains("missing-command-script")
    };
    let found = missing(&repository);
    repository.git(&["add", "-A"]);
    assert_eq!((found, missing(&repository)), (true, false));
}

#[test]
fn what_git_does_not_track_is_not_there() {
    let script = "external/app/ROOT/opt/supervisor-scripts/new.sh";
    let conf =
        "[program:app]\ncommand=/opt/supervisor-scripts/new.sh\nenvironment=PROC_NAME=\"%(program_name)s\"\n";
    let repository = Repository::faulty()
        .committed()
        .file(CONF, conf)
        .file(script, "#!/bin/bash\nexec x\n")
        .file("external/b/Dockerfile", PIP);
    let missing = |flags: &[&str]| {
        repository.run(&[flags, &["--format=concise"]].concat()).out.contains("missing-command-script")
    };
    assert!(
        !missing(&[]) && missing(&["--tracked"]),
        "the script is not added, the conf is as in the work tree"
    );
    assert_eq!(repository.paths(&["--tracked"]), [DOCKERFILE, CONF], "nothing has to be staged");
    assert_eq!(repository.paths(&["--tracked", DOCKERFILE]), [DOCKERFILE], "paths narrow it further");
    repository.git(&["add", script]);
    assert!(!missing(&["--tracked"]));
}

#[test]
fn it_works_without_a_commit() {
    let repository = Repository::faulty();
    fs::remove_dir(repository.path().join(".git")).unwrap();
    repository.git(&["init", "-q"]);
    assert_eq!(repository.paths(&["--changed"]).len(), 2);
    assert_eq!(repository.paths(&["--staged"]), [""; 0]);
    repository.git(&["add", CONF]);
    assert_eq!(repository.paths(&["--staged"]), [CONF]);
}

#[test]
fn the_root_may_be_below_that_of_git_and_the_run_below_the_root() {
    let repository = Repository::new()
        .file("sub/vastlint.toml", "")
        .file("sub/external/app/Dockerfile", "FROM vastai/base-image:x\n")
        .file("other/Dockerfile", "FROM vastai/base-image:x\n")
        .committed();
    let repository = repository.file("sub/external/app/Dockerfile", PIP).file("other/Dockerfile", PIP);
    for stage in [false, true] {
        if stage {
            repository.git(&["add", "-A"]);
        }
        let flag = if stage { "--staged" } else { "--changed" };
        for folder in ["sub", "sub/external", "sub/external/app"] {
            let mut command = repository.command(&[flag, "--format=json"]);
            let run = finish(command.current_dir(repository.path().join(folder)));
            assert_eq!(paths(&run), ["external/app/Dockerfile"], "{folder} {flag}");
        }
    }
    // As a hook is run: where git says where it is, relative to the top.
    let mut hook = repository.command(&["--staged", "--format=json", "sub"]);
    let run = finish(hook.env("GIT_DIR", ".git").env("GIT_INDEX_FILE", ".git/index"));
    assert_eq!(paths(&run), ["external/app/Dockerfile"]);
}

#[test]
fn nothing_in_the_baseline_is_stale_when_a_part_is_looked_at() {
    let repository = Repository::faulty();
    assert_eq!(repository.run(&["baseline"]).exit, 0);
    let repository = repository.committed().file(DOCKERFILE, "FROM vastai/base-image:x\n");
    assert!(repository.run(&[]).err.contains("stale"));
    repository.git(&["add", "-A"]);
    for flag in ["--changed", "--staged"] {
        assert!(!repository.run(&[flag]).err.contains("stale"));
    }
    let repository = repository.file(DOCKERFILE, format!("{PIP}RUN pip install bar\n"));
    let run = repository.run(&["--changed", "--select=bare-pip", "--format=concise"]);
    assert_eq!((run.exit, run.out.lines().count()), (1, 1), "{}", run.out);
}

#[test]
fn what_git_cannot_say_ends_with_2_and_a_way_out() {
    let none = Repository::new().file("vastlint.toml", "").file(DOCKERFILE, PIP);
    let real = Repository::faulty().committed();
    let conflict = Repository::faulty().committed();
    conflict.git(&["checkout", "-q", "-b", "b"]);
    let conflict = conflict.file(DOCKERFILE, format!("{PIP}# b\n")).commit();
    conflict.git(&["checkout", "-q", "main"]);
    let conflict = conflict.file(DOCKERFILE, format!("{PIP}# main\n")).commit();
    let merge = Command::new("git").args(["merge", "b"]).current_dir(conflict.path()).output().unwrap();
    assert!(!merge.status.success());
    for (repository, arguments, message) in [
        (&none, &["--changed"][..], "not a git repository"),
        (&none, &["--staged"], "not a git repository"),
        (&real, &["--changed=no-such"], "no revision `no-such`"),
        (&real, &["--changed="], "no revision ``"),
        (&real, &["--changed=--output=x"], "no revision `--output=x`"),
        (&real, &["--changed=\u{1b}[31m"], "no revision `\\x1b[31m`"),
        (&none, &["--tracked"], "not a git repository"),
        (&real, &["--changed", "--staged"], "cannot be used with"),
        (&real, &["--tracked", "--staged"], "cannot be used with"),
        (&real, &["--staged", "-", "--stdin-filename=x"], "cannot be used with"),
        (&conflict, &["--staged"], "both sides of a conflict"),
    ] {
        let run = repository.run(arguments);
        assert_eq!((run.exit, run.out.as_str()), (2, ""), "{arguments:?}: {}", run.err);
        assert!(run.err.contains(message), "{arguments:?}: {}", run.err);
    }
    let run = finish(real.command(&["--changed"]).env("PATH", ""));
    assert_eq!(run.exit, 2);
    assert!(run.err.contains("there is no `git` command") && run.err.contains("help: "), "{}", run.err);
}
