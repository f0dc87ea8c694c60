//! Whether a script starts in strict mode: `set -euo pipefail`, in any spelling of the same meaning.

use vastlint_syntax::shell::{
    Assignment, AssignmentValue, Command, CompoundKind, Context, List, Pipeline, Script, SimpleCommand,
    Statement, Visitor,
};
use vastlint_text::Span;

use crate::values::runs_something;

/// The line that the documents ask for.
pub(crate) const STRICT_MODE: &str = "set -euo pipefail";

/// Which of the three options are on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    errexit: bool,
    nounset: bool,
    pipefail: bool,
}

impl Options {
    pub(crate) const fn is_strict(self) -> bool {
        self.errexit && self.nounset && self.pipefail
    }

    /// Whether a variable without a value ends the script.
    pub(crate) const fn has_nounset(self) -> bool {
        self.nounset
    }

    /// Whether a command that fails ends the script.
    pub(crate) const fn stops_on_failure(self) -> bool {
        self.errexit
    }

    /// Whether a failure on the left of a pipe is one of the pipe.
    pub(crate) const fn has_pipefail(self) -> bool {
        self.pipefail
    }

    /// What is off, to be written.
    pub(crate) fn missing_options(self) -> MissingOptions {
        let letters = [(self.errexit, 'e'), (self.nounset, 'u')];
        let letters = letters.into_iter().filter(|(on, _)| !on).map(|(_, letter)| letter).collect();
        MissingOptions { letters, pipefail: !self.pipefail }
    }

    /// What is off, as the letters and words of `set`: `-u and -o pipefail`.
    pub(crate) fn missing(self) -> String {
        let all = [(self.errexit, "`-e`"), (self.nounset, "`-u`"), (self.pipefail, "`-o pipefail`")];
        let off: Vec<&str> = all.into_iter().filter(|(on, _)| !on).map(|(_, name)| name).collect();
        match &off[..] {
            [all_but_last @ .., last] if !all_but_last.is_empty() => {
                format!("{} and {last}", all_but_last.join(", "))
            }
            off => off.concat(),
        }
    }

    /// What is off, as the subject of a sentence with its verb: `-u and -o pipefail are missing`.
    pub(crate) fn missing_sentence(self) -> String {
        let missing = self.missing();
        let verb = if missing.contains(" and ") { "are" } else { "is" };
        format!("{missing} {verb} missing")
    }

    /// Reads arguments of `set`, or of the shell itself: `-euo pipefail`, `-o errexit`, `+e`.
    pub(crate) fn apply<'w>(&mut self, arguments: impl IntoIterator<Item = &'w str>) {
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let (on, letters) = match (argument.strip_prefix('-'), argument.strip_prefix('+')) {
                (Some(letters), _) => (true, letters),
                (_, Some(letters)) => (false, letters),
                _ => continue,
            };
            for letter in letters.chars() {
                match letter {
                    'e' => self.errexit = on,
                    'u' => self.nounset = on,
                    'o' => match arguments.next() {
                        Some("errexit") => self.errexit = on,
                        Some("nounset") => self.nounset = on,
                        Some("pipefail") => self.pipefail = on,
                        _ => {}
                    },
                    _ => {}
                }
            }
        }
    }
}

/// The options that are off.
pub(crate) struct MissingOptions {
    /// Those with a letter.
    pub(crate) letters: String,
    /// Whether `pipefail` is one of them, which has none.
    pub(crate) pipefail: bool,
}

/// How a script starts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Start {
    /// The options in force when the first command that does something runs.
    pub(crate) options: Options,
    /// The first `set` before it.
    pub(crate) set: Option<Span>,
    /// The first command that does something.
    pub(crate) first_command: Option<Span>,
    /// A `set` behind it that would have been strict.
    pub(crate) late_set: Option<Span>,
}

/// Reads how a script starts; `options` are what the shell was started with. Assignments of plain values and
/// definitions of functions may stand before the `set`: nothing in them can fail. A block around the rest of the
/// script, and a function of the script that is called first, are read through.
pub(crate) fn start_of(script: &Script, source: &str, options: Options) -> Start {
    let mut reader = Reader { script, source, start: Start { options, ..Start::default() }, depth: 0 };
    reader.list(&script.body);
    let mut start = reader.start;
    if let Some(first) = start.first_command {
        start.late_set = late_set(script, source, first.end);
    }
    start
}

