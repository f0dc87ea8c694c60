use schemars::JsonSchema;
use serde::Deserialize;

/// `[external]`: what an image that wraps an upstream one has.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ExternalImages {
    /// The stages and what they start from.
    pub stages: ExternalStages,
    /// What `SHELL` sets for the `RUN`s.
    pub shell: Vec<String>,
    /// What `WORKDIR` sets.
    pub working_directory: String,
    /// The folders that `PATH` begins with, in order.
    pub path: Vec<String>,
    /// The other variables.
    pub environment: Vec<EnvironmentVariable>,
    /// What is copied from the base image and from its sources, in order.
    pub copies: Vec<GraftCopy>,
    /// The script that turns the upstream image into a template.
    pub conversion: Conversion,
    /// The exec form of `ENTRYPOINT`.
    pub entrypoint: Vec<String>,
    /// The exec form of `CMD`.
    pub command: Vec<String>,
}

/// The stages of an external image.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ExternalStages {
    /// The name of the stage that starts from the base image.
    pub base: String,
    /// The repository of the base image, with its registry unless that is Docker Hub.
    pub repository: String,
    /// The build argument that holds the base image.
    pub argument: String,
    /// What the name of the upstream image's stage ends with.
    pub build_suffix: String,
    /// Tags that name no certain image.
    pub moving_tags: Vec<String>,
}

/// A variable of the environment block.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EnvironmentVariable {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Whether an image breaks without it; the others are only advised.
    pub required: bool,
    /// What goes wrong without it.
    pub why: String,
}

/// A `COPY --from=…` of the graft.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GraftCopy {
    /// The stage or build context.
    pub from: String,
    /// What is copied.
    pub source: String,
    /// Where to.
    pub destination: String,
    /// What the image lacks without it.
    pub brings: String,
}

/// The conversion of the upstream image.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Conversion {
    /// The script in the repository.
    pub script: String,
    /// Where the image has it while it is built.
    pub path: String,
    /// Build arguments that the final stage declares for it.
    pub arguments: Vec<String>,
    /// Whether the script cannot do without them, where it is not at hand to be read.
    pub needs_arguments: bool,
}
