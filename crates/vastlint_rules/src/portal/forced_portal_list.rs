//! VL505: see `rules/portal/forced-portal-list.md`.

use vastlint_model::{Document, ShellRole};
use vastlint_syntax::shell::{
    AndOrOperator, Assignment, AssignmentValue, Command, CompoundKind, Context as Surroundings, Parameter,
    Pipeline, Script, SimpleCommand, Statement, Visitor, Word,
};
use vastlint_text::{Span, contains};

use crate::asked_variables::{Guards, covers, merge};
use crate::portals::VARIABLE;
use crate::{Check, Context, ProposedFix, Sink, full_lines, indentation, line_start};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(_: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    let is_boot = matches!(document.shell_role(), Some(ShellRole::BootScript | ShellRole::FirstBootScript));
    if !is_boot || !contains(&document.text, VARIABLE) {
        return;
    }
    let source = &*document.text;
    let mut reader = Reader { source, settings: Vec::new(), mentions: Vec::new(), exports: false };
    script.walk(&mut reader);
    let Reader { settings, mentions, exports, .. } = reader;
    if settings.is_empty() {
        return;
    }
    let asks = |assignment: &Assignment| {
        let first = mentions.partition_point(|&start| start < assignment.span.start);
        mentions.get(first).is_some_and(|&start| start < assignment.span.end)
    };
    // What is assigned from what it was leaves the template its say.
    let fresh: Vec<&Setting<'_>> = settings.iter().filter(|setting| !asks(setting.assignment)).collect();
    let mut guards = None;
    let only_where_set = fresh.first().map(|_| where_set(script, source)).unwrap_or_default();
    for setting in fresh {
        if covers(&only_where_set, setting.assignment.span.start) {
            report_inverted(document, setting.assignment.span, sink);
            continue;
        }
        // The guard must come from a question, not from an earlier assignment of the same variable.
        let guards = guards.get_or_insert_with(|| Guards::asked(script, source, |name| name == VARIABLE));
        if !guards.guard(VARIABLE, setting.assignment.span.start) {
            report_forced(document, setting, sink);
        }
    }
    let is_exported = exports || settings.iter().any(|setting| setting.is_exported);
    let literal = settings.iter().find(|setting| holds_entries(setting.assignment, source));
    if let Some(setting) = literal.filter(|_| !is_exported) {
        sink.report(
            document,
            document.first_line(setting.assignment.span),
            format!("`{VARIABLE}` is set, but not exported"),
            "stays in the boot scripts' shell",
        )
        .why("where the template does not set it, supervisor and Caddy never see the list: the portal stays empty")
        .help(format!("write `export {VARIABLE}=…`"))
        .fix(setting.is_alone.then(|| {
            ProposedFix::safe(format!("write `export {VARIABLE}=…`"))
                .insert(document, setting.assignment.span.start, "export ")
        }))
        .variant("unexported");
    }
}

/// The places that a script comes to only where the variable has a value: `[[ -n $X ]] && …`, `if [ "$X" ]; then …`.
fn where_set(script: &Script, source: &str) -> Vec<Span> {
    struct Finder<'s> {
        source: &'s str,
        found: Vec<Span>,
    }
    impl<'t> Visitor<'t> for Finder<'_> {
        fn enter_statement(&mut self, statement: &'t Statement, _: Surroundings) {
            let Some(next) = statement.rest.first() else { return };
            let wanted = match next.operator {
                AndOrOperator::And => Answer::Set,
                AndOrOperator::Or => Answer::Empty,
            };
            if asks_only(&statement.first, self.source) == Some(wanted) {
                self.found.push(next.pipeline.span);
            }
        }

        fn enter_command(&mut self, command: &'t Command, _: Surroundings) {
            let Command::Compound(compound) = command else { return };
            let CompoundKind::If(block) = &compound.kind else { return };
            let [branch, others @ ..] = &block.branches[..] else { return };
            let [question] = &branch.condition[..] else { return };
            let answer = asks_only(&question.first, self.source).filter(|_| question.rest.is_empty());
            let place = match answer {
                Some(Answer::Set) => &branch.body,
                Some(Answer::Empty) if others.is_empty() => match &block.otherwise {
                    Some(otherwise) => otherwise,
                    None => return,
                },
                _ => return,
            };
            if let [first, .., last] | [first @ last] = &place[..] {
                self.found.push(first.span.cover(last.span));
            }
        }
    }
    let mut finder = Finder { source, found: Vec::new() };
    script.walk(&mut finder);
    merge(&mut finder.found);
    finder.found
}

