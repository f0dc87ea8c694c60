//! Configuration: what it is made of, who wins, what is wrong with it, and what it cannot do.

use std::fs;
use std::path::Path;

use crate::reports::expect;
use crate::repository::{Repository, Run, finish};

const DOCKERFILE: &str = "external/app/Dockerfile";
const PIP: &str = "FROM vastai/base-image:x\nRUN pip install foo\n";

impl Repository {
    /// How grave plain pip is.
    #[track_caller]
    fn pip(&self, arguments: &[&str]) -> String {
        let run = self.run(&[&["--select=bare-pip", "--format=json"], arguments].concat());
        assert_ne!(run.exit, 2, "{}", run.err);
        let findings: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        findings[0]["severity"].as_str().unwrap_or("off").to_owned()
    }

    /// Where a value came from.
    #[track_caller]
    fn origin(&self, key: &str, arguments: &[&str]) -> String {
        origin_of(&self.run(&[&["config", "show"], arguments].concat()), key)
    }
}

#[track_caller]
fn origin_of(run: &Run, key: &str) -> String {
    // A key of a contract table is looked for in it.
    let (table, key) = key.rsplit_once('/').unwrap_or(("", key));
    let start = run.out.find(table).unwrap_or_else(|| panic!("{table}: {}", run.out));
    let line = run.out[start..].lines().find(|line| line.starts_with(&format!("{key} = ")));
    let line = line.unwrap_or_else(|| panic!("{key}: {} {}", run.out, run.err));
    line.rsplit_once("  # ").unwrap().1.to_owned()
}

#[test]
fn later_sources_win() {
    let repository = Repository::faulty();
    assert_eq!(repository.pip(&[]), "warning");
    let repository = repository.file("ci/base.toml", "[rules]\nbare-pip = \"error\"\n");
    let repository = repository.file("vastlint.toml", "extends = [\"vastlint:strict\", \"ci/base.toml\"]\n");
    assert_eq!(repository.pip(&[]), "error");
    assert_eq!(repository.origin("bare-pip", &[]), "ci/base.toml:2");
    assert_eq!(repository.origin("fail-severity", &[]), "vastlint:strict");
    let own = "extends = [\"ci/base.toml\"]\n\n[rules]\nVL401 = \"info\"\n";
    let repository = repository.file("vastlint.toml", own);
    assert_eq!(repository.pip(&[]), "info");
    assert_eq!(repository.origin("bare-pip", &[]), "vastlint.toml:4");
    let mut command = repository.command(&["config", "show"]);
    command.env("VASTLINT_CONFIG", "rules.VL401=off").env("VASTLINT_EDITION", "2026-08");
    let run = finish(&mut command);
    assert_eq!(origin_of(&run, "bare-pip"), "$VASTLINT_CONFIG");
    assert_eq!(origin_of(&run, "edition"), "$VASTLINT_EDITION");
    let options =
        ["--config", "rules.bare-pip=off", "--config=rules.VL401=error", "--config=edition=2026-02"];
    assert_eq!(repository.pip(&options), "error", "the last one wins");
    let run = finish(command.args(options));
    assert_eq!(origin_of(&run, "bare-pip"), "command line");
    assert_eq!(origin_of(&run, "edition"), "command line");
    assert!(run.out.starts_with("edition = \"2026-02\""), "{}", run.out);
    let run = finish(command.args(["--edition", "2026-08"]));
    assert!(run.out.starts_with("edition = \"2026-08\""), "the option is the strongest word: {}", run.out);
}

