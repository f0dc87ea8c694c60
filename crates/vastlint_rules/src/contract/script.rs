use schemars::JsonSchema;
use serde::Deserialize;

/// `[script]`: what supervisor scripts and boot scripts have.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scripts {
    /// The first line.
    pub shebang: String,
    /// The utilities that supervisor scripts source.
    pub utilities: Utilities,
    /// Programs that work behind an application and have no entry in the portal: names, with `*` for any text.
    pub daemons: Vec<String>,
    /// How a script waits for the end of provisioning.
    pub provisioning_wait: ProvisioningWait,
    /// The folder of the Python environment that applications share.
    pub venv: String,
    /// Programs that work in the active environment only.
    pub python_programs: Vec<String>,
    /// The default of `$WORKSPACE`, which is nothing to count on.
    pub workspace: String,
    /// What the message before the application starts with.
    pub start_message: String,
    /// The folder of the logs that `logging.sh` writes.
    pub log_directory: String,
    /// Files of variables that are meant for every program: sourced with `set -a`.
    pub environment_files: Vec<String>,
}

/// The sourced utilities and their order.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Utilities {
    /// The folder that holds them on the instance.
    pub directory: String,
    /// The variable that holds the folder.
    pub variable: String,
    /// File names, first to last. A script may leave some out.
    pub order: Vec<String>,
    /// Those without which a program has no log.
    pub logging: Vec<String>,
    /// The others that every program sources.
    pub common: Vec<String>,
    /// The one that exports the variables of the instance.
    pub environment: String,
    /// Those that end a program which is not wanted; an application sources one of them or more.
    pub exits: Vec<String>,
    /// The one that looks the program up in the portal, by the label in its argument.
    pub portal: String,
    /// Those that take an argument.
    pub with_argument: Vec<String>,
}

/// `while [ -f <marker> ]; do …; sleep <seconds>; done`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProvisioningWait {
    /// The file that exists while the instance is being provisioned.
    pub marker: String,
    /// How long each round sleeps.
    pub seconds: String,
    /// What each round says, behind the program's name.
    pub message: String,
}
