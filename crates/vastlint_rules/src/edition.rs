use std::fmt;
use std::str::FromStr;

/// A state of the conventions. A repository follows one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Edition {
    /// The documented contract, exactly as written.
    #[default]
    E2026_02,
    /// What the repository practises half a year later.
    E2026_08,
}

impl Edition {
    /// Every edition, oldest first.
    pub const ALL: [Self; 2] = [Self::E2026_02, Self::E2026_08];

    /// `2026-02` or `2026-08`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::E2026_02 => "2026-02",
            Self::E2026_08 => "2026-08",
        }
    }
}

impl fmt::Display for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A word that names no edition.
#[derive(Debug, PartialEq, Eq)]
pub struct ParseEditionError;

impl fmt::Display for ParseEditionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected one of `2026-02`, `2026-08`")
    }
}

impl std::error::Error for ParseEditionError {}

impl FromStr for Edition {
    type Err = ParseEditionError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|edition| edition.name() == word).ok_or(ParseEditionError)
    }
}
