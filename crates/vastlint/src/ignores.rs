//! `--add-ignores` and `--reason`.

use std::time::Instant;

use clap::Args;
use vastlint_engine::{Fixed, Repository, add_ignores};

use crate::arguments::CheckOptions;
use crate::check::show;
use crate::exit::{Exit, note};
use crate::failure::Failure;
use crate::fix::{print_fixed, show_changes};
use crate::format::summary::plural;
use crate::output::Outputs;
use crate::terminal::Terminal;

/// Whether findings are passed over from now on.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct IgnoreArguments {
    /// Write a comment for every finding that is shown (`--show`), so that it is passed over; with --diff, show them only
    #[arg(long, requires = "reason", conflicts_with_all = ["staged", "fix", "fix_only", "unsafe_fixes"])]
    add_ignores: bool,
    /// Why the findings are passed over: stands in each comment
    #[arg(long, value_name = "TEXT", requires = "add_ignores")]
    reason: Option<String>,
}

impl IgnoreArguments {
    /// The reason, if comments are asked for.
    pub(crate) fn reason(&self) -> Option<&str> {
        self.reason.as_deref().filter(|_| self.add_ignores)
    }
}

/// Adds comments for what is found in the repository in memory, then shows or writes what changed. `stdin` is the
/// content of the file that came in by standard input, `start` the begin of the run.
pub(crate) fn run(
    mut repository: Repository,
    reason: &str,
    start: Instant,
    arguments: &CheckOptions,
    outputs: &Outputs,
    stdin: Option<&[u8]>,
) -> Exit {
    let mut added = match add_ignores(&mut repository, reason, arguments.show) {
        Ok(added) => added,
        Err(unfit) => {
            let help = "say in one line of plain words why the findings are right as they are";
            return Failure::new(unfit.to_string()).help(help).report();
        }
    };
    added.report.summary.elapsed = start.elapsed();
    if arguments.fix.is_diff() {
        let exit = show_changes(&added);
        if !arguments.quiet {
            note(&outcome("Would write", "suppressions for", &added, 0));
        }
        return exit;
    }
    if let Some(stdin) = stdin {
        return print_fixed(stdin, &added, arguments);
    }
    let failures = vastlint_engine::write(repository.root(), &added.changes);
    for failure in &failures {
        Failure::from_write(failure).report();
    }
    let exit = show(&added.report, arguments, outputs);
    if !arguments.quiet {
        note(&outcome("Wrote", "suppressions for", &added, failures.len()));
        if added.report.diagnostics.iter().any(|one| one.severity >= arguments.show) {
            note("What is left no comment can suppress.\n");
        }
    }
    if failures.is_empty() { exit } else { Exit::Failure }
}

/// What was done, in a line; nothing if there was nothing to do.
fn outcome(verb: &str, what: &str, added: &Fixed, failed: usize) -> String {
    if added.changes.is_empty() {
        return String::new();
    }
    let files = added.changes.len().saturating_sub(failed);
    let count = added.count();
    let findings = plural(count, if count == 1 { "finding" } else { "findings" });
    let in_files = plural(files, if files == 1 { "file" } else { "files" });
    format!("{} {what} {findings} in {in_files}.\n", Terminal::stderr().strong().style(verb))
}
