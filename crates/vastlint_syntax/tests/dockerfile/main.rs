//! Tests of the Dockerfile parser: what it reads, against `BuildKit`'s own parser and two others, and on damaged input.

mod buildkit;
mod corpus;
mod embedded;
mod oracles;
mod properties;
mod reading;
mod variables;
