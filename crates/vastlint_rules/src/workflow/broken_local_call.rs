//! VL643: see `rules/workflow/broken-local-call.md`.

use std::collections::HashSet;

use vastlint_model::{Document, Kind, Tree};
use vastlint_syntax::yaml::{Entry, NodeId, Yaml};
use vastlint_text::Span;

use crate::callees::{Callee, action, called_workflow, keys, local_path};
use crate::names::{listed, nearest, slip};
use crate::workflows::{Named, Step, checkout_first, jobs, steps};
use crate::yaml_edits::Editor;
use crate::{Check, Context, Place, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Document(check);

fn check(context: &Context<'_>, document: &Document, sink: &mut Sink<'_>) {
    let Tree::Yaml(yaml) = &document.tree else { return };
    if !context.project.is_template_repository() {
        return;
    }
    match document.kind {
        Kind::Workflow => {
            for job in jobs(yaml).map_or(&[][..], |(_, jobs)| jobs) {
                check_job_call(context, document, yaml, *job, sink);
                check_steps(context, document, yaml, job.value, sink);
            }
        }
        Kind::Action => {
            let runs = yaml.root().and_then(|root| yaml.get(root, "runs"));
            for step in runs.into_iter().flat_map(|runs| steps(yaml, runs)) {
                check_step_call(context, document, yaml, &step, sink);
            }
        }
        _ => {}
    }
}

fn check_steps(context: &Context<'_>, document: &Document, yaml: &Yaml, job: NodeId, sink: &mut Sink<'_>) {
    let mut files_are_there = false;
    for step in steps(yaml, job) {
        let uses = step.uses.map_or("", |uses| uses.name);
        let is_checkout = uses.contains("checkout");
        if is_checkout && elsewhere(yaml, &step) {
            // Another repository, or another folder: what `./` means is not known from here on.
            return;
        }
        let run = step.run.and_then(|run| yaml.text(run)).unwrap_or_default();
        files_are_there |= is_checkout || run.contains("git clone") || run.contains("gh repo clone");
        if let (Some(uses), false) =
            (step.uses.filter(|uses| local_path(uses.name).is_some()), files_are_there)
        {
            sink.report(
                document,
                uses.span,
                format!("the job uses `{}` before it has checked the repository out", uses.name),
                "not on the runner yet",
            )
            .why("the step fails: the runner starts with an empty folder, and GitHub looks for the action in it")
            .help("write as the first step of the job\n  - name: Checkout\n    uses: actions/checkout@v4")
            .fix(checkout_first(context, document, yaml, job));
            files_are_there = true;
        }
        check_step_call(context, document, yaml, &step, sink);
    }
}

/// Whether a checkout brings another repository, or lays this one into a folder.
fn elsewhere(yaml: &Yaml, step: &Step<'_>) -> bool {
    let with = yaml.get(step.node, "with");
    with.is_some_and(|with| yaml.get(with, "path").is_some() || yaml.get(with, "repository").is_some())
}

fn check_step_call(
    context: &Context<'_>,
    document: &Document,
    yaml: &Yaml,
    step: &Step<'_>,
    sink: &mut Sink<'_>,
) {
    let Some(uses) = step.uses else { return };
    match action(context.project, uses.name) {
        Callee::Missing => missing(context, (document, yaml), step.node, uses, "action.yml", sink),
        Callee::Local(callee, action) => {
            let Some(root) = action.root() else { return };
            let call = Call {
                document,
                yaml,
                callee,
                called: action,
                name: uses,
                given: yaml.entry(step.node, "with"),
                declared: action.entry(root, "inputs"),
                what: "input",
                is_action: true,
            };
            call.check(sink);
        }
        Callee::Opaque | Callee::Elsewhere => {}
    }
}

fn check_job_call(context: &Context<'_>, document: &Document, yaml: &Yaml, job: Entry, sink: &mut Sink<'_>) {
    let Some(uses) = yaml.get(job.value, "uses") else { return };
    let Some(name) = yaml.text(uses) else { return };
    let uses = Named { name, span: yaml.span(uses) };
    match called_workflow(context.project, name) {
        Callee::Missing => missing(context, (document, yaml), job.value, uses, "", sink),
        Callee::Local(callee, called) => {
            let Some(on) = called.root().and_then(|root| called.entry(root, "on")) else { return };
            let event = called.entry(on.value, "workflow_call");
            let is_named = called.text(on.value) == Some("workflow_call")
                || called.items(on.value).iter().any(|&item| called.text(item) == Some("workflow_call"));
            if event.is_none() && !is_named {
                sink.report(
                    document,
                    uses.span,
                    format!("`{name}` cannot be called"),
                    "starts on other events only",
                )
                .related(Place::new(callee, called.span(on.key)), "no `workflow_call` among its events")
                .why("GitHub refuses the whole workflow that calls it")
                .help("write `workflow_call:` below `on:` there");
                return;
            }
            let declared = |key: &str| event.and_then(|event| called.entry(event.value, key));
            let call = |given: &str, declared: Option<Entry>, what| Call {
                document,
                yaml,
                callee,
                called,
                name: uses,
                given: yaml.entry(job.value, given),
                declared,
                what,
                is_action: false,
            };
            call("with", declared("inputs"), "input").check(sink);
            let secrets = yaml.get(job.value, "secrets").and_then(|secrets| yaml.text(secrets));
            if secrets != Some("inherit") {
                call("secrets", declared("secrets"), "secret").check(sink);
            }
        }
        Callee::Opaque | Callee::Elsewhere => {}
    }
}

fn missing(
    context: &Context<'_>,
    (document, yaml): (&Document, &Yaml),
    caller: NodeId,
    uses: Named<'_>,
    file: &str,
    sink: &mut Sink<'_>,
) {
    let Some(path) = local_path(uses.name) else { return };
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let prefix = format!("{folder}/");
    let files = &context.project.files;
    let first = files.partition_point(|file| *file.path < *prefix);
    let mut others: Vec<&str> = files[first..]
        .iter()
        .map_while(|file| file.path.strip_prefix(prefix.as_str()))
        .take(1_000)
        .map(|rest| rest.split('/').next().unwrap_or(rest))
        .collect();
    others.dedup();
    let wanted = path.rsplit('/').next().unwrap_or(path);
    let help = match nearest(wanted, others.iter().copied()) {
        Some(meant) => format!("write `./{prefix}{meant}`"),
        None if others.is_empty() => format!("there is no folder `{folder}`"),
        None => format!("`{folder}` holds {}", listed(others.iter().copied())),
    };
    let fix = slip(wanted, others.iter().copied()).and_then(|slip| {
        let meant = format!("./{prefix}{}", slip.meant);
        let is_there = match file {
            "" => matches!(called_workflow(context.project, &meant), Callee::Local(..)),
            _ => matches!(action(context.project, &meant), Callee::Local(..)),
        };
        let fix = ProposedFix::new(slip.applicability(), format!("write `{meant}`"));
        let entry = yaml.entry(caller, "uses").filter(|_| is_there)?;
        Editor::new(document, yaml).set(fix, entry, &meant)
    });
    let expected = if file.is_empty() { path.to_owned() } else { format!("{path}/{file}") };
    sink.report(
        document,
        uses.span,
        format!("`{}` does not exist", uses.name),
        format!("there is no `{expected}`"),
    )
    .why(if file.is_empty() {
        "GitHub refuses the whole workflow: no job of it runs"
    } else {
        "the step fails as soon as it is reached, and everything behind it is left out"
    })
    .help(help)
    .fix(fix);
}

/// What a call gives, and what the other side takes.
struct Call<'a> {
    document: &'a Document,
    yaml: &'a Yaml,
    callee: &'a Document,
    called: &'a Yaml,
    name: Named<'a>,
    given: Option<Entry>,
    declared: Option<Entry>,
    /// `input` or `secret`.
    what: &'static str,
    is_action: bool,
}

