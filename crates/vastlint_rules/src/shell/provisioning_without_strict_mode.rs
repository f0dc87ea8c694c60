//! VL201: see `rules/shell/provisioning-without-strict-mode.md`.

use vastlint_model::{Document, ShellRole};
use vastlint_syntax::shell::Script;

use crate::strict_mode::{Options, STRICT_MODE, start_of};
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(_: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
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
    if of_one_image {
        finding.variant("image-level");
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