/// How deep blocks and functions that begin with blocks and functions are followed.
const MAX_DEPTH: usize = 8;

struct Reader<'t> {
    script: &'t Script,
    source: &'t str,
    start: Start,
    depth: usize,
}

impl<'t> Reader<'t> {
    /// Reads commands one after the other up to the first that does something. Returns whether there was none.
    fn list(&mut self, list: &'t [Statement]) -> bool {
        self.depth += 1;
        let passed = list.iter().enumerate().all(|(index, statement)| {
            let is_last = index + 1 == list.len() && statement.rest.is_empty();
            let pipelines =
                std::iter::once(&statement.first).chain(statement.rest.iter().map(|and_or| &and_or.pipeline));
            pipelines.into_iter().all(|pipeline| self.pipeline(pipeline, is_last))
        });
        self.depth -= 1;
        passed
    }

    fn pipeline(&mut self, pipeline: &'t Pipeline, is_last: bool) -> bool {
        let passed = match &pipeline.commands[..] {
            [Command::Simple(simple)] => self.simple(simple),
            [Command::Function(_)] => true,
            [Command::Compound(compound)] if self.depth < MAX_DEPTH => match &compound.kind {
                CompoundKind::Group(list) => return self.list(list),
                // What it sets is lost behind it, so it has to be the whole rest.
                CompoundKind::Subshell(list) if is_last => return self.list(list),
                _ => false,
            },
            _ => false,
        };
        if !passed && self.start.first_command.is_none() {
            self.start.first_command = Some(pipeline.span);
        }
        passed
    }

    fn simple(&mut self, simple: &'t SimpleCommand) -> bool {
        let name = simple.name(self.source);
        if name.as_deref() == Some("set") {
            let arguments: Vec<_> =
                simple.arguments().iter().map(|word| word.literal(self.source).unwrap_or_default()).collect();
            self.start.options.apply(arguments.iter().map(AsRef::as_ref));
            self.start.set = self.start.set.or(Some(simple.span));
            return true;
        }
        if is_plain_assignment(simple, self.source) {
            return true;
        }
        let body = name.and_then(|name| function_body(self.script, self.source, &name));
        match body {
            Some(body) if self.depth < MAX_DEPTH => {
                let passed = self.list(body);
                if !passed {
                    // The call is what a reader of the script sees first.
                    self.start.first_command = Some(simple.span);
                }
                passed
            }
            _ => false,
        }
    }
}

/// The body of a function that the script defines outside all blocks.
fn function_body<'t>(script: &'t Script, source: &str, name: &str) -> Option<&'t List> {
    script.body.iter().find_map(|statement| match &statement.first.commands[..] {
        [Command::Function(function)] if function.name.text(source) == name => match &function.body {
            Some(Command::Compound(compound)) => match &compound.kind {
                CompoundKind::Group(list) => Some(list),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    })
}

/// Whether a command only gives plain values to variables: `X=1`, `export X=1 Y`.
fn is_plain_assignment(simple: &SimpleCommand, source: &str) -> bool {
    let declares = matches!(
        simple.name(source).as_deref(),
        Some("export" | "readonly" | "declare" | "typeset" | "local")
    );
    let plain = |assignment: &Assignment| match &assignment.value {
        AssignmentValue::Scalar(word) => !runs_something(&word.parts),
        AssignmentValue::Array(elements) => {
            elements.iter().all(|element| !runs_something(&element.value.parts))
        }
    };
    (simple.words.is_empty() || declares)
        && simple.redirections.is_empty()
        && simple.arguments().iter().all(|word| !runs_something(&word.parts))
        && simple.assignments.iter().chain(&simple.declarations).all(plain)
}

/// A `set` behind `after`, outside functions and substitutions, that turns strict mode on by itself.
fn late_set(script: &Script, source: &str, after: u32) -> Option<Span> {
    script.commands_in_context().into_iter().find_map(|(simple, context)| {
        let elsewhere = context.in_function() || context.in_substitution() || context.in_subshell();
        if elsewhere || simple.span.start < after || simple.name(source).as_deref() != Some("set") {
            return None;
        }
        let mut options = Options::default();
        let arguments: Vec<_> =
            simple.arguments().iter().map(|word| word.literal(source).unwrap_or_default()).collect();
        options.apply(arguments.iter().map(AsRef::as_ref));
        options.is_strict().then_some(simple.span)
    })
}

/// What a script consists of, as far as strict mode changes how it ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Commands at any depth outside substitutions; `set` and assignments of plain values do not count.
    pub(crate) commands: usize,
    /// Whether a statement follows another one, whatever became of that.
    sequence: bool,
    /// Whether commands are joined by `|`.
    pipe: bool,
}

