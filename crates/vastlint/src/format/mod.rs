//! The output formats: each turns a report into text, in one file.

pub mod concise;
pub mod diff;
pub mod excerpt;
mod frame;
pub mod json;
mod prose;
pub mod statistics;
pub mod summary;
pub mod text;
pub mod timings;

use clap::ValueEnum;

pub(crate) use frame::{draw, draw_file};
pub(crate) use prose::{display_width, labelled, wrap};

/// How findings are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub enum Format {
    /// For people: each finding at its place in the source
    #[default]
    Text,
    /// One line for each finding
    Concise,
    /// One array of objects, with every finding
    Json,
}

/// How lists are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub enum ListFormat {
    /// For people
    #[default]
    Text,
    /// One array of objects
    Json,
}