#[test]
fn variables_that_are_set_to_nothing_say_nothing() {
    let repository = Repository::faulty();
    let mut command = repository.command(&["--select=bare-pip"]);
    command.envs([("VASTLINT_CONFIG", ""), ("VASTLINT_EDITION", ""), ("VASTLINT_FORMAT", "")]);
    assert_eq!(finish(&mut command).exit, 1);
    let run = finish(repository.command(&["--select=bare-pip"]).env("VASTLINT_FORMAT", "json"));
    assert_eq!(run.findings().len(), 1);
    let run = finish(repository.command(&["--format=concise"]).env("VASTLINT_FORMAT", "json"));
    assert!(run.out.contains(": warning[VL401"), "the option wins: {}", run.out);
    for (name, value, arguments) in [
        ("VASTLINT_FORMAT", "xml", &["--quiet"][..]),
        ("VASTLINT_EDITION", "x", &["--quiet"]),
        ("VASTLINT_EDITION", "x", &["rules"]),
        ("VASTLINT_EDITION", "x", &["init"]),
        ("VASTLINT_CONFIG", "none.toml", &["--quiet"]),
    ] {
        let run = finish(repository.command(arguments).env(name, value));
        assert_eq!((run.exit, run.out.as_str()), (2, ""), "{name} {}", run.err);
        assert!(run.err.contains(value) && run.err.contains("error: "), "{name}: {}", run.err);
    }
}

#[test]
fn a_file_may_be_named_by_option_or_environment() {
    let repository = Repository::faulty()
        .file("vastlint.toml", "[rules]\nbare-pip = \"off\"\n")
        .file("ci/strict.toml", "extends = \"more.toml\"\n")
        .file("ci/more.toml", "rules.bare-pip = \"error\"\n")
        .file("a=b.toml", "rules.bare-pip = \"info\"\n");
    assert_eq!(repository.pip(&["--config", "ci/strict.toml"]), "error");
    assert_eq!(repository.pip(&["--config", "a=b.toml"]), "info", "a file that is there is a file");
    assert_eq!(repository.pip(&["--config", "ci/strict.toml", "--config", "rules.VL401=info"]), "info");
    let mut command = repository.command(&["config", "show"]);
    let run = finish(command.env("VASTLINT_CONFIG", "ci/strict.toml"));
    assert_eq!(origin_of(&run, "bare-pip"), "ci/more.toml:1");
    assert_eq!(origin_of(&finish(command.args(["--config", "a=b.toml"])), "bare-pip"), "a=b.toml:1");
    let run = repository.run(&["--config", "ci/strict.toml", "--config", "a=b.toml"]);
    assert_eq!(run.exit, 2);
    assert!(run.err.contains("two configuration files: `ci/strict.toml` and `a=b.toml`"), "{}", run.err);
}

#[test]
fn severities_that_fail_a_run() {
    let repository = Repository::faulty();
    let exit = |text: &str, arguments: &[&str]| {
        let repository = Repository::faulty().file("vastlint.toml", text);
        repository.run(&[&["--select=bare-pip"], arguments].concat()).exit
    };
    assert_eq!(repository.run(&["--select=bare-pip"]).exit, 1);
    assert_eq!(exit("fail-severity = \"error\"", &[]), 0);
    assert_eq!(exit("fail-severity = \"error\"", &["--severity=warning"]), 1);
    assert_eq!(exit("fail-severity = \"info\"\nrules.bare-pip = \"info\"", &[]), 1);
    assert_eq!(exit("rules.bare-pip = \"info\"", &[]), 0);
    assert_eq!(exit("extends = \"vastlint:strict\"\nrules.bare-pip = \"info\"", &[]), 1);
    assert_eq!(exit("extends = \"vastlint:recommended\"\nrules.bare-pip = \"info\"", &[]), 0);
}

