//! What the rules about external images share: the instructions of the final image, and the run of the script that
//! converts it.

use vastlint_model::{
    Document, Image, ImageClass, Origin, Tree, invocation, is_readable_shell, program_name,
};
use vastlint_syntax::dockerfile::{Dockerfile, Instruction, InstructionKind, Transfer};
use vastlint_syntax::shell::{SimpleCommand, Word};
use vastlint_text::Span;

use crate::contract::Conversion;
use crate::instruction_edits::Spot;
use crate::stages::shipped_instructions;
use crate::values::{Assignments, Values};
use crate::{Context, Place};

/// The Dockerfile of an external image.
pub(crate) struct External<'a> {
    pub(crate) image: &'a Image,
    pub(crate) document: &'a Document,
    pub(crate) tree: &'a Dockerfile,
    /// The instructions that make the final image, in order, as indices into [`Dockerfile::instructions`].
    pub(crate) shipped: Vec<usize>,
}

impl<'a> External<'a> {
    /// The Dockerfile, if it builds an external image that has at least one stage.
    pub(crate) fn of(context: &'a Context<'_>, document: &'a Document, tree: &'a Dockerfile) -> Option<Self> {
        let image = context.project.image_of(document.id)?;
        if image.class != ImageClass::External || tree.stages.is_empty() {
            return None;
        }
        Some(Self { image, document, tree, shipped: shipped_instructions(tree, &document.text) })
    }

    /// The instructions that make the final image.
    pub(crate) fn instructions(&self) -> impl DoubleEndedIterator<Item = (usize, &'a Instruction)> + '_ {
        self.shipped.iter().map(|&index| (index, &self.tree.instructions[index]))
    }

    /// Where the final stage starts: what lacks something is shown there.
    pub(crate) fn final_from(&self) -> Span {
        let last = self.tree.stages.last();
        last.map_or(Span::empty(0), |stage| self.tree.instructions[stage.from].span)
    }

    /// Whether an instruction is one of the last stage, to which something can be added.
    pub(crate) fn is_in_last_stage(&self, index: usize) -> bool {
        self.tree.stages.last().is_some_and(|stage| stage.instructions.contains(&index))
    }

    /// Where an instruction of this part of the documents' pattern goes, by what the last stage has of the pattern.
    /// None where what comes behind it in the pattern stands above its place already.
    pub(crate) fn spot(&self, context: &Context<'_>, part: Part) -> Option<Spot> {
        let stage = self.tree.stages.last()?;
        let parts: Vec<(usize, Part)> = stage
            .instructions
            .clone()
            .filter_map(|index| Some((index, self.part(context, &self.tree.instructions[index])?)))
            .collect();
        let earlier =
            parts.iter().filter(|(_, other)| *other <= part).max_by_key(|(index, other)| (*other, *index));
        let later = parts.iter().find(|(_, other)| *other > part).map(|(index, _)| *index);
        let (spot, last) = match (earlier, later) {
            // Labels are a group of their own.
            (None | Some((_, Part::Labels)), Some(later)) if part == Part::Shell => {
                (Spot::Above(later), None)
            }
            (Some(&(index, Part::Shell | Part::Environment)), _) if part <= Part::WorkingDirectory => {
                (Spot::Below(index), Some(index))
            }
            (Some(&(index, _)), _) => (Spot::Apart(index), Some(index)),
            (None, Some(later)) => (Spot::Above(later), None),
            (None, None) => (Spot::Apart(stage.from), Some(stage.from)),
        };
        let is_in_order = last.is_none_or(|last| later.is_none_or(|later| last < later));
        is_in_order.then_some(spot)
    }

    /// The part of the pattern that an instruction is.
    fn part(&self, context: &Context<'_>, instruction: &Instruction) -> Option<Part> {
        let source = &self.document.text;
        let external = &context.contract.external;
        match &instruction.kind {
            InstructionKind::Label(_) => Some(Part::Labels),
            InstructionKind::Shell(_) => Some(Part::Shell),
            InstructionKind::Env(pairs) => {
                let is_documented = pairs.iter().any(|pair| {
                    let name = pair.key.literal(source);
                    name == "PATH" || external.environment.iter().any(|variable| variable.name == name)
                });
                is_documented.then_some(Part::Environment)
            }
            InstructionKind::Workdir(Some(word)) => {
                (word.literal(source) == external.working_directory).then_some(Part::WorkingDirectory)
            }
            InstructionKind::Copy(transfer) => {
                let is_graft = instruction.flag(source, "from").is_some()
                    && transfer.sources.iter().any(|word| {
                        external.copies.iter().any(|copy| plain(&copy.source) == plain(word.literal(source)))
                    });
                is_graft.then_some(Part::Graft)
            }
            InstructionKind::Run(_) => {
                instruction.span.text(source).contains(&external.conversion.path).then_some(Part::Conversion)
            }
            _ => None,
        }
    }

    /// The first line of an instruction.
    pub(crate) fn place(&self, index: usize) -> Place<'a> {
        Place::new(self.document, self.document.first_line(self.tree.instructions[index].span))
    }

