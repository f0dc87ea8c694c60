//! Where values in a workflow come from: through the variables of a script, `$GITHUB_ENV`, the outputs of steps and the
//! outputs of jobs.

use std::collections::{HashMap, HashSet};

use vastlint_model::{Document, invocation, program_name};
use vastlint_syntax::shell::{
    Assignment, Command, CompoundKind, Context as Surroundings, Parameter, Pipeline, Redirection,
    RedirectionTarget, Script, SimpleCommand, Statement, Visitor, Word, WordPart, WordPartKind,
};
use vastlint_syntax::yaml::{Entry, NodeId};
use vastlint_text::Span;

use crate::build_workflow::{Build, paths_in};
use crate::contract::ImageReference;
use crate::workflows::Step;

/// How much is followed for one value. Real ones need a few dozen places.
const MAX_PLACES: usize = 500;

/// Where a step writes what it hands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// `$GITHUB_ENV`: variables of the later steps.
    Environment,
    /// `$GITHUB_OUTPUT`: outputs of the step.
    Output,
}

impl Target {
    const ALL: [(Self, &'static str); 2] =
        [(Self::Environment, "GITHUB_ENV"), (Self::Output, "GITHUB_OUTPUT")];
}

/// A value that a step hands on: `echo "NAME=value" >> $GITHUB_ENV`.
#[derive(Clone, Debug)]
pub(crate) struct Export {
    pub(crate) name: String,
    pub(crate) target: Target,
    /// What is printed: name and value.
    pub(crate) span: Span,
    /// The value, if it is plain text.
    pub(crate) literal: Option<String>,
}

/// The script of a step.
#[derive(Debug)]
pub(crate) struct StepScript<'a> {
    /// Its job, counted from the first.
    pub(crate) job: usize,
    /// The step's `id`.
    pub(crate) id: Option<&'a str>,
    /// The step.
    node: NodeId,
    pub(crate) document: &'a Document,
    /// What gives a variable its value: name, and where the value stands.
    variables: Vec<(&'a str, Span)>,
    /// The functions: name, and where they stand.
    functions: Vec<(&'a str, Span)>,
    parameters: Vec<(&'a str, Span)>,
    expressions: Vec<Span>,
    texts: Vec<Span>,
    /// The commands at any depth.
    pub(crate) commands: Vec<&'a SimpleCommand>,
    pub(crate) exports: Vec<Export>,
    /// Whether it may hand on more than is understood.
    pub(crate) is_opaque: bool,
}

impl StepScript<'_> {
    /// The expressions of GitHub in a piece of the script.
    pub(crate) fn expressions_in(&self, span: Span) -> impl Iterator<Item = Span> {
        self.expressions.iter().copied().filter(move |inner| span.contains_span(*inner))
    }

    /// The plain texts in a piece of the script, quoted or not, outside of commands that run in it.
    pub(crate) fn texts_in(&self, span: Span) -> impl Iterator<Item = Span> {
        let in_commands: Vec<Span> = self
            .commands
            .iter()
            .map(|command| command.span)
            .filter(|command| span.contains_span(*command) && !command.contains_span(span))
            .collect();
        self.texts.iter().copied().filter(move |text| {
            span.contains_span(*text) && !in_commands.iter().any(|command| command.contains_span(*text))
        })
    }

    /// Whether the script expands a variable anywhere.
    pub(crate) fn expands(&self, name: &str) -> bool {
        self.parameters.iter().any(|(parameter, _)| *parameter == name)
    }

    /// Whether the script gives a variable its value, or hands it on.
    pub(crate) fn derives(&self, name: &str) -> bool {
        self.assigned(name).is_some() || self.exports.iter().any(|export| export.name == name)
    }

    /// Where a variable gets its value last.
    pub(crate) fn assigned(&self, name: &str) -> Option<Span> {
        self.variables.iter().rev().find(|(variable, _)| *variable == name).map(|(_, span)| *span)
    }
}

/// The reference of an image that a job derives and hands on to its later steps.
pub(crate) struct Derived<'c, 'a> {
    /// The variable that holds it.
    pub(crate) variable: &'c str,
    /// The secret that names its namespace.
    pub(crate) namespace: &'c str,
    pub(crate) script: &'c StepScript<'a>,
    /// Where the script puts it together.
    pub(crate) place: Span,
    /// What it is put together from.
    pub(crate) origins: Origins,
}

/// The scripts of all jobs of a workflow.
#[derive(Debug)]
pub(crate) struct Flow<'a> {
    pub(crate) build: Build<'a>,
    pub(crate) scripts: Vec<StepScript<'a>>,
    /// The scripts by their steps.
    by_step: HashMap<NodeId, usize>,
    /// The steps of each job.
    steps: Vec<Vec<Step<'a>>>,
}

/// A piece of a script, as its number and a span.
pub(crate) type Piece = (usize, Span);

/// All that may reach a value.
#[derive(Default)]
pub(crate) struct Origins {
    /// The paths of expressions: `inputs.CUSTOM_IMAGE_TAG`.
    pub(crate) paths: Vec<String>,
    /// The pieces of scripts that the value is put together in.
    pub(crate) pieces: Vec<Piece>,
    /// Whether something may reach it that is not known.
    pub(crate) has_unknown: bool,
}

impl Origins {
    /// Whether a path is among them.
    pub(crate) fn reads(&self, path: &str) -> bool {
        self.paths.iter().any(|read| read == path)
    }
}

impl<'a> Flow<'a> {
    pub(crate) fn of(build: Build<'a>) -> Self {
        let steps: Vec<Vec<Step<'a>>> = build.jobs.iter().map(|&job| build.steps(job)).collect();
        let mut scripts = Vec::new();
        let mut by_step = HashMap::new();
        for (job, of_job) in steps.iter().enumerate() {
            for step in of_job {
                if let Some((document, script)) = build.script(step) {
                    by_step.insert(step.node, scripts.len());
                    scripts.push(read(job, step, document, script));
                }
            }
        }
        Self { build, scripts, by_step, steps }
    }

    /// The number of a job.
    pub(crate) fn job(&self, name: &str) -> Option<usize> {
        self.build.jobs.iter().position(|job| self.build.yaml.text(job.key) == Some(name))
    }

    /// The scripts of a job, with their numbers.
    pub(crate) fn of_job(&self, job: usize) -> impl Iterator<Item = (usize, &StepScript<'a>)> {
        self.scripts.iter().enumerate().filter(move |(_, script)| script.job == job)
    }

    /// The script of a step.
    pub(crate) fn script_of(&self, step: &Step<'_>) -> Option<&StepScript<'a>> {
        self.by_step.get(&step.node).map(|&index| &self.scripts[index])
    }

    /// What a job hands on below a name, the last one first to be asked: the script's number and the export.
    pub(crate) fn exported(&self, job: usize, target: Target, name: &str) -> Vec<(usize, &Export)> {
        self.of_job(job)
            .flat_map(|(index, script)| script.exports.iter().map(move |export| (index, export)))
            .filter(|(_, export)| export.target == target && export.name == name)
            .collect()
    }

    /// Whether steps of a job may hand on what is not seen here: through a script of the repository, an action, or in a
    /// way that is not understood.
    pub(crate) fn is_opaque(&self, job: usize) -> bool {
        let read = self.of_job(job).count();
        let runs = self.steps[job].iter().filter(|step| step.run.is_some()).count();
        runs > read
            || self.of_job(job).any(|(_, script)| script.is_opaque)
            || self.steps[job].iter().filter_map(|step| step.uses).any(|uses| self.exports_itself(uses.name))
    }

    /// Whether a local action hands on variables of its own.
    fn exports_itself(&self, action: &str) -> bool {
        let Some(folder) = action.strip_prefix("./") else { return false };
        let folder = folder.trim_end_matches('/');
        ["action.yml", "action.yaml"].iter().any(|name| {
            let document = self.build.project.file_document(&format!("{folder}/{name}"));
            document.is_some_and(|document| document.text.contains("GITHUB_ENV"))
        })
    }

    /// The references of images that the jobs derive, as far as they hand them on.
    pub(crate) fn references<'c>(&'c self, contract: &'c ImageReference) -> Vec<Derived<'c, 'a>> {
        let mut derived = Vec::new();
        for reference in &contract.references {
            let Some(job) = self.job(&reference.job) else { continue };
            let found = reference.variables.iter().find_map(|variable| {
                let exported = self.exported(job, Target::Environment, &variable.name);
                exported.last().map(|&(index, export)| (variable, index, export))
            });
            let Some((variable, index, export)) = found else { continue };
            derived.push(Derived {
                variable: &variable.name,
                namespace: &variable.namespace,
                script: &self.scripts[index],
                place: self.scripts[index].assigned(&variable.name).unwrap_or(export.span),
                origins: self.origins((index, export.span)),
            });
        }
        derived
    }

    /// The commands that run while a value is put together, each with the script that it stands in.
    pub(crate) fn commands(&self, origins: &Origins) -> Vec<(&StepScript<'a>, &'a SimpleCommand)> {
        let mut commands = Vec::new();
        for &(index, span) in &origins.pieces {
            let script = &self.scripts[index];
            let inside = script.commands.iter().filter(|command| span.contains_span(command.span));
            commands.extend(inside.map(|&command| (script, command)));
        }
        commands
    }

    /// Everything that may reach the text of a piece of a script.
    pub(crate) fn origins(&self, piece: Piece) -> Origins {
        let mut search =
            Search { flow: self, seen: HashSet::new(), pending: vec![piece], origins: Origins::default() };
        search.run();
        search.origins
    }

    /// The value of a variable in the `env` of a step, of its job, or of the workflow.
    pub(crate) fn environment(&self, job: usize, step: Option<NodeId>, name: &str) -> Vec<&'a str> {
        let yaml = self.build.yaml;
        let of_job: Option<&Entry> = self.build.jobs.get(job);
        let places = step.into_iter().chain(of_job.map(|job| job.value)).chain(yaml.root());
        let values = places.filter_map(|place| yaml.path(place, &["env", name]));
        values.filter_map(|value| yaml.text(value)).take(1).collect()
    }
}

struct Search<'f, 'a> {
    flow: &'f Flow<'a>,
    seen: HashSet<Piece>,
    pending: Vec<Piece>,
    origins: Origins,
}

impl Search<'_, '_> {
    fn run(&mut self) {
        while let Some(piece) = self.pending.pop() {
            if self.seen.len() >= MAX_PLACES {
                self.origins.has_unknown = true;
                return;
            }
            if self.seen.insert(piece) {
                self.piece(piece);
            }
        }
    }

