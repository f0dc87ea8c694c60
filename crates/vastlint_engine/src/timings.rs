use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use vastlint_diagnostic::RuleId;
use vastlint_rules::Rule;

/// Where the time of a run went.
#[derive(Debug, Clone)]
pub struct Timings {
    /// Wall time of each stage, in their order.
    pub stages: Vec<(&'static str, Duration)>,
    /// How many threads ran: processor time is at most the stages' wall time times this.
    pub threads: usize,
    /// What each rule took, summed over all threads; the dearest first.
    pub rules: Vec<(RuleId, Duration)>,
}

/// Measures stages and rules, if it was asked to; otherwise it costs nothing worth measuring.
pub(crate) struct Stopwatch {
    stages: Vec<(&'static str, Duration)>,
    last: Instant,
    is_on: bool,
}

impl Stopwatch {
    pub(crate) fn start(is_on: bool) -> Self {
        Self { stages: Vec::new(), last: Instant::now(), is_on }
    }

    /// Ends a stage that began where the one before it ended.
    pub(crate) fn stage(&mut self, name: &'static str) {
        let now = Instant::now();
        self.stages.push((name, now - self.last));
        self.last = now;
    }

    pub(crate) fn rules(&self, rules: &[&'static Rule]) -> RuleClocks {
        let count = if self.is_on { rules.len() } else { 0 };
        RuleClocks((0..count).map(|_| AtomicU64::new(0)).collect())
    }

    pub(crate) fn finish(self, rules: &[&'static Rule], clocks: &RuleClocks) -> Option<Timings> {
        self.is_on.then(|| {
            let took = clocks.0.iter().map(|clock| Duration::from_nanos(clock.load(Ordering::Relaxed)));
            let mut rules: Vec<(RuleId, Duration)> = rules.iter().map(|rule| rule.id).zip(took).collect();
            rules.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.code.cmp(b.0.code)));
            Timings { stages: self.stages, threads: rayon::current_num_threads(), rules }
        })
    }
}

/// Nanoseconds of each rule; empty where nothing is measured.
pub(crate) struct RuleClocks(Vec<AtomicU64>);

impl RuleClocks {
    /// Runs a part of a rule; `index` counts in the list that the clocks were made for.
    pub(crate) fn time(&self, index: usize, run: impl FnOnce()) {
        let Some(clock) = self.0.get(index) else { return run() };
        let start = Instant::now();
        run();
        let nanoseconds = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        clock.fetch_add(nanoseconds, Ordering::Relaxed);
    }
}
