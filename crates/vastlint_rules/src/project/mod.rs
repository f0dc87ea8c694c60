//! Rules about the layout of a repository, and about relations between its files.

pub mod base_program_redefined;
pub mod credential_in_record;
pub mod incomplete_image_folder;
pub mod internal_ticket;
pub mod misnamed_boot_script;
pub mod misnamed_script;
pub mod misplaced_provisioning_script;
pub mod missing_command_script;
pub mod missing_environment_script;
pub mod nonexistent_utility;
pub mod not_executable;
pub mod public_application;
pub mod shadowed_base_file;
pub mod stale_boot_sequence;
pub mod unlisted_portal_program;
pub mod unserved_portal_entry;
pub mod unstarted_supervisor_script;
pub mod wrong_portal_port;
