//! Rules about Dockerfiles.

pub mod external_shell_not_bash;
pub mod incomplete_graft;
pub mod overlay_before_conversion;
pub mod run_without_strict_mode;
pub mod unconverted_external_image;
pub mod undeclared_conversion_argument;
pub mod wrong_external_bases;
pub mod wrong_external_entrypoint;
pub mod wrong_external_environment;
pub mod wrong_image_labels;
