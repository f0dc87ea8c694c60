//! The baseline: what it knows again, what is stale, how it is written.

use std::fs;
use std::path::{Path, PathBuf};

use crate::repository::{Repository, Run};

const FILE: &str = ".vastlint-baseline.json";
const DOCKERFILE: &str = "external/app/Dockerfile";
const CONF: &str = "external/app/ROOT/etc/supervisor/conf.d/app.conf";

impl Repository {
    fn with_baseline(self) -> Self {
        let run = self.run(&["baseline"]);
        assert_eq!((run.exit, run.err.as_str()), (0, ""), "{}", run.out);
        self
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap()
    }

    fn edit(self, path: &str, edit: impl FnOnce(&str) -> String) -> Self {
        let text = edit(&self.text(path));
        self.file(path, text)
    }

    fn rename(&self, from: &str, to: &str) {
        let to = self.path().join(to);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::rename(self.path().join(from), to).unwrap();
    }

    /// All that fails, and the summary.
    fn strict(&self) -> Run {
        self.run(&["--show=all", "--severity=info", "--format=concise"])
    }
}

#[track_caller]
fn all_known(run: &Run) {
    assert_eq!((run.exit, run.out.as_str()), (0, ""), "{}", run.err);
    assert!(run.err.contains("in the baseline") && !run.err.contains("stale"), "{}", run.err);
}

#[test]
fn what_is_known_does_not_fail_and_is_counted() {
    let repository = Repository::faulty();
    assert_eq!(repository.strict().exit, 1);
    let found = repository.strict().out.lines().count();
    let repository = repository.with_baseline();
    all_known(&repository.strict());
    let summary = format!("Nothing new found; {found} in the baseline.");
    assert!(repository.strict().err.contains(&summary), "{}", repository.strict().err);
    assert_eq!(repository.run(&["--format=json", "--severity=info"]).out, "[]\n");
    assert_eq!(repository.run(&["--statistics"]).out, "");
    let without = repository.run(&["--no-baseline", "--show=all", "--format=concise"]);
    assert_eq!((without.exit, without.out.lines().count()), (1, found));
    let text = repository.text(FILE);
    assert_eq!(text.lines().filter(|line| line.contains("\"fingerprint\"")).count(), found);
    assert!(!text.contains("\"line\""));
}

#[test]
fn what_is_new_fails() {
    let repository = Repository::faulty().with_baseline();
    let repository = repository.edit(DOCKERFILE, |text| format!("{text}RUN pip install new\n"));
    let run = repository.run(&["--format=concise", "--select=bare-pip"]);
    assert_eq!((run.exit, run.out.lines().count()), (1, 1), "{}", run.out);
    assert!(run.out.starts_with("external/app/Dockerfile:3:"), "{}", run.out);
    assert!(run.err.contains("Found 1 warning; 1 in the baseline."), "{}", run.err);
}

#[test]
fn edits_elsewhere_do_not_disturb_it() {
    let base = || Repository::faulty().with_baseline();
    all_known(&base().edit(DOCKERFILE, |text| format!("# above\n\n{text}")).strict());
    all_known(&base().edit(CONF, |text| format!("; above\n{text}")).strict());
    all_known(&base().edit(DOCKERFILE, |text| text.replace("RUN pip", "  RUN   pip\t")).strict());
    all_known(&base().edit(DOCKERFILE, |text| text.replace('\n', "\r\n")).strict());
    let neighbour = Repository::faulty().file("external/app/ROOT/opt/notes.txt", "x\n").with_baseline();
    neighbour.rename("external/app/ROOT/opt/notes.txt", "external/app/ROOT/opt/other.txt");
    all_known(&neighbour.strict());
}