    fn piece(&mut self, (index, span): Piece) {
        let flow = self.flow;
        let script = &flow.scripts[index];
        self.origins.pieces.push((index, span));
        for &inner in script.expressions.iter().filter(|inner| span.contains_span(**inner)) {
            self.text(script.job, Some(script), inner.text(&script.document.text));
        }
        for &(name, _) in script.parameters.iter().filter(|(_, inner)| span.contains_span(*inner)) {
            self.variable(index, name);
        }
        for command in script.commands.iter().filter(|command| span.contains_span(command.span)) {
            let name = command.name(&script.document.text);
            let function = script.functions.iter().find(|(function, _)| name.as_deref() == Some(*function));
            self.pending.extend(function.map(|(_, body)| (index, *body)));
        }
    }

    fn variable(&mut self, index: usize, name: &str) {
        let script = &self.flow.scripts[index];
        let mut is_known = name.starts_with("GITHUB_") || name.starts_with("RUNNER_");
        for &(_, value) in script.variables.iter().filter(|(variable, _)| *variable == name) {
            is_known = true;
            self.pending.push((index, value));
        }
        // What the script gives it may be for the case that nothing comes from outside.
        is_known |= self.handed_on(script.job, Some(script), name);
        self.origins.has_unknown |= !is_known;
    }

