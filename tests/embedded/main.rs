//! Documents inside documents, over the fixtures and over whatever `VASTLINT_CORPUS` (folders, separated by colons)
//! names: their text leads back to the bytes of the file, and bash takes it for what vastlint takes it for.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use vastlint_model::{Document, Kind, Origin, ShellRole, Tree, classify, parse_file};
use vastlint_text::Span;

fn roots() -> Vec<PathBuf> {
    let mut roots = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/clean")];
    if let Some(corpus) = std::env::var_os("VASTLINT_CORPUS") {
        roots.extend(std::env::split_paths(&corpus));
    }
    roots
}

/// Every document of every readable file below the roots.
fn documents() -> Vec<Document> {
    let mut documents = Vec::new();
    for root in roots() {
        for entry in ignore::WalkBuilder::new(&root).hidden(false).git_ignore(false).build() {
            let entry = entry.unwrap();
            if !entry.file_type().is_some_and(|kind| kind.is_file()) {
                continue;
            }
            let path = entry.path().strip_prefix(&root).unwrap().to_string_lossy().into_owned();
            let Ok(text) = std::fs::read_to_string(entry.path()) else { continue };
            let Some(kind) = classify(&path, || text.lines().next().map(str::to_owned)) else { continue };
            documents.extend(parse_file(&Arc::from(path.as_str()), kind, text.into()));
        }
    }
    assert!(documents.len() > 30, "the fixtures are there");
    documents
}

#[test]
fn every_character_leads_back_to_its_byte() {
    let documents = documents();
    let mut file: &Document = &documents[0];
    let (mut embedded, mut compared) = (0, 0u64);
    for document in &documents {
        if document.is_file() {
            file = document;
            continue;
        }
        embedded += 1;
        let mut last = 0;
        for (offset, character) in document.text.char_indices() {
            let span = Span::from_range(offset..offset + character.len_utf8());
            let host = document.map.to_host(span);
            assert!(host.start >= last, "{}: places go backwards at {offset}", document.path);
            last = host.start;
            let text = file.text.get(host.range());
            assert!(text.is_some(), "{}: {host:?} is no place in the file", document.path);
            if document.map.is_verbatim(span) {
                assert_eq!(text, Some(span.text(&document.text)), "{} at {host:?}", document.path);
                compared += 1;
            }
        }
    }
    println!("{embedded} embedded documents, {compared} characters compared");
    assert!(embedded > 20 && compared > 2_000);
}

#[test]
fn bash_agrees_on_what_is_shell() {
    let mut compared = 0;
    let mut differences = Vec::new();
    for document in documents() {
        let Tree::Shell(script) = &document.tree else { continue };
        if document.origin == Origin::File || has_expressions(&document) {
            continue;
        }
        compared += 1;
        let accepted = bash_accepts(&document.text);
        if accepted != script.errors.is_empty() {
            let said = script.errors.first().map_or("nothing", |error| &error.message);
            differences.push(format!(
                "{}: bash accepts: {accepted}, vastlint says {said}\n{}",
                document.path, document.text
            ));
        }
    }
    println!("{compared} embedded scripts compared with bash -n");
    assert!(compared > 15);
    assert!(differences.is_empty(), "{}", differences.join("\n---\n"));
}

/// GitHub puts text in place of `${{ … }}` before any shell sees it.
fn has_expressions(document: &Document) -> bool {
    document.kind == Kind::Shell(ShellRole::Step) && document.text.contains("${{")
}

fn bash_accepts(text: &str) -> bool {
    let mut bash = Command::new("bash")
        .arg("-n")
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("bash is installed wherever templates are written");
    bash.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = bash.wait_with_output().unwrap();
    // A heredoc without its end is only warned about.
    output.status.success() && !String::from_utf8_lossy(&output.stderr).contains("here-document")
}

#[test]
fn the_fixtures_are_where_this_test_looks() {
    assert!(roots().iter().all(|root| Path::new(root).is_dir()), "{:?}", roots());
}