#[test]
fn the_same_finding_twice_is_two_entries() {
    let twice = Repository::faulty().edit(DOCKERFILE, |text| format!("{text}RUN pip install foo\n"));
    let pip = ["--select=bare-pip", "--format=concise"];
    assert_eq!(twice.run(&pip).out.lines().count(), 2);
    let twice = twice.with_baseline();
    all_known(&twice.strict());
    let thrice = twice.edit(DOCKERFILE, |text| format!("{text}RUN pip install foo\n"));
    assert_eq!(thrice.run(&pip).out.lines().count(), 1, "two of three are known");
    // The fingerprint of what is reported does not depend on what is known.
    let json =
        |arguments: &[&str]| thrice.run(&[&["--format=json", "--select=bare-pip"], arguments].concat()).out;
    let new = json(&[]);
    let all = json(&["--no-baseline"]);
    let fingerprint = |line: &str| line.split("\"fingerprint\":").nth(1).unwrap()[..34].to_owned();
    assert_eq!(fingerprint(new.lines().nth(1).unwrap()), fingerprint(all.lines().nth(3).unwrap()));
}

#[test]
fn a_moved_file_is_known_while_its_content_is_the_same() {
    let moved = "external/app/ROOT/etc/supervisor/conf.d/other.conf";
    let pip =
        |repository: &Repository| repository.run(&["--select=missing-proc-name", "--format=concise"]).exit;
    let repository = Repository::faulty().with_baseline();
    repository.rename(CONF, moved);
    assert_eq!(pip(&repository), 0);
    let pruned = repository.run(&["baseline", "--prune"]);
    assert!(pruned.out.contains(": 0 added, 0 removed.\n"), "{}", pruned.out);
    assert!(pruned.out.contains("known at a new path"), "{}", pruned.out);
    assert!(repository.text(FILE).contains(moved) && !repository.text(FILE).contains(CONF), "its new path");
    let changed = repository.edit(moved, |text| format!("; changed\n{text}"));
    assert_eq!(pip(&changed), 0, "now it is known at its new place");
    let copied = Repository::faulty().with_baseline();
    let copied = copied.file(moved, "[program:app]\ncommand=/opt/app.sh\n");
    assert_eq!(pip(&copied), 1, "a copy is new");
    let other = Repository::faulty().with_baseline();
    other.rename(CONF, moved);
    assert_eq!(pip(&other.edit(moved, |text| format!("; changed\n{text}"))), 1, "moved and changed is new");
}

#[test]
fn entries_that_find_nothing_are_stale_until_they_are_pruned() {
    let mended = Repository::faulty().with_baseline();
    let mended = mended.edit(CONF, |text| format!("{text}environment=PROC_NAME=\"%(program_name)s\"\n"));
    let removed = Repository::faulty().with_baseline();
    fs::remove_file(removed.path().join(CONF)).unwrap();
    let switched_off = Repository::faulty().with_baseline();
    let switched_off = switched_off.file("vastlint.toml", "[rules]\nmissing-proc-name = \"off\"\n");
    for repository in [mended, removed, switched_off] {
        let run = repository.strict();
        assert!(run.err.contains(" stale: external/app/") && run.err.contains(CONF), "{}", run.err);
        let before = repository.text(FILE);
        let pruned = repository.run(&["baseline", "--prune"]);
        assert_eq!(pruned.exit, 0, "{}", pruned.err);
        assert!(pruned.out.contains(": 0 added, ") && pruned.out.contains("Removed: external/app/"));
        assert!(repository.text(FILE).len() < before.len());
        let again = repository.strict();
        assert!(!again.err.contains("stale"), "{}", again.err);
        assert_eq!(again.out, run.out, "nothing else changed");
    }
}

