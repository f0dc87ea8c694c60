//! A repository that is edited while it is looked at: what a language server needs besides reading and analysing.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use vastlint_model::Project;
use vastlint_rules::{Contract, Edition};

use crate::baseline::BaselineChoice;
use crate::config::{CONFIG_FILE, Config, Store};
use crate::input::{Input, InputContent};
use crate::repository::sorted;
use crate::run::{Understood, View};
use crate::touched::is_ignored;
use crate::walk::{read_one, walk};
use crate::{ConfigChoice, ConfigError, Progress, Repository};

/// Texts that count instead of those on disk, by their path in the repository.
pub type OpenTexts = HashMap<String, Arc<str>>;

impl Repository {
    /// Reads the files of the repository that this one is of once more, as its configuration says.
    #[must_use]
    pub fn reopened(&self, progress: &Progress) -> Self {
        let inputs = walk(&self.root, &self.config.exclude(&self.root), progress);
        Self { inputs: sorted(inputs), ..self.without_files() }
    }

    /// A repository at `root` of which nothing is read.
    #[must_use]
    pub fn empty(root: PathBuf, edition: Option<Edition>) -> Self {
        let (config, view) = (Config::default(), View::default());
        Self { root, inputs: Vec::new(), edition, fail_severity: None, config, view }
    }

    /// The same repository without its files.
    #[must_use]
    pub fn without_files(&self) -> Self {
        Self {
            root: self.root.clone(),
            inputs: Vec::new(),
            edition: self.edition,
            fail_severity: self.fail_severity,
            config: self.config.clone(),
            view: self.view.clone(),
        }
    }

    /// The root of the repository that a folder belongs to: the nearest folder that has a configuration or a `.git`.
    #[must_use]
    pub fn root_around(folder: &Path) -> Option<PathBuf> {
        let is_root = |folder: &&Path| folder.join(CONFIG_FILE).is_file() || folder.join(".git").exists();
        folder.ancestors().find(is_root).map(Path::to_owned)
    }

    /// Takes the configuration anew, from disk and from what is open in the editor. Says whether other files are to be
    /// read than so far.
    ///
    /// # Errors
    /// If it has a fault; the configuration so far stays in force.
    pub fn configure(&mut self, choice: &ConfigChoice, open: &OpenTexts) -> Result<bool, Box<ConfigError>> {
        let config = Config::load(choice, &self.root, Store::Open(&self.root, open))?;
        let excludes_others = !config.excludes_as(&self.config);
        self.config = config;
        Ok(excludes_others)
    }

    /// Reads the baseline at the root again, if there is one.
    ///
    /// # Errors
    /// If it has a fault; the baseline so far stays in force.
    pub fn reload_baseline(&mut self) -> Result<(), Box<ConfigError>> {
        self.view.baseline = BaselineChoice::default().load(Store::Disk(&self.root))?;
        Ok(())
    }

    /// Reads a file of the repository again; where it is gone, or an ignore file names it, it is taken away. Says whether
    /// there is a file.
    pub fn reread(&mut self, path: &str) -> bool {
        let disk = self.root.join(path);
        let input = if self.ignores(path) { None } else { read_one(path, &disk) };
        let is_there = input.is_some();
        if let Some(input) = input {
            self.set_input(input);
        } else {
            self.remove(path);
        }
        is_there
    }

    /// Whether a file is none of vastlint's business: an ignore file names it, or it is git's own.
    #[must_use]
    pub fn ignores(&self, path: &str) -> bool {
        path.split('/').any(|part| part == ".git")
            || is_ignored(&self.root, &self.config.exclude(&self.root), path)
    }

    /// Takes a file away, or every file below a folder. Says whether there was one.
    pub fn remove_all(&mut self, path: &str) -> bool {
        let before = self.inputs.len();
        let is_below = |input: &Input| {
            input.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.inputs.retain(|input| !is_below(input));
        self.inputs.len() < before
    }

    /// Takes over every file of another reading of the same repository, but not those that `keep` names.
    pub fn replace_inputs(&mut self, fresh: Self, keep: impl Fn(&str) -> bool) {
        let kept: Vec<Input> = self.inputs.drain(..).filter(|input| keep(&input.path)).collect();
        self.inputs = fresh.inputs;
        for input in kept {
            self.set_input(input);
        }
    }

    /// Whether a file is read and has this text.
    #[must_use]
    pub fn holds(&self, path: &str, text: &str) -> bool {
        let content = self.input(path).map(|input| &input.content);
        matches!(content, Some(InputContent::Parsed { text: known, .. }) if **known == *text)
    }

    /// Whether a file is as it was when `before` was what [`Repository::input`] gave.
    #[must_use]
    pub fn is_as(&self, path: &str, before: Option<&Input>) -> bool {
        match (self.input(path), before) {
            (None, None) => true,
            (Some(now), Some(before)) => {
                let is_same = match (&now.content, &before.content) {
                    (InputContent::Parsed { text: a, .. }, InputContent::Parsed { text: b, .. }) => a == b,
                    (InputContent::Unreadable(a), InputContent::Unreadable(b)) => a == b,
                    (InputContent::Listed, InputContent::Listed) => true,
                    _ => false,
                };
                is_same && now.executable == before.executable
            }
            _ => false,
        }
    }

    /// The same files, reporting on one of them only.
    #[must_use]
    pub fn narrowed(&self, path: &str) -> Self {
        let view = View { scope: vec![path.to_owned()], ..self.view.clone() };
        Self { inputs: self.inputs.clone(), view, ..self.without_files() }
    }

    /// The edition that the repository is held against.
    #[must_use]
    pub fn edition(&self) -> Edition {
        self.edition.or(self.config.edition()).unwrap_or_default()
    }

    /// The values of the conventions that hold in it.
    #[must_use]
    pub fn contract(&self) -> &Contract {
        self.config.contract(self.edition())
    }

    /// What its files are and how they belong together, as they are now.
    #[must_use]
    pub fn project(&self) -> Project {
        Understood::of(&self.inputs).project
    }
}
