use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// `[instance]`: what launch templates and instance tests have, and what no public file holds.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Instances {
    /// Launch and QA templates.
    pub template: LaunchTemplates,
    /// Instance tests.
    pub test: InstanceTests,
    /// What no public file holds.
    pub secrecy: Secrecy,
}

/// What a `template.yml` has.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LaunchTemplates {
    /// Filters that need a numeric floor.
    pub required_floors: Vec<String>,
    /// Filters over the memory of the cards, in MB.
    pub memory_filters: Vec<String>,
    /// Names that people write for them and that no filter has.
    pub misnamed_memory_filters: Vec<String>,
    /// A smaller number, in MB, was meant in GB.
    pub least_memory: f64,
    /// Operators that make a floor.
    pub floor_operators: Vec<String>,
    /// How the folder of a QA template ends.
    pub qa_suffix: String,
    /// The variable that names the tests that must pass.
    pub required_tests_variable: String,
    /// Functions of the test library with which a test can fail; a final `*` stands for any ending.
    pub failing_helpers: Vec<String>,
    /// What a README writes for the link that launches the template.
    pub launch_placeholder: String,
    /// What launch links look like that somebody wrote out.
    pub launch_links: Vec<String>,
}

/// What a script below `/opt/instance-tools/tests` has.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct InstanceTests {
    /// Helpers that defer a failure.
    pub deferring_helpers: Vec<String>,
    /// The helper that reports the deferred failures.
    pub report_helper: String,
    /// Helpers that end a test and do not fail.
    pub passing_helpers: Vec<String>,
    /// Helpers that end a test and fail.
    pub failing_exits: Vec<String>,
    /// Helpers and commands that reach supervisor; a final `*` stands for any ending.
    pub supervisor_helpers: Vec<String>,
    /// Helpers that wait for an endpoint; a final `*` stands for any ending.
    pub wait_helpers: Vec<String>,
    /// Those of them whose first argument is a port that has to be there.
    pub wait_helpers_with_port: Vec<String>,
    /// Commands that check an endpoint.
    pub endpoint_checks: Vec<String>,
    /// The least value of each budget of the library, in seconds.
    pub budgets: BTreeMap<String, u64>,
    /// The folder of the base image's tests on the instance.
    pub base_tests: String,
    /// Programs that the base image does not serve.
    pub serverless_programs: Vec<String>,
    /// Ports that the base image does not serve.
    pub serverless_ports: Vec<String>,
}

/// What no public file holds.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Secrecy {
    /// Folders of decision records, which hold no credential.
    pub record_folders: Vec<String>,
    /// Prefixes of tokens, each with the least number of letters and digits behind it.
    pub token_prefixes: BTreeMap<String, usize>,
    /// Prefixes of internal tickets (`ABC` for `ABC-123`); none by default.
    pub ticket_prefixes: Vec<String>,
}
