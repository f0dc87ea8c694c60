//! The lines of a script: which statement stands on lines of its own, which comments belong to it, and where blocks of
//! lines go in.

use vastlint_model::Document;
use vastlint_syntax::shell::{Context, Heredoc, Redirection, RedirectionTarget, Script, Statement, Visitor};
use vastlint_text::Span;

use crate::fix::{ProposedFix, full_lines, indentation, line_start};

/// The innermost statement that holds a span.
pub(crate) fn statement_around(script: &Script, span: Span) -> Option<&Statement> {
    struct Finder<'t> {
        span: Span,
        found: Option<&'t Statement>,
    }
    impl<'t> Visitor<'t> for Finder<'t> {
        fn enter_statement(&mut self, statement: &'t Statement, _: Context) {
            if statement.span.contains_span(self.span) {
                self.found = Some(statement);
            }
        }
    }
    let mut finder = Finder { span, found: None };
    script.walk(&mut finder);
    finder.found
}

/// The innermost statement that holds a span, if it is the first thing on its line: lines may be written above it.
pub(crate) fn statement_on_line<'t>(
    document: &Document,
    script: &'t Script,
    span: Span,
) -> Option<&'t Statement> {
    statement_around(script, span).filter(|statement| starts_line(document, statement.span.start))
}

/// Whether nothing but blanks stands before a place on its line.
pub(crate) fn starts_line(document: &Document, at: u32) -> bool {
    let start = line_start(&document.text, at);
    document.slice(Span::new(start, at)).bytes().all(|byte| matches!(byte, b' ' | b'\t'))
}

/// The full lines of what stands at a span, with its heredocs and a comment behind it; none if anything else stands on
/// them.
pub(crate) fn own_lines(document: &Document, script: &Script, span: Span) -> Option<Span> {
    if !starts_line(document, span.start) {
        return None;
    }
    let line = full_lines(&document.text, Span::new(span.start, span.end.max(span.start + 1)));
    let behind = document.slice(Span::new(span.end, line.end)).trim_start_matches([' ', '\t', ';']);
    let is_comment = || {
        let at = line.end - behind.len() as u32;
        script.comments.binary_search_by_key(&at, |comment| comment.start).is_ok()
    };
    if !behind.trim().is_empty() && !is_comment() {
        return None;
    }
    let heredoc = last_heredoc(document, script, span);
    let end = match heredoc {
        Some(heredoc) => full_lines(&document.text, Span::empty(heredoc.terminator?.start)).end,
        None => line.end,
    };
    Some(Span::new(line.start, end))
}

/// The heredoc of what stands at a span that ends last.
pub(crate) fn last_heredoc<'t>(document: &Document, script: &'t Script, span: Span) -> Option<&'t Heredoc> {
    struct Finder<'t> {
        span: Span,
        found: Option<&'t Heredoc>,
    }
    impl<'t> Visitor<'t> for Finder<'t> {
        fn enter_redirection(&mut self, redirection: &'t Redirection, _: Context) {
            if let RedirectionTarget::Heredoc(heredoc) = &redirection.target
                && self.span.contains_span(redirection.span)
                && self.found.is_none_or(|found| found.body.end <= heredoc.body.start)
            {
                self.found = Some(heredoc);
            }
        }
    }
    // Most commands have none, and a walk is long.
    if !document.slice(span).contains("<<") {
        return None;
    }
    let mut finder = Finder { span, found: None };
    script.walk(&mut finder);
    finder.found
}

/// Where the comments begin that stand directly above a line; the start of the line where there are none. The first line
/// of a script (`#!`) is none.
pub(crate) fn comments_above(document: &Document, script: &Script, line: u32) -> u32 {
    let mut start = line_start(&document.text, line);
    while start > 0 {
        let above = line_start(&document.text, start - 1);
        let blanks = indentation(&document.text, above).len() as u32;
        let at = above + blanks;
        let is_comment = script.comments.binary_search_by_key(&at, |comment| comment.start).is_ok();
        if !is_comment {
            break;
        }
        start = above;
    }
    start
}

/// Whether the line that ends in front of `line` is there and blank.
pub(crate) fn is_blank_above(document: &Document, line: u32) -> bool {
    line > 0 && {
        let above = line_start(&document.text, line - 1);
        document.slice(Span::new(above, line)).trim().is_empty()
    }
}

fn is_blank_below(document: &Document, line: u32) -> bool {
    let rest = &document.text[line as usize..];
    rest.split_inclusive('\n').next().is_some_and(|line| line.trim().is_empty())
}

impl ProposedFix {
    /// Writes lines between the lines that end and begin at `line`, with an empty line on either side of them where
    /// other lines stand.
    pub(crate) fn insert_block(self, document: &Document, line: u32, block: &str) -> Self {
        let text = &document.text;
        let mut at = line;
        // Of two empty lines one stays above, and one below.
        if is_blank_above(document, at) && is_blank_above(document, line_start(text, at - 1)) {
            at = line_start(text, at - 1);
        }
        let mut written = String::new();
        let is_open = at as usize == text.len() && !text.is_empty() && !text.ends_with('\n');
        if is_open {
            written.push('\n');
        }
        let above = at == 0 || is_blank_above(document, at) && !is_open;
        if !above {
            let next = full_lines(text, Span::empty(at)).end;
            if is_blank_below(document, at) && is_blank_below(document, next) {
                at = next;
            } else {
                written.push('\n');
            }
        }
        written.push_str(block);
        let at_end = at as usize == text.len();
        if !is_open {
            written.push('\n');
        }
        if !at_end && !is_blank_below(document, at) {
            written.push('\n');
        }
        self.insert(document, at, written)
    }
}
