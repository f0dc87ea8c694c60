//! What a repository itself says about the edition that it follows.

use vastlint_model::{Project, Tree};

use crate::workflows::jobs;
use crate::{Edition, builtin_contract};

/// The edition that a repository plainly follows: the first one whose job pipeline fits at least half of its build
/// workflows better than that of the editions before it. `None` where nothing tells.
#[must_use]
pub fn evident_edition(project: &Project) -> Option<Edition> {
    let workflows: Vec<Vec<&str>> = project
        .workflows
        .iter()
        .filter_map(|workflow| match &project.document(workflow.document).tree {
            Tree::Yaml(yaml) => {
                let (_, jobs) = jobs(yaml)?;
                Some(jobs.iter().filter_map(|job| yaml.text(job.key)).collect())
            }
            _ => None,
        })
        .collect();
    let has_job_of = |edition: Edition, jobs: &&Vec<&str>| {
        let extra = &builtin_contract(edition).workflow.jobs.extra;
        jobs.iter().any(|job| extra.iter().any(|known| known == job))
    };
    Edition::ALL.into_iter().skip(1).find(|&edition| {
        let practised = workflows.iter().filter(|jobs| has_job_of(edition, jobs)).count();
        practised > 0 && 2 * practised >= workflows.len()
    })
}
