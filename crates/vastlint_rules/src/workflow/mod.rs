//! Rules about the workflows that build images.

pub mod broken_job_pipeline;
pub mod build_without_matrix;
pub mod underived_matrix_id;
pub mod undocumented_schedule;
