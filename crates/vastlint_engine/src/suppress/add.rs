//! Writes suppressions: a comment for each reported finding, where it holds for as little else as possible.
//!
//! Nothing is taken on trust. A changed file is parsed again: every document in it has to mean what it meant, and the
//! comments have to hold for the findings. Where they cannot, another place is tried, the whole file last.

mod meaning;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use rayon::prelude::*;
use vastlint_diagnostic::{Diagnostic, RuleId, Severity};
use vastlint_model::{Document, Kind, Layer, Tree};
use vastlint_text::{LineIndex, Span};

use super::{OWN, Suppression, of_file, reach, request};
use crate::fix::translate::with_line_ends;
use crate::fix::{Fixed, changes};
use crate::input::{Input, InputContent};
use crate::{Report, Repository, SourceFile};
use meaning::same_meaning;

/// Why a reason cannot be written into comments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnfitReason {
    /// It says nothing.
    #[error("the reason says nothing")]
    Empty,
    /// It has a line end or another control character.
    #[error("the reason has more than one line, or a control character")]
    ControlCharacter,
    /// It has something that ends a comment, or that GitHub expands in it.
    #[error("`{0}` in the reason would mean something in a comment")]
    Meaningful(&'static str),
}

/// How often comments for lines make room for one for the file.
const MAX_PASSES: usize = 4;

/// Writes a comment with `reason` for every finding that is reported and at least as grave as `least`. What is left in the report could not be
/// suppressed. Nothing is written to disk.
///
/// # Errors
/// If the reason cannot stand in a comment.
pub fn add_ignores(repository: &mut Repository, reason: &str, least: Severity) -> Result<Fixed, UnfitReason> {
    let reason = fit(reason)?;
    let before = repository.analyse();
    let targets = targets(&before, least);
    let originals: BTreeMap<Arc<str>, Input> = targets
        .keys()
        .filter_map(|path| repository.input(path))
        .map(|input| (Arc::clone(&input.path), input.clone()))
        .collect();
    // Rules that are suppressed in the whole of a file.
    let mut whole: HashMap<&str, BTreeSet<&'static str>> = HashMap::new();
    let mut report = write_all(repository, &originals, &targets, &whole, reason);
    for _ in 0..MAX_PASSES {
        // What is told of a file as such may move to another line with the comments above it.
        let mut grown = false;
        for left in report.diagnostics.iter().filter(|left| left.severity >= least) {
            let path = report.file(left.primary.file).path.as_str();
            let Some((path, targets)) = targets.get_key_value(path) else { continue };
            if targets.iter().any(|target| target.rule == left.rule) {
                grown |= whole.entry(path).or_default().insert(left.rule.name);
            }
        }
        if !grown {
            break;
        }
        report = write_all(repository, &originals, &targets, &whole, reason);
    }
    // A file in which a comment lets another rule speak stays as it is.
    let was = count(&before);
    let spoilt: BTreeSet<&str> = count(&report)
        .into_iter()
        .filter(|(key, count)| *count > was.get(key).copied().unwrap_or_default())
        .map(|((path, _), _)| path)
        .collect();
    let spoilt: Vec<Input> = spoilt.into_iter().filter_map(|path| originals.get(path)).cloned().collect();
    if !spoilt.is_empty() {
        for input in spoilt {
            repository.set_input(input);
        }
        report = repository.analyse();
    }
    let mut mended: BTreeMap<RuleId, usize> = BTreeMap::new();
    for finding in &before.diagnostics {
        *mended.entry(finding.rule).or_default() += 1;
    }
    for finding in &report.diagnostics {
        if let Some(count) = mended.get_mut(&finding.rule) {
            *count = count.saturating_sub(1);
        }
    }
    mended.retain(|_, count| *count > 0);
    let changes = changes(originals, repository);
    Ok(Fixed { report, changes, mended, settled: true })
}

