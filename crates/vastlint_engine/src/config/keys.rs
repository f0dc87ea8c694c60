/// A key at the top of `vastlint.toml`. Reading and the schema both go through this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    Edition,
    Extends,
    FailSeverity,
    Exclude,
    Rules,
    PerPath,
    Contract,
}

impl Key {
    /// In the order in which people write them.
    pub(crate) const ALL: [Self; 7] = [
        Self::Extends,
        Self::Edition,
        Self::FailSeverity,
        Self::Exclude,
        Self::Rules,
        Self::PerPath,
        Self::Contract,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Edition => "edition",
            Self::Extends => "extends",
            Self::FailSeverity => "fail-severity",
            Self::Exclude => "exclude",
            Self::Rules => "rules",
            Self::PerPath => "per-path",
            Self::Contract => "contract",
        }
    }

    /// What it is for, as editors show it.
    pub(crate) const fn description(self) -> &'static str {
        match self {
            Self::Edition => "The state of the conventions to hold the repository against.",
            Self::Extends => {
                "Configuration that this one builds on: presets (`vastlint:strict`), or paths relative to this file. What is said here wins, and later ones win over earlier ones."
            }
            Self::FailSeverity => {
                "The least severity that fails a run; `warning` by default. `--severity` wins."
            }
            Self::Exclude => {
                "What is not read at all: patterns as in `.gitignore`, relative to the root. Those of extended files count, too."
            }
            Self::Rules => "Levels of rules, by name or code.",
            Self::PerPath => {
                "Levels of rules in some files. Later tables win over earlier ones, and all of them over `[rules]`."
            }
            Self::Contract => {
                "Values of the conventions that the repository has otherwise: a key replaces the value of the edition, `extend-<key>` adds to a list."
            }
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.name() == name)
    }
}