    /// A variable that comes from outside of the script.
    fn handed_on(&mut self, job: usize, script: Option<&StepScript<'_>>, name: &str) -> bool {
        let flow = self.flow;
        let mut is_known = false;
        for text in flow.environment(job, script.map(|script| script.node), name) {
            is_known = true;
            self.text(job, None, text);
        }
        for (index, export) in flow.exported(job, Target::Environment, name) {
            is_known = true;
            self.pending.push((index, export.span));
        }
        is_known
    }

    fn text(&mut self, job: usize, script: Option<&StepScript<'_>>, text: &str) {
        for path in paths_in(text) {
            if !self.origins.paths.contains(&path) {
                self.origins.paths.push(path.clone());
                self.path(job, script, &path);
            }
        }
    }

    fn path(&mut self, job: usize, script: Option<&StepScript<'_>>, path: &str) {
        let parts: Vec<&str> = path.split('.').collect();
        match parts[..] {
            ["env", name] => {
                let is_known = self.handed_on(job, script, name);
                self.origins.has_unknown |= !is_known;
            }
            ["steps", id, "outputs", name] => self.step_output(job, id, name),
            ["needs", other, "outputs", name] => {
                let yaml = self.flow.build.yaml;
                let other = self.flow.job(other);
                let output = other.and_then(|other| {
                    let value = yaml.path(self.flow.build.jobs[other].value, &["outputs", name])?;
                    Some((other, yaml.text(value)?))
                });
                match output {
                    Some((other, text)) => self.text(other, None, text),
                    None => self.origins.has_unknown = true,
                }
            }
            _ => {}
        }
    }

