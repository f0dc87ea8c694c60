//! Rules about shell scripts.

mod provisioning_wait;
mod set_options;

pub mod background_application;
pub mod boot_script_exit;
pub mod broken_provisioning_wait;
pub mod careless_apt_install;
pub mod expanding_program_heredoc;
pub mod fixed_workspace;
pub mod hand_made_log;
pub mod hard_coded_workspace;
pub mod leaked_shell_options;
pub mod missing_bash_shebang;
pub mod missing_provisioning_wait;
pub mod missing_start_message;
pub mod missing_venv_activation;
pub mod misused_utility;
pub mod provisioning_without_program;
pub mod provisioning_without_shebang;
pub mod provisioning_without_strict_mode;
pub mod scattered_utilities;
pub mod unexecutable_provisioned_script;
pub mod unexported_environment;
pub mod unlabelled_portal_check;
pub mod unquoted_directory;
pub mod unregistered_program;
pub mod unrepeatable_clone;
pub mod unsourced_utility;
pub mod untidy_script_text;
pub mod utilities_path_written_out;
pub mod utility_source_order;
