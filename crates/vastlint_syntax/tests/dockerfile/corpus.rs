//! The texts that the tests run over.

use std::fs;
use std::path::{Path, PathBuf};

/// A Dockerfile, and where it comes from.
pub(crate) struct Text {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// The fixtures, in order of their names.
pub(crate) fn fixtures() -> Vec<Text> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/syntax/dockerfile");
    let texts = read(&folder);
    assert!(texts.len() > 25, "the fixtures are missing");
    texts
}

/// The Dockerfiles under the directories that `VASTLINT_CORPUS` names.
pub(crate) fn corpus() -> Vec<Text> {
    let folders = std::env::var("VASTLINT_CORPUS").unwrap_or_default();
    folders
        .split(':')
        .filter(|folder| !folder.is_empty())
        .flat_map(|folder| read(Path::new(folder)))
        .collect()
}

fn read(folder: &Path) -> Vec<Text> {
    let mut paths = Vec::new();
    collect(folder, &mut paths);
    paths.sort();
    let text = |path: &PathBuf| {
        let name = path.strip_prefix(folder).unwrap().display().to_string();
        Some(Text { name, text: fs::read_to_string(path).ok()? })
    };
    paths.iter().filter_map(text).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().to_string_lossy().to_lowercase();
        if entry.file_type().unwrap().is_dir() {
            if !name.starts_with('.') {
                collect(&entry.path(), paths);
            }
        } else if name.starts_with("dockerfile") || name.ends_with(".dockerfile") {
            paths.push(entry.path());
        }
    }
}

/// The text damaged in every way that is cheap to enumerate. Calls `check` for each.
pub(crate) fn mutations(text: &str, mut check: impl FnMut(&str)) {
    for (offset, _) in text.char_indices() {
        check(&text[..offset]);
    }
    let lines: Vec<_> = text.split_inclusive('\n').collect();
    for index in 0..lines.len() {
        let without = [&lines[..index], &lines[index + 1..]].concat().concat();
        check(&without);
        let twice = [&lines[..=index], &lines[index..]].concat().concat();
        check(&twice);
    }
    check(&text.replace("\r\n", "\n").replace('\n', "\r\n"));
    check(&format!("{text}{text}"));
    check(&format!("\u{feff}{text}"));
    for (character, _) in text.match_indices(['\\', '"', '\'', '#', '<', '$', '[', '=', '-']) {
        let mut without = text.to_owned();
        without.remove(character);
        check(&without);
    }
}

fn random(seed: u64) -> impl FnMut(usize) -> usize {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move |below| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) as usize % below
    }
}

/// A text of tokens that mean something to a Dockerfile, thrown together; the same for the same seed. All ASCII: what
/// `BuildKit` does with other characters in flags is no reading.
pub(crate) fn soup(seed: u64) -> String {
    const STARTS: [&str; 12] = [
        "RUN ",
        "COPY ",
        "ENV ",
        "LABEL ",
        "ARG ",
        "CMD ",
        "FROM ",
        "HEALTHCHECK ",
        "ONBUILD RUN ",
        "ADD ",
        "WORKDIR ",
        "VOLUME ",
    ];
    const TOKENS: [&str; 57] = [
        " ",
        " ",
        " ",
        "  ",
        "\t",
        "\n",
        "\n",
        "\\\n",
        "\\\n",
        "\\ \n",
        "\\\r\n",
        "\r\n",
        "\\\\",
        "\\",
        "\"",
        "\"",
        "'",
        "'",
        "\"a b\"",
        "'a b'",
        "$",
        "$A",
        "${A}",
        "${A:-b}",
        "${A:-",
        "}",
        "${A#b*}",
        "${A/b/c}",
        "<<EOF",
        "<<EOF",
        "<<-E",
        "<<'EOF'",
        "<< E",
        "<<",
        "<<<",
        "<",
        "3<<E",
        "\nEOF\n",
        "\n\tE\n",
        "\nE\n",
        "#",
        "\n# c\n",
        "\n  #c \\\n",
        "[\"a\"",
        ",\"b\"]",
        "[",
        "]",
        ",",
        "=",
        "A=",
        "K=v",
        "a",
        "b/c",
        "--x=y",
        "--x",
        "--mount=type=bind",
        "CMD ",
    ];
    let mut next = random(seed);
    let mut text = String::from(if next(8) == 0 { "# escape=`\nFROM x\n" } else { "FROM x\n" });
    for _ in 0..=next(3) {
        text.push_str(STARTS[next(STARTS.len())]);
        for _ in 0..next(12) {
            text.push_str(TOKENS[next(TOKENS.len())]);
        }
        text.push('\n');
    }
    text
}
