//! The repositories that the editor works in, and the files that are open in it.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lsp_types::Uri;
use vastlint_engine::{ConfigError, Report, Repository};
use vastlint_model::Project;

use crate::buffer::Buffer;
use crate::location::{path_of, real, relative, uri_of};

/// Where a file belongs: the root of its repository, and its path there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Owner {
    pub(crate) root: PathBuf,
    pub(crate) path: String,
}

/// A repository that the editor works in.
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own")]
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) repository: Repository,
    /// Whether a thread reads it from disk; and whether that is to be done again then.
    pub(crate) loading: bool,
    pub(crate) load_again: bool,
    /// Whether it was read at all.
    pub(crate) is_read: bool,
    /// What was found last.
    pub(crate) report: Option<Report>,
    /// Whether something changed since.
    pub(crate) is_stale: bool,
    /// The files that changed since, and nothing else did: shown first.
    pub(crate) edited: Option<String>,
    /// The project as it is now, if the report is stale.
    project: Option<Project>,
    /// What is wrong with the configuration.
    pub(crate) configuration_fault: Option<Box<ConfigError>>,
    /// What is wrong with the baseline.
    pub(crate) baseline_fault: Option<Box<ConfigError>>,
    /// Whether it is a single file outside any repository: nothing else is read.
    pub(crate) is_lone: bool,
}

impl Held {
    pub(crate) fn new(repository: Repository, is_lone: bool) -> Self {
        Self {
            repository,
            loading: false,
            load_again: false,
            is_read: is_lone,
            report: None,
            is_stale: true,
            edited: None,
            project: None,
            configuration_fault: None,
            baseline_fault: None,
            is_lone,
        }
    }

    /// Something changed: a single file's text if `edited` names it.
    pub(crate) fn touch(&mut self, edited: Option<&str>) {
        // The file that changed last is looked at first.
        if edited.is_some() || !self.is_stale {
            self.edited = edited.map(str::to_owned);
        }
        self.is_stale = true;
        self.project = None;
    }

    /// Takes what was found.
    pub(crate) fn found(&mut self, report: Report) {
        self.report = Some(report);
        self.is_stale = false;
        self.edited = None;
        self.project = None;
    }

    /// The project as it is now.
    pub(crate) fn project(&mut self) -> (&Project, &Repository) {
        let project = match &self.report {
            Some(report) if !self.is_stale => &report.project,
            _ => self.project.get_or_insert_with(|| self.repository.project()),
        };
        (project, &self.repository)
    }

    /// Whether there is something to look at.
    pub(crate) fn is_due(&self) -> bool {
        self.is_read && self.is_stale
    }
}

/// All that the editor has open.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    pub(crate) folders: Vec<PathBuf>,
    /// By URI.
    pub(crate) buffers: HashMap<String, Buffer>,
    /// By root.
    pub(crate) repositories: BTreeMap<PathBuf, Held>,
}

impl Workspace {
    /// Where a file belongs, and whether it stands alone: outside any repository and any folder of the workspace, or
    /// without a file. Such a one is its own root.
    pub(crate) fn owner(&self, uri: &Uri, language: &str) -> (Owner, bool) {
        let Some(path) = path_of(uri) else {
            let path = match language {
                "dockerfile" => "Dockerfile",
                "ini" | "supervisor" => "etc/supervisor/conf.d/untitled.conf",
                "shellscript" | "sh" | "bash" => "untitled.sh",
                _ => "untitled",
            };
            return (Owner { root: PathBuf::from(uri.as_str()), path: path.to_owned() }, true);
        };
        // A link is edited as the file that it leads to.
        let path = path.canonicalize().unwrap_or_else(|_| real(&path));
        self.owner_of_path(&path).map_or_else(
            || {
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
                (Owner { root: path.clone(), path: name.unwrap_or_default() }, true)
            },
            |owner| (owner, false),
        )
    }

    fn owner_of_path(&self, path: &Path) -> Option<Owner> {
        let folder = path.parent()?;
        let root = Repository::root_around(folder).or_else(|| {
            let around = self.folders.iter().filter(|around| folder.starts_with(around));
            around.max_by_key(|around| around.components().count()).cloned()
        })?;
        let path = relative(&root, path)?;
        Some(Owner { root, path })
    }

    /// The repositories that a path on disk lies in, with its path there; the path itself may be a root.
    pub(crate) fn around(&self, path: &Path) -> Vec<Owner> {
        let roots = self.repositories.iter().filter(|(_, held)| !held.is_lone);
        roots
            .filter_map(|(root, _)| {
                let path = if path == root { String::new() } else { relative(root, path)? };
                Some(Owner { root: root.clone(), path })
            })
            .collect()
    }

    /// The buffer of a file, if it is open.
    pub(crate) fn buffer(&self, owner: &Owner) -> Option<&Buffer> {
        self.buffers.values().find(|buffer| buffer.owner == *owner)
    }

    /// The URI of a file: as the client writes it, if it is open.
    pub(crate) fn uri(&self, root: &Path, path: &str) -> Option<Uri> {
        let open =
            self.buffers.values().find(|buffer| buffer.owner.root == root && buffer.owner.path == path);
        open.map_or_else(|| uri_of(&root.join(path)), |buffer| Some(buffer.uri.clone()))
    }

    /// Whether diagnostics of a file are shown although it is not open: it lies in a folder of the workspace.
    pub(crate) fn shows(&self, root: &Path, path: &str) -> bool {
        let path = root.join(path);
        self.folders.iter().any(|folder| path.starts_with(folder))
    }

    /// Gives a repository the texts of the buffers that belong to it. Files that an ignore file names stay out.
    pub(crate) fn lay_buffers(&mut self, root: &Path) {
        let Some(held) = self.repositories.get_mut(root) else { return };
        for buffer in self.buffers.values().filter(|buffer| buffer.owner.root == root) {
            put(&mut held.repository, &buffer.owner.path, &buffer.text);
        }
    }
}

/// Gives a file of a repository the text of its buffer.
pub(crate) fn put(repository: &mut Repository, path: &str, text: &Arc<str>) {
    let is_known = repository.input(path).is_some();
    if is_known || !repository.ignores(path) {
        repository.set_content(path, text.as_bytes().to_vec());
    }
}
