use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// `[shell]`: what scripts may count on, and what breaks them.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Shell {
    /// Variables that have a value without an assignment in the script.
    pub variables: ShellVariables,
    /// Files that scripts source, and what they set. What any other file sets is not known.
    pub sources: Vec<KnownSource>,
    /// Actions that set no variables for the steps behind them.
    pub quiet_actions: Vec<String>,
    /// Variables that hold a folder. Those that are named have no slash at the end; of those behind a `*`, which stands
    /// for the start of a name, only the script tells.
    pub directories: Vec<String>,
    /// What some of them are on an instance.
    pub directory_values: BTreeMap<String, String>,
    /// Programs that take package names with version limits (`name<2.0`).
    pub package_tools: Vec<String>,
    /// Programs whose arguments are patterns, in which `$` is the end of a line.
    pub pattern_tools: Vec<String>,
    /// What plain `/bin/sh` does not know.
    pub sh: PlainSh,
    /// Helpers of the base image, and what is done by hand in their place.
    pub helpers: Helpers,
}

/// Variables that have a value without an assignment in the script. A name that ends with `*` stands for all that begin
/// so.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ShellVariables {
    /// Set by bash itself, or by whatever starts a shell.
    pub bash: Vec<String>,
    /// Set on every instance: by the base image, by the boot scripts, by Vast.
    pub instance: Vec<String>,
    /// Set in every `RUN` by the builder.
    pub build: Vec<String>,
    /// Set in every step of a workflow.
    pub workflow: Vec<String>,
}

/// A file that scripts source.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct KnownSource {
    /// What its path ends with.
    pub path: String,
    /// The variables that it sets.
    #[serde(default)]
    pub variables: Vec<String>,
    /// Whether it brings the environment of the instance along, which no file of the repository tells.
    #[serde(default)]
    pub environment: bool,
}

/// What plain `/bin/sh` does not know.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PlainSh {
    /// Commands that only bash has.
    pub commands: Vec<String>,
    /// Base images whose `/bin/sh` is dash: repository, and what their tag may not contain.
    pub dash_images: Vec<String>,
    /// What the tag of such an image has if its `/bin/sh` is another one after all.
    pub other_tags: Vec<String>,
}

/// Helpers of the base image, and what is done by hand in their place.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Helpers {
    /// Asks the driver for its CUDA version.
    pub cuda_version: String,
    /// Checks a certificate and its key.
    pub certificate: String,
    /// Programs that take text apart.
    pub text_tools: Vec<String>,
    /// Programs that digest what they read.
    pub digest_tools: Vec<String>,
}
