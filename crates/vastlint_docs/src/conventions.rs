use std::collections::BTreeMap;

use serde::Deserialize;
use vastlint_rules::{Rule, catalogue};

/// The list of every convention: `rules/conventions.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conventions {
    /// The areas in the order of the list.
    #[serde(rename = "area")]
    pub areas: Vec<Area>,
}

/// The conventions about one thing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Area {
    /// What they are about.
    pub title: String,
    /// The rows by their id: `DF-08b`, `SC-10 autostart`.
    pub rows: BTreeMap<String, Convention>,
}

/// One convention.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Convention {
    /// What it says.
    pub says: String,
    /// Whether the source documents state it; the others were learned from the repository.
    #[serde(default)]
    pub documented: bool,
    /// Why no rule can enforce it, where none can.
    pub undecidable: Option<String>,
}

impl Conventions {
    /// The list that is part of the source tree.
    ///
    /// # Panics
    /// If the list has a fault; the tests read it, too.
    #[must_use]
    pub fn load() -> Self {
        toml::from_str(include_str!("../../../rules/conventions.toml"))
            .expect("the list of conventions is sound")
    }

    /// Every row with its id.
    pub fn rows(&self) -> impl Iterator<Item = (&str, &Convention)> {
        self.areas.iter().flat_map(|area| area.rows.iter().map(|(id, row)| (id.as_str(), row)))
    }
}

/// Whether what a rule claims to enforce covers a row: its id, or its id without the key (`SC-10` for each of its
/// keys).
#[must_use]
pub fn covers(claim: &str, row: &str) -> bool {
    row == claim || row.split_once(' ').is_some_and(|(id, _)| id == claim)
}

/// The rules that enforce a row, by code.
#[must_use]
pub fn enforcers(row: &str) -> Vec<&'static Rule> {
    catalogue().iter().filter(|rule| rule.conventions.iter().any(|claim| covers(claim, row))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use vastlint_diagnostic::Level;
    use vastlint_rules::Edition;

    #[test]
    fn every_convention_is_enforced_or_says_why_it_cannot_be() {
        let conventions = Conventions::load();
        let mut faults = Vec::new();
        for (id, row) in conventions.rows() {
            match (enforcers(id).is_empty(), &row.undecidable) {
                (true, None) => {
                    faults.push(format!("{id} is neither enforced nor undecidable: {}", row.says));
                }
                (false, Some(_)) => faults.push(format!("{id} is undecidable, and yet a rule enforces it")),
                _ => {}
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    #[test]
    fn every_claim_of_a_rule_is_a_convention() {
        let conventions = Conventions::load();
        for rule in catalogue() {
            for claim in rule.conventions {
                assert!(
                    conventions.rows().any(|(id, _)| covers(claim, id)),
                    "{} enforces {claim}, which is no convention",
                    rule.id.name
                );
            }
        }
    }

    /// What the documents state is at least remarked on in the edition that is the documents.
    #[test]
    fn what_the_documents_state_is_on_in_their_edition() {
        let conventions = Conventions::load();
        let mut faults = Vec::new();
        for (id, row) in conventions.rows().filter(|(_, row)| row.documented && row.undecidable.is_none()) {
            let is_on = |rule: &&Rule| rule.is_on_somewhere(Edition::E2026_02);
            if !enforcers(id).iter().any(is_on) {
                faults.push(format!("{id} is off in 2026-02: {}", row.says));
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
        assert!(Level::Off.severity().is_none());
    }
}
