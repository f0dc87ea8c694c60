//! Edits of a script's commands, in the way in which they are joined.

use vastlint_model::Document;
use vastlint_syntax::shell::{AndOrOperator, Pipeline, Script, Statement, Terminator};
use vastlint_text::Span;

use crate::{ProposedFix, full_lines, line_start};

/// The pipelines of a statement, in order.
pub(crate) fn pipelines(statement: &Statement) -> impl Iterator<Item = &Pipeline> {
    std::iter::once(&statement.first).chain(statement.rest.iter().map(|and_or| &and_or.pipeline))
}

/// What has to go so that a command of the script's own list is gone: the command and what joins it to the next one.
pub(crate) fn take_out(script: &Script, source: &str, command: Span) -> Option<Span> {
    for (index, statement) in script.body.iter().enumerate() {
        if !statement.span.contains_span(command) {
            continue;
        }
        let all: Vec<&Pipeline> = pipelines(statement).collect();
        let at = all.iter().position(|pipeline| pipeline.span == command)?;
        if let Some(next) = all.get(at + 1) {
            return Some(Span::new(command.start, next.span.start));
        }
        if at > 0 {
            return None;
        }
        let lines = full_lines(source, command);
        let text = lines.text(source).trim();
        if source.contains('\n') && text == command.text(source) {
            return Some(lines);
        }
        let next = script.body.get(index + 1)?;
        return Some(Span::new(command.start, next.span.start));
    }
    None
}

/// The start of the comment lines right above the line at `at`, or of that line.
pub(crate) fn above_comments(script: &Script, source: &str, at: u32) -> u32 {
    let mut start = line_start(source, at);
    while start > 0 {
        let above = line_start(source, start - 1);
        let line = &source[above as usize..start as usize];
        let is_shebang = script.shebang.is_some_and(|shebang| shebang.start == above);
        if !line.trim_start().starts_with('#') || is_shebang {
            break;
        }
        start = above;
    }
    start
}

/// Writes a command in front of one of the script's own list: joined to it by `&&`, or as a line of its own where the
/// commands stand below each other. None inside of blocks, where more than this command may depend on it.
pub(crate) fn insert_before(
    fix: ProposedFix,
    document: &Document,
    script: &Script,
    command: Span,
    text: &str,
) -> Option<ProposedFix> {
    let source = &*document.text;
    let statement = script.body.iter().find(|statement| statement.span.contains_span(command))?;
    let pipeline = pipelines(statement).find(|pipeline| pipeline.span.contains_span(command))?;
    let is_first = pipeline.span == statement.first.span;
    let start = pipeline.span.start;
    // `a || b`: what goes in front of `b` belongs to the alternative.
    let is_alternative = statement
        .rest
        .iter()
        .any(|and_or| and_or.operator == AndOrOperator::Or && and_or.pipeline.span == pipeline.span);
    if is_alternative || pipeline.negated && !is_first {
        return None;
    }
    let own_line = source[line_start(source, start) as usize..start as usize].trim().is_empty();
    if is_first && own_line && is_in_lines(script, source) {
        return Some(fix.insert_lines_above(document, above_comments(script, source, start), text));
    }
    if is_first && !is_chain(statement) {
        return Some(fix.insert(document, start, format!("{text};\n")));
    }
    Some(fix.insert(document, start, format!("{text} &&\n")))
}

/// Writes a command behind one of the script's own list, which runs only where that one succeeded.
pub(crate) fn insert_behind(
    fix: ProposedFix,
    document: &Document,
    script: &Script,
    command: Span,
    text: &str,
) -> Option<ProposedFix> {
    let source = &*document.text;
    let statement = script.body.iter().find(|statement| statement.span.contains_span(command))?;
    let pipeline = pipelines(statement).find(|pipeline| pipeline.span == command)?;
    let in_lines = statement.rest.is_empty() && is_in_lines(script, source);
    if in_lines && matches!(statement.terminator, Terminator::Newline | Terminator::None) {
        return Some(fix.insert_lines_below(document, command.end, text));
    }
    // In front of `|| …` it would share the alternative.
    let next = statement.rest.iter().find(|and_or| and_or.operator_span.start >= pipeline.span.end);
    let is_and = next.is_none_or(|next| next.operator == AndOrOperator::And);
    (is_and && statement.terminator != Terminator::Background)
        .then(|| fix.insert(document, command.end, format!(" &&\n{text}")))
}

/// Whether the commands of a script stand below each other.
fn is_in_lines(script: &Script, source: &str) -> bool {
    source.trim_end().contains('\n')
        && script.body.iter().any(|statement| statement.terminator == Terminator::Newline)
}

/// Whether a statement is joined by `&&`, or the only one.
fn is_chain(statement: &Statement) -> bool {
    !statement.rest.is_empty() || statement.terminator == Terminator::None
}
