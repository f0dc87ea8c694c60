//! Edits of a Dockerfile's instructions, in the style of the file.

use vastlint_model::Document;
use vastlint_syntax::dockerfile::{Dockerfile, InstructionKind, Pair};
use vastlint_text::Span;

use crate::{ProposedFix, full_lines, line_start};

/// Where new instructions go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spot {
    /// Right below this instruction, as one of its kind.
    Below(usize),
    /// Below this instruction, as a group of their own.
    Apart(usize),
    /// Right above this instruction.
    Above(usize),
}

impl Spot {
    /// Whether what is written there stands above an instruction.
    pub(crate) const fn is_above(self, instruction: usize) -> bool {
        match self {
            Self::Below(index) | Self::Apart(index) => index < instruction,
            Self::Above(index) => index <= instruction,
        }
    }
}

/// Instructions as the file writes them: keywords in lower case where its own are, lines continued by its escape
/// character. Each of `lines` is one instruction.
pub(crate) fn in_style(tree: &Dockerfile, source: &str, lines: &[String]) -> String {
    let from = tree.stages.last().map(|stage| tree.instructions[stage.from].keyword_span.text(source));
    let is_lower = from.is_some_and(|keyword| keyword.bytes().all(|byte| byte.is_ascii_lowercase()));
    let styled: Vec<String> = lines
        .iter()
        .map(|line| {
            let line = line.replace("\\\n", &format!("{}\n", tree.escape));
            match line.split_once(' ') {
                Some((keyword, rest)) if is_lower => format!("{} {rest}", keyword.to_ascii_lowercase()),
                _ => line,
            }
        })
        .collect();
    styled.join("\n")
}

/// Writes instructions at a spot, with blank lines around them as the file has them.
pub(crate) fn insert_instructions(
    fix: ProposedFix,
    document: &Document,
    tree: &Dockerfile,
    spot: Spot,
    lines: &[String],
) -> ProposedFix {
    let source = &*document.text;
    let text = in_style(tree, source, lines);
    match spot {
        Spot::Above(index) => fix.insert_lines_above(document, above(tree, source, index), &text),
        Spot::Below(index) => fix.insert_lines_below(document, tree.instructions[index].span.end, &text),
        Spot::Apart(index) => {
            let end = tree.instructions[index].span.end;
            let next = full_lines(source, Span::empty(end)).end as usize;
            let rest = &source[next..];
            let text = match rest.lines().next() {
                // The end of the file.
                None if is_spaced(tree, source) => format!("\n{text}"),
                Some(line) if line.trim().is_empty() => {
                    // What follows the blank line stays apart from it, too.
                    let is_last = rest.trim().is_empty();
                    let below = next as u32 + rest.split_inclusive('\n').next().map_or(0, str::len) as u32;
                    if is_last {
                        return fix.insert(document, below, format!("{text}\n"));
                    }
                    format!("\n{text}")
                }
                _ => text,
            };
            fix.insert_lines_below(document, end, &text)
        }
    }
}

/// Whether blank lines part the instructions of the last stage.
fn is_spaced(tree: &Dockerfile, source: &str) -> bool {
    tree.stages.last().is_some_and(|stage| {
        (stage.from..stage.instructions.end.saturating_sub(1)).any(|index| {
            let between =
                Span::new(tree.instructions[index].span.end, tree.instructions[index + 1].span.start);
            between.text(source).lines().skip(1).any(|line| line.trim().is_empty() && !line.is_empty())
                || between.text(source).contains("\n\n")
                || between.text(source).contains("\n\r\n")
        })
    })
}

/// Writes those of several instructions that are missing, each next to its neighbours in their order. An item is where
/// the file has it, and how it is written; `otherwise` is where they go if the file has none.
pub(crate) fn insert_missing(
    mut fix: ProposedFix,
    document: &Document,
    tree: &Dockerfile,
    items: &[(Option<usize>, String)],
    otherwise: Spot,
) -> ProposedFix {
    let mut groups: Vec<(Spot, Vec<String>)> = Vec::new();
    for (position, (found, line)) in items.iter().enumerate() {
        if found.is_some() {
            continue;
        }
        let before = items[..position].iter().rev().find_map(|(found, _)| *found);
        let behind = items[position..].iter().find_map(|(found, _)| *found);
        let spot = match (before, behind) {
            (Some(before), _) => Spot::Below(before),
            (None, Some(behind)) => Spot::Above(behind),
            (None, None) => otherwise,
        };
        match groups.iter_mut().find(|(known, _)| *known == spot) {
            Some((_, lines)) => lines.push(line.clone()),
            None => groups.push((spot, vec![line.clone()])),
        }
    }
    for (spot, lines) in groups {
        fix = insert_instructions(fix, document, tree, spot, &lines);
    }
    fix
}

