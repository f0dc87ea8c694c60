//! Rules about Dockerfiles.

pub mod run_without_strict_mode;
pub mod wrong_image_labels;