#[test]
fn a_part_of_the_repository_calls_nothing_stale() {
    let repository = Repository::faulty().with_baseline();
    let repository =
        repository.edit(CONF, |text| format!("{text}environment=PROC_NAME=\"%(program_name)s\"\n"));
    for arguments in
        [&[CONF][..], &["external"], &["--select=bare-pip"], &["--ignore=bare-pip"], &["--edition=2026-08"]]
    {
        let run = repository.run(arguments);
        assert!(!run.err.contains("stale"), "{arguments:?}: {}", run.err);
        let before = repository.text(FILE);
        let prune = repository.run(&[&["baseline", "--prune"], arguments].concat());
        assert_eq!((prune.exit, prune.out.as_str()), (2, ""), "{arguments:?}");
        assert!(prune.err.contains("cannot prune the baseline: "), "{}", prune.err);
        assert_eq!(repository.text(FILE), before);
    }
    assert!(repository.run(&["."]).err.contains("stale"), "the root is everything");
    let mut stdin = repository.command(&["-", "--stdin-filename", CONF]);
    let run = crate::repository::finish(stdin.write_stdin("[program:app]\n"));
    assert!(!run.err.contains("stale"), "{}", run.err);
}

#[test]
fn a_part_of_the_baseline_can_be_renewed() {
    let repository = Repository::faulty();
    let run = repository.run(&["baseline", DOCKERFILE]);
    assert_eq!(run.exit, 0, "{}", run.err);
    assert!(!repository.text(FILE).contains(CONF));
    let run = repository.run(&["baseline", "--select=missing-proc-name"]);
    assert_eq!(run.exit, 0, "{}", run.err);
    let text = repository.text(FILE);
    assert!(text.contains("VL301") && text.contains("VL401"), "{text}");
    let other = repository.run(&["baseline", DOCKERFILE, "--edition=2026-08"]);
    assert_eq!(other.exit, 2);
    assert!(other.err.contains("--edition 2026-02"), "{}", other.err);
    assert_eq!(repository.text(FILE), text);
}

#[test]
fn what_a_merge_leaves_is_read() {
    let repository = Repository::faulty().with_baseline();
    let text = repository.text(FILE);
    let mut lines: Vec<&str> = text.lines().collect();
    lines.insert(4, lines[4]);
    lines.swap(5, 6);
    let merged = repository.file(FILE, lines.join("\n"));
    all_known(&merged.strict());
    let pruned = merged.run(&["baseline", "--prune"]);
    assert!(pruned.out.ends_with("0 added, 0 removed.\n"), "{}", pruned.out);
    assert_eq!(merged.text(FILE), text, "sorted again, each once");
}

#[test]
fn branches_that_mend_different_files_merge() {
    let image = |index: usize| format!("external/app{index}/Dockerfile");
    let faulty = "FROM vastai/base-image:x\nRUN pip install foo\n";
    let mut repository = Repository::new();
    for index in 0..6 {
        repository = repository.file(&image(index), faulty);
    }
    let mut repository = repository.with_baseline().committed();
    for (branch, index) in [("first", 0), ("last", 5)] {
        repository.git(&["checkout", "-q", "-b", branch, "main"]);
        repository = repository.file(&image(index), faulty.replace("pip install", "uv pip install"));
        assert_eq!(repository.run(&["baseline", "--prune"]).exit, 0);
        repository = repository.commit();
    }
    repository.git(&["merge", "-q", "-m", "x", "first"]);
    let text = repository.text(FILE);
    let run = repository.strict();
    assert!(!run.err.contains("stale"), "{}", run.err);
    assert_eq!(repository.run(&["baseline", "--prune"]).exit, 0);
    assert_eq!(repository.text(FILE), text, "the merge is what would be written");
}

#[test]
fn a_faulty_baseline_ends_the_run_at_its_place() {
    let repository = Repository::faulty().with_baseline();
    let repository = repository.edit(FILE, |text| {
        let lines: Vec<&str> = text.lines().collect();
        [&lines[..5], &["<<<<<<< ours"], &lines[5..]].concat().join("\n")
    });
    for arguments in [&[][..], &["--format=json"], &["baseline", "--prune"], &["baseline", CONF]] {
        let run = repository.run(arguments);
        assert_eq!((run.exit, run.out.as_str()), (2, ""), "{arguments:?}");
        assert!(run.err.contains("the baseline is faulty") && run.err.contains(".json:6:1]"), "{}", run.err);
    }
    assert!(repository.run(&[]).err.contains("a merge left its marks"));
    assert_eq!(repository.run(&["--no-baseline"]).exit, 1);
    assert_eq!(repository.run(&["baseline"]).exit, 0, "the whole of it may be written anew");
    all_known(&repository.strict());
}

