//! Rules about the layout of a repository, and about relations between its files.

pub mod credential_in_record;
pub mod internal_ticket;
