//! Rules about shell scripts.

pub mod provisioning_without_strict_mode;
pub mod utility_source_order;