#[test]
fn variants_have_levels_of_their_own() {
    let levels = |text: &str| -> Vec<String> {
        let repository = Repository::new()
            .file("vastlint.toml", text)
            .file(DOCKERFILE, "FROM vastai/base-image:x\nRUN true\nRUN true && true\n");
        let run = repository.run(&["--select=run-without-strict-mode", "--format=json"]);
        assert_ne!(run.exit, 2, "{}", run.err);
        let findings: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        let level = |line: u64| {
            let mut findings = findings.as_array().unwrap().iter();
            let found = findings.find(|one| one["line"] == line);
            found.map_or("off", |one| one["severity"].as_str().unwrap()).to_owned()
        };
        vec![level(2), level(3)]
    };
    let rule = "[rules]\nrun-without-strict-mode";
    assert_eq!(levels(""), ["info", "warning"]);
    assert_eq!(levels(&format!("{rule} = \"error\"")), ["error", "error"]);
    assert_eq!(levels(&format!("{rule} = {{ level = \"error\" }}")), ["error", "error"]);
    assert_eq!(levels(&format!("{rule}.variants.single-command = \"off\"")), ["off", "warning"]);
    assert_eq!(
        levels(&format!("{rule} = {{ level = \"off\", variants.single-command = \"info\" }}")),
        ["info", "off"]
    );
    let per_path = format!(
        "{rule}.variants.single-command = \"error\"\n[[per-path]]\npaths = [\"external/**\"]\nrules.VL102.level = \"info\"\n"
    );
    assert_eq!(levels(&per_path), ["info", "info"]);
}

#[test]
fn what_is_excluded_is_not_read() {
    let found = |text: &str| -> usize {
        let repository = Repository::faulty().file("vendor/x/Dockerfile", PIP).file("vastlint.toml", text);
        repository.run(&["--select=bare-pip", "--format=json"]).findings().len()
    };
    assert_eq!(found(""), 2);
    assert_eq!(found("exclude = [\"/vendor/\"]"), 1);
    assert_eq!(found("exclude = [\"Dockerfile\"]"), 0);
    assert_eq!(found("exclude = [\"Dockerfile\", \"!/vendor/x/Dockerfile\"]"), 1);
    let repository = Repository::faulty()
        .file("base.toml", "exclude = [\"/external/\"]")
        .file("vastlint.toml", "extends = \"base.toml\"\nexclude = [\"!/external/\"]");
    assert_eq!(repository.pip(&[]), "warning", "what was excluded further down is let in again");
    assert_eq!(repository.origin("exclude", &[]), "base.toml:1 + vastlint.toml:2");
}

#[test]
fn values_of_the_conventions_are_laid_over_one_another() {
    let repository = Repository::faulty()
        .file("base.toml", "contract.workflow.jobs.extend-extra = [\"a\"]\ncontract.portal.offset = 7\n")
        .file("vastlint.toml", "extends = \"base.toml\"\n[contract.workflow.jobs]\nextend-extra = [\"b\"]\n");
    let run = repository.run(&["config", "show", "--config", "contract.workflow.jobs.extend-extra=[\"c\"]"]);
    assert!(run.out.contains("extra = [\"a\", \"b\", \"c\"]"), "{}", run.out);
    assert_eq!(
        origin_of(&run, "[contract.workflow.jobs]/extra"),
        "edition 2026-02 + base.toml:1 + vastlint.toml:3 + command line"
    );
    assert_eq!(origin_of(&run, "offset"), "base.toml:2");
    assert_eq!(origin_of(&run, "first-entry"), "edition 2026-02");
    let run = repository.run(&["config", "show", "--config", "contract.workflow.jobs.extra=[\"d\"]"]);
    assert_eq!(origin_of(&run, "[contract.workflow.jobs]/extra"), "command line");
}

