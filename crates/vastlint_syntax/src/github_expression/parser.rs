use vastlint_text::Span;

use super::lexer::{Token, TokenKind, tokens};
use super::{Expr, ExprId, ExprKind, Operator, Parsed};
use crate::SyntaxError;

/// How deep parentheses, brackets and negations may nest; GitHub itself stops at 50.
const MAX_DEPTH: u32 = 100;

/// Reads the expression under `span` of `text`: [`super::Expression::inner`], or the whole value of an `if:`.
pub fn parse(text: &str, span: Span) -> Parsed {
    let mut errors = Vec::new();
    let tokens = tokens(text, span, &mut errors);
    let parsed = Parsed { tokens, errors, ..Parsed::default() };
    let mut parser = Parser { text, end: span.end, parsed, next: 0, depth: 0 };
    parser.parsed.root = parser.binary(0);
    if let Some(token) = parser.peek() {
        let message = "the expression ends before this: an operator is missing";
        parser.parsed.errors.push(SyntaxError::new(token.span, message));
    }
    // What stands behind is read on its own, so that its references are found.
    while parser.peek().is_some() {
        let before = parser.next;
        parser.binary(0);
        if parser.next == before {
            parser.next += 1;
        }
    }
    parser.parsed.errors.sort_by_key(|error| error.span.start);
    parser.parsed
}

struct Parser<'t> {
    text: &'t str,
    end: u32,
    parsed: Parsed,
    next: usize,
    depth: u32,
}

/// How tightly an operator binds.
fn precedence(operator: Operator) -> u8 {
    match operator {
        Operator::Or => 1,
        Operator::And => 2,
        Operator::Equal | Operator::NotEqual => 3,
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => 4,
    }
}

