//! `vastlint init`.

use std::fs;

use crate::repository::Repository;

/// Builds as the later edition has them.
const WORKFLOW: &str = "on: push\njobs:\n  preflight: {runs-on: x}\n  build: {runs-on: x}\n  merge-manifests: {runs-on: x}\n  collect-tags: {runs-on: x}\n  notify: {runs-on: x}\n";
const HOOKS: &str = ".pre-commit-config.yaml";
const GATE: &str = ".github/workflows/vastlint.yml";

impl Repository {
    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap()
    }

    fn has(&self, path: &str) -> bool {
        self.path().join(path).exists()
    }
}

#[test]
fn it_writes_the_edition_that_the_repository_follows() {
    let documented = Repository::faulty();
    let run = documented.run(&["init"]);
    assert_eq!((run.exit, run.err.as_str()), (0, ""), "{}", run.out);
    assert!(
        run.out.contains("vastlint.toml: written.") && run.out.contains("edition is 2026-02."),
        "{}",
        run.out
    );
    assert!(documented.read("vastlint.toml").contains("\nedition = \"2026-02\"\n"));
    assert!(!documented.has(HOOKS) && !documented.has(GATE));
    let practised = || Repository::faulty().file(".github/workflows/build-app.yml", WORKFLOW);
    let repository = practised();
    let run = repository.run(&["init", "external/app"]);
    assert!(run.out.contains("2026-08, which the repository plainly follows"), "{}", run.out);
    assert!(repository.read("vastlint.toml").contains("\nedition = \"2026-08\"\n"));
    assert!(repository.run(&[]).err.contains("edition 2026-08"));
    let asked = practised();
    assert_eq!(asked.run(&["init", "--edition=2026-02"]).exit, 0);
    assert!(asked.read("vastlint.toml").contains("\nedition = \"2026-02\"\n"));
}

#[test]
fn what_it_writes_is_sound_with_every_example_in_it() {
    let repository = Repository::faulty();
    assert_eq!(repository.run(&["init"]).exit, 0);
    let text = repository.read("vastlint.toml");
    let is_example = |line: &str| line.contains(" = ") || line.starts_with("# [");
    let live: Vec<&str> = text
        .lines()
        .map(|line| line.strip_prefix("# ").filter(|_| is_example(line)).unwrap_or(line))
        .collect();
    assert!(live.iter().filter(|line| !line.starts_with('#')).count() > 12, "{live:?}");
    let live = repository.file("vastlint.toml", live.join("\n"));
    let run = live.run(&["config", "show", "--own"]);
    assert_eq!(run.exit, 0, "{}", run.err);
    for key in ["fail-severity", "exclude", "undocumented-schedule", "[[per-path]]", "extra"] {
        assert!(run.out.lines().any(|line| line.starts_with(key)), "{key}: {}", run.out);
    }
}

#[test]
fn nothing_is_overwritten_unless_asked_for() {
    let repository = Repository::faulty().file("vastlint.toml", "# mine\n");
    let run = repository.run(&["init"]);
    assert_eq!((run.exit, run.out.as_str()), (2, ""));
    assert!(
        run.err.contains("there is a `vastlint.toml` already") && run.err.contains("--force"),
        "{}",
        run.err
    );
    let run = repository.run(&["init", "--workflow", "--pre-commit"]);
    assert_eq!(run.exit, 0, "{}", run.err);
    assert!(run.out.contains("vastlint.toml: left as it is"), "{}", run.out);
    assert_eq!(repository.read("vastlint.toml"), "# mine\n");
    assert!(repository.read(GATE).contains("uses: vastlint/vastlint@v"));
    let repository = repository.file(GATE, "# mine\n");
    let run = repository.run(&["init", "--workflow"]);
    assert!(run.exit == 0 && run.out.contains("vastlint.yml: left as it is"), "{}", run.out);
    assert_eq!(repository.read(GATE), "# mine\n");
    assert_eq!(repository.run(&["init", "--workflow", "--force"]).exit, 0);
    assert!(
        repository.read(GATE).contains("uses: vastlint/")
            && repository.read("vastlint.toml").contains("edition = ")
    );
    let names: Vec<_> =
        fs::read_dir(repository.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(names.iter().all(|name| !name.to_string_lossy().ends_with(".tmp")), "{names:?}");
    let run = repository.run(&["init", "--force", "--config=edition=2026-08"]);
    assert_eq!(run.exit, 2, "{}", run.err);
}

#[test]
fn the_gate_is_a_workflow_without_faults() {
    for edition in ["2026-02", "2026-08"] {
        let repository = Repository::new();
        assert_eq!(repository.run(&["init", "--workflow", "--edition", edition]).exit, 0);
        let run = repository.run(&["--show=all", "--severity=info"]);
        assert_eq!((run.exit, run.out.as_str()), (0, ""), "{}", run.err);
    }
}

#[test]
fn hooks_that_are_there_stay() {
    let repository = Repository::faulty();
    let run = repository.run(&["init", "--pre-commit"]);
    assert_eq!(run.exit, 0, "{}", run.err);
    let new = repository.read(HOOKS);
    assert!(new.starts_with("repos:\n  - repo: https://github.com/vastlint/vastlint\n    rev: v"), "{new}");
    assert!(new.ends_with("      - id: vastlint\n"), "{new}");
    let run = repository.run(&["init", "--pre-commit"]);
    assert!(run.out.contains("it has the hook already"), "{}", run.out);
    assert_eq!(repository.read(HOOKS), new);

    let old = "# ours\nrepos:\n- repo: local\n  hooks:\n    - id: x # why\n\nci:\n  skip: [x]\n";
    let repository = Repository::faulty().file(HOOKS, old);
    assert_eq!(repository.run(&["init", "--pre-commit"]).exit, 0);
    let new = repository.read(HOOKS);
    let ours = new.find("- repo: https").unwrap();
    let end = new.find("\nci:").unwrap();
    assert_eq!(format!("{}{}", &new[..ours], &new[end..]), old, "{new}");

    for old in ["repos: []\n", "repos: [{repo: local}]\n", "a: [\n", "\u{0}"] {
        let repository = Repository::faulty().file(HOOKS, old);
        let run = repository.run(&["init", "--pre-commit"]);
        assert_eq!(run.exit, 0, "{}", run.err);
        assert!(
            run.out.contains("Add to its `repos:`:") && run.out.contains("- id: vastlint\n"),
            "{}",
            run.out
        );
        assert_eq!(repository.read(HOOKS), old);
    }
}

#[cfg(unix)]
#[test]
fn nothing_is_written_outside_the_repository() {
    use std::os::unix::fs::symlink;
    let outside = tempfile::tempdir().unwrap();
    let repository = Repository::faulty();
    symlink(outside.path(), repository.path().join(".github")).unwrap();
    let run = repository.run(&["init", "--workflow"]);
    assert_eq!(run.exit, 2);
    assert!(run.err.contains("a symbolic link leads out of"), "{}", run.err);
    let repository = Repository::faulty();
    let target = outside.path().join("x");
    symlink(&target, repository.path().join("vastlint.toml")).unwrap();
    assert_eq!(repository.run(&["init"]).exit, 2);
    fs::write(&target, "kept").unwrap();
    assert_eq!(repository.run(&["init", "--force"]).exit, 2);
    assert_eq!(fs::read_to_string(&target).unwrap(), "kept");
}
