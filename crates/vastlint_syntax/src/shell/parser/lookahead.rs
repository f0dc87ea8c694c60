use super::Parser;

/// How many bytes may be looked at ahead of the parser. Looking ahead decides what a bracket means; on hostile text
/// it could look at the same bytes again and again, so beyond a multiple of the text it may see but a few.
pub(super) struct Budget(usize);

const SHORT: usize = 64;

impl Budget {
    pub(super) const fn new(length: usize) -> Self {
        Self(4 * length + 64 * 1024)
    }
}

impl Parser<'_> {
    fn lookahead_end(&self, start: usize) -> usize {
        if self.budget.0 > 0 { self.end } else { self.end.min(start + SHORT) }
    }

    /// Where the `]` for the `[` at `start` stands; on the same line, unless it may be elsewhere.
    pub(super) fn closing_bracket(&mut self, start: usize, same_line: bool) -> Option<usize> {
        let end = self.lookahead_end(start);
        let mut depth = 0u32;
        let mut at = start;
        let mut found = None;
        while at < end {
            match self.bytes[at] {
                b'[' => depth += 1,
                b']' => {
                    depth -= 1;
                    if depth == 0 {
                        found = Some(at);
                        break;
                    }
                }
                b'\n' if same_line => break,
                b'\\' => at += 1,
                b'\'' | b'"' => at = self.quote_end(at, end),
                _ => {}
            }
            at += 1;
        }
        self.budget.0 = self.budget.0.saturating_sub(at.saturating_sub(start));
        found
    }

    /// Where the first `)` of the `))` that ends an arithmetic expression stands, if what begins at `start`, behind
    /// `((`, is one: its parentheses close together.
    pub(super) fn arithmetic_end(&mut self, start: usize) -> Option<usize> {
        let end = self.lookahead_end(start);
        let mut depth = 0u32;
        let mut at = start;
        let mut found = None;
        while at < end {
            match self.bytes[at] {
                b'(' => depth += 1,
                b')' if depth > 0 => depth -= 1,
                b')' => {
                    found = (self.byte(at + 1) == b')').then_some(at);
                    break;
                }
                b'\\' => at += 1,
                b'\'' | b'"' => at = self.quote_end(at, end),
                _ => {}
            }
            at += 1;
        }
        self.budget.0 = self.budget.0.saturating_sub(at.saturating_sub(start));
        found
    }

    /// Where the quote that begins at `start` ends: its closing byte, or the end.
    fn quote_end(&self, start: usize, end: usize) -> usize {
        let quote = self.bytes[start];
        let mut at = start + 1;
        while at < end && self.bytes[at] != quote {
            at += if self.bytes[at] == b'\\' && quote == b'"' { 2 } else { 1 };
        }
        at
    }

    /// Steps over what the `(` at the current place holds, without reading it.
    pub(super) fn skip_parentheses(&mut self) {
        self.skip_pair(b'(', b')');
    }

    /// Steps over everything up to the closer of the opener at the current place, without reading it.
    pub(super) fn skip_pair(&mut self, opener: u8, closer: u8) {
        let start = self.pos;
        let mut depth = 0u32;
        while self.pos < self.end {
            let byte = self.bytes[self.pos];
            if byte == b'\\' {
                self.pos += 1;
            } else if byte == closer && (depth == 1 || opener == closer && self.pos > start) {
                self.pos += 1;
                return;
            } else if byte == closer {
                depth = depth.saturating_sub(1);
            } else if byte == opener {
                depth += 1;
            }
            self.pos += 1;
        }
        self.pos = self.source.ceil_char_boundary(self.pos.min(self.end));
    }
}
