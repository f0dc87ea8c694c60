use vastlint_text::Span;

use super::reserved::{Closers, Reserved};
use super::{Frame, Parser};
use crate::shell::tree::{AndOr, AndOrOperator, Command, List, Pipeline, Statement, Terminator};

/// What stands where a statement may begin.
enum Next {
    Statement,
    /// A closer that a construct around the list waits for.
    Closed,
    /// Something stray that was stepped over.
    Skipped,
}

impl Parser<'_> {
    /// Statements up to one of `closers` (not consumed), a closer of an outer construct, or the end.
    pub(super) fn list(&mut self, closers: Closers, barrier: bool) -> List {
        self.frames.push(Frame { closers, barrier });
        let mut list = List::new();
        let mut loose_end = false;
        loop {
            if self.stash.is_none() {
                let before = self.pos;
                self.skip_lines();
                if self.at_end() {
                    break;
                }
                match self.next() {
                    Next::Statement => {}
                    Next::Closed => break,
                    Next::Skipped => {
                        loose_end = false;
                        continue;
                    }
                }
                if loose_end && !self.bytes[before..self.pos].contains(&b'\n') {
                    let span = Span::from_range(self.pos..self.token_end());
                    self.error(span, format!("`{}` is not expected here", span.text(self.source)));
                }
            }
            let statement = self.statement();
            loose_end = statement.terminator == Terminator::None;
            // Many lists hold one statement; a vector would begin with room for four.
            if list.is_empty() {
                list.reserve_exact(1);
            }
            list.push(statement);
        }
        self.frames.pop();
        list
    }

    fn next(&mut self) -> Next {
        let start = self.pos;
        let (closer, length) = match self.peek() {
            b';' => match (self.byte(start + 1), self.byte(start + 2)) {
                (b';', b'&') => (Some(Closers::ARM), 3),
                (b';' | b'&', _) => (Some(Closers::ARM), 2),
                _ => (None, 1),
            },
            b')' => (Some(Closers::PARENTHESIS), 1),
            b'&' if self.byte(start + 1) == b'>' => return Next::Statement,
            b'&' if self.byte(start + 1) == b'&' => (None, 2),
            b'|' if matches!(self.byte(start + 1), b'|' | b'&') => (None, 2),
            b'&' | b'|' => (None, 1),
            _ => {
                let Some((reserved, length)) = self.reserved() else { return Next::Statement };
                let Some(closer) = reserved.closer() else { return Next::Statement };
                if self.skipped_blocks > 0 {
                    if reserved.ends_block() {
                        self.skipped_blocks -= 1;
                    }
                    self.pos += length;
                    self.skip_blanks();
                    if self.peek() == b';' && self.byte(self.pos + 1) != b';' {
                        self.pos += 1;
                    }
                    return Next::Skipped;
                }
                (Some(closer), length)
            }
        };
        if closer.is_some_and(|closer| self.is_awaited(closer)) {
            return Next::Closed;
        }
        self.pos += length;
        let span = self.span_from(start);
        let text = span.text(self.source);
        let message = match closer {
            Some(closer) => match opener_of(closer) {
                Some(opener) => format!("`{text}` without `{opener}`"),
                None => format!("`{text}` outside of `case`"),
            },
            None => format!("no command before `{text}`"),
        };
        self.error(span, message);
        Next::Skipped
    }

    /// Whether a construct around the current place waits for the closer.
    pub(super) fn is_awaited(&self, closer: Closers) -> bool {
        for frame in self.frames.iter().rev() {
            if frame.closers.meets(closer) {
                return true;
            }
            if frame.barrier {
                return false;
            }
        }
        false
    }

    /// Where the token at the current place ends, for the span of an error.
    pub(super) fn token_end(&self) -> usize {
        let start = self.pos;
        let mut end = start;
        while end < self.end && !self.ends_word(end) {
            end += 1;
        }
        if end == start {
            end += 1;
        }
        self.source.ceil_char_boundary(end.min(self.end))
    }

    fn statement(&mut self) -> Statement {
        let first = self.pipeline();
        let mut span = first.span;
        let mut rest = Vec::new();
        loop {
            self.skip_blanks();
            let start = self.pos;
            let operator = if self.looking_at("&&") {
                AndOrOperator::And
            } else if self.looking_at("||") {
                AndOrOperator::Or
            } else {
                break;
            };
            self.pos += 2;
            let operator_span = self.span_from(start);
            self.skip_lines();
            if !self.at_command() {
                self.error(operator_span, format!("no command behind `{}`", operator_span.text(self.source)));
                rest.push(AndOr { operator, operator_span, pipeline: Pipeline::missing(operator_span.end) });
                span.end = operator_span.end;
                break;
            }
            let pipeline = self.pipeline();
            span.end = pipeline.span.end;
            rest.push(AndOr { operator, operator_span, pipeline });
        }
        let (terminator, terminator_span) = self.terminator();
        Statement { span, first, rest, terminator, terminator_span }
    }

    fn terminator(&mut self) -> (Terminator, Span) {
        let start = self.pos;
        match (self.peek(), self.byte(start + 1)) {
            (b';', next) if next != b';' && next != b'&' => {
                self.pos += 1;
                (Terminator::Semicolon, self.span_from(start))
            }
            (b'&', next) if next != b'>' => {
                self.pos += 1;
                (Terminator::Background, self.span_from(start))
            }
            _ => match self.line_end_length(start) {
                0 => (Terminator::None, Span::from_range(start..start)),
                length => {
                    let span = Span::from_range(start..start + length);
                    self.newline();
                    (Terminator::Newline, span)
                }
            },
        }
    }

    /// Whether a command may begin here.
    pub(super) fn at_command(&self) -> bool {
        match self.peek() {
            _ if self.at_end() => false,
            b';' | b')' | b'|' => false,
            b'&' => self.byte(self.pos + 1) == b'>',
            _ => {
                self.line_end_length(self.pos) == 0
                    && self.reserved().is_none_or(|(reserved, _)| reserved.closer().is_none())
            }
        }
    }

    fn pipeline(&mut self) -> Pipeline {
        let start = self.stash.as_ref().map_or(self.pos, |word| word.span.start as usize);
        let mut pipeline = Pipeline::missing(start as u32);
        let mut end = start;
        if self.stash.is_none() {
            end = self.pipeline_prefix(&mut pipeline);
        }
        loop {
            if self.stash.is_none() && !self.at_command() {
                if let Some(operator) = pipeline.operators.last().copied() {
                    self.error(operator, format!("no command behind `{}`", operator.text(self.source)));
                }
                break;
            }
            let command = self.command();
            end = command.span().end as usize;
            // Most pipelines are one command; a vector would begin with room for four.
            if pipeline.commands.is_empty() {
                pipeline.commands.reserve_exact(1);
            }
            pipeline.commands.push(command);
            self.skip_blanks();
            let operator = self.pos;
            if self.peek() != b'|' || self.byte(operator + 1) == b'|' {
                break;
            }
            self.pos += if self.byte(operator + 1) == b'&' { 2 } else { 1 };
            end = self.pos;
            pipeline.operators.push(self.span_from(operator));
            self.skip_lines();
            if let Some((Reserved::Bang, length)) = self.reserved() {
                let start = self.pos;
                self.pos += length;
                let span = self.span_from(start);
                self.error(span, "`!` may stand only before a whole pipeline");
                self.skip_blanks();
            }
        }
        pipeline.span = Span::from_range(start..end);
        pipeline
    }

    /// Reads `!` and `time`; gives where the last one ends.
    fn pipeline_prefix(&mut self, pipeline: &mut Pipeline) -> usize {
        let mut end = self.pos;
        while let Some((reserved @ (Reserved::Bang | Reserved::Time), length)) = self.reserved() {
            self.pos += length;
            end = self.pos;
            if reserved == Reserved::Bang {
                pipeline.negated = !pipeline.negated;
            } else {
                pipeline.timed = true;
            }
            self.skip_blanks();
            while reserved == Reserved::Time
                && self.peek() == b'-'
                && (self.looking_at("-p") || self.looking_at("--"))
                && self.ends_word(self.pos + 2)
            {
                self.pos += 2;
                end = self.pos;
                self.skip_blanks();
            }
        }
        end
    }

    pub(super) fn command(&mut self) -> Command {
        if self.stash.is_some() {
            return self.simple_command();
        }
        if self.peek() == b'(' {
            return self.parenthesis();
        }
        match self.reserved() {
            Some((Reserved::Function, length)) => self.function(length),
            Some((Reserved::Coproc, length)) => self.coproc(length),
            Some((reserved, length)) if reserved.opens_block() => self.block(reserved, length),
            _ => self.simple_command(),
        }
    }
}

impl Pipeline {
    const fn missing(at: u32) -> Self {
        Self {
            span: Span::empty(at),
            negated: false,
            timed: false,
            commands: Vec::new(),
            operators: Vec::new(),
        }
    }
}

fn opener_of(closer: Closers) -> Option<&'static str> {
    let openers = [
        (Closers::THEN.and(Closers::ELIF).and(Closers::ELSE).and(Closers::FI), "if"),
        (Closers::DO.and(Closers::DONE), "for` or `while"),
        (Closers::ESAC, "case"),
        (Closers::BRACE, "{"),
        (Closers::PARENTHESIS, "("),
    ];
    openers.iter().find(|(closers, _)| closers.meets(closer)).map(|(_, opener)| *opener)
}
