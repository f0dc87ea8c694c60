//! The parser: recursive descent straight over the bytes, as the shell's tokens depend on where they stand.
//!
//! A missing closer is the one fault that can swallow a file. Blocks (`if`, `{`) cannot do so: they wait for closers
//! on a stack of frames, and what follows is still read as commands. Quotes and substitutions can: if one is open
//! where the text ends, the text is parsed again with the likeliest culprit held to its own line (see [`parse`]).

mod attach;
mod compound;
mod expansion;
mod heredoc;
mod list;
mod lookahead;
mod redirection;
mod reserved;
mod simple;
mod test;
mod word;

use vastlint_text::Span;

use super::tree::{Heredoc, Script};
use super::{MAX_DEPTH, ParseOptions};
use crate::SyntaxError;
use reserved::Closers;

/// More errors than anyone reads are not kept.
const MAX_ERRORS: usize = 1000;

/// How often a text is parsed again to find the opener that lacks its closer, before every opener behind it is held
/// to its line.
const RECOVERY_ROUNDS: usize = 6;

/// Parses `source`. Each round learns from the last one which quote or substitution was never closed.
pub(super) fn parse(source: &str, options: ParseOptions) -> Script {
    let mut held = Held::default();
    for round in 0.. {
        let mut parser = Parser::new(source, options, &held);
        let script = parser.script();
        let Some(open) = parser.open_at_end else {
            return script;
        };
        if round > RECOVERY_ROUNDS || held.from.is_some() {
            return script;
        }
        if round == RECOVERY_ROUNDS {
            held.from = Some(open.outermost);
            continue;
        }
        // A quote that closes on another line just before a letter was more likely meant to open there: the quote
        // before it lost its partner.
        let suspect = match open.byte {
            b'\'' => parser.suspect_single,
            b'"' => parser.suspect_double,
            _ => None,
        };
        let culprit = suspect.unwrap_or(open.innermost);
        held.openers.push(culprit);
    }
    Script::default()
}

/// Openers that may not reach beyond their line.
#[derive(Default)]
struct Held {
    /// Offsets of single openers.
    openers: Vec<usize>,
    /// All openers from this offset on.
    from: Option<usize>,
}

/// Openers that lack their closer where the text ends.
#[derive(Clone, Copy)]
struct OpenAtEnd {
    innermost: usize,
    outermost: usize,
    /// The first byte of the innermost one.
    byte: u8,
}

/// A construct around the current place, and the tokens that may end it.
#[derive(Clone, Copy)]
struct Frame {
    closers: Closers,
    /// Whether closers of frames further out mean nothing in here.
    barrier: bool,
}

/// A heredoc whose operator was read and whose body was not.
struct Pending {
    index: u32,
    delimiter: String,
    quoted: bool,
    strip_tabs: bool,
    span: Span,
}

struct Parser<'s> {
    source: &'s str,
    bytes: &'s [u8],
    options: ParseOptions,
    held: &'s Held,
    pos: usize,
    /// What lies from here on is invisible: the end of the text, of a backquoted part, of a heredoc's body.
    end: usize,
    depth: u32,
    depth_reported: bool,
    /// Blocks that lie too deep and were not entered: that many closers are skipped.
    skipped_blocks: u32,
    frames: Vec<Frame>,
    backquotes: u32,
    /// Constructs around the current place that are held to their line.
    holding: u32,
    pending: Vec<Pending>,
    heredocs: Vec<Heredoc>,
    comments: Vec<Span>,
    errors: Vec<SyntaxError>,
    /// The end and the index of the last error about an open construct: one that surrounds it and ends there, too,
    /// is the same fault.
    last_unclosed: Option<(usize, usize)>,
    open_at_end: Option<OpenAtEnd>,
    suspect_single: Option<usize>,
    suspect_double: Option<usize>,
    budget: lookahead::Budget,
    lines: Option<heredoc::LineIndex<'s>>,
    no_github_end: bool,
    /// A word that was read as a pattern and turned out to be a command's first word.
    stash: Option<super::word::Word>,
}

impl<'s> Parser<'s> {
    fn new(source: &'s str, options: ParseOptions, held: &'s Held) -> Self {
        Self {
            source,
            bytes: source.as_bytes(),
            options,
            held,
            pos: 0,
            end: source.len(),
            depth: 0,
            depth_reported: false,
            skipped_blocks: 0,
            frames: Vec::new(),
            backquotes: 0,
            holding: 0,
            pending: Vec::new(),
            heredocs: Vec::new(),
            comments: Vec::new(),
            errors: Vec::new(),
            last_unclosed: None,
            open_at_end: None,
            suspect_single: None,
            suspect_double: None,
            budget: lookahead::Budget::new(source.len()),
            lines: None,
            no_github_end: false,
            stash: None,
        }
    }

    fn script(&mut self) -> Script {
        if self.source.starts_with('\u{feff}') {
            self.pos = '\u{feff}'.len_utf8();
        }
        let shebang = self.bytes[self.pos..].starts_with(b"#!").then(|| {
            let start = self.pos;
            self.pos = self.line_end(start);
            self.span_from(start)
        });
        let mut body = self.list(Closers::NONE, false);
        self.flush_heredocs();
        if !self.heredocs.is_empty() {
            attach::attach(&mut body, &mut self.heredocs);
        }
        let mut errors = std::mem::take(&mut self.errors);
        errors.sort_by_key(|error| error.span.start);
        Script { shebang, body, comments: std::mem::take(&mut self.comments), errors }
    }

