//! Files that are no ordinary files, or not ordinarily named: nothing hangs, and the rest is still checked.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;
use std::time::Duration;

use crate::repository::{Repository, Run, finish};

/// Runs with a limit: a hang is a failure of the test, not of the machine.
fn checked(repository: &Repository, arguments: &[&str]) -> Run {
    let mut command = repository.command(&[&["--format=json"], arguments].concat());
    finish(command.timeout(Duration::from_mins(1)))
}

fn finds_plain_pip(run: &Run) {
    assert_eq!(run.exit, 1, "{}{}", run.out, run.err);
    assert!(run.findings().contains(&("VL401".into(), "external/app/Dockerfile".into())), "{}", run.out);
}

#[test]
fn a_name_that_is_no_utf8() {
    let repository = Repository::faulty();
    let folder = repository.path().join(OsStr::from_bytes(b"external/b\xff\xfe"));
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("Dockerfile"), "FROM vastai/base-image:x\nRUN pip install b\n").unwrap();
    let run = checked(&repository, &[]);
    finds_plain_pip(&run);
    assert!(
        run.findings().iter().any(|(_, path)| path == "external/b\u{fffd}\u{fffd}/Dockerfile"),
        "{}",
        run.out
    );

    let mut command = repository.command(&["--format=json"]);
    let named = finish(command.arg(OsStr::from_bytes(b"external/b\xff\xfe")));
    assert!(!named.findings().is_empty(), "{}{}", named.out, named.err);
}

#[test]
fn a_pipe_that_nobody_writes_to() {
    let repository = Repository::faulty();
    let pipe = repository.path().join("external/app/Dockerfile.pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    finds_plain_pip(&checked(&repository, &[]));
    let named = checked(&repository, &["external/app/Dockerfile.pipe"]);
    assert!([0, 2].contains(&named.exit), "{named:?}");
}

#[test]
fn links_that_lead_in_a_circle_or_nowhere() {
    let repository = Repository::faulty();
    symlink("..", repository.path().join("external/app/loop")).unwrap();
    symlink("Dockerfile.self", repository.path().join("external/app/Dockerfile.self")).unwrap();
    symlink("/nowhere", repository.path().join("external/app/Dockerfile.gone")).unwrap();
    finds_plain_pip(&checked(&repository, &[]));
    assert_eq!(checked(&repository, &["external/app/Dockerfile.self"]).exit, 2);
}

#[test]
fn files_that_are_no_text_are_reported_and_the_rest_is_checked() {
    let repository = Repository::faulty()
        .file("external/latin/Dockerfile", b"FROM vastai/base-image:x\n# caf\xe9\n")
        .file("external/empty/Dockerfile", "")
        .file("external/zero/Dockerfile", b"FROM x\0\n");
    let run = checked(&repository, &[]);
    finds_plain_pip(&run);
    for path in ["external/latin/Dockerfile", "external/zero/Dockerfile"] {
        assert!(run.findings().contains(&("VL002".into(), path.into())), "{path}: {}", run.out);
    }
    assert!(repository.run(&[]).out.contains("╭─[external/latin/Dockerfile]"));
}

#[test]
fn an_unreadable_file_is_reported() {
    let repository = Repository::faulty().file("external/closed/Dockerfile", "FROM vastai/base-image:x\n");
    let closed = repository.path().join("external/closed/Dockerfile");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    let readable_all_the_same = fs::read(&closed).is_ok();
    let run = checked(&repository, &[]);
    finds_plain_pip(&run);
    if readable_all_the_same {
        // Root may read everything: there is nothing to see here for this user.
        eprintln!("not tested: this user can read files without permission");
        return;
    }
    assert!(run.findings().contains(&("VL002".into(), "external/closed/Dockerfile".into())), "{}", run.out);
}
