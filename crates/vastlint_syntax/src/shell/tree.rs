use vastlint_text::{MappedText, Span};

use super::word::{Word, WordPart};
use crate::SyntaxError;

/// A parsed script.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// The `#!` line, without its line end.
    pub shebang: Option<Span>,
    /// The commands of the script.
    pub body: List,
    /// Every comment from its `#` to the end of its line, at any depth, in source order; without the shebang.
    pub comments: Vec<Span>,
    /// What is wrong with the text, in source order. At most a thousand errors are kept.
    pub errors: Vec<SyntaxError>,
}

/// Statements in source order.
pub type List = Vec<Statement>;

/// Pipelines joined by `&&` and `||`, up to a newline, `;` or `&`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// From the first byte of the first pipeline to the last byte of the last one; without the terminator.
    pub span: Span,
    /// The first pipeline; the only one of most statements.
    pub first: Pipeline,
    /// What follows it. `a && b || c` is flat: both operators are of equal rank and group from the left.
    pub rest: Vec<AndOr>,
    /// What ends the statement.
    pub terminator: Terminator,
    /// Where the terminator stands; empty where there is none.
    pub terminator_span: Span,
}

/// An `&&` or `||` and the pipeline to its right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AndOr {
    /// Which of the two.
    pub operator: AndOrOperator,
    /// Where it stands.
    pub operator_span: Span,
    /// What runs, depending on what was run before.
    pub pipeline: Pipeline,
}

/// `&&` or `||`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AndOrOperator {
    /// `&&`
    And,
    /// `||`
    Or,
}

/// What ends a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Terminator {
    /// Nothing: the text, or what surrounds the statement, ends.
    None,
    /// A line end.
    Newline,
    /// `;`
    Semicolon,
    /// `&`: the statement runs in the background.
    Background,
}

/// Commands joined by `|` or `|&`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline {
    /// From `!`, `time` or the first command to the end of the last one.
    pub span: Span,
    /// Whether an odd number of `!` stands before it.
    pub negated: bool,
    /// Whether `time` stands before it.
    pub timed: bool,
    /// The commands; empty only for a lone `!` or `time`, or where the text is faulty.
    pub commands: Vec<Command>,
    /// The operators between the commands: `|` (one byte) or `|&` (two).
    pub operators: Vec<Span>,
}

/// One command of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// A program, builtin or function with its arguments; or assignments or redirections alone.
    Simple(SimpleCommand),
    /// A block: `if`, a loop, `case`, `( )`, `{ }`, `(( ))`, `[[ ]]`.
    Compound(Box<Compound>),
    /// A function definition.
    Function(Box<Function>),
    /// `coproc`.
    Coproc(Box<Coproc>),
}

/// Assignments, words and redirections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SimpleCommand {
    /// From the first to the last byte of its parts. Bodies of heredocs stand outside.
    pub span: Span,
    /// Assignments before the command's name: its environment, or variables of the shell if there is no name.
    pub assignments: Vec<Assignment>,
    /// The command's name and its arguments, in order.
    pub words: Vec<Word>,
    /// Arguments of `declare`, `export`, `local`, `readonly` and `typeset` that are assignments (`export A=1`). They
    /// are not among the words.
    pub declarations: Vec<Assignment>,
    /// Redirections, wherever they stand in the command.
    pub redirections: Vec<Redirection>,
}

/// `name=value`, `name+=value`, `name[subscript]=value`, `name=(elements)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The whole.
    pub span: Span,
    /// The variable's name.
    pub name: Span,
    /// What stands in the brackets.
    pub subscript: Option<Word>,
    /// Whether it is `+=`.
    pub append: bool,
    /// What is assigned.
    pub value: AssignmentValue,
}

/// The right side of an assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AssignmentValue {
    /// A word; of no bytes in `name=`.
    Scalar(Word),
    /// The elements between `(` and `)`.
    Array(Vec<ArrayElement>),
}

/// An element of an array: `value`, `[subscript]=value` or `[subscript]+=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArrayElement {
    /// The whole.
    pub span: Span,
    /// What stands in the brackets.
    pub subscript: Option<Word>,
    /// Whether it is `+=`.
    pub append: bool,
    /// The value.
    pub value: Word,
}

