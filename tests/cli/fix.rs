//! `--fix` and its kin, as they are used: what is written, what is left alone, and that nothing is ever lost.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::repository::{Repository, binary, finish};

const DOCKERFILE: &str = "external/app/Dockerfile";
const FAULTY: &str = "FROM vastai/base-image:x\n# Tools\nRUN apt-get update && \\\n    apt-get install -y --no-install-recommends ffmpeg\n";
const FIXED: &str = "FROM vastai/base-image:x\n# Tools\nRUN set -euo pipefail && \\\n    apt-get update && \\\n    apt-get install -y --no-install-recommends ffmpeg\n";
/// Only the rule that the tests are not about the meaning of.
const ONE_RULE: &str = "--select=run-without-strict-mode";

fn faulty() -> Repository {
    Repository::new().file(DOCKERFILE, FAULTY)
}

fn read(repository: &Repository, path: &str) -> String {
    fs::read_to_string(repository.path().join(path)).unwrap()
}

#[test]
fn a_fix_is_written_and_a_second_run_has_nothing_to_do() {
    let repository = faulty();
    let run = repository.run(&["--fix", ONE_RULE]);
    assert_eq!((run.exit, read(&repository, DOCKERFILE).as_str()), (0, FIXED), "{}", run.err);
    assert!(run.err.contains("Fixed 1 finding in 1 file."), "{}", run.err);
    let run = repository.run(&["--fix", ONE_RULE]);
    assert_eq!((run.exit, read(&repository, DOCKERFILE).as_str()), (0, FIXED));
    assert!(!run.err.contains("Fixed"), "{}", run.err);
}

#[test]
fn what_is_left_is_reported_at_its_place_in_the_fixed_file() {
    let repository = Repository::new().file(DOCKERFILE, format!("{FAULTY}RUN set -eu; pip install foo\n"));
    let run = repository.run(&["--fix", "--select=run-without-strict-mode,bare-pip", "--format=concise"]);
    assert_eq!(run.exit, 1);
    assert!(run.out.contains("external/app/Dockerfile:6:24: warning[VL401 bare-pip]"), "{}", run.out);
    let repository = Repository::new().file(DOCKERFILE, format!("{FAULTY}RUN set -eu; pip install foo\n"));
    let run = repository.run(&["--fix-only", "--select=run-without-strict-mode,bare-pip"]);
    assert_eq!((run.exit, run.out.as_str()), (0, ""));
    assert!(read(&repository, DOCKERFILE).starts_with(FIXED));
}

#[test]
fn a_finding_says_that_it_can_be_fixed() {
    let repository = faulty();
    let run = repository.run(&[ONE_RULE]);
    assert!(run.out.contains("fix: `vastlint --fix` can write `set -euo pipefail`"), "{}", run.out);
    assert!(run.err.contains("`vastlint --fix` can fix 1."), "{}", run.err);
    let json = repository.run(&[ONE_RULE, "--format=json"]);
    assert!(json.out.contains("\"fixable\":true"), "{}", json.out);
    assert_eq!(read(&repository, DOCKERFILE), FAULTY);
}

#[test]
fn unsafe_fixes_need_their_own_word_and_are_not_made_by_it_alone() {
    let repository = faulty();
    let run = repository.run(&["--unsafe-fixes"]);
    assert_eq!(run.exit, 2);
    assert!(run.err.contains("--fix --unsafe-fixes"), "{}", run.err);
    assert_eq!(read(&repository, DOCKERFILE), FAULTY);
}

#[test]
fn a_diff_changes_nothing_and_is_a_patch_that_git_takes() {
    let odd = "external/od d\u{e9}/Dockerfile";
    let repository = faulty().file(odd, FAULTY).committed();
    let run = repository.run(&["--diff", ONE_RULE]);
    assert_eq!((run.exit, read(&repository, DOCKERFILE).as_str()), (1, FAULTY));
    assert!(run.out.contains("+RUN set -euo pipefail && \\\n"), "{}", run.out);
    fs::write(repository.path().join("patch"), &run.out).unwrap();
    repository.git(&["apply", "patch"]);
    for path in [DOCKERFILE, odd] {
        assert_eq!(read(&repository, path), FIXED, "{path}");
    }
    let run = repository.run(&["--diff", ONE_RULE]);
    assert_eq!((run.exit, run.out.as_str()), (0, ""));
}

