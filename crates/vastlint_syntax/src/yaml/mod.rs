//! YAML: an arena tree with byte spans over the events of `granit-parser`.
//!
//! Values follow the core schema of YAML 1.2 (`on`, `yes`, `no` are strings). Aliases stay references, so that a
//! document is never larger than its text. `docs/syntax/yaml.md` tells more.

mod build;
mod invariants;
mod recover;
mod scalar;
mod schema;
mod tree;

pub use build::parse;
pub use invariants::check_invariants;
pub use scalar::scalar_text;
pub use tree::{DuplicateKey, Entry, Kind, Node, NodeId, ScalarStyle, Yaml};
