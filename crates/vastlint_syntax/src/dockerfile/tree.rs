use std::ops::Range;

use vastlint_text::Span;

use crate::SyntaxError;

/// A Dockerfile: its instructions in order, and what stands between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dockerfile {
    /// The parser directives at the top (`# syntax=`, `# escape=`, `# check=`), in order.
    pub directives: Vec<Directive>,
    /// All instructions in order, those before the first `FROM` included.
    pub instructions: Vec<Instruction>,
    /// The comments, `#` to the end of the line, in order: between instructions and inside continued ones. Parser
    /// directives are not among them, nor is anything in a heredoc.
    pub comments: Vec<Span>,
    /// The lines without text inside a continued instruction, their line ends excluded.
    pub empty_continuations: Vec<Span>,
    /// The build stages in order: one for each `FROM`.
    pub stages: Vec<Stage>,
    /// The character that escapes and that continues a line: `\`, or a backtick by `# escape=`.
    pub escape: char,
    /// What `BuildKit` would refuse, in order of position.
    pub errors: Vec<SyntaxError>,
}

impl Default for Dockerfile {
    fn default() -> Self {
        Self {
            directives: Vec::new(),
            instructions: Vec::new(),
            comments: Vec::new(),
            empty_continuations: Vec::new(),
            stages: Vec::new(),
            escape: '\\',
            errors: Vec::new(),
        }
    }
}

/// A parser directive: `# name=value` at the top of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// From `#` to the end of the value.
    pub span: Span,
    /// The name as written; it is read without regard to case.
    pub name: Span,
    /// The value, blanks around it excluded.
    pub value: Span,
}

/// A build stage: a `FROM` and what follows it up to the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Position among the stages, counted from 0: what `COPY --from=0` means.
    pub index: usize,
    /// The `FROM`, as an index into [`Dockerfile::instructions`].
    pub from: usize,
    /// The name given by `AS`, in lower case as `BuildKit` compares it.
    pub name: Option<Box<str>>,
    /// The instructions behind the `FROM`, as indices into [`Dockerfile::instructions`].
    pub instructions: Range<usize>,
}

/// One instruction with everything that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// From the keyword to the end of its last line, continuations and heredocs included, the final line end not.
    pub span: Span,
    /// Which instruction it is.
    pub keyword: Keyword,
    /// The keyword as written.
    pub keyword_span: Span,
    /// The flags (`--name=value`) between the keyword and the first word that is none.
    pub flags: Vec<Flag>,
    /// What the keyword makes of the arguments.
    pub kind: InstructionKind,
    /// The heredocs that the arguments open, in order.
    pub heredocs: Vec<Heredoc>,
    /// What follows the flags, blanks around it excluded, to the end of the logical line: before the heredoc bodies.
    /// Empty behind the last flag, or behind the keyword, where there is nothing.
    pub arguments: Span,
}

/// The keyword of an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the variants are the keywords")]
pub enum Keyword {
    Add,
    Arg,
    Cmd,
    Copy,
    Entrypoint,
    Env,
    Expose,
    From,
    Healthcheck,
    Label,
    Maintainer,
    Onbuild,
    Run,
    Shell,
    Stopsignal,
    User,
    Volume,
    Workdir,
    /// No keyword that `BuildKit` knows.
    Unknown,
}