/// Where the line starts above which something goes that is to stand right above an instruction: above what is said
/// about the instruction, and below the heading of a section.
fn above(tree: &Dockerfile, source: &str, index: usize) -> u32 {
    let mut start = line_start(source, tree.instructions[index].span.start);
    while start > 0 {
        let line = line_start(source, start - 1);
        let comment = tree.comments.binary_search_by_key(&line, |span| line_start(source, span.start));
        let is_comment = comment.is_ok_and(|at| {
            let text = tree.comments[at].text(source);
            !text.starts_with("##")
                && source[line as usize..tree.comments[at].start as usize].trim().is_empty()
        });
        if !is_comment {
            break;
        }
        start = line;
    }
    start
}

/// The lines of an instruction with the comments right above that are about it.
pub(crate) fn block(tree: &Dockerfile, source: &str, index: usize) -> Span {
    let lines = full_lines(source, tree.instructions[index].span);
    Span::new(above(tree, source, index), lines.end)
}

/// The text of whole lines, without their last line end.
pub(crate) fn lines_of(source: &str, span: Span) -> String {
    let text = span.text(source);
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text).replace("\r\n", "\n")
}

/// Takes whole lines out, with one of the blank lines if they stand between two.
pub(crate) fn delete_block(fix: ProposedFix, document: &Document, span: Span) -> ProposedFix {
    let source = &*document.text;
    let rest = &source[span.end as usize..];
    let next = rest.split_inclusive('\n').next().unwrap_or_default();
    let before = source[..span.start as usize].lines().next_back();
    let is_apart = before.is_none_or(|line| line.trim().is_empty());
    let end = if is_apart && next.trim().is_empty() { span.end + next.len() as u32 } else { span.end };
    // The last lines leave with the blank line above them.
    let start = if is_apart && rest.is_empty() && span.start > 0 {
        line_start(source, span.start - 1)
    } else {
        span.start
    };
    fix.delete(document, Span::new(start, end))
}

/// Moves instructions that stand in `from` to a spot, with what is said about them.
pub(crate) fn move_blocks(
    mut fix: ProposedFix,
    document: &Document,
    tree: &Dockerfile,
    from: &[usize],
    spot: Spot,
) -> ProposedFix {
    let source = &*document.text;
    let mut spans: Vec<Span> = Vec::new();
    for &index in from {
        let block = block(tree, source, index);
        match spans.last_mut() {
            Some(last) if last.end == block.start => *last = last.cover(block),
            _ => spans.push(block),
        }
    }
    let text: Vec<String> = spans.iter().map(|&span| lines_of(source, span)).collect();
    for &span in &spans {
        fix = delete_block(fix, document, span);
    }
    let text = text.join("\n");
    match spot {
        Spot::Above(index) => {
            let at = above(tree, source, index);
            let apart = is_spaced(tree, source) || spans.len() > 1 && text.contains('#');
            let text = if apart && !source[..at as usize].is_empty() { format!("{text}\n") } else { text };
            fix.insert_lines_above(document, at, &text)
        }
        Spot::Below(index) => fix.insert_lines_below(document, tree.instructions[index].span.end, &text),
        Spot::Apart(index) => {
            let text = if is_spaced(tree, source) { format!("\n{text}") } else { text };
            fix.insert_lines_below(document, tree.instructions[index].span.end, &text)
        }
    }
}

/// Takes one of the pairs of an instruction out, the instruction with it if it was the only one. None where a comment
/// would get lost.
pub(crate) fn delete_pair(
    fix: ProposedFix,
    document: &Document,
    tree: &Dockerfile,
    index: usize,
    pair: &Pair,
) -> Option<ProposedFix> {
    let instruction = &tree.instructions[index];
    let (InstructionKind::Label(pairs) | InstructionKind::Env(pairs) | InstructionKind::Arg(pairs)) =
        &instruction.kind
    else {
        return None;
    };
    if let [_] = &pairs[..] {
        return Some(fix.delete_lines(document, instruction.span));
    }
    let at = pairs.iter().position(|other| other.span == pair.span)?;
    let span = match pairs.get(at + 1) {
        Some(next) => Span::new(pair.span.start, next.span.start),
        None => Span::new(pairs.get(at.checked_sub(1)?)?.span.end, pair.span.end),
    };
    let has_comment = tree.comments.iter().any(|comment| span.contains_span(*comment));
    (!has_comment).then(|| fix.delete(document, span))
}

/// A value in the quotes of the one that stands there now, or in double ones.
pub(crate) fn quoted_like(written: &str, value: &str) -> String {
    let quote = if written.starts_with('\'') && !value.contains('\'') { '\'' } else { '"' };
    format!("{quote}{value}{quote}")
}

/// A value as it is written without quotes if the one that stands there now has none and it needs none.
pub(crate) fn written_like(written: &str, value: &str) -> String {
    let is_plain = !value.is_empty() && !value.contains([' ', '\t', '"', '\'', '\\']);
    let is_bare = !written.starts_with(['"', '\'']);
    if is_plain && is_bare { value.to_owned() } else { quoted_like(written, value) }
}

/// Whether a comment stands inside an instruction.
pub(crate) fn has_comments(tree: &Dockerfile, index: usize) -> bool {
    let span = tree.instructions[index].span;
    tree.comments.iter().any(|comment| span.contains_span(*comment))
}
