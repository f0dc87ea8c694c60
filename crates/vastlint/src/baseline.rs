//! `vastlint baseline`: park what is found today, so that only what is new fails.

use std::path::PathBuf;

use clap::Args;
use vastlint_engine::{BaselineChoice, BaselineUpdate, Options, Progress, Update, update_baseline};

use crate::arguments::GlobalOptions;
use crate::escape::printable;
use crate::exit::{Exit, print};
use crate::failure::Failure;
use crate::format::summary::{by_file, plural};

#[derive(Debug, Clone, Args)]
pub(crate) struct BaselineOptions {
    /// Files and directories whose findings to renew; the entries of others stay [default: all]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Only drop entries of what is not found any more; add nothing
    #[arg(long)]
    pub(crate) prune: bool,
    /// Baseline to write instead of `.vastlint-baseline.json` at the repository root
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Renew only the entries of these rules, by code or name, separated by commas
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub(crate) select: Vec<String>,
    /// Leave the entries of these rules as they are
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,
}

/// Which baseline `check` uses.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct BaselineArguments {
    /// Baseline of known findings to use instead of `.vastlint-baseline.json` at the repository root
    #[arg(long, value_name = "FILE", conflicts_with = "no_baseline")]
    baseline: Option<PathBuf>,
    /// Report known findings, too: use no baseline
    #[arg(long)]
    no_baseline: bool,
}

impl BaselineArguments {
    pub(crate) fn choice(&self) -> BaselineChoice {
        if self.no_baseline { BaselineChoice::None } else { choice(self.baseline.as_ref()) }
    }
}

fn choice(path: Option<&PathBuf>) -> BaselineChoice {
    path.cloned().map_or(BaselineChoice::AtRoot, BaselineChoice::File)
}

/// Writes or prunes the baseline, and says what changed.
pub(crate) fn run(arguments: &BaselineOptions, global: &GlobalOptions) -> Exit {
    let config = match global.config.choice() {
        Ok(config) => config,
        Err(failure) => return failure.report(),
    };
    let options = Options {
        paths: arguments.paths.clone(),
        config,
        edition: global.edition,
        select: crate::check::names(&arguments.select),
        ignore: crate::check::names(&arguments.ignore),
        baseline: choice(arguments.baseline.as_ref()),
        ..Options::default()
    };
    let update = if arguments.prune { Update::Prune } else { Update::Renew };
    match update_baseline(&options, update, &Progress::default()) {
        Ok(done) => print(Exit::Clean, |out| out.write_all(render(&done).as_bytes())),
        Err(error) => Failure::from_engine(&error).report(),
    }
}

fn render(done: &BaselineUpdate) -> String {
    let path = printable(&done.path.to_string_lossy()).into_owned();
    let entries = plural(done.entries, if done.entries == 1 { "entry" } else { "entries" });
    let mut text = format!("{path} has {entries}: {} added, {} removed.\n", done.added, done.removed.len());
    if done.moved > 0 {
        let words = if done.moved == 1 { "entry is" } else { "entries are" };
        text.push_str(&plural(done.moved, words));
        text.push_str(" known at a new path.\n");
    }
    if !done.removed.is_empty() {
        text.push_str("Removed: ");
        text.push_str(&by_file(&done.removed, usize::MAX));
        text.push_str(".\n");
    }
    text
}