impl Call<'_> {
    fn check(&self, sink: &mut Sink<'_>) {
        let (yaml, called) = (self.yaml, self.called);
        let Some(given) = self.given.map_or(Some(Vec::new()), |given| keys(yaml, given.value)) else {
            return;
        };
        let Some(declared) = self.declared.map_or(Some(Vec::new()), |entry| keys(called, entry.value)) else {
            return;
        };
        let lower = |names: &[&str]| -> HashSet<String> {
            names.iter().map(|name| name.to_ascii_lowercase()).collect()
        };
        let (given_names, declared_names) = (lower(&given), lower(&declared));
        for entry in self.given.map_or(&[][..], |given| yaml.entries(given.value)) {
            let name = yaml.text(entry.key).unwrap_or_default();
            if !declared_names.contains(&name.to_ascii_lowercase()) {
                self.undeclared(name, yaml.span(entry.key), &declared, &given_names, sink);
            }
        }
        for entry in self.declared.map_or(&[][..], |declared| called.entries(declared.value)) {
            let name = called.text(entry.key).unwrap_or_default();
            let is_required =
                called.get(entry.value, "required").is_some_and(|value| called.text(value) == Some("true"));
            let has_default = called.get(entry.value, "default").is_some();
            if is_required && !has_default && !given_names.contains(&name.to_ascii_lowercase()) {
                self.forgotten(name, called.span(entry.key), sink);
            }
        }
    }

    fn undeclared(
        &self,
        name: &str,
        span: Span,
        declared: &[&str],
        given: &HashSet<String>,
        sink: &mut Sink<'_>,
    ) {
        let Self { what, .. } = self;
        let why = match (self.is_action, *what) {
            (true, _) => "GitHub warns in the log and leaves the value out: the action runs without it",
            _ => "GitHub refuses the whole workflow: no job of it runs",
        };
        let help = match nearest(name, declared.iter().copied()) {
            Some(meant) => format!("write `{meant}`"),
            None if declared.is_empty() => format!("`{}` takes no {what}s", self.name.name),
            None => format!("its {what}s are {}", listed(declared.iter().copied())),
        };
        let place = self.declared.map(|declared| self.called.span(declared.key));
        let finding = sink.report(
            self.document,
            span,
            format!("`{}` has no {what} `{name}`", self.name.name),
            format!("no such {what}"),
        );
        finding.why(why).help(help).fix(slip(name, declared.iter().copied()).and_then(|slip| {
            let is_free = !given.contains(&slip.meant.to_ascii_lowercase());
            let fix = ProposedFix::new(slip.applicability(), format!("write `{}`", slip.meant));
            is_free
                .then(|| Editor::new(self.document, self.yaml).rename(fix, span, name, slip.meant))
                .flatten()
        }));
        if let Some(place) = place {
            finding.related(Place::new(self.callee, place), format!("the {what}s that it declares"));
        }
    }

    fn forgotten(&self, name: &str, declaration: Span, sink: &mut Sink<'_>) {
        let Self { what, .. } = self;
        let below = if *what == "secret" { "secrets" } else { "with" };
        let span = self.given.map_or(self.name.span, |given| self.yaml.span(given.key));
        let why = if self.is_action {
            "GitHub does not hold the action to it: the value is empty, and the step fails late or does the wrong thing"
        } else {
            "GitHub refuses the whole workflow: no job of it runs"
        };
        sink.report(
            self.document,
            span,
            format!("`{}` is called without its required {what} `{name}`", self.name.name),
            format!("no `{name}`"),
        )
        .related(Place::new(self.callee, declaration), "required here")
        .why(why)
        .help(format!("write below `{below}:` the line `{name}: <value>`"));
    }
}
