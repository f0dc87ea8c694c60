//! Which finding is suppressed by which comment.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use vastlint_diagnostic::Diagnostic;
use vastlint_text::FileId;

use super::{Suppressed, Suppression};
use crate::SourceFile;

/// The suppressions of one rule in one file, read from top to bottom: a large file with many of them stays cheap.
#[derive(Default)]
struct Sweep {
    /// First and last line and the suppression, by the first line; of those with the same one, the longest first.
    ranges: Vec<(u32, u32, usize)>,
    /// How many of them begin above the line at hand.
    begun: usize,
    /// Those that may still hold, the nearest last.
    open: Vec<(u32, usize)>,
}

impl Sweep {
    /// The nearest suppression that holds for a line. Lines are asked for in order.
    fn at(&mut self, line: u32) -> Option<usize> {
        while let Some(&(first, last, index)) = self.ranges.get(self.begun).filter(|range| range.0 <= line) {
            debug_assert!(first <= last);
            self.open.push((last, index));
            self.begun += 1;
        }
        while self.open.last().is_some_and(|(last, _)| *last < line) {
            self.open.pop();
        }
        self.open.last().map(|(_, index)| *index)
    }
}

/// The findings that are left, those that are suppressed, and which suppressions did it. `diagnostics` are in report
/// order. Of several suppressions for one finding, the nearest counts: the others may be of no use.
pub(super) fn split(
    files: &[SourceFile],
    suppressions: &[Suppression],
    diagnostics: Vec<Diagnostic>,
) -> (Vec<Diagnostic>, Vec<Suppressed>, HashSet<usize>) {
    let mut used = HashSet::new();
    if suppressions.is_empty() {
        return (diagnostics, Vec::new(), used);
    }
    let mut sweeps = sweeps(suppressions);
    let (mut left, mut suppressed) = (Vec::with_capacity(diagnostics.len()), Vec::new());
    for diagnostic in diagnostics {
        let label = &diagnostic.primary;
        let found = sweeps
            .get_mut(&(label.file, diagnostic.rule.code))
            .and_then(|sweep| sweep.at(files[label.file.index()].lines().line_of(label.span.start)));
        let Some(index) = found else {
            left.push(diagnostic);
            continue;
        };
        used.insert(index);
        let Suppression { reason, request, .. } = &suppressions[index];
        suppressed.push(Suppressed { diagnostic, reason: reason.clone(), place: *request });
    }
    (left, suppressed, used)
}

fn sweeps(suppressions: &[Suppression]) -> HashMap<(FileId, &'static str), Sweep> {
    let mut sweeps: HashMap<_, Sweep> = HashMap::new();
    for (index, suppression) in suppressions.iter().enumerate() {
        let (first, last) = suppression.lines;
        let sweep = sweeps.entry((suppression.file, suppression.rule.id.code)).or_default();
        sweep.ranges.push((first, last, index));
    }
    for sweep in sweeps.values_mut() {
        sweep.ranges.sort_unstable_by_key(|&(first, last, index)| (first, Reverse(last), index));
    }
    sweeps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_suppression_counts() {
        let ranges = vec![(0, u32::MAX, 0), (2, 9, 1), (3, 3, 2), (5, 6, 3)];
        let mut sweep = Sweep { ranges, ..Sweep::default() };
        let found: Vec<_> = (0..11).map(|line| sweep.at(line).unwrap()).collect();
        assert_eq!(found, [0, 0, 1, 2, 1, 3, 3, 1, 1, 1, 0]);
    }
}
