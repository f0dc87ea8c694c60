use serde::Deserialize;

/// `[dockerfile]`: what Dockerfiles of template images have.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Dockerfiles {
    /// The image labels, in documented order.
    pub labels: Vec<ImageLabel>,
}

/// One documented label.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ImageLabel {
    /// The label's key.
    pub key: String,
    /// The exact value, where there is one.
    pub value: Option<String>,
    /// A word that the value has behind its first one.
    pub contains: Option<String>,
    /// What the value ends with.
    pub suffix: Option<String>,
    /// The value as the documents show it.
    pub example: String,
}