#[test]
fn another_file_may_be_the_baseline() {
    let repository = Repository::faulty();
    assert_eq!(repository.run(&["baseline", "--baseline", "known.json"]).exit, 0);
    assert!(!repository.path().join(FILE).exists());
    assert_eq!(repository.run(&[]).exit, 1);
    assert_eq!(repository.run(&["--baseline", "known.json"]).exit, 0);
    let missing = repository.run(&["--baseline", "none.json"]);
    assert_eq!(missing.exit, 2);
    assert!(missing.err.contains("cannot read the baseline") && missing.err.contains("none.json"));
    let before = repository.text(DOCKERFILE);
    let overwrite = repository.run(&["baseline", "--baseline", DOCKERFILE]);
    assert_eq!((overwrite.exit, repository.text(DOCKERFILE)), (2, before), "it is no baseline");
    assert_eq!(repository.run(&["--baseline=known.json", "--no-baseline"]).exit, 2);
    assert_eq!(repository.run(&["baseline", "--prune"]).exit, 2, "there is none");
    fs::create_dir(repository.path().join(FILE)).unwrap();
    assert_eq!(repository.run(&[]).exit, 2, "a folder is none");
}

#[test]
fn a_baseline_that_stays_the_same_is_not_written() {
    let repository = Repository::faulty().with_baseline();
    let time = || fs::metadata(repository.path().join(FILE)).unwrap().modified().unwrap();
    let before = time();
    assert_eq!(repository.run(&["baseline"]).exit, 0);
    assert_eq!(time(), before);
}

#[test]
fn names_in_the_baseline_are_shown_not_obeyed() {
    let repository =
        Repository::faulty().file("a\u{1b}[31m/Dockerfile", "FROM vastai/base-image:x\nRUN pip install x\n");
    let repository = repository.with_baseline();
    fs::remove_dir_all(repository.path().join("a\u{1b}[31m")).unwrap();
    for run in [repository.run(&[]), repository.run(&["baseline", "--prune"])] {
        let said = format!("{}{}", run.out, run.err);
        assert!(said.contains("a\\x1b[31m/Dockerfile") && !said.contains('\u{1b}'), "{said}");
    }
}

/// A comment above everything else (below the `#!` of a script), in every file at once.
#[test]
fn a_comment_on_top_of_every_file_disturbs_nothing() {
    fn files(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { files(&path, found) } else { found.push(path) }
        }
    }
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/broken");
    let mut found = Vec::new();
    files(&fixture, &mut found);
    let mut repository = Repository::new();
    let mut commented = Vec::new();
    for path in found {
        let relative = path.strip_prefix(&fixture).unwrap().to_str().unwrap().to_owned();
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let takes_comments = text.starts_with("#!")
            || ["Dockerfile", ".yml", ".yaml", ".conf", ".sh"].iter().any(|end| relative.ends_with(end));
        repository = repository.file(&relative, &text);
        if takes_comments {
            let (first, rest) = match text.split_once('\n') {
                Some((first, rest)) if first.starts_with("#!") => (format!("{first}\n"), rest.to_owned()),
                _ => (String::new(), text),
            };
            commented.push((relative, format!("{first}# on top\n{rest}")));
        }
    }
    let mut repository = repository.with_baseline();
    assert!(commented.len() > 20);
    for (path, text) in commented {
        repository = repository.file(&path, text);
    }
    all_known(&repository.strict());
}
