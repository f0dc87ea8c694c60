//! Rules about shell scripts.

pub mod careless_apt_install;
pub mod expanding_program_heredoc;
pub mod fixed_workspace;
pub mod provisioned_script_without_conf;
pub mod provisioning_without_program;
pub mod provisioning_without_shebang;
pub mod provisioning_without_strict_mode;
pub mod unexecutable_provisioned_script;
pub mod unregistered_program;
pub mod unrepeatable_clone;
pub mod utility_source_order;