/// A file with a comment for one finding of it; none where none can be written, or the reason cannot stand in one.
#[must_use]
pub fn with_ignore(input: &Input, finding: &Diagnostic, reason: &str) -> Option<Input> {
    let draft = Draft::of(input, fit(reason).ok()?)?;
    if OWN.contains(&finding.rule.name) {
        return None;
    }
    let target = Target { rule: finding.rule, at: finding.primary.span.start };
    let changed = draft.write(&[target], BTreeSet::new());
    let is_changed = matches!(&changed.content, InputContent::Parsed { text, .. } if text != draft.text);
    is_changed.then_some(changed)
}

/// The reason without blanks around it.
fn fit(reason: &str) -> Result<&str, UnfitReason> {
    let reason = reason.trim();
    if reason.chars().any(char::is_control) {
        return Err(UnfitReason::ControlCharacter);
    }
    if !reason.contains(char::is_alphanumeric) || reason.starts_with(['#', ';']) {
        return Err(UnfitReason::Empty);
    }
    match ["-->", "${{", request::ADDRESS].into_iter().find(|sign| reason.contains(sign)) {
        Some(sign) => Err(UnfitReason::Meaningful(sign)),
        None if reason.ends_with('\\') => Err(UnfitReason::Meaningful("\\")),
        None => Ok(reason),
    }
}

/// A finding that is to be suppressed.
#[derive(Clone, Copy)]
struct Target {
    rule: RuleId,
    /// Where its place starts in the file.
    at: u32,
}

/// What is to be suppressed, by path. Rules about suppressions are not.
fn targets(report: &Report, least: Severity) -> BTreeMap<String, Vec<Target>> {
    let mut targets: BTreeMap<String, Vec<Target>> = BTreeMap::new();
    let can_be = |finding: &&Diagnostic| finding.severity >= least && !OWN.contains(&finding.rule.name);
    for finding in report.diagnostics.iter().filter(can_be) {
        let path = &report.file(finding.primary.file).path;
        let target = Target { rule: finding.rule, at: finding.primary.span.start };
        targets.entry(path.clone()).or_default().push(target);
    }
    targets
}

fn count(report: &Report) -> BTreeMap<(&str, &'static str), usize> {
    let mut counts = BTreeMap::new();
    for finding in &report.diagnostics {
        *counts.entry((report.file(finding.primary.file).path.as_str(), finding.rule.code)).or_default() += 1;
    }
    counts
}

/// Puts the files with their comments into the repository, and looks what is left.
fn write_all(
    repository: &mut Repository,
    originals: &BTreeMap<Arc<str>, Input>,
    targets: &BTreeMap<String, Vec<Target>>,
    whole: &HashMap<&str, BTreeSet<&'static str>>,
    reason: &str,
) -> Report {
    let files: Vec<(&Input, &[Target])> =
        originals.values().filter_map(|input| Some((input, targets.get(&*input.path)?.as_slice()))).collect();
    let commented: Vec<Input> = files
        .par_iter()
        .filter_map(|(input, targets)| {
            let whole = whole.get(&*input.path).cloned().unwrap_or_default();
            Some(Draft::of(input, reason)?.write(targets, whole))
        })
        .collect();
    for input in commented {
        repository.set_input(input);
    }
    repository.analyse()
}

/// Where a comment is written, or what is written into one. Lines count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// For the whole file, below what has to stand at its top.
    Top,
    /// On a line of its own above this one.
    Above(u32),
    /// Behind what stands on this line.
    Behind(u32),
    /// Into the brackets that close here.
    Into(u32),
    /// For the whole file, at its end.
    Bottom,
}

/// The rules that each comment names.
type Placed = BTreeMap<Place, BTreeSet<&'static str>>;

/// The findings on one line.
struct Group {
    line: u32,
    targets: Vec<Target>,
}

impl Group {
    fn add_to(&self, placed: &mut Placed, place: Place) {
        placed.entry(place).or_default().extend(self.targets.iter().map(|target| target.rule.name));
    }
}

