//! Rules about supervisor confs.

mod conf;

pub mod command_not_a_supervisor_script;
pub mod duplicate_conf_key;
pub mod missing_proc_name;
pub mod not_one_program;
pub mod program_name_mismatch;
pub mod unknown_conf_key;
pub mod unordered_conf_keys;
pub mod wrong_program_setting;
