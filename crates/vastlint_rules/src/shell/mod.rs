//! Rules about shell scripts.

pub mod bashism_in_sh;
pub mod bypassed_helper;
pub mod constant_test;
pub mod glued_directory;
pub mod misplaced_dollar;
pub mod provisioning_without_strict_mode;
pub mod unassigned_command;
pub mod unquoted_file_name;
pub mod unset_variable;
pub mod utility_source_order;
pub mod version_redirection;
