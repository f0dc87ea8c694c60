//! VL250: see `rules/shell/unset-variable.md`.

use std::collections::HashSet;

use vastlint_model::ShellRole;

use crate::environments::Subject;
use crate::variables::Gap;
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Project(check);

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for subject in context.subjects() {
        check_script(subject, sink);
    }
}

fn check_script(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let mut told = HashSet::new();
    for gap in &subject.gaps {
        if gap.nounset && subject.lacks(gap) && told.insert(gap.name) {
            report(subject, gap, sink);
        }
    }
}

fn report(subject: &Subject<'_>, gap: &Gap<'_>, sink: &mut Sink<'_>) {
    let document = subject.document;
    let name = gap.name;
    let written = document.slice(gap.span);
    let (message, label) = if gap.elsewhere {
        (
            format!("`{written}` is used before it has a value, and `set -u` ends the script there"),
            "no value here: it is set further down, or only in a process of its own",
        )
    } else {
        (
            format!("nothing gives `{name}` a value, and `set -u` ends the script at `{written}`"),
            "unbound variable, unless somebody hands it in",
        )
    };
    let finding = sink.report(document, gap.span, message, label);
    finding.why(match document.shell_role() {
        Some(ShellRole::Run) => "the build stops here with `unbound variable`",
        Some(ShellRole::Step) => "the step stops here with `unbound variable`",
        Some(ShellRole::ProvisioningScript | ShellRole::ImageProvisioningScript) => {
            "on an instance that is rented without this variable, provisioning stops here with `unbound variable` and \
             leaves it half set up"
        }
        _ => "the script stops here with `unbound variable`",
    });
    finding.help(if gap.elsewhere {
        format!("give `{name}` its value above this line, in the script's own shell")
    } else {
        format!(
            "write `{}` if it may be missing; correct the name if it is misspelt",
            with_default(written, name)
        )
    });
}

/// The expansion with an empty default.
fn with_default(written: &str, name: &str) -> String {
    let plain = written == format!("${name}") || written == format!("${{{name}}}");
    if plain { format!("${{{name}:-}}") } else { format!("{name}=\"${{{name}:-}}\"") }
}
