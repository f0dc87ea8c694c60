//! Rules about the layout of a repository, and about relations between its files.

pub mod base_program_redefined;
pub mod credential_in_record;
pub mod internal_ticket;
pub mod missing_command_script;
pub mod missing_utility;
pub mod public_application;
pub mod unlisted_portal_program;
pub mod unserved_portal_entry;
pub mod unstarted_supervisor_script;
pub mod wrong_portal_port;
