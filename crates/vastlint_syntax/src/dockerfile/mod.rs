//! Dockerfiles, read as `BuildKit` reads them, and read on where `BuildKit` gives up.
//!
//! [`parse`] turns a text into a [`Dockerfile`]. The tree holds spans and no text: methods that need text take the
//! `source` that was parsed.

mod embedded;
mod glob;
mod heredoc;
mod image;
mod invariants;
mod json;
mod lex;
mod logical;
mod mount;
mod parser;
mod scope;
mod tree;
mod words;

pub use image::ImageReference;
#[doc(hidden)]
pub use invariants::check_invariants;
pub use mount::Mount;
pub use scope::{Scope, Scopes};
pub use tree::{
    Command, Directive, Dockerfile, Flag, Healthcheck, Heredoc, Instruction, InstructionKind, JsonString,
    Keyword, Pair, Separator, Stage, Transfer, Word,
};

/// Reads a Dockerfile. Never fails: what `BuildKit` would refuse stands in [`Dockerfile::errors`].
#[must_use]
pub fn parse(source: &str) -> Dockerfile {
    parser::parse(source)
}
