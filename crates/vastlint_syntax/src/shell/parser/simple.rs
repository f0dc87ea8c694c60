use vastlint_text::Span;

use super::Parser;
use super::word::Mode;
use crate::shell::tree::{ArrayElement, Assignment, AssignmentValue, Command, SimpleCommand};
use crate::shell::word::{Word, WordPart, WordPartKind};

impl Parser<'_> {
    pub(super) fn simple_command(&mut self) -> Command {
        let mut command = SimpleCommand::default();
        let mut start = self.pos;
        let mut end = self.pos;
        let mut declares = false;
        if let Some(word) = self.stash.take() {
            start = word.span.start as usize;
            end = word.span.end as usize;
            command.words.push(word);
        }
        if self.looking_at("in") && self.ends_word(start + 2) {
            self.error(Span::from_range(start..start + 2), "`in` without `for` or `case`");
        }
        loop {
            self.skip_blanks();
            if self.at_end() {
                break;
            }
            if self.at_redirection() {
                let redirection = self.redirection();
                end = redirection.span.end as usize;
                command.redirections.push(redirection);
                continue;
            }
            if self.at_delimiter() {
                let only_name = command.words.len() == 1
                    && command.assignments.is_empty()
                    && command.redirections.is_empty()
                    && command.declarations.is_empty();
                if self.peek() == b'(' && only_name {
                    let name = command.words[0].span;
                    return self.function_behind(name);
                }
                break;
            }
            let named = !command.words.is_empty();
            if (declares || !named)
                && let Some(assignment) = self.assignment()
            {
                end = assignment.span.end as usize;
                if named {
                    command.declarations.push(assignment);
                } else {
                    command.assignments.push(assignment);
                }
                continue;
            }
            let word = self.word(if named { Mode::Argument } else { Mode::Word });
            end = word.span.end as usize;
            if !named {
                declares = matches!(
                    word.span.text(self.source),
                    "export" | "declare" | "local" | "readonly" | "typeset"
                );
            }
            command.words.push(word);
        }
        command.span = Span::from_range(start..end);
        Command::Simple(command)
    }

    /// Whether something that ends a word stands here; `<(` and `>(` do not.
    pub(super) fn at_delimiter(&self) -> bool {
        match self.peek() {
            b';' | b'&' | b'|' | b'(' | b')' => true,
            b'<' | b'>' => self.byte(self.pos + 1) != b'(',
            b'\n' | b'\r' => self.line_end_length(self.pos) > 0,
            _ => false,
        }
    }

    /// The length of the variable's name at `at`.
    pub(super) fn name_length(&self, at: usize) -> usize {
        let visible = &self.bytes[at.min(self.end)..self.end];
        if visible.first().is_none_or(u8::is_ascii_digit) {
            return 0;
        }
        visible.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count()
    }

    fn assignment(&mut self) -> Option<Assignment> {
        let start = self.pos;
        let name = Span::from_range(start..start + self.name_length(start));
        if name.is_empty() {
            return None;
        }
        let mut at = name.end as usize;
        let subscript_end = if self.byte(at) == b'[' {
            let end = self.closing_bracket(at, true)?;
            at = end + 1;
            Some(end)
        } else {
            None
        };
        let append = self.byte(at) == b'+';
        if append {
            at += 1;
        }
        if self.byte(at) != b'=' {
            return None;
        }
        let subscript = subscript_end.map(|end| self.subscript(name.end as usize + 1, end));
        self.pos = at + 1;
        let value = if self.peek() == b'(' {
            AssignmentValue::Array(self.array())
        } else {
            AssignmentValue::Scalar(self.word(Mode::Value))
        };
        Some(Assignment { span: self.span_from(start), name, subscript, append, value })
    }

    pub(super) fn subscript(&mut self, start: usize, end: usize) -> Word {
        if !self.enter(Span::from_range(start..start + 1)) {
            return Word::skipped(Span::from_range(start..end));
        }
        let parts = self.within(start, end, |parser| parser.parts(Mode::Arithmetic));
        self.leave();
        Word { span: Span::from_range(start..end), parts }
    }

    /// The elements from `(` to `)`.
    pub(super) fn array(&mut self) -> Vec<ArrayElement> {
        let start = self.pos;
        let opener = Span::from_range(start..start + 1);
        if !self.enter(opener) {
            self.skip_parentheses();
            return Vec::new();
        }
        let elements = self.held(start, |parser| {
            parser.pos += 1;
            let mut elements = Vec::new();
            loop {
                parser.skip_lines();
                if parser.at_end() {
                    parser.unclosed(opener, ")");
                    break;
                }
                if parser.peek() == b')' {
                    parser.pos += 1;
                    break;
                }
                if parser.at_delimiter() {
                    let token = Span::from_range(parser.pos..parser.token_end());
                    parser
                        .error(token, format!("`{}` is not expected in an array", token.text(parser.source)));
                    break;
                }
                elements.push(parser.array_element());
            }
            elements
        });
        self.leave();
        elements
    }

    fn array_element(&mut self) -> ArrayElement {
        let start = self.pos;
        let mut subscript = None;
        let mut append = false;
        if self.peek() == b'['
            && let Some(end) = self.closing_bracket(start, true)
        {
            append = self.byte(end + 1) == b'+';
            let equals = if append { end + 2 } else { end + 1 };
            if self.byte(equals) == b'=' {
                subscript = Some(self.subscript(start + 1, end));
                self.pos = equals + 1;
            } else {
                append = false;
            }
        }
        let mode = if subscript.is_some() { Mode::Value } else { Mode::Argument };
        let value = self.word(mode);
        ArrayElement { span: self.span_from(start), subscript, append, value }
    }
}

impl Word {
    /// A word that was stepped over, of one part.
    pub(super) fn skipped(span: Span) -> Self {
        let mut word = Self { span, parts: crate::shell::word::Parts::default() };
        if !span.is_empty() {
            word.parts.push(WordPart { span, kind: WordPartKind::Literal });
        }
        word
    }
}
