use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How grave a diagnostic is. Ordered: info is below warning, warning below error.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; text output only counts it unless asked for it.
    Info,
    /// A convention is broken that has legitimate exceptions.
    Warning,
    /// The template breaks, or a convention without exceptions is broken.
    Error,
}

impl Severity {
    /// All severities, gravest first.
    pub const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Info];

    /// `error`, `warning` or `info`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A severity, or `off`: what a rule is set to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Level {
    /// The rule reports nothing.
    #[default]
    Off,
    /// The rule reports with this severity.
    On(Severity),
}

impl Level {
    /// The severity, if the rule reports at all.
    #[must_use]
    pub const fn severity(self) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::On(severity) => Some(severity),
        }
    }

    /// `error`, `warning`, `info` or `off`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::On(severity) => severity.name(),
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A word that is no level.
#[derive(Debug, PartialEq, Eq)]
pub struct ParseLevelError;

impl fmt::Display for ParseLevelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected one of `error`, `warning`, `info`, `off`")
    }
}

impl std::error::Error for ParseLevelError {}

impl FromStr for Level {
    type Err = ParseLevelError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "error" => Ok(Self::On(Severity::Error)),
            "warning" => Ok(Self::On(Severity::Warning)),
            "info" => Ok(Self::On(Severity::Info)),
            "off" => Ok(Self::Off),
            _ => Err(ParseLevelError),
        }
    }
}

impl<'de> Deserialize<'de> for Level {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        word.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_are_ordered_by_gravity() {
        assert!(Severity::Info < Severity::Warning && Severity::Warning < Severity::Error);
        for severity in Severity::ALL {
            assert_eq!(severity.name().parse(), Ok(Level::On(severity)));
        }
        assert_eq!("off".parse(), Ok(Level::Off));
        assert_eq!("fatal".parse::<Level>(), Err(ParseLevelError));
    }
}
