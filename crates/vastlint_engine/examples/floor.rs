//! The floor of a run: walks a repository and reads the files that vastlint would read, and does nothing with them.
//! `bench/compare` times it beside vastlint. Prints the number of files and bytes, so that nothing is optimised away.

use std::io::Read;
use std::sync::atomic::{AtomicU64, Ordering};

use ignore::{WalkBuilder, WalkState};
use vastlint_model::classify;

#[expect(clippy::print_stdout, reason = "a program of its own")]
fn main() {
    let root = std::env::args_os().nth(1).map_or_else(|| ".".into(), std::path::PathBuf::from);
    let (files, bytes) = (AtomicU64::new(0), AtomicU64::new(0));
    let walker = WalkBuilder::new(&root)
        .hidden(false)
        .require_git(false)
        .add_custom_ignore_filename(".vastlintignore")
        .filter_entry(|entry| entry.file_name() != ".git")
        .threads(std::thread::available_parallelism().map_or(1, std::num::NonZero::get))
        .build_parallel();
    walker.run(|| {
        Box::new(|entry| {
            let Ok(entry) = entry else { return WalkState::Continue };
            if !entry.file_type().is_some_and(|kind| kind.is_file()) {
                return WalkState::Continue;
            }
            let path = entry.path().strip_prefix(&root).unwrap_or(entry.path()).to_string_lossy();
            let first_line = || {
                let mut head = [0; 256];
                let length =
                    std::fs::File::open(entry.path()).and_then(|mut file| file.read(&mut head)).ok()?;
                Some(String::from_utf8_lossy(&head[..length]).lines().next().unwrap_or_default().to_owned())
            };
            if classify(&path, first_line).is_some() {
                let content = std::fs::read(entry.path()).unwrap_or_default();
                files.fetch_add(1, Ordering::Relaxed);
                bytes.fetch_add(content.len() as u64, Ordering::Relaxed);
            }
            WalkState::Continue
        })
    });
    println!("{} files, {} bytes", files.into_inner(), bytes.into_inner());
}