#[test]
fn what_is_shown_is_a_configuration_with_the_same_findings() {
    let text = "exclude = [\"a\\nb\".x]".replace("\"a\\nb\".x", "\"a b\", '!\"q\"'");
    let text = format!(
        "extends = \"vastlint:strict\"\n{text}\n[rules]\nVL102 = {{ level = \"error\", variants.single-command = \"off\" }}\n\
         [[per-path]]\npaths = [\"external/**\"]\nrules = {{ VL401 = \"error\", VL102.variants.single-command = \"info\" }}\n\
         [contract.shell.directory-values]\n\"X Y\" = \"\\u0007\\\"'\"\n"
    );
    for edition in ["2026-02", "2026-08"] {
        let repository = Repository::faulty().file("vastlint.toml", &text);
        let edition = format!("--edition={edition}");
        let expected = repository.run(&["--format=json", &edition]);
        let shown = repository.run(&["config", "show", &edition]);
        assert_eq!((shown.exit, shown.err.as_str()), (0, ""));
        assert!(shown.out.chars().all(|character| character == '\n' || !character.is_control()));
        let again = Repository::faulty().file("vastlint.toml", &shown.out);
        let run = again.run(&["--format=json"]);
        assert_eq!((run.exit, &run.out), (expected.exit, &expected.out), "{}", run.err);
        let own =
            Repository::faulty().file("vastlint.toml", repository.run(&["config", "show", "--own"]).out);
        assert_eq!(own.run(&["--format=json", &edition]).out, expected.out);
        let values = |text: &str| -> Vec<String> {
            text.lines().map(|line| line.split("  # ").next().unwrap().trim_end().to_owned()).collect()
        };
        assert_eq!(values(&again.run(&["config", "show"]).out), values(&shown.out));
    }
}

#[test]
fn values_are_shown_for_machines_and_only_the_own_ones_on_wish() {
    let repository = Repository::faulty().file("vastlint.toml", "[rules]\nbare-pip = \"off\"\n");
    let run = repository.run(&["config", "show", "--own"]);
    expect(
        &run.out,
        r#"
[rules]
bare-pip = "off"                                      # vastlint.toml:2
"#,
    );
    let run = repository.run(&["config", "show", "--format=json"]);
    let values: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let value = |key: &[&str]| {
        let found = values.as_array().unwrap().iter().find(|one| one["key"] == serde_json::json!(key));
        let found = found.unwrap();
        (found["value"].clone(), found["from"].clone())
    };
    let (level, from) = value(&["rules", "bare-pip"]);
    assert_eq!(level, "off");
    assert_eq!(from, serde_json::json!([{ "kind": "file", "path": "vastlint.toml", "line": 2 }]));
    assert_eq!(value(&["edition"]).1, serde_json::json!([{ "kind": "default" }]));
    let (_, from) = value(&["contract", "portal", "offset"]);
    assert_eq!(from, serde_json::json!([{ "kind": "edition", "name": "2026-02" }]));
}

