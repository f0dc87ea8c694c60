//! VL217: see `rules/shell/unexported-environment.md`.

use vastlint_model::{Document, ShellRole};
use vastlint_syntax::shell::{Script, SimpleCommand, Word, WordPart, WordPartKind};

use super::set_options::switches;
use crate::fix::{full_lines, indentation};
use crate::script_lines::{own_lines, statement_around};
use crate::utilities::utility_of;
use crate::values::is_default;
use crate::{Check, Context, Place, ProposedFix, Sink};
use vastlint_diagnostic::Applicability;
use vastlint_text::Span;

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    let is_sourced_or_started = matches!(
        document.shell_role(),
        Some(
            ShellRole::SupervisorScript
                | ShellRole::Utility
                | ShellRole::BootScript
                | ShellRole::FirstBootScript
        )
    );
    if !is_sourced_or_started || document.fragment || document.instance_path.is_none() {
        return;
    }
    let source = &document.text;
    let files = &context.contract.script.environment_files;
    let utilities = &context.contract.script.utilities;
    let assignments = context.assignments(document);
    let mut exports = false;
    let mut last_exported: Option<&SimpleCommand> = None;
    let mut switched: Option<&SimpleCommand> = None;
    let mut unexported: Vec<(&SimpleCommand, String)> = Vec::new();
    for (command, surroundings) in context.commands(document).iter().copied() {
        if surroundings.in_substitution() || surroundings.in_function() {
            continue;
        }
        if command.name(source).as_deref() == Some("set") {
            // Whatever it does, it may do this.
            let Some(switches) = switches(command, source) else { return };
            if let Some(&(_, on)) = switches.iter().rev().find(|(letter, _)| *letter == 'a') {
                if on && let Some((late, file)) = unexported.pop() {
                    // One word about a script is enough: the files are sourced one below the other.
                    let fix = turned_on_above(document, script, late, command);
                    swapped(document, late, &file, command, "turned on only here", fix, sink);
                    return;
                }
                (last_exported, exports) = (last_exported.filter(|_| on), on);
                switched = Some(command);
            }
        } else if utility_of(command, source, assignments, utilities)
            .is_some_and(|file| file == utilities.environment)
        {
            // The environment is exported by then, and what is exported stays so.
            return;
        } else if let Some(file) = environment_file(command, source, files) {
            match switched {
                _ if exports => last_exported = Some(command),
                Some(off) => {
                    let fix = turned_on(context, document, script, off, command);
                    swapped(document, command, &file, off, "turned off here", fix, sink);
                    return;
                }
                None => unexported.push((command, file)),
            }
        }
    }
    if let Some((on, last)) = switched.filter(|_| exports).zip(last_exported) {
        let fix = lines_of(document, script, last).map(|lines| {
            // What is set below may count on it.
            let off = format!("{}set +a", indentation(source, lines.start));
            ProposedFix::new(Applicability::Unsafe, "write `set +a` below the files of variables")
                .insert_lines_below(document, last.span.end - 1, &off)
        });
        sink.report(document, on.span, "`set -a` is never turned off again", "on from here to the end")
            .variant("left-on")
            .why("every variable that the script, and whoever sources it, sets from here on ends up in the environment of its programs")
            .help("write `set +a` below the files of variables")
            .fix(fix);
    }
    let wrapped = wrapped(document, script, &unexported);
    for (command, file) in unexported {
        sink.report(document, command.span, format!("`{file}` is sourced without `set -a`"), "sets, but does not export")
            .variant("without-allexport")
            .why("its lines are plain assignments: the shell knows the variables, and the program that it starts does not")
            .help("write `set -a` above it and `set +a` below it")
            .fix(wrapped.clone());
    }
}

/// The full lines of the statement that a command is a part of.
fn lines_of(document: &Document, script: &Script, command: &SimpleCommand) -> Option<Span> {
    own_lines(document, script, statement_around(script, command.span)?.span)
}

/// `set -a` above the first of the files and `set +a` below the last one, if they stand one below the other.
fn wrapped(
    document: &Document,
    script: &Script,
    unexported: &[(&SimpleCommand, String)],
) -> Option<ProposedFix> {
    // There are two such files.
    if unexported.len() > 8 {
        return None;
    }
    let lines: Option<Vec<Span>> =
        unexported.iter().map(|(command, _)| lines_of(document, script, command)).collect();
    let lines = lines?;
    let (first, last) = (lines.first()?, lines.last()?);
    if lines.windows(2).any(|pair| pair[0].end != pair[1].start) {
        return None;
    }
    let blanks = indentation(&document.text, first.start);
    Some(
        ProposedFix::new(Applicability::Unsafe, "write `set -a` above and `set +a` below")
            .insert_lines_above(document, first.start, &format!("{blanks}set -a"))
            .insert_lines_below(document, last.end - 1, &format!("{blanks}set +a")),
    )
}