impl Parser<'_> {
    fn peek(&self) -> Option<Token> {
        self.parsed.tokens.get(self.next).copied()
    }

    fn take(&mut self, kind: TokenKind) -> Option<Token> {
        let token = self.peek().filter(|token| token.kind == kind)?;
        self.next += 1;
        Some(token)
    }

    fn error(&mut self, message: &str) {
        let span = self.peek().map_or(Span::empty(self.end), |token| token.span);
        self.parsed.errors.push(SyntaxError::new(span, message));
    }

    fn add(&mut self, span: Span, kind: ExprKind) -> ExprId {
        let id = ExprId(self.parsed.nodes.len() as u32);
        self.parsed.nodes.push(Expr { span, kind });
        id
    }

    fn span(&self, id: ExprId) -> Span {
        self.parsed.node(id).span
    }

    /// Operands joined by operators that bind tighter than `floor`.
    fn binary(&mut self, floor: u8) -> Option<ExprId> {
        let mut left = self.unary()?;
        while let Some(Token { kind: TokenKind::Operator(operator), span }) = self.peek()
            && precedence(operator) > floor
        {
            self.next += 1;
            let right = self.binary(precedence(operator));
            let end = right.map_or(span, |right| self.span(right));
            let whole = self.span(left).cover(span).cover(end);
            left = self.add(whole, ExprKind::Binary { operator, left, right });
        }
        Some(left)
    }

    fn unary(&mut self) -> Option<ExprId> {
        if self.depth >= MAX_DEPTH {
            self.error("the expression nests too deep");
            self.next = self.parsed.tokens.len();
            return None;
        }
        let Some(not) = self.take(TokenKind::Not) else { return self.postfix() };
        self.depth += 1;
        let operand = self.unary();
        self.depth -= 1;
        let operand = operand?;
        let span = not.span.cover(self.span(operand));
        Some(self.add(span, ExprKind::Not(operand)))
    }

    fn postfix(&mut self) -> Option<ExprId> {
        let mut object = self.primary()?;
        loop {
            if let Some(dot) = self.take(TokenKind::Dot) {
                let property = self.take(TokenKind::Identifier).or_else(|| self.take(TokenKind::Star));
                if property.is_none() {
                    self.error("a property name is expected behind the dot");
                }
                let property = property.map_or(Span::empty(dot.span.end), |token| token.span);
                let span = self.span(object).cover(dot.span).cover(property);
                object = self.add(span, ExprKind::Property { object, property });
            } else if let Some(open) = self.take(TokenKind::OpenBracket) {
                self.depth += 1;
                let index = if self.take(TokenKind::Star).is_some() { None } else { self.binary(0) };
                self.depth -= 1;
                let close = self.close(TokenKind::CloseBracket, "a `]` is missing");
                let mut span = self.span(object).cover(open.span).cover(close);
                if let Some(index) = index {
                    span = span.cover(self.span(index));
                }
                object = self.add(span, ExprKind::Index { object, index });
            } else {
                return Some(object);
            }
        }
    }

    /// The bracket that closes, or an empty span behind the last token.
    fn close(&mut self, kind: TokenKind, message: &str) -> Span {
        if let Some(token) = self.take(kind) {
            return token.span;
        }
        self.error(message);
        let last = self.next.checked_sub(1).and_then(|last| self.parsed.tokens.get(last));
        Span::empty(last.map_or(self.end, |token| token.span.end))
    }

    fn primary(&mut self) -> Option<ExprId> {
        let Some(token) = self.peek() else {
            if !self.parsed.tokens.is_empty() {
                self.error("a value is missing at the end");
            }
            return None;
        };
        let text = token.span.text(self.text);
        let kind = match token.kind {
            TokenKind::String => {
                let inner = text.strip_prefix('\'').unwrap_or(text);
                ExprKind::String(inner.strip_suffix('\'').unwrap_or(inner).replace("''", "'"))
            }
            TokenKind::Number => ExprKind::Number,
            TokenKind::Identifier => {
                let behind = self.parsed.tokens.get(self.next + 1);
                if behind.is_some_and(|behind| behind.kind == TokenKind::OpenParenthesis) {
                    return Some(self.call(token));
                }
                match text {
                    "true" => ExprKind::Boolean(true),
                    "false" => ExprKind::Boolean(false),
                    "null" => ExprKind::Null,
                    _ => ExprKind::Name,
                }
            }
            TokenKind::OpenParenthesis => {
                self.next += 1;
                self.depth += 1;
                let inner = self.binary(0);
                self.depth -= 1;
                self.close(TokenKind::CloseParenthesis, "a `)` is missing");
                return inner;
            }
            _ => {
                self.error("a value is missing before this");
                // Closing brackets are left to whoever opened them.
                let closes = matches!(
                    token.kind,
                    TokenKind::CloseParenthesis | TokenKind::CloseBracket | TokenKind::Comma
                );
                if !closes {
                    self.next += 1;
                }
                return None;
            }
        };
        self.next += 1;
        Some(self.add(token.span, kind))
    }

    fn call(&mut self, name: Token) -> ExprId {
        self.next += 2;
        self.depth += 1;
        let mut arguments = Vec::new();
        let mut end = name.span;
        if self.peek().is_none_or(|token| token.kind != TokenKind::CloseParenthesis) {
            loop {
                arguments.extend(self.binary(0));
                if self.take(TokenKind::Comma).is_none() {
                    break;
                }
            }
        }
        self.depth -= 1;
        for &argument in &arguments {
            end = end.cover(self.span(argument));
        }
        let close = self.close(TokenKind::CloseParenthesis, "a `)` is missing");
        let span = name.span.cover(end).cover(close);
        self.add(span, ExprKind::Call { name: name.span, arguments })
    }
}

/// Whether every span of the tree lies where the documentation of the types says it does.
#[doc(hidden)]
pub fn check_invariants(text: &str, parsed: &Parsed) -> Result<(), String> {
    let mut end = 0;
    for token in &parsed.tokens {
        if text.get(token.span.range()).is_none() || token.span.start < end || token.span.is_empty() {
            return Err(format!("token {token:?} is out of place"));
        }
        end = token.span.end;
    }
    for error in &parsed.errors {
        if text.get(error.span.range()).is_none() {
            return Err(format!("error {error:?} is outside the text"));
        }
    }
    for (id, node) in parsed.nodes() {
        let children: Vec<ExprId> = match &node.kind {
            ExprKind::Property { object, .. } => vec![*object],
            ExprKind::Index { object, index } => std::iter::once(*object).chain(*index).collect(),
            ExprKind::Call { arguments, .. } => arguments.clone(),
            ExprKind::Not(operand) => vec![*operand],
            ExprKind::Binary { left, right, .. } => std::iter::once(*left).chain(*right).collect(),
            _ => Vec::new(),
        };
        let mut end = node.span.start;
        for child in children {
            let span = parsed.node(child).span;
            if child >= id || !node.span.contains_span(span) || span.start < end {
                return Err(format!("{span:?} is outside {node:?}, or out of order"));
            }
            end = span.end;
        }
    }
    for reference in parsed.references(text) {
        let mut end = reference.span.start;
        for segment in &reference.segments {
            if segment.span.start < end || !reference.span.contains_span(segment.span) {
                return Err(format!("segment {segment:?} is out of place in {reference:?}"));
            }
            end = segment.span.end;
        }
    }
    Ok(())
}