#[test]
fn faults_are_shown_with_the_nearest_right_name() {
    for (text, place, message, help) in [
        ("edtion = \"2026-02\"", "1:1", "there is no key `edtion`", "did you mean `edition`?"),
        ("edition = 2026", "1:11", "`edition` takes a text, and this is an integer", "`edition = "),
        ("edition = \"2026-07\"", "1:11", "there is no edition `2026-07`", "`2026-02`, `2026-08`"),
        ("fail-severity = \"warn\"", "1:17", "`warn` is no severity", "did you mean `warning`?"),
        ("exclude = \"x\"", "1:11", "`exclude` takes a list of texts", "exclude = ["),
        ("exclude = [1]", "1:12", "`exclude` takes a text, and this is an integer", "exclude = ["),
        ("exclude = [\"a\", \"{\"]", "1:17", "`{` is no pattern", ".gitignore"),
        ("exclude = [\"#a\"]", "1:12", "`#a` excludes nothing", ".gitignore"),
        ("bare-pip = \"off\"", "1:1", "there is no key `bare-pip`", "below `[rules]`"),
        ("[workflow]", "1:2", "there is no key `workflow`", "`[contract.workflow]`"),
        ("rules = 1", "1:9", "`rules` takes a table, and this is an integer", "`[rules]`"),
        ("[rules]\nbar-pip = \"off\"", "2:1", "there is no rule `bar-pip`", "did you mean `bare-pip`?"),
        ("[rules]\nzzz = \"off\"", "2:1", "there is no rule `zzz`", "lists all rules"),
        ("[rules]\nbare-pip = false", "2:12", "`bare-pip` takes a level", "`bare-pip = \"off\"`"),
        ("[rules]\nbare-pip = \"eror\"", "2:12", "`eror` is no level", "did you mean `error`?"),
        ("[rules]\nbare-pip = \"off\"\nVL401 = \"off\"", "3:1", "set twice, by name and by code", "keep one"),
        ("[rules]\nbare-pip = { levels = \"off\" }", "2:14", "no key `levels` in `bare-pip`", "`level`?"),
        ("[rules]\nVL102.variants.singl = \"off\"", "2:16", "no variant `singl`", "`single-command`"),
        ("[rules.VL256.variants]\nx = \"off\"", "2:1", "`bashism-in-sh` has no variant `x`", "a level alone"),
        ("[per-path]", "1:1", "`per-path` takes a list of tables", "`[[per-path]]`"),
        ("[[per-path]]\npaths = [\"a\"]", "1:1", "this `[[per-path]]` has no `rules`", "for example"),
        ("[[per-path]]\npath = [\"a\"]", "2:1", "no key `path` in `[[per-path]]`", "did you mean `paths`?"),
        ("[[per-path]]\npaths = [\"[\"]\nrules = {}", "2:10", "`[` is no glob", "relative to the root"),
        ("[contract.workflow.corn]\nrequired = true", "1:20", "there is no value `corn`", "`cron`?"),
        ("contract.portal.offset = \"1\"", "1:26", "expected an integer, and this is a string", "values.md"),
        ("extends = 1", "1:11", "`extends` takes names of presets and paths", "vastlint:strict"),
        ("extends = \"vastlint:stric\"", "1:11", "there is no preset", "did you mean `vastlint:strict`?"),
        ("extends = \"strict\"", "1:11", "there is no such file", "did you mean `vastlint:strict`?"),
        ("a = \"", "1:6", "error: ", ""),
        ("a = 1\na = 2", "2:1", "duplicate key", ""),
    ] {
        let base = "extends = \"ci/base.toml\"\n";
        let extended = Repository::faulty().file("vastlint.toml", base).file("ci/base.toml", text);
        let direct = Repository::faulty().file("vastlint.toml", text);
        for (repository, name) in [(direct, "vastlint.toml"), (extended, "ci/base.toml")] {
            let run = repository.run(&[]);
            assert_eq!((run.exit, run.out.as_str()), (2, ""), "{text}");
            let shown = format!("{name}:{place}]");
            for part in [message, help, &shown] {
                assert!(run.err.contains(part), "{text}: no {part:?} in\n{}", run.err);
            }
        }
    }
}

#[test]
fn a_fault_in_an_argument_is_shown_in_it() {
    let repository = Repository::faulty();
    expect(
        &repository.run(&["--config", "rules.VL401 = of"]).err,
        r#"
error: `of` is no level
   ╭─[--config:1:14]
 1 │ rules.VL401 ="of"
   ·              ────
   ╰────
  help: did you mean `off`? expected one of `error`, `warning`, `info`, `off`
"#,
    );
    for (argument, message) in [
        ("rules.VL401=", "KEY=VALUE"),
        ("=x", "KEY=VALUE"),
        ("rules.bar-pip=off", "did you mean `bare-pip`?"),
        ("exclude=[a", "KEY=VALUE"),
        ("extends=../x.toml", "it leads out of the repository"),
        ("\u{1b}[31m=x", "\\x1b[31m"),
    ] {
        let run = repository.run(&["--config", argument]);
        assert_eq!((run.exit, run.out.as_str()), (2, ""), "{argument}");
        assert!(run.err.contains(message) && !run.err.contains('\x1b'), "{argument}: {}", run.err);
    }
}