impl Shape {
    /// What goes unnoticed in such a script that starts with these options.
    pub(crate) const fn risk(self, options: Options) -> &'static str {
        if self.sequence && !options.errexit {
            "only the last command decides: what fails before it goes unnoticed, the build ends green and the image is broken"
        } else if self.pipe && !options.pipefail {
            "a command that fails to the left of a `|` goes unnoticed: the build ends green and the image is broken"
        } else if options.errexit {
            "a misspelt variable is taken for an empty text, and what fails to the left of a `|` goes unnoticed: the build ends green and the image is broken"
        } else {
            "a misspelt variable is taken for an empty text, and a `;` or a `|` that is added later hides failures: the build ends green and the image is broken"
        }
    }
}

/// Looks at what a script consists of.
pub(crate) fn shape_of(script: &Script, source: &str) -> Shape {
    struct Look<'s> {
        source: &'s str,
        shape: Shape,
    }
    impl<'t> Visitor<'t> for Look<'_> {
        fn enter_command(&mut self, command: &'t Command, context: Context) {
            if context.in_substitution() {
                return;
            }
            let counts = match command {
                Command::Simple(simple) => {
                    simple.name(self.source).as_deref() != Some("set")
                        && !is_plain_assignment(simple, self.source)
                }
                Command::Compound(compound) => {
                    matches!(compound.kind, CompoundKind::Test(_) | CompoundKind::Arithmetic(_))
                }
                Command::Function(_) | Command::Coproc(_) => false,
            };
            self.shape.commands += usize::from(counts);
            self.shape.pipe |= context.in_pipeline();
        }
    }
    let mut look = Look { source, shape: Shape { sequence: script.body.len() > 1, ..Shape::default() } };
    script.walk(&mut look);
    look.shape
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_strict(source: &str) -> bool {
        start_of(&vastlint_syntax::shell::parse(source), source, Options::default()).options.is_strict()
    }

    #[test]
    fn spellings_of_the_same_meaning_are_equal() {
        for strict in [
            "set -euo pipefail",
            "set -euxo pipefail; a",
            "set -o pipefail -eu && a",
            "set -e; set -u\nset -o pipefail\na",
            "set -o errexit -o nounset -o pipefail\na",
            "X=1\nf() { a; }\nset -ueo pipefail\na",
            "set -eu -o pipefail",
            "set \"-euo\" 'pipefail'; a",
            "export X=1 Y; readonly Z=(1 2)\nset -euo pipefail\na",
            "{ set -euo pipefail; a; }",
            "( set -euo pipefail; a )",
            "main() { set -euo pipefail; a; }\nmain \"$@\"",
        ] {
            assert!(is_strict(strict), "{strict}");
        }
        for loose in [
            "a && set -euo pipefail",
            "set -e",
            "set -eu\na",
            "X=$(a)\nset -euo pipefail",
            "echo 'set -euo pipefail'\na",
            "# set -euo pipefail\na",
            "set -euo pipefail; set +e",
            "( set -euo pipefail; a ); b",
            "export X=$(a)\nset -euo pipefail",
            "X=(\"$(a)\")\nset -euo pipefail",
            "X=${Y:-$(a)}\nset -euo pipefail",
            "f() { set -euo pipefail; }\na",
            "f() { f; }\nf",
            "",
        ] {
            assert!(!is_strict(loose), "{loose}");
        }
    }
}
