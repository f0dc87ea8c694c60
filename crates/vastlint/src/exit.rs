use std::any::Any;
use std::io::{self, ErrorKind, Write};
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use crate::escape::printable;

/// How the command ends. Never depends on the output format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Exit {
    /// Nothing was found that is as grave as the failing severity.
    Clean,
    /// Something was found.
    Findings,
    /// vastlint could not do its job.
    Failure,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Clean => 0,
            Exit::Findings => 1,
            Exit::Failure => 2,
        })
    }
}

/// Writes to standard output with `write`; `exit` is how the command ends if that goes well.
///
/// A reader that has seen enough (`vastlint | head`) closes the pipe; that is no failure, and the rest stays unsaid.
pub(crate) fn print(exit: Exit, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Exit {
    let mut stdout = io::BufWriter::with_capacity(1 << 16, io::stdout().lock());
    match write(&mut stdout).and_then(|()| stdout.flush()) {
        Ok(()) => exit,
        Err(error) => {
            // What is left in the buffer would be written again, and fail again, when it is dropped.
            let _ = stdout.into_parts();
            if error.kind() == ErrorKind::BrokenPipe {
                return exit;
            }
            note(&format!("error: cannot write the output: {error}\n"));
            Exit::Failure
        }
    }
}

/// Writes to standard error; there is nobody to tell if that fails.
pub(crate) fn note(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Shows what clap has to say: help and version on standard output, mistakes on standard error.
pub(crate) fn print_usage_error(error: &clap::Error) -> Exit {
    let exit = if error.use_stderr() { Exit::Failure } else { Exit::Clean };
    match error.print() {
        Err(problem) if problem.kind() != ErrorKind::BrokenPipe => Exit::Failure,
        _ => exit,
    }
}

/// Says that a panic is a bug in vastlint, and where it happened, instead of the usual message.
pub(crate) fn install_panic_hook() {
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, |place| format!(" at {place}"));
        note(&panic_note(panic_message(panic.payload()), &place));
    }));
}

/// Runs `command`; a panic in it is a failure of vastlint, not a finding.
pub(crate) fn guarded(command: impl FnOnce() -> Exit) -> Exit {
    panic::catch_unwind(AssertUnwindSafe(command)).unwrap_or(Exit::Failure)
}

fn panic_message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

fn panic_note(message: &str, place: &str) -> String {
    format!(
        "vastlint stopped: {}{place}\n\
         This is a bug in vastlint {}, not in your repository. Please report it with the lines above and the \
         command that you ran: {}/issues\n",
        printable(message),
        env!("CARGO_PKG_VERSION"),
        env!("CARGO_PKG_REPOSITORY"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_failure_and_its_message_is_safe_to_print() {
        let quiet = panic::take_hook();
        panic::set_hook(Box::new(|_| {}));
        let exit = guarded(|| panic!("oh"));
        panic::set_hook(quiet);
        assert_eq!(exit, Exit::Failure);
        let note = panic_note("a\x1b[2Jb", " at x.rs:1");
        assert!(
            note.starts_with("vastlint stopped: a\\x1b[2Jb at x.rs:1\nThis is a bug in vastlint"),
            "{note}"
        );
    }
}
