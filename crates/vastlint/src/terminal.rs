//! What the terminal can show, found out once: colour, drawing characters, width.

use std::io::IsTerminal;

use anstream::{AutoStream, ColorChoice};
use clap::ValueEnum;
use owo_colors::Style;
use supports_unicode::Stream;
use vastlint_diagnostic::Severity;

/// Columns assumed where nobody tells.
const UNKNOWN_WIDTH: usize = 100;
/// Prose in longer lines is hard to read.
const PROSE_WIDTH: usize = 110;

/// When to use colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set; anywhere if `CLICOLOR_FORCE` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Decides about colour for the whole process.
pub(crate) fn choose_color(color: Color) {
    let choice = match color {
        Color::Auto => ColorChoice::Auto,
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    };
    choice.write_global();
}

/// How to draw on one output stream.
#[derive(Clone, Debug)]
pub struct Terminal {
    /// Whether to colour.
    pub color: bool,
    /// Whether box-drawing characters can be shown.
    pub unicode: bool,
    /// Columns.
    pub width: usize,
}

impl Terminal {
    /// The terminal behind standard output, or what stands in for one.
    #[must_use]
    pub fn stdout() -> Self {
        let stdout = std::io::stdout();
        Self {
            color: AutoStream::choice(&stdout) != ColorChoice::Never,
            unicode: supports_unicode::on(Stream::Stdout),
            width: width(terminal_size::terminal_size_of(&stdout)),
        }
    }

    /// The terminal behind standard error, or what stands in for one.
    #[must_use]
    pub fn stderr() -> Self {
        let stderr = std::io::stderr();
        Self {
            color: AutoStream::choice(&stderr) != ColorChoice::Never,
            unicode: supports_unicode::on(Stream::Stderr),
            width: width(terminal_size::terminal_size_of(&stderr)),
        }
    }

    /// Columns for running text.
    #[must_use]
    pub fn prose_width(&self) -> usize {
        self.width.min(PROSE_WIDTH)
    }

    /// What stands for text that was left out of a line.
    #[must_use]
    pub const fn ellipsis(&self) -> &'static str {
        if self.unicode { "…" } else { "..." }
    }

    /// The style, or none where there is no colour.
    const fn style(&self, style: Style) -> Style {
        if self.color { style } else { Style::new() }
    }

    /// How a severity is written.
    #[must_use]
    pub const fn severity(&self, severity: Severity) -> Style {
        self.style(match severity {
            Severity::Error => Style::new().red().bold(),
            Severity::Warning => Style::new().yellow().bold(),
            Severity::Info => Style::new().cyan().bold(),
        })
    }

    /// A line that a diff takes away.
    #[must_use]
    pub const fn removed(&self) -> Style {
        self.style(Style::new().red())
    }

    /// A line that a diff adds.
    #[must_use]
    pub const fn added(&self) -> Style {
        self.style(Style::new().green())
    }

    /// The words that matter most.
    #[must_use]
    pub const fn strong(&self) -> Style {
        self.style(Style::new().bold())
    }

    /// Emphasis in prose.
    #[must_use]
    pub const fn emphasis(&self) -> Style {
        self.style(Style::new().italic())
    }

    /// What may be overlooked.
    #[must_use]
    pub const fn faint(&self) -> Style {
        self.style(Style::new().dimmed())
    }

    /// Names of things: paths, codes, code.
    #[must_use]
    pub const fn name(&self) -> Style {
        self.style(Style::new().cyan())
    }

    /// Headings and the words before a text (`help:`).
    #[must_use]
    pub const fn heading(&self) -> Style {
        self.style(Style::new().cyan().bold())
    }

    /// A place that explains another.
    #[must_use]
    pub const fn related(&self) -> Style {
        self.style(Style::new().blue().bold())
    }
}

/// Whether standard output goes to a terminal, and not to a file or a program that reads it.
pub(crate) fn stdout_is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Whether somebody may be watching progress.
pub(crate) fn stderr_is_terminal() -> bool {
    std::io::stderr().is_terminal()
}

fn width(size: Option<(terminal_size::Width, terminal_size::Height)>) -> usize {
    size.map_or(UNKNOWN_WIDTH, |(width, _)| usize::from(width.0).max(40))
}