    fn step_output(&mut self, job: usize, id: &str, name: &str) {
        let flow = self.flow;
        let mut is_known = false;
        for (index, script) in flow.of_job(job).filter(|(_, script)| script.id == Some(id)) {
            for export in script.exports.iter().filter(|export| export.name == name) {
                is_known = true;
                self.pending.push((index, export.span));
            }
        }
        // What an action gives is known by its path.
        let is_action = || {
            flow.steps[job]
                .iter()
                .any(|step| step.uses.is_some() && step.id.is_some_and(|named| named.name == id))
        };
        self.origins.has_unknown |= !is_known && !is_action();
    }
}

fn read<'a>(job: usize, step: &Step<'a>, document: &'a Document, script: &'a Script) -> StepScript<'a> {
    let mut reader = Reader {
        source: &document.text,
        targets: Vec::new(),
        understood: 0,
        result: StepScript {
            job,
            id: step.id.map(|id| id.name),
            node: step.node,
            document,
            variables: Vec::new(),
            functions: Vec::new(),
            parameters: Vec::new(),
            expressions: Vec::new(),
            texts: Vec::new(),
            commands: Vec::new(),
            exports: Vec::new(),
            is_opaque: false,
        },
    };
    script.walk(&mut reader);
    let Reader { understood, mut result, .. } = reader;
    let is_file = |name: &str| Target::ALL.iter().any(|(_, file)| *file == name);
    let named = result.parameters.iter().filter(|(name, _)| is_file(name)).count();
    result.is_opaque |= named > understood;
    result.exports.sort_by_key(|export| export.span.start);
    result
}

struct Reader<'a> {
    source: &'a str,
    /// What the blocks around the command write to.
    targets: Vec<Option<Target>>,
    /// How many times one of the files is written to in a way that is followed.
    understood: usize,
    result: StepScript<'a>,
}

impl<'a> Visitor<'a> for Reader<'a> {
    fn enter_statement(&mut self, statement: &'a Statement, _: Surroundings) {
        let rest = statement.rest.iter().map(|and_or| &and_or.pipeline);
        std::iter::once(&statement.first).chain(rest).for_each(|pipeline| self.pipeline(pipeline));
    }

    fn enter_command(&mut self, command: &'a Command, _: Surroundings) {
        match command {
            Command::Compound(compound) => {
                let target = self.target(&compound.redirections);
                self.understood += usize::from(target.is_some());
                self.targets.push(target);
                if let CompoundKind::For(block) = &compound.kind {
                    let name = block.name.text(self.source);
                    for word in block.words.iter().flatten() {
                        self.result.variables.push((name, word.span));
                    }
                }
            }
            Command::Simple(simple) => self.simple(simple),
            Command::Function(function) => {
                self.result.functions.push((function.name.text(self.source), function.span));
            }
            Command::Coproc(_) => {}
        }
    }

    fn leave_command(&mut self, command: &'a Command, _: Surroundings) {
        if matches!(command, Command::Compound(_)) {
            self.targets.pop();
        }
    }

    fn enter_assignment(&mut self, assignment: &'a Assignment, _: Surroundings) {
        self.result.variables.push((assignment.name.text(self.source), assignment.span));
    }

    fn enter_part(&mut self, part: &'a WordPart, _: Surroundings) {
        match part.kind {
            WordPartKind::GithubExpression => self.result.expressions.push(part.span),
            WordPartKind::Literal | WordPartKind::SingleQuoted => self.result.texts.push(part.span),
            _ => {}
        }
    }

    fn enter_parameter(&mut self, parameter: &'a Parameter, span: Span, _: Surroundings) {
        self.result.parameters.push((parameter.name.text(self.source), span));
    }
}

