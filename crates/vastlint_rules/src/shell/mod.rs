//! Rules about shell scripts.

pub mod expanding_program_heredoc;
pub mod provisioning_without_strict_mode;
pub mod unexecutable_provisioned_script;
pub mod unregistered_program;
pub mod unrepeatable_clone;
pub mod utility_source_order;
