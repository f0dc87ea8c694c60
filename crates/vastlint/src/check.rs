use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Instant;

use vastlint_diagnostic::Severity;
use vastlint_engine::{Options, Report, Repository, StdinFile};

use crate::arguments::{CheckOptions, GlobalOptions};
use crate::exit::{Exit, note};
use crate::failure::Failure;
use crate::fix;
use crate::format::{summary, timings};
use crate::ignores;
use crate::output::{Outputs, Run};
use crate::progress;
use crate::terminal::Terminal;

/// Standard input above this size is no file of a template repository.
const STDIN_LIMIT: u64 = 64 << 20;

/// Checks what was asked for and prints what was found.
pub(crate) fn run(arguments: &CheckOptions, global: &GlobalOptions) -> Exit {
    let outputs = match arguments.output.outputs(arguments.statistics) {
        Ok(outputs) => outputs,
        Err(failure) => return failure.report(),
    };
    let options = match engine_options(arguments, global) {
        Ok(options) => options,
        Err(failure) => return failure.report(),
    };
    if let Some(failure) = arguments.fix.fault() {
        return failure.report();
    }
    let show_progress = !arguments.quiet && options.stdin.is_none();
    let reason = arguments.ignores.reason();
    if arguments.fix.is_on() || reason.is_some() {
        let start = Instant::now();
        let stdin = options.stdin.as_ref().map(|stdin| &stdin.content[..]);
        if let Some(failure) = stdin.and(arguments.output.fault_beside_stdin()) {
            return failure.report();
        }
        return match progress::watched(show_progress, |progress| Repository::read(&options, progress)) {
            Ok(repository) => match reason {
                Some(reason) => ignores::run(repository, reason, start, arguments, &outputs, stdin),
                None => fix::run(repository, start, arguments, &outputs, stdin),
            },
            Err(error) => Failure::from_engine(&error).report(),
        };
    }
    match progress::check(&options, show_progress) {
        Ok(report) => {
            let exit = show(&report, arguments, &outputs);
            // The process ends here: giving back every node of every tree one by one would take a tenth of the run.
            std::mem::forget(report);
            exit
        }
        Err(error) => Failure::from_engine(&error).report(),
    }
}

pub(crate) fn show(report: &Report, arguments: &CheckOptions, outputs: &Outputs) -> Exit {
    let exit = outputs.write(&Run {
        report,
        exit: if report.fails() { Exit::Findings } else { Exit::Clean },
        show: arguments.show,
        statistics: arguments.statistics,
    });
    if !arguments.quiet && outputs.wants_summary() {
        let show = if arguments.statistics { Severity::Info } else { arguments.show };
        note(&summary::render(report, show, &Terminal::stderr()));
    }
    if let Some(timings) = &report.timings {
        note(&timings::render(timings, &Terminal::stderr()));
    }
    exit
}

fn engine_options(arguments: &CheckOptions, global: &GlobalOptions) -> Result<Options, Failure<'static>> {
    let (paths, stdin) = inputs(arguments)?;
    Ok(Options {
        paths,
        stdin,
        config: global.config.choice()?,
        edition: global.edition,
        fail_severity: arguments.severity,
        select: names(&arguments.select),
        ignore: names(&arguments.ignore),
        touched: arguments.touched.choice(),
        baseline: arguments.baseline.choice(),
        timings: arguments.timings,
    })
}

/// Rule names as they were listed; blanks around them and empty ones (`a,,b`, a trailing comma) mean nothing.
pub(crate) fn names(list: &[String]) -> Vec<String> {
    list.iter().map(|name| name.trim()).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// The paths to report on, and the file from standard input if one is given.
fn inputs(arguments: &CheckOptions) -> Result<(Vec<PathBuf>, Option<StdinFile>), Failure<'static>> {
    let dash = arguments.paths.iter().any(|path| path == Path::new("-"));
    let Some(path) = &arguments.stdin_filename else {
        if dash {
            return Err(Failure::new("`-` needs to know where the file from standard input belongs")
                .help("add `--stdin-filename FILE`: its name and place decide which rules apply"));
        }
        return Ok((arguments.paths.clone(), None));
    };
    if arguments.paths.len() > usize::from(dash) {
        return Err(Failure::new("standard input and other paths cannot be checked in one run")
            .help("leave out the other paths, or `--stdin-filename`"));
    }
    let content =
        read_stdin().map_err(|error| Failure::new(format!("cannot read standard input: {error}")))?;
    Ok((Vec::new(), Some(StdinFile { path: path.clone(), content })))
}

fn read_stdin() -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    io::stdin().lock().take(STDIN_LIMIT + 1).read_to_end(&mut content)?;
    if content.len() as u64 > STDIN_LIMIT {
        return Err(io::Error::other(format!("more than {} MiB", STDIN_LIMIT >> 20)));
    }
    Ok(content)
}
