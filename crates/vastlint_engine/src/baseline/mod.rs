//! The baseline: findings that a repository had when it began to use vastlint, and which fail no run.

mod file;
mod known;
mod update;

use std::path::PathBuf;

pub use file::{Baseline, Entry, Hash};
pub use known::BaselineUse;
pub(crate) use known::split;
pub use update::{BaselineUpdate, Update, update_baseline};

use crate::ConfigError;
use crate::config::Store;

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
    /// The one at the root is read from `store`, any other from disk.
    pub(crate) fn load(&self, store: Store<'_>) -> Result<Option<Baseline>, Box<ConfigError>> {
        match self {
            Self::None => Ok(None),
            Self::File(path) => Baseline::load(path).map(Some),
            Self::AtRoot => Baseline::of(store, BASELINE_FILE),
        }
    }
}
