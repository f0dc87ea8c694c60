use vastlint_text::Span;

use super::word::Mode;
use super::{Parser, Pending};
use crate::shell::tree::{Heredoc, Redirection, RedirectionOperator, RedirectionTarget};

impl Parser<'_> {
    /// The length of what names a file descriptor at the current place: digits or `{name}`, before `<` or `>`.
    fn descriptor_length(&self) -> Option<usize> {
        let start = self.pos;
        let mut at = start;
        match self.peek() {
            b'<' | b'>' => return Some(0),
            b'0'..=b'9' => {
                while self.byte(at).is_ascii_digit() {
                    at += 1;
                }
            }
            b'{' => {
                let name = self.name_length(start + 1);
                at = start + 1 + name;
                if name == 0 || self.byte(at) != b'}' {
                    return None;
                }
                at += 1;
            }
            _ => return None,
        }
        matches!(self.byte(at), b'<' | b'>').then_some(at - start)
    }

    pub(super) fn at_redirection(&self) -> bool {
        match self.peek() {
            b'&' => self.byte(self.pos + 1) == b'>',
            b'<' | b'>' => self.byte(self.pos + 1) != b'(',
            b'0'..=b'9' | b'{' => self.descriptor_length().is_some(),
            _ => false,
        }
    }

    pub(super) fn redirections(&mut self) -> Vec<Redirection> {
        let mut redirections = Vec::new();
        loop {
            self.skip_blanks();
            if !self.at_redirection() {
                return redirections;
            }
            redirections.push(self.redirection());
        }
    }

    pub(super) fn redirection(&mut self) -> Redirection {
        use RedirectionOperator as Op;
        let start = self.pos;
        let length = self.descriptor_length().unwrap_or(0);
        let descriptor = (length > 0).then(|| Span::from_range(start..start + length));
        self.pos += length;
        let operator_start = self.pos;
        let table = [
            ("&>>", Op::AppendOutputAndError),
            ("&>", Op::OutputAndError),
            ("<<<", Op::HereString),
            ("<<-", Op::HeredocStripTabs),
            ("<<", Op::Heredoc),
            ("<&", Op::DuplicateInput),
            ("<>", Op::ReadWrite),
            ("<", Op::Input),
            (">>", Op::Append),
            (">&", Op::DuplicateOutput),
            (">|", Op::Clobber),
        ];
        let (text, operator) =
            table.iter().find(|(text, _)| self.looking_at(text)).copied().unwrap_or((">", Op::Output));
        self.pos += text.len();
        let operator_span = self.span_from(operator_start);
        self.skip_blanks();
        let target = if matches!(operator, Op::Heredoc | Op::HeredocStripTabs) {
            RedirectionTarget::Heredoc(Box::new(
                self.heredoc(operator == Op::HeredocStripTabs, operator_span),
            ))
        } else {
            let word = self.word(Mode::Word);
            if word.span.is_empty() {
                self.error(operator_span, format!("nothing behind `{text}`"));
            }
            RedirectionTarget::Word(word)
        };
        let end = match &target {
            RedirectionTarget::Word(word) => word.span,
            RedirectionTarget::Heredoc(heredoc) => heredoc.delimiter_span,
        };
        // A missing target stands behind blanks that are no part of the redirection.
        let end = if end.is_empty() { operator_span.end } else { end.end };
        let target = match target {
            RedirectionTarget::Word(mut word) if word.span.is_empty() => {
                word.span = Span::empty(end);
                RedirectionTarget::Word(word)
            }
            target => target,
        };
        let span = Span::new(start as u32, end);
        Redirection { span, descriptor, operator, operator_span, target }
    }

    fn heredoc(&mut self, strip_tabs: bool, operator: Span) -> Heredoc {
        let (mut span, delimiter, quoted) = self.heredoc_delimiter();
        if span.is_empty() {
            span = Span::empty(operator.end);
            self.error(operator, format!("no delimiter behind `{}`", operator.text(self.source)));
            return Heredoc {
                delimiter_span: span,
                body: span,
                strip_tabs,
                index: u32::MAX,
                ..Heredoc::default()
            };
        }
        let index = self.heredocs.len() as u32;
        self.heredocs.push(Heredoc::default());
        self.pending.push(Pending { index, delimiter: delimiter.clone(), quoted, strip_tabs, span });
        Heredoc { delimiter_span: span, delimiter, quoted, strip_tabs, index, ..Heredoc::default() }
    }

    /// The delimiter as it stands, its value, and whether it is quoted. Nothing in it is expanded.
    fn heredoc_delimiter(&mut self) -> (Span, String, bool) {
        let start = self.pos;
        let mut value = String::new();
        let mut quoted = false;
        let mut quote = 0u8;
        while !self.at_end() {
            let rest = &self.source[self.pos..self.end];
            let Some(character) = rest.chars().next() else { break };
            if quote != 0 {
                if self.line_end_length(self.pos) > 0 {
                    let span = self.span_from(start);
                    self.error(
                        span,
                        format!("`{}` has no closing `{}`", span.text(self.source), quote as char),
                    );
                    break;
                }
                if character == quote as char {
                    quote = 0;
                } else {
                    value.push(character);
                }
                self.pos += character.len_utf8();
                continue;
            }
            match character {
                '\'' | '"' => {
                    quoted = true;
                    quote = character as u8;
                    self.pos += 1;
                }
                '\\' => {
                    match self.continuation_length(self.pos) {
                        0 => {}
                        length => {
                            self.pos += length;
                            continue;
                        }
                    }
                    quoted = true;
                    self.pos += 1;
                    if let Some(protected) = rest[1..].chars().next() {
                        value.push(protected);
                        self.pos += protected.len_utf8();
                    }
                }
                _ if self.ends_word(self.pos) => break,
                _ => {
                    value.push(character);
                    self.pos += character.len_utf8();
                }
            }
        }
        (self.span_from(start), value, quoted)
    }
}