/// A redirection of input or output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirection {
    /// From the file descriptor, if it is written, to the end of the target word or heredoc delimiter.
    pub span: Span,
    /// The file descriptor before the operator: digits, or `{name}` with its braces.
    pub descriptor: Option<Span>,
    /// The operator.
    pub operator: RedirectionOperator,
    /// Where the operator stands.
    pub operator_span: Span,
    /// Where to or from.
    pub target: RedirectionTarget,
}

/// The operator of a redirection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RedirectionOperator {
    /// `<`
    Input,
    /// `>`
    Output,
    /// `>>`
    Append,
    /// `>|`
    Clobber,
    /// `<>`
    ReadWrite,
    /// `<&`
    DuplicateInput,
    /// `>&`
    DuplicateOutput,
    /// `&>`
    OutputAndError,
    /// `&>>`
    AppendOutputAndError,
    /// `<<`
    Heredoc,
    /// `<<-`
    HeredocStripTabs,
    /// `<<<`
    HereString,
}

/// The right side of a redirection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedirectionTarget {
    /// A file, a descriptor or a here-string's text; of no bytes where it is missing.
    Word(Word),
    /// The text of a heredoc.
    Heredoc(Box<Heredoc>),
}

/// A heredoc: its delimiter beside the operator, its body below the line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heredoc {
    /// The delimiter as written, with its quotes.
    pub delimiter_span: Span,
    /// The delimiter without its quotes: the line that ends the body.
    pub delimiter: String,
    /// Whether any part of the delimiter is quoted: the body is then taken as it stands.
    pub quoted: bool,
    /// Whether tabs at the start of lines are dropped (`<<-`).
    pub strip_tabs: bool,
    /// The body's lines with their line ends, without the line of the terminator.
    pub body: Span,
    /// The delimiter that ends the body, without indentation and line end. `None` where it is missing.
    pub terminator: Option<Span>,
    /// The parts of the body, if it expands; empty if the delimiter is quoted.
    pub parts: Vec<WordPart>,
    /// Which of the script's heredocs it is, while the tree is built.
    pub(super) index: u32,
}

/// A block and the redirections behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compound {
    /// The block with its redirections.
    pub span: Span,
    /// Which block.
    pub kind: CompoundKind,
    /// Redirections behind the block; they hold for everything in it.
    pub redirections: Vec<Redirection>,
}

/// The blocks of the shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompoundKind {
    /// `if … fi`
    If(If),
    /// `while …` or `until …`
    Loop(Loop),
    /// `for name in …`
    For(For),
    /// `for ((…; …; …))`
    ArithmeticFor(ArithmeticFor),
    /// `case … esac`
    Case(Case),
    /// `select name in …`
    Select(Select),
    /// `( … )`: runs in a child process.
    Subshell(List),
    /// `{ …; }`: runs in the shell itself.
    Group(List),
    /// `(( … ))`
    Arithmetic(Arithmetic),
    /// `[[ … ]]`
    Test(Test),
}

/// `if … then … elif … then … else … fi`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct If {
    /// `if` and each `elif`; at least one.
    pub branches: Vec<Branch>,
    /// What follows `else`.
    pub otherwise: Option<List>,
}

/// A condition and what runs if it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// What decides.
    pub condition: List,
    /// What follows `then`.
    pub body: List,
}

/// `while` or `until`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loop {
    /// Whether it is `until`.
    pub until: bool,
    /// What decides about the next round.
    pub condition: List,
    /// What stands between `do` and `done`.
    pub body: List,
}

/// `for name in words; do … done`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct For {
    /// The variable's name; empty where it is missing.
    pub name: Span,
    /// The words behind `in`; `None` without `in` (the positional parameters).
    pub words: Option<Vec<Word>>,
    /// What stands between `do` and `done`, or `{` and `}`.
    pub body: List,
}

/// `for ((initial; condition; step)); do … done`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArithmeticFor {
    /// What stands between `((` and `))`, semicolons included.
    pub header: Arithmetic,
    /// What stands between `do` and `done`, or `{` and `}`.
    pub body: List,
}

