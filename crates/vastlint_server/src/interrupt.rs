//! Tells whoever works at length that something else is to be done first.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Counts what came in since the start.
#[derive(Debug, Default)]
pub(crate) struct Interrupt {
    count: Mutex<u64>,
    changed: Condvar,
}

impl Interrupt {
    /// Something came in.
    pub(crate) fn raise(&self) {
        *self.count.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.changed.notify_all();
    }

    /// How much came in so far.
    pub(crate) fn count(&self) -> u64 {
        *self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until more than `seen` came in, but no longer than `most`; says whether it did.
    pub(crate) fn wait(&self, seen: u64, most: Duration) -> bool {
        let count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, _) = self
            .changed
            .wait_timeout_while(count, most, |count| *count == seen)
            .unwrap_or_else(PoisonError::into_inner);
        *count != seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::time::Instant;

    #[test]
    fn who_waits_is_woken() {
        let interrupt = Arc::new(Interrupt::default());
        let seen = interrupt.count();
        assert!(!interrupt.wait(seen, Duration::from_millis(1)));
        let other = Arc::clone(&interrupt);
        let thread = std::thread::spawn(move || other.raise());
        let start = Instant::now();
        assert!(interrupt.wait(seen, Duration::from_mins(1)));
        assert!(start.elapsed() < Duration::from_secs(30));
        assert!(interrupt.wait(seen, Duration::ZERO), "what came in before the wait counts");
        thread.join().expect("it does not panic");
    }
}