/// What turns `set -a` on or off, and nothing else, as the other of the two.
fn reversed(written: &str) -> Option<String> {
    match written {
        "set -a" | "set -o allexport" => Some(written.replacen('-', "+", 1)),
        "set +a" | "set +o allexport" => Some(written.replacen('+', "-", 1)),
        _ => None,
    }
}

/// The `set +a` right above the files turned into `set -a`, and the other one of the pair with it.
fn turned_on(
    context: &Context<'_>,
    document: &Document,
    script: &Script,
    off: &SimpleCommand,
    file: &SimpleCommand,
) -> Option<ProposedFix> {
    let source = &document.text;
    let files = &context.contract.script.environment_files;
    let off_lines = own_lines(document, script, off.span)?;
    let mut lines = lines_of(document, script, file)?;
    if off_lines.end != lines.start {
        return None;
    }
    let commands = context.commands(document);
    let is_set = |command: &SimpleCommand| command.name(source).as_deref() == Some("set");
    // Of two switches one above the other the first may be the one to keep.
    let before = commands.iter().rev().find(|(command, _)| command.span.end <= off.span.start);
    if before.is_some_and(|(command, _)| is_set(command)) {
        return None;
    }
    let fix = ProposedFix::safe("turn `set -a` on above the files of variables, and off below them");
    let fix = fix.replace(document, off.span, reversed(document.slice(off.span))?);
    let mut behind = commands.iter().filter(|(command, _)| command.span.start > file.span.start);
    let other = behind.find(|(command, _)| is_set(command)).map(|(command, _)| *command);
    if let Some(other) = other {
        let written = document.slice(other.span);
        return match reversed(written)? {
            _ if written.contains('+') => Some(fix),
            off => Some(fix.replace(document, other.span, off)),
        };
    }
    let first = lines.start;
    for (command, _) in commands.iter().filter(|(command, _)| command.span.start > first) {
        if environment_file(command, source, files).is_some() {
            let next = lines_of(document, script, command)?;
            if next.start <= lines.end {
                lines = lines.cover(next);
            }
        }
    }
    let off = format!("{}set +a", indentation(source, lines.start));
    Some(fix.insert_lines_below(document, lines.end - 1, &off))
}

/// The `set -a` right below a file moved above it, and turned off where it stood.
fn turned_on_above(
    document: &Document,
    script: &Script,
    file: &SimpleCommand,
    on: &SimpleCommand,
) -> Option<ProposedFix> {
    let lines = lines_of(document, script, file)?;
    let switch = own_lines(document, script, on.span)?;
    let written = document.slice(on.span);
    let off = reversed(written).filter(|_| full_lines(&document.text, on.span).start == lines.end)?;
    let on_line = document.slice(Span::new(switch.start, on.span.end));
    Some(
        ProposedFix::safe(format!("write `{written}` above, and `{off}` below"))
            .insert_lines_above(document, lines.start, on_line)
            .replace(document, on.span, off),
    )
}

fn swapped(
    document: &Document,
    command: &SimpleCommand,
    file: &str,
    set: &SimpleCommand,
    label: &str,
    fix: Option<ProposedFix>,
    sink: &mut Sink<'_>,
) {
    sink.report(document, command.span, format!("`{file}` is sourced while `set -a` is off"), "sets, but does not export")
        .related(Place::new(document, set.span), label)
        .why("its lines are plain assignments: the shell knows the variables, and the program that it starts does not")
        .help("write `set -a` above it and `set +a` below it")
        .fix(fix);
}

/// The file of variables that a command sources.
fn environment_file(command: &SimpleCommand, source: &str, files: &[String]) -> Option<String> {
    if !matches!(command.name(source).as_deref(), Some("." | "source")) {
        return None;
    }
    let path: &Word = command.arguments().first()?;
    let mut spelled = String::new();
    spell(&path.parts, source, &mut spelled)?;
    files.iter().find(|file| **file == spelled).cloned()
}

/// A word without its quotes, its variables as `${NAME}`.
fn spell(parts: &[WordPart], source: &str, spelled: &mut String) -> Option<()> {
    for part in parts {
        let written = part.span.text(source);
        match &part.kind {
            WordPartKind::Literal => spelled.push_str(written),
            WordPartKind::SingleQuoted => spelled.push_str(written.trim_matches('\'')),
            WordPartKind::DoubleQuoted(inner) => spell(inner, source, spelled)?,
            WordPartKind::Parameter(parameter) => {
                let plain =
                    parameter.expansion.as_ref().is_none_or(|expansion| is_default(expansion.operator));
                if !plain {
                    return None;
                }
                spelled.push_str("${");
                spelled.push_str(parameter.name.text(source));
                spelled.push('}');
            }
            _ => return None,
        }
    }
    Some(())
}
