//! Suppressions: comments that ask vastlint to pass over findings of some rules, on a line or in a file.
//!
//! `docs/decisions/suppressions.md` says which lines a comment holds for, and why.

mod add;
mod comments;
mod matching;
mod mend;
mod reach;
mod request;

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;
use vastlint_diagnostic::{Diagnostic, Label};
use vastlint_model::{Document, Kind, Project};
use vastlint_rules::{Finding, ProposedFix, Rule, find};
use vastlint_text::{FileId, LineIndex, Span, contains};

use crate::SourceFile;
use crate::run::nearest_rule;
use comments::Comment;
use request::{Fault, Request};

pub use add::{UnfitReason, add_ignores, with_ignore};

/// Rules about suppressions: no comment silences them, or a comment could hide that it is of no use.
const OWN: [&str; 4] =
    ["unknown-suppressed-rule", "malformed-suppression", "unused-suppression", "unreasoned-suppression"];

/// A finding that a comment keeps out of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppressed {
    /// The finding.
    pub diagnostic: Diagnostic,
    /// What the comment gives as its reason; empty where it gives none.
    pub reason: String,
    /// Where in the finding's file the comment asks for it.
    pub place: Span,
}

/// What comments make of the findings of a run.
pub(crate) struct Outcome {
    /// The findings that no comment speaks of.
    pub(crate) left: Vec<Diagnostic>,
    /// The others.
    pub(crate) suppressed: Vec<Suppressed>,
    /// What is wrong about the comments themselves.
    pub(crate) findings: Vec<Finding>,
}

/// One rule that one comment names.
struct Suppression {
    file: FileId,
    rule: &'static Rule,
    /// First and last line.
    lines: (u32, u32),
    /// The request, from the address to the closing bracket.
    request: Span,
    /// The rule's name in it.
    name: Span,
    /// Whether the comment names no other rule.
    alone: bool,
    reason: String,
    /// Whether it may be told to be of no use.
    judged: bool,
    /// Takes the name out.
    removal: ProposedFix,
}

/// A fix after which a comment suppresses findings. It is offered if there are such findings.
struct Mending {
    /// Of the file's findings, the one that it mends.
    finding: usize,
    fix: ProposedFix,
    file: FileId,
    rules: Vec<&'static Rule>,
    /// First and last line.
    lines: (u32, u32),
}

/// What the names in one file's comments stand for, looked up once each: the rule, or the nearest name of one.
struct Names<'t> {
    file: FileId,
    known: HashMap<&'t str, Result<&'static Rule, Option<&'static str>>>,
}

/// In a longer list nobody looks for a mistyped name.
const MOST_NAMES: usize = 50;

/// Longer names are no mistyped ones, and neither compared nor shown whole.
const LONGEST_NAME: usize = 64;

fn nearest(name: &str) -> Option<&'static str> {
    if name.len() > LONGEST_NAME { None } else { nearest_rule(name) }
}

/// What the comments of one file say.
#[derive(Default)]
struct OfFile {
    suppressions: Vec<Suppression>,
    findings: Vec<Finding>,
    mendings: Vec<Mending>,
}

/// Tells whether a rule really ran over the file at a path.
type Judges<'a> = dyn Fn(&Rule, &str) -> bool + Sync + 'a;

/// Takes the findings out that comments speak of. `diagnostics` are in report order. `judges` tells whether a rule
/// really ran over a file; where it is `None`, nothing is called unused.
pub(crate) fn suppress(
    files: &[SourceFile],
    project: &Project,
    diagnostics: Vec<Diagnostic>,
    judges: Option<&Judges<'_>>,
) -> Outcome {
    let by_file: Vec<&[Document]> = project.documents.chunk_by(|a, b| a.file == b.file).collect();
    let parts: Vec<OfFile> = by_file
        .par_iter()
        .filter(|documents| contains(&files[documents[0].file.index()].text, request::ADDRESS))
        .map(|documents| of_file(documents, &files[documents[0].file.index()], judges))
        .collect();
    let (mut suppressions, mut findings) = (Vec::new(), Vec::new());
    let mut mendings = Vec::new();
    for mut part in parts {
        for mending in &mut part.mendings {
            mending.finding += findings.len();
        }
        suppressions.extend(part.suppressions);
        findings.extend(part.findings);
        mendings.extend(part.mendings);
    }
    let (left, suppressed, used) = matching::split(files, &suppressions, diagnostics);
    offer(mendings, files, &left, &mut findings);
    let unused = suppressions.iter().enumerate().filter(|(index, one)| one.judged && !used.contains(index));
    findings.extend(unused.filter_map(|(_, suppression)| unused_finding(suppression)));
    Outcome { left, suppressed, findings }
}

