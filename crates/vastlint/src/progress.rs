use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use vastlint_engine::{Error, Options, Progress, Report};

use crate::terminal::stderr_is_terminal;

/// A run that ends sooner shows nothing.
const PATIENCE: Duration = Duration::from_millis(500);
const REFRESH: Duration = Duration::from_millis(100);

/// Runs the engine; shows how far it is if that takes long, `wanted` and somebody watches.
pub(crate) fn check(options: &Options, wanted: bool) -> Result<Report, Error> {
    watched(wanted, |progress| vastlint_engine::check(options, progress))
}

/// Does something that tells how far it is; shows that if it takes long, `wanted` and somebody watches.
pub(crate) fn watched<T>(wanted: bool, work: impl FnOnce(&Progress) -> T) -> T {
    let progress = Progress::default();
    if !wanted || !stderr_is_terminal() {
        return work(&progress);
    }
    thread::scope(|scope| {
        // Dropped, also by a panic of the engine, at the end of the run; the receiver then hangs up.
        let (running, ended) = mpsc::channel();
        scope.spawn({
            let progress = &progress;
            move || show(progress, &ended)
        });
        let result = work(&progress);
        drop(running);
        result
    })
}

fn show(progress: &Progress, ended: &Receiver<()>) {
    if ended.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
        return;
    }
    // No bar: files are read while others are still being looked for, so nobody knows how many there will be.
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {human_pos} files read, {elapsed}") {
        bar.set_style(style);
    }
    while ended.recv_timeout(REFRESH) == Err(RecvTimeoutError::Timeout) {
        bar.set_position(progress.parsed.load(Ordering::Relaxed) as u64);
        bar.tick();
    }
    bar.finish_and_clear();
}
