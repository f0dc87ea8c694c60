//! Speed of each parser, in bytes of text per second, over the syntax fixtures repeated to about a mebibyte.

use std::fs;
use std::path::PathBuf;

use divan::Bencher;
use divan::counter::BytesCount;

fn main() {
    divan::main();
}

/// The fixtures of a language, one after another, until there is a mebibyte of them.
fn corpus(folder: &str, suffixes: &[&str]) -> Vec<String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(folder);
    let mut paths = Vec::new();
    let mut open = vec![folder];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("the fixtures are there") {
            let path = entry.expect("a folder can be listed").path();
            if path.is_dir() {
                open.push(path);
            } else if suffixes.iter().any(|suffix| path.to_string_lossy().ends_with(suffix)) {
                paths.push(path);
            }
        }
    }
    paths.sort();
    let texts: Vec<String> = paths.iter().filter_map(|path| fs::read_to_string(path).ok()).collect();
    let size: usize = texts.iter().map(String::len).sum();
    assert!(size > 0, "no fixtures");
    std::iter::repeat_n(texts, (1 << 20) / size + 1).flatten().collect()
}

fn bench<T>(bencher: Bencher<'_, '_>, texts: &[String], parse: impl Fn(&str) -> T + Sync) {
    let size: usize = texts.iter().map(String::len).sum();
    bencher.counter(BytesCount::new(size)).bench(|| {
        for text in texts {
            divan::black_box(parse(text));
        }
    });
}

#[divan::bench]
fn dockerfile(bencher: Bencher<'_, '_>) {
    bench(bencher, &corpus("clean", &["Dockerfile"]), vastlint_syntax::dockerfile::parse);
}

#[divan::bench]
fn shell(bencher: Bencher<'_, '_>) {
    bench(bencher, &corpus("clean", &[".sh"]), vastlint_syntax::shell::parse);
}

#[divan::bench]
fn supervisor(bencher: Bencher<'_, '_>) {
    bench(bencher, &corpus("clean", &[".conf"]), vastlint_syntax::supervisor::parse);
}

#[divan::bench]
fn yaml(bencher: Bencher<'_, '_>) {
    bench(bencher, &corpus("clean", &[".yml", ".yaml"]), vastlint_syntax::yaml::parse);
}
