//! Rules about Dockerfiles.

pub mod cached_install;
pub mod clone_outside_workspace;
pub mod foreign_base;
pub mod hard_coded_base;
pub mod install_without_venv;
pub mod missing_env_hash;
pub mod missing_overlay;
pub mod run_without_strict_mode;
pub mod undeclared_build_argument;
pub mod unguarded_torch;
pub mod unpinned_base;
pub mod wrong_image_labels;