/// `select name in words; do … done`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Select {
    /// The variable's name; empty where it is missing.
    pub name: Span,
    /// The words behind `in`; `None` without `in` (the positional parameters).
    pub words: Option<Vec<Word>>,
    /// What stands between `do` and `done`, or `{` and `}`.
    pub body: List,
}

/// `case word in arms esac`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// What is compared; of no bytes where it is missing.
    pub word: Word,
    /// The arms in order.
    pub arms: Vec<CaseArm>,
}

/// `pattern | pattern) commands ;;`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseArm {
    /// From the first pattern, or the `(` before it, to the end of the arm's `;;`, if it has one.
    pub span: Span,
    /// The patterns.
    pub patterns: Vec<Word>,
    /// What runs.
    pub body: List,
    /// How the arm ends.
    pub end: CaseArmEnd,
}

/// How an arm of `case` ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CaseArmEnd {
    /// With `esac`, or where the text is faulty.
    None,
    /// `;;`
    Break,
    /// `;&`: the next arm's body runs, too.
    FallThrough,
    /// `;;&`: the next patterns are tried, too.
    Continue,
}

/// An arithmetic expression between `((` and `))`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arithmetic {
    /// The expression without its parentheses.
    pub expression: Span,
    /// Literal text (names of variables, too) and expansions.
    pub parts: Vec<WordPart>,
}

/// What stands between `[[` and `]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// Operands and operators in order.
    pub tokens: Vec<TestToken>,
}

/// A piece of `[[ … ]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TestToken {
    /// An operand.
    Word(Word),
    /// `!`, `(`, `)`, `&&`, `||`, `<`, `==`, `=~`, `-f`, `-eq` and the like.
    Operator(Span),
}

/// `name() { … }` or `function name { … }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// The whole.
    pub span: Span,
    /// The function's name.
    pub name: Span,
    /// The body with its redirections: a compound command, unless the text is faulty. `None` where it is missing.
    pub body: Option<Command>,
}

/// `coproc command` or `coproc NAME compound`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coproc {
    /// The whole.
    pub span: Span,
    /// The name before a compound command.
    pub name: Option<Span>,
    /// What runs beside the shell; `None` where it is missing.
    pub body: Option<Command>,
}

impl Command {
    /// The bytes of the command. Bodies of heredocs stand outside.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Simple(simple) => simple.span,
            Self::Compound(compound) => compound.span,
            Self::Function(function) => function.span,
            Self::Coproc(coproc) => coproc.span,
        }
    }
}

impl TestToken {
    /// The bytes of the operand or operator.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Word(word) => word.span,
            Self::Operator(span) => *span,
        }
    }
}

impl SimpleCommand {
    /// The command's name, if there is one and it holds no expansion: `apt-get` of `"apt-get" install`.
    #[must_use]
    pub fn name<'s>(&self, source: &'s str) -> Option<std::borrow::Cow<'s, str>> {
        self.words.first()?.literal(source)
    }

    /// The words behind the name.
    #[must_use]
    pub fn arguments(&self) -> &[Word] {
        self.words.get(1..).unwrap_or_default()
    }
}

impl Redirection {
    /// The word that names the file it writes to. None for input, heredocs and copied descriptors.
    #[must_use]
    pub fn written(&self) -> Option<&Word> {
        let writes = matches!(
            self.operator,
            RedirectionOperator::Output
                | RedirectionOperator::Append
                | RedirectionOperator::Clobber
                | RedirectionOperator::OutputAndError
                | RedirectionOperator::AppendOutputAndError
        );
        match &self.target {
            RedirectionTarget::Word(word) if writes => Some(word),
            _ => None,
        }
    }
}

impl Heredoc {
    /// The body as the command reads it before anything is expanded: without the tabs that `<<-` drops, with the map
    /// back to the script.
    #[must_use]
    pub fn body_text(&self, source: &str) -> MappedText {
        if !self.strip_tabs {
            return MappedText::slice(source, self.body);
        }
        let mut text = MappedText::new();
        let mut start = self.body.start;
        for line in self.body.text(source).split_inclusive('\n') {
            let end = start + line.len() as u32;
            let tabs = line.bytes().take_while(|byte| *byte == b'\t').count() as u32;
            text.push(source, Span::new(start + tabs, end));
            start = end;
        }
        text
    }
}
