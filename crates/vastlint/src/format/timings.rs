//! Where the time of a run went.

use std::fmt::Write as _;
use std::time::Duration;

use vastlint_engine::Timings;

use crate::terminal::Terminal;

/// A table of stages and one of rules.
#[must_use]
pub fn render(timings: &Timings, terminal: &Terminal) -> String {
    let mut out = String::new();
    let whole: Duration = timings.stages.iter().map(|(_, took)| *took).sum();
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{}", terminal.heading().style("Stages, by the clock on the wall"));
    for (name, took) in &timings.stages {
        let _ = writeln!(out, "{}  {name}", cells(*took, whole));
    }
    let threads = u32::try_from(timings.threads).unwrap_or(u32::MAX);
    let heading = format!("Rules, summed over {threads} thread{}", if threads == 1 { "" } else { "s" });
    let _ = writeln!(out, "{}", terminal.heading().style(heading));
    for (rule, took) in &timings.rules {
        let code = terminal.name().style(rule.code);
        let _ = writeln!(out, "{}  {code}  {}", cells(*took, whole * threads), rule.name);
    }
    out
}

/// Milliseconds and the part of the whole in percent.
fn cells(took: Duration, whole: Duration) -> String {
    let percent = 100.0 * took.as_secs_f64() / whole.as_secs_f64().max(f64::MIN_POSITIVE);
    format!("{:9.3} ms  {percent:5.1} %", took.as_secs_f64() * 1e3)
}
