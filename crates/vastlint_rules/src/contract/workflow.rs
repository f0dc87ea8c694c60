use schemars::JsonSchema;
use serde::Deserialize;

/// `[workflow]`: what build workflows have.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Workflows {
    /// File names of the workflows whose images are bases of others: they have a pattern of their own, and no rule
    /// about the documented pattern looks at them.
    pub hubs: Vec<String>,
    /// Axes of the build matrix that stand for an architecture, each built on a runner of its own.
    pub native_axes: Vec<String>,
    /// The secrets of a build.
    pub secrets: Secrets,
    /// What somebody who starts a build by hand may say.
    pub inputs: Vec<WorkflowInput>,
    /// The variables of a build workflow's own `env`.
    pub environment: Vec<WorkflowVariable>,
    /// The job that decides whether to build.
    pub preflight: Preflight,
    /// The job that builds.
    pub build: BuildJob,
    /// The GitHub environment of the job that pushes to production.
    pub production: Production,
    /// How emulated builds learn their architectures.
    pub architectures: Architectures,
    /// How the image's name and tag come about.
    pub image: ImageReference,
    /// The steps of jobs, in order.
    pub steps: Vec<JobSteps>,
    /// Tags.
    pub tag: Tags,
    /// Schedules.
    pub cron: Cron,
    /// The job pipeline.
    pub jobs: Jobs,
    /// How a build tells the entries of its matrix apart.
    pub matrix_id: MatrixId,
}

/// The schedule of a build workflow.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Cron {
    /// Accepted cron expressions; empty: any valid one.
    pub expressions: Vec<String>,
    /// Whether a build workflow must have a schedule.
    pub required: bool,
}

/// The jobs of a build workflow.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Jobs {
    /// The jobs in their order.
    pub pipeline: Vec<String>,
    /// Other jobs that may stand between them.
    pub extra: Vec<String>,
}

/// The derivation of the matrix id.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MatrixId {
    /// The variable that holds it.
    pub variable: String,
    /// Jobs that may derive it; one of them has to.
    pub jobs: Vec<String>,
    /// The filters that the matrix value goes through, in order.
    pub filters: Vec<String>,
}

/// The secrets of a build workflow.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Secrets {
    /// Those without which nothing can be built.
    pub required: Vec<String>,
    /// Those that may be left out.
    pub optional: Vec<String>,
    /// Those that GitHub gives by itself; nobody has to set them up.
    pub given: Vec<String>,
}

/// An input of `workflow_dispatch`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WorkflowInput {
    /// What it may be called; one `*` stands for any text.
    pub names: Vec<String>,
    /// What it is for, in words.
    pub purpose: String,
    /// What its `required` says.
    pub required: bool,
    /// What its `type` says.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Its default.
    pub default: Option<String>,
    /// The variable of the workflow's `env` that has the same value as its default.
    pub default_from: Option<String>,
    /// Whether it must not have a default.
    #[serde(default)]
    pub without_default: bool,
    /// Whether a build for each architecture on a runner of its own does without it.
    #[serde(default)]
    pub unless_native: bool,
}

/// A variable of a build workflow's `env`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WorkflowVariable {
    /// What it may be called.
    pub names: Vec<String>,
    /// Its value, if there is only one.
    pub value: Option<String>,
    /// The line as the documents show it.
    pub example: String,
    /// What breaks without it.
    pub consequence: String,
    /// Whether it is an age in seconds up to which a release counts as new.
    #[serde(default)]
    pub is_age: bool,
    /// Whether a workflow without a schedule does without it.
    #[serde(default)]
    pub unless_unscheduled: bool,
    /// Whether a build for each architecture on a runner of its own does without it.
    #[serde(default)]
    pub unless_native: bool,
}

/// The job that decides whether to build.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Preflight {
    /// The job.
    pub job: String,
    /// The output that says whether to build.
    pub decision: String,
    /// What the output that names the version may be called; one `*` stands for any text.
    pub version: Vec<String>,
    /// The action that fetches the repository.
    pub checkout: String,
    /// Actions that find new releases.
    pub release_actions: Vec<String>,
}

/// The job that builds.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BuildJob {
    /// The jobs that run only if `preflight` says so.
    pub gated: Vec<String>,
    /// Runners that it may run on.
    pub runners: Vec<String>,
    /// Permissions of its token.
    pub permissions: Vec<Permission>,
    /// The key of its matrix.
    pub matrix_key: String,
}

/// A permission of a job's token.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Permission {
    /// What it is about: `contents`.
    pub scope: String,
    /// `read` or `write`.
    pub access: String,
}

/// The GitHub environment that guards production.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Production {
    /// Its name.
    pub name: String,
    /// What the documents write.
    pub expression: String,
    /// The jobs that may push to production; the first one that the workflow has is the one that does.
    pub jobs: Vec<String>,
    /// The secret that names the production namespace.
    pub namespace: String,
}

/// How emulated builds learn their architectures.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Architectures {
    /// The input that asks for all of them.
    pub input: String,
    /// The variable that says so where nobody is asked.
    pub default: String,
    /// The platforms: the one that is always built first.
    pub platforms: Vec<String>,
}

/// How the image's name and tag come about.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ImageReference {
    /// The input that names the repository.
    pub repository_input: String,
    /// The variable that names it where nobody is asked.
    pub repository_default: String,
    /// The inputs that replace the derived tag, or a part of it.
    pub tag_inputs: Vec<String>,
    /// The variables that hold references of images, and what jobs hand on below which name.
    pub references: Vec<Reference>,
    /// Other variables that a job hands to its later steps.
    pub exports: Vec<JobVariable>,
}

/// The reference of an image that a job derives.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Reference {
    /// The job that derives it.
    pub job: String,
    /// The variables that may hold it; the first one is documented.
    pub variables: Vec<ReferenceVariable>,
    /// Whether the job does without it.
    #[serde(default)]
    pub optional: bool,
}

/// A variable that holds the reference of an image.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ReferenceVariable {
    /// The variable.
    pub name: String,
    /// The secret that names its namespace.
    pub namespace: String,
}

/// A variable that a job hands to its later steps.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct JobVariable {
    /// The job.
    pub job: String,
    /// The variable.
    pub variable: String,
}

/// The steps of a job.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct JobSteps {
    /// The job.
    pub job: String,
    /// In order.
    pub steps: Vec<PatternStep>,
}

/// A step of the documented pattern, known by what it uses, hands on or runs.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PatternStep {
    /// What the documents call it.
    pub name: String,
    /// The action that it uses, without version.
    pub uses: Option<String>,
    /// The variable that it hands on; one of these.
    #[serde(default)]
    pub exports: Vec<String>,
    /// What a command of it starts with.
    pub runs: Option<String>,
    /// The file or folder that it writes to.
    pub writes: Option<String>,
    /// Whether builds run out of disk without it.
    #[serde(default)]
    pub frees_disk: bool,
    /// What is written to add it.
    pub example: String,
}

/// What tags have in them.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Tags {
    /// The format of a date.
    pub date_format: String,
    /// What stands before the CUDA version.
    pub cuda_prefix: String,
    /// The repositories of base images that are published with a date in their tags.
    pub dated_bases: Vec<String>,
}
