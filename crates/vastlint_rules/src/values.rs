//! What words of a script stand for, as far as the script itself tells.

use std::collections::HashMap;

use vastlint_model::{invocation, program_name};
use vastlint_syntax::shell::{
    Assignment, AssignmentValue, Command, Context as Surroundings, Parameter, ParameterOperator, Script,
    SimpleCommand, Visitor, Word, WordPart, WordPartKind,
};
use vastlint_text::Span;

/// How deep variables that hold variables are followed.
const MAX_DEPTH: usize = 8;

/// How many parts are looked at for one word. Words that mean something have a dozen; `A=$B$B B=$C$C …` has thousands.
const MAX_PARTS: usize = 1_000;

/// What has been followed for one word so far.
#[derive(Default)]
struct Trail {
    /// The variables whose values are being put together.
    open: Vec<String>,
    parts: usize,
}

/// The assignments of a script, at any depth.
#[derive(Debug, Default)]
pub(crate) struct Assignments<'t> {
    /// In source order.
    all: Vec<&'t Assignment>,
    by_name: HashMap<&'t str, Vec<&'t Assignment>>,
}

impl<'t> Assignments<'t> {
    pub(crate) fn of(script: &'t Script, source: &'t str) -> Self {
        struct Collector<'t>(Vec<&'t Assignment>);
        impl<'t> Visitor<'t> for Collector<'t> {
            fn enter_assignment(&mut self, assignment: &'t Assignment, _: Surroundings) {
                self.0.push(assignment);
            }
        }
        let mut collector = Collector(Vec::new());
        script.walk(&mut collector);
        let mut by_name: HashMap<&str, Vec<&Assignment>> = HashMap::new();
        for assignment in &collector.0 {
            by_name.entry(assignment.name.text(source)).or_default().push(assignment);
        }
        // `A=$(A=1; b)`: the inner one is done first.
        for of_name in by_name.values_mut() {
            of_name.sort_by_key(|assignment| assignment.span.end);
        }
        Self { all: collector.0, by_name }
    }

    pub(crate) fn all(&self) -> &[&'t Assignment] {
        &self.all
    }

    /// The assignments of a variable, in order of their ends.
    pub(crate) fn of_name(&self, name: &str) -> &[&'t Assignment] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    /// The one assignment of a variable; `None` where there are several, and which one holds is not known.
    pub(crate) fn only(&self, name: &str) -> Option<&'t Assignment> {
        let [only] = self.of_name(name) else { return None };
        (!only.append && only.subscript.is_none()).then_some(*only)
    }

    /// The last assignment of a variable before a place.
    pub(crate) fn last_before(&self, name: &str, before: u32) -> Option<&'t Assignment> {
        let of_name = self.of_name(name);
        let behind = of_name.partition_point(|assignment| assignment.span.end <= before);
        of_name[..behind].last().copied()
    }
}

/// Resolves the variables in words.
pub(crate) struct Values<'v> {
    pub(crate) source: &'v str,
    pub(crate) assignments: &'v Assignments<'v>,
    /// The value of a variable that the script does not assign.
    pub(crate) outside: &'v dyn Fn(&str) -> Option<String>,
}

impl Values<'_> {
    /// What a word stands for: quotes removed, variables that the script assigns once replaced, defaults (`${X:-d}`)
    /// taken where nothing else is known. `None` where the script does not tell.
    pub(crate) fn word(&self, word: &Word) -> Option<String> {
        match word.literal(self.source) {
            Some(literal) => Some(literal.into_owned()),
            None => self.parts(&word.parts, &mut Trail::default()),
        }
    }

    fn parts(&self, parts: &[WordPart], trail: &mut Trail) -> Option<String> {
        let mut text = String::new();
        for part in parts {
            trail.parts += 1;
            if trail.parts > MAX_PARTS {
                return None;
            }
            let written = part.span.text(self.source);
            match &part.kind {
                WordPartKind::Literal => text.push_str(written),
                WordPartKind::Escape => text.push_str(written.get(1..).unwrap_or_default()),
                WordPartKind::Continuation => {}
                WordPartKind::SingleQuoted => {
                    text.push_str(written.strip_prefix('\'')?.strip_suffix('\'').unwrap_or_default());
                }
                WordPartKind::DoubleQuoted(inner) => text.push_str(&self.parts(inner, trail)?),
                WordPartKind::Parameter(parameter) => text.push_str(&self.parameter(parameter, trail)?),
                _ => return None,
            }
        }
        Some(text)
    }

    fn parameter(&self, parameter: &Parameter, trail: &mut Trail) -> Option<String> {
        let name = parameter.name.text(self.source);
        let known = self.variable(name, trail);
        let Some(expansion) = &parameter.expansion else { return known };
        let plain = !expansion.length && !expansion.indirect && expansion.subscript.is_none();
        if !plain || !is_default(expansion.operator) {
            return None;
        }
        known.or_else(|| self.parts(&expansion.operand()?.parts, trail))
    }

    fn variable(&self, name: &str, trail: &mut Trail) -> Option<String> {
        // `X="${X:-d}"` asks for itself: what it was before is not known.
        if trail.open.len() == MAX_DEPTH || trail.open.iter().any(|open| open == name) {
            return None;
        }
        if self.assignments.of_name(name).is_empty() {
            return (self.outside)(name);
        }
        let AssignmentValue::Scalar(value) = &self.assignments.only(name)?.value else {
            return None;
        };
        trail.open.push(name.to_owned());
        let value = self.parts(&value.parts, trail);
        trail.open.pop();
        value
    }
}

