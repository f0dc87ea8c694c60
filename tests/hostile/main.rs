//! Bad input: whatever stands in a repository, vastlint says what it could not read, checks the rest, and ends soon.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod damage;

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use vastlint_engine::{Options, Progress, Report, check};

/// A Dockerfile that has a finding, to see that the rest of a repository is still checked.
const BROKEN: &str = "FROM vastai/pytorch:2.9\nRUN pip install a\n";

struct Repository(TempDir);

impl Repository {
    fn new() -> Self {
        let repository = Self(tempfile::tempdir().unwrap());
        repository.write("derivatives/pytorch/derivatives/app/Dockerfile", BROKEN);
        fs::create_dir(repository.0.path().join(".git")).unwrap();
        repository
    }

    fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Checks the repository, within ten seconds, and makes sure that the finding of [`BROKEN`] is there.
    #[track_caller]
    fn check(&self) -> Report {
        let start = Instant::now();
        let options = Options { paths: vec![self.0.path().to_owned()], ..Options::default() };
        let report = check(&options, &Progress::default()).unwrap();
        assert!(start.elapsed() < Duration::from_secs(10), "took {:?}", start.elapsed());
        assert!(
            found(&report, "VL401", "derivatives/pytorch/derivatives/app/Dockerfile"),
            "the rest was not checked"
        );
        for diagnostic in &report.diagnostics {
            let file = report.file(diagnostic.primary.file);
            assert!(file.text.get(diagnostic.primary.span.range()).is_some(), "{diagnostic:?}");
        }
        report
    }
}

fn found(report: &Report, code: &str, path: &str) -> bool {
    report
        .diagnostics
        .iter()
        .any(|diagnostic| diagnostic.rule.code == code && report.file(diagnostic.primary.file).path == path)
}

fn messages<'r>(report: &'r Report, path: &str) -> Vec<&'r str> {
    let in_path =
        report.diagnostics.iter().filter(|diagnostic| report.file(diagnostic.primary.file).path == path);
    in_path.map(|diagnostic| diagnostic.message.as_str()).collect()
}

#[test]
fn an_empty_repository_is_fine() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { paths: vec![folder.path().to_owned()], ..Options::default() };
    let report = check(&options, &Progress::default()).unwrap();
    assert_eq!((report.diagnostics.len(), report.files.len()), (0, 0));
}

#[test]
fn a_missing_path_is_an_error_with_its_name() {
    let options = Options { paths: vec!["no/such/path".into()], ..Options::default() };
    let error = check(&options, &Progress::default()).unwrap_err();
    assert!(error.to_string().contains("no/such/path"), "{error}");
}

#[test]
fn paths_of_two_repositories_are_an_error() {
    let (one, two) = (Repository::new(), Repository::new());
    let options = Options { paths: vec![one.path().to_owned(), two.path().to_owned()], ..Options::default() };
    let error = check(&options, &Progress::default()).unwrap_err();
    assert!(error.to_string().contains("outside the repository"), "{error}");
}

#[test]
fn empty_files_are_read() {
    let repository = Repository::new();
    for path in [
        "Dockerfile",
        "a/ROOT/etc/supervisor/conf.d/a.conf",
        ".github/workflows/build-a.yml",
        "provisioning_scripts/a.sh",
    ] {
        repository.write(path, "");
    }
    assert_eq!(repository.check().summary.files, 5);
}

#[test]
fn text_that_is_no_utf8_is_named() {
    let repository = Repository::new();
    repository.write("provisioning_scripts/latin.sh", b"#!/bin/bash\necho \xe9\n");
    repository.write("provisioning_scripts/utf16.sh", b"\xff\xfe#\0!\0");
    repository.write("provisioning_scripts/binary.sh", b"#!/bin/bash\n\0\0\0\0");
    let report = repository.check();
    assert!(messages(&report, "provisioning_scripts/latin.sh")[0].contains("byte 17 fits no character"));
    assert!(messages(&report, "provisioning_scripts/utf16.sh")[0].contains("not UTF-8"));
    assert!(messages(&report, "provisioning_scripts/binary.sh")[0].contains("it is no text"));
}

#[test]
fn programs_behind_a_shell_header_are_left_alone() {
    let repository = Repository::new();
    repository.write("bin/installer", b"#!/bin/sh\nexit\n\x7fELF\xff\xfe\0");
    assert_eq!(messages(&repository.check(), "bin/installer"), [""; 0]);
}

