//! `vastlint.toml`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use globset::{Glob, GlobSet, GlobSetBuilder};
use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use vastlint_diagnostic::Level;
use vastlint_rules::{Contract, Edition, Rule, builtin_contract, find, with_overrides};
use vastlint_text::Span;

use crate::ConfigError;
use crate::run::nearest_rule;

/// The name of the configuration file, which also marks the root of a repository.
pub(crate) const CONFIG_FILE: &str = "vastlint.toml";

/// A configuration with its rules and globs resolved.
#[derive(Debug, Default, Clone)]
pub(crate) struct Config {
    pub(crate) edition: Option<Edition>,
    rules: Vec<(&'static Rule, Level)>,
    per_path: Vec<PerPath>,
    /// The repository's own values, under each edition, in the order of [`Edition::ALL`].
    contracts: Option<Box<[Contract; Edition::ALL.len()]>>,
}

#[derive(Debug, Clone)]
struct PerPath {
    paths: GlobSet,
    rules: Vec<(&'static Rule, Level)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    edition: Option<Spanned<String>>,
    #[serde(default)]
    rules: BTreeMap<Spanned<String>, Spanned<String>>,
    #[serde(default)]
    per_path: Vec<PerPathTable>,
    /// Read again with the places of its values.
    #[serde(default)]
    contract: toml::Table,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PerPathTable {
    paths: Vec<Spanned<String>>,
    rules: BTreeMap<Spanned<String>, Spanned<String>>,
}

impl Config {
    /// Reads a configuration file.
    pub(crate) fn load(path: &Path) -> Result<Self, Box<ConfigError>> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Box::new(ConfigError {
                path: path.to_owned(),
                text: String::new(),
                span: None,
                message: format!("cannot read the configuration: {error}"),
                help: None,
            })
        })?;
        Self::parse(path, &text)
    }

    pub(crate) fn parse(path: &Path, text: &str) -> Result<Self, Box<ConfigError>> {
        let reader = Reader { path: path.to_owned(), text };
        let file: File = toml::from_str(text).map_err(|error| {
            let help =
                "keys are `edition`, `[rules]`, `[[per-path]]` with `paths` and `rules`, and `[contract]`"
                    .to_owned();
            reader.error(error.span(), error.message().to_owned(), Some(help))
        })?;
        let edition = file.edition.map(|word| reader.edition(&word)).transpose()?;
        let rules = reader.rules(&file.rules)?;
        let per_path = file.per_path.iter().map(|table| reader.per_path(table)).collect::<Result<_, _>>()?;
        let contracts = if file.contract.is_empty() { None } else { reader.contracts()?.map(Box::new) };
        Ok(Self { edition, rules, per_path, contracts })
    }

    /// The contract of an edition with the repository's own values.
    pub(crate) fn contract(&self, edition: Edition) -> &Contract {
        self.contracts.as_ref().map_or_else(|| builtin_contract(edition), |own| &own[edition as usize])
    }

    /// The level that the configuration gives a rule in a file, if it says anything about it. Later `per-path` tables
    /// win over earlier ones, and all of them over `[rules]`.
    pub(crate) fn level(&self, rule: &Rule, path: &str) -> Option<Level> {
        let of = |levels: &[(&'static Rule, Level)]| {
            levels.iter().find(|(named, _)| named.id == rule.id).map(|&(_, level)| level)
        };
        let mut in_path = self.per_path.iter().rev().filter(|table| table.paths.is_match(path));
        in_path.find_map(|table| of(&table.rules)).or_else(|| of(&self.rules))
    }

    /// Whether any part of the configuration may switch the rule on.
    pub(crate) fn may_enable(&self, rule: &Rule) -> bool {
        let tables = std::iter::once(&self.rules).chain(self.per_path.iter().map(|table| &table.rules));
        tables.flatten().any(|(named, level)| named.id == rule.id && *level != Level::Off)
    }
}

struct Reader<'t> {
    path: PathBuf,
    text: &'t str,
}

impl Reader<'_> {
    #[expect(
        clippy::unnecessary_box_returns,
        reason = "every caller returns it in a `Result`, which it would bloat"
    )]
    fn error(
        &self,
        span: Option<std::ops::Range<usize>>,
        message: String,
        help: Option<String>,
    ) -> Box<ConfigError> {
        let span = span.map(Span::from_range);
        Box::new(ConfigError { path: self.path.clone(), text: self.text.to_owned(), span, message, help })
    }

    fn edition(&self, word: &Spanned<String>) -> Result<Edition, Box<ConfigError>> {
        word.get_ref().parse().map_err(|error| {
            let message = format!("there is no edition `{}`", word.get_ref());
            self.error(Some(word.span()), message, Some(format!("{error}")))
        })
    }

    fn rules(
        &self,
        table: &BTreeMap<Spanned<String>, Spanned<String>>,
    ) -> Result<Vec<(&'static Rule, Level)>, Box<ConfigError>> {
        let mut rules: Vec<(&'static Rule, Level)> = Vec::new();
        for (name, level) in table {
            let rule = find(name.get_ref()).ok_or_else(|| {
                let help = nearest_rule(name.get_ref()).map(|nearest| format!("did you mean `{nearest}`?"));
                self.error(Some(name.span()), format!("there is no rule `{}`", name.get_ref()), help)
            })?;
            if rules.iter().any(|(known, _)| known.id == rule.id) {
                let message = format!("`{}` is set twice, by name and by code", rule.id.name);
                return Err(self.error(Some(name.span()), message, Some("keep one of the two".to_owned())));
            }
            let value: Level = level.get_ref().parse().map_err(|error| {
                let message = format!("`{}` is no level", level.get_ref());
                self.error(Some(level.span()), message, Some(format!("{error}")))
            })?;
            rules.push((rule, value));
        }
        Ok(rules)
    }

    /// The contracts with the values of `[contract]`. A value has to fit both editions: which one counts may be said
    /// on the command line.
    fn contracts(&self) -> Result<Option<[Contract; Edition::ALL.len()]>, Box<ConfigError>> {
        let document = DeTable::parse(self.text)
            .map_err(|error| self.error(error.span(), error.message().to_owned(), None))?;
        let Some(DeValue::Table(own)) = document.get_ref().get("contract").map(Spanned::get_ref) else {
            return Ok(None);
        };
        let with = |edition| {
            with_overrides(edition, own).map_err(|error| {
                let help = "`docs/values.md` lists every value".to_owned();
                self.error(Some(error.span), error.message, Some(help))
            })
        };
        let [first, second] = Edition::ALL;
        Ok(Some([with(first)?, with(second)?]))
    }

    fn per_path(&self, table: &PerPathTable) -> Result<PerPath, Box<ConfigError>> {
        let mut paths = GlobSetBuilder::new();
        for glob in &table.paths {
            let invalid = |error: &globset::Error| {
                self.error(
                    Some(glob.span()),
                    format!("`{}` is no glob: {}", glob.get_ref(), error.kind()),
                    None,
                )
            };
            paths.add(Glob::new(glob.get_ref()).map_err(|error| invalid(&error))?);
        }
        let paths = paths.build().map_err(|error| self.error(None, error.to_string(), None))?;
        Ok(PerPath { paths, rules: self.rules(&table.rules)? })
    }
}