#[test]
fn chains_end() {
    let around = Repository::faulty()
        .file("vastlint.toml", "extends = \"a/a.toml\"\n")
        .file("a/a.toml", "extends = [\"vastlint:strict\", \"../b.toml\"]\n")
        .file("b.toml", "\nextends = \"./a/../a/a.toml\"\n");
    let run = around.run(&[]);
    assert_eq!(run.exit, 2);
    assert!(run.err.contains("it extends itself: a/a.toml → b.toml → a/a.toml"), "{}", run.err);
    assert!(run.err.contains("b.toml:2:11]"), "{}", run.err);
    let itself = Repository::faulty().file("vastlint.toml", "extends = \"vastlint.toml\"\n");
    assert!(itself.run(&[]).err.contains("it extends itself"), "{}", itself.run(&[]).err);
    let mut deep = Repository::faulty().file("vastlint.toml", "extends = \"0.toml\"\n");
    for index in 0..40 {
        deep = deep.file(&format!("{index}.toml"), format!("extends = \"{}.toml\"\n", index + 1));
    }
    let run = deep.run(&[]);
    assert_eq!(run.exit, 2);
    assert!(run.err.contains("more than 16 files extend one another"), "{}", run.err);
    // Each extends the next one twice: who reads them all again needs two to the power of 14.
    let mut twice = Repository::faulty().file("vastlint.toml", "extends = [\"0.toml\", \"0.toml\"]\n");
    for index in 0..14 {
        let next = format!("\"{}.toml\"", index + 1);
        twice = twice.file(&format!("{index}.toml"), format!("extends = [{next}, {next}]\n"));
    }
    let twice = twice.file("14.toml", "rules.bare-pip = \"error\"\n");
    assert_eq!(twice.pip(&[]), "error");
    let names: Vec<String> = (0..70).map(|index| format!("\"{index}.toml\"")).collect();
    let mut wide = Repository::faulty().file("vastlint.toml", format!("extends = [{}]\n", names.join(", ")));
    for index in 0..70 {
        wide = wide.file(&format!("{index}.toml"), "");
    }
    assert!(wide.run(&[]).err.contains("more than 64 files"), "{}", wide.run(&[]).err);
}

#[test]
fn nothing_outside_the_repository_is_read() {
    let secret = "the-secret-line = 1\n";
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret.toml"), secret).unwrap();
    let real = outside.path().canonicalize().unwrap();
    let repository = || Repository::faulty();
    let hostile: Vec<(Repository, &str)> = vec![
        (
            repository().file("vastlint.toml", "extends = \"../../etc/passwd\"\n"),
            "it leads out of the repository",
        ),
        (
            repository()
                .file("a/b.toml", "extends = \"../../c.toml\"")
                .file("vastlint.toml", "extends = \"a/b.toml\""),
            "it leads out of the repository",
        ),
        (repository().file("vastlint.toml", "extends = \"/etc/passwd\"\n"), "it is absolute"),
        (
            repository().file("vastlint.toml", format!("extends = '{}/secret.toml'\n", real.display())),
            "it is absolute",
        ),
        (repository().file("vastlint.toml", "extends = \"a\\u0000b\"\n"), "it holds a zero byte"),
        (repository().file("vastlint.toml", "extends = \"\"\n"), "it names nothing"),
        (repository().file("vastlint.toml", "extends = \".\"\n"), "it is a folder"),
        (repository().file("vastlint.toml", "extends = \"external\"\n"), "it is a folder"),
        (repository().file("vastlint.toml", "extends = \"no/such.toml\"\n"), "there is no such file"),
        (
            repository().file("vastlint.toml", "extends = \"external/app/Dockerfile/x\"\n"),
            "there is no such file",
        ),
        (repository().file("vastlint.toml", "extends = \"~/x.toml\"\n"), "there is no such file"),
        (repository().file("vastlint.toml", "extends = \"$HOME/x.toml\"\n"), "there is no such file"),
        (
            repository().file("vastlint.toml", "extends = \"https://example.org/x.toml\"\n"),
            "there is no such file",
        ),
        (repository().file("vastlint.toml", b"a = \"\xff\""), "it is not UTF-8: byte 5"),
        (repository().file("vastlint.toml", "a = \"\0\""), "error: "),
        (repository().file("vastlint.toml", "#".repeat(2 << 20)), "it is larger than 1048576 bytes"),
        (
            repository()
                .file("vastlint.toml", "extends = \"big.toml\"")
                .file("big.toml", "#".repeat(2 << 20)),
            "it is larger",
        ),
        (
            repository()
                .file("vastlint.toml", format!("a = {}1{}", "[".repeat(100_000), "]".repeat(100_000))),
            "error: ",
        ),
        (repository().file("vastlint.toml", format!("{}a = 1", "a.".repeat(100_000))), "error: "),
        (repository().file("vastlint.toml/x", ""), "it is a folder"),
    ];
    for (repository, message) in &hostile {
        let run = repository.run(&[]);
        assert_eq!((run.exit, run.out.as_str()), (2, ""), "{message}: {}", run.err);
        assert!(run.err.contains(message), "no {message:?} in\n{}", run.err);
        assert!(!run.err.contains("secret-line") && !run.err.contains("root:x"), "{}", run.err);
    }
}