/// Gives findings the fixes after which something is suppressed.
fn offer(mendings: Vec<Mending>, files: &[SourceFile], left: &[Diagnostic], findings: &mut [Finding]) {
    if mendings.is_empty() {
        return;
    }
    let mut lines: HashMap<(FileId, &str), Vec<u32>> = HashMap::new();
    for one in left {
        let label = &one.primary;
        let line = files[label.file.index()].lines().line_of(label.span.start);
        lines.entry((label.file, one.rule.code)).or_default().push(line);
    }
    for mending in mendings {
        let (first, last) = mending.lines;
        let has_use = |rule: &&Rule| {
            let found = lines.get(&(mending.file, rule.id.code));
            found.is_some_and(|lines| lines.iter().any(|line| (first..=last).contains(line)))
        };
        if mending.rules.iter().all(has_use) {
            findings[mending.finding].fix(mending.fix);
        }
    }
}

fn of_file(documents: &[Document], file: &SourceFile, judges: Option<&Judges<'_>>) -> OfFile {
    let comments = comments::comments(documents, &file.text);
    let mut of_file = OfFile::default();
    let mut lines = None;
    // What does not parse may hide what a rule would find.
    let judges = judges.filter(|_| !documents.iter().any(is_broken));
    let id = documents[0].file;
    let mut names = Names { file: id, known: HashMap::new() };
    for comment in &comments {
        match request::read(comment.content.text(&file.text)) {
            None => {}
            Some(Err(fault)) => {
                if let Some(mended) = mend::rewrite(&documents[0], *comment) {
                    let lines = lines.get_or_insert_with(|| Lines::new(documents, file, &comments));
                    let reach = if mended.whole_file { (0, u32::MAX) } else { lines.reach(*comment, file) };
                    of_file.mendings.push(Mending {
                        finding: of_file.findings.len(),
                        fix: mended.fix,
                        file: id,
                        rules: mended.rules,
                        lines: reach,
                    });
                }
                of_file.findings.extend(malformed(id, *comment, fault));
            }
            Some(Ok(request)) => {
                let lines = lines.get_or_insert_with(|| Lines::new(documents, file, &comments));
                let reach = if request.whole_file { (0, u32::MAX) } else { lines.reach(*comment, file) };
                of_file.take(&mut names, documents, file, (*comment, &request), reach, judges);
            }
        }
    }
    of_file
}

/// What is appended to a conf may belong to the section above it, and is no error.
fn is_broken(document: &Document) -> bool {
    let is_appended = document.fragment && document.kind == Kind::SupervisorConf;
    !document.tree.errors().is_empty() && !is_appended
}

impl OfFile {
    fn take<'t>(
        &mut self,
        names: &mut Names<'t>,
        documents: &[Document],
        file: &SourceFile,
        (comment, request): (Comment, &Request<'t>),
        lines: (u32, u32),
        judges: Option<&Judges<'_>>,
    ) {
        let id = names.file;
        let at = |span: Span| span.shift(comment.content.start);
        let mut named = HashSet::new();
        for (index, (span, name)) in request.rules.iter().enumerate() {
            let rule =
                match names.known.entry(name).or_insert_with(|| find(name).ok_or_else(|| nearest(name))) {
                    Ok(rule) => *rule,
                    Err(nearest) => {
                        let meant = nearest.and_then(find).filter(|rule| !OWN.contains(&rule.id.name));
                        let is_new = |rule: &&'static Rule| {
                            request.rules.len() <= MOST_NAMES
                                && !request
                                    .rules
                                    .iter()
                                    .any(|(_, name)| find(name).is_some_and(|other| other.id == rule.id))
                        };
                        if let (Some(rule), Some(nearest)) = (meant.filter(is_new), *nearest) {
                            self.mendings.push(Mending {
                                finding: self.findings.len(),
                                fix: ProposedFix::safe(format!("write `{nearest}`")).replace(
                                    &documents[0],
                                    at(*span),
                                    nearest,
                                ),
                                file: id,
                                rules: vec![rule],
                                lines,
                            });
                        }
                        self.findings.extend(unknown_rule(id, at(*span), name, *nearest));
                        continue;
                    }
                };
            if OWN.contains(&rule.id.name) {
                self.findings.extend(own_rule_named(id, at(*span), rule));
                if let Some(finding) = self.findings.last_mut() {
                    finding.fix(mend::remove_name(&documents[0], comment, request, index));
                }
                continue;
            }
            if !named.insert(rule.id) {
                continue;
            }
            self.suppressions.push(Suppression {
                file: id,
                rule,
                lines,
                request: at(request.span),
                name: at(*span),
                alone: request.rules.len() == 1,
                reason: request.reason.to_owned(),
                judged: judges.is_some_and(|judges| judges(rule, &file.path)),
                removal: mend::remove_name(&documents[0], comment, request, index),
            });
        }
        if request.reason.is_empty() {
            self.findings.extend(unreasoned(id, at(request.span)));
        }
    }
}

