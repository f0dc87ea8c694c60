use serde::Deserialize;

/// `[workflow]`: what build workflows have.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Workflows {
    /// Schedules.
    pub cron: Cron,
    /// The job pipeline.
    pub jobs: Jobs,
    /// How a build tells the entries of its matrix apart.
    pub matrix_id: MatrixId,
}

/// The schedule of a build workflow.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Cron {
    /// Accepted cron expressions; empty: any valid one.
    pub expressions: Vec<String>,
    /// Whether a build workflow must have a schedule.
    pub required: bool,
}

/// The jobs of a build workflow.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Jobs {
    /// The jobs in their order.
    pub pipeline: Vec<String>,
    /// Other jobs that may stand between them.
    pub extra: Vec<String>,
}

/// The derivation of the matrix id.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MatrixId {
    /// The variable that holds it.
    pub variable: String,
    /// Jobs that may derive it; one of them has to.
    pub jobs: Vec<String>,
    /// The filters that the matrix value goes through, in order.
    pub filters: Vec<String>,
}