    /// Where the `COPY` from the build context stands that puts an overlay on the root of the file system.
    pub(crate) fn overlay(&self) -> Option<usize> {
        let source = &self.document.text;
        self.instructions().find_map(|(index, instruction)| {
            let transfer = copy(instruction).filter(|_| instruction.flag(source, "from").is_none())?;
            let to_root = transfer.destination.as_ref().is_some_and(|word| word.literal(source) == "/");
            let is_overlay = |path: &str| path == "ROOT" || path.starts_with("ROOT_");
            let overlay = transfer.sources.iter().any(|word| is_overlay(plain(word.literal(source))));
            (to_root && overlay).then_some(index)
        })
    }

    /// The commands that handle the converting script, in order.
    pub(crate) fn conversion(&self, context: &'a Context<'_>, conversion: &Conversion) -> Vec<Handling<'a>> {
        let mut all = Vec::new();
        for run in context.project.embedded(self.document.id) {
            let (Tree::Shell(script), Origin::Embedded { place, .. }) = (&run.tree, run.origin) else {
                continue;
            };
            let behind = self.tree.instructions.partition_point(|other| other.span.start <= place.start);
            let Some(instruction) = behind.checked_sub(1) else { continue };
            // The stages of a chain stand one below the other.
            if self.shipped.binary_search(&instruction).is_err() {
                continue;
            }
            let assignments = Assignments::of(script, &run.text);
            let values = Values { source: &run.text, assignments: &assignments, outside: &|_| None };
            for command in script.simple_commands() {
                if let Some(what) = what_is_done(command, &values, &conversion.path) {
                    all.push(Handling { run, instruction, command, what });
                }
            }
        }
        all
    }
}

/// The parts of the documents' pattern of an external image, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// The labels.
    Labels,
    /// `SHELL`.
    Shell,
    /// The environment block.
    Environment,
    /// `WORKDIR`.
    WorkingDirectory,
    /// What is copied from the base image and its sources.
    Graft,
    /// The `RUN` that converts the image.
    Conversion,
}

/// A command that does something with the converting script.
pub(crate) struct Handling<'a> {
    /// The `RUN`'s script.
    pub(crate) run: &'a Document,
    /// Which instruction of the Dockerfile runs it.
    pub(crate) instruction: usize,
    pub(crate) command: &'a SimpleCommand,
    pub(crate) what: What,
}

/// What is done with the converting script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    MadeExecutable,
    /// Whether a shell reads it, which needs no executable file.
    Run {
        by_shell: bool,
    },
    Removed,
}

fn what_is_done(command: &SimpleCommand, values: &Values<'_>, path: &str) -> Option<What> {
    let words = invocation(command, values.source);
    let (program, arguments) = words.split_first()?;
    let is_script = |word: &Word| values.word(word).as_deref() == Some(path);
    if is_script(program) {
        return Some(What::Run { by_shell: false });
    }
    if !arguments.iter().any(is_script) {
        return None;
    }
    match program_name(program, values.source).as_deref()? {
        "chmod" | "install" => Some(What::MadeExecutable),
        "rm" | "unlink" => Some(What::Removed),
        "." | "source" => Some(What::Run { by_shell: true }),
        name if is_readable_shell(name) => Some(What::Run { by_shell: true }),
        _ => None,
    }
}

/// The arguments of a `COPY` or `ADD`.
pub(crate) fn copy(instruction: &Instruction) -> Option<&Transfer> {
    use vastlint_syntax::dockerfile::InstructionKind::{Add, Copy};
    match &instruction.kind {
        Copy(transfer) | Add(transfer) => Some(transfer),
        _ => None,
    }
}

/// A path of a build context without what changes nothing about it: `./ROOT/`, `/ROOT` and `ROOT` are one.
pub(crate) fn plain(path: &str) -> &str {
    path.trim_start_matches("./").trim_matches('/')
}
