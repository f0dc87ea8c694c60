//! VL604: see `rules/workflow/underived-matrix-id.md`.

use vastlint_model::{Document, Origin, Tree, program_name};
use vastlint_syntax::shell::{
    Assignment, AssignmentValue, Command, Context as Surroundings, Pipeline, Redirection,
    RedirectionOperator, RedirectionTarget, Script, SimpleCommand, Visitor, Word, WordPart, WordPartKind,
};
use vastlint_syntax::yaml::{Entry, Yaml};
use vastlint_text::Span;

use crate::contract::MatrixId;
use crate::workflows::job;
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, yaml: &Yaml, sink: &mut Sink<'_>) {
    if !context.project.is_build_workflow(document) {
        return;
    }
    let contract = &context.contract.matrix_id;
    let jobs: Vec<Entry> = contract.jobs.iter().filter_map(|name| job(yaml, name)).collect();
    // A job that calls another workflow derives its id there, out of sight.
    if jobs.is_empty() || jobs.iter().any(|job| yaml.get(job.value, "uses").is_some()) {
        return;
    }
    let mut derivations = 0;
    for step in context.project.embedded(document.id) {
        let Origin::Embedded { place, .. } = step.origin else { continue };
        let Tree::Shell(script) = &step.tree else { continue };
        if !jobs.iter().any(|job| yaml.span(job.value).contains_span(place)) {
            continue;
        }
        for derivation in derivations_in(script, &step.text, contract) {
            derivations += 1;
            check_derivation(step, &derivation, contract, sink);
        }
    }
    if derivations == 0 {
        let names: Vec<String> = contract.jobs.iter().map(|name| format!("`{name}`")).collect();
        sink.report(
            document,
            yaml.span(jobs[0].key),
            format!("no step of {} derives `{}`", names.join(" or "), contract.variable),
            format!("`{}` is never set here", contract.variable),
        )
        .why("the artifacts of the variants get one name, and all but one tag are lost to `collect-tags`")
        .help(example(contract));
    }
}

fn example(contract: &MatrixId) -> String {
    let (variable, filters) = (&contract.variable, contract.filters.join(" | "));
    format!(
        "write in the step that derives the tag\n{variable}=$(echo \"${{{{ matrix.base_image }}}}\" | {filters})\necho \"{variable}=${variable}\" >> $GITHUB_ENV"
    )
}

/// A place where the variable gets its value.
struct Derivation<'t> {
    span: Span,
    /// The command substitution that gives it, if it is one.
    pipeline: Option<&'t Pipeline>,
    /// Whether the value is known not to come from anything: plain text.
    is_static: bool,
}

fn check_derivation(step: &Document, derivation: &Derivation<'_>, contract: &MatrixId, sink: &mut Sink<'_>) {
    let variable = &contract.variable;
    let wrong = match derivation.pipeline {
        _ if derivation.is_static => {
            Some((format!("`{variable}` is a fixed text"), "the same for every entry of the matrix"))
        }
        None => Some((
            format!("`{variable}` is not derived by `{}`", contract.filters.join(" | ")),
            "derived in another way",
        )),
        Some(pipeline) if !goes_through(pipeline, &step.text, &contract.filters) => Some((
            format!("`{variable}` is not derived by `{}`", contract.filters.join(" | ")),
            "goes through other filters",
        )),
        Some(pipeline) if !reads_something(pipeline, &step.text) => Some((
            format!("`{variable}` is derived from a fixed text"),
            "the same for every entry of the matrix",
        )),
        Some(_) => None,
    };
    if let Some((message, label)) = wrong {
        sink.report(step, derivation.span, message, label)
            .why("artifact names are built from it: two variants of one name overwrite each other, and a tag is lost")
            .help(example(contract));
    }
}

