//! Rules about Dockerfiles.

pub mod baked_model_weights;
pub mod cached_install;
pub mod clone_outside_workspace;
pub mod foreign_base;
pub mod hard_coded_base;
pub mod install_without_venv;
pub mod leftover_scaffold;
pub mod missing_chain_operator;
pub mod missing_env_hash;
pub mod missing_overlay;
pub mod run_without_strict_mode;
pub mod swallowed_guard;
pub mod unasserted_llama_build;
pub mod undeclared_build_argument;
pub mod unguarded_torch;
pub mod unpinned_base;
pub mod written_out_staging_namespace;
pub mod wrong_image_labels;