/// Whether the operator of `${X…d}` gives `d` where `X` is not set.
pub(crate) fn is_default(operator: Option<ParameterOperator>) -> bool {
    matches!(
        operator,
        Some(
            ParameterOperator::Default
                | ParameterOperator::DefaultIfEmpty
                | ParameterOperator::Assign
                | ParameterOperator::AssignIfEmpty
        )
    )
}

/// The words of everything that a command runs: the program behind `sudo` and the like, and what `find` runs for each
/// file.
pub(crate) fn programs<'w>(command: &'w SimpleCommand, source: &str) -> Vec<&'w [Word]> {
    let words = invocation(command, source);
    let mut programs = vec![words];
    if words.first().and_then(|word| program_name(word, source)).as_deref() == Some("find") {
        let runs = |word: &Word| matches!(word.text(source), "-exec" | "-execdir" | "-ok" | "-okdir");
        // Each of them is looked at to the end of the command, so there must not be thousands.
        let starts = (1..words.len()).filter(|&index| runs(&words[index - 1])).take(8);
        programs.extend(starts.map(|start| &words[start..]));
    }
    programs
}

/// The functions of a script: their names, and where they stand.
pub(crate) fn functions(script: &Script) -> Vec<(Span, Span)> {
    struct Collector(Vec<(Span, Span)>);
    impl<'t> Visitor<'t> for Collector {
        fn enter_command(&mut self, command: &'t Command, _: Surroundings) {
            if let Command::Function(function) = command {
                self.0.push((function.name, function.span));
            }
        }
    }
    let mut collector = Collector(Vec::new());
    script.walk(&mut collector);
    collector.0
}

/// The names of the variables that a word expands, at any depth of its quotes.
pub(crate) fn variables<'s>(parts: &[WordPart], source: &'s str, names: &mut Vec<&'s str>) {
    for part in parts {
        match &part.kind {
            WordPartKind::Parameter(parameter) => names.push(parameter.name.text(source)),
            WordPartKind::DoubleQuoted(inner) | WordPartKind::LocaleQuoted(inner) => {
                variables(inner, source, names);
            }
            _ => {}
        }
    }
}

/// Whether a command or a process runs before the word has its value.
pub(crate) fn runs_something(parts: &[WordPart]) -> bool {
    parts.iter().any(|part| match &part.kind {
        WordPartKind::Command(_) | WordPartKind::Process(_) => true,
        WordPartKind::DoubleQuoted(inner) | WordPartKind::LocaleQuoted(inner) => runs_something(inner),
        WordPartKind::Parameter(parameter) => parameter
            .expansion
            .iter()
            .flat_map(|expansion| &expansion.operands)
            .any(|operand| runs_something(&operand.parts)),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last_word(source: &str) -> Option<String> {
        let script = vastlint_syntax::shell::parse(source);
        let assignments = Assignments::of(&script, source);
        let outside = |name: &str| (name == "OUTSIDE").then(|| "o".to_owned());
        let values = Values { source, assignments: &assignments, outside: &outside };
        let commands = script.simple_commands();
        let word = commands.last().and_then(|command| command.words.last()).expect("a word");
        values.word(word)
    }

    #[test]
    fn words_are_followed_through_variables_and_defaults() {
        for (source, value) in [
            ("echo a\"b\"'c'\\d", "abcd"),
            ("X=1; echo \"${X}2\"", "12"),
            ("X=1; Y=$X; echo $Y", "1"),
            ("echo ${X:-d}", "d"),
            ("X=${X:-d}; echo $X", "d"),
            ("X=1; echo ${X:-d}", "1"),
            ("echo $OUTSIDE ${OUTSIDE:-d}", "o"),
        ] {
            assert_eq!(last_word(source).as_deref(), Some(value), "{source}");
        }
        for source in [
            "echo $X",
            "X=1; X=2; echo $X",
            "X=$(a); echo $X",
            "echo ${X#d}",
            "X=$Y; Y=$X; echo $X",
            "X=(1); echo $X",
        ] {
            assert_eq!(last_word(source), None, "{source}");
        }
    }
}