/// Every assignment of the variable, and every `echo "VARIABLE=$(…)"` that hands it on without one.
fn derivations_in<'t>(script: &'t Script, source: &str, contract: &MatrixId) -> Vec<Derivation<'t>> {
    struct Collector<'t, 's> {
        source: &'s str,
        variable: &'s str,
        found: Vec<Derivation<'t>>,
    }
    impl<'t> Visitor<'t> for Collector<'t, '_> {
        fn enter_assignment(&mut self, assignment: &'t Assignment, _: Surroundings) {
            if assignment.name.text(self.source) != self.variable {
                return;
            }
            if let AssignmentValue::Scalar(value) = &assignment.value {
                let pipeline = substitution(&value.parts);
                let is_static = value.literal(self.source).is_some();
                self.found.push(Derivation { span: assignment.span, pipeline, is_static });
            }
        }

        fn enter_command(&mut self, command: &'t Command, _: Surroundings) {
            let Command::Simple(simple) = command else { return };
            if !writes_environment(&simple.redirections, self.source) {
                return;
            }
            for word in simple.arguments() {
                let text = word.text(self.source).trim_start_matches(['"', '\'']);
                let Some(value) = text.strip_prefix(self.variable).and_then(|rest| rest.strip_prefix('='))
                else {
                    continue;
                };
                let pipeline = substitution(&word.parts);
                let is_static = word.literal(self.source).is_some();
                // What only hands on a variable derives nothing.
                if is_static || (pipeline.is_some() && value.starts_with("$(")) {
                    self.found.push(Derivation { span: word.span, pipeline, is_static });
                }
            }
        }
    }
    let mut collector = Collector { source, variable: &contract.variable, found: Vec::new() };
    script.walk(&mut collector);
    collector.found
}

fn writes_environment(redirections: &[Redirection], source: &str) -> bool {
    redirections.iter().any(|redirection| {
        redirection.operator == RedirectionOperator::Append
            && matches!(&redirection.target, RedirectionTarget::Word(word) if word.text(source).contains("GITHUB_"))
    })
}

/// The pipeline of a word that ends with a command substitution.
fn substitution(parts: &[WordPart]) -> Option<&Pipeline> {
    match &parts.last()?.kind {
        WordPartKind::DoubleQuoted(inner) => substitution(inner),
        WordPartKind::Command(substitution) => match &substitution.body[..] {
            [statement] if statement.rest.is_empty() => Some(&statement.first),
            _ => None,
        },
        _ => None,
    }
}

fn simple_commands(pipeline: &Pipeline) -> impl Iterator<Item = &SimpleCommand> {
    pipeline.commands.iter().filter_map(|command| match command {
        Command::Simple(simple) => Some(simple),
        _ => None,
    })
}

/// Whether the filters are among the commands of the pipeline, in their order.
fn goes_through(pipeline: &Pipeline, source: &str, filters: &[String]) -> bool {
    let mut commands = simple_commands(pipeline);
    filters.iter().all(|filter| commands.any(|command| is_filter(command, source, filter)))
}

/// Whether a command is the filter, option values written apart or not: `cut -c 1-8` is `cut -c1-8`.
fn is_filter(command: &SimpleCommand, source: &str, filter: &str) -> bool {
    let mut wanted = filter.split_whitespace();
    let program = command.words.first().and_then(|word| program_name(word, source));
    if program.as_deref() != wanted.next() {
        return false;
    }
    let wanted: String = wanted.collect();
    let given: String = command.arguments().iter().filter_map(|word| word.literal(source)).collect();
    let given = given.replace("--characters=", "-c").replace("--bytes=", "-c").replace("-b", "-c");
    wanted.is_empty() || given == wanted || given == wanted.replace("-c1-", "-c-")
}

/// Whether anything in the pipeline is not fixed: an expression, a variable, a file.
fn reads_something(pipeline: &Pipeline, source: &str) -> bool {
    let fixed = |word: &Word| word.literal(source).is_some();
    simple_commands(pipeline).any(|command| {
        let input = command.redirections.iter().any(|redirection| match &redirection.target {
            RedirectionTarget::Word(word) => {
                redirection.operator == RedirectionOperator::Input || !fixed(word)
            }
            RedirectionTarget::Heredoc(heredoc) => !heredoc.parts.is_empty(),
        });
        let program = command.words.first().and_then(|word| program_name(word, source));
        let prints_its_words =
            matches!(program.as_deref(), Some("echo" | "printf" | "md5sum" | "cut" | "tr"));
        input || !prints_its_words || command.words.iter().any(|word| !fixed(word))
    }) || simple_commands(pipeline).count() < pipeline.commands.len()
}
