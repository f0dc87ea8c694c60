use vastlint_text::Span;

use crate::SyntaxError;

/// The value of a `command` key, split into words. supervisord starts no shell: `&&`, `>`, `$X` are ordinary text.
#[derive(Clone, Debug, Default)]
pub struct CommandLine {
    /// The words in order; the first names the program.
    pub words: Vec<Word>,
    /// What supervisord refuses.
    pub errors: Vec<SyntaxError>,
}

/// A word of a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The word with its quotes, in the value of the key.
    pub span: Span,
    /// What the program receives, expansions such as `%(program_name)s` left as they stand.
    pub text: String,
}

/// Splits the value of a `command` key; `value` is [`super::Key::value`].
pub fn parse_command(_value: &str) -> CommandLine {
    CommandLine::default()
}
