//! Rules about the workflows that build images.

pub mod age_threshold_off_schedule;
pub mod broken_job_pipeline;
pub mod broken_local_call;
pub mod broken_needs;
pub mod build_without_matrix;
pub mod duplicate_step_id;
pub mod image_without_workflow;
pub mod incomplete_preflight;
pub mod misdeclared_workflow_input;
pub mod missing_base_context;
pub mod missing_build_context;
pub mod missing_preflight_output;
pub mod missing_workflow_input;
pub mod missing_workflow_variable;
pub mod other_matrix_key;
pub mod secrets_missing_from_header;
pub mod underived_matrix_id;
pub mod undocumented_schedule;
pub mod unexpected_build_runner;
pub mod ungated_build;
pub mod unknown_build_argument;
pub mod unprotected_production_push;
pub mod unresolved_workflow_reference;
pub mod unrestricted_build_token;
pub mod workflow_without_jobs;