/// What a question about the list has found if its answer is yes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    Set,
    Empty,
}

/// `[[ -n $X ]]`, `[ -z "${X:-}" ]`, `test "$X"`, and nothing else that would make it another question.
fn asks_only(pipeline: &Pipeline, source: &str) -> Option<Answer> {
    let texts: Vec<&str> = match &pipeline.commands[..] {
        [Command::Compound(compound)] => match &compound.kind {
            CompoundKind::Test(test) => test.tokens.iter().map(|token| token.span().text(source)).collect(),
            _ => return None,
        },
        [Command::Simple(simple)] => {
            let name = simple.name(source)?;
            let words: Vec<&str> = simple.arguments().iter().map(|word| word.text(source)).collect();
            match (&*name, &words[..]) {
                ("test", words) | ("[", [words @ .., "]"]) => words.to_vec(),
                _ => return None,
            }
        }
        _ => return None,
    };
    let (negations, rest) = match &texts[..] {
        ["!", rest @ ..] => (1, rest),
        rest => (0, rest),
    };
    let (operator, operand) = match rest {
        [operator, operand] => (*operator, *operand),
        [operand] => ("-n", *operand),
        _ => return None,
    };
    let name =
        operand.trim_matches('"').trim_start_matches('$').trim_start_matches('{').trim_end_matches('}');
    if name.strip_suffix(":-").or(name.strip_suffix('-')).unwrap_or(name) != VARIABLE
        || !operand.contains('$')
    {
        return None;
    }
    let is_negated = (negations == 1) != pipeline.negated;
    match (operator, is_negated) {
        ("-n", false) | ("-z", true) => Some(Answer::Set),
        ("-z", false) | ("-n", true) => Some(Answer::Empty),
        _ => None,
    }
}

fn report_inverted(document: &Document, span: Span, sink: &mut Sink<'_>) {
    sink.report(
        document,
        document.first_line(span),
        format!("the boot script sets `{VARIABLE}` only where the template has set it"),
        "replaces the template's list, and nothing but it",
    )
    .why("the question is the wrong way round: the template's list is lost, and where it has none the portal stays empty")
    .help(format!("ask for an empty one: `if [[ -z \"${{{VARIABLE}:-}}\" ]]; then`"));
}

fn report_forced(document: &Document, setting: &Setting<'_>, sink: &mut Sink<'_>) {
    let span = setting.assignment.span;
    sink.report(
        document,
        document.first_line(span),
        format!("the boot script sets `{VARIABLE}` whatever the template says"),
        "replaces the template's list",
    )
    .why("people switch applications on and off by the list in their template: at the next start theirs is lost")
    .help(format!("write `if [[ -z \"${{{VARIABLE}:-}}\" ]]; then` before it and `fi` behind it"))
    .fix(ask_first(document, setting));
}