/// A file that gets comments.
struct Draft<'a> {
    input: &'a Input,
    text: &'a Arc<str>,
    documents: &'a [Document],
    lines: LineIndex,
    /// First and last lines of what spans several.
    blocks: Vec<(u32, u32)>,
    existing: Vec<Suppression>,
    reason: &'a str,
}

impl<'a> Draft<'a> {
    /// None for a file that is not read.
    fn of(input: &'a Input, reason: &'a str) -> Option<Self> {
        let InputContent::Parsed { text, documents } = &input.content else { return None };
        let lines = LineIndex::new(text);
        let blocks = reach::blocks(documents, text, &lines);
        let file = SourceFile::new(input.path.to_string(), Arc::clone(text));
        let existing = of_file(documents, &file, None).suppressions;
        Some(Self { input, text, documents, lines, blocks, existing, reason })
    }

    /// The file with its comments; `whole` are rules that are known to need the whole file.
    fn write(&self, targets: &[Target], mut whole: BTreeSet<&'static str>) -> Input {
        let mut groups: BTreeMap<u32, Vec<Target>> = BTreeMap::new();
        for target in targets.iter().filter(|target| !whole.contains(target.rule.name)) {
            groups.entry(self.lines.line_of(target.at)).or_default().push(*target);
        }
        let groups: Vec<Group> = groups.into_iter().map(|(line, targets)| Group { line, targets }).collect();
        let mut placed = Placed::new();
        self.place(&groups, &mut placed, &mut whole);
        for rules in placed.values_mut() {
            rules.retain(|rule| !whole.contains(rule));
        }
        placed.retain(|_, rules| !rules.is_empty());
        if !whole.is_empty() {
            let of_whole: Vec<Target> =
                targets.iter().copied().filter(|target| whole.contains(target.rule.name)).collect();
            let existing = self.existing.iter().find(|one| one.lines.1 == u32::MAX);
            let into = existing.map(|one| Place::Into(one.request.end - 1));
            let with = |place: Place| {
                let mut with = placed.clone();
                with.entry(place).or_default().extend(&whole);
                with
            };
            let mut places = into.into_iter().chain([Place::Top, Place::Bottom]).map(with);
            if let Some(with) = places.find(|with| self.holds(with, &of_whole)) {
                placed = with;
            }
        }
        self.with(&placed)
    }

    /// Finds a place for each group. The rules of those that have none go to `whole`.
    fn place(&self, groups: &[Group], placed: &mut Placed, whole: &mut BTreeSet<&'static str>) {
        let [first, ..] = groups else { return };
        // A file with thousands of places for which nothing fits is soon done.
        let is_settled = |target: &Target| whole.contains(target.rule.name);
        if groups.iter().flat_map(|group| &group.targets).all(is_settled) {
            return;
        }
        if let [group] = groups {
            let fits = self.places(group.line).into_iter().find_map(|place| {
                let mut trial = placed.clone();
                group.add_to(&mut trial, place);
                self.holds(&trial, &group.targets).then_some(trial)
            });
            match fits {
                Some(fits) => *placed = fits,
                None => whole.extend(first.targets.iter().map(|target| target.rule.name)),
            }
            return;
        }
        let mut trial = placed.clone();
        for group in groups {
            if let Some(place) = self.places(group.line).first() {
                group.add_to(&mut trial, *place);
            }
        }
        let all: Vec<Target> = groups.iter().flat_map(|group| &group.targets).copied().collect();
        if self.holds(&trial, &all) {
            *placed = trial;
            return;
        }
        let (one, other) = groups.split_at(groups.len() / 2);
        self.place(one, placed, whole);
        self.place(other, placed, whole);
    }

