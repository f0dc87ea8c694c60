use std::path::PathBuf;

use vastlint_text::Span;

/// Why vastlint could not do its job. Findings are no errors.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A path that was named does not exist or cannot be looked at.
    #[error("cannot look at `{}`: {source}", path.display())]
    Path {
        /// The path as it was given.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A path lies outside the repository that the other paths belong to.
    #[error("`{}` is outside the repository `{}`", path.display(), root.display())]
    Outside {
        /// The path as it was given.
        path: PathBuf,
        /// The repository root of the first path.
        root: PathBuf,
    },
    /// A rule that was named does not exist.
    #[error("there is no rule `{name}`")]
    UnknownRule {
        /// The name as it was given.
        name: String,
        /// The nearest rule name, if one is near.
        nearest: Option<&'static str>,
    },
    /// A file cannot be written.
    #[error("cannot write `{}`: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// What was asked for cannot be done to the baseline in this run.
    #[error("{message}")]
    Baseline {
        /// What cannot be done, and why.
        message: String,
        /// The way out.
        help: String,
    },
    /// Git cannot say what was touched.
    #[error("{message}")]
    Git {
        /// What git cannot do, and why.
        message: String,
        /// The way out.
        help: String,
    },
    /// The configuration, or the baseline, has a fault.
    #[error(transparent)]
    Config(#[from] Box<ConfigError>),
}

/// A fault in a configuration file or in a baseline.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct ConfigError {
    /// The file.
    pub path: PathBuf,
    /// Its text, for showing the place; empty if it could not be read.
    pub text: String,
    /// The place in it, if one is known.
    pub span: Option<Span>,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
}
