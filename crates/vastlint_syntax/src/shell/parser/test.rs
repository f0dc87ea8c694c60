use vastlint_text::Span;

use super::Parser;
use super::word::Mode;
use crate::shell::tree::{CompoundKind, Test, TestToken};

/// What may come next in `[[ … ]]`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    /// An operand, `!`, `(` or a unary operator.
    Operand,
    /// The operand of a unary or binary operator.
    Right,
    /// A binary operator, `&&`, `||`, `)` or the end.
    Operator,
    /// `&&`, `||`, `)` or the end.
    Joint,
}

impl Parser<'_> {
    /// What stands between `[[`, which was read, and `]]`.
    pub(super) fn test(&mut self, opener: Span) -> CompoundKind {
        let mut tokens = Vec::new();
        let mut expect = Expect::Operand;
        let mut regex = false;
        let mut depth = 0u32;
        let mut fault: Option<Span> = None;
        loop {
            self.skip_blanks();
            let next_line = self.line_end_length(self.pos) > 0;
            if next_line && expect != Expect::Right {
                self.skip_lines();
            }
            let start = self.pos;
            // A test goes on behind a line end only where an operand or a joint can follow.
            let cut_off = next_line && expect != Expect::Operand && !self.continues_test();
            if self.at_end() || cut_off || self.ends_test() {
                self.error(opener, "`[[` has no closing `]]`");
                return CompoundKind::Test(Test { tokens });
            }
            if self.looking_at("]]") && self.ends_word(start + 2) {
                self.pos += 2;
                if matches!(expect, Expect::Operand | Expect::Right) || depth > 0 {
                    fault.get_or_insert(Span::from_range(start..start + 2));
                }
                break;
            }
            if let Some(length) = self.joint_length(regex) {
                self.pos += length;
                let span = self.span_from(start);
                let fits = match span.text(self.source) {
                    "(" => {
                        depth += 1;
                        expect == Expect::Operand
                    }
                    "!" => expect == Expect::Operand,
                    ")" => {
                        let fits = depth > 0 && matches!(expect, Expect::Operator | Expect::Joint);
                        depth = depth.saturating_sub(1);
                        expect = Expect::Joint;
                        fits
                    }
                    "<" | ">" => {
                        let fits = expect == Expect::Operator;
                        expect = Expect::Right;
                        fits
                    }
                    _ => {
                        let fits = matches!(expect, Expect::Operator | Expect::Joint);
                        expect = Expect::Operand;
                        fits
                    }
                };
                if !fits {
                    fault.get_or_insert(span);
                }
                tokens.push(TestToken::Operator(span));
                continue;
            }
            let word = self.word(if regex { Mode::Regex } else { Mode::Word });
            if word.span.is_empty() {
                // An operator that has no meaning in a test.
                self.pos = self.token_end();
                fault.get_or_insert(self.span_from(start));
                continue;
            }
            let text = word.span.text(self.source);
            let token = match expect {
                Expect::Operand if is_unary(text) => {
                    expect = Expect::Right;
                    TestToken::Operator(word.span)
                }
                Expect::Operand => {
                    expect = Expect::Operator;
                    TestToken::Word(word)
                }
                Expect::Operator if is_binary(text) => {
                    regex = text == "=~";
                    expect = Expect::Right;
                    tokens.push(TestToken::Operator(word.span));
                    continue;
                }
                Expect::Right => {
                    expect = Expect::Joint;
                    TestToken::Word(word)
                }
                Expect::Operator | Expect::Joint => {
                    fault.get_or_insert(word.span);
                    expect = Expect::Operator;
                    TestToken::Word(word)
                }
            };
            regex = false;
            tokens.push(token);
        }
        if let Some(span) = fault {
            let text = span.text(self.source);
            self.error(span, format!("`{text}` is not expected here in `[[ … ]]`"));
        }
        CompoundKind::Test(Test { tokens })
    }

    /// Whether a token stands here that cannot be in a test, so that its `]]` must be missing.
    fn ends_test(&self) -> bool {
        match self.peek() {
            b';' => true,
            b'&' | b'|' => self.byte(self.pos + 1) != self.peek(),
            _ => self
                .reserved()
                .and_then(|(reserved, _)| reserved.closer())
                .is_some_and(|closer| self.is_awaited(closer)),
        }
    }

    /// Whether something stands here that goes on with a test behind a complete operand.
    fn continues_test(&self) -> bool {
        self.looking_at("&&")
            || self.looking_at("||")
            || self.peek() == b')'
            || self.looking_at("]]") && self.ends_word(self.pos + 2)
    }

    /// The length of `&&`, `||`, `(`, `)`, `<`, `>` or `!`.
    fn joint_length(&self, regex: bool) -> Option<usize> {
        let next = self.byte(self.pos + 1);
        match self.peek() {
            b'&' if next == b'&' => Some(2),
            b'|' if next == b'|' => Some(2),
            b'(' if !regex => Some(1),
            b')' => Some(1),
            b'<' | b'>' if next != b'(' => Some(1),
            b'!' if self.ends_word(self.pos + 1) => Some(1),
            _ => None,
        }
    }
}

fn is_unary(text: &str) -> bool {
    matches!(text.as_bytes(), [b'-', letter] if b"abcdefghknoprstuvwxzGLNORS".contains(letter))
}

fn is_binary(text: &str) -> bool {
    matches!(
        text,
        "=" | "==" | "!=" | "=~" | "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge" | "-nt" | "-ot" | "-ef"
    )
}