impl Keyword {
    /// The keyword that `text` is, in any case.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|keyword| text.eq_ignore_ascii_case(keyword.as_str()))
            .unwrap_or(Self::Unknown)
    }

    /// Every keyword that `BuildKit` knows.
    pub const ALL: [Self; 18] = [
        Self::Run,
        Self::Env,
        Self::Copy,
        Self::Arg,
        Self::Label,
        Self::From,
        Self::Workdir,
        Self::Add,
        Self::Cmd,
        Self::Entrypoint,
        Self::Expose,
        Self::Healthcheck,
        Self::Maintainer,
        Self::Onbuild,
        Self::Shell,
        Self::Stopsignal,
        Self::User,
        Self::Volume,
    ];

    /// The keyword in upper case; empty for [`Keyword::Unknown`].
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "ADD",
            Self::Arg => "ARG",
            Self::Cmd => "CMD",
            Self::Copy => "COPY",
            Self::Entrypoint => "ENTRYPOINT",
            Self::Env => "ENV",
            Self::Expose => "EXPOSE",
            Self::From => "FROM",
            Self::Healthcheck => "HEALTHCHECK",
            Self::Label => "LABEL",
            Self::Maintainer => "MAINTAINER",
            Self::Onbuild => "ONBUILD",
            Self::Run => "RUN",
            Self::Shell => "SHELL",
            Self::Stopsignal => "STOPSIGNAL",
            Self::User => "USER",
            Self::Volume => "VOLUME",
            Self::Workdir => "WORKDIR",
            Self::Unknown => "",
        }
    }
}

/// The arguments of an instruction. Where a part is missing, the tree has an error and the rest of the parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InstructionKind {
    /// `ADD source… destination`.
    Add(Transfer),
    /// `ARG name[=value]…`.
    Arg(Vec<Pair>),
    /// `CMD`: what a container runs by default.
    Cmd(Command),
    /// `COPY source… destination`.
    Copy(Transfer),
    /// `ENTRYPOINT`.
    Entrypoint(Command),
    /// `ENV key=value…` or `ENV key value`.
    Env(Vec<Pair>),
    /// `EXPOSE port…`.
    Expose(Vec<Word>),
    /// `FROM image [AS alias]`.
    From {
        /// The image or the name of an earlier stage; missing only where the file has an error.
        image: Option<Word>,
        /// The name of the stage.
        alias: Option<Word>,
    },
    /// `HEALTHCHECK NONE` or `HEALTHCHECK CMD …`.
    Healthcheck(Healthcheck),
    /// `LABEL key=value…` or `LABEL key value`.
    Label(Vec<Pair>),
    /// `MAINTAINER` and all that follows it.
    Maintainer(Option<Word>),
    /// `ONBUILD` and its instruction. `None` where there is no instruction, or an `ONBUILD` inside an `ONBUILD`.
    Onbuild(Option<Box<Instruction>>),
    /// `RUN`.
    Run(Command),
    /// `SHELL ["executable", "parameter"…]`.
    Shell(Vec<JsonString>),
    /// `STOPSIGNAL` and all that follows it.
    Stopsignal(Option<Word>),
    /// `USER` and all that follows it.
    User(Option<Word>),
    /// `VOLUME path…`, in either form.
    Volume(Vec<Word>),
    /// `WORKDIR` and all that follows it.
    Workdir(Option<Word>),
    /// An instruction that `BuildKit` does not know.
    Unknown,
}

/// A command in one of its two forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Shell form: the text under the span, continuations included, goes to a shell. See
    /// [`Dockerfile::shell_text`](super::Dockerfile::shell_text). The span is empty where there is no command.
    Shell(Span),
    /// Exec form: a JSON array of strings.
    Exec(Vec<JsonString>),
}

/// The arguments of `HEALTHCHECK`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Healthcheck {
    /// `NONE`: no health check, not even that of the base image.
    None,
    /// `CMD` and its command.
    Cmd(Command),
    /// Something else, or nothing.
    Unknown,
}

/// The arguments of `COPY` and `ADD`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Transfer {
    /// What is copied; a word may be the marker of a heredoc, see [`Instruction::heredoc_at`].
    pub sources: Vec<Word>,
    /// Where to: the last word. Missing only where the file has an error.
    pub destination: Option<Word>,
    /// Whether the words were written as a JSON array.
    pub json: bool,
}

