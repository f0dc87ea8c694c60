//! A repository that is edited while it is looked at: what a language server needs besides reading and analysing.

use std::path::{Path, PathBuf};

use vastlint_model::Project;
use vastlint_rules::{Contract, Edition};

use crate::config::{CONFIG_FILE, Config};
use crate::input::{Input, InputContent};
use crate::repository::sorted;
use crate::run::{Understood, View};
use crate::touched::{Touched, is_ignored};
use crate::walk::read_one;
use crate::{BaselineChoice, ConfigError, Error, Progress, Repository};

impl Repository {
    /// Reads the repository at `root`, without its configuration and baseline.
    pub fn open(root: PathBuf, edition: Option<Edition>, progress: &Progress) -> Self {
        // The choice of all files asks nobody, and cannot fail.
        let (inputs, _) = Touched::All.inputs(&root, progress).unwrap_or_default();
        Self { inputs: sorted(inputs), ..Self::empty(root, edition) }
    }

    /// A repository at `root` of which nothing is read.
    #[must_use]
    pub fn empty(root: PathBuf, edition: Option<Edition>) -> Self {
        Self { root, inputs: Vec::new(), edition, config: Config::default(), view: View::default() }
    }

    /// Where the configuration of a repository stands, unless another one was chosen.
    #[must_use]
    pub fn configuration_path(root: &Path) -> PathBuf {
        root.join(CONFIG_FILE)
    }

    /// The root of the repository that a folder belongs to, and whether it is one: whether it has a configuration or a
    /// `.git`.
    #[must_use]
    pub fn root_around(folder: &Path) -> Option<PathBuf> {
        let is_root =
            |folder: &&Path| folder.join(CONFIG_FILE).is_file() || folder.join(".git").exists();
        folder.ancestors().find(is_root).map(Path::to_owned)
    }

    /// Takes another configuration: the text of the file at `path`, or none.
    ///
    /// # Errors
    /// If it has a fault; the configuration so far stays in force.
    pub fn set_configuration(&mut self, path: &Path, text: Option<&str>) -> Result<(), Box<ConfigError>> {
        self.config = text.map_or_else(|| Ok(Config::default()), |text| Config::parse(path, text))?;
        Ok(())
    }

    /// Reads the baseline at the root again, if there is one.
    ///
    /// # Errors
    /// If it has a fault; the baseline so far stays in force.
    pub fn reload_baseline(&mut self) -> Result<(), Error> {
        self.view.baseline = BaselineChoice::default().load(&self.root)?;
        Ok(())
    }

    /// Reads a file of the repository again; where it is gone, or an ignore file names it, it is taken away. Says whether
    /// there is a file.
    pub fn reread(&mut self, path: &str) -> bool {
        let disk = self.root.join(path);
        let input = if self.ignores(path) { None } else { read_one(path, &disk) };
        match input {
            Some(input) => {
                self.set_input(input);
                true
            }
            None => {
                self.remove(path);
                false
            }
        }
    }

    /// Whether a file is none of vastlint's business: an ignore file names it, or it is git's own.
    #[must_use]
    pub fn ignores(&self, path: &str) -> bool {
        path.split('/').any(|part| part == ".git") || is_ignored(&self.root, path)
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
        Self {
            root: self.root.clone(),
            inputs: self.inputs.clone(),
            edition: self.edition,
            config: self.config.clone(),
            view,
        }
    }

    /// The edition that the repository is held against.
    #[must_use]
    pub fn edition(&self) -> Edition {
        self.edition.or(self.config.edition).unwrap_or_default()
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
