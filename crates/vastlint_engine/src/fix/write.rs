//! Writes fixed files to disk, each whole or not at all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::fix::Change;
use crate::git::Git;
use crate::replace::replace;

/// A file that was left as it is.
#[derive(Debug, thiserror::Error)]
pub enum WriteFailure {
    /// Somebody changed it after it was read: the fix may not fit any more.
    #[error("`{}` changed while it was checked, and was left alone", path.display())]
    ChangedMeanwhile {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be written.
    #[error("cannot write `{}`: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Writes the changed files of the repository at `root`. What cannot be written is left as it is, and the rest is
/// written all the same.
#[must_use]
pub fn write(root: &Path, changes: &[Change]) -> Vec<WriteFailure> {
    let mut failures = Vec::new();
    let mut executable = Vec::new();
    for change in changes {
        let path = root.join(&*change.path);
        match write_one(&path, change) {
            Ok(()) if change.made_executable => executable.push(&*change.path),
            Ok(()) => {}
            Err(failure) => failures.push(failure),
        }
    }
    if !executable.is_empty() {
        mark_in_index(root, &executable);
    }
    failures
}

fn write_one(path: &Path, change: &Change) -> Result<(), WriteFailure> {
    let failed = |source| WriteFailure::Io { path: path.to_owned(), source };
    if change.before != change.after {
        if fs::read(path).map_err(failed)? != change.before.as_bytes() {
            return Err(WriteFailure::ChangedMeanwhile { path: path.to_owned() });
        }
        replace(path, change.after.as_bytes()).map_err(failed)?;
    }
    if change.made_executable {
        make_executable(path).map_err(failed)?;
    }
    Ok(())
}

/// Whoever may read the file may execute it afterwards.
#[cfg(unix)]
fn make_executable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mut permissions = fs::metadata(path)?.permissions();
    let mode = permissions.mode();
    permissions.set_mode(mode | (mode & 0o444) >> 2);
    fs::set_permissions(path, permissions)
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> io::Result<()> {
    // The index of the repository alone knows about it.
    Ok(())
}

/// Marks tracked files as executable in the index, too: what is committed is what counts, and git may be told not to
/// look at the modes of files. Outside a repository, or where a file is not tracked, there is nothing to do.
fn mark_in_index(root: &Path, paths: &[&str]) {
    let marked = Git::new(root).and_then(|git| git.mark_executable(paths));
    // The mode on disk is set all the same, and the next `git add` takes it over.
    drop(marked);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changed_meanwhile_is_left_alone_and_the_others_are_written() {
        let root = tempfile::tempdir().unwrap();
        let change = |path: &str| Change {
            path: path.into(),
            before: "read\n".into(),
            after: "fixed\n".into(),
            made_executable: false,
        };
        fs::write(root.path().join("a"), "edited since\n").unwrap();
        fs::write(root.path().join("b"), "read\n").unwrap();
        let failures = write(root.path(), &[change("a"), change("b"), change("gone")]);
        let text = |name: &str| fs::read_to_string(root.path().join(name)).unwrap();
        assert_eq!((text("a").as_str(), text("b").as_str()), ("edited since\n", "fixed\n"));
        assert!(matches!(
            &failures[..],
            [WriteFailure::ChangedMeanwhile { path }, WriteFailure::Io { .. }] if path.ends_with("a")
        ));
        assert!(!root.path().join("gone").exists());
    }
}
