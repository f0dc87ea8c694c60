//! A tolerant parser for bash, and so for `sh`: commands, words and redirections with the bytes they stand on.
//!
//! [`parse`] turns any text into a [`Script`]. A fault (a missing `fi`, an open quote, a stray `done`) costs an
//! error and as little of the tree as possible; the commands behind it are still found. Nothing is expanded or run.
//!
//! The tree holds spans, not text: methods that need the text take it as `source`, which must be the text that was
//! parsed.

mod check;
mod parser;
mod tree;
mod walk;
mod word;

#[doc(hidden)]
pub use check::check_invariants;
pub use tree::{
    AndOr, AndOrOperator, Arithmetic, ArithmeticFor, ArrayElement, Assignment, AssignmentValue, Branch, Case,
    CaseArm, CaseArmEnd, Command, Compound, CompoundKind, Coproc, For, Function, Heredoc, If, List, Loop,
    Pipeline, Redirection, RedirectionOperator, RedirectionTarget, Script, Select, SimpleCommand, Statement,
    Terminator, Test, TestToken,
};
pub use walk::{Context, Visitor};
pub use word::{
    CommandSubstitution, Parameter, ParameterExpansion, ParameterOperator, Parts, ProcessSubstitution, Word,
    WordPart, WordPartKind,
};

/// How deep constructs may nest. What lies deeper is skipped, at the cost of one error.
pub const MAX_DEPTH: u32 = 100;

/// What the parser takes for granted about a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ParseOptions {
    /// The text is a workflow's `run:` body: `${{ … }}` is a value that is put in before the shell sees the text.
    pub github_expressions: bool,
}

/// Parses a shell script.
#[must_use]
pub fn parse(source: &str) -> Script {
    parse_with(source, ParseOptions::default())
}

/// Parses a shell script with options.
#[must_use]
pub fn parse_with(source: &str, options: ParseOptions) -> Script {
    parser::parse(source, options)
}
