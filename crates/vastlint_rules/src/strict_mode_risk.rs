//! Whether strict mode would end a script that works today.

use vastlint_model::{Document, invocation, program_name};
use vastlint_syntax::shell::{
    Command, CompoundKind, Context as Surroundings, Parameter, ParameterOperator, Script, SimpleCommand,
    Visitor,
};
use vastlint_text::Span;

use crate::Context;
use crate::contract::Shell;
use crate::glob::lists;
use crate::strict_mode::Options;
use crate::values::Assignments;

/// Programs that answer a question by their status, or fail where there is nothing to do.
const MAY_FAIL: &[&str] = &[
    "[",
    "bash",
    "cmp",
    "command",
    "diff",
    "egrep",
    "expr",
    "fgrep",
    "git",
    "grep",
    "hash",
    "kill",
    "killall",
    "let",
    "ls",
    "pgrep",
    "pkill",
    "read",
    "sh",
    "stat",
    "systemctl",
    "test",
    "timeout",
    "type",
    "which",
];

/// Whether something in the first `end` bytes of a script may fail, or has no value, without harm today, and would end
/// the script under the options that are still off.
pub(crate) fn may_end(
    script: &Script,
    source: &str,
    end: u32,
    assignments: &Assignments<'_>,
    contract: &Shell,
    options: Options,
) -> bool {
    let mut reader = Reader { source, end, assignments, contract, options, risky: false };
    script.walk(&mut reader);
    reader.risky
}

/// Whether a script asks for a variable that nothing gives a value to: `set -u` would end it there for certain.
pub(crate) fn lacks_values(context: &Context<'_>, document: &Document) -> bool {
    let mut subjects =
        context.subjects_beside(document).iter().filter(|subject| subject.document.id == document.id);
    subjects.any(|subject| subject.gaps.iter().any(|gap| !gap.nounset && subject.lacks(gap)))
}

struct Reader<'a> {
    source: &'a str,
    end: u32,
    assignments: &'a Assignments<'a>,
    contract: &'a Shell,
    options: Options,
    risky: bool,
}

impl<'t> Visitor<'t> for Reader<'_> {
    fn enter_command(&mut self, command: &'t Command, surroundings: Surroundings) {
        if command.span().start >= self.end {
            return;
        }
        self.risky |= surroundings.before_pipe() && !self.options.has_pipefail();
        // Its status is asked for.
        let is_asked = surroundings.in_condition() || surroundings.before_and_or() || surroundings.negated();
        if self.options.stops_on_failure() || is_asked {
            return;
        }
        self.risky |= match command {
            Command::Simple(simple) => self.may_fail(simple),
            Command::Compound(compound) => {
                matches!(compound.kind, CompoundKind::Test(_) | CompoundKind::Arithmetic(_))
            }
            Command::Function(_) | Command::Coproc(_) => false,
        };
    }

    fn enter_parameter(&mut self, parameter: &'t Parameter, span: Span, _: Surroundings) {
        use ParameterOperator as Operator;
        if span.start >= self.end || self.options.has_nounset() {
            return;
        }
        let name = parameter.name.text(self.source);
        let operator = parameter.expansion.as_ref().and_then(|expansion| expansion.operator);
        let has_default = matches!(
            operator,
            Some(
                Operator::Default
                    | Operator::DefaultIfEmpty
                    | Operator::Assign
                    | Operator::AssignIfEmpty
                    | Operator::Alternative
                    | Operator::AlternativeUnlessEmpty
            )
        );
        let is_special = !name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
        let is_given = self.assignments.last_before(name, span.start).is_some()
            || lists(&self.contract.variables.instance, name)
            || lists(&self.contract.variables.bash, name);
        let is_positional = name.starts_with(|first: char| first.is_ascii_digit() && first != '0');
        self.risky |= !has_default && (is_positional || !is_special && !is_given);
    }
}

impl Reader<'_> {
    fn may_fail(&self, command: &SimpleCommand) -> bool {
        let words = invocation(command, self.source);
        let Some(program) = words.first() else {
            // `X=$(a)` has the status of `a`.
            return command
                .assignments
                .iter()
                .any(|assignment| assignment.span.text(self.source).contains("$("));
        };
        // What a variable runs is not known.
        let Some(name) = program_name(program, self.source) else { return true };
        let forced = |letter: char| {
            words.iter().any(|word| {
                let text = word.text(self.source);
                text.starts_with('-') && !text.starts_with("--") && text.contains(letter)
            })
        };
        match &*name {
            "rm" => !forced('f'),
            "mkdir" => !forced('p'),
            // `reread` and `update` are what the documents end with.
            "supervisorctl" => !words
                .get(1)
                .is_some_and(|word| word.is(self.source, "reread") || word.is(self.source, "update")),
            name => MAY_FAIL.contains(&name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Edition, builtin_contract};

    fn is_risky(source: &str) -> bool {
        let contract = &builtin_contract(Edition::E2026_02).shell;
        let script = vastlint_syntax::shell::parse(source);
        let assignments = Assignments::of(&script, source);
        may_end(&script, source, u32::MAX, &assignments, contract, Options::default())
    }

    #[test]
    fn what_strict_mode_may_end_is_found() {
        for source in [
            "grep a b",
            "curl a | sh",
            "echo $MY_APP",
            "echo $1",
            "[[ -n \"$HOME\" ]]",
            "((n++))",
            "rm a",
            "git clone a",
            "true && grep a b",
            "X=$(grep a b)",
            "$run a",
        ] {
            assert!(is_risky(source), "{source}");
        }
        for source in [
            "apt-get update",
            "cd \"${WORKSPACE}\"",
            "X=1; echo $X",
            "echo ${MY_APP:-}",
            "if grep a b; then echo c; fi",
            "[[ -d a ]] || echo b",
            "rm -rf a; mkdir -p b",
            "supervisorctl reread && supervisorctl update",
        ] {
            assert!(!is_risky(source), "{source}");
        }
    }
}