/// The command between a question and its end: what it does where the template has no list stays as it was.
fn ask_first(document: &Document, setting: &Setting<'_>) -> Option<ProposedFix> {
    let text = &document.text;
    let lines = full_lines(text, setting.command);
    let (before, behind) = (
        &text[lines.start as usize..setting.command.start as usize],
        &text[setting.command.end as usize..lines.end as usize],
    );
    // One line, with nothing else on it but a comment.
    let behind = behind.trim();
    let is_alone = before.trim().is_empty() && (behind.is_empty() || behind.starts_with('#'));
    let is_one_line = line_start(text, setting.command.end) == lines.start;
    let is_list = document.slice(setting.assignment.span).contains(':');
    let blanks = indentation(text, setting.command.start);
    let step = if blanks.contains('\t') { "\t" } else { "    " };
    let question = format!("if [[ -z \"${{{VARIABLE}:-}}\" ]]; then");
    (is_alone && is_one_line && is_list).then(|| {
        let fix = ProposedFix::safe(format!("write `{question}` before it and `fi` behind it"));
        let command = text[lines.range()].trim();
        let end = if text[lines.range()].ends_with('\n') { "\n" } else { "" };
        fix.replace(document, lines, format!("{blanks}{question}\n{blanks}{step}{command}\n{blanks}fi{end}"))
    })
}

/// An assignment of the list.
struct Setting<'t> {
    assignment: &'t Assignment,
    is_exported: bool,
    /// The command that it is a part of.
    command: Span,
    /// Whether the command is nothing but the assignment.
    is_alone: bool,
}

struct Reader<'s, 't> {
    source: &'s str,
    settings: Vec<Setting<'t>>,
    /// Where the list is expanded, in order.
    mentions: Vec<u32>,
    /// Whether the list is exported by name, or everything is.
    exports: bool,
}

impl<'t> Visitor<'t> for Reader<'_, 't> {
    fn enter_command(&mut self, command: &'t Command, surroundings: Surroundings) {
        let Command::Simple(simple) = command else { return };
        self.exports |= exports(simple, self.source);
        // A child's variable is gone with the child, and one before a command is that command's.
        if surroundings.in_substitution() || surroundings.in_subshell() {
            return;
        }
        let own = simple.assignments.iter().filter(|_| simple.words.is_empty());
        let is_list =
            |assignment: &&Assignment| assignment.name.text(self.source) == VARIABLE && !assignment.append;
        let (command, is_alone) =
            (simple.span, simple.assignments.len() == 1 && simple.redirections.is_empty());
        let setting =
            |assignment, is_exported, is_alone| Setting { assignment, is_exported, command, is_alone };
        self.settings.extend(own.filter(is_list).map(|assignment| setting(assignment, false, is_alone)));
        let is_exported = simple.words.first().is_some_and(|word| word.is(self.source, "export"))
            || simple.arguments().iter().any(|word| is_export_option(word, self.source));
        self.settings.extend(
            simple
                .declarations
                .iter()
                .filter(is_list)
                .map(|assignment| setting(assignment, is_exported, false)),
        );
    }

    fn enter_parameter(&mut self, parameter: &'t Parameter, span: Span, _: Surroundings) {
        if parameter.name.text(self.source) == VARIABLE {
            self.mentions.push(span.start);
        }
    }
}

/// `-x` of `declare`.
fn is_export_option(word: &Word, source: &str) -> bool {
    let text = word.text(source);
    text.starts_with('-') && text.contains('x')
}

/// `export PORTAL_CONFIG`, `set -a`, `set -o allexport`.
fn exports(command: &SimpleCommand, source: &str) -> bool {
    let mut arguments = command.arguments().iter();
    match command.name(source).as_deref() {
        Some("export" | "declare" | "typeset") => arguments.any(|word| word.is(source, VARIABLE)),
        Some("set") => arguments.any(|word| {
            let text = word.text(source);
            text == "allexport" || (text.starts_with('-') && !text.starts_with("--") && text.contains('a'))
        }),
        _ => false,
    }
}

/// Whether entries stand in the value itself.
fn holds_entries(assignment: &Assignment, source: &str) -> bool {
    match &assignment.value {
        AssignmentValue::Scalar(word) => word.literal(source).is_some_and(|value| value.contains(':')),
        AssignmentValue::Array(_) => false,
    }
}
