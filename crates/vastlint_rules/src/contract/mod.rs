//! What the conventions say, as data: one table an area, one file an edition (`rules/contracts/*.toml`).

mod dockerfile;
mod overrides;
mod script;
mod shell;
mod workflow;

use std::sync::LazyLock;

use serde::Deserialize;

use crate::Edition;

pub use dockerfile::{Dockerfiles, ImageLabel};
pub use overrides::{ContractError, with_overrides};
pub use script::{Scripts, Utilities};
pub use shell::{Helpers, KnownSource, PlainSh, Shell, ShellVariables};
pub use workflow::{Cron, Jobs, MatrixId, Workflows};

/// The values of the conventions under one edition. No rule holds a value of its own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Contract {
    /// Dockerfiles of every class.
    pub dockerfile: Dockerfiles,
    /// Supervisor scripts and boot scripts.
    pub script: Scripts,
    /// Shell of every role.
    pub shell: Shell,
    /// Build workflows.
    pub workflow: Workflows,
}

static TEXTS: [&str; Edition::ALL.len()] = [
    include_str!("../../../../rules/contracts/2026-02.toml"),
    include_str!("../../../../rules/contracts/2026-08.toml"),
];

static CONTRACTS: LazyLock<[Contract; Edition::ALL.len()]> =
    LazyLock::new(|| TEXTS.map(|text| toml::from_str(text).expect("a test parses both built-in contracts")));

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
        assert_eq!(documented.dockerfile.labels.len(), 3);
        assert_eq!(documented.workflow.jobs.pipeline, practised.workflow.jobs.pipeline);
        assert!(documented.workflow.jobs.extra.is_empty() && !practised.workflow.jobs.extra.is_empty());
        assert!(practised.workflow.cron.expressions.is_empty());
    }
}
