//! Where a run's configuration comes from besides `vastlint.toml`: options and environment variables.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Args;
use vastlint_engine::{ConfigChoice, ConfigOverride, Origin};
use vastlint_rules::Edition;

use crate::failure::Failure;

/// Configuration for CI: a file, or `KEY=VALUE`.
const CONFIG: &str = "VASTLINT_CONFIG";
/// The edition, for CI.
pub(crate) const EDITION: &str = "VASTLINT_EDITION";
/// The output format, for CI.
pub(crate) const FORMAT: &str = "VASTLINT_FORMAT";

#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub(crate) struct ConfigArguments {
    /// Configuration file to use instead of `vastlint.toml` at the repository root, or KEY=VALUE to set one value;
    /// repeatable
    #[arg(long, global = true, value_name = "FILE|KEY=VALUE")]
    config: Vec<OsString>,
}

impl ConfigArguments {
    /// What the command line and the environment say; the command line wins.
    pub(crate) fn choice(&self) -> Result<ConfigChoice, Failure<'static>> {
        let mut choice = ConfigChoice::default();
        if let Some(said) = variable(CONFIG) {
            add(&mut choice, &said, Origin::Environment(CONFIG))?;
        }
        if let Some(said) = variable(EDITION) {
            let text = format!("edition={}", toml::Value::from(said.to_string_lossy().as_ref()));
            choice.overrides.push(ConfigOverride { text, from: Origin::Environment(EDITION) });
        }
        let from_environment = choice.file.take();
        for said in &self.config {
            add(&mut choice, said, Origin::CommandLine)?;
        }
        choice.file = choice.file.or(from_environment);
        Ok(choice)
    }
}

/// A variable that is set to something: CI sets what it has no value for to nothing.
pub(crate) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// The edition that the environment names, where no configuration is read.
pub(crate) fn edition_of_environment(word: &str) -> Result<Edition, Failure<'static>> {
    word.parse().map_err(|error| {
        Failure::new(format!("there is no edition `{word}` (${EDITION})")).help(format!("{error}"))
    })
}

fn add(choice: &mut ConfigChoice, said: &OsString, from: Origin) -> Result<(), Failure<'static>> {
    let path = Path::new(said);
    let text = said.to_str().filter(|text| text.contains('=') && !path.is_file());
    if let Some(text) = text {
        choice.overrides.push(ConfigOverride { text: text.to_owned(), from });
        return Ok(());
    }
    if let Some(other) = choice.file.replace(PathBuf::from(said)) {
        let message = format!("two configuration files: `{}` and `{}`", other.display(), path.display());
        return Err(Failure::new(message).help(
            "name one, and let it say `extends = \"…\"`; single values are set by `--config KEY=VALUE`",
        ));
    }
    Ok(())
}
