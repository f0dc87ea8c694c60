//! VL406: see `rules/python/extra-venv.md`.

use vastlint_model::Document;
use vastlint_syntax::shell::Script;

use super::bare_pip::runs_in_a_template;
use crate::venvs::{created, matches_folder};
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    if !runs_in_a_template(context, document) {
        return;
    }
    let python = &context.contract.python;
    for environment in created(document, script) {
        let allowed = environment.path.as_deref().is_some_and(|path| {
            path == python.shared_venv
                || python.other_venvs.iter().any(|pattern| matches_folder(pattern, path))
        });
        if allowed {
            continue;
        }
        let shared = &python.shared_venv;
        let name = environment.path.as_deref().map_or_else(String::new, |path| format!(" `{path}`"));
        sink.report(
            document,
            document.first_line(environment.command.span),
            format!("the app gets an environment of its own{name} beside `{shared}`"),
            "another environment",
        )
        .why("what the base image installs, PyTorch above all, is not in it: the image grows by a second copy, and what a customer adds to the shared environment does not reach the app")
        .help(format!("write `. {shared}/bin/activate` and install there; where two apps cannot share, name the folder in `[contract.python] extend-other-venvs`"));
    }
}
