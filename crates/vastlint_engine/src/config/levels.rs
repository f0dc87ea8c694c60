//! Levels of rules, and of their variants.

use vastlint_diagnostic::Level;
use vastlint_rules::{Edition, Rule};

use super::source::{Origin, Sourced};

/// What the configuration says about a rule.
#[derive(Debug, Clone)]
pub(crate) struct RuleLevels {
    pub(crate) rule: &'static Rule,
    /// For all of its variants that have no level of their own.
    pub(crate) all: Option<Sourced<Level>>,
    pub(crate) variants: Vec<(&'static str, Sourced<Level>)>,
}

impl RuleLevels {
    fn of(&self, variant: Option<&str>) -> Option<&Sourced<Level>> {
        let own = self.variants.iter().find(|(name, _)| Some(*name) == variant).map(|(_, level)| level);
        own.or(self.all.as_ref())
    }

    fn levels(&self) -> impl Iterator<Item = Level> {
        self.all.iter().chain(self.variants.iter().map(|(_, level)| level)).map(|level| level.value)
    }

    /// What a stronger source says is laid over it. Who sets the whole rule means every variant of it.
    fn merge(&mut self, stronger: Self) {
        if stronger.all.is_some() {
            self.all = stronger.all;
            self.variants.clear();
        }
        for (name, level) in stronger.variants {
            self.variants.retain(|(known, _)| *known != name);
            self.variants.push((name, level));
        }
    }
}

/// What a table says about rules; no rule twice.
#[derive(Debug, Default, Clone)]
pub(crate) struct RuleTable(Vec<RuleLevels>);

impl RuleTable {
    pub(crate) fn get(&self, rule: &Rule) -> Option<&RuleLevels> {
        self.0.iter().find(|levels| levels.rule.id == rule.id)
    }

    pub(crate) fn level(&self, rule: &Rule, variant: Option<&str>) -> Option<&Sourced<Level>> {
        self.get(rule)?.of(variant)
    }

    pub(crate) fn merge(&mut self, stronger: Self) {
        for levels in stronger.0 {
            match self.0.iter_mut().find(|known| known.rule.id == levels.rule.id) {
                Some(known) => known.merge(levels),
                None => self.0.push(levels),
            }
        }
    }

    pub(crate) fn push(&mut self, levels: RuleLevels) {
        self.0.push(levels);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &RuleLevels> {
        self.0.iter()
    }

    /// Whether it switches the rule, or a variant of it, on.
    pub(crate) fn may_enable(&self, rule: &Rule) -> bool {
        self.get(rule).is_some_and(|levels| levels.levels().any(|level| level != Level::Off))
    }

    /// The level that holds where nothing is said of a path, and where it came from.
    pub(crate) fn resolved(&self, rule: &Rule, variant: Option<&str>, edition: Edition) -> Sourced<Level> {
        self.level(rule, variant).cloned().unwrap_or_else(|| Sourced {
            value: rule.variant_level(variant, edition),
            origin: Origin::Edition(edition),
        })
    }
}
