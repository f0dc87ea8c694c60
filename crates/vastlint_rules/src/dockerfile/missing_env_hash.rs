//! VL107: see `rules/dockerfile/missing-env-hash.md`.

use std::collections::BTreeSet;

use vastlint_model::{Document, ImageClass, program_name};
use vastlint_syntax::dockerfile::{self, Dockerfile, InstructionKind};
use vastlint_syntax::shell::{
    Command, Context as Surroundings, Redirection, RedirectionOperator, RedirectionTarget, Script,
    SimpleCommand, Visitor,
};
use vastlint_text::Span;

use crate::contract::EnvironmentHash;
use crate::packages::installs;
use crate::stages::{RunScript, run_scripts, shipped_instructions};
use crate::values::{Assignments, Values, programs};
use crate::{Check, Context, Place, Sink};

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
        finding
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
        .help("move it into a RUN of its own behind all others");
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
        .help("make it the last command of the last RUN");
    }
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
