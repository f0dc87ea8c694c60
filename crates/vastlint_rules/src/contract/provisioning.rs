use schemars::JsonSchema;
use serde::Deserialize;

/// `[provisioning]`: what provisioning scripts have.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProvisioningScripts {
    /// The first lines that hand a script to bash as the documents do, without arguments; the first is the one to
    /// write.
    pub shebangs: Vec<String>,
    /// Variables with the folder that outlives the instance, and the folder that they name by default.
    pub workspace: Workspace,
    /// Commands of supervisorctl that start a new program in another way than `update`.
    pub registering: Vec<String>,
    /// How packages of the system are installed.
    pub apt: Apt,
    /// What only says something: a script of nothing else need not create a program.
    pub idle_commands: Vec<String>,
    /// Programs that create others on the instance: who runs one need not write a conf.
    pub delegates: Vec<String>,
}

/// The workspace of an instance.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Workspace {
    /// The variables that name it, the documented one first.
    pub variables: Vec<String>,
    /// Where it is if nobody says otherwise.
    pub directory: String,
}

/// How packages of the system are installed.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Apt {
    /// The option that keeps recommended packages out.
    pub lean: String,
    /// The spellings of the option that answers every question with yes.
    pub unattended: Vec<String>,
}
