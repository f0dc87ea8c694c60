//! Rules about supervisor confs.

pub mod missing_proc_name;