    /// Where a comment for a line may stand, the best place first.
    fn places(&self, line: u32) -> Vec<Place> {
        let own = |one: &Suppression| self.lines.line_of(one.request.start);
        let is_next = |from: u32| (from + 1..line).all(|between| self.is_passed_over(between));
        let into = self
            .existing
            .iter()
            .filter(|one| one.lines.1 != u32::MAX && one.lines.0 <= line && line <= one.lines.1)
            .filter(|one| own(one) == line || is_next(own(one)))
            .max_by_key(|one| own(one))
            .map(|one| Place::Into(one.request.end - 1));
        let mut places: Vec<Place> =
            into.into_iter().chain([Place::Above(line), Place::Behind(line)]).collect();
        let around = self.blocks.iter().filter(|(first, last)| *first < line && line <= *last);
        let mut around: Vec<u32> = around.map(|(first, _)| *first).collect();
        around.sort_unstable();
        around.dedup();
        places.extend(around.into_iter().rev().map(Place::Above));
        places.retain(|place| self.may_hold_reason(*place));
        places
    }

    /// Whether a line is blank or holds nothing but a comment.
    fn is_passed_over(&self, line: u32) -> bool {
        let text = self.lines.line_span(line, self.text).text(self.text).trim();
        text.is_empty() || text.starts_with(['#', ';']) || text.starts_with("<!--")
    }

    /// Whether the reason reads the same in what is around the place: another language may expand it there.
    fn may_hold_reason(&self, place: Place) -> bool {
        let (Place::Above(line) | Place::Behind(line)) = place else { return true };
        let is_read_as_it_is = |layer: &Layer| matches!(layer, Layer::Lines | Layer::Continued(_));
        self.innermost(line).layers.iter().all(is_read_as_it_is)
            || !self.reason.contains(['$', '`', '\\', '"', '\''])
    }

    /// The document that a line belongs to.
    fn innermost(&self, line: u32) -> &Document {
        let span = self.lines.line_span(line, self.text);
        let blanks = span.text(self.text).len() - span.text(self.text).trim_start().len();
        let at = span.start + blanks as u32;
        let size = |document: &&Document| {
            let host = document.map.to_host(Span::new(0, document.text.len() as u32));
            (host.start <= at && at < host.end).then_some(host.len())
        };
        self.documents
            .iter()
            .filter(|document| !document.is_file())
            .filter_map(|document| Some((size(&document)?, document)))
            .min_by_key(|(size, _)| *size)
            .map_or(&self.documents[0], |(_, document)| document)
    }

    /// Whether the file means the same with these comments, and they hold for the targets.
    fn holds(&self, placed: &Placed, targets: &[Target]) -> bool {
        let input = self.with(placed);
        let InputContent::Parsed { text, documents } = &input.content else { return false };
        if !same_meaning(self.documents, documents) {
            return false;
        }
        let file = SourceFile::new(input.path.to_string(), Arc::clone(text));
        let suppressions = of_file(documents, &file, None).suppressions;
        let mut by_rule: HashMap<&str, Vec<(u32, u32)>> = HashMap::new();
        for one in &suppressions {
            by_rule.entry(one.rule.id.code).or_default().push(one.lines);
        }
        let edits = self.edits(placed);
        targets.iter().all(|target| {
            let before = edits.iter().take_while(|(at, _)| *at <= target.at);
            // What is written behind the line of a finding does not move it.
            let shift: usize = before.map(|(_, text)| text.len()).sum();
            let line = file.lines().line_of(target.at + shift as u32);
            let ranges = by_rule.get(target.rule.code);
            ranges.is_some_and(|ranges| ranges.iter().any(|(first, last)| (*first..=*last).contains(&line)))
        })
    }

    fn with(&self, placed: &Placed) -> Input {
        let mut text = String::with_capacity(self.text.len() + 128);
        let mut done = 0;
        for (at, written) in self.edits(placed) {
            text.push_str(&self.text[done..at as usize]);
            text.push_str(&written);
            done = at as usize;
        }
        text.push_str(&self.text[done..]);
        Input::from_bytes(&self.input.path, self.input.executable, text.into_bytes())
    }

