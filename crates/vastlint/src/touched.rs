//! `--changed`, `--staged` and `--tracked`.

use clap::Args;
use vastlint_engine::Touched;

/// Which files are reported on, by what git says of them.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct TouchedArguments {
    /// Report only on files that differ from where REV branched off, untracked ones included [default REV: HEAD]
    #[arg(
        long,
        value_name = "REV",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "HEAD",
        conflicts_with_all = ["staged", "stdin_filename"]
    )]
    changed: Option<String>,
    /// Report only on files that are staged; all files are read as git's index holds them
    #[arg(long, conflicts_with = "stdin_filename")]
    staged: bool,
    /// Look only at files that git tracks, as they are in the work tree: what was not added is not there
    #[arg(long, conflicts_with_all = ["changed", "staged", "stdin_filename"])]
    tracked: bool,
}

impl TouchedArguments {
    pub(crate) fn choice(&self) -> Touched {
        match &self.changed {
            _ if self.staged => Touched::Staged,
            _ if self.tracked => Touched::Tracked,
            Some(revision) => Touched::Since(revision.clone()),
            None => Touched::All,
        }
    }
}
