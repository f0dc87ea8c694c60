//! How a script is brought into strict mode, and what that changes about how it ends.

use vastlint_diagnostic::Applicability;
use vastlint_model::Document;
use vastlint_syntax::shell::{
    Command, CompoundKind, Context as Surroundings, List, Script, SimpleCommand, Terminator, Visitor,
};
use vastlint_text::Span;

use crate::command_edits::{above_comments, pipelines, take_out};
use crate::dockerfile::undeclared_build_argument::expansions;
use crate::environments::Subject;
use crate::stages::run_scope;
use crate::strict_mode::{Options, STRICT_MODE, Start};
use crate::{Context, ProposedFix, line_start};

/// The change that makes a script start in strict mode. None where it would certainly end the build, and where the
/// options were switched off on purpose.
///
/// `start` is how the script starts now; `in_one_line` says that no line end can be written into it.
pub(crate) fn strict_mode_fix(
    context: &Context<'_>,
    document: &Document,
    script: &Script,
    start: Start,
    in_one_line: bool,
) -> Option<ProposedFix> {
    let risk = risk(context, document, script, start.options)?;
    let applicability = if risk { Applicability::Unsafe } else { Applicability::Safe };
    let source = &*document.text;
    match (start.set, start.late_set) {
        (Some(set), _) => {
            let set_text = set.text(source);
            let written = completed(set_text, start.options).filter(|written| written != set_text)?;
            if switches_off_later(set_text, start.options) {
                return None;
            }
            let fix = ProposedFix::new(applicability, format!("write `{written}`"));
            Some(fix.replace(document, set, written))
        }
        (None, late) => {
            let set = late.map_or(STRICT_MODE, |late| late.text(source));
            let first = start.first_command?;
            let fix = match late {
                None => {
                    ProposedFix::new(applicability, format!("write `{set}` in front of the first command"))
                }
                Some(late) => {
                    let fix = ProposedFix::new(
                        applicability,
                        format!("move `{set}` in front of the first command"),
                    );
                    fix.delete(document, take_out(script, source, late)?)
                }
            };
            Some(insert(fix, document, script, first, set, in_one_line))
        }
    }
}

/// Writes `set` in front of the first command, in the way in which the commands are joined.
fn insert(
    fix: ProposedFix,
    document: &Document,
    script: &Script,
    first: Span,
    set: &str,
    in_one_line: bool,
) -> ProposedFix {
    let source = &*document.text;
    let statement = script.body.iter().find(|statement| statement.span.contains_span(first));
    // A block or the call of a function that is read through starts before what it runs.
    let pipeline = statement.and_then(|statement| {
        pipelines(statement).map(|pipeline| pipeline.span).find(|span| span.contains_span(first))
    });
    let at = pipeline.unwrap_or(first).start;
    let own_line = source[line_start(source, at) as usize..at as usize].trim().is_empty();
    let in_lines = source.trim_end().contains('\n')
        && script.body.iter().any(|statement| statement.terminator == Terminator::Newline);
    if in_lines && own_line {
        return fix.insert_lines_above(document, above_comments(script, source, at), set);
    }
    // `a & b`: what is joined to the first command by `&&` goes into the background with it.
    let is_sequence = statement.is_some_and(|statement| {
        statement.span.start == at
            && (statement.terminator == Terminator::Background
                || (statement.rest.is_empty() && statement.terminator == Terminator::Semicolon))
    });
    let operator = if is_sequence { ";" } else { " &&" };
    let line_end = if in_one_line { " " } else { "\n" };
    fix.insert(document, at, format!("{set}{operator}{line_end}"))
}

/// Whether something that a `set` switches on is off when the work begins: somebody wants it off.
fn switches_off_later(set: &str, options: Options) -> bool {
    let mut own = Options::default();
    own.apply(set.split_whitespace().skip(1));
    (own.stops_on_failure() && !options.stops_on_failure())
        || (own.has_nounset() && !options.has_nounset())
        || (own.has_pipefail() && !options.has_pipefail())
}

/// A `set` with the options that are missing, in the author's order; none if it switches some off.
fn completed(set: &str, options: Options) -> Option<String> {
    let words: Vec<&str> = set.split_whitespace().collect();
    let ([_, arguments @ ..], true) =
        (&words[..], set.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' '))
    else {
        return None;
    };
    let plain = |word: &&&str| word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if arguments.is_empty() || arguments.iter().any(|word| !plain(&word) || *word == "--") {
        return None;
    }
    let missing = options.missing_options();
    // `set -e`, `set -ex`, `set -eo pipefail`: the letters are completed.
    let (letters, rest) = arguments[0].strip_prefix('-').map(|letters| (letters, &arguments[1..]))?;
    let letters_only = letters.strip_suffix('o').unwrap_or(letters);
    let has_value = letters.ends_with('o');
    let is_short = letters_only.bytes().all(|byte| byte.is_ascii_lowercase() && byte != b'o')
        && rest.len() == usize::from(has_value);
    let joined = if is_short && (!has_value || rest == ["pipefail"]) {
        let has = |letter: char| letters_only.contains(letter) || missing.letters.contains(letter);
        let others = letters_only.chars().filter(|letter| !matches!(letter, 'e' | 'u'));
        let all: String = ['e', 'u'].into_iter().filter(|&letter| has(letter)).chain(others).collect();
        let pipefail = if has_value || missing.pipefail { "o pipefail" } else { "" };
        format!("set -{all}{pipefail}")
    } else {
        let pipefail = if missing.pipefail { "o pipefail" } else { "" };
        format!("{set} -{}{pipefail}", missing.letters)
    };
    Some(joined)
}

