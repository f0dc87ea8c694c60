//! How long a keystroke takes in the language server, and what it does to its memory.
//!
//! ```text
//! cargo bench --package vastlint --bench server -- [REPOSITORY]
//! ```
//!
//! Types into files of a copy of the repository (the clean fixture by default) as an editor does, over the pipes of the
//! real binary. Prints Markdown.

#![expect(clippy::unwrap_used, reason = "a panic is how a benchmark fails")]
#![expect(clippy::print_stdout, reason = "that is what it is for")]

#[path = "../../../tests/server/client.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod client;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use client::{Client, copy, uri, usual};

/// How much is typed.
struct Effort {
    /// Keystrokes in each file.
    keystrokes: usize,
    /// Edits for the curve of the memory.
    edits: usize,
}

fn main() {
    // Cargo says so where benchmarks only have to run.
    let is_test = std::env::args().any(|argument| argument == "--test");
    let effort =
        if is_test { Effort { keystrokes: 2, edits: 20 } } else { Effort { keystrokes: 200, edits: 10_000 } };
    let given = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/clean");
    let from = given.map_or(fixture, PathBuf::from);
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap().join("repository");
    copy(&from, &root);
    fs::create_dir_all(root.join(".git")).unwrap();
    let files = files(&root);
    println!("| typed into | keystroke, median | 95 % | longest | everything, median | 95 % |");
    println!("|---|---|---|---|---|---|");
    for path in &files {
        keystrokes(&root, path, effort.keystrokes);
    }
    memory(&root, &files, effort.edits);
}

/// The longest file of each kind: the hardest to type into.
fn files(root: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    walk(root, &mut all);
    let longest = |fits: &dyn Fn(&str) -> bool| {
        let fitting = all.iter().filter(|path| fits(path.to_str().unwrap()));
        fitting.max_by_key(|path| fs::metadata(path).unwrap().len()).cloned()
    };
    [
        longest(&|path| path.ends_with("/Dockerfile")),
        longest(&|path| path.contains("/supervisor/conf.d/")),
        longest(&|path| path.contains("/opt/supervisor-scripts/")),
        longest(&|path| path.contains("provisioning_scripts/")),
        longest(&|path| path.contains(".github/workflows/build-")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn walk(folder: &Path, all: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with(".git") {
            walk(&path, all);
        } else if path.is_file() {
            all.push(path);
        }
    }
}

/// A change that types one character at the end of the line in the middle of a text, or takes it back.
fn keystroke(text: &str, index: usize) -> Value {
    let lines: Vec<&str> = text.lines().collect();
    let line = lines.len() / 2;
    let end = lines[line].trim_end_matches('\r').encode_utf16().count();
    let at = |character: usize| json!({ "line": line, "character": character });
    let typed = index % 8;
    if typed < 7 {
        json!([{ "range": { "start": at(end + typed), "end": at(end + typed) }, "text": &" #abcde"[typed..=typed] }])
    } else {
        json!([{ "range": { "start": at(end), "end": at(end + 7) }, "text": "" }])
    }
}

fn keystrokes(root: &Path, path: &Path, count: usize) {
    let mut client = Client::open(root, usual());
    let (uri, text) = (uri(path), fs::read_to_string(path).unwrap());
    client.open_file(&uri, &text);
    client.settle();
    let (mut own, mut all) = (Vec::new(), Vec::new());
    for index in 0..count {
        // As from hand to hand: the server has nothing else to do.
        std::thread::sleep(Duration::from_millis(20));
        let start = Instant::now();
        let version = client.change(&uri, keystroke(&text, index));
        client.wait(|message| {
            let params = &message["params"];
            params["uri"] == uri.as_str() && params["version"] == version
        });
        own.push(start.elapsed());
        client.settle();
        all.push(start.elapsed());
        client.forget();
    }
    let path = path.strip_prefix(root).unwrap().display().to_string();
    let part = |times: &mut Vec<Duration>, percent: usize| {
        times.sort_unstable();
        let time = times[(times.len() - 1) * percent / 100];
        format!("{:.1} ms", time.as_secs_f64() * 1000.0)
    };
    println!(
        "| `{path}`, {} lines | {} | {} | {} | {} | {} |",
        text.lines().count(),
        part(&mut own, 50),
        part(&mut own, 95),
        part(&mut own, 100),
        part(&mut all, 50),
        part(&mut all, 95),
    );
    assert!(client.finish().success());
}

/// The resident memory of a process, in MiB.
fn resident(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok());
    kib.unwrap_or(f64::NAN) / 1024.0
}

fn memory(root: &Path, files: &[PathBuf], edits: usize) {
    let mut client = Client::open(root, usual());
    let open: Vec<(String, String)> =
        files.iter().map(|path| (uri(path), fs::read_to_string(path).unwrap())).collect();
    client.settle();
    println!("\n| edits | resident, MiB |\n|---|---|");
    println!("| 0, nothing open | {:.1} |", resident(client.pid()));
    for (uri, text) in &open {
        client.open_file(uri, text);
    }
    let start = Instant::now();
    for edit in 0..edits {
        let (uri, text) = &open[edit % open.len()];
        let version = client.change(uri, keystroke(text, edit / open.len()));
        client.wait(|message| {
            message["params"]["uri"] == uri.as_str() && message["params"]["version"] == version
        });
        if (edit + 1) % 10 == 0 {
            client.settle();
        }
        client.forget();
        if (edit + 1) % 1000 == 0 {
            println!("| {} | {:.1} |", edit + 1, resident(client.pid()));
        }
    }
    println!("\n{edits} edits in {:.1} s.", start.elapsed().as_secs_f64());
    assert!(client.finish().success());
}
