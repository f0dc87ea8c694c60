//! VL621: see `rules/workflow/incomplete-build-steps.md`.

use vastlint_model::Document;
use vastlint_syntax::shell::{RedirectionTarget, SimpleCommand};
use vastlint_syntax::yaml::{Entry, Yaml};

use crate::build_workflow::{Build, listed};
use crate::callees::{Callee, action};
use crate::contract::{JobSteps, PatternStep};
use crate::workflow_values::{Flow, StepScript};
use crate::workflows::Step;
use crate::yaml_edits::Editor;
use crate::{Check, Context, Place, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, _yaml: &Yaml, sink: &mut Sink<'_>) {
    let Some(build) = context.build(document) else { return };
    let Some(flow) = context.flow(document) else { return };
    for pattern in &context.contract.workflow.steps {
        let Some(job) = build.job(&pattern.job) else { continue };
        let steps = build.steps(job);
        if !steps.is_empty() {
            check_job(build, flow, job, &steps, pattern, sink);
        }
    }
}

fn check_job(
    build: &Build<'_>,
    flow: &Flow<'_>,
    job: Entry,
    steps: &[Step<'_>],
    pattern: &JobSteps,
    sink: &mut Sink<'_>,
) {
    let yaml = build.yaml;
    let find = |wanted: &PatternStep| steps.iter().position(|step| is_step(flow, step, wanted));
    let found: Vec<(&PatternStep, Option<usize>)> =
        pattern.steps.iter().map(|wanted| (wanted, find(wanted))).collect();

    for (wanted, _) in found.iter().filter(|(wanted, at)| at.is_none() && wanted.frees_disk) {
        sink.report(build.document, yaml.span(job.key), format!("no step of the job `{}` frees disk on the runner", pattern.job), format!("no `{}`", wanted.name))
            .variant("disk")
            .why("images of this kind do not fit beside what the runner comes with: the build ends with a full disk after an hour")
            .help(format!("write behind the checkout\n- name: {}\n  {}", wanted.name, wanted.example))
            .fix(found.first().and_then(|(_, checkout)| freed(build, job, steps, wanted, (*checkout)?)));
    }
    let missing: Vec<&PatternStep> = found
        .iter()
        .filter(|(wanted, at)| at.is_none() && !wanted.frees_disk)
        .map(|(wanted, _)| *wanted)
        .collect();
    if let Some(first) = missing.first() {
        let names: Vec<&String> = missing.iter().map(|step| &step.name).collect();
        let plural = if missing.len() == 1 { "step" } else { "steps" };
        sink.report(build.document, yaml.span(job.key), format!("the job `{}` lacks the {plural} {}", pattern.job, listed(&names)), format!("no {}", listed(&names)))
            .why("builds are compared and mended step by step across all workflows; a missing step is done elsewhere in another way, or not at all")
            .help(format!("write in its place\n- name: {}\n  {}", first.name, first.example));
    }
    let mut last: Option<(&PatternStep, usize)> = None;
    for (wanted, at) in found.iter().filter_map(|(wanted, at)| at.map(|at| (*wanted, at))) {
        if let Some((before, earlier)) = last.filter(|(_, earlier)| at < *earlier) {
            let line = |index: usize| build.document.first_line(yaml.span(steps[index].node));
            sink.report(build.document, line(at), format!("the step `{}` stands before `{}`", wanted.name, before.name), format!("belongs behind `{}`", before.name))
                .related(Place::new(build.document, line(earlier)), "belongs first")
                .variant("order")
                .why("steps run from top to bottom, and this one needs what the other does, or is looked for behind it in every other workflow")
                .help(format!("write the steps in this order: {}", order(pattern)));
            // One step in the wrong place puts all others in the wrong place, too.
            return;
        }
        last = Some((wanted, at));
    }
}

fn order(pattern: &JobSteps) -> String {
    pattern.steps.iter().map(|step| step.name.as_str()).collect::<Vec<_>>().join(" → ")
}

fn is_step(flow: &Flow<'_>, step: &Step<'_>, wanted: &PatternStep) -> bool {
    if let (Some(uses), Some(action)) = (step.uses, &wanted.uses) {
        let name = uses.name.split('@').next().unwrap_or_default().trim_end_matches('/');
        // A slip in the name is another fault than a step that is not there.
        return strsim::levenshtein(name, action) <= 2;
    }
    let Some(script) = flow.script_of(step) else { return false };
    wanted.exports.iter().any(|variable| script.derives(variable))
        || wanted
            .runs
            .as_ref()
            .is_some_and(|runs| script.commands.iter().any(|command| starts_with(script, command, runs)))
        || wanted
            .writes
            .as_ref()
            .is_some_and(|file| script.commands.iter().any(|command| writes(script, command, file)))
}

/// Whether the words of a command start with these.
fn starts_with(script: &StepScript<'_>, command: &SimpleCommand, words: &str) -> bool {
    let text = &script.document.text;
    let mut given = command.words.iter();
    words.split(' ').all(|wanted| given.next().is_some_and(|word| word.is(text, wanted)))
}

fn writes(script: &StepScript<'_>, command: &SimpleCommand, file: &str) -> bool {
    let text = &script.document.text;
    let targets = command.redirections.iter().filter_map(|redirection| match &redirection.target {
        RedirectionTarget::Word(word) => Some(word.text(text).trim_start_matches(['"', '\''])),
        RedirectionTarget::Heredoc(_) => None,
    });
    targets.into_iter().any(|target| target.trim_start_matches("./").starts_with(file))
}

/// The step that frees disk, behind the checkout, where the repository has its action.
fn freed(
    build: &Build<'_>,
    job: Entry,
    steps: &[Step<'_>],
    wanted: &PatternStep,
    checkout: usize,
) -> Option<ProposedFix> {
    let yaml = build.yaml;
    let list = yaml.get(job.value, "steps")?;
    let uses = wanted.uses.as_deref()?;
    if uses.starts_with("./") && !matches!(action(build.project, uses), Callee::Local(..)) {
        return None;
    }
    let is_switched_off = yaml.comments.iter().any(|comment| build.document.slice(*comment).contains(uses));
    if is_switched_off {
        return None;
    }
    // What is no mapping is no step, and is not counted among them.
    let index = yaml.items(list).iter().position(|&item| yaml.resolve(item) == Some(steps[checkout].node))?;
    let is_named = yaml.get(steps[checkout].node, "name").is_some();
    let lines =
        if is_named { format!("name: {}\n{}", wanted.name, wanted.example) } else { wanted.example.clone() };
    let fix = ProposedFix::safe(format!("write the step `{}` behind the checkout", wanted.name));
    Editor::new(build.document, yaml).insert_item(fix, list, Some(index), &lines)
}
