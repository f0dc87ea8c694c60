use std::sync::LazyLock;

use serde::Deserialize;

use crate::Edition;

/// The values of the conventions under one edition. No rule holds a value of its own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// The image labels, in documented order.
    pub labels: Vec<ImageLabel>,
    /// How supervisor scripts source the utilities.
    pub source_order: SourceOrder,
    /// Schedules of build workflows.
    pub cron: Cron,
    /// The job pipeline of build workflows.
    pub jobs: Jobs,
    /// How a build tells the entries of its matrix apart.
    pub matrix_id: MatrixId,
}

/// One documented label.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageLabel {
    /// The label's key.
    pub key: String,
    /// The exact value, where there is one.
    pub value: Option<String>,
    /// A word that the value has behind its first one.
    pub contains: Option<String>,
    /// What the value ends with.
    pub suffix: Option<String>,
    /// The value as the documents show it.
    pub example: String,
}

/// The order of the sourced utilities.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceOrder {
    /// The folder that holds them on the instance.
    pub directory: String,
    /// File names, first to last. A script may leave some out.
    pub utilities: Vec<String>,
}

/// The schedule of a build workflow.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cron {
    /// Accepted cron expressions; empty: any valid one.
    pub expressions: Vec<String>,
    /// Whether a build workflow must have a schedule.
    pub required: bool,
}

/// The jobs of a build workflow.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jobs {
    /// The jobs in their order.
    pub pipeline: Vec<String>,
    /// Other jobs that may stand between them.
    pub extra: Vec<String>,
}

/// The derivation of the matrix id.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatrixId {
    /// The variable that holds it.
    pub variable: String,
    /// Jobs that may derive it; one of them has to.
    pub jobs: Vec<String>,
    /// The filters that the matrix value goes through, in order.
    pub filters: Vec<String>,
}

static CONTRACTS: LazyLock<[Contract; Edition::ALL.len()]> = LazyLock::new(|| {
    [
        include_str!("../../../rules/contracts/2026-02.toml"),
        include_str!("../../../rules/contracts/2026-08.toml"),
    ]
    .map(|text| toml::from_str(text).expect("a test parses both built-in contracts"))
});

/// The contract of an edition as vastlint ships it.
#[must_use]
pub fn builtin_contract(edition: Edition) -> &'static Contract {
    &CONTRACTS[edition as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_contracts_parse_and_differ_where_the_editions_do() {
        let [documented, practised] = Edition::ALL.map(builtin_contract);
        assert_eq!(documented.labels.len(), 3);
        assert_eq!(documented.jobs.pipeline, practised.jobs.pipeline);
        assert!(documented.jobs.extra.is_empty() && !practised.jobs.extra.is_empty());
        assert!(practised.cron.expressions.is_empty());
    }
}
