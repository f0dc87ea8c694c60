//! The command: arguments, output formats, exit codes. The only crate of vastlint that prints.
//!
//! An output format is one file in [`format`] that turns a report into text. Text from the checked repository passes
//! [`escape`] on its way to a terminal, without exception.

mod arguments;
mod baseline;
mod check;
mod completions;
mod config;
mod configuration;
mod exit;
mod explain;
mod failure;
mod fix;
mod ignores;
mod init;
mod markdown;
mod output;
mod progress;
mod rules;
mod server;
mod touched;

pub mod escape;
pub mod format;
pub mod terminal;

use std::ffi::OsString;
use std::process::ExitCode;

use arguments::Command;
pub use completions::definition;
use exit::{Exit, guarded};

/// Runs the command with the arguments of the process.
#[must_use]
pub fn main() -> ExitCode {
    exit::install_panic_hook();
    guarded(|| run(std::env::args_os().collect())).into()
}

fn run(arguments: Vec<OsString>) -> Exit {
    let arguments = match arguments::parse(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return exit::print_usage_error(&error),
    };
    terminal::choose_color(arguments.global.color);
    match arguments.command {
        Command::Check(options) => check::run(&options, &arguments.global),
        Command::Baseline(options) => baseline::run(&options, &arguments.global),
        Command::Explain { rule } => explain::run(&rule),
        Command::Server { .. } => server::run(&arguments.global),
        Command::Completions { shell } => completions::run(shell),
        Command::Init(options) => init::run(&options, &arguments.global),
        Command::Config(command) => config::run(&command, &arguments.global),
        Command::Rules { format } => match arguments.global.chosen_edition() {
            Ok(edition) => rules::run(format, edition.unwrap_or_default()),
            Err(failure) => failure.report(),
        },
    }
}
