//! `--fix`, `--unsafe-fixes`, `--fix-only` and `--diff`.

use std::time::Instant;

use clap::Args;
use vastlint_diagnostic::Applicability;
use vastlint_engine::{Change, Fixed, Repository};

use crate::arguments::CheckOptions;
use crate::check::show;
use crate::exit::{Exit, note, print};
use crate::failure::Failure;
use crate::format::diff;
use crate::format::summary::plural;
use crate::output::Outputs;
use crate::terminal::{Terminal, stdout_is_terminal};

/// What is done about what can be mended.
#[derive(Debug, Clone, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct FixArguments {
    /// Mend what can be mended without a change of what the files do, and report the rest
    #[arg(long, conflicts_with = "staged")]
    fix: bool,
    /// Make also the fixes that may change what a file does; with --fix, --fix-only or --diff
    #[arg(long)]
    unsafe_fixes: bool,
    /// Mend, and report nothing
    #[arg(long, conflicts_with = "staged")]
    fix_only: bool,
    /// Show what --fix would change as a unified diff, and change nothing
    #[arg(long, conflicts_with_all = ["fix_only", "statistics"])]
    diff: bool,
}

impl FixArguments {
    /// Whether anything is to be mended, or shown as such.
    pub(crate) fn is_on(&self) -> bool {
        self.fix || self.fix_only || self.diff
    }

    /// Whether changes are shown, not made.
    pub(crate) fn is_diff(&self) -> bool {
        self.diff
    }

    /// The riskiest fixes that are made.
    pub(crate) fn most(&self) -> Applicability {
        if self.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe }
    }

    /// What asks for fixes that nobody makes.
    pub(crate) fn fault(&self) -> Option<Failure<'static>> {
        (self.unsafe_fixes && !self.is_on()).then(|| {
            Failure::new("`--unsafe-fixes` alone changes nothing").help(
                "write `--fix --unsafe-fixes` to mend, or `--diff --unsafe-fixes` to see what would change",
            )
        })
    }
}

/// Mends the repository in memory, then shows or writes what changed. `stdin` is the content of the file that came in by
/// standard input, `start` the begin of the run.
pub(crate) fn run(
    mut repository: Repository,
    start: Instant,
    arguments: &CheckOptions,
    outputs: &Outputs,
    stdin: Option<&[u8]>,
) -> Exit {
    let options = &arguments.fix;
    let mut fixed = vastlint_engine::fix(&mut repository, options.most());
    fixed.report.summary.elapsed = start.elapsed();
    if !fixed.settled {
        note(
            "warning: the fixes undo each other's work; what is written is sound, but please report this as a bug in vastlint\n",
        );
    }
    if options.diff {
        return show_diff(&fixed, arguments);
    }
    if let Some(stdin) = stdin {
        return print_fixed(stdin, &fixed, arguments);
    }
    let failures = vastlint_engine::write(repository.root(), &fixed.changes);
    for failure in &failures {
        Failure::from_write(failure).report();
    }
    let exit = if options.fix_only { Exit::Clean } else { show(&fixed.report, arguments, outputs) };
    if !arguments.quiet {
        note(&outcome(&fixed, failures.len()));
    }
    if failures.is_empty() { exit } else { Exit::Failure }
}

/// What was done, in a line; nothing if there was nothing to do.
fn outcome(fixed: &Fixed, failed: usize) -> String {
    let files = fixed.changes.len().saturating_sub(failed);
    if fixed.changes.is_empty() {
        return String::new();
    }
    let (count, noun) = (fixed.count(), if fixed.count() == 1 { "finding" } else { "findings" });
    let fixed_word = Terminal::stderr().strong().style("Fixed").to_string();
    let in_files = plural(files, if files == 1 { "file" } else { "files" });
    format!("{fixed_word} {} in {in_files}.\n", plural(count, noun))
}

fn show_diff(fixed: &Fixed, arguments: &CheckOptions) -> Exit {
    let exit = show_changes(fixed);
    if !arguments.quiet {
        let files = fixed.changes.len();
        let (would, noun) = (fixed.count(), if files == 1 { "file" } else { "files" });
        note(&format!(
            "Would fix {} in {}.\n",
            plural(would, if would == 1 { "finding" } else { "findings" }),
            plural(files, noun)
        ));
    }
    exit
}

/// The unified diff of all that would change.
pub(crate) fn show_changes(fixed: &Fixed) -> Exit {
    let exit = if fixed.changes.is_empty() { Exit::Clean } else { Exit::Findings };
    print(exit, |out| {
        fixed
            .changes
            .iter()
            .try_for_each(|change| diff::write(out, change, &Terminal::stdout(), stdout_is_terminal()))
    })
}

/// The text from standard input as it is to be: unchanged where there is nothing to mend. What is left to report goes to
/// standard error, since standard output is the file.
pub(crate) fn print_fixed(stdin: &[u8], fixed: &Fixed, arguments: &CheckOptions) -> Exit {
    let exit = if !arguments.fix.fix_only && fixed.report.fails() { Exit::Findings } else { Exit::Clean };
    let exit = print(exit, |out| out.write_all(fixed_text(stdin, &fixed.changes)));
    if !arguments.fix.fix_only && !arguments.quiet {
        let mut findings = Vec::new();
        if crate::format::concise::write(&mut findings, &fixed.report, arguments.show).is_ok() {
            note(&String::from_utf8_lossy(&findings));
        }
    }
    exit
}

fn fixed_text<'t>(stdin: &'t [u8], changes: &'t [Change]) -> &'t [u8] {
    // Only the file that is reported on changes.
    changes.first().map_or(stdin, |change| change.after.as_bytes())
}
