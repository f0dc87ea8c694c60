//! VL219: see `rules/shell/leaked-shell-options.md`.

use vastlint_model::Document;
use vastlint_syntax::shell::{Script, SimpleCommand};

use super::set_options::switches;
use crate::script_lines::last_heredoc;
use crate::supervised::is_boot_script;
use crate::{Check, Context, ProposedFix, Sink};
use vastlint_diagnostic::Applicability;

/// The check.
pub const CHECK: Check = Check::Shell(check);

/// The options that change what the scripts behind this one do, by letter and as they are written.
const OPTIONS: [(char, &str); 3] = [('e', "-e"), ('u', "-u"), ('P', "-o pipefail")];

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    if !is_boot_script(document) {
        return;
    }
    let source = &document.text;
    let mut on: [Option<&SimpleCommand>; OPTIONS.len()] = [None; OPTIONS.len()];
    for (command, surroundings) in context.commands(document).iter().copied() {
        let in_child = surroundings.in_subshell()
            || surroundings.in_substitution()
            || surroundings.in_pipeline()
            || surroundings.in_background();
        if in_child || surroundings.in_function() {
            continue;
        }
        match command.name(source).as_deref() {
            // What was kept before is put back: `eval "$old"`, `set "$old"`.
            Some("eval") => return,
            Some("set") => {
                let Some(switches) = switches(command, source) else { return };
                for (letter, is_on) in switches {
                    if let Some(option) = OPTIONS.iter().position(|(known, _)| *known == letter) {
                        on[option] = is_on.then_some(command);
                    }
                }
            }
            _ => {}
        }
    }
    let left: Vec<(&str, &SimpleCommand)> =
        OPTIONS.iter().zip(on).filter_map(|((_, name), command)| Some((*name, command?))).collect();
    let Some((_, first)) = left.first() else { return };
    let names: Vec<&str> = left.iter().map(|(name, _)| *name).collect();
    let options = format!("set {}", names.join(" "));
    // `set +euo pipefail`: the letters of those that are on, and the name of the last one behind them.
    let letters: String = names.iter().map(|name| &name[1..2]).collect();
    let pipefail = if letters.ends_with('o') { " pipefail" } else { "" };
    let off = format!("set +{letters}{pipefail}");
    // What the boot itself had turned on before is not known.
    let fix = script.body.last().map(|last| {
        ProposedFix::new(Applicability::Unsafe, format!("write `{off}` at the end")).insert_lines_below(
            document,
            last_heredoc(document, script, last.span).map_or(last.span.end - 1, |heredoc| heredoc.body.end),
            &off,
        )
    });
    sink.report(
        document,
        first.span,
        format!("`{}` leaves `{options}` on for the rest of the boot", document.file_name()),
        "never turned off again",
    )
    .why("boot scripts are sourced by one shell: a command that may fail, or a variable that may be unset, in a script behind this one now ends the boot")
    .help(format!("write `set {}` at the end, or put the commands in parentheses", names.join(" ").replace('-', "+")))
    .fix(fix);
}
