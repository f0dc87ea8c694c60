//! What the conventions say, as data: one table an area, one file an edition (`rules/contracts/*.toml`).

mod conf;
mod dockerfile;
mod external;
mod instance;
mod layout;
mod overrides;
mod portal;
mod provisioning;
mod python;
mod references;
mod schema;
mod script;
mod shell;
mod workflow;

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::Edition;

pub use conf::{Confs, Gravity, Setting};
pub use dockerfile::{
    BaseImages, Chains, Clones, Dockerfiles, EnvironmentHash, ImageLabel, Inherited, LlamaBuild, TorchGuard,
    Weights,
};
pub use external::{Conversion, EnvironmentVariable, ExternalImages, ExternalStages, GraftCopy};
pub use instance::{InstanceTests, Instances, LaunchTemplates, Secrecy};
pub use layout::{BaseFiles, Layout};
pub use overrides::{ContractError, Override, OwnContract, overrides};
pub use portal::{Listening, Portals};
pub use provisioning::{Apt, ProvisioningScripts, Workspace};
pub use python::{PythonEnvironment, Torch};
pub use references::{
    BuildAction, BuildCommand, BuildOption, BuiltTags, CollectTags, Fact, Notification, NotificationInput,
    References,
};
pub use schema::contract_schema;
pub use script::{ProvisioningWait, Scripts, Utilities};
pub use shell::{Helpers, KnownSource, PlainSh, Shell, ShellVariables};
pub use workflow::{
    Architectures, BuildJob, Cron, ImageReference, JobSteps, JobVariable, Jobs, MatrixId, PatternStep,
    Permission, Preflight, Production, Reference, ReferenceVariable, Secrets, Tags, WorkflowInput,
    WorkflowVariable, Workflows,
};

/// The values of the conventions under one edition. No rule holds a value of its own.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Contract {
    /// Dockerfiles of every class.
    pub dockerfile: Dockerfiles,
    /// External images.
    pub external: ExternalImages,
    /// The portal's tabs and the ports behind them.
    pub portal: Portals,
    /// Supervisor scripts and boot scripts.
    pub script: Scripts,
    /// Shell of every role.
    pub shell: Shell,
    /// Supervisor confs.
    pub conf: Confs,
    /// Instance tests, launch templates, public files.
    pub instance: Instances,
    /// Provisioning scripts.
    pub provisioning: ProvisioningScripts,
    /// The Python environment of an instance.
    pub python: PythonEnvironment,
    /// Build workflows.
    pub workflow: Workflows,
    /// Layout of the repository.
    pub layout: Layout,
    /// References inside workflows and between them and other files.
    pub references: References,
}

impl Contract {
    /// The names of its tables.
    pub const AREAS: [&str; 12] = [
        "dockerfile",
        "external",
        "portal",
        "script",
        "shell",
        "conf",
        "instance",
        "provisioning",
        "python",
        "workflow",
        "layout",
        "references",
    ];
}

static TEXTS: [&str; Edition::ALL.len()] = [
    include_str!(concat!(env!("OUT_DIR"), "/2026-02.toml")),
    include_str!(concat!(env!("OUT_DIR"), "/2026-08.toml")),
];

static CONTRACTS: LazyLock<[Contract; Edition::ALL.len()]> =
    LazyLock::new(|| TEXTS.map(|text| toml::from_str(text).expect("a test parses both built-in contracts")));

/// The TOML of an edition's contract as vastlint ships it.
#[must_use]
pub fn contract_text(edition: Edition) -> &'static str {
    TEXTS[edition as usize]
}

/// The contract of an edition as vastlint ships it.
#[must_use]
pub fn builtin_contract(edition: Edition) -> &'static Contract {
    &CONTRACTS[edition as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_areas_are_those_of_the_contract() {
        let schema = contract_schema();
        let known = schema["properties"].as_object().expect("it is a table").keys();
        let mut areas = Contract::AREAS;
        areas.sort_unstable();
        assert!(known.eq(areas.iter()), "{areas:?}");
    }

    #[test]
    fn the_built_in_contracts_parse_and_differ_where_the_editions_do() {
        let [documented, practised] = Edition::ALL.map(builtin_contract);
        assert_eq!(documented.dockerfile.labels.len(), 3);
        assert_eq!(documented.workflow.jobs.pipeline, practised.workflow.jobs.pipeline);
        assert!(documented.workflow.jobs.extra.is_empty() && !practised.workflow.jobs.extra.is_empty());
        assert!(practised.workflow.cron.expressions.is_empty());
    }
}
