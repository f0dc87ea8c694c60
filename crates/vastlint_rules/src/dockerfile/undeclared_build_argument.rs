//! VL113: see `rules/dockerfile/undeclared-build-argument.md`.

use std::collections::{HashMap, HashSet};

use vastlint_model::{Document, ImageClass, Origin, ShellRole, Tree};
use vastlint_syntax::dockerfile::{Dockerfile, Instruction, InstructionKind, Pair, Word};
use vastlint_syntax::shell::{Command, CompoundKind, Context as Surroundings, Parameter, Script, Visitor};
use vastlint_text::Span;

use crate::instruction_edits::in_style;
use crate::stages::variables;
use crate::values::Assignments;
use crate::{Check, Context, Place, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Dockerfile(check);

fn check(context: &Context<'_>, document: &Document, tree: &Dockerfile, sink: &mut Sink<'_>) {
    let image = context.project.image_of(document.id);
    if !image.is_some_and(|image| image.class.is_template() || image.class == ImageClass::Base) {
        return;
    }
    let source = &document.text;
    let globals = global_arguments(tree, source);
    unknown_bases(document, tree, &globals, sink);
    if globals.is_empty() {
        return;
    }
    let mut checker = Checker {
        document,
        tree,
        index: 0,
        globals,
        inherited: context.contract.dockerfile.inherited.variables.iter().map(String::as_str).collect(),
        reported: HashSet::new(),
        bodies: bodies(context, document),
        next_body: 0,
        sink,
    };
    let mut scopes = tree.scopes(source);
    let mut known_by_stage: Vec<HashSet<&str>> = Vec::new();
    for stage in &tree.stages {
        let parent = scopes.base(stage).map(|parent| parent.index);
        let mut known = parent.and_then(|index| known_by_stage.get(index)).cloned().unwrap_or_default();
        checker.reported.clear();
        for index in stage.instructions.clone() {
            checker.instruction(tree, index, &mut known);
        }
        known_by_stage.push(known);
    }
}

/// The arguments above the first `FROM`.
fn global_arguments<'t>(tree: &'t Dockerfile, source: &'t str) -> HashMap<&'t str, &'t Pair> {
    let end = tree.stages.first().map_or(0, |stage| stage.from);
    let pairs = tree.instructions[..end].iter().flat_map(|instruction| match &instruction.kind {
        InstructionKind::Arg(pairs) => pairs.as_slice(),
        _ => &[],
    });
    pairs.map(|pair| (pair.key.literal(source), pair)).collect()
}

/// `FROM ${X}` without an `ARG X` above.
fn unknown_bases(
    document: &Document,
    tree: &Dockerfile,
    globals: &HashMap<&str, &Pair>,
    sink: &mut Sink<'_>,
) {
    let source = &document.text;
    for stage in &tree.stages {
        let InstructionKind::From { image: Some(image), .. } = &tree.instructions[stage.from].kind else {
            continue;
        };
        for (name, operand) in variables(image.text(source)) {
            let predefined = name.starts_with("TARGET") || name.starts_with("BUILD");
            if globals.contains_key(name) || predefined || !operand.is_empty() {
                continue;
            }
            sink.report(
                document,
                image.span,
                format!("this FROM uses `{name}`, which no ARG above the first FROM declares"),
                "always empty",
            )
            .why("only arguments above the first FROM reach a FROM: the build fails with a blank base name")
            .help(format!("write `ARG {name}=<image>` above the first FROM"));
        }
    }
}

/// The scripts of the file's instructions in source order, with their places.
fn bodies<'a>(context: &Context<'a>, document: &Document) -> Vec<(Span, &'a Document, &'a Script)> {
    let scripts = context.project.embedded(document.id).filter_map(|body| {
        let Origin::Embedded { place, .. } = body.origin else { return None };
        match &body.tree {
            Tree::Shell(script) if body.shell_role() == Some(ShellRole::Run) => Some((place, body, script)),
            _ => None,
        }
    });
    scripts.collect()
}

struct Checker<'a, 's, 'f> {
    document: &'a Document,
    tree: &'a Dockerfile,
    /// The instruction that is looked at.
    index: usize,
    globals: HashMap<&'a str, &'a Pair>,
    inherited: HashSet<&'a str>,
    /// The names that were reported in this stage.
    reported: HashSet<String>,
    bodies: Vec<(Span, &'a Document, &'a Script)>,
    next_body: usize,
    sink: &'s mut Sink<'f>,
}

impl<'a> Checker<'a, '_, '_> {
    fn instruction(&mut self, tree: &'a Dockerfile, index: usize, known: &mut HashSet<&'a str>) {
        self.index = index;
        let instruction = &tree.instructions[index];
        let source = &*self.document.text;
        match &instruction.kind {
            InstructionKind::Arg(pairs) | InstructionKind::Env(pairs) => {
                for pair in pairs {
                    if let Some(value) = &pair.value {
                        self.word(value, known);
                    }
                }
                known.extend(pairs.iter().map(|pair| pair.key.literal(source)));
            }
            InstructionKind::Label(pairs) => {
                pairs.iter().filter_map(|pair| pair.value.as_ref()).for_each(|value| self.word(value, known));
            }
            InstructionKind::Copy(transfer) | InstructionKind::Add(transfer) => {
                transfer.sources.iter().chain(&transfer.destination).for_each(|word| self.word(word, known));
            }
            InstructionKind::Workdir(Some(word)) | InstructionKind::User(Some(word)) => {
                self.word(word, known);
            }
            InstructionKind::Run(_) => self.run(instruction, known),
            _ => {}
        }
        let copies = !matches!(instruction.kind, InstructionKind::From { .. });
        for flag in instruction.flags.iter().filter(|_| copies) {
            flag.value.iter().for_each(|value| self.word(value, known));
        }
    }

