use serde::Deserialize;

/// `[script]`: what supervisor scripts and boot scripts have.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scripts {
    /// The utilities that supervisor scripts source.
    pub utilities: Utilities,
}

/// The sourced utilities and their order.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Utilities {
    /// The folder that holds them on the instance.
    pub directory: String,
    /// File names, first to last. A script may leave some out.
    pub order: Vec<String>,
}