#[test]
fn standard_input_comes_back_fixed() {
    let repository = Repository::new();
    let fixed = |text: &str, path: &str, extra: &[&str]| {
        let arguments = [&["--fix", ONE_RULE, "-", "--stdin-filename", path], extra].concat();
        finish(repository.command(&arguments).write_stdin(text))
    };
    let run = fixed(FAULTY, DOCKERFILE, &[]);
    assert_eq!((run.exit, run.out.as_str()), (0, FIXED), "{}", run.err);
    assert!(!repository.path().join(DOCKERFILE).exists());
    for (text, path) in [(FIXED, DOCKERFILE), ("any\u{0}thing", "notes.bin"), ("", DOCKERFILE)] {
        let run = fixed(text, path, &["--quiet"]);
        assert_eq!((run.exit, run.out.as_str()), (0, text), "{path}");
    }
    let late = "FROM vastai/base-image:x\nRUN [\"bash\", \"-c\", \"a; b\"]\nRUN broken 'quote\n";
    let run =
        finish(repository.command(&["--fix-only", "-", "--stdin-filename", DOCKERFILE]).write_stdin(late));
    assert_eq!(run.exit, 0, "editors take the text whatever is left to report");
    assert_eq!(run.err, "");
}

#[test]
fn line_ends_marks_and_modes_stay() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let crlf = format!("\u{feff}{}", FAULTY.replace('\n', "\r\n"));
    let repository =
        Repository::new().file("external/app/Dockerfile", &crlf).file("elsewhere/Dockerfile", "");
    let path = repository.path().join(DOCKERFILE);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(repository.run(&["--fix", ONE_RULE]).exit, 0);
    assert_eq!(read(&repository, DOCKERFILE), format!("\u{feff}{}", FIXED.replace('\n', "\r\n")));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    // A link to a file outside is listed, never followed, and so never written through.
    let outside = tempfile::tempdir().unwrap();
    let target = outside.path().join("Dockerfile");
    fs::write(&target, FAULTY).unwrap();
    fs::create_dir(repository.path().join("external/linked")).unwrap();
    symlink(&target, repository.path().join("external/linked/Dockerfile")).unwrap();
    assert_eq!(repository.run(&["--fix", ONE_RULE]).exit, 0);
    assert_eq!(fs::read_to_string(&target).unwrap(), FAULTY);
}

#[test]
fn files_that_were_not_asked_about_are_left_alone() {
    let other = "external/other/Dockerfile";
    let repository = faulty().file(other, FAULTY);
    assert_eq!(repository.run(&["--fix", ONE_RULE, "external/app"]).exit, 0);
    assert_eq!(read(&repository, DOCKERFILE), FIXED);
    assert_eq!(read(&repository, other), FAULTY);
}

#[test]
fn what_is_staged_is_not_fixed_behind_gits_back() {
    let run = faulty().committed().run(&["--fix", "--staged"]);
    assert_eq!(run.exit, 2);
    assert!(run.err.contains("--staged"), "{}", run.err);
}

/// A disk without room, as a limit on the size of files: each write fails.
fn without_room(repository: &Repository, arguments: &str) -> crate::repository::Run {
    let script = format!("trap '' XFSZ; ulimit -f 0; exec '{}' {arguments}", binary().display());
    let mut command = assert_cmd::Command::new("bash");
    finish(command.current_dir(repository.path()).args(["-c", &script]))
}

#[test]
fn a_full_disk_loses_nothing() {
    let repository = faulty();
    let run = without_room(&repository, &format!("--fix {ONE_RULE}"));
    assert_eq!((run.exit, read(&repository, DOCKERFILE).as_str()), (2, FAULTY), "{}", run.err);
    assert!(run.err.contains("cannot write") && run.err.contains(DOCKERFILE), "{}", run.err);
    assert_eq!(
        fs::read_dir(repository.path().join("external/app")).unwrap().count(),
        1,
        "nothing is left behind"
    );

    assert_eq!(repository.run(&["baseline"]).exit, 0);
    let baseline = read(&repository, ".vastlint-baseline.json");
    fs::write(repository.path().join("external/app/Dockerfile"), format!("{FAULTY}RUN pip install x\n"))
        .unwrap();
    let run = without_room(&repository, "baseline");
    assert_eq!((run.exit, read(&repository, ".vastlint-baseline.json")), (2, baseline), "{}", run.err);
}

