//! The baseline: findings that a repository had when it began to use vastlint, and which fail no run.

mod file;
mod known;
mod update;

use std::path::{Path, PathBuf};

pub use file::{Baseline, Entry, Hash};
pub use known::BaselineUse;
pub(crate) use known::split;
pub use update::{BaselineUpdate, Update, update_baseline};

use crate::ConfigError;

/// The name of the baseline at the root of a repository.
pub const BASELINE_FILE: &str = ".vastlint-baseline.json";

/// Which baseline a run uses.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub enum BaselineChoice {
    /// The one at the root, if there is one.
    #[default]
    AtRoot,
    /// This one, which has to exist.
    File(PathBuf),
    /// None.
    None,
}

impl BaselineChoice {
    pub(crate) fn load(&self, root: &Path) -> Result<Option<Baseline>, Box<ConfigError>> {
        match self {
            Self::None => Ok(None),
            Self::File(path) => Baseline::load(path).map(Some),
            Self::AtRoot => {
                let path = root.join(BASELINE_FILE);
                // Whatever is there under this name, even a folder or a broken link, was meant to be one.
                if path.symlink_metadata().is_err() { Ok(None) } else { Baseline::load(&path).map(Some) }
            }
        }
    }
}
