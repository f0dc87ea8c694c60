//! The language server, spoken to as an editor does: messages over the pipes of the real binary.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod client;
mod features;
mod lifecycle;
mod random_edits;
mod session;