const MANY: usize = 300;

fn many() -> Repository {
    (0..MANY).fold(Repository::new(), |repository, index| repository.file(&many_path(index), FAULTY))
}

fn many_path(index: usize) -> String {
    format!("external/app{index}/Dockerfile")
}

/// Whatever is on disk is old or new, never half.
fn expect_whole_files(repository: &Repository) -> usize {
    let is_fixed = |index| match read(repository, &many_path(index)).as_str() {
        FIXED => true,
        FAULTY => false,
        other => panic!("half a file: {other:?}"),
    };
    (0..MANY).filter(|&index| is_fixed(index)).count()
}

#[test]
fn a_kill_in_the_middle_of_writing_loses_nothing() {
    let mut interrupted = 0;
    for delay in 1..40 {
        let repository = many();
        let mut child = Command::new(binary())
            .args(["--fix-only", ONE_RULE])
            .current_dir(repository.path())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        thread::sleep(Duration::from_millis(delay * 8));
        child.kill().unwrap();
        child.wait().unwrap();
        let fixed = expect_whole_files(&repository);
        interrupted += usize::from(fixed > 0 && fixed < MANY);
        if interrupted == 3 || fixed == MANY {
            // What the killed run left does not disturb the next.
            assert_eq!(repository.run(&["--fix", ONE_RULE]).exit, 0);
            assert_eq!(expect_whole_files(&repository), MANY);
            break;
        }
    }
    assert!(interrupted > 0, "no run was killed while it wrote: the test proves nothing on this machine");
}

#[test]
fn several_writers_at_once_lose_nothing() {
    let repository = many();
    let start = |arguments: &[&str]| {
        let mut command = Command::new(binary());
        command.args(arguments).current_dir(repository.path()).stderr(Stdio::null()).stdout(Stdio::null());
        command.spawn().unwrap()
    };
    let fixers: Vec<_> = (0..4).map(|_| start(&["--fix-only", ONE_RULE])).collect();
    let writers: Vec<_> = (0..4).map(|_| start(&["baseline"])).collect();
    for mut child in fixers {
        // Who comes second finds files changed, and says so.
        assert!(matches!(child.wait().unwrap().code(), Some(0 | 2)));
    }
    for mut child in writers {
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
    assert_eq!(expect_whole_files(&repository), MANY);
    let baseline = read(&repository, ".vastlint-baseline.json");
    assert!(serde_json::from_str::<serde_json::Value>(&baseline).is_ok());
    expect_no_leftovers(repository.path());
}

fn expect_no_leftovers(root: &Path) {
    for entry in fs::read_dir(root).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!([".git", ".vastlint-baseline.json", "external"].contains(&name.as_str()), "{name}");
    }
}

#[test]
fn scripts_become_executable_on_disk_and_in_the_index() {
    use std::os::unix::fs::PermissionsExt as _;
    let script = "external/app/ROOT/opt/supervisor-scripts/app.sh";
    let repository =
        Repository::new().file(DOCKERFILE, FIXED).file(script, "#!/bin/bash\nexec app\n").committed();
    let run = repository.run(&["--diff", "--select=not-executable"]);
    assert!(run.out.contains("old mode 100644\nnew mode 100755"), "{}", run.out);
    let run = repository.run(&["--fix", "--select=not-executable"]);
    assert_eq!(run.exit, 0, "{}{}", run.out, run.err);
    let mode = fs::metadata(repository.path().join(script)).unwrap().permissions().mode();
    assert_eq!(mode & 0o111, 0o111 & (mode >> 2));
    let index = Command::new("git")
        .args(["ls-files", "--stage", script])
        .current_dir(repository.path())
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&index.stdout).starts_with("100755 "));
}
