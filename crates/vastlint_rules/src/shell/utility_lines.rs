//! The lines of a script that source utilities, moved and added.

use vastlint_model::Document;
use vastlint_syntax::shell::{Script, SimpleCommand, Statement};
use vastlint_text::Span;

use crate::contract::Utilities;
use crate::fix::{full_lines, indentation, line_start};
use crate::script_lines::{comments_above, is_blank_above, own_lines};
use crate::utilities::Sourced;

/// Of more utilities than this no line is looked at.
const MOST: usize = 64;

/// A utility that a script sources on a line of its own, outside all blocks.
pub(super) struct UtilityLine<'t> {
    pub(super) file: String,
    pub(super) command: &'t SimpleCommand,
    /// Its place in the script's body.
    pub(super) index: usize,
    /// The full line.
    pub(super) line: Span,
}

/// The utilities that stand on lines of their own, in source order.
pub(super) fn utility_lines<'t>(
    document: &Document,
    script: &Script,
    sourced: &[Sourced<'t>],
) -> Vec<UtilityLine<'t>> {
    // Nobody sources a hundred of them, but a file that is made to take long.
    sourced
        .iter()
        .filter(|_| sourced.len() <= MOST)
        .filter_map(|one| {
            let index = top_level(script, one.command)?;
            let line = own_lines(document, script, one.command.span)?;
            Some(UtilityLine { file: one.file.clone(), command: one.command, index, line })
        })
        .collect()
}

/// The place in the script's body of a statement that is one command and nothing else.
pub(super) fn top_level(script: &Script, command: &SimpleCommand) -> Option<usize> {
    let at = script.body.binary_search_by_key(&command.span.start, |statement| statement.span.start).ok()?;
    let is_alone = |statement: &Statement| {
        statement.span == command.span
            && matches!(
                statement.terminator,
                vastlint_syntax::shell::Terminator::None
                    | vastlint_syntax::shell::Terminator::Newline
                    | vastlint_syntax::shell::Terminator::Semicolon
            )
    };
    is_alone(&script.body[at]).then_some(at)
}

impl UtilityLine<'_> {
    pub(super) fn rank(&self, utilities: &Utilities) -> Option<usize> {
        utilities.order.iter().position(|known| *known == self.file)
    }

    /// Where another utility goes that belongs above this one: above its comments, but below a heading of the lines
    /// that follow.
    pub(super) fn place_above(&self, document: &Document, script: &Script, lines: &[UtilityLine<'_>]) -> u32 {
        let start = self.line.start;
        let comments = comments_above(document, script, start);
        let heads_a_block = is_blank_above(document, comments)
            && lines.iter().any(|other| other.line.start == self.line.end)
            || comments == 0
            || document.slice(full_lines(&document.text, Span::empty(comments - 1))).starts_with("#!");
        if heads_a_block { start } else { comments }
    }

    /// A line that sources another utility in the way that this one is sourced.
    pub(super) fn spelled(&self, document: &Document, file: &str) -> Option<String> {
        let source = &document.text;
        let [name, path, ..] = &self.command.words[..] else { return None };
        let (folder, behind) = path.text(source).rsplit_once(&self.file)?;
        let blanks = indentation(source, self.line.start);
        Some(format!("{blanks}{} {folder}{file}{behind}", name.text(source)))
    }
}

/// Whether the utilities stand in their order.
pub(super) fn is_ordered(lines: &[UtilityLine<'_>], utilities: &Utilities) -> bool {
    lines.iter().filter_map(|line| line.rank(utilities)).is_sorted()
}

/// Whole lines and, if they stand between empty ones, one of these: what goes when they go.
pub(super) fn with_empty_line(document: &Document, lines: Span) -> Span {
    let text = &document.text;
    let below = full_lines(text, Span::empty(lines.end));
    let is_blank_below = document.slice(below).trim().is_empty();
    let starts = lines.start == 0 || is_blank_above(document, lines.start);
    if starts && is_blank_below && below.end > lines.end {
        Span::new(lines.start, below.end)
    } else if lines.end as usize == text.len() && is_blank_above(document, lines.start) {
        Span::new(line_start(text, lines.start - 1), lines.end)
    } else {
        lines
    }
}
