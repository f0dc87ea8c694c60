use serde::Deserialize;

/// `[references]`: what workflows, actions, Dockerfiles and images say about each other.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct References {
    /// Actions from elsewhere that set no environment variables for the steps behind them; a `*` at the end stands for
    /// any rest. Their version is left out.
    pub actions_without_environment: Vec<String>,
}
