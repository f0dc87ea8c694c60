use schemars::JsonSchema;
use serde::Deserialize;

/// `[python]`: the Python environment of an instance.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PythonEnvironment {
    /// The one environment that all applications share.
    pub shared_venv: String,
    /// Folders of environments that the images bring along for themselves; `*` stands for one name.
    pub other_venvs: Vec<String>,
    /// How `PyTorch` is installed.
    pub torch: Torch,
}

/// How `PyTorch` is installed.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Torch {
    /// The packages whose builds differ by backend.
    pub packages: Vec<String>,
    /// Options that say where the builds come from, the documented one first.
    pub options: Vec<String>,
    /// Variables that say it.
    pub variables: Vec<String>,
    /// The variable of the `PyTorch` image that holds its backend; empty: not known.
    pub backend_variable: String,
}