#[cfg(unix)]
#[test]
fn links_stay_in_the_repository() {
    use std::os::unix::fs::symlink;
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret.toml"), "the-secret-line = 1\n").unwrap();
    let secret = outside.path().join("secret.toml");
    let linked = |link: &str, target: &Path, extends: &str| {
        let repository = Repository::faulty();
        if !extends.is_empty() {
            fs::write(repository.path().join("vastlint.toml"), format!("extends = \"{extends}\"")).unwrap();
        }
        symlink(target, repository.path().join(link)).unwrap();
        repository
    };
    for (repository, message) in [
        (linked("vastlint.toml", &secret, ""), "a symbolic link leads out of the repository"),
        (linked("a.toml", &secret, "a.toml"), "a symbolic link leads out of the repository"),
        (linked("a", outside.path(), "a/secret.toml"), "a symbolic link leads out of the repository"),
        (linked("a.toml", Path::new("a.toml"), "a.toml"), "error: cannot extend"),
        (linked("a.toml", Path::new("gone"), "a.toml"), "it is a symbolic link to nothing"),
        (linked("a.toml", Path::new("/dev/zero"), "a.toml"), "a symbolic link leads out of the repository"),
    ] {
        let run = repository.run(&[]);
        assert_eq!(run.exit, 2, "{message}: {}", run.err);
        assert!(run.err.contains(message) && !run.err.contains("secret-line"), "{message}: {}", run.err);
    }
    let inside =
        linked("a.toml", Path::new("b/c.toml"), "a.toml").file("b/c.toml", "rules.bare-pip = \"error\"");
    assert_eq!(inside.pip(&[]), "error");
    let inside = linked("vastlint.toml", Path::new("b/c.toml"), "").file("b/c.toml", "extends = \"d.toml\"");
    let inside = inside.file("b/d.toml", "rules.bare-pip = \"error\"");
    assert_eq!(inside.pip(&[]), "error", "a path is relative to the file that a link leads to");
    // A pipe is never opened: nobody writes to it.
    let pipe = Repository::faulty().file("vastlint.toml", "extends = \"pipe\"");
    let made = std::process::Command::new("mkfifo").arg(pipe.path().join("pipe")).status().unwrap();
    assert!(made.success());
    let run = pipe.run(&[]);
    assert!(run.exit == 2 && run.err.contains("it is no regular file"), "{}", run.err);
}