    fn word(&mut self, word: &Word, known: &HashSet<&str>) {
        if !word.has_variables {
            return;
        }
        let document = self.document;
        for (name, operand) in variables(word.text(&document.text)) {
            if operand.is_empty() {
                self.used(name, Place::new(document, word.span), known);
            }
        }
    }

    fn run(&mut self, instruction: &Instruction, known: &HashSet<&str>) {
        while let Some(&(place, body, script)) = self.bodies.get(self.next_body) {
            if place.start >= instruction.span.end {
                break;
            }
            self.next_body += 1;
            if !instruction.span.contains_span(place) {
                continue;
            }
            let own = bound_names(script, &body.text);
            for (name, span) in expansions(script, &body.text) {
                if !own.contains(name) {
                    self.used(name, Place::new(body, span), known);
                }
            }
        }
    }

    fn used(&mut self, name: &str, place: Place<'_>, known: &HashSet<&str>) {
        let Some(global) = self.globals.get(name) else { return };
        if known.contains(name) || self.inherited.contains(name) || !self.reported.insert(name.to_owned()) {
            return;
        }
        let fix = self.declare(name);
        self.sink
            .report_at(place, format!("`{name}` is empty here: this stage does not declare it"), "always empty")
            .related(
                Place::new(self.document, global.span),
                "an argument above the first FROM is known to the FROMs only",
            )
            .why("each FROM forgets the arguments: the name expands to nothing, and under `set -u` the build fails")
            .help(format!("write `ARG {name}` in this stage, above its first use (it keeps its default)"))
            .fix(fix);
    }

    /// Declares the argument right above the instruction that uses it first; a declaration further down is moved there.
    fn declare(&self, name: &str) -> Option<ProposedFix> {
        let source = &self.document.text;
        let stage = self.tree.stages.iter().find(|stage| stage.instructions.contains(&self.index))?;
        let line = format!("ARG {name}");
        let mut fix = ProposedFix::safe(format!("write `{line}` in this stage"));
        let below = self.tree.instructions[self.index + 1..stage.instructions.end].iter();
        let late = below.filter_map(|instruction| match &instruction.kind {
            InstructionKind::Arg(pairs) => {
                let pair = pairs.iter().find(|pair| pair.key.literal(source) == name)?;
                Some((instruction, pair, pairs.len()))
            }
            _ => None,
        });
        for (instruction, pair, count) in late {
            // Another default further down is meant for what stands there.
            if pair.value.is_some() || count > 1 {
                return None;
            }
            fix = fix.delete_lines(self.document, instruction.span);
        }
        let start = self.tree.instructions[self.index].span.start;
        Some(fix.insert_lines_above(self.document, start, &in_style(self.tree, source, &[line])))
    }
}

/// The plain expansions of variables in a script: those with a default of their own are left out.
pub(crate) fn expansions<'s>(script: &Script, source: &'s str) -> Vec<(&'s str, Span)> {
    struct Look<'s>(&'s str, Vec<(&'s str, Span)>);
    impl<'t> Visitor<'t> for Look<'_> {
        fn enter_parameter(&mut self, parameter: &'t Parameter, span: Span, _: Surroundings) {
            let handles_unset = parameter.expansion.as_ref().is_some_and(|expansion| {
                crate::values::is_default(expansion.operator)
                    || matches!(
                        expansion.operator,
                        Some(
                            vastlint_syntax::shell::ParameterOperator::Alternative
                                | vastlint_syntax::shell::ParameterOperator::AlternativeUnlessEmpty
                        )
                    )
            });
            if !handles_unset {
                self.1.push((parameter.name.text(self.0), span));
            }
        }
    }
    let mut look = Look(source, Vec::new());
    script.walk(&mut look);
    look.1
}

/// The names to which the script itself gives a value.
fn bound_names<'s>(script: &'s Script, source: &'s str) -> HashSet<&'s str> {
    struct Look<'s>(&'s str, HashSet<&'s str>);
    impl<'t> Visitor<'t> for Look<'_> {
        fn enter_command(&mut self, command: &'t Command, _: Surroundings) {
            match command {
                Command::Compound(compound) => match &compound.kind {
                    CompoundKind::For(block) => drop(self.1.insert(block.name.text(self.0))),
                    CompoundKind::Select(block) => drop(self.1.insert(block.name.text(self.0))),
                    _ => {}
                },
                Command::Simple(simple) => {
                    let binds = matches!(
                        simple.name(self.0).as_deref(),
                        Some(
                            "read"
                                | "mapfile"
                                | "readarray"
                                | "printf"
                                | "export"
                                | "declare"
                                | "local"
                                | "getopts"
                        )
                    );
                    if binds {
                        self.1.extend(simple.arguments().iter().map(|word| word.text(self.0)));
                    }
                    // What a sourced file sets is not known, but environments of a build are no such file.
                }
                _ => {}
            }
        }
    }
    let mut look = Look(source, HashSet::new());
    script.walk(&mut look);
    let assignments = Assignments::of(script, source);
    look.1.extend(assignments.all().iter().map(|assignment| assignment.name.text(source)));
    look.1
}
