//! VL709: see `rules/project/misnamed-boot-script.md`.

use vastlint_model::{Document, ShellRole};
use vastlint_syntax::shell::Script;

use super::misnamed_script::is_kebab;
use super::missing_command_script::first_words;
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(_: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    let boot = matches!(document.shell_role(), Some(ShellRole::BootScript | ShellRole::FirstBootScript));
    if !boot || document.instance_path.is_none() {
        return;
    }
    let name = document.file_name();
    let Some(fault) = fault(name) else { return };
    sink.report(
        document,
        script.shebang.unwrap_or_else(|| first_words(document)),
        format!("the boot script `{name}` {}", fault.what),
        "this file's name",
    )
    .why(fault.why)
    .help(format!("call it `{}`", fault.name));
}

struct Fault {
    what: &'static str,
    why: &'static str,
    /// A name that would do.
    name: String,
}

fn fault(name: &str) -> Option<Fault> {
    let stem = name.strip_suffix(".sh");
    let rest = stem.unwrap_or(name);
    let digits = rest.len() - rest.trim_start_matches(|character: char| character.is_ascii_digit()).len();
    let (number, words) = rest.split_at(digits);
    let words = words.trim_start_matches(['-', '_']);
    let number = if digits == 2 { number } else { "NN" };
    let better = format!("{number}-{}.sh", words.to_ascii_lowercase().replace(['_', ' '], "-"));
    let fault = |what, why| Some(Fault { what, why, name: better.clone() });
    if stem.is_none() {
        return fault(
            "does not end with `.sh`",
            "only files that end so are sourced at boot: this one never runs",
        );
    }
    if digits != 2 || !rest[digits..].starts_with('-') {
        return fault(
            "does not start with two digits and a hyphen",
            "boot scripts run in the order of their names: where this one comes is left to chance",
        );
    }
    if !is_kebab(words) {
        return fault(
            "is not named in lower-case words with hyphens",
            "boot scripts are told and sorted by their names, which all have this form",
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn names_are_two_digits_and_words() {
        for good in ["05-configure-cuda.sh", "95-supervisor-wait.sh", "10-a.sh", "46-user2.sh"] {
            assert!(fault(good).is_none(), "{good}");
        }
        for (bad, better) in [
            ("5-my-app.sh", "NN-my-app.sh"),
            ("05_my_app.sh", "05-my-app.sh"),
            ("my-app.sh", "NN-my-app.sh"),
            ("05-My_App.sh", "05-my-app.sh"),
            ("05-my-app", "05-my-app.sh"),
            ("005-a.sh", "NN-a.sh"),
        ] {
            assert_eq!(fault(bad).map(|fault| fault.name).as_deref(), Some(better), "{bad}");
        }
    }
}
