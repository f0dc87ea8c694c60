//! Rules about Dockerfiles.

pub mod baked_model_weights;
pub mod cached_install;
pub mod clone_outside_workspace;
pub mod external_shell_not_bash;
pub mod foreign_base;
pub mod hard_coded_base;
pub mod incomplete_graft;
pub mod install_without_venv;
pub mod leftover_scaffold;
pub mod missing_chain_operator;
pub mod missing_env_hash;
pub mod missing_overlay;
pub mod overlay_before_conversion;
pub mod run_without_strict_mode;
pub mod swallowed_guard;
pub mod unasserted_llama_build;
pub mod unconverted_external_image;
pub mod undeclared_build_argument;
pub mod undeclared_conversion_argument;
pub mod unguarded_torch;
pub mod unpinned_base;
pub mod written_out_staging_namespace;
pub mod wrong_external_bases;
pub mod wrong_external_entrypoint;
pub mod wrong_external_environment;
pub mod wrong_image_labels;
