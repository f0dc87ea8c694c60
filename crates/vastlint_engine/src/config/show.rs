//! The configuration as it holds in the end, with where each value came from.

use toml::{Table, Value};
use vastlint_diagnostic::{Level, Severity};
use vastlint_rules::{Edition, catalogue, contract_text};

use super::levels::{RuleLevels, RuleTable};
use super::source::{Origin, Sourced};
use super::{Config, Key};
use crate::run::prepare;
use crate::{Error, Options};

/// The configuration of a run.
#[derive(Debug)]
pub struct ResolvedConfig {
    /// Every value, in the order in which `vastlint.toml` has them.
    pub values: Vec<ConfigValue>,
}

/// A value of the configuration.
#[derive(Debug)]
pub struct ConfigValue {
    /// The keys that lead to it. Those of `[[per-path]]` end there; each is a whole table.
    pub key: Vec<String>,
    /// The value.
    pub value: Value,
    /// Where it came from; several where more was added to a list.
    pub from: Vec<Origin>,
}

impl ConfigValue {
    fn new(key: &[&str], value: impl Into<Value>, from: Vec<Origin>) -> Self {
        Self { key: key.iter().map(|part| (*part).to_owned()).collect(), value: value.into(), from }
    }

    /// Whether somebody said so: neither vastlint nor the edition.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.from.iter().any(|origin| !matches!(origin, Origin::Default | Origin::Edition(_)))
    }
}

/// The configuration that a run with these options would have.
///
/// # Errors
/// As those of [`check`](crate::check) about paths and configuration.
pub fn resolve_config(options: &Options) -> Result<ResolvedConfig, Error> {
    let config = prepare(options)?.config;
    let said = |value| Sourced { value, origin: Origin::CommandLine };
    let edition = options.edition.map(said).or(config.edition.clone());
    let edition = edition.unwrap_or(Sourced { value: Edition::default(), origin: Origin::Default });
    let default = Sourced { value: Severity::Warning, origin: Origin::Default };
    let severity = options.fail_severity.map(|value| Sourced { value, origin: Origin::CommandLine });
    let severity = severity.or(config.fail_severity.clone()).unwrap_or(default);
    let mut values = vec![
        ConfigValue::new(&[Key::Edition.name()], edition.value.name(), vec![edition.origin]),
        ConfigValue::new(&[Key::FailSeverity.name()], severity.value.name(), vec![severity.origin]),
    ];
    if !config.exclude.is_empty() {
        let patterns: Vec<Value> = config.exclude.iter().map(|one| one.value.clone().into()).collect();
        let mut from: Vec<Origin> = config.exclude.iter().map(|one| one.origin.clone()).collect();
        from.dedup();
        values.push(ConfigValue::new(&[Key::Exclude.name()], patterns, from));
    }
    values.extend(rules(&config.rules, edition.value));
    values.extend(config.per_path.iter().map(|table| {
        let globs: Vec<Value> = table.globs.iter().map(|glob| glob.clone().into()).collect();
        let rules: Table =
            table.rules.iter().map(|levels| (levels.rule.id.name.to_owned(), setting(levels))).collect();
        let table_value =
            Table::from_iter([("paths".to_owned(), globs.into()), ("rules".to_owned(), rules.into())]);
        ConfigValue::new(&[Key::PerPath.name()], table_value, vec![table.origin.clone()])
    }));
    values.extend(contract(&config, edition.value));
    Ok(ResolvedConfig { values })
}

/// Every rule with its level, and those of its variants.
fn rules(table: &RuleTable, edition: Edition) -> Vec<ConfigValue> {
    let mut values = Vec::new();
    for rule in catalogue() {
        let mut value = |variant: Option<&'static str>, key: &[&str]| {
            let level = table.resolved(rule, variant, edition);
            values.push(ConfigValue::new(key, level.value.name(), vec![level.origin]));
        };
        let top = Key::Rules.name();
        if rule.variants.is_empty() {
            value(None, &[top, rule.id.name]);
            continue;
        }
        value(None, &[top, rule.id.name, "level"]);
        for variant in rule.variants {
            value(Some(variant.name), &[top, rule.id.name, "variants", variant.name]);
        }
    }
    values
}

/// What a table says of a rule, as it is written.
fn setting(levels: &RuleLevels) -> Value {
    let name = |level: &Sourced<Level>| Value::from(level.value.name());
    match (&levels.all, &levels.variants[..]) {
        (Some(all), []) => name(all),
        (all, variants) => {
            let variants: Table =
                variants.iter().map(|(variant, level)| ((*variant).to_owned(), name(level))).collect();
            let all = all.iter().map(|level| ("level".to_owned(), name(level)));
            all.chain([("variants".to_owned(), variants.into())]).collect::<Table>().into()
        }
    }
}

fn contract(config: &Config, edition: Edition) -> Vec<ConfigValue> {
    let built_in: Table;
    let table = if let Some(own) = &config.contracts {
        own[edition as usize].table()
    } else {
        built_in = contract_text(edition).parse().unwrap_or_default();
        &built_in
    };
    let mut values = Vec::new();
    collect(table, &mut vec![Key::Contract.name().to_owned()], &mut |key, value| {
        let from = match config.contract_origins.get(&key[1..].join(".")) {
            Some(origin) if origin.is_replaced => origin.sources.clone(),
            Some(origin) => [&[Origin::Edition(edition)][..], &origin.sources].concat(),
            None => vec![Origin::Edition(edition)],
        };
        values.push(ConfigValue { key: key.to_vec(), value: value.clone(), from });
    });
    values
}

/// Hands every value that is no table to `take`, those of a table before those of the tables in it, as TOML has them.
fn collect(table: &Table, key: &mut Vec<String>, take: &mut impl FnMut(&[String], &Value)) {
    for tables in [false, true] {
        for (name, value) in table.iter().filter(|(_, value)| value.is_table() == tables) {
            key.push(name.clone());
            match value {
                Value::Table(inner) => collect(inner, key, take),
                value => take(key, value),
            }
            key.pop();
        }
    }
}
