//! VL404: see `rules/python/install-outside-venv.md`.

use vastlint_diagnostic::Applicability;
use vastlint_model::{Document, ShellRole, invocation};
use vastlint_syntax::shell::{Script, SimpleCommand, Word};

use crate::command_edits::insert_before;
use crate::flow::{Run, State, Venv, runs};
use crate::strict_mode::{Options, start_of};
use crate::values::{Assignments, Values};
use crate::venvs::{Install, install};
use crate::{Check, Context, Place, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

/// Variables that name the environment to install into.
const VARIABLES: &[&str] = &[
    "VIRTUAL_ENV",
    "UV_PYTHON",
    "UV_SYSTEM_PYTHON",
    "UV_PROJECT_ENVIRONMENT",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_PYTHON",
];

/// Options that name it.
const OPTIONS: &[&str] = &["--python", "-p", "--system", "--target", "-t", "--prefix", "--root", "--user"];

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    let of_one_image = match document.shell_role() {
        Some(ShellRole::ProvisioningScript) => false,
        Some(ShellRole::ImageProvisioningScript) => true,
        _ => return,
    };
    // What it hands to another shell is under way with whatever was active there.
    if !document.is_file() {
        return;
    }
    let source = &document.text;
    let assignments = Assignments::of(script, source);
    let outside = |name: &str| Some(format!("${{{name}}}"));
    let values = Values { source, assignments: &assignments, outside: &outside };
    if assignments.all().iter().any(|assignment| {
        let name = assignment.name.text(source);
        VARIABLES.contains(&name) || (name == "PATH" && assignment.span.text(source).contains("/venv/"))
    }) {
        return;
    }
    let all = runs(script, &values, State::default());
    let Some(first) = first_outside(&all, source) else { return };
    let Some(call) = install(first.words, source) else { return };
    let [program, ..] = call.head else { return };
    let venv = &context.contract.python.shared_venv;
    let finding = sink
        .report(
            document,
            call.head.iter().fold(program.span, |span, word| span.cover(word.span)),
            format!("packages are installed before `{venv}` is active"),
            "into which environment?",
        )
        .why(format!("uv stops with \"no virtual environment found\", pip installs beside the environment that the app starts from: all that the image brings for it is in `{venv}`"))
        .help(format!("write `. {venv}/bin/activate` above"));
    // An activation that is there already has to be looked at.
    let touches_one = all.iter().any(|run| {
        sourcing(run, source) == Some(Sourcing::Activate)
            || run.command.name(source).as_deref() == Some("deactivate")
    });
    let start = start_of(script, source, Options::default()).first_command;
    if let (false, Some(start)) = (touches_one, start) {
        let line = format!(". {venv}/bin/activate");
        let fix =
            ProposedFix::new(Applicability::Unsafe, format!("write `{line}` in front of the first command"));
        finding.fix(insert_before(fix, document, script, start, &line));
    }
    let late = all.iter().find(|run| {
        run.command.span.start > first.command.span.start && sourcing(run, source) == Some(Sourcing::Activate)
    });
    if let Some(late) = late {
        finding.related(Place::new(document, late.command.span), "active only from here on");
    }
    if of_one_image {
        finding.variant("image-level");
    }
}

/// The first install that runs while no environment is active. `None` where one may be.
fn first_outside<'r, 't>(all: &'r [Run<'t>], source: &str) -> Option<&'r Run<'t>> {
    let activations: Vec<&Run<'_>> =
        all.iter().filter(|run| sourcing(run, source) == Some(Sourcing::Activate)).collect();
    // When a function of the script runs is not known.
    if activations.iter().any(|run| run.in_function) {
        return None;
    }
    let first = all.iter().find(|run| {
        let outside = if run.in_function { activations.is_empty() } else { run.state.venv == Venv::None };
        outside && installs_anywhere(run, source)
    })?;
    let before = all.iter().take_while(|run| run.command.span != first.command.span);
    let unknown = before.filter(|run| sourcing(run, source) == Some(Sourcing::Unknown)).count();
    (unknown == 0).then_some(first)
}

/// What a file that is sourced does to the environment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sourcing {
    Activate,
    /// Who knows.
    Unknown,
}

fn sourcing(run: &Run<'_>, source: &str) -> Option<Sourcing> {
    let name = run.command.name(source)?;
    let argument = run.command.arguments().first()?.text(source).trim_matches(['"', '\'']);
    match name.as_ref() {
        "." | "source" | "\\." if argument.ends_with("/activate") || argument == "activate" => {
            Some(Sourcing::Activate)
        }
        "." | "source" if argument == "/etc/environment" || argument.ends_with("/nvm.sh") => None,
        "." | "source" => Some(Sourcing::Unknown),
        "conda" | "mamba" | "micromamba" if argument == "activate" => Some(Sourcing::Activate),
        _ => None,
    }
}

/// Whether a command installs packages and does not say where to.
fn installs_anywhere(run: &Run<'_>, source: &str) -> bool {
    install(run.words, source).is_some_and(|call| {
        // `uv add` works on the environment of a project.
        let of_project = call.head.last().is_some_and(|word| word.is(source, "add"));
        !of_project && !names_environment(&call, run.command, source)
    })
}

/// Whether an install says itself where it installs to.
fn names_environment(call: &Install<'_>, command: &SimpleCommand, source: &str) -> bool {
    let wrappers = &command.words[..command.words.len() - invocation(command, source).len()];
    let by_variable = |text: &str| text.split_once('=').is_some_and(|(name, _)| VARIABLES.contains(&name));
    let by_option = |word: &Word| {
        let text = word.text(source);
        let option = text.split_once('=').map_or(text, |(option, _)| option);
        // What a variable holds may be such an option.
        OPTIONS.contains(&option) || text.starts_with("$@") || text.starts_with("\"$@")
    };
    wrappers.iter().any(|word| by_variable(word.text(source)))
        // `/venv/main/bin/pip install`, `"${VENV}/bin/python" -m pip install`
        || call.head.first().is_some_and(|program| program.text(source).contains('/'))
        || call.head.iter().chain(call.arguments).any(by_option)
}
