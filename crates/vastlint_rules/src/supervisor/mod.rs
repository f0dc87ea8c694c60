//! Rules about supervisor confs.

pub mod command_not_a_supervisor_script;
pub mod missing_proc_name;
pub mod program_name_mismatch;
