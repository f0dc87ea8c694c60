//! VL216: see `rules/shell/missing-venv-activation.md`.

use vastlint_model::{Document, ImageClass};
use vastlint_syntax::shell::Script;

use super::setup::end_of_setup;
use crate::flow::{State, Venv, runs};
use crate::supervised::{Part, is_supervisor_script, part};
use crate::utilities::sourced;
use crate::values::Values;
use crate::{Check, Context, ProposedFix, Sink};
use vastlint_diagnostic::Applicability;

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    if !is_supervisor_script(document) {
        return;
    }
    let source = &document.text;
    let contract = &context.contract.script;
    let sourced = sourced(context, document);
    if part(context, document, &sourced) != Some(Part::Application) {
        return;
    }
    // An upstream image has a Python of its own.
    let image = context.project.image_around(&document.path).filter(|_| document.is_file());
    if image.is_some_and(|image| !matches!(image.class, ImageClass::Derivative | ImageClass::PytorchDerived))
    {
        return;
    }
    let assignments = context.assignments(document);
    let outside = |name: &str| Some(format!("${{{name}}}"));
    let values = Values { source, assignments, outside: &outside };
    let runs = runs(script, &values, State::default());
    let bare = runs.iter().find_map(|run| {
        let behind_pty = run.words.first().is_some_and(|word| word.is(source, "pty"));
        let program = run.words.get(usize::from(behind_pty))?;
        let is_python = contract.python_programs.iter().any(|known| program.is(source, known));
        (is_python && !run.in_function && run.state.venv == Venv::None).then_some(program)
    });
    let Some(program) = bare else { return };
    let fix = end_of_setup(document, script, &sourced)
        .filter(|&end| end <= program.span.start && !source.contains("deactivate"))
        .map(|end| {
            let line = format!(". {}/bin/activate", contract.venv);
            ProposedFix::new(Applicability::Unsafe, format!("write `{line}` below the utilities"))
                .insert_block(document, end, &line)
        });
    sink.report(
        document,
        program.span,
        format!("`{}` runs outside of `{}`", program.text(source), contract.venv),
        "no Python environment is active here",
    )
    .why("it is the Python of the system, which has none of the packages that the image installs")
    .help(format!("write `. {}/bin/activate` below the utilities", contract.venv))
    .fix(fix);
}