impl<'a> Reader<'a> {
    fn simple(&mut self, simple: &'a SimpleCommand) {
        self.result.commands.push(simple);
        let own = self.target(&simple.redirections);
        self.understood += usize::from(own.is_some());
        if let Some(target) = own.or_else(|| self.targets.iter().rev().find_map(|target| *target)) {
            self.printed(simple, target);
        }
        match simple.name(self.source).as_deref() {
            Some("read" | "mapfile" | "readarray") => {
                let words = simple.arguments().iter().map(|word| word.text(self.source));
                let names = words.filter(|word| !word.starts_with('-'));
                self.result.variables.extend(names.map(|name| (name, simple.span)));
            }
            Some("." | "source") => self.result.is_opaque = true,
            _ => self.result.is_opaque |= runs_a_script(simple, self.source),
        }
    }

    fn target(&self, redirections: &[Redirection]) -> Option<Target> {
        redirections.iter().find_map(|redirection| match &redirection.target {
            RedirectionTarget::Word(word) => self.file(word),
            RedirectionTarget::Heredoc(_) => None,
        })
    }

    /// `$GITHUB_ENV`, quoted or not.
    fn file(&self, word: &Word) -> Option<Target> {
        let [WordPart { kind: WordPartKind::Parameter(parameter), .. }] = without_quotes(&word.parts) else {
            return None;
        };
        let name = parameter.name.text(self.source);
        Target::ALL.iter().find(|(_, file)| *file == name).map(|(target, _)| *target)
    }

    /// `echo "NAME=value" | tee -a $GITHUB_ENV`
    fn pipeline(&mut self, pipeline: &'a Pipeline) {
        let [Command::Simple(printer), Command::Simple(tee)] = &pipeline.commands[..] else { return };
        if tee.name(self.source).as_deref() != Some("tee") {
            return;
        }
        if let Some(target) = tee.arguments().iter().find_map(|word| self.file(word)) {
            self.understood += 1;
            self.printed(printer, target);
        }
    }

    fn printed(&mut self, simple: &'a SimpleCommand, target: Target) {
        let words = match simple.name(self.source).as_deref() {
            Some("echo" | "printf") => simple.arguments(),
            Some("cat") => {
                self.heredocs(simple, target);
                return;
            }
            None if simple.words.is_empty() => return,
            _ => {
                self.result.is_opaque |= self.target(&simple.redirections).is_some();
                return;
            }
        };
        let Some(index) = words.iter().position(|word| !word.text(self.source).starts_with('-')) else {
            return;
        };
        let (first, last) = (&words[index], &words[words.len() - 1]);
        let text = first.text(self.source).trim_start_matches(['"', '\'']);
        let Some((name, _)) = text.split_once('=').filter(|(name, _)| is_name(name)) else {
            // `NAME<<END`, or a line of a value of several lines: where the name ends is not followed.
            match text.split_once("<<").filter(|(name, _)| is_name(name)) {
                Some((name, _)) => self.export(name, target, simple.span, None),
                None => self.result.is_opaque |= text.starts_with('$') && text.contains('='),
            }
            return;
        };
        let literal = (words.len() == index + 1).then(|| first.literal(self.source)).flatten();
        let literal = literal.and_then(|text| text.split_once('=').map(|(_, value)| value.to_owned()));
        self.export(name, target, first.span.cover(last.span), literal);
    }

    fn heredocs(&mut self, simple: &'a SimpleCommand, target: Target) {
        for redirection in &simple.redirections {
            let RedirectionTarget::Heredoc(heredoc) = &redirection.target else { continue };
            for (name, _) in heredoc.body.text(self.source).lines().filter_map(|line| line.split_once('=')) {
                if is_name(name.trim_start()) {
                    self.export(name.trim_start(), target, heredoc.body, None);
                }
            }
        }
    }

