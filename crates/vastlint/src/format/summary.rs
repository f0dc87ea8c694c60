//! What closes a run: what was found, what was read, how long it took.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use vastlint_diagnostic::{Applicability, Severity};
use vastlint_engine::{BaselineUse, Entry, Report};

use crate::escape::printable;
use crate::terminal::Terminal;

/// So many files with stale entries are named.
const STALE_FILES: usize = 5;

/// The closing lines, where findings below `show` were left out.
#[must_use]
pub fn render(report: &Report, show: Severity, terminal: &Terminal) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{}", findings(report, show, terminal));
    if let Some(fixable) = fixable(report) {
        let _ = writeln!(out, "{fixable}");
    }
    if let Some(stale) = report.baseline.as_ref().and_then(stale) {
        let _ = writeln!(out, "{stale}");
    }
    let _ = writeln!(out, "{}", terminal.faint().style(reading(report)));
    if let Some(edition) = report.summary.evident_edition {
        let hint = format!(
            "Its build workflows follow edition {edition}: try `--edition {edition}`, or write `edition = \"{edition}\"` in vastlint.toml."
        );
        let _ = writeln!(out, "{hint}");
    }
    out
}

fn findings(report: &Report, show: Severity, terminal: &Terminal) -> String {
    let mut counts = Vec::new();
    let mut hidden = Vec::new();
    for severity in Severity::ALL {
        let count = report.count(severity);
        if count == 0 {
            continue;
        }
        let words = plural(count, severity_noun(severity, count));
        if severity >= show {
            counts.push(terminal.severity(severity).style(words).to_string());
        } else {
            hidden.push(words);
        }
    }
    let mut line = if counts.is_empty() {
        let style = terminal.strong();
        let nothing = match (report.diagnostics.is_empty(), report.baselined.is_empty()) {
            (false, _) => "Nothing to show",
            (true, true) => "Nothing found",
            (true, false) => "Nothing new found",
        };
        style.style(nothing).to_string()
    } else {
        format!("{} {}", terminal.strong().style("Found"), list(&counts))
    };
    if !hidden.is_empty() {
        let _ = write!(line, "; {} not shown (`--show all` shows all)", list(&hidden));
    }
    if !report.baselined.is_empty() {
        let _ = write!(line, "; {} in the baseline", report.baselined.len());
    }
    if report.summary.suppressed > 0 {
        let _ = write!(line, "; {} suppressed", report.summary.suppressed);
    }
    line.push('.');
    if report.summary.outside > 0 {
        let _ = write!(line, " {} more in files that were not asked about.", report.summary.outside);
    }
    line
}

/// What can be fixed by a command, infos included.
fn fixable(report: &Report) -> Option<String> {
    let count = |applicability: Applicability| {
        let fixes = report.diagnostics.iter().filter_map(|one| one.fix.as_ref());
        fixes.filter(|fix| fix.applicability == applicability).count()
    };
    match (count(Applicability::Safe), count(Applicability::Unsafe)) {
        (0, 0) => None,
        (safe, 0) => Some(format!("`vastlint --fix` can fix {safe}.")),
        (0, risky) => Some(format!("`vastlint --fix --unsafe-fixes` can fix {risky}.")),
        (safe, risky) => {
            Some(format!("`vastlint --fix` can fix {safe}, with `--unsafe-fixes` {risky} more."))
        }
    }
}

/// What the baseline holds for nothing.
fn stale(used: &BaselineUse) -> Option<String> {
    let stale = &used.stale;
    let (entries, is, it) = if stale.len() == 1 { ("entry", "is", "it") } else { ("entries", "are", "them") };
    (!stale.is_empty()).then(|| {
        let (count, files) = (plural(stale.len(), entries), by_file(stale, STALE_FILES));
        format!("{count} of the baseline {is} stale: {files}. `vastlint baseline --prune` drops {it}.")
    })
}

/// `a (2), b and 3 more files`: where entries of a baseline are, sorted by path, at most `most` files by name.
pub(crate) fn by_file(entries: &[Entry], most: usize) -> String {
    let mut files: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in entries {
        *files.entry(&entry.path).or_default() += 1;
    }
    let named = files.iter().take(most).map(|(path, count)| match count {
        1 => printable(path).into_owned(),
        _ => format!("{} ({count})", printable(path)),
    });
    let mut words: Vec<String> = named.collect();
    match files.len() - words.len() {
        0 => {}
        1 => words.push("1 more file".to_owned()),
        more => words.push(format!("{more} more files")),
    }
    list(&words)
}

pub(super) fn reading(report: &Report) -> String {
    let summary = &report.summary;
    format!(
        "Read {}, {} inside them and {} in {}, edition {}.",
        plural(summary.files, if summary.files == 1 { "file" } else { "files" }),
        plural(
            summary.embedded_documents,
            if summary.embedded_documents == 1 { "document" } else { "documents" }
        ),
        plural(summary.images, if summary.images == 1 { "image" } else { "images" }),
        duration(summary.elapsed),
        report.edition,
    )
}

/// The noun for findings of a severity.
pub(crate) const fn severity_noun(severity: Severity, count: usize) -> &'static str {
    match (severity, count) {
        (Severity::Error, 1) => "error",
        (Severity::Error, _) => "errors",
        (Severity::Warning, 1) => "warning",
        (Severity::Warning, _) => "warnings",
        (Severity::Info, 1) => "info",
        (Severity::Info, _) => "infos",
    }
}

/// `1 error, 2 warnings and 3 infos`, by a count for each severity; those without any are left out.
pub(super) fn counts(count: impl Fn(Severity) -> usize) -> String {
    let words = Severity::ALL.into_iter().filter(|severity| count(*severity) > 0);
    let words = words.map(|severity| plural(count(severity), severity_noun(severity, count(severity))));
    list(&words.collect::<Vec<_>>())
}

pub(crate) fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}")
}

/// `a`, `a and b`, `a, b and c`.
fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [word] => word.clone(),
        [start @ .., last] => format!("{} and {last}", start.join(", ")),
    }
}

fn duration(elapsed: Duration) -> String {
    if elapsed < Duration::from_secs(1) {
        format!("{} ms", elapsed.as_millis().max(1))
    } else {
        format!("{:.2} s", elapsed.as_secs_f64())
    }
}
