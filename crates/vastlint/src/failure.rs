use std::path::Path;

use vastlint_diagnostic::Severity;
use vastlint_engine::{ConfigError, Error, SourceFile, WriteFailure};

use crate::arguments::command_names;
use crate::escape::printable;
use crate::exit::{Exit, note};
use crate::format::excerpt::{Excerpt, Mark};
use crate::format::text::header;
use crate::format::{draw, draw_file, labelled};
use crate::terminal::Terminal;

/// Names less similar than this (Jaro-Winkler, 0 to 1) are no help.
const SIMILAR: f64 = 0.8;

/// Why the command could not do its job, for people.
#[derive(Debug)]
pub(crate) struct Failure<'a> {
    message: String,
    help: Option<String>,
    config: Option<&'a ConfigError>,
}

impl<'a> Failure<'a> {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, config: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// There is no rule of this name.
    pub(crate) fn unknown_rule(name: &str, nearest: Option<&str>) -> Self {
        let failure = Self::new(format!("there is no rule `{name}`"));
        match nearest.or_else(|| nearest_rule(name)) {
            Some(nearest) => {
                failure.help(format!("did you mean `{nearest}`? `vastlint rules` lists all rules"))
            }
            None => failure.help("`vastlint rules` lists all rules"),
        }
    }

    /// What the engine says, with a way out where one is known.
    pub(crate) fn from_engine(error: &'a Error) -> Self {
        let failure = Self::new(error.to_string());
        match error {
            Error::Path { path, .. } => match mistyped_command(path) {
                Some(command) => {
                    failure.help(format!("there is a command `{command}`: is that what you meant?"))
                }
                None => failure,
            },
            Error::Outside { .. } => {
                failure.help("check one repository at a time: the paths of a run belong to the same one")
            }
            Error::UnknownRule { name, nearest } => Self::unknown_rule(name, *nearest),
            Error::Write { .. } => failure,
            Error::Baseline { help, .. } | Error::Git { help, .. } => failure.help(help.clone()),
            Error::Config(config) => {
                Self { message: config.message.clone(), help: config.help.clone(), config: Some(config) }
            }
        }
    }

    /// A file that a fix could not be written to.
    pub(crate) fn from_write(failure: &WriteFailure) -> Self {
        match failure {
            WriteFailure::ChangedMeanwhile { .. } => Self::new(failure.to_string()).help("run it again"),
            WriteFailure::Io { .. } => Self::new(failure.to_string())
                .help("the file is as it was; the others were mended all the same"),
        }
    }

    /// Shows the failure on standard error.
    pub(crate) fn report(&self) -> Exit {
        note(&self.render(&Terminal::stderr()));
        Exit::Failure
    }

    pub(crate) fn render(&self, terminal: &Terminal) -> String {
        let mut out = String::new();
        header(&mut out, Severity::Error, &self.message, "", terminal);
        if let Some(config) = self.config {
            frame(&mut out, config, terminal);
        }
        if let Some(help) = &self.help {
            labelled(&mut out, "help", terminal.heading(), help, "  help".len(), terminal.prose_width());
        }
        out
    }
}

/// The place in the configuration.
fn frame(out: &mut String, config: &ConfigError, terminal: &Terminal) {
    let name = config.path.to_string_lossy();
    match config.span {
        Some(span) if !config.text.is_empty() => {
            let file = SourceFile::new(name.clone().into_owned(), config.text.clone());
            let mark = Mark { span, message: "", primary: true };
            let excerpt = Excerpt::new(&file, &printable(&name), &[mark], terminal);
            draw(out, &excerpt, Severity::Error, excerpt.number_width(), terminal);
        }
        _ => draw_file(out, &name, "", 1, terminal),
    }
}

/// The rule whose name or code is most like `name`, if any is like it.
fn nearest_rule(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    vastlint_rules::catalogue()
        .iter()
        .flat_map(|rule| [rule.id.name, rule.id.code])
        .map(|known| (strsim::jaro_winkler(&name, &known.to_ascii_lowercase()), known))
        .filter(|&(similarity, _)| similarity >= SIMILAR)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}

/// The command that a path which does not exist may have been meant to be.
fn mistyped_command(path: &Path) -> Option<String> {
    let word = path.to_str()?;
    command_names().into_iter().find(|command| strsim::jaro_winkler(word, command) >= SIMILAR)
}
