//! VL102: see `rules/dockerfile/run-without-strict-mode.md`.

use vastlint_model::{Document, Origin, Tree};
use vastlint_syntax::dockerfile::{self, Dockerfile, InstructionKind};
use vastlint_syntax::shell::Script;
use vastlint_text::Span;

use crate::strict_mode::{Options, STRICT_MODE, shape_of, start_of};
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Dockerfile(check);

fn check(context: &Context<'_>, document: &Document, tree: &Dockerfile, sink: &mut Sink<'_>) {
    if !context.project.image_of(document.id).is_some_and(|image| image.class.is_template()) {
        return;
    }
    for run in context.project.embedded(document.id) {
        let Origin::Embedded { place, .. } = run.origin else { continue };
        let Tree::Shell(script) = &run.tree else { continue };
        let Some(index) =
            tree.instructions.iter().position(|instruction| instruction.span.contains_span(place))
        else {
            continue;
        };
        let instruction = &tree.instructions[index];
        if let InstructionKind::Run(command) = &instruction.kind {
            let options = shell_options(document, tree, index, command);
            check_run(
                document,
                instruction.keyword_span,
                run,
                script,
                options,
                has_bash(document, tree, index),
                sink,
            );
        }
    }
}

fn check_run(
    document: &Document,
    keyword: Span,
    run: &Document,
    script: &Script,
    options: Options,
    bash: bool,
    sink: &mut Sink<'_>,
) {
    let start = start_of(script, &run.text, options);
    let shape = shape_of(script, &run.text);
    if start.options.is_strict() || shape.commands == 0 {
        return;
    }
    let missing = start.options.missing().join(" and ");
    let (span, label) = match start.set {
        Some(set) => (run.map.to_host(set), format!("without {missing}")),
        None => (keyword, "starts without it".to_owned()),
    };
    let finding = match start.late_set {
        Some(_) => {
            sink.report(document, span, format!("this RUN works before it says `{STRICT_MODE}`"), label)
        }
        None if start.set.is_some() => sink.report(
            document,
            span,
            format!("this RUN is not in strict mode: {missing} is missing"),
            label,
        ),
        None => sink.report(document, span, format!("this RUN does not start with `{STRICT_MODE}`"), label),
    };
    if let Some(late) = start.late_set {
        finding.related(Place::new(run, late), "strict only from here on");
    }
    finding.why(shape.risk());
    if bash {
        finding.help(format!("write `{STRICT_MODE} && \\` in front of the first command"));
    } else {
        finding.help(format!(
            "write `SHELL [\"/bin/bash\", \"-c\"]` above (plain sh knows no pipefail) and `{STRICT_MODE} && \\` in front of the first command"
        ));
    }
    if shape.commands == 1 {
        finding.variant("single-command");
    }
}

/// What the shell is started with: the `SHELL` in force, or the words before `-c` of the exec form.
fn shell_options(
    document: &Document,
    tree: &Dockerfile,
    index: usize,
    command: &dockerfile::Command,
) -> Options {
    let mut options = Options::default();
    let words = match command {
        dockerfile::Command::Exec(words) => Some(words),
        dockerfile::Command::Shell(_) => shell_in_force(tree, index),
    };
    // The script itself is the last word of the exec form, and no option.
    let words = words.into_iter().flatten().map(|word| word.value(&document.text));
    options.apply(words.skip(1).take_while(|word| *word != "-c"));
    options
}

fn shell_in_force(tree: &Dockerfile, index: usize) -> Option<&Vec<dockerfile::JsonString>> {
    let stage = tree.stage_of(index)?;
    tree.instructions[stage.from..index].iter().rev().find_map(|instruction| match &instruction.kind {
        InstructionKind::Shell(words) => Some(words),
        _ => None,
    })
}

/// Whether the stage runs its commands in bash: by its own `SHELL`, or because Vast's images say so.
fn has_bash(document: &Document, tree: &Dockerfile, index: usize) -> bool {
    if let Some(words) = shell_in_force(tree, index) {
        return words.first().is_some_and(|program| program.value(&document.text).ends_with("bash"));
    }
    let mut scopes = tree.scopes(&document.text);
    let base = tree.stage_of(index).and_then(|stage| scopes.image(stage));
    // What a build argument hands in is not known; the documents know no other base than Vast's.
    base.is_none_or(|base| {
        let name = dockerfile::ImageReference::parse(&base).normalized_name();
        name.starts_with("docker.io/vastai/")
    })
}
