//! Where configuration is read from: the work tree, or git's index. Nothing outside of its root is ever read.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::git::Staged;

/// No configuration is larger, in bytes.
pub(crate) const MAX_SIZE: u64 = 1 << 20;
/// So many links may lead from one to the next.
const MAX_LINKS: usize = 8;

/// A folder with configuration.
#[derive(Clone, Copy)]
pub(crate) enum Store<'a> {
    /// A folder on disk, canonical.
    Disk(&'a Path),
    /// What git's index holds below a folder.
    Index(&'a Path, &'a Staged),
    /// A folder on disk, canonical, some of whose files are open in an editor: their texts count, by their path.
    Open(&'a Path, &'a HashMap<String, Arc<str>>),
}

/// A file of a store.
#[derive(Debug)]
pub(crate) struct Stored {
    /// Which file it is, whatever links led to it: relative to the root, `/`-separated.
    pub(crate) path: String,
    pub(crate) bytes: Vec<u8>,
}

impl Store<'_> {
    /// What errors call a file.
    pub(crate) fn shown(&self, path: &str) -> PathBuf {
        match self {
            Self::Disk(root) | Self::Open(root, _) => root.join(path),
            Self::Index(root, _) => root.join(format!("{path} (in git's index)")),
        }
    }

    /// Where a file is on disk.
    pub(crate) fn written(&self, path: &str) -> PathBuf {
        let (Self::Disk(root) | Self::Index(root, _) | Self::Open(root, _)) = self;
        root.join(path)
    }

    /// Reads a file of at most `limit` bytes; `None` if there is nothing under this name. The error is a sentence for
    /// people, as all of this module are.
    pub(crate) fn read(&self, path: &str, limit: u64) -> Result<Option<Stored>, String> {
        match self {
            Self::Disk(root) => from_disk(root, path, limit),
            Self::Index(_, staged) => from_index(staged, path, limit),
            Self::Open(root, open) => match open.get(path) {
                Some(text) => Ok(Some(Stored { path: path.to_owned(), bytes: text.as_bytes().to_vec() })),
                None => from_disk(root, path, limit),
            },
        }
    }
}

/// The place that a file names by a path relative to its own folder, relative to the root.
pub(crate) fn resolve(folder: &str, path: &str) -> Result<String, String> {
    if path.contains('\0') {
        return Err("it holds a zero byte, which no path can".to_owned());
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in Path::new(path).components() {
        match part {
            Component::Normal(name) => parts.push(name.to_str().unwrap_or_default()),
            Component::CurDir => {}
            Component::ParentDir => {
                parts.pop().ok_or("it leads out of the repository")?;
            }
            Component::RootDir | Component::Prefix(_) => {
                return Err("it is absolute".to_owned());
            }
        }
    }
    Ok(parts.join("/"))
}

/// The folder of a file.
pub(crate) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn from_disk(root: &Path, path: &str, limit: u64) -> Result<Option<Stored>, String> {
    let place = root.join(path);
    if let Err(error) = place.symlink_metadata() {
        let is_absent = matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory);
        return if is_absent { Ok(None) } else { Err(error.to_string()) };
    }
    let real = place.canonicalize().map_err(|error| match error.kind() {
        ErrorKind::NotFound => "it is a symbolic link to nothing".to_owned(),
        _ => error.to_string(),
    })?;
    let inside =
        real.strip_prefix(root).map_err(|_| "a symbolic link leads out of the repository".to_owned())?;
    let parts: Vec<_> = inside.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    // Opening a pipe would wait for its other end.
    let metadata = real.metadata().map_err(|error| error.to_string())?;
    if !metadata.is_file() {
        return Err(if metadata.is_dir() { "it is a folder" } else { "it is no regular file" }.to_owned());
    }
    let bytes = read_limited(&real, limit).map_err(|error| error.to_string())?;
    Ok(Some(Stored { path: parts.join("/"), bytes }))
}

/// Reads what is at a path that somebody named on the command line.
pub(crate) fn read_limited(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::other(format!("it is larger than {limit} bytes")));
    }
    Ok(bytes)
}

fn from_index(staged: &Staged, path: &str, limit: u64) -> Result<Option<Stored>, String> {
    let mut path = path.to_owned();
    for hop in 0..MAX_LINKS {
        let Some(file) = staged.file(&path) else {
            return if hop == 0 { Ok(None) } else { Err("it is a symbolic link to nothing".to_owned()) };
        };
        let bytes = staged.read(file)?.filter(|bytes| bytes.len() as u64 <= limit);
        let bytes = bytes.ok_or("it is too large")?;
        if !file.is_link() {
            return Ok(Some(Stored { path, bytes }));
        }
        let target = String::from_utf8(bytes).map_err(|_| "it is a symbolic link to nothing".to_owned())?;
        path =
            resolve(folder_of(&path), &target).map_err(|_| "a symbolic link leads out of the repository")?;
    }
    Err("too many symbolic links lead from one to the next".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside() {
        for (folder, path, expected) in [
            ("", "a.toml", Some("a.toml")),
            ("ci/x", "../a.toml", Some("ci/a.toml")),
            ("ci", "./b/../a.toml", Some("ci/a.toml")),
            ("ci", "../../a.toml", None),
            ("", "../a.toml", None),
            ("ci", "/etc/passwd", None),
            ("", "a\0b", None),
        ] {
            assert_eq!(resolve(folder, path).ok().as_deref(), expected, "{folder} {path}");
        }
        assert_eq!((folder_of("a/b/c"), folder_of("c")), ("a/b", ""));
    }
}
