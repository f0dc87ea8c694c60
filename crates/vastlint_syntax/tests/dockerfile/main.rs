//! Tests of the Dockerfile parser: what it reads, against `BuildKit`'s own parser and two others, and on damaged input.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "clippy allows both in test functions, but not in what they call"
)]

mod buildkit;
mod corpus;
mod embedded;
mod oracles;
mod properties;
mod reading;
mod variables;
