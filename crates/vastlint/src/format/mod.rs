//! The output formats: each turns a report into text, in one file.

pub mod checkstyle;
pub mod concise;
pub mod diff;
pub mod excerpt;
mod frame;
pub mod github;
pub mod gitlab;
pub mod grouped;
pub mod json;
pub mod jsonl;
pub mod junit;
pub mod markdown;
mod prose;
pub mod rdjson;
pub mod sarif;
mod sentences;
pub mod statistics;
pub mod summary;
pub mod text;
pub mod timings;
mod xml;

use std::io::{self, Write};
use std::path::Path;

use clap::ValueEnum;
use vastlint_diagnostic::{Diagnostic, Severity};
use vastlint_engine::Report;

use crate::terminal::Terminal;

pub(crate) use frame::{draw, draw_file};
pub(crate) use prose::{display_width, labelled, wrap};

/// How findings are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub enum Format {
    /// For people: each finding at its place in the source
    #[default]
    Text,
    /// One line for each finding: path:line:column
    Concise,
    /// One line for each finding, below its file
    Grouped,
    /// One array of objects, with every finding
    Json,
    /// The same objects, one a line
    Jsonl,
    /// SARIF 2.1.0, for GitHub code scanning and editors
    Sarif,
    /// Annotations in a GitHub workflow
    Github,
    /// The Code Quality report of GitLab
    Gitlab,
    /// XML of `JUnit`: a suite for each file
    #[value(help = "JUnit XML: a suite for each file")]
    Junit,
    /// Checkstyle XML
    Checkstyle,
    /// reviewdog's JSON, with suggestions
    Rdjson,
    /// Tables by rule and image, for a job summary
    Markdown,
}

/// What the formats need to know besides the report.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The least severity that the formats for people show.
    pub show: Severity,
    /// Whether SARIF leaves out what is suppressed or in the baseline.
    pub omit_suppressed: bool,
}

impl Format {
    /// The name on the command line.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// The format of a name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::value_variants().iter().copied().find(|format| format.name() == name)
    }

    /// The format that the ending of a file's name means, if it can only mean one.
    pub(crate) fn of_file(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "sarif" => Some(Self::Sarif),
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            "md" | "markdown" => Some(Self::Markdown),
            "json" if Self::of_file(Path::new(path.file_stem()?)) == Some(Self::Sarif) => Some(Self::Sarif),
            _ => None,
        }
    }

    /// Whether whoever watches the output wants nothing but the output.
    pub(crate) const fn is_for_programs(self) -> bool {
        !matches!(self, Self::Text | Self::Concise | Self::Grouped | Self::Github | Self::Markdown)
    }
}

/// Writes the findings of a report. Returns what has to be said about the output on standard error: that some findings
/// are not in it.
///
/// # Errors
/// If `out` cannot be written to.
pub fn write(
    format: Format,
    out: &mut dyn Write,
    report: &Report,
    settings: Settings,
    terminal: &Terminal,
) -> io::Result<Option<String>> {
    match format {
        Format::Text => text::write(out, report, settings.show, terminal)?,
        Format::Concise => concise::write(out, report, settings.show)?,
        Format::Grouped => grouped::write(out, report, settings.show, terminal)?,
        Format::Json => json::write(out, report)?,
        Format::Jsonl => jsonl::write(out, report)?,
        Format::Sarif => return sarif::write(out, report, settings),
        Format::Github => github::write(out, report)?,
        Format::Gitlab => gitlab::write(out, report)?,
        Format::Junit => junit::write(out, report)?,
        Format::Checkstyle => checkstyle::write(out, report)?,
        Format::Rdjson => rdjson::write(out, report)?,
        Format::Markdown => markdown::write(out, report)?,
    }
    Ok(None)
}

/// The findings, the gravest first; else in report order.
fn worst_first(report: &Report) -> Vec<&Diagnostic> {
    let mut all: Vec<&Diagnostic> = report.diagnostics.iter().collect();
    all.sort_by_key(|diagnostic| std::cmp::Reverse(diagnostic.severity));
    all
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