/// What there is to know about the lines of a file with suppressions.
struct Lines<'f> {
    index: &'f LineIndex,
    /// For each line, the first one from it on that is neither blank nor a comment.
    next: Vec<u32>,
    /// The last line of the longest thing that begins on a line and spans several.
    blocks: HashMap<u32, u32>,
}

impl<'f> Lines<'f> {
    fn new(documents: &[Document], file: &'f SourceFile, comments: &[Comment]) -> Self {
        let index = file.lines();
        let of_comments: HashSet<u32> = comments
            .iter()
            .filter(|comment| stands_alone(index, **comment, &file.text))
            .map(|comment| index.line_of(comment.start))
            .collect();
        let count = index.line_count();
        let mut next = vec![count; count as usize + 1];
        for line in (0..count).rev() {
            let is_blank = index.line_span(line, &file.text).text(&file.text).trim().is_empty();
            let passes = is_blank || of_comments.contains(&line);
            next[line as usize] = if passes { next[line as usize + 1] } else { line };
        }
        let mut blocks = HashMap::new();
        for (first, last) in reach::blocks(documents, &file.text, index) {
            let longest = blocks.entry(first).or_insert(last);
            *longest = last.max(*longest);
        }
        Self { index, next, blocks }
    }

    /// The lines that a comment holds for: its own, and where it stands alone, those of what begins below it. Its own
    /// count there, too: what is wrong about a file as such is found on the first line, wherever the text begins.
    fn reach(&self, comment: Comment, file: &SourceFile) -> (u32, u32) {
        let own = self.index.line_of(comment.start);
        let first = self.next[own as usize + 1];
        if !stands_alone(self.index, comment, &file.text) || first == self.index.line_count() {
            return (own, own);
        }
        (own, self.blocks.get(&first).copied().unwrap_or(first))
    }
}

/// Whether nothing stands before a comment on its line.
fn stands_alone(index: &LineIndex, comment: Comment, text: &str) -> bool {
    let line = index.full_line_span(index.line_of(comment.start));
    Span::new(line.start, comment.start).text(text).trim_matches(['\u{feff}', ' ', '\t']).is_empty()
}

/// A finding of vastlint's own; the test of the catalogue makes sure that the rules exist.
fn finding(rule: &str, file: FileId, span: Span, message: String, label: &str) -> Option<Finding> {
    Some(Finding {
        rule: find(rule)?,
        variant: None,
        message,
        why: String::new(),
        help: String::new(),
        primary: Label { file, span, message: label.to_owned() },
        related: Vec::new(),
        fix: None,
    })
}

fn malformed(file: FileId, comment: Comment, fault: Fault) -> Option<Finding> {
    let span = fault.span.shift(comment.content.start);
    let mut finding = finding("malformed-suppression", file, span, fault.message, fault.label)?;
    finding.why("the comment suppresses nothing").help(fault.help);
    Some(finding)
}

fn own_rule_named(file: FileId, span: Span, rule: &Rule) -> Option<Finding> {
    let message = format!("`{}` cannot be suppressed by a comment", rule.id.name);
    let mut finding = finding("malformed-suppression", file, span, message, "speaks of suppressions")?;
    let help = format!(
        "mend the suppression that it speaks of, or write `{} = \"off\"` below `[rules]` in `vastlint.toml`",
        rule.id.name
    );
    finding.why("a comment could hide that it is of no use").help(help);
    Some(finding)
}

fn unknown_rule(file: FileId, span: Span, name: &str, nearest: Option<&str>) -> Option<Finding> {
    let shown = &name[..name.floor_char_boundary(LONGEST_NAME)];
    let message = format!("there is no rule `{shown}{}`", if shown == name { "" } else { "…" });
    let mut finding = finding("unknown-suppressed-rule", file, span, message, "names no rule")?;
    let help = nearest.map_or_else(
        || "`vastlint rules` lists all rules".to_owned(),
        |nearest| format!("did you mean `{nearest}`?"),
    );
    finding.why("the comment suppresses nothing of what was meant").help(help);
    Some(finding)
}

fn unreasoned(file: FileId, span: Span) -> Option<Finding> {
    let message = "this suppression gives no reason".to_owned();
    let mut finding = finding("unreasoned-suppression", file, span, message, "a reason belongs behind it")?;
    finding
        .why("nobody can tell later whether it still has to be here")
        .help("say behind the bracket why this is right here");
    Some(finding)
}

fn unused_finding(suppression: &Suppression) -> Option<Finding> {
    let name = suppression.rule.id.name;
    let message = format!("`{name}` finds nothing that this comment could suppress");
    let label = "has nothing to suppress";
    let mut finding = finding("unused-suppression", suppression.file, suppression.name, message, label)?;
    let help = if suppression.alone {
        "remove the comment".to_owned()
    } else {
        format!("take `{name}` out of the brackets")
    };
    finding
        .why("what it was written for is mended or has moved; it would hide the next one")
        .help(help)
        .fix(suppression.removal.clone());
    Some(finding)
}
