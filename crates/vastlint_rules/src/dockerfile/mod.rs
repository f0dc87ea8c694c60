//! Rules about Dockerfiles.

pub mod foreign_base;
pub mod hard_coded_base;
pub mod missing_env_hash;
pub mod missing_overlay;
pub mod run_without_strict_mode;
pub mod undeclared_build_argument;
pub mod unpinned_base;
pub mod wrong_image_labels;
