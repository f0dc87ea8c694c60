//! VL102: see `rules/dockerfile/run-without-strict-mode.md`.

use vastlint_model::{Document, Origin, Tree, invocation, is_readable_shell, program_name};
use vastlint_syntax::dockerfile::{self, Dockerfile, InstructionKind};
use vastlint_syntax::shell::{Command, Script, SimpleCommand, Terminator, Word};

use crate::strict_mode::{Options, STRICT_MODE, shape_of, start_of};
use crate::strict_mode_fix::strict_mode_fix;
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Dockerfile(check);

fn check(context: &Context<'_>, document: &Document, tree: &Dockerfile, sink: &mut Sink<'_>) {
    if !context.project.image_of(document.id).is_some_and(|image| image.class.is_template()) {
        return;
    }
    for run in context.project.embedded(document.id) {
        let Origin::Embedded { place, .. } = run.origin else { continue };
        let Some(index) =
            tree.instructions.iter().position(|instruction| instruction.span.contains_span(place))
        else {
            continue;
        };
        let instruction = match &tree.instructions[index].kind {
            InstructionKind::Onbuild(Some(inner)) => inner,
            _ => &tree.instructions[index],
        };
        if let InstructionKind::Run(command) = &instruction.kind {
            let checked = Run {
                document: run,
                keyword: Place::new(document, instruction.keyword_span),
                options: shell_options(document, tree, index, command),
                bash: has_bash(document, tree, index, command),
                in_one_line: matches!(command, dockerfile::Command::Exec(_)),
            };
            check_run(context, &checked, sink);
        }
    }
}

/// The script of a `RUN`, and how it is started.
struct Run<'a> {
    document: &'a Document,
    keyword: Place<'a>,
    options: Options,
    bash: bool,
    /// It is a string, of the exec form or of another script.
    in_one_line: bool,
}

fn check_run(context: &Context<'_>, run: &Run<'_>, sink: &mut Sink<'_>) {
    let Tree::Shell(script) = &run.document.tree else { return };
    let source = &run.document.text;
    let start = start_of(script, source, run.options);
    let shape = shape_of(script, source);
    if start.options.is_strict() || shape.commands == 0 {
        return;
    }
    // `RUN bash -c '…'`: the script is the one inside.
    if let Some(command) = only_command(script)
        && let Some((program, arguments)) = shell_call(command, source)
    {
        let mut options = Options::default();
        let arguments: Vec<_> = arguments.iter().filter_map(|word| word.literal(source)).collect();
        options.apply(arguments.iter().map(AsRef::as_ref).take_while(|word| *word != "-c"));
        if options.is_strict() {
            return;
        }
        let inner = context.project.embedded(run.document.id).find(|inner| {
            let Origin::Embedded { place, .. } = inner.origin else { return false };
            inner.kind == run.document.kind && command.span.contains_span(place)
        });
        if let Some(document) = inner {
            let bash = program == "bash";
            return check_run(
                context,
                &Run { document, keyword: run.keyword, options, bash, in_one_line: true },
                sink,
            );
        }
    }
    let missing = start.options.missing();
    let late = start.late_set.map(|late| Place::new(run.document, late));
    let (place, label) = match start.set {
        Some(set) => (Place::new(run.document, set), format!("without {missing}")),
        None => (run.keyword, "starts without it".to_owned()),
    };
    let message = if late.is_some() {
        format!("this RUN works before it says `{STRICT_MODE}`")
    } else if start.set.is_some() {
        format!("this RUN is not in strict mode: {}", start.options.missing_sentence())
    } else {
        format!("this RUN does not start with `{STRICT_MODE}`")
    };
    let finding = sink.report_at(place, message, label);
    if let Some(late) = late {
        finding.related(late, "strict only from here on");
    }
    finding.why(shape.risk(start.options));
    if shape.commands == 1 {
        finding.variant("single-command");
    }
    // In a heredoc commands stand below each other, elsewhere they are joined.
    let in_lines = script.body.first().is_some_and(|first| first.terminator == Terminator::Newline);
    let write = match (start.set, late) {
        (Some(_), None) => format!("write `{STRICT_MODE}` instead"),
        _ if in_lines => format!("write `{STRICT_MODE}` above the first command"),
        _ => format!("write `{STRICT_MODE} && \\` in front of the first command"),
    };
    if run.bash {
        finding.fix(strict_mode_fix(context, run.document, script, start, run.in_one_line));
    }
    finding.help(if run.bash {
        write
    } else {
        format!("write `SHELL [\"/bin/bash\", \"-c\"]` above (plain sh knows no pipefail); then {write}")
    });
}

/// The command of a script that is one simple command and nothing else.
fn only_command(script: &Script) -> Option<&SimpleCommand> {
    let [statement] = &script.body[..] else { return None };
    match &statement.first.commands[..] {
        [Command::Simple(simple)] if statement.rest.is_empty() => Some(simple),
        _ => None,
    }
}

/// The shell that a command starts, and the words behind it.
fn shell_call<'t>(command: &'t SimpleCommand, source: &str) -> Option<(String, &'t [Word])> {
    let (program, arguments) = invocation(command, source).split_first()?;
    let name = program_name(program, source)?;
    is_readable_shell(&name).then(|| (name.into_owned(), arguments))
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

/// Whether a command runs in bash: by its own words, by the `SHELL` of its stage, or because Vast's images say so.
pub(crate) fn has_bash(
    document: &Document,
    tree: &Dockerfile,
    index: usize,
    command: &dockerfile::Command,
) -> bool {
    if let dockerfile::Command::Exec(words) = command {
        return words.first().is_some_and(|program| program.value(&document.text).ends_with("bash"));
    }
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
