//! VL109: see `rules/dockerfile/install-without-venv.md`.

use vastlint_diagnostic::Applicability;
use vastlint_model::{Document, ImageClass};
use vastlint_syntax::dockerfile::{Dockerfile, Scope};

use crate::command_edits::insert_before;
use crate::flow::{State, Venv};
use crate::packages::{Named, package_installs};
use crate::stages::{RunScript, run_scripts, shipped_instructions};
use crate::strict_mode::{Options, start_of};
use crate::values::{Assignments, Values};
use crate::{Check, Context, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Dockerfile(check);

/// Variables that name an environment, or say that the system's will do.
const VARIABLES: &[&str] = &["VIRTUAL_ENV", "UV_PYTHON", "UV_SYSTEM_PYTHON", "CONDA_PREFIX"];

fn check(context: &Context<'_>, document: &Document, tree: &Dockerfile, sink: &mut Sink<'_>) {
    let image = context.project.image_of(document.id);
    let derived = |class| matches!(class, ImageClass::Derivative | ImageClass::PytorchDerived);
    if !image.is_some_and(|image| derived(image.class)) {
        return;
    }
    let source = &document.text;
    let environment = &context.contract.dockerfile.torch_guard.environment;
    let shipped = shipped_instructions(tree, source);
    let mut scopes = tree.scopes(source);
    for run in run_scripts(context.project, document, tree, &shipped) {
        // What another script hands to a shell inherits its environment.
        if !run.is_whole {
            continue;
        }
        let scope = scopes.at(run.instruction);
        let text = &run.document.text;
        let outside = |name: &str| scope.value(name).map(str::to_owned);
        let assignments = Assignments::of(run.script, text);
        let values = Values { source: text, assignments: &assignments, outside: &outside };
        let names_one = VARIABLES.iter().any(|name| assignments.only(name).is_some());
        if names_one || brings_environment(scope, environment) {
            continue;
        }
        let bare = package_installs(run.script, &values, State::default()).into_iter().find(|install| {
            install.named == Named::Active && install.run.state.venv == Venv::None && !install.run.in_function
        });
        let Some(install) = bare else { continue };
        sink.report(
            run.document,
            install.span,
            format!("packages are installed before `{environment}` is active"),
            "no environment is active here",
        )
        .why("each RUN is a shell of its own that knows no environment: uv refuses to install, pip puts the packages into the system's Python, and the app does not find them")
        .help(format!("write `. {environment}/bin/activate && \\` above it, in this RUN"))
        .fix(activate(&run, environment));
    }
}

/// Activates the environment in front of everything that the script does: the packages go to another place than before.
/// None where the script activates or leaves an environment already, which somebody has to look at.
fn activate(run: &RunScript<'_>, environment: &str) -> Option<ProposedFix> {
    let source = &*run.document.text;
    let touches_one =
        run.script.simple_commands().into_iter().any(|command| match command.name(source).as_deref() {
            Some("." | "source" | "conda" | "mamba") => command.span.text(source).contains("activate"),
            name => name == Some("deactivate"),
        });
    if touches_one {
        return None;
    }
    let first = start_of(run.script, source, Options::default()).first_command?;
    let line = format!(". {environment}/bin/activate");
    let fix =
        ProposedFix::new(Applicability::Unsafe, format!("write `{line}` in front of the first command"));
    insert_before(fix, run.document, run.script, first, &line)
}

/// Whether the Dockerfile itself keeps an environment active.
fn brings_environment(scope: &Scope, environment: &str) -> bool {
    VARIABLES.iter().any(|name| scope.value(name).is_some_and(|value| !value.is_empty()))
        || scope.value("PATH").is_some_and(|path| path.contains(environment))
}
