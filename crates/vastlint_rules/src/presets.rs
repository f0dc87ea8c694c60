//! Configurations that vastlint ships, as texts of a `vastlint.toml`.

/// What holds where nothing is configured.
pub const RECOMMENDED: &str = include_str!(concat!(env!("OUT_DIR"), "/recommended.toml"));

/// Remarks fail a run, too, and suppressions have a reason.
pub const STRICT: &str = include_str!(concat!(env!("OUT_DIR"), "/strict.toml"));