#[test]
fn scripts_of_other_languages_are_left_alone_whatever_their_name() {
    let repository = Repository::new();
    repository.write("tools/hash.sh", "#!/usr/bin/env python3\nprint(f'{1}')\n");
    repository.write("a/ROOT/opt/supervisor-scripts/app", "#!/usr/bin/python3\nif True: print(')')\n");
    let report = repository.check();
    assert_eq!((messages(&report, "tools/hash.sh").len(), report.summary.files), (0, 1));
}

#[test]
fn enormous_files_are_not_read() {
    let repository = Repository::new();
    let file = fs::File::create(repository.path().join("Dockerfile")).unwrap();
    file.set_len(64 << 20).unwrap();
    assert!(messages(&repository.check(), "Dockerfile")[0].contains("67108864 bytes are more"));
}

#[test]
fn deep_nesting_ends() {
    let depth = 10_000;
    let repository = Repository::new();
    repository.write("provisioning_scripts/subshells.sh", "(".repeat(depth) + &")".repeat(depth));
    repository.write(
        "provisioning_scripts/substitutions.sh",
        "echo ".to_owned() + &"$(echo ".repeat(depth) + &")".repeat(depth),
    );
    repository.write("provisioning_scripts/ifs.sh", "if true; then\n".repeat(depth) + &"fi\n".repeat(depth));
    repository.write(
        "provisioning_scripts/braces.sh",
        "echo ".to_owned() + &"${a:-".repeat(depth) + &"}".repeat(depth),
    );
    repository.write(
        ".github/workflows/build-flow.yml",
        "jobs: ".to_owned() + &"[".repeat(depth) + &"]".repeat(depth),
    );
    let mut block = String::new();
    for level in 0..depth.min(2_000) {
        block.push_str(&" ".repeat(level));
        block.push_str("a:\n");
    }
    repository.write(".github/workflows/build-block.yml", block);
    repository.write("Dockerfile", "FROM a\n".to_owned() + &"ONBUILD ".repeat(depth) + "RUN a");
    repository.write(
        ".github/workflows/build-expression.yml",
        format!("jobs:\n  build:\n    if: ${{{{ {}a{} }}}}\n", "(".repeat(depth), ")".repeat(depth)),
    );
    repository.check();
}

#[test]
fn documents_inside_documents_end() {
    let repository = Repository::new();
    let mut script = "pip install a\n".to_owned();
    for level in 0..40 {
        script = format!("bash <<'E{level}'\n{script}E{level}\n");
    }
    repository.write("provisioning_scripts/nested.sh", script);
    repository.check();
}

#[test]
fn an_alias_bomb_costs_nothing() {
    let repository = Repository::new();
    let mut bomb = "a0: &a0 [x, x]\n".to_owned();
    for level in 1..60 {
        let previous = level - 1;
        writeln!(bomb, "a{level}: &a{level} [*a{previous}, *a{previous}]").unwrap();
    }
    bomb.push_str("jobs: *a59\non: *a59\n");
    repository.write(".github/workflows/build-bomb.yml", bomb);
    repository.check();
}

#[test]
fn variables_that_hold_variables_cost_nothing() {
    let repository = Repository::new();
    let mut script = "a0=\n".to_owned();
    for level in 1..6 {
        writeln!(script, "a{level}={}", format!("$a{}", level - 1).repeat(200)).unwrap();
    }
    script.push_str("pip install x\n$a5 install --torch-backend=$a5\n. $a5/logging.sh\n");
    repository.write("provisioning_scripts/bomb.sh", &script);
    repository.write("a/ROOT/opt/supervisor-scripts/bomb.sh", script);
    repository.check();
}

