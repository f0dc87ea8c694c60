//! The configuration: `vastlint.toml`, what it extends, the environment and the command line.

#![expect(
    clippy::unnecessary_box_returns,
    reason = "every caller returns the error in a `Result`, which it would bloat"
)]

mod chain;
mod keys;
mod levels;
mod preset;
mod read;
mod schema;
mod show;
mod source;
mod store;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use globset::GlobSet;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use vastlint_diagnostic::{Level, Severity};
use vastlint_rules::{Contract, Edition, OwnContract, Rule, builtin_contract};

pub use schema::{config_schema, config_schema_text};
pub use show::{ConfigValue, ResolvedConfig, resolve_config};
pub use source::Origin;

pub(crate) use keys::Key;
pub(crate) use store::Store;

use crate::ConfigError;
use levels::RuleTable;
use source::{Source, Sourced};

/// The name of the configuration file, which also marks the root of a repository.
pub const CONFIG_FILE: &str = "vastlint.toml";

/// Which configuration a run uses.
#[derive(Debug, Default, Clone)]
pub struct ConfigChoice {
    /// A file instead of `vastlint.toml` at the root; it may be anywhere.
    pub file: Option<PathBuf>,
    /// Single values that win over the file, and later ones over earlier ones.
    pub overrides: Vec<ConfigOverride>,
}

/// A value that wins over the configuration file.
#[derive(Debug, Clone)]
pub struct ConfigOverride {
    /// `KEY=VALUE`, as a line of `vastlint.toml`; a value that is a plain word needs no quotes.
    pub text: String,
    /// Who says so: [`Origin::Environment`] or [`Origin::CommandLine`].
    pub from: Origin,
}

/// A configuration with its rules and globs resolved.
#[derive(Debug, Default, Clone)]
pub(crate) struct Config {
    edition: Option<Sourced<Edition>>,
    fail_severity: Option<Sourced<Severity>>,
    /// Weakest source first, as patterns of `.gitignore` go.
    exclude: Vec<Sourced<String>>,
    rules: RuleTable,
    /// Weakest source first.
    per_path: Vec<PerPath>,
    /// The repository's own values, under each edition, in the order of [`Edition::ALL`].
    contracts: Option<Box<[OwnContract; Edition::ALL.len()]>>,
    /// Where they came from, by key: the source that replaced the value, if one did, then those that added to it.
    contract_origins: BTreeMap<String, ContractOrigin>,
}

#[derive(Debug, Default, Clone)]
struct ContractOrigin {
    is_replaced: bool,
    sources: Vec<Origin>,
}

#[derive(Debug, Clone)]
struct PerPath {
    globs: Vec<String>,
    paths: GlobSet,
    rules: RuleTable,
    origin: Origin,
}

impl Config {
    /// The configuration of the repository at `root`.
    pub(crate) fn load(
        choice: &ConfigChoice,
        root: &Path,
        store: Store<'_>,
    ) -> Result<Self, Box<ConfigError>> {
        Self::of(&chain::sources(choice, root, store)?)
    }

    /// The configuration of a single text, which extends nothing.
    pub(crate) fn parse(path: &Path, text: &str) -> Result<Self, Box<ConfigError>> {
        let origin = Origin::File { path: path.to_string_lossy().into_owned(), line: 0 };
        Self::of(&[Source::new(text.to_owned(), path.to_owned(), origin)])
    }

    fn of(sources: &[Source]) -> Result<Self, Box<ConfigError>> {
        let mut config = Self::default();
        for source in sources {
            config.lay(source)?;
        }
        Ok(config)
    }

    /// The edition, if one is chosen.
    pub(crate) fn edition(&self) -> Option<Edition> {
        self.edition.as_ref().map(|edition| edition.value)
    }

    /// The least severity that fails a run.
    pub(crate) fn fail_severity(&self) -> Severity {
        self.fail_severity.as_ref().map_or(Severity::Warning, |severity| severity.value)
    }

    /// What is not read.
    pub(crate) fn exclude(&self, root: &Path) -> Gitignore {
        let mut builder = GitignoreBuilder::new(root);
        for pattern in &self.exclude {
            // Each was tried when it was read.
            let _ = builder.add_line(None, &pattern.value);
        }
        builder.build().unwrap_or_else(|_| Gitignore::empty())
    }

    /// Whether the same is read as with another configuration.
    pub(crate) fn excludes_as(&self, other: &Self) -> bool {
        let patterns = |config: &Self| -> Vec<String> {
            config.exclude.iter().map(|pattern| pattern.value.clone()).collect()
        };
        patterns(self) == patterns(other)
    }

    /// The contract of an edition with the repository's own values.
    pub(crate) fn contract(&self, edition: Edition) -> &Contract {
        self.contracts
            .as_ref()
            .map_or_else(|| builtin_contract(edition), |own| own[edition as usize].contract())
    }

    /// The level that the configuration gives a rule, or a variant of it, in a file, if it says anything about it. Later
    /// `per-path` tables win over earlier ones, and all of them over `[rules]`.
    pub(crate) fn level(&self, rule: &Rule, variant: Option<&str>, path: &str) -> Option<Level> {
        let mut in_path = self.per_path.iter().rev().filter(|table| table.paths.is_match(path));
        let level = in_path.find_map(|table| table.rules.level(rule, variant));
        level.or_else(|| self.rules.level(rule, variant)).map(|level| level.value)
    }

    /// Whether the rule, or a variant of it, reports what it finds in a file.
    pub(crate) fn is_on(&self, rule: &Rule, edition: Edition, path: &str) -> bool {
        let variants = rule.variants.iter().map(|variant| Some(variant.name));
        variants.chain([None]).any(|variant| {
            let level = self.level(rule, variant, path);
            level.unwrap_or_else(|| rule.variant_level(variant, edition)) != Level::Off
        })
    }

    /// Whether any part of the configuration may switch the rule on.
    pub(crate) fn may_enable(&self, rule: &Rule) -> bool {
        let tables = std::iter::once(&self.rules).chain(self.per_path.iter().map(|table| &table.rules));
        tables.into_iter().any(|table| table.may_enable(rule))
    }
}

/// Names as a sentence lists them.
pub(crate) fn quoted<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
