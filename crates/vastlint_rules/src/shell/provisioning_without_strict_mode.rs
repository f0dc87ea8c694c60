//! VL201: see `rules/shell/provisioning-without-strict-mode.md`.

use vastlint_model::{Document, ShellRole};
use vastlint_syntax::shell::Script;

use super::set_options::switches;
use crate::fix::full_lines;
use crate::script_lines::own_lines;
use crate::strict_mode::{Options, STRICT_MODE, Start, start_of};
use crate::strict_mode_risk::{lacks_values, may_end};
use crate::{Check, Context, Place, ProposedFix, Sink};
use vastlint_diagnostic::Applicability;

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    let of_one_image = match document.shell_role() {
        Some(ShellRole::ProvisioningScript) => false,
        Some(ShellRole::ImageProvisioningScript) => true,
        _ => return,
    };
    // What such a script hands to `bash -c` has its role, but is no script of its own.
    if !document.is_file() {
        return;
    }
    let mut options = Options::default();
    if let Some(shebang) = script.shebang {
        options.apply(shell_arguments(document.slice(shebang)));
    }
    let start = start_of(script, &document.text, options);
    // A script that runs nothing at all is no provisioning script.
    let Some(first) = start.first_command.filter(|_| !start.options.is_strict()) else { return };
    let missing = start.options.missing();
    let finding = match (start.set, start.late_set) {
        (_, Some(late)) => {
            let finding = sink.report(
                document,
                document.first_line(first),
                format!("the script works before it says `{STRICT_MODE}`"),
                "a failure here goes unnoticed",
            );
            finding.related(Place::new(document, late), "strict only from here on")
        }
        (Some(set), None) => sink.report(
            document,
            set,
            format!("the script is not in strict mode: {}", start.options.missing_sentence()),
            format!("without {missing}"),
        ),
        (None, None) => sink.report(
            document,
            document.first_line(first),
            format!("the script does not start with `{STRICT_MODE}`"),
            "the first command, and nothing strict before it",
        ),
    };
    finding.why("a step that fails at boot goes unnoticed, and the instance comes up half provisioned").help(
        match (start.set, start.late_set) {
            (_, Some(_)) => format!("move `{STRICT_MODE}` below the first line"),
            (Some(_), None) => format!("write `{STRICT_MODE}` instead"),
            (None, None) => format!("write `{STRICT_MODE}` below the first line"),
        },
    );
    finding.fix(strict_from_the_start(context, document, script, &start));
    if of_one_image {
        finding.variant("image-level");
    }
}

/// Strict mode below the first line, or in the place of the `set` that is there.
fn strict_from_the_start(
    context: &Context<'_>,
    document: &Document,
    script: &Script,
    start: &Start,
) -> Option<ProposedFix> {
    if lacks_values(context, document) {
        return None;
    }
    let source = &document.text;
    let end = start.late_set.map_or(u32::MAX, |late| late.start);
    let assignments = context.assignments(document);
    let is_risky = may_end(script, source, end, assignments, &context.contract.shell, start.options);
    let fix = |message: String| {
        ProposedFix::new(if is_risky { Applicability::Unsafe } else { Applicability::Safe }, message)
    };
    // Below the first line; a script without it starts there.
    let top = script.shebang.map_or(0, |shebang| full_lines(source, shebang).end);
    let below = |fix: ProposedFix, line: &str| {
        let rest = source[top as usize..].split_inclusive('\n').next();
        let is_open = top as usize == source.len() && top > 0 && !source.ends_with('\n');
        let blank = if rest.is_some_and(|line| line.trim().is_empty()) { "" } else { "\n" };
        (!is_open).then(|| fix.insert(document, top, format!("{line}\n{blank}")))
    };
    match (start.set, start.late_set) {
        (None, None) => below(fix(format!("write `{STRICT_MODE}` below the first line")), STRICT_MODE),
        (Some(set), None) => {
            let mut sets = context
                .commands(document)
                .iter()
                .map(|(command, _)| *command)
                .filter(|command| command.name(source).as_deref() == Some("set"));
            let command = sets.next().filter(|command| command.span == set && sets.next().is_none())?;
            let switches = switches(command, source)?;
            let is_known = |&(letter, on): &(char, bool)| on && "euxP".contains(letter);
            if !switches.iter().all(is_known) || command.arguments().iter().any(|word| word.is(source, "--"))
            {
                return None;
            }
            let traces = switches.contains(&('x', true));
            let strict = if traces { STRICT_MODE.replacen("-eu", "-eux", 1) } else { STRICT_MODE.to_owned() };
            Some(fix(format!("write `{strict}`")).replace(document, set, strict))
        }
        (None, Some(late)) => {
            let lines = own_lines(document, script, late)?;
            let written = document.slice(lines).trim_end();
            // Indented, it stands in a block that may not run.
            let is_outside = written.starts_with("set");
            let fix = below(fix(format!("move `{written}` below the first line")), written)?;
            is_outside.then(|| fix.delete(document, lines))
        }
        (Some(_), Some(_)) => None,
    }
}

/// The arguments that the first line hands to the shell. Linux hands over everything behind the program as one
/// argument; only `env -S` takes it apart.
fn shell_arguments(shebang: &str) -> Vec<&str> {
    let mut words = shebang.trim_start_matches("#!").split_whitespace();
    let program = words.next().unwrap_or_default();
    let rest: Vec<&str> = words.collect();
    match &rest[..] {
        ["-S" | "--split-string", _, arguments @ ..] if program.ends_with("/env") => arguments.to_vec(),
        [argument] if !program.ends_with("/env") => vec![argument],
        _ => Vec::new(),
    }
}
