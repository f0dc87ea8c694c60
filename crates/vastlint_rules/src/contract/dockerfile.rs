use schemars::JsonSchema;
use serde::Deserialize;

/// `[dockerfile]`: what Dockerfiles of template images have.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Dockerfiles {
    /// The image labels, in documented order.
    pub labels: Vec<ImageLabel>,
    /// What images are built on.
    pub base: BaseImages,
    /// What the base image brings along.
    pub inherited: Inherited,
    /// The folder of the build context that is copied onto the image's root.
    pub overlay: String,
    /// The hash of the environment, made last.
    pub environment_hash: EnvironmentHash,
    /// The look at `PyTorch`'s version around the installs.
    pub torch_guard: TorchGuard,
    /// Where repositories are cloned to.
    pub clones: Clones,
    /// Chains of commands in a `RUN`.
    pub chains: Chains,
    /// Model weights.
    pub weights: Weights,
    /// Unsloth Studio's build of llama.cpp.
    pub llama_build: LlamaBuild,
    /// What a scaffold leaves where a value is to be filled in.
    pub scaffold_markers: Vec<String>,
}

/// Chains of commands in a `RUN`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Chains {
    /// How commands start: `git clone` is these two words, `rm -` is `rm` and a word that starts with a dash, one word
    /// is a command that stands alone on its line.
    pub starts: Vec<String>,
    /// Programs that run the command in their arguments.
    pub runners: Vec<String>,
}

/// What model weights look like, and what fetches them.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Weights {
    /// Ends of file names, in lower case.
    pub extensions: Vec<String>,
    /// Programs that fetch the address in their arguments.
    pub fetchers: Vec<String>,
    /// Programs of model hubs, with their subcommands.
    pub downloaders: Vec<String>,
    /// Hosts whose git repositories hold weights.
    pub hubs: Vec<String>,
    /// Calls in Python code that fetch from a hub.
    pub python_calls: Vec<String>,
    /// Parts of addresses and names that an image may bring along.
    pub allowed: Vec<String>,
}

/// Unsloth Studio's build of llama.cpp.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LlamaBuild {
    /// The command that sets the studio up.
    pub command: String,
    /// The variable that makes it build from source.
    pub switch: String,
    /// The library that only a build for CUDA makes.
    pub library: String,
}

/// The look at `PyTorch`'s version around the installs.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TorchGuard {
    /// The environment that all apps share.
    pub environment: String,
    /// The packages whose versions are compared, `PyTorch` first.
    pub packages: Vec<String>,
}

/// Where repositories are cloned to.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Clones {
    /// The folder that is carried over to the user's volume.
    pub workspace: String,
    /// Folders for what a build needs only for itself.
    pub scratch: Vec<String>,
}

/// What derivative images are built on.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BaseImages {
    /// Repositories of Docker Hub that a derivative may be built on; images of the same template repository come on
    /// top.
    pub repositories: Vec<String>,
    /// The namespace in which the template repository publishes its images.
    pub namespace: String,
    /// Tags that are moved to another image from time to time.
    pub floating_tags: Vec<String>,
    /// The namespace in which builds are staged; empty: not known.
    pub staging_namespace: String,
    /// The secret of the workflows that holds it.
    pub staging_secret: String,
}

/// What Vast's base image brings along.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Inherited {
    /// The folder in which a `RUN` starts; empty: not known.
    pub working_directory: String,
    /// Variables that are set in it.
    pub variables: Vec<String>,
}

/// How the environment's hash is made.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EnvironmentHash {
    /// The program that prints it.
    pub program: String,
    /// The file that it goes to.
    pub file: String,
}

/// One documented label.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
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