#[test]
fn thousands_of_everything_take_seconds_at_most() {
    let repository = Repository::new();
    let count = 20_000;
    let script = lines(count, |n| {
        let source = "/opt/supervisor-scripts/utils";
        format!("a{n}={source}\n. ${{a{n}}}/logging.sh\n$a{n} -m pip install --torch-backend $a{n}")
    });
    repository.write("provisioning_scripts/many.sh", &script);
    repository.write("a/ROOT/opt/supervisor-scripts/many.sh", &script);
    repository
        .write("provisioning_scripts/find.sh", format!("find . {}pip install x", "-exec pip ".repeat(count)));
    let steps = lines(2_000, |n| format!("      - run: MATRIX_ID=$(echo $a{n} | md5sum | cut -c1-8)"));
    repository
        .write(".github/workflows/build-many.yml", format!("on: push\njobs:\n  build:\n    steps:\n{steps}"));
    let labels = lines(2_000, |n| format!("LABEL l{n}=v"));
    let runs = lines(2_000, |_| "RUN a | b; c".to_owned());
    repository.write("external/many/Dockerfile", format!("FROM vastai/pytorch:1\n{labels}{runs}"));
    let keys = "environment=A=\"1\"\n".repeat(5_000);
    repository.write("a/ROOT/etc/supervisor/conf.d/many.conf", format!("[program:a]\n{keys}").repeat(4));
    repository.check();
}

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).flat_map(|n| [line(n), "\n".to_owned()]).collect()
}

#[test]
fn long_lines_and_unclosed_things_end() {
    let repository = Repository::new();
    repository.write("provisioning_scripts/line.sh", "echo ".to_owned() + &"a ".repeat(1 << 20));
    for (name, text) in
        [("quote", "echo '"), ("double", "echo \""), ("heredoc", "cat <<E\n"), ("paren", "echo $(")]
    {
        repository
            .write(&format!("provisioning_scripts/{name}.sh"), format!("{text}{}", "a\n".repeat(100_000)));
    }
    repository.write("external/a/Dockerfile", "FROM a\nRUN <<E\n".to_owned() + &"a\n".repeat(100_000));
    repository.write("external/b/Dockerfile", "FROM a\nRUN a \\\n".to_owned() + &"\\\n".repeat(100_000));
    repository.check();
}

#[cfg(unix)]
#[test]
fn links_and_devices_are_not_followed() {
    use std::os::unix::fs::symlink;
    let repository = Repository::new();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("Dockerfile"), BROKEN).unwrap();
    symlink(outside.path(), repository.path().join("external")).unwrap();
    symlink(repository.path(), repository.path().join("loop")).unwrap();
    symlink("self", repository.path().join("self")).unwrap();
    fs::create_dir(repository.path().join("provisioning_scripts")).unwrap();
    symlink("/dev/zero", repository.path().join("provisioning_scripts/endless.sh")).unwrap();
    let fifo = repository.path().join("provisioning_scripts/fifo.sh");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let report = repository.check();
    let paths: Vec<&str> = report
        .diagnostics
        .iter()
        .map(|diagnostic| report.file(diagnostic.primary.file).path.as_str())
        .collect();
    assert!(paths.iter().all(|path| path.starts_with("derivatives/")), "{paths:?}");
}

#[cfg(unix)]
#[test]
fn names_that_are_no_utf8_are_read_all_the_same() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let repository = Repository::new();
    let folder = repository.path().join("provisioning_scripts");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join(OsStr::from_bytes(b"caf\xe9.sh")), "echo\n").unwrap();
    assert!(found(&repository.check(), "VL201", "provisioning_scripts/caf\u{fffd}.sh"));
}

#[test]
fn files_that_vanish_or_change_meanwhile_do_no_harm() {
    let repository = Repository::new();
    let folder = repository.path().join("provisioning_scripts");
    fs::create_dir(&folder).unwrap();
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut round = 0;
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                let path = folder.join(format!("{}.sh", round % 50));
                if round % 3 == 0 {
                    let _ = fs::remove_file(&path);
                } else {
                    let _ = fs::write(&path, "echo\n".repeat(round % 4000));
                }
                round += 1;
            }
        });
        for _ in 0..30 {
            repository.check();
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

#[test]
fn two_runs_say_the_same() {
    let repository = Repository::new();
    for name in 0..50 {
        repository.write(&format!("derivatives/app-{name}/Dockerfile"), BROKEN);
        repository.write(&format!("provisioning_scripts/{name}.sh"), "pip install a\npip install a\n");
    }
    let first = repository.check();
    for _ in 0..5 {
        let again = repository.check();
        assert_eq!(again.diagnostics, first.diagnostics);
        assert_eq!(again.fingerprints(), first.fingerprints());
    }
    let fingerprints: std::collections::HashSet<String> = first.fingerprints().into_iter().collect();
    assert_eq!(fingerprints.len(), first.diagnostics.len(), "each finding has its own fingerprint");
}