    /// The byte at `at`; 0 where nothing is visible.
    fn byte(&self, at: usize) -> u8 {
        if at < self.end { self.bytes[at] } else { 0 }
    }

    fn peek(&self) -> u8 {
        self.byte(self.pos)
    }

    fn at_end(&self) -> bool {
        self.pos >= self.end
    }

    fn looking_at(&self, text: &str) -> bool {
        self.bytes[self.pos..self.end].starts_with(text.as_bytes())
    }

    fn span_from(&self, start: usize) -> Span {
        Span::from_range(start..self.pos)
    }

    /// The length of the line end at `at`: 0 where there is none.
    fn line_end_length(&self, at: usize) -> usize {
        match self.byte(at) {
            b'\n' => 1,
            b'\r' if self.byte(at + 1) == b'\n' => 2,
            _ => 0,
        }
    }

    /// Where the line of `at` ends: before its line end.
    fn line_end(&self, at: usize) -> usize {
        let visible = &self.bytes[at.min(self.end)..self.end];
        let end = memchr::memchr(b'\n', visible).map_or(self.end, |length| at + length);
        if end > at && end < self.end && self.bytes[end - 1] == b'\r' { end - 1 } else { end }
    }

    /// The length of the line continuation at `at`: 0 where there is none.
    fn continuation_length(&self, at: usize) -> usize {
        if self.byte(at) != b'\\' {
            return 0;
        }
        match self.line_end_length(at + 1) {
            0 => 0,
            length => 1 + length,
        }
    }

    /// Skips blanks, continuations and a comment, up to a token or a line end.
    fn skip_blanks(&mut self) {
        loop {
            match self.peek() {
                b' ' | b'\t' => self.pos += 1,
                b'\\' => match self.continuation_length(self.pos) {
                    0 => return,
                    length => self.pos += length,
                },
                b'#' => {
                    let start = self.pos;
                    self.pos = self.line_end(start);
                    self.comments.push(self.span_from(start));
                    return;
                }
                _ => return,
            }
        }
    }

    /// Steps over a line end, if one is here, and over the heredoc bodies that begin behind it.
    fn newline(&mut self) -> bool {
        match self.line_end_length(self.pos) {
            0 => false,
            length => {
                self.pos += length;
                if !self.pending.is_empty() {
                    self.heredoc_bodies();
                }
                true
            }
        }
    }

    fn skip_lines(&mut self) {
        loop {
            self.skip_blanks();
            if !self.newline() {
                return;
            }
        }
    }

    fn error(&mut self, span: Span, message: impl Into<String>) {
        if self.errors.len() >= MAX_ERRORS || self.skipped_blocks > 0 {
            return;
        }
        let message = message.into();
        // A run of the same stray token is one fault.
        if let Some(last) = self.errors.last_mut()
            && last.span.end == span.start
            && !span.is_empty()
            && last.message == message
        {
            last.span.end = span.end;
            return;
        }
        self.errors.push(SyntaxError::new(span, message));
    }

    /// Notes that what `opener` opens is not closed before the visible text ends.
    fn unclosed(&mut self, opener: Span, closer: &str) {
        let start = opener.start as usize;
        if self.end == self.bytes.len() && self.holding == 0 {
            let byte = self.bytes[start];
            let open = self.open_at_end.get_or_insert(OpenAtEnd { innermost: start, outermost: start, byte });
            open.outermost = open.outermost.min(start);
        }
        let message = format!("`{}` has no closing `{closer}`", opener.text(self.source));
        match self.last_unclosed {
            Some((end, index)) if end == self.end && index < self.errors.len() => {
                let outer = self.errors[index].span.start >= opener.start;
                if outer {
                    self.errors[index] = SyntaxError::new(opener, message);
                    return;
                }
            }
            _ => {}
        }
        self.last_unclosed = Some((self.end, self.errors.len()));
        self.error(opener, message);
    }

    /// Goes one level down; false, with one error for the whole text, where the limit is reached.
    fn enter(&mut self, opener: Span) -> bool {
        if self.depth < MAX_DEPTH {
            self.depth += 1;
            return true;
        }
        if !self.depth_reported {
            self.depth_reported = true;
            self.error(
                opener,
                format!("nested more than {MAX_DEPTH} levels deep; what lies deeper is not checked"),
            );
        }
        false
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Runs `parse` on what the opener at `open` holds: on its line alone if the opener is held to it.
    fn held<T>(&mut self, open: usize, parse: impl FnOnce(&mut Self) -> T) -> T {
        let is_held = self.held.openers.contains(&open) || self.held.from.is_some_and(|from| from <= open);
        if !is_held {
            return parse(self);
        }
        let end = self.end;
        self.end = self.line_end(open);
        self.holding += 1;
        let result = parse(self);
        self.holding -= 1;
        self.end = end;
        result
    }

    /// Runs `parse` on `start..end` and stands at `end` afterwards.
    fn within<T>(&mut self, start: usize, end: usize, parse: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.end;
        self.pos = start;
        self.end = end.min(outer);
        let result = parse(self);
        self.pos = self.end;
        self.end = outer;
        result
    }
}
