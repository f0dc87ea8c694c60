//! GitHub Actions expressions: `${{ … }}` inside any text, and the bare ones of `if:`.
//!
//! All spans are places in the text that was given.

mod find;
mod lexer;
mod parser;

use vastlint_text::Span;

use crate::SyntaxError;

pub use find::find;
pub use lexer::{Token, TokenKind};
pub use parser::{check_invariants, parse};

/// A `${{ … }}` in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expression {
    /// From `${{` to `}}`; to the end of the line where it is not closed.
    pub span: Span,
    /// What stands between the braces.
    pub inner: Span,
    /// Whether `}}` was found.
    pub closed: bool,
}

/// An expression: its tokens and its tree.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// The tokens in order; white space is between them.
    pub tokens: Vec<Token>,
    /// The whole expression; none where it is empty.
    pub root: Option<ExprId>,
    /// What is no expression, in order.
    pub errors: Vec<SyntaxError>,
    nodes: Vec<Expr>,
}

/// Names a part of a [`Parsed`] expression; means nothing to another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExprId(u32);

/// A part of an expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// The part with everything under it.
    pub span: Span,
    /// What it is.
    pub kind: ExprKind,
}

/// What a part of an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `'it''s'`; the value has single quotes and no others.
    String(String),
    /// A number as written.
    Number,
    /// `true` or `false`.
    Boolean(bool),
    /// `null`
    Null,
    /// A context such as `github`, or the name that a half-written expression ends with.
    Name,
    /// `object.property`, or `object.*` where the property is a star.
    Property {
        /// What stands before the dot.
        object: ExprId,
        /// The name behind the dot; empty where it is missing.
        property: Span,
    },
    /// `object[index]`
    Index {
        /// What stands before the bracket.
        object: ExprId,
        /// What stands between the brackets; none for `[*]` and where it is missing.
        index: Option<ExprId>,
    },
    /// `function(arguments)`
    Call {
        /// The name of the function.
        name: Span,
        /// In order.
        arguments: Vec<ExprId>,
    },
    /// `!operand`
    Not(ExprId),
    /// `left operator right`
    Binary {
        /// The operator.
        operator: Operator,
        /// What stands before it.
        left: ExprId,
        /// What stands behind it; none where it is missing.
        right: Option<ExprId>,
    },
}

/// An operator between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `||`
    Or,
    /// `&&`
    And,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// A path into a context, such as `needs.preflight.outputs.should-run` or `matrix['base_image']`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The whole path.
    pub span: Span,
    /// Its segments, the context first. The path ends before the first index that is computed.
    pub segments: Vec<Segment>,
}

/// A segment of a [`Reference`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The name without dot, brackets and quotes; a star for `*`.
    pub span: Span,
    /// The name as GitHub looks it up, letter case as written; `*` for a star.
    pub name: String,
}

impl Parsed {
    /// The part of an id of this expression.
    pub fn node(&self, id: ExprId) -> &Expr {
        &self.nodes[id.0 as usize]
    }

    /// Every part, children before parents.
    pub fn nodes(&self) -> impl Iterator<Item = (ExprId, &Expr)> {
        self.nodes.iter().enumerate().map(|(index, node)| (ExprId(index as u32), node))
    }

    /// The paths into contexts that the expression reads, in order of the text; `source` is the text it was parsed
    /// from.
    pub fn references(&self, source: &str) -> Vec<Reference> {
        // A part that is the object of a dereference belongs to the longer path; objects stand before it.
        let mut is_object = vec![false; self.nodes.len()];
        for node in &self.nodes {
            if let ExprKind::Property { object, .. } | ExprKind::Index { object, .. } = node.kind {
                is_object[object.0 as usize] = true;
            }
        }
        let tips = self.nodes().filter(|(id, _)| !is_object[id.0 as usize]);
        let mut references: Vec<Reference> = tips.filter_map(|(id, _)| self.reference(id, source)).collect();
        references.sort_by_key(|reference| reference.span.start);
        references
    }

    /// The path that ends with a part. None where it starts with no context.
    fn reference(&self, tip: ExprId, source: &str) -> Option<Reference> {
        let mut segments = Vec::new();
        let mut id = tip;
        let mut end = self.node(tip).span.end;
        loop {
            let node = self.node(id);
            match &node.kind {
                ExprKind::Name => {
                    segments.push(Segment { span: node.span, name: node.span.text(source).to_owned() });
                    segments.reverse();
                    return Some(Reference { span: Span::new(node.span.start, end), segments });
                }
                ExprKind::Property { object, property } => {
                    segments.push(Segment { span: *property, name: property.text(source).to_owned() });
                    id = *object;
                }
                ExprKind::Index { object, index } => {
                    match index.map(|index| self.node(index)) {
                        Some(Expr { span, kind: ExprKind::String(name) }) => {
                            let quotes = usize::from(span.text(source).len() > 1);
                            let inner = Span::new(span.start + 1, span.end.saturating_sub(quotes as u32));
                            segments.push(Segment { span: inner, name: name.clone() });
                        }
                        None if self.is_star(node.span, *object, source) => {
                            let object_end = self.node(*object).span.end;
                            let written = Span::new(object_end, node.span.end).text(source);
                            let star = object_end + written.find('*').unwrap_or_default() as u32;
                            segments.push(Segment { span: Span::new(star, star + 1), name: "*".to_owned() });
                        }
                        _ => {
                            // What a computed index leads to is not known: the path ends before it.
                            segments.clear();
                            end = self.node(*object).span.end;
                        }
                    }
                    id = *object;
                }
                _ => return None,
            }
        }
    }

    fn is_star(&self, whole: Span, object: ExprId, source: &str) -> bool {
        Span::new(self.node(object).span.end, whole.end).text(source).contains('*')
    }
}