/// Whether strict mode may end a build that goes through without it. None: it certainly does.
fn risk(context: &Context<'_>, document: &Document, script: &Script, options: Options) -> Option<bool> {
    let source = &*document.text;
    let subject: Option<&Subject<'_>> =
        context.subjects_beside(document).iter().find(|subject| subject.document.id == document.id);
    let gaps = subject.map(|subject| &subject.gaps[..]).unwrap_or_default();
    let mut is_risky = false;
    if !options.has_nounset() {
        for gap in gaps {
            let is_lower = gap.name.bytes().any(|byte| byte.is_ascii_lowercase());
            let is_certain = subject.is_some_and(|subject| subject.is_known) || is_lower;
            if is_certain && !gap.from_environment {
                return None;
            }
            is_risky = true;
        }
    }
    let scope = run_scope(context, document);
    // `ARG NAME` without a default is unset where no build hands it in.
    let is_open = |name: &str| {
        !name.starts_with("TARGET")
            && !name.starts_with("BUILD")
            && scope.as_ref().is_some_and(|scope| scope.declares(name) && scope.value(name).is_none())
    };
    is_risky |= !options.has_nounset() && expansions(script, source).iter().any(|(name, _)| is_open(name));
    let mut look = Look { source, pipe: false, foreign: false };
    script.walk(&mut look);
    is_risky |= look.foreign;
    is_risky |= look.pipe && !options.has_pipefail();
    is_risky |= !options.stops_on_failure() && !is_one_chain(&script.body);
    Some(is_risky)
}

/// What in a script may not bear strict mode.
struct Look<'s> {
    source: &'s str,
    pipe: bool,
    /// A file that was not written for strict mode is sourced, or text is run.
    foreign: bool,
}

impl<'t> Visitor<'t> for Look<'_> {
    fn enter_command(&mut self, command: &'t Command, surroundings: Surroundings) {
        self.pipe |= surroundings.in_pipeline();
        let Command::Simple(simple) = command else { return };
        self.foreign |= match simple.name(self.source).as_deref() {
            Some("." | "source") => !is_activation(simple, self.source),
            Some("eval") => true,
            _ => false,
        };
    }
}

/// `. /venv/main/bin/activate`, which bears strict mode.
fn is_activation(command: &SimpleCommand, source: &str) -> bool {
    let [path] = command.arguments() else { return false };
    path.literal(source).is_some_and(|path| path.ends_with("/bin/activate") && !path.contains("conda"))
}

/// Whether a list is one statement, and each list in it, too: then the first failure decides with and without `set -e`.
fn is_one_chain(list: &List) -> bool {
    let [statement] = &list[..] else { return false };
    statement.terminator != Terminator::Background
        && pipelines(statement).all(|pipeline| {
            pipeline.commands.iter().all(|command| match command {
                Command::Simple(_) => true,
                Command::Compound(compound) => match &compound.kind {
                    CompoundKind::Test(_) | CompoundKind::Arithmetic(_) => true,
                    CompoundKind::Group(list) | CompoundKind::Subshell(list) => is_one_chain(list),
                    CompoundKind::If(block) => {
                        block
                            .branches
                            .iter()
                            .all(|branch| is_one_chain(&branch.condition) && is_one_chain(&branch.body))
                            && block.otherwise.as_ref().is_none_or(is_one_chain)
                    }
                    CompoundKind::Case(block) => {
                        block.arms.iter().all(|arm| arm.body.is_empty() || is_one_chain(&arm.body))
                    }
                    _ => false,
                },
                Command::Function(_) | Command::Coproc(_) => false,
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_completed_in_its_own_words() {
        for (set, wanted) in [
            ("set -e", Some("set -euo pipefail")),
            ("set -ex", Some("set -euxo pipefail")),
            ("set -x", Some("set -euxo pipefail")),
            ("set -eo pipefail", Some("set -euo pipefail")),
            ("set -o errexit", Some("set -o errexit -uo pipefail")),
            ("set -e -x", Some("set -e -x -uo pipefail")),
            ("set +e", None),
            ("set -euo pipefail", None),
            ("set -- a", None),
            ("set", None),
        ] {
            let mut options = Options::default();
            options.apply(set.split_whitespace().skip(1));
            let is_done = options.is_strict();
            assert_eq!(completed(set, options).filter(|_| !is_done).as_deref(), wanted, "{set}");
        }
    }

    #[test]
    fn a_chain_ends_with_its_first_failure_anyway() {
        for (source, is_one) in [
            ("a && b || c", true),
            ("a && { b && c; } && [[ x ]]", true),
            ("if a; then b && c; else d; fi", true),
            ("a; b", false),
            ("a && { b; c; }", false),
            ("for x in a b; do c; done", false),
            ("a &", false),
        ] {
            assert_eq!(is_one_chain(&vastlint_syntax::shell::parse(source).body), is_one, "{source}");
        }
    }
}
