//! `vastlint init`: makes a repository ready for vastlint.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use vastlint_engine::{Initialised, Outcome, init};

use crate::arguments::GlobalOptions;
use crate::configuration::ConfigArguments;
use crate::escape::printable;
use crate::exit::{Exit, print};
use crate::failure::Failure;

#[derive(Debug, Args)]
pub(crate) struct InitOptions {
    /// A folder of the repository [default: .]
    #[arg(value_name = "PATH")]
    path: Option<PathBuf>,
    /// Write files anew that are there already; `.pre-commit-config.yaml` is only ever added to
    #[arg(long)]
    force: bool,
    /// Add the hook to `.pre-commit-config.yaml`
    #[arg(long)]
    pre_commit: bool,
    /// Add the workflow `.github/workflows/vastlint.yml`, which checks pull requests
    #[arg(long)]
    workflow: bool,
}

/// Sets up the repository and says what was done.
pub(crate) fn run(arguments: &InitOptions, global: &GlobalOptions) -> Exit {
    if global.config != ConfigArguments::default() {
        return Failure::new("`init` writes the configuration, so `--config` has nothing to say")
            .help("leave it out, and change the file that is written")
            .report();
    }
    let edition = match global.chosen_edition() {
        Ok(edition) => edition,
        Err(failure) => return failure.report(),
    };
    let options = vastlint_engine::InitOptions {
        path: arguments.path.clone(),
        edition,
        force: arguments.force,
        pre_commit: arguments.pre_commit,
        workflow: arguments.workflow,
    };
    match init(&options) {
        Ok(done) => print(Exit::Clean, |out| write(out, &done)),
        Err(error) => Failure::from_engine(&error).report(),
    }
}

fn write(out: &mut dyn Write, done: &Initialised) -> io::Result<()> {
    for (name, outcome) in &done.files {
        match outcome {
            Outcome::Written => writeln!(out, "{name}: written.")?,
            Outcome::Kept(reason) => writeln!(out, "{name}: left as it is; {reason}.")?,
            Outcome::ByHand(lines) => {
                writeln!(
                    out,
                    "{name}: left as it is, as it might be harmed. Add to its `repos:`:\n\n{lines}"
                )?;
            }
        }
    }
    if let Some((_, Outcome::Written)) = done.files.first() {
        let why = if done.is_evident { ", which the repository plainly follows" } else { "" };
        writeln!(out, "The edition is {}{why}.", done.edition)?;
    }
    let root = done.root.to_string_lossy();
    writeln!(out, "Next: `vastlint` checks {}.", printable(&root))?;
    writeln!(out, "`vastlint baseline` parks what it finds, so that only what is new fails.")
}
