use serde::Deserialize;

/// `[references]`: what workflows, actions, Dockerfiles and images say about each other.
#[derive(Debug, Clone, Deserialize)]
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
    /// Images that need no workflow of their own, by their folder; a `*` at the end stands for any rest.
    pub images_without_workflow: Vec<String>,
}

/// An action that builds an image, and what its inputs are called.
#[derive(Debug, Clone, Deserialize)]
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