/// A word of an instruction.
///
/// It has two readings besides its bytes in the file: [`text`](Self::text), what `BuildKit` holds before it expands
/// variables, and [`literal`](Self::literal), what it stands for as far as no variable takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The word as written, its quotes included. A continuation may lie inside.
    pub span: Span,
    /// Whether it refers to a variable (`$NAME`, `${NAME…}`), outside single quotes and not escaped.
    pub has_variables: bool,
    /// `None`: the bytes of the file.
    pub(super) text: Option<Box<str>>,
    /// `None`: the same as the text.
    pub(super) literal: Option<Box<str>>,
}

impl Word {
    pub(super) const fn empty(offset: u32) -> Self {
        Self { span: Span::empty(offset), has_variables: false, text: None, literal: None }
    }

    /// The word before variables, quotes and escapes are handled: its bytes with continuations taken out; the decoded
    /// string where it is a JSON string; without quotes where it is the value of a flag.
    #[must_use]
    pub fn text<'t>(&'t self, source: &'t str) -> &'t str {
        self.text.as_deref().unwrap_or_else(|| self.span.text(source))
    }

    /// The word with quotes taken off and escapes handled; references to variables stay as written.
    #[must_use]
    pub fn literal<'t>(&'t self, source: &'t str) -> &'t str {
        self.literal.as_deref().unwrap_or_else(|| self.text(source))
    }
}

/// A flag of an instruction: `--name` or `--name=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// From the dashes to the end of the value.
    pub span: Span,
    /// The name without its dashes.
    pub name: Word,
    /// What follows the first `=`.
    pub value: Option<Word>,
}

/// A key and its value in `ENV`, `LABEL` and `ARG`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// From the key to the end of the value.
    pub span: Span,
    /// The key; [`Word::literal`] is its name.
    pub key: Word,
    /// How key and value are parted.
    pub separator: Separator,
    /// The value: an empty word in `KEY=`, `None` in `ARG KEY` and where the file has an error.
    pub value: Option<Word>,
}

/// What stands between a key and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separator {
    /// `KEY=value`.
    Equals,
    /// `KEY value`, the old form of `ENV` and `LABEL`: the value is the rest of the line.
    Blank,
    /// There is no value.
    None,
}

/// A string of a JSON array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonString {
    /// The string as written, with its quotes.
    pub span: Span,
    /// `None`: the bytes between the quotes.
    pub(super) value: Option<Box<str>>,
}

impl JsonString {
    /// The decoded string.
    #[must_use]
    pub fn value<'t>(&'t self, source: &'t str) -> &'t str {
        self.value
            .as_deref()
            .unwrap_or_else(|| Span::new(self.span.start + 1, self.span.end - 1).text(source))
    }
}

/// A heredoc: its marker on the instruction's line, and its body below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heredoc {
    /// The marker, as in `3<<-"EOF"`.
    pub marker: Span,
    /// The word that ends the body, quotes and escapes taken off.
    pub delimiter: Box<str>,
    /// The file descriptor before `<<`.
    pub descriptor: Option<u32>,
    /// Whether variables in the body are expanded: no part of the delimiter is quoted.
    pub expand: bool,
    /// Whether tabs at the start of the body's lines are taken off (`<<-`).
    pub strip_tabs: bool,
    /// The lines of the body, with the line end of the last one. Empty at the place where the body would begin.
    pub body: Span,
    /// The delimiter behind the body, without tabs before it and without its line end. `None`: the heredoc is not
    /// closed, and the body ends where the next instruction seems to begin.
    pub terminator: Option<Span>,
}

impl Heredoc {
    /// Whether the delimiter follows the body.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        self.terminator.is_some()
    }
}

impl Instruction {
    /// The first flag of that name.
    #[must_use]
    pub fn flag(&self, source: &str, name: &str) -> Option<&Flag> {
        self.flags.iter().find(|flag| flag.name.literal(source) == name)
    }

    /// The heredoc whose marker `word` is: `COPY <<EOF /etc/motd` has one for its only source.
    #[must_use]
    pub fn heredoc_at(&self, word: &Word) -> Option<&Heredoc> {
        self.heredocs.iter().find(|heredoc| heredoc.marker == word.span)
    }
}
