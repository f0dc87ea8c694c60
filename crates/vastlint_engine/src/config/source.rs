use std::cell::OnceCell;
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use vastlint_rules::Edition;
use vastlint_text::Span;

use crate::ConfigError;

/// Where a value of the configuration came from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// vastlint's own default, whatever the edition.
    Default,
    /// The edition.
    Edition(Edition),
    /// A preset that vastlint ships.
    Preset(&'static str),
    /// A file.
    File {
        /// Relative to the repository root where it is below it; `/`-separated. May hold control characters.
        path: String,
        /// From 1.
        line: usize,
    },
    /// An environment variable.
    Environment(&'static str),
    /// An option of the command line.
    CommandLine,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Edition(edition) => write!(f, "edition {edition}"),
            Self::Preset(name) => f.write_str(name),
            Self::File { path, line } => write!(f, "{path}:{line}"),
            Self::Environment(name) => write!(f, "${name}"),
            Self::CommandLine => f.write_str("command line"),
        }
    }
}

/// A value and where it came from.
#[derive(Debug, Clone)]
pub(crate) struct Sourced<T> {
    pub(crate) value: T,
    pub(crate) origin: Origin,
}

/// A text of configuration.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) text: String,
    /// What errors call it.
    pub(crate) path: PathBuf,
    /// Where its values came from; the line of a file is filled in for each of them.
    pub(crate) origin: Origin,
    line_ends: OnceCell<Vec<usize>>,
}

impl Source {
    pub(crate) fn new(text: String, path: PathBuf, origin: Origin) -> Self {
        Self { text, path, origin, line_ends: OnceCell::new() }
    }

    /// Where a value at a place of the text came from.
    pub(crate) fn origin(&self, span: &Range<usize>) -> Origin {
        match &self.origin {
            Origin::File { path, .. } => {
                let ends =
                    self.line_ends.get_or_init(|| self.text.match_indices('\n').map(|(at, _)| at).collect());
                Origin::File { path: path.clone(), line: ends.partition_point(|end| *end < span.start) + 1 }
            }
            other => other.clone(),
        }
    }

    pub(crate) fn sourced<T>(&self, value: T, span: &Range<usize>) -> Sourced<T> {
        Sourced { value, origin: self.origin(span) }
    }

    pub(crate) fn error(
        &self,
        span: Option<Range<usize>>,
        message: impl Into<String>,
        help: Option<String>,
    ) -> Box<ConfigError> {
        Box::new(ConfigError {
            path: self.path.clone(),
            text: self.text.clone(),
            span: span.map(Span::from_range),
            message: message.into(),
            help,
        })
    }
}
