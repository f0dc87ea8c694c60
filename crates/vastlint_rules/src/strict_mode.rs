//! Whether a script starts in strict mode: `set -euo pipefail`, in any spelling of the same meaning.

use vastlint_syntax::shell::{
    AssignmentValue, Command, CompoundKind, Context, List, Script, SimpleCommand, Statement, Visitor,
    WordPartKind,
};
use vastlint_text::Span;

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

    /// What is off, as the letters and words of `set`.
    pub(crate) fn missing(self) -> Vec<&'static str> {
        let all = [(self.errexit, "-e"), (self.nounset, "-u"), (self.pipefail, "-o pipefail")];
        all.into_iter().filter(|(on, _)| !on).map(|(_, name)| name).collect()
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
/// definitions of functions may stand before the `set`: nothing in them can fail.
pub(crate) fn start_of(script: &Script, source: &str, options: Options) -> Start {
    let mut start = Start { options, ..Start::default() };
    for simple in leading_commands(&script.body) {
        let Leading::Simple(simple) = simple else {
            start.first_command = Some(simple.span());
            break;
        };
        if simple.name(source).as_deref() == Some("set") {
            start.options.apply(simple.arguments().iter().map(|word| word.text(source)));
            start.set = start.set.or(Some(simple.span));
        } else if !is_plain_assignment(simple) {
            start.first_command = Some(simple.span);
            break;
        }
    }
    if let Some(first) = start.first_command {
        start.late_set = late_set(script, source, first.end);
    }
    start
}

enum Leading<'t> {
    Simple(&'t SimpleCommand),
    Other(Span),
}

impl Leading<'_> {
    fn span(&self) -> Span {
        match self {
            Self::Simple(simple) => simple.span,
            Self::Other(span) => *span,
        }
    }
}

/// The commands that run first, one after the other whatever happens, up to the first that is no simple command.
fn leading_commands(body: &List) -> impl Iterator<Item = Leading<'_>> {
    body.iter().flat_map(|statement: &Statement| {
        let pipelines =
            std::iter::once(&statement.first).chain(statement.rest.iter().map(|and_or| &and_or.pipeline));
        pipelines.filter_map(|pipeline| match &pipeline.commands[..] {
            [Command::Simple(simple)] => Some(Leading::Simple(simple)),
            [Command::Function(_)] => None,
            // A group around the whole script runs in the same shell.
            [Command::Compound(compound)] if matches!(&compound.kind, CompoundKind::Group(list) if list.is_empty()) => None,
            _ => Some(Leading::Other(pipeline.span)),
        })
    })
}

fn is_plain_assignment(simple: &SimpleCommand) -> bool {
    let runs = |kind: &WordPartKind| matches!(kind, WordPartKind::Command(_) | WordPartKind::Process(_));
    simple.words.is_empty()
        && simple.redirections.is_empty()
        && simple.assignments.iter().all(|assignment| match &assignment.value {
            AssignmentValue::Scalar(word) => !word.parts.iter().any(|part| match &part.kind {
                WordPartKind::DoubleQuoted(inner) => inner.iter().any(|part| runs(&part.kind)),
                kind => runs(kind),
            }),
            AssignmentValue::Array(_) => true,
        })
}

/// A `set` behind `after`, outside functions and substitutions, that turns strict mode on by itself.
fn late_set(script: &Script, source: &str, after: u32) -> Option<Span> {
    script.commands_in_context().into_iter().find_map(|(simple, context)| {
        let elsewhere = context.in_function() || context.in_substitution() || context.in_subshell();
        if elsewhere || simple.span.start < after || simple.name(source).as_deref() != Some("set") {
            return None;
        }
        let mut options = Options::default();
        options.apply(simple.arguments().iter().map(|word| word.text(source)));
        options.is_strict().then_some(simple.span)
    })
}

/// What a script consists of, as far as strict mode changes how it ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Commands at any depth outside substitutions; `set` and assignments do not count.
    pub(crate) commands: usize,
    /// Whether a statement follows another one, whatever became of that.
    sequence: bool,
    /// Whether commands are joined by `|`.
    pipe: bool,
}

impl Shape {
    /// What goes unnoticed in such a script without strict mode.
    pub(crate) const fn risk(self) -> &'static str {
        match (self.sequence, self.pipe) {
            (true, _) => {
                "only the last command decides: what fails before it goes unnoticed, the build ends green and the image is broken"
            }
            (false, true) => {
                "a command that fails to the left of a `|` goes unnoticed: the build ends green and the image is broken"
            }
            (false, false) => {
                "a misspelt variable is taken for an empty text, and a `;` or a `|` that is added later hides failures: the build ends green and the image is broken"
            }
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
                    !simple.words.is_empty() && simple.name(self.source).as_deref() != Some("set")
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
            "",
        ] {
            assert!(!is_strict(loose), "{loose}");
        }
    }
}