#[test]
fn what_is_staged_is_configured_by_what_is_staged() {
    let repository = Repository::faulty().committed();
    let pip = |repository: &Repository| {
        repository.run(&["--staged", "--select=bare-pip", "--format=json"]).findings().len()
    };
    let repository = repository.file(DOCKERFILE, format!("{PIP}# x\n"));
    repository.git(&["add", "-A"]);
    assert_eq!(pip(&repository), 1);
    let off = "extends = \"ci/off.toml\"\n";
    let repository = repository.file("vastlint.toml", off).file("ci/off.toml", "rules.bare-pip = \"off\"\n");
    assert_eq!(pip(&repository), 1, "it is not staged yet");
    repository.git(&["add", "-A"]);
    assert_eq!(pip(&repository), 0);
    let repository = repository.file("vastlint.toml", "faulty").file("ci/off.toml", "faulty");
    assert_eq!(pip(&repository), 0, "the work tree does not matter");
    repository.git(&["add", "ci"]);
    let run = repository.run(&["--staged"]);
    assert_eq!(run.exit, 2);
    assert!(run.err.contains("ci/off.toml (in git's index):1:7"), "{}", run.err);
    fs::remove_file(repository.path().join("ci/off.toml")).unwrap();
    repository.git(&["rm", "-q", "--cached", "ci/off.toml"]);
    let run = repository.run(&["--staged"]);
    assert!(run.err.contains("cannot extend `ci/off.toml`: there is no such file"), "{}", run.err);
    let named = repository.file("other.toml", "rules.bare-pip = \"off\"\n");
    let run = named.run(&["--staged", "--select=bare-pip", "--config=other.toml"]);
    assert_eq!(run.exit, 0, "a file that is named is read where it is: {}", run.err);
}

#[cfg(unix)]
#[test]
fn links_in_the_index_are_followed_inside_only() {
    use std::os::unix::fs::symlink;
    for (target, message) in [
        ("ci/off.toml", None),
        ("ci/../ci/off.toml", None),
        ("gone.toml", Some("it is a symbolic link to nothing")),
        ("vastlint.toml", Some("too many symbolic links")),
        ("../off.toml", Some("a symbolic link leads out of the repository")),
        ("/etc/passwd", Some("a symbolic link leads out of the repository")),
    ] {
        let repository = Repository::faulty().file("ci/off.toml", "rules.bare-pip = \"off\"\n");
        symlink(target, repository.path().join("vastlint.toml")).unwrap();
        // The root is told from the work tree.
        fs::remove_dir(repository.path().join(".git")).unwrap();
        repository.git(&["init", "-q"]);
        repository.git(&["add", "-A"]);
        let run = repository.run(&["--staged", "--select=bare-pip"]);
        assert_eq!(run.exit, if message.is_some() { 2 } else { 0 }, "{target}: {}", run.err);
        assert!(message.is_none_or(|message| run.err.contains(message)), "{target}: {}", run.err);
    }
}

#[test]
fn what_is_staged_is_held_against_the_staged_baseline() {
    let repository = Repository::faulty();
    assert_eq!(repository.run(&["baseline"]).exit, 0);
    let repository = repository.committed().file(DOCKERFILE, format!("{PIP}# x\n"));
    repository.git(&["add", "-A"]);
    let baseline = repository.path().join(".vastlint-baseline.json");
    assert_eq!(repository.run(&["--staged", "--select=bare-pip"]).exit, 0);
    fs::remove_file(&baseline).unwrap();
    assert_eq!(repository.run(&["--staged", "--select=bare-pip"]).exit, 0, "its removal is not staged");
    repository.git(&["add", "-A"]);
    assert_eq!(repository.run(&["--staged", "--select=bare-pip"]).exit, 1);
    fs::write(&baseline, "faulty").unwrap();
    assert_eq!(repository.run(&["--staged", "--select=bare-pip"]).exit, 1, "it is not staged");
    repository.git(&["add", "-A"]);
    let run = repository.run(&["--staged"]);
    assert_eq!(run.exit, 2);
    assert!(run.err.contains("baseline.json (in git's index)"), "{}", run.err);
}
