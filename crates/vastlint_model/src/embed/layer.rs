/// How a document writes another one that stands inside it: what an edit of the inner text has to heed when it is written
/// into the outer one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Layer {
    /// Line by line, each behind the same indentation, no character meaning anything else: a heredoc with a quoted
    /// delimiter, the heredoc of a `RUN`, a literal block of YAML.
    Lines,
    /// Line by line, and the shell expands it: `$`, a backtick and a backslash are escaped.
    Expanded,
    /// The command of a Dockerfile's instruction: one logical line, continued by the escape character of the file.
    Continued(char),
    /// Between single quotes of the shell, which nothing can stand for.
    ShellSingleQuoted,
    /// Between double quotes of the shell.
    ShellDoubleQuoted,
    /// Between the quotes of a JSON string.
    Json,
    /// A YAML scalar without quotes.
    YamlPlain,
    /// A YAML scalar between single quotes.
    YamlSingleQuoted,
    /// A YAML scalar between double quotes.
    YamlDoubleQuoted,
    /// A folded block of YAML.
    YamlFolded,
}