    fn export(&mut self, name: &str, target: Target, span: Span, literal: Option<String>) {
        self.result.exports.push(Export { name: name.to_owned(), target, span, literal });
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

fn without_quotes(parts: &[WordPart]) -> &[WordPart] {
    match parts {
        [WordPart { kind: WordPartKind::DoubleQuoted(inner), .. }] => inner,
        parts => parts,
    }
}

/// Whether a command runs a script, which may hand on anything.
fn runs_a_script(simple: &SimpleCommand, source: &str) -> bool {
    let words = invocation(simple, source);
    let Some((program, arguments)) = words.split_first() else { return false };
    let Some(path) = program.literal(source) else { return true };
    let name = program_name(program, source);
    let is_shell = matches!(name.as_deref(), Some("bash" | "sh" | "python" | "python3" | "node" | "make"));
    let is_inline = arguments.first().is_some_and(|first| matches!(first.text(source), "-c" | "-m"));
    path.starts_with("./") || path.ends_with(".sh") || path.ends_with(".py") || (is_shell && !is_inline)
}

#[cfg(test)]
mod tests {
    use super::*;

    use vastlint_model::{Kind, Project, ProjectFile, ShellRole, Tree, parse_file};
    use vastlint_text::FileId;

    const WORKFLOW: &str = "name: Build
on: workflow_dispatch
env:
  DEFAULT: d
jobs:
  preflight:
    outputs:
      ref: ${{ steps.find.outputs.ref }}
    steps:
      - id: find
        run: |
          SHA=$(git rev-parse HEAD)
          { echo \"ref=$SHA-$(date -u +%F)\"; } >> \"$GITHUB_OUTPUT\"
  build:
    steps:
      - run: echo \"NS=${{ secrets.NAMESPACE }}\" | tee -a $GITHUB_ENV
      - env:
          TAG: ${{ inputs.TAG }}
        run: |
          REPO=\"${{ inputs.REPO || env.DEFAULT }}\"
          if [ -z \"$TAG\" ]; then TAG='${{ needs.preflight.outputs.ref }}'; fi
          IMAGE=\"$NS/${REPO}:$TAG\"
          OTHER=\"$NOWHERE\"
          echo \"IMAGE=$IMAGE\" >> $GITHUB_ENV
          echo \"OTHER=$OTHER\" >> $GITHUB_ENV
";

    fn project() -> Project {
        let files = [
            (".github/workflows/build-app.yml", Kind::Workflow, WORKFLOW),
            (
                "external/app/Dockerfile",
                Kind::Dockerfile,
                "FROM vastai/base-image:1 AS vast_base_image\nFROM x\nCOPY ./ROOT /\n",
            ),
            (
                "external/app/ROOT/opt/supervisor-scripts/app.sh",
                Kind::Shell(ShellRole::SupervisorScript),
                "#!/bin/bash\n",
            ),
        ];
        let mut documents = Vec::new();
        for (index, (path, kind, text)) in files.iter().enumerate() {
            let first = documents.len() as u32;
            let read = parse_file(&(*path).into(), *kind, (*text).into());
            documents.extend(read.into_iter().map(|document| document.rebased(FileId(index as u32), first)));
        }
        let listed = files.iter().map(|(path, ..)| ProjectFile { path: (*path).into(), executable: false });
        Project::build(listed.collect(), documents)
    }

    /// What reaches a variable that the job `build` hands on: paths, the programs that run, and whether more is unknown.
    fn origins(variable: &str) -> (Vec<String>, Vec<String>, bool) {
        let project = project();
        let document = &project.documents[0];
        let Tree::Yaml(yaml) = &document.tree else { panic!("a workflow is YAML") };
        let flow = Flow::of(Build::of(&project, document, yaml).expect("it builds an image"));
        let job = flow.job("build").expect("it is there");
        let (index, export) = flow.exported(job, Target::Environment, variable)[0];
        let origins = flow.origins((index, export.span));
        let name = |(script, command): &(&StepScript<'_>, &SimpleCommand)| {
            command.name(&script.document.text).map(std::borrow::Cow::into_owned)
        };
        let mut programs: Vec<String> = flow.commands(&origins).iter().filter_map(name).collect();
        programs.sort_unstable();
        programs.dedup();
        let mut paths = origins.paths.clone();
        paths.sort_unstable();
        (paths, programs, origins.has_unknown)
    }

    #[test]
    fn values_are_followed_through_shell_steps_and_jobs() {
        let (paths, programs, has_unknown) = origins("IMAGE");
        assert_eq!(
            paths,
            [
                "env.DEFAULT",
                "inputs.REPO",
                "inputs.TAG",
                "needs.preflight.outputs.ref",
                "secrets.NAMESPACE",
                "steps.find.outputs.ref",
            ]
        );
        assert_eq!(programs, ["date", "git"]);
        assert!(!has_unknown);
    }

    #[test]
    fn what_is_set_nowhere_is_unknown() {
        assert!(origins("OTHER").2);
    }
}
