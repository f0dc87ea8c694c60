//! Damaged files through the whole pipeline: parsers, embedded documents, model, rules. Nothing panics, and every label
//! lies in its file on character boundaries.

use std::path::{Path, PathBuf};

use vastlint_engine::{Error, Input, analyse_inputs};
use vastlint_rules::Edition;

/// The clean and the broken fixtures, and whatever `VASTLINT_CORPUS` (folders, separated by colons) names.
fn roots() -> Vec<PathBuf> {
    let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let mut roots = vec![fixtures.join("clean"), fixtures.join("broken")];
    if let Some(corpus) = std::env::var_os("VASTLINT_CORPUS") {
        roots.extend(std::env::split_paths(&corpus));
    }
    roots
}

fn files(root: &Path) -> Vec<(String, String)> {
    let walk = ignore::WalkBuilder::new(root).hidden(false).git_ignore(false).build();
    walk.filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()))
        .filter_map(|entry| {
            let path = entry.path().strip_prefix(root).ok()?.to_string_lossy().into_owned();
            Some((path, std::fs::read_to_string(entry.path()).ok()?))
        })
        .collect()
}

/// A small generator of numbers (xorshift), so that a failure can be repeated.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

fn damaged(text: &str, numbers: &mut Numbers) -> String {
    const PIECES: [&str; 24] = [
        "\"",
        "'",
        "`",
        "$(",
        ")",
        "${",
        "}",
        "<<EOF\n",
        "EOF\n",
        "\\\n",
        "\n",
        "[",
        "]",
        "&&",
        "|",
        ": ",
        "- ",
        "  ",
        "\t",
        "#",
        "%(",
        "\u{1F600}",
        "\r\n",
        "\u{feff}",
    ];
    let mut damaged = text.to_owned();
    for _ in 0..=numbers.below(4) {
        let at = damaged.floor_char_boundary(numbers.below(damaged.len() + 1));
        match numbers.below(4) {
            0 => damaged.truncate(at),
            1 => damaged.insert_str(at, PIECES[numbers.below(PIECES.len())]),
            2 => {
                let end = damaged.floor_char_boundary((at + numbers.below(40)).min(damaged.len()));
                damaged.replace_range(at.min(end)..end.max(at), "");
            }
            _ => {
                let line = damaged[at..].lines().next().unwrap_or_default().to_owned();
                damaged.insert_str(at, &line);
            }
        }
    }
    damaged
}

#[test]
fn damaged_files_do_no_harm() {
    let mut runs = 0;
    for root in roots() {
        for (path, text) in files(&root) {
            let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15 ^ text.len() as u64);
            for _ in 0..30 {
                let text = damaged(&text, &mut numbers);
                let edition = Edition::ALL[runs % 2];
                let report = analyse_inputs(
                    vec![Input::from_bytes(&path, false, text.clone().into_bytes())],
                    edition,
                    "",
                )
                .expect("no configuration has no fault");
                for diagnostic in &report.diagnostics {
                    for label in std::iter::once(&diagnostic.primary).chain(&diagnostic.related) {
                        let file = report.file(label.file);
                        assert!(
                            file.text.get(label.span.range()).is_some(),
                            "{path}: {:?} of {}\n{text}",
                            label.span,
                            diagnostic.rule.code
                        );
                    }
                }
                runs += 1;
            }
        }
    }
    println!("{runs} damaged files");
    assert!(runs > 1_000, "the fixtures are there");
}

#[test]
fn damaged_configurations_are_sound_or_have_a_fault_at_a_place() {
    const SOUND: &str = "\
edition = \"2026-08\"
extends = [\"vastlint:strict\", \"a.toml\"]
fail-severity = \"error\"
exclude = [\"/a/*.b\", \"!c\"]
[rules]
VL401 = \"off\"
run-without-strict-mode = { level = \"error\", variants = { single-command = \"off\" } }
[[per-path]]
paths = [\"a/**\", \"{b,c}\"]
rules = { bare-pip = \"info\" }
[contract.workflow.jobs]
extend-extra = [\"gpu-test\"]
[contract.conf.settings.autostart]
gravity = \"minor\"
[contract]
dockerfile.labels = [{ key = \"a\", example = \"b\" }]
portal.offset = 3
";
    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
    let (mut sound, mut faulty) = (0, 0);
    for _ in 0..1_500 {
        let text = damaged(SOUND, &mut numbers);
        match analyse_inputs(Vec::new(), Edition::default(), &text) {
            Ok(_) => sound += 1,
            Err(Error::Config(error)) => {
                faulty += 1;
                let span = error.span.unwrap_or_else(|| panic!("{} has no place\n{text}", error.message));
                assert!(text.get(span.range()).is_some(), "{span:?} of {}\n{text}", error.message);
            }
            Err(other) => panic!("{other}\n{text}"),
        }
    }
    assert!(sound > 20 && faulty > 500, "{sound} sound, {faulty} faulty");
    assert!(analyse_inputs(Vec::new(), Edition::default(), SOUND).is_ok());
}
