//! Rules about relations between files.

pub mod public_application;
pub mod unlisted_portal_program;
pub mod unserved_portal_entry;
pub mod wrong_portal_port;
