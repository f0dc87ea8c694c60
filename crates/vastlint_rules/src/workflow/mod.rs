//! Rules about the workflows that build images.

pub mod broken_job_pipeline;
pub mod broken_local_call;
pub mod broken_needs;
pub mod build_without_matrix;
pub mod duplicate_step_id;
pub mod image_without_workflow;
pub mod missing_base_context;
pub mod missing_build_context;
pub mod underived_matrix_id;
pub mod undocumented_schedule;
pub mod unknown_build_argument;
pub mod unresolved_workflow_reference;
pub mod workflow_without_jobs;
