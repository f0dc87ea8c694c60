use schemars::JsonSchema;
use serde::Deserialize;

/// `[references]`: what workflows, actions, Dockerfiles and images say about each other.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct References {
    /// Actions from elsewhere that set no environment variables for the steps behind them; a `*` at the end stands for
    /// any rest. Their version is left out.
    pub actions_without_environment: Vec<String>,
    /// Actions that build an image.
    pub build_actions: Vec<BuildAction>,
    /// Build arguments that the builder knows without an `ARG`; a `*` at the end stands for any rest.
    pub predefined_arguments: Vec<String>,
    /// The named context that external images are grafted from.
    pub base_context: String,
    /// The record of what was built.
    pub built_tags: BuiltTags,
    /// The job that gathers the tags.
    pub collect_tags: CollectTags,
    /// The job that tells how a build went.
    pub notification: Notification,
    /// The command that builds and pushes an image.
    pub build_command: BuildCommand,
    /// Images that need no workflow of their own, by their folder; a `*` at the end stands for any rest.
    pub images_without_workflow: Vec<String>,
}

/// An action that builds an image, and what its inputs are called.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BuildAction {
    /// What stands behind `uses:`, without the version.
    pub uses: String,
    /// The input with the folder that is built.
    pub context: String,
    /// The input with the path of the Dockerfile.
    pub dockerfile: String,
    /// Whether that path starts in the context; else it starts in the root of the repository.
    pub dockerfile_in_context: bool,
    /// The input with the build arguments, one a line.
    pub arguments: String,
    /// The input with the named contexts, one a line.
    pub contexts: String,
}

/// The record of what was built, which `collect-tags` gathers.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BuiltTags {
    /// Jobs that may record it; one of them has to.
    pub jobs: Vec<String>,
    /// Variables that hold the reference of the image.
    pub variables: Vec<String>,
    /// The folder of the record, relative to where the steps run.
    pub folder: String,
    /// What the names of its files start with.
    pub file_prefix: String,
    /// What the names of its files end with.
    pub file_suffix: String,
    /// What the name of the artifact starts with.
    pub artifact_prefix: String,
    /// The action that uploads it, without the version.
    pub upload: String,
    /// The first version of the action whose artifacts can be downloaded together.
    pub upload_version: u32,
    /// How many days the artifact is kept.
    pub retention_days: u32,
}

/// The job that gathers the tags.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CollectTags {
    /// Its name.
    pub job: String,
    /// The jobs that it waits for, at least.
    pub needs: Vec<String>,
    /// How many workflows there must be before what most of them have is the pattern for the rest.
    pub majority_of: usize,
    /// What it says, as paths into the job; used where there are fewer workflows.
    pub facts: Vec<Fact>,
}

/// A value below a job.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fact {
    /// The keys that lead to the value; the name of an action stands for the step that uses it.
    pub path: Vec<String>,
    /// What stands there.
    pub value: String,
}

/// The job that tells how a build went.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Notification {
    /// Its name.
    pub job: String,
    /// The workflow that it calls.
    pub uses: String,
    /// The jobs that it waits for, at least.
    pub needs: Vec<String>,
    /// The one of them without which it has nothing to tell.
    pub needs_always: String,
    /// Its condition.
    pub condition: String,
    /// Its inputs. The input `image-ref` is none of them: any output of the first job will do.
    pub inputs: Vec<NotificationInput>,
    /// The input with the version that was built.
    pub version_input: String,
    /// The job whose outputs may be that version.
    pub version_job: String,
    /// The secrets that it hands over.
    pub secrets: Vec<String>,
}

/// An input of the notification.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NotificationInput {
    /// Its name.
    pub name: String,
    /// The values that will do, the documented one first.
    pub values: Vec<String>,
    /// The tags that were built: it comes from nowhere else.
    #[serde(default)]
    pub is_tags: bool,
}

/// The command that builds and pushes an image.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BuildCommand {
    /// The job that runs it.
    pub job: String,
    /// Its words.
    pub words: Vec<String>,
    /// What stands behind an option; a quoted variable and a bare one are the same.
    pub options: Vec<BuildOption>,
    /// Options without a value.
    pub switches: Vec<String>,
    /// The folder that is built.
    pub context: String,
}

/// An option of the build command.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BuildOption {
    /// Its names, the documented one first.
    pub names: Vec<String>,
    /// Its value as documented.
    pub value: String,
    /// What the value holds in any other way of writing it.
    pub holds: String,
}