    /// What is written where, in order.
    fn edits(&self, placed: &Placed) -> Vec<(u32, String)> {
        let mut edits: Vec<(u32, Place, String)> = placed
            .iter()
            .map(|(place, rules)| (self.offset(*place), *place, self.written(*place, rules)))
            .collect();
        edits.sort();
        edits.into_iter().map(|(at, _, text)| (at, with_line_ends(self.text, at, &text))).collect()
    }

    fn offset(&self, place: Place) -> u32 {
        match place {
            Place::Above(line) => self.line_start(line),
            Place::Behind(line) => {
                let span = self.lines.line_span(line, self.text);
                span.start + span.text(self.text).trim_end().len() as u32
            }
            Place::Into(close) => close,
            Place::Top => self.line_start(self.top()),
            Place::Bottom => self.text.len() as u32,
        }
    }

    /// Behind a byte order mark.
    fn line_start(&self, line: u32) -> u32 {
        if line == 0 && self.text.starts_with('\u{feff}') { 3 } else { self.lines.full_line_span(line).start }
    }

    /// The first line above which a comment may stand: below a shebang, directives, and a comment that is the file's
    /// heading.
    fn top(&self) -> u32 {
        let line =
            |line: u32| self.lines.line_span(line, self.text).text(self.text).trim_start_matches('\u{feff}');
        let directives = match &self.documents[0].tree {
            Tree::Dockerfile(tree) => {
                tree.directives.last().map_or(0, |last| self.lines.line_of(last.span.start) + 1)
            }
            _ => 0,
        };
        let start = directives.max(u32::from(line(0).starts_with("#!")));
        let mut end = start;
        while end < self.lines.line_count() && line(end).starts_with(['#', ';']) {
            end += 1;
        }
        let is_heading = end > start && end < self.lines.line_count() && line(end).trim().is_empty();
        if is_heading { end } else { start }
    }

    fn written(&self, place: Place, rules: &BTreeSet<&'static str>) -> String {
        let names = rules.iter().copied().collect::<Vec<_>>().join(", ");
        let comment = |verb: &str, kind: Kind| {
            let request = format!("{} {verb}[{names}] {}", request::ADDRESS, self.reason);
            match kind {
                Kind::Markdown => format!("<!-- {request} -->"),
                Kind::SupervisorConf => format!("; {request}"),
                _ => format!("# {request}"),
            }
        };
        let [at_place, whole_file] = request::VERBS.map(|(verb, _)| verb);
        match place {
            Place::Above(line) => {
                let text =
                    self.lines.line_span(line, self.text).text(self.text).trim_start_matches('\u{feff}');
                let blanks = &text[..text.len() - text.trim_start_matches([' ', '\t']).len()];
                format!("{blanks}{}\n", comment(at_place, self.innermost(line).kind))
            }
            Place::Behind(line) => format!(" {}", comment(at_place, self.innermost(line).kind)),
            Place::Into(_) => format!(", {names}"),
            Place::Top => format!("{}\n", comment(whole_file, self.documents[0].kind)),
            Place::Bottom => {
                let comment = comment(whole_file, self.documents[0].kind);
                let is_open = !self.text.is_empty() && !self.text.ends_with('\n');
                if is_open { format!("\n{comment}") } else { format!("{comment}\n") }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_one_line_without_meaning() {
        assert_eq!(fit(" it's so; 100% "), Ok("it's so; 100%"));
        assert_eq!(fit(" - "), Err(UnfitReason::Empty));
        assert_eq!(fit("# a"), Err(UnfitReason::Empty));
        assert_eq!(fit("a\nb"), Err(UnfitReason::ControlCharacter));
        for (reason, sign) in
            [("a --> b", "-->"), ("${{ x }}", "${{"), ("a\\", "\\"), ("vastlint: x", "vastlint:")]
        {
            assert_eq!(fit(reason), Err(UnfitReason::Meaningful(sign)));
        }
    }
}
