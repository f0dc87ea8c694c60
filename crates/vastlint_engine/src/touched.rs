//! Reports on what was touched only. The whole repository is read all the same, for a run on what is staged as the index
//! holds it.

use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::Ordering;

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use rayon::prelude::*;
use vastlint_model::classify;

use crate::git::{Blob, Git, IndexFile, Mode, Staged};
use crate::input::{Input, InputContent};
use crate::walk::{IGNORE_FILE, list, walk};
use crate::{Error, Progress};

/// Which files are reported on, by what git says of them.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub enum Touched {
    /// All.
    #[default]
    All,
    /// Those that differ, in the work tree or in the index, from the last common ancestor of `HEAD` and a revision, and
    /// those that git does not track.
    Since(String),
    /// Those that differ between `HEAD` and the index; every file is read as the index holds it.
    Staged,
    /// Those that git tracks, as they are in the work tree; what is not tracked is not there for any rule.
    Tracked,
}

impl Touched {
    /// What a run reads. Git is asked once.
    pub(crate) fn snapshot(&self, root: &Path) -> Result<Snapshot, Error> {
        Ok(match self {
            Self::All => Snapshot::Disk(None),
            Self::Since(revision) => Snapshot::Disk(Some(Git::new(root)?.changed(revision)?)),
            Self::Staged => Snapshot::Staged(Staged::new(root)?),
            Self::Tracked => Snapshot::Tracked(Git::new(root)?.index()?),
        })
    }
}

/// What a run reads: the work tree, with the files that were touched if only they count, what of it is tracked, or the index.
pub(crate) enum Snapshot {
    Disk(Option<Vec<String>>),
    Tracked(Vec<IndexFile>),
    Staged(Staged),
}

impl Snapshot {
    /// The files of the repository, and which of them were touched; none: all count.
    pub(crate) fn inputs(
        self,
        root: &Path,
        exclude: &Gitignore,
        progress: &Progress,
    ) -> Result<(Vec<Input>, Option<HashSet<String>>), Error> {
        match self {
            Self::Disk(touched) => {
                Ok((walk(root, exclude, progress), touched.map(|touched| touched.into_iter().collect())))
            }
            Self::Tracked(index) => Ok((tracked(&index, root, exclude, progress), None)),
            Self::Staged(Staged { git, index }) => {
                let touched = git.staged()?;
                let inputs = staged(&git, index, root, exclude, progress)?;
                Ok((inputs, Some(touched.into_iter().collect())))
            }
        }
    }
}

/// The files of the work tree that are in the index.
fn tracked(index: &[IndexFile], root: &Path, exclude: &Gitignore, progress: &Progress) -> Vec<Input> {
    let tracked: HashSet<&str> = index.iter().map(|file| file.path.as_str()).collect();
    let submodules = submodules(index);
    let mut inputs = walk(root, exclude, progress);
    inputs.retain(|input| tracked.contains(&*input.path) || is_inside(&submodules, &input.path));
    inputs
}

/// The folders of submodules, each with its final `/`. The index knows nothing of what is inside.
fn submodules(index: &[IndexFile]) -> Vec<String> {
    let submodules = index.iter().filter(|file| file.mode == Mode::Submodule);
    submodules.map(|file| format!("{}/", file.path)).collect()
}

fn is_inside(folders: &[String], path: &str) -> bool {
    folders.iter().any(|folder| path.starts_with(folder))
}

/// The files of the index, without those that a walk does not look at.
fn staged(
    git: &Git,
    mut index: Vec<IndexFile>,
    root: &Path,
    exclude: &Gitignore,
    progress: &Progress,
) -> Result<Vec<Input>, Error> {
    let on_disk = list(root, exclude);
    let submodules = submodules(&index);
    index.retain(|file| {
        // What is not on disk any more was not walked, and is in the index until its removal is staged.
        let gone = || root.join(&file.path).symlink_metadata().is_err();
        on_disk.contains(file.path.as_str()) || (gone() && !is_ignored(root, exclude, &file.path))
    });
    progress.found.fetch_add(index.len(), Ordering::Relaxed);
    let (read, only_listed): (Vec<&IndexFile>, Vec<&IndexFile>) =
        index.iter().partition(|file| may_be_read(file));
    let mut contents = Vec::with_capacity(read.len());
    git.contents(&read, |blob| contents.push(blob))?;
    let mut inputs: Vec<Input> = read
        .into_par_iter()
        .zip(contents)
        .map(|(file, blob)| {
            progress.parsed.fetch_add(1, Ordering::Relaxed);
            input(file, blob)
        })
        .collect();
    inputs.extend(only_listed.into_iter().map(|file| listed(&file.path)));
    // That what is inside a submodule is there counts.
    inputs.extend(on_disk.iter().filter(|path| is_inside(&submodules, path)).map(|path| listed(path)));
    Ok(inputs)
}

/// Whether the content may matter: by the name it is of a known kind, or only the first line can tell.
fn may_be_read(file: &IndexFile) -> bool {
    let mut first_line_tells = false;
    let kind = classify(&file.path, || {
        first_line_tells = true;
        None
    });
    matches!(file.mode, Mode::File { .. }) && (kind.is_some() || first_line_tells)
}

fn input(file: &IndexFile, blob: Blob) -> Input {
    let executable = file.mode == Mode::File { executable: true };
    match blob {
        Blob::Content(bytes) => Input::from_bytes(&file.path, executable, bytes),
        Blob::TooLarge(size) => {
            let content = if classify(&file.path, || None).is_some() {
                InputContent::Unreadable(format!("{size} bytes are more than vastlint reads"))
            } else {
                InputContent::Listed
            };
            Input { path: file.path.as_str().into(), executable, content }
        }
    }
}

fn listed(path: &str) -> Input {
    Input { path: path.into(), executable: false, content: InputContent::Listed }
}

/// Whether an ignore file of the repository names a path that is not on disk.
pub(crate) fn is_ignored(root: &Path, exclude: &Gitignore, path: &str) -> bool {
    let path = root.join(path);
    if exclude.matched_path_or_any_parents(&path, false).is_ignore() {
        return true;
    }
    let folders = path.ancestors().skip(1).take_while(|folder| folder.starts_with(root));
    for folder in folders {
        // A line of the nearer file wins, and vastlint's own file over git's.
        let mut builder = GitignoreBuilder::new(folder);
        for name in [".gitignore", IGNORE_FILE] {
            // Faulty lines are nobody's concern here, and neither is a file that is not there.
            let _ = builder.add(folder.join(name));
        }
        let Ok(rules) = builder.build() else { continue };
        let verdict = rules.matched_path_or_any_parents(&path, false);
        if !verdict.is_none() {
            return verdict.is_ignore();
        }
    }
    false
}
