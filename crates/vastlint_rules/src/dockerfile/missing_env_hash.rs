//! VL107: see `rules/dockerfile/missing-env-hash.md`.

use std::collections::BTreeSet;

use vastlint_diagnostic::Applicability;
use vastlint_model::{Document, ImageClass, program_name};
use vastlint_syntax::dockerfile::{self, Dockerfile, InstructionKind};
use vastlint_syntax::shell::{
    Command, Context as Surroundings, Redirection, RedirectionOperator, RedirectionTarget, Script,
    SimpleCommand, Visitor,
};
use vastlint_text::Span;

use crate::command_edits::take_out;
use crate::contract::EnvironmentHash;
use crate::dockerfile::run_without_strict_mode::has_bash;
use crate::instruction_edits::{Spot, insert_instructions, move_blocks};
use crate::packages::installs;
use crate::stages::{RunScript, run_scripts, shipped_instructions};
use crate::strict_mode::STRICT_MODE;
use crate::values::{Assignments, Values, programs};
use crate::{Check, Context, Place, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Dockerfile(check);

/// A call of the program.
struct Call {
    span: Span,
    /// Whether its output goes to the documented file.
    is_written: bool,
}

fn check(context: &Context<'_>, document: &Document, tree: &Dockerfile, sink: &mut Sink<'_>) {
    let image = context.project.image_of(document.id).filter(|image| image.class.is_template());
    let (Some(image), Some(last_stage)) = (image, tree.stages.last()) else { return };
    let source = &document.text;
    let shipped = shipped_instructions(tree, source);
    let wanted = &context.contract.dockerfile.environment_hash;
    let scripts = run_scripts(context.project, document, tree, &shipped);
    let calls: Vec<(&RunScript<'_>, Call)> = scripts
        .iter()
        .filter(|run| run.document.text.contains(&wanted.program))
        .flat_map(|run| {
            calls(run.script, &run.document.text, wanted).into_iter().map(move |call| (run, call))
        })
        .collect();
    let runs: Vec<usize> = shipped
        .iter()
        .copied()
        .filter(|&index| matches!(tree.instructions[index].kind, InstructionKind::Run(_)))
        .collect();
    let line = format!("{} > {}", wanted.program, wanted.file);
    let Some((run, call)) = calls.iter().rfind(|(_, call)| call.is_written) else {
        if let Some(&last) = runs.last()
            && is_unreadable(tree, &scripts, last)
        {
            return;
        }
        let finding = match calls.last() {
            Some((run, call)) => sink.report(
                run.document,
                call.span,
                format!("the hash of the environment does not go to `{}`", wanted.file),
                "goes elsewhere",
            ),
            None => sink.report(
                document,
                tree.instructions[last_stage.from].span,
                format!("no RUN of the final image ends with `{line}`"),
                "the stage that is shipped starts here",
            ),
        };
        let fix = match calls.last() {
            Some((run, call)) => write_to_the_file(run, call, runs.last() == Some(&run.instruction), wanted),
            None => write_run(document, tree, &shipped, &line),
        };
        finding
            .fix(fix)
            .why("at boot the environment on a volume is told from the image's by this hash: without it an old environment on the volume goes unnoticed and shadows the new one")
            .help(format!("end the Dockerfile's RUNs with:\nRUN \\\n    set -euo pipefail && \\\n    {line}"));
        if image.class == ImageClass::External {
            finding.variant("external");
        }
        return;
    };
    let why = "what is installed after the hash is made is not in it: at boot the changed environment passes for the old one";
    if let Some(&last) = runs.last()
        && last > run.instruction
    {
        sink.report(
            run.document,
            call.span,
            format!("`{line}` is not in the last RUN"),
            "the hash is made here",
        )
        .variant("too-early")
        .related(Place::new(document, tree.instructions[last].keyword_span), "this RUN comes after it")
        .why(why)
        .help("move it into a RUN of its own behind all others")
        .fix(move_to_the_end(document, tree, &shipped, run, call, &line));
        return;
    }
    if let Some(late) = installs(run.script, &run.document.text).find(|&span| span.start > call.span.end) {
        sink.report(
            run.document,
            call.span,
            format!("`{line}` runs before packages are installed"),
            "the hash is made here",
        )
        .variant("too-early")
        .related(Place::new(run.document, late), "installed after it")
        .why(why)
        .help("make it the last command of the last RUN")
        .fix(move_to_the_end(document, tree, &shipped, run, call, &line));
    }
}

/// The `RUN` that makes the hash, below everything that may change the image. None where it would run as somebody who may
/// not write the file, or in a shell that knows no `pipefail`.
fn write_run(document: &Document, tree: &Dockerfile, shipped: &[usize], line: &str) -> Option<ProposedFix> {
    let spot = end_of_image(document, tree, shipped)?;
    let fix = ProposedFix::safe(format!("write a last RUN with `{line}`"));
    Some(insert_instructions(fix, document, tree, spot, &[run_of(line)]))
}

fn run_of(line: &str) -> String {
    format!("RUN \\\n    {STRICT_MODE} && \\\n    {line}")
}

/// Below the last instruction that changes files or the shell.
fn end_of_image(document: &Document, tree: &Dockerfile, shipped: &[usize]) -> Option<Spot> {
    let source = &document.text;
    let stage = tree.stages.last()?;
    let is_start = |index: &usize| {
        matches!(
            tree.instructions[*index].kind,
            InstructionKind::Entrypoint(_)
                | InstructionKind::Cmd(_)
                | InstructionKind::Expose(_)
                | InstructionKind::Healthcheck(_)
                | InstructionKind::Stopsignal(_)
        )
    };
    let last = stage.instructions.clone().rfind(|index| !is_start(index)).unwrap_or(stage.from);
    let user = shipped.iter().rev().find_map(|&index| match &tree.instructions[index].kind {
        InstructionKind::User(user) => user.as_ref(),
        _ => None,
    });
    let is_root = user.is_none_or(|user| matches!(user.literal(source), "root" | "0" | "root:root" | "0:0"));
    let bash = has_bash(document, tree, last, &dockerfile::Command::Shell(Span::empty(0)));
    (is_root && bash).then_some(Spot::Apart(last))
}

/// Sends the hash to its file, where nothing but the log gets it now. Another file may be read by somebody.
fn write_to_the_file(
    run: &RunScript<'_>,
    call: &Call,
    is_last: bool,
    wanted: &EnvironmentHash,
) -> Option<ProposedFix> {
    let source = &run.document.text;
    let is_too_early = installs(run.script, source).any(|span| span.start > call.span.end);
    let command = run.script.simple_commands().into_iter().find(|command| command.span == call.span)?;
    let is_alone = run.script.body.iter().any(|statement| {
        crate::command_edits::pipelines(statement).any(|pipeline| pipeline.span == call.span)
    });
    if !is_last || is_too_early || !is_alone {
        return None;
    }
    match &command.redirections[..] {
        [] => {
            let fix = ProposedFix::safe(format!("write it to `{}`", wanted.file));
            Some(fix.insert(run.document, call.span.end, format!(" > {}", wanted.file)))
        }
        [one] => {
            let file = one.written()?;
            let fix = ProposedFix::new(Applicability::Unsafe, format!("write it to `{}`", wanted.file));
            Some(fix.replace(run.document, file.span, wanted.file.as_str()))
        }
        _ => None,
    }
}

/// Moves the call behind everything else: the whole `RUN` if it does nothing else, or into a `RUN` of its own.
fn move_to_the_end(
    document: &Document,
    tree: &Dockerfile,
    shipped: &[usize],
    run: &RunScript<'_>,
    call: &Call,
    line: &str,
) -> Option<ProposedFix> {
    let spot = end_of_image(document, tree, shipped)?;
    let Spot::Apart(last) = spot else { return None };
    let is_in_last_stage = tree.stages.last()?.instructions.contains(&run.instruction);
    if !is_in_last_stage || !run.is_whole {
        return None;
    }
    let fix = ProposedFix::safe(format!("move `{line}` into a RUN behind all others"));
    let is_set = |command: &SimpleCommand| command.name(&run.document.text).as_deref() == Some("set");
    let commands = run.script.simple_commands();
    if commands.iter().all(|command| command.span == call.span || is_set(command)) {
        return (last != run.instruction).then(|| move_blocks(fix, document, tree, &[run.instruction], spot));
    }
    if run.document.slice(call.span) != line {
        return None;
    }
    let fix = fix.delete(run.document, take_out(run.script, &run.document.text, call.span)?);
    Some(insert_instructions(fix, document, tree, spot, &[run_of(line)]))
}

/// Whether the last `RUN` is one that no shell reads.
fn is_unreadable(tree: &Dockerfile, scripts: &[RunScript<'_>], last: usize) -> bool {
    let known: BTreeSet<usize> = scripts.iter().map(|run| run.instruction).collect();
    let exec = matches!(&tree.instructions[last].kind, InstructionKind::Run(dockerfile::Command::Exec(_)));
    exec && !known.contains(&last)
}

/// The calls of the program in a script, in source order.
fn calls(script: &Script, source: &str, wanted: &EnvironmentHash) -> Vec<Call> {
    struct Look<'v> {
        values: Values<'v>,
        wanted: &'v EnvironmentHash,
        /// Redirections of the blocks around.
        blocks: Vec<(Span, bool)>,
        calls: Vec<Call>,
    }
    impl<'t> Visitor<'t> for Look<'_> {
        fn enter_command(&mut self, command: &'t Command, context: Surroundings) {
            match command {
                Command::Simple(simple) => self.simple(simple, context),
                Command::Compound(compound) => {
                    let written = self.goes_there(&compound.redirections);
                    if written {
                        self.blocks.push((compound.span, true));
                    }
                }
                _ => {}
            }
        }
    }
    impl Look<'_> {
        fn simple(&mut self, simple: &SimpleCommand, context: Surroundings) {
            let source = self.values.source;
            for words in programs(simple, source) {
                let Some(name) = words.first().and_then(|word| program_name(word, source)) else { continue };
                if *name == *self.wanted.program {
                    let in_block = self.blocks.iter().any(|(span, _)| span.contains_span(simple.span));
                    // `echo "$(env-hash)" > /.env_hash`: the redirection is the outer command's.
                    let is_written =
                        in_block || context.in_substitution() || self.goes_there(&simple.redirections);
                    self.calls.push(Call { span: simple.span, is_written });
                } else if name == "tee" && words[1..].iter().any(|word| self.is_file(self.values.word(word)))
                {
                    // `env-hash | tee /.env_hash`
                    if let Some(call) = self.calls.last_mut().filter(|_| context.in_pipeline()) {
                        call.is_written = true;
                    }
                }
            }
        }

        fn goes_there(&self, redirections: &[Redirection]) -> bool {
            redirections.iter().any(|redirection| {
                let writes = matches!(
                    redirection.operator,
                    RedirectionOperator::Output
                        | RedirectionOperator::Clobber
                        | RedirectionOperator::Append
                        | RedirectionOperator::OutputAndError
                );
                let RedirectionTarget::Word(target) = &redirection.target else { return false };
                writes && self.is_file(self.values.word(target))
            })
        }

        /// What is not known may be the file.
        fn is_file(&self, path: Option<String>) -> bool {
            path.is_none_or(|path| path.replace("//", "/") == self.wanted.file)
        }
    }
    let assignments = Assignments::of(script, source);
    let values = Values { source, assignments: &assignments, outside: &|_| None };
    let mut look = Look { values, wanted, blocks: Vec::new(), calls: Vec::new() };
    script.walk(&mut look);
    look.calls
}
