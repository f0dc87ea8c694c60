use std::collections::HashSet;
use std::fs::{FileType, Metadata};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::mpsc;

use ignore::gitignore::Gitignore;
use ignore::{DirEntry, WalkBuilder, WalkState};

use crate::input::{Input, InputContent};
use crate::replace::is_unfinished;
use crate::run::Progress;

/// The file that names what vastlint does not look at, in the form of `.gitignore`.
pub(crate) const IGNORE_FILE: &str = ".vastlintignore";

/// Lists every file under `root`, reads and parses those of a known kind, all in parallel. In no particular order.
///
/// Symbolic links are listed, never followed: their target is either in the repository itself or none of its business.
pub(crate) fn walk(root: &Path, exclude: &Gitignore, progress: &Progress) -> Vec<Input> {
    let walker = builder(root, exclude)
        .threads(std::thread::available_parallelism().map_or(1, std::num::NonZero::get))
        .build_parallel();
    let (sender, receiver) = mpsc::channel();
    walker.run(|| {
        let sender = sender.clone();
        Box::new(move |entry| {
            let input = match entry {
                Ok(entry) => input(root, &entry, progress),
                Err(error) => unreadable(root, &error),
            };
            if let Some(input) = input {
                progress.parsed.fetch_add(1, Ordering::Relaxed);
                // The receiver outlives the walk.
                let _ = sender.send(input);
            }
            WalkState::Continue
        })
    });
    drop(sender);
    receiver.into_iter().collect()
}

/// The paths of all files and links that [`walk`] looks at.
pub(crate) fn list(root: &Path, exclude: &Gitignore) -> HashSet<String> {
    let entries = builder(root, exclude).build().filter_map(Result::ok);
    let files = entries.filter(|entry| entry.file_type().is_some_and(|kind| !kind.is_dir()));
    files.filter_map(|entry| Some(relative(root, entry.path())?.to_string())).collect()
}

fn builder(root: &Path, exclude: &Gitignore) -> WalkBuilder {
    let exclude = exclude.clone();
    let mut builder = WalkBuilder::new(root);
    builder.hidden(false).require_git(false).add_custom_ignore_filename(IGNORE_FILE).filter_entry(
        move |entry| {
            let is_dir = entry.file_type().is_some_and(|kind| kind.is_dir());
            let is_own = entry.file_name() == ".git" || entry.file_name().to_str().is_some_and(is_unfinished);
            !is_own && !exclude.matched(entry.path(), is_dir).is_ignore()
        },
    );
    builder
}

fn input(root: &Path, entry: &DirEntry, progress: &Progress) -> Option<Input> {
    let file_type = entry.file_type()?;
    let path = relative(root, entry.path())?;
    if file_type.is_file() {
        progress.found.fetch_add(1, Ordering::Relaxed);
    }
    read(path, entry.path(), file_type, || entry.metadata().ok())
}

/// A file or a link as [`walk`] takes it up; none if nothing is at `disk`, or a folder.
pub(crate) fn read_one(path: &str, disk: &Path) -> Option<Input> {
    let metadata = std::fs::symlink_metadata(disk).ok()?;
    read(path.into(), disk, metadata.file_type(), || Some(metadata.clone()))
}

fn read(
    path: std::sync::Arc<str>,
    disk: &Path,
    file_type: FileType,
    metadata: impl FnOnce() -> Option<Metadata>,
) -> Option<Input> {
    if file_type.is_symlink() {
        return Some(Input { path, executable: false, content: InputContent::Listed });
    }
    if !file_type.is_file() {
        return None;
    }
    let executable = metadata().is_some_and(|metadata| is_executable(&metadata));
    Some(Input::from_disk(path, executable, disk))
}

/// A folder that cannot be listed. Faulty lines of ignore files and files that vanished are nobody's concern here.
fn unreadable(root: &Path, error: &ignore::Error) -> Option<Input> {
    let error = innermost(error);
    let ignore::Error::WithPath { path, err } = error else { return None };
    let cause = err.io_error().filter(|cause| cause.kind() != std::io::ErrorKind::NotFound)?;
    let path = relative(root, path)?;
    let content = InputContent::Unreadable(format!("it cannot be listed: {cause}"));
    Some(Input { path, executable: false, content })
}

fn innermost(error: &ignore::Error) -> &ignore::Error {
    match error {
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => innermost(err),
        other => other,
    }
}

fn relative(root: &Path, path: &Path) -> Option<std::sync::Arc<str>> {
    let relative = path.strip_prefix(root).ok()?;
    let text = relative.to_string_lossy();
    Some(if std::path::MAIN_SEPARATOR == '/' { text.into() } else { text.replace('\\', "/").into() })
}

#[cfg(unix)]
fn is_executable(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &Metadata) -> bool {
    true
}
