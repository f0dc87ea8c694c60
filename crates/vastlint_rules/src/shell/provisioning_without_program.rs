//! VL238: see `rules/shell/provisioning-without-program.md`.

use vastlint_model::{Document, Kind, ShellRole, program_name};
use vastlint_syntax::shell::{Context as Surroundings, Script, Visitor, Word};

use crate::values::programs;
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    if document.shell_role() != Some(ShellRole::ProvisioningScript) || !document.is_file() {
        return;
    }
    let contract = &context.contract.provisioning;
    let source = &document.text;
    let writes = context.project.embedded_deep(document.id).iter().any(|document| {
        matches!(document.kind, Kind::SupervisorConf | Kind::Shell(ShellRole::SupervisorScript))
    });
    if writes || speaks_of_supervisor(script, source) {
        return;
    }
    let mut first = None;
    for command in script.simple_commands() {
        for words in programs(command, source) {
            let Some(program) = words.first() else { continue };
            // A program that is not known, or a script from elsewhere, may create one.
            let Some(name) = program_name(program, source) else { return };
            if contract.delegates.iter().any(|delegate| *delegate == name)
                || runs_a_script(&name, words, source)
            {
                return;
            }
            if !contract.idle_commands.iter().any(|idle| *idle == name) {
                first.get_or_insert(command.span);
            }
        }
    }
    let Some(first) = first else { return };
    sink.report(
        document,
        document.first_line(first),
        "the script sets up an instance, but no program",
        "it works, and writes neither a supervisor script nor a conf",
    )
    .why("a provisioning-only template is an app on a stock image: without a conf nothing starts when the script is done, and the portal has nothing to show")
    .help("write `/opt/supervisor-scripts/<app>.sh` and `/etc/supervisor/conf.d/<app>.conf`, then `supervisorctl reread` and `supervisorctl update`");
}

/// Whether a word of the script names supervisor or one of its folders: it may write there in a way of its own.
fn speaks_of_supervisor(script: &Script, source: &str) -> bool {
    struct Speaks<'s> {
        source: &'s str,
        found: bool,
    }
    impl<'t> Visitor<'t> for Speaks<'_> {
        fn enter_word(&mut self, word: &'t Word, _: Surroundings) {
            self.found |= word.text(self.source).contains("supervisor");
        }
    }
    let mut speaks = Speaks { source, found: false };
    script.walk(&mut speaks);
    speaks.found
}

/// Whether a command runs a script that is not here: `bash setup.sh`, `. setup.sh`, `./setup.sh`, `curl … | bash`.
fn runs_a_script(name: &str, words: &[Word], source: &str) -> bool {
    let argument = words.get(1).map(|word| word.text(source).trim_matches(['"', '\'']));
    match name {
        "bash" | "sh" => argument != Some("-c"),
        "." | "source" => {
            argument.is_some_and(|path| !path.ends_with("/activate") && path != "/etc/environment")
        }
        _ => {
            let is_script = name.rsplit_once('.').is_some_and(|(_, extension)| extension == "sh");
            is_script || words[0].text(source).starts_with("./")
        }
    }
}
