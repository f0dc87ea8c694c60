//! VL640: see `rules/workflow/unresolved-workflow-reference.md`.

use std::collections::HashMap;

use vastlint_model::{Document, Kind, Tree};
use vastlint_syntax::yaml::{Entry, NodeId, Yaml};
use vastlint_text::Span;

use crate::callees::{
    Callee, Environment, called_workflow, is_listed, keys, step_outputs, workflow_documents,
};
use crate::expressions::{Place as Where, Read, reads};
use crate::names::{listed, nearest};
use crate::workflows::{Named, Step, jobs, needs, steps};
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Document(check);

/// The contexts of GitHub.
const CONTEXTS: [&str; 12] = [
    "github", "env", "vars", "job", "jobs", "steps", "runner", "secrets", "strategy", "matrix", "needs",
    "inputs",
];

fn check(context: &Context<'_>, document: &Document, sink: &mut Sink<'_>) {
    let Tree::Yaml(yaml) = &document.tree else { return };
    if !context.project.is_template_repository() || !matches!(document.kind, Kind::Workflow | Kind::Action) {
        return;
    }
    let reads = reads(document, yaml);
    if reads.is_empty() {
        return;
    }
    let mut checker = Checker::new(context, document, yaml);
    for read in &reads {
        checker.check(read);
    }
    checker.report(sink);
}

/// A reference that leads nowhere, wherever it stands in one job.
struct Fault<'a> {
    /// The first place, and the others.
    spans: Vec<Span>,
    message: String,
    label: String,
    why: String,
    help: String,
    related: Option<(&'a Document, Span, String)>,
    variant: Option<&'static str>,
}

struct Checker<'a> {
    context: &'a Context<'a>,
    document: &'a Document,
    yaml: &'a Yaml,
    jobs: Vec<Job<'a>>,
    /// The jobs by name, in lower case: GitHub does not tell letter case.
    by_name: HashMap<String, usize>,
    faults: Vec<Fault<'a>>,
    /// The faults by job and path.
    known: HashMap<(Option<usize>, String), usize>,
}

/// A job, or the steps of a composite action.
struct Job<'a> {
    /// The key and the value; a composite action has none.
    entry: Option<Entry>,
    name: &'a str,
    node: NodeId,
    needs: Vec<Named<'a>>,
    steps: Vec<Step<'a>>,
    step_by_id: HashMap<String, usize>,
    /// What is known of the outputs of steps that were asked for.
    outputs: HashMap<usize, Option<Vec<String>>>,
    /// What the environment may hold, if it was asked for.
    environment: Option<Environment>,
}

/// What a matrix gives to the expressions of its job.
enum Matrix<'a> {
    None,
    Unknown,
    /// The keys, with those of their values where all of them are mappings.
    Known(Vec<(&'a str, Option<Vec<&'a str>>)>),
}

impl<'a> Job<'a> {
    fn new(yaml: &'a Yaml, name: &'a str, node: NodeId, entry: Option<Entry>) -> Self {
        let steps = steps(yaml, node);
        let (mut step_by_id, mut outputs) = (HashMap::new(), HashMap::new());
        for (index, step) in steps.iter().enumerate() {
            let Some(id) = step.id else { continue };
            let first = *step_by_id.entry(id.name.to_ascii_lowercase()).or_insert(index);
            if first != index {
                // Which of the two is meant is not known.
                outputs.insert(first, None);
            }
        }
        let needs = entry.map(|entry| needs(yaml, entry)).unwrap_or_default();
        Self { entry, name, node, needs, steps, step_by_id, outputs, environment: None }
    }

    fn ids(&self) -> impl Iterator<Item = &'a str> {
        self.steps.iter().filter_map(|step| step.id.map(|id| id.name))
    }
}

impl<'a> Checker<'a> {
    fn new(context: &'a Context<'a>, document: &'a Document, yaml: &'a Yaml) -> Self {
        let all: Vec<Job<'a>> = if document.kind == Kind::Action {
            let runs = yaml.root().and_then(|root| yaml.get(root, "runs"));
            runs.into_iter().map(|runs| Job::new(yaml, "", runs, None)).collect()
        } else {
            let entries = jobs(yaml).map_or(&[][..], |(_, jobs)| jobs);
            entries
                .iter()
                .map(|&entry| {
                    Job::new(yaml, yaml.text(entry.key).unwrap_or_default(), entry.value, Some(entry))
                })
                .collect()
        };
        let by_name =
            all.iter().enumerate().map(|(index, job)| (job.name.to_ascii_lowercase(), index)).collect();
        Self { context, document, yaml, jobs: all, by_name, faults: Vec::new(), known: HashMap::new() }
    }

    fn check(&mut self, read: &Read<'_>) {
        let name = read.context().to_ascii_lowercase();
        if !CONTEXTS.contains(&name.as_str()) {
            self.unknown_context(read);
        } else if !self.is_available(&name, read.place) {
            self.unavailable(read, &name);
        } else {
            match name.as_str() {
                "needs" => self.needs(read),
                "jobs" => self.jobs(read),
                "steps" => self.steps(read),
                "matrix" => self.matrix(read),
                "inputs" => self.inputs(read),
                "env" => self.env(read),
                "secrets" => self.secrets(read),
                "github" => self.event_inputs(read),
                _ => {}
            }
        }
    }

    /// Takes up a fault. The path up to `segment` is what leads nowhere.
    fn fault(&mut self, read: &Read<'_>, segment: usize, fault: Fault<'a>) {
        let key = (read.place.job, read.path(segment).to_ascii_lowercase());
        let span = Span::new(read.span.start, read.segments[segment].span.end);
        if let Some(&index) = self.known.get(&key) {
            self.faults[index].spans.push(span);
        } else {
            self.known.insert(key, self.faults.len());
            self.faults.push(Fault { spans: vec![span], ..fault });
        }
    }

    fn report(self, sink: &mut Sink<'_>) {
        for fault in self.faults {
            let Some((&first, others)) = fault.spans.split_first() else { continue };
            let finding = sink.report(self.document, first, fault.message, fault.label);
            finding.why(fault.why).help(fault.help);
            if let Some(variant) = fault.variant {
                finding.variant(variant);
            }
            if let Some((document, span, label)) = fault.related {
                finding.related(Place::new(document, span), label);
            }
            for &other in others.iter().take(3) {
                finding.related(Place::new(self.document, other), "read here, too");
            }
        }
    }

    fn unknown_context(&mut self, read: &Read<'_>) {
        let name = read.context().to_owned();
        let meant = nearest(&name, CONTEXTS);
        let help = match meant {
            Some(meant) => format!("write `{meant}`"),
            None => "the contexts are github, env, vars, inputs, matrix, needs, steps, secrets, strategy, job and runner; text stands in single quotes".to_owned(),
        };
        self.fault(
            read,
            0,
            Fault::new(
                format!("`{name}` is no context of GitHub"),
                "unknown name",
                "GitHub refuses the whole file: no job of it runs",
                help,
            ),
        );
    }

    /// Whether GitHub fills a context at a place.
    fn is_available(&self, context: &str, place: Where<'_>) -> bool {
        if self.document.kind == Kind::Action {
            return !matches!(context, "needs" | "secrets" | "vars" | "jobs") || place.key.is_empty();
        }
        match (place.job, place.step) {
            (Some(_), Some(_)) => context != "jobs" && !(context == "secrets" && place.key == "if"),
            (Some(_), None) => match context {
                "github" | "inputs" | "vars" | "needs" => true,
                "matrix" | "strategy" => !matches!(place.key, "if" | "strategy"),
                "secrets" => matches!(place.key, "env" | "outputs" | "secrets" | "container" | "services"),
                "env" | "runner" | "job" => {
                    matches!(place.key, "outputs" | "container" | "services" | "environment" | "defaults")
                }
                "steps" => matches!(place.key, "outputs" | "environment"),
                _ => false,
            },
            (None, _) => match context {
                "github" | "inputs" | "vars" => true,
                "secrets" => place.key == "env",
                "jobs" => place.key == "on",
                _ => false,
            },
        }
    }

    fn unavailable(&mut self, read: &Read<'_>, context: &str) {
        let place = match (read.place.job, read.place.step) {
            (None, _) if self.document.kind == Kind::Action => "an action".to_owned(),
            (Some(_), None) => format!("`{}` of a job", read.place.key),
            (Some(_), Some(_)) => format!("`{}` of a step", read.place.key),
            (None, _) => format!("`{}` at the top of a workflow", read.place.key),
        };
        let help = match (context, read.place.key) {
            ("secrets", "if") => {
                "hand the secret to an `env:` of the job and ask for `env.<name> != ''` in the `if:` of a step"
            }
            ("secrets", "with") => "hand it over below `secrets:`",
            ("secrets", _) if self.document.kind == Kind::Action => {
                "declare an input, and let the workflow hand the secret over below `with:`"
            }
            ("needs" | "vars", _) if self.document.kind == Kind::Action => {
                "declare an input, and let the workflow hand the value over below `with:`"
            }
            ("env", _) => "read it in a step and hand it on as an output of a job, or use `vars`",
            ("steps", _) => {
                "declare it below `outputs:` of the job, and read it in a job that needs this one"
            }
            _ => "read it in a step",
        };
        let last = read.segments.len() - 1;
        self.fault(
            read,
            last,
            Fault::new(
                format!("`{}` cannot be read in {place}", read.path(last)),
                format!("GitHub has no `{context}` here"),
                "GitHub refuses the whole file: no job of it runs",
                help,
            ),
        );
    }

    fn needs(&mut self, read: &Read<'_>) {
        let (Some(job), Some(name)) = (read.place.job, read.name(1)) else { return };
        let here = self.jobs[job].name;
        let Some(&target) = self.by_name.get(&name.to_ascii_lowercase()) else {
            let others = self.jobs.iter().map(|job| job.name).filter(|other| *other != here);
            let help =
                suggestion(name, others, "the jobs of this workflow are", "this workflow has no other job");
            let fault = Fault::new(
                format!("`{}` names no job of this workflow", read.path(1)),
                format!("no job `{name}`"),
                EMPTY,
                help,
            );
            self.fault(read, 1, fault);
            return;
        };
        if !self.jobs[job].needs.iter().any(|need| need.name.eq_ignore_ascii_case(name)) {
            let mut all: Vec<&str> = self.jobs[job].needs.iter().map(|need| need.name).collect();
            all.push(self.jobs[target].name);
            let help = format!("write in `{here}`: needs: [{}]", all.join(", "));
            let fault = Fault {
                related: self
                    .key_of(target)
                    .map(|span| (self.document, span, format!("`{here}` has to wait for this job"))),
                ..Fault::new(
                    format!("the job `{here}` reads `{}` without waiting for that job", read.path(1)),
                    format!("`{name}` is not among the needs of `{here}`"),
                    "GitHub fills `needs` with the jobs named in `needs:` alone; of any other job everything is empty, and a condition on it never holds",
                    help,
                )
            };
            self.fault(read, 1, fault);
            return;
        }
        self.job_output(read, target);
    }

    /// `needs.<job>.outputs.<name>`, and `jobs.<job>.outputs.<name>`.
    fn job_output(&mut self, read: &Read<'_>, target: usize) {
        let job = self.jobs[target].name;
        match read.name(2) {
            Some(property)
                if !["outputs", "result"].iter().any(|known| property.eq_ignore_ascii_case(known)) =>
            {
                let fault = Fault::new(
                    format!("`{}` does not exist: a job has `outputs` and a `result`", read.path(2)),
                    "neither `outputs` nor `result`",
                    EMPTY,
                    format!("write `{}.outputs.{property}` or `{}.result`", read.path(1), read.path(1)),
                );
                self.fault(read, 2, fault);
            }
            Some(property) if property.eq_ignore_ascii_case("outputs") => {
                let Some(output) = read.name(3) else { return };
                let Some((known, place)) = self.outputs_of_job(target) else { return };
                if known.iter().any(|name| name.eq_ignore_ascii_case(output)) {
                    return;
                }
                let help = suggestion(
                    output,
                    known.iter().copied(),
                    &format!("the outputs of `{job}` are"),
                    &format!("declare it below `outputs:` of the job `{job}`"),
                );
                let (document, span) = place;
                let fault = Fault {
                    related: Some((document, span, format!("no output `{output}` is declared here"))),
                    ..Fault::new(
                        format!("the job `{job}` hands on no output `{output}`"),
                        format!("`{job}` declares no such output"),
                        EMPTY,
                        help,
                    )
                };
                self.fault(read, 3, fault);
            }
            _ => {}
        }
    }

    /// The outputs that a job declares, and where.
    fn outputs_of_job(&self, job: usize) -> Option<(Vec<&'a str>, (&'a Document, Span))> {
        let (yaml, job) = (self.yaml, &self.jobs[job]);
        // Half-written jobs are the parser's business.
        if !yaml.is_mapping(job.node) {
            return None;
        }
        if let Some(uses) = yaml.get(job.node, "uses") {
            let Callee::Local(document, called) = called_workflow(self.context.project, yaml.text(uses)?)
            else {
                return None;
            };
            let call = called.path(called.root()?, &["on", "workflow_call"])?;
            let span = called.key_span(called.path(called.root()?, &["on"])?, "workflow_call")?;
            return match called.entry(call, "outputs") {
                Some(outputs) => Some((keys(called, outputs.value)?, (document, called.span(outputs.key)))),
                None => Some((Vec::new(), (document, span))),
            };
        }
        match yaml.entry(job.node, "outputs") {
            Some(outputs) => Some((keys(yaml, outputs.value)?, (self.document, yaml.span(outputs.key)))),
            None => Some((Vec::new(), (self.document, yaml.span(job.entry?.key)))),
        }
    }

    fn jobs(&mut self, read: &Read<'_>) {
        let Some(name) = read.name(1) else { return };
        if let Some(&target) = self.by_name.get(&name.to_ascii_lowercase()) {
            self.job_output(read, target);
            return;
        }
        let help =
            suggestion(name, self.jobs.iter().map(|job| job.name), "the jobs of this workflow are", "");
        let message = format!("`{}` names no job of this workflow", read.path(1));
        let fault = Fault::new(message, format!("no job `{name}`"), EMPTY, help);
        self.fault(read, 1, fault);
    }

    fn steps(&mut self, read: &Read<'_>) {
        let Some(id) = read.name(1) else { return };
        // The outputs of a composite action stand outside its steps.
        let job = read.place.job.unwrap_or(0);
        let Some(owner) = self.jobs.get(job) else { return };
        let lower = id.to_ascii_lowercase();
        let Some(&target) = owner.step_by_id.get(&lower) else {
            self.unknown_step(read, id, job);
            return;
        };
        if let Some(step) = read.place.step
            && target >= step
        {
            let place = self.jobs[job].steps[target].id.map(|id| id.span);
            let when = if target == step { "itself" } else { "a later step" };
            let fault = Fault {
                related: place.map(|span| (self.document, span, "runs no earlier".to_owned())),
                ..Fault::new(
                    format!("a step reads `{}` of {when}", read.path(1)),
                    "nothing is there yet",
                    "a step sees what the steps before it have handed on; everything else is empty",
                    format!("move the step `{id}` above this one"),
                )
            };
            self.fault(read, 1, fault);
            return;
        }
        self.step_output(read, job, target);
    }

    fn unknown_step(&mut self, read: &Read<'_>, id: &str, job: usize) {
        let elsewhere = self.jobs.iter().enumerate().find_map(|(index, other)| {
            let step = *other.step_by_id.get(&id.to_ascii_lowercase())?;
            (index != job).then_some((other.name, other.steps[step].id?.span))
        });
        let fault = if let Some((other, span)) = elsewhere {
            Fault {
                related: Some((self.document, span, format!("stands in the job `{other}`"))),
                ..Fault::new(
                    format!("the step `{id}` stands in another job"),
                    format!("this job has no step `{id}`"),
                    "a job sees its own steps alone; what it reads of others is empty",
                    format!(
                        "declare it below `outputs:` of `{other}`, and read `needs.{other}.outputs.<name>`"
                    ),
                )
            }
        } else {
            let owner = self.jobs[job].name;
            let whose = if owner.is_empty() { "this action".to_owned() } else { format!("`{owner}`") };
            let help = suggestion(
                id,
                self.jobs[job].ids(),
                &format!("the steps of {whose} with an `id:` are"),
                &format!("write `id: {id}` in the step that is meant"),
            );
            let message = format!("no step of {whose} has the id `{id}`");
            Fault::new(message, "no such step", EMPTY, help)
        };
        self.fault(read, 1, fault);
    }

    fn step_output(&mut self, read: &Read<'_>, job: usize, target: usize) {
        const PROPERTIES: [&str; 3] = ["outputs", "outcome", "conclusion"];
        let Some(property) = read.name(2) else { return };
        if !PROPERTIES.iter().any(|known| property.eq_ignore_ascii_case(known)) {
            let fault = Fault::new(
                format!(
                    "`{}` does not exist: a step has `outputs`, an `outcome` and a `conclusion`",
                    read.path(2)
                ),
                "not a property of a step",
                EMPTY,
                format!("write `{}.outputs.{property}`", read.path(1)),
            );
            self.fault(read, 2, fault);
            return;
        }
        let Some(output) = read.name(3) else { return };
        if !property.eq_ignore_ascii_case("outputs") {
            return;
        }
        let (project, document, yaml) = (self.context.project, self.document, self.yaml);
        let owner = &mut self.jobs[job];
        let step = owner.steps[target];
        let known =
            owner.outputs.entry(target).or_insert_with(|| step_outputs(project, document, yaml, &step));
        let Some(known) = known else { return };
        if known.iter().any(|name| name.eq_ignore_ascii_case(output)) {
            return;
        }
        let id = step.id.map_or("", |id| id.name);
        let otherwise = match step.uses {
            Some(uses) => format!("declare it below `outputs:` of `{}`", uses.name),
            None => format!("write in the step: echo \"{output}=<value>\" >> $GITHUB_OUTPUT"),
        };
        let help = suggestion(
            output,
            known.iter().map(String::as_str),
            &format!("the outputs of `{id}` are"),
            &otherwise,
        );
        let label = match step.uses {
            Some(uses) => format!("`{}` declares no such output", uses.name),
            None => format!("no line of the step's script writes `{output}=`"),
        };
        let place = step.uses.map(|uses| uses.span).or(step.id.map(|id| id.span));
        let fault = Fault {
            related: place.map(|span| (self.document, span, label)),
            ..Fault::new(format!("the step `{id}` has no output `{output}`"), "never set", EMPTY, help)
        };
        self.fault(read, 3, fault);
    }

    fn matrix(&mut self, read: &Read<'_>) {
        let (Some(job), Some(key)) = (read.place.job, read.name(1)) else { return };
        let name = self.jobs[job].name;
        let known = match self.matrix_of(job) {
            Matrix::Unknown => return,
            // Of a build without a matrix another rule tells, once.
            Matrix::None if name == "build" && self.context.project.is_build_workflow(self.document) => {
                return;
            }
            Matrix::None => Vec::new(),
            Matrix::Known(keys) => keys,
        };
        let Some((_, inner)) = known.iter().find(|(known, _)| known.eq_ignore_ascii_case(key)) else {
            let message = format!("the matrix of `{name}` has no `{key}`");
            let help = suggestion(
                key,
                known.iter().map(|(known, _)| *known),
                "its keys are",
                &format!("write in `{name}` below `strategy:` `matrix:` the key `{key}`"),
            );
            let fault = Fault {
                related: self.matrix_place(job),
                ..Fault::new(message, "not a key of the matrix", EMPTY, help)
            };
            self.fault(read, 1, fault);
            return;
        };
        let (Some(inner), Some(property)) = (inner, read.name(2)) else { return };
        if !inner.iter().any(|known| known.eq_ignore_ascii_case(property)) {
            let help = suggestion(
                property,
                inner.iter().copied(),
                &format!("the values of `{key}` have"),
                &format!("write `{}`", read.path(1)),
            );
            let fault = Fault {
                related: self.matrix_place(job),
                ..Fault::new(
                    format!("no value of `{key}` in the matrix of `{name}` has a `{property}`"),
                    "not in the matrix",
                    EMPTY,
                    help,
                )
            };
            self.fault(read, 2, fault);
        }
    }

    fn matrix_place(&self, job: usize) -> Option<(&'a Document, Span, String)> {
        let strategy = self.yaml.get(self.jobs[job].node, "strategy");
        let Some(span) = strategy.and_then(|strategy| self.yaml.key_span(strategy, "matrix")) else {
            return self.key_of(job).map(|span| (self.document, span, "has no matrix".to_owned()));
        };
        Some((self.document, span, "the matrix".to_owned()))
    }

    fn matrix_of(&self, job: usize) -> Matrix<'a> {
        let (yaml, node) = (self.yaml, self.jobs[job].node);
        let Some(strategy) = yaml.get(node, "strategy") else { return Matrix::None };
        if !yaml.is_mapping(strategy) {
            return Matrix::Unknown;
        }
        let Some(matrix) = yaml.get(strategy, "matrix") else { return Matrix::None };
        if !yaml.is_mapping(matrix) || keys(yaml, matrix).is_none() {
            return Matrix::Unknown;
        }
        let mut known: Vec<(&str, Option<Vec<&str>>)> = Vec::new();
        for entry in yaml.entries(matrix) {
            match yaml.text(entry.key).unwrap_or_default() {
                "exclude" => {}
                "include" if !yaml.is_sequence(entry.value) => return Matrix::Unknown,
                "include" => {
                    for &item in yaml.items(entry.value) {
                        let Some(_) = keys(yaml, item).filter(|_| yaml.is_mapping(item)) else {
                            return Matrix::Unknown;
                        };
                        for entry in yaml.entries(item) {
                            let key = yaml.text(entry.key).unwrap_or_default();
                            add(&mut known, key, value_keys(yaml, &[entry.value]));
                        }
                    }
                }
                key => add(&mut known, key, value_keys(yaml, yaml.items(entry.value))),
            }
        }
        Matrix::Known(known)
    }

    fn inputs(&mut self, read: &Read<'_>) {
        let Some(name) = read.name(1) else { return };
        let (yaml, Some(root)) = (self.yaml, self.yaml.root()) else { return };
        let (mut known, mut place) = (Vec::new(), None);
        if self.document.kind == Kind::Action {
            if let Some(inputs) = yaml.entry(root, "inputs") {
                let Some(keys) = keys(yaml, inputs.value) else { return };
                known = keys;
                place = Some(yaml.span(inputs.key));
            }
        } else {
            let Some(events) = yaml.entry(root, "on") else { return };
            for event in ["workflow_dispatch", "workflow_call"] {
                let Some(inputs) =
                    yaml.get(events.value, event).and_then(|event| yaml.entry(event, "inputs"))
                else {
                    continue;
                };
                let Some(keys) = keys(yaml, inputs.value) else { return };
                known.extend(keys);
                place = place.or(Some(yaml.span(inputs.key)));
            }
            place = place.or(Some(yaml.span(events.key)));
        }
        self.undeclared_input(read, 1, name, &known, place);
    }

    /// `github.event.inputs.<name>`
    fn event_inputs(&mut self, read: &Read<'_>) {
        let is_input = read.name(1).is_some_and(|name| name.eq_ignore_ascii_case("event"))
            && read.name(2).is_some_and(|name| name.eq_ignore_ascii_case("inputs"));
        let (true, Some(name)) = (is_input && self.document.kind == Kind::Workflow, read.name(3)) else {
            return;
        };
        let yaml = self.yaml;
        let dispatch = yaml.root().and_then(|root| yaml.path(root, &["on", "workflow_dispatch"]));
        let Some(inputs) = dispatch.and_then(|dispatch| yaml.entry(dispatch, "inputs")) else { return };
        let Some(known) = keys(yaml, inputs.value) else { return };
        self.undeclared_input(read, 3, name, &known, Some(yaml.span(inputs.key)));
    }

    fn undeclared_input(
        &mut self,
        read: &Read<'_>,
        segment: usize,
        name: &str,
        known: &[&str],
        place: Option<Span>,
    ) {
        if known.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            return;
        }
        let (what, where_to) = if self.document.kind == Kind::Action {
            ("action", "declare it below `inputs:`")
        } else {
            ("workflow", "declare it below `workflow_dispatch:` `inputs:`")
        };
        let help = suggestion(name, known.iter().copied(), "the inputs are", where_to);
        let fault = Fault {
            related: place.map(|span| (self.document, span, format!("no input `{name}` is declared here"))),
            ..Fault::new(
                format!("the {what} has no input `{name}`"),
                "not declared",
                "the value is always empty, whatever somebody enters",
                help,
            )
        };
        self.fault(read, segment, fault);
    }

    fn env(&mut self, read: &Read<'_>) {
        // An action and a called workflow may get their environment from elsewhere.
        if self.document.kind != Kind::Workflow {
            return;
        }
        let (Some(job), Some(name)) = (read.place.job, read.name(1)) else { return };
        let Some(mut known) = self.declared_environment(read.place) else { return };
        let environment = self.environment(job);
        known.extend(environment.names.iter().cloned());
        let is_open = environment.is_open;
        if known.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            return;
        }
        let meant = nearest(name, known.iter().map(String::as_str));
        // An action may have set it; a name that is nearly another one hints at a slip all the same.
        if is_open && meant.is_none_or(|meant| strsim::levenshtein(meant, name) > 2) {
            return;
        }
        let owner = self.jobs[job].name;
        let help = suggestion(
            name,
            known.iter().map(String::as_str),
            "what is set here is",
            &format!("set it below `env:`, or in a step before: echo \"{name}=<value>\" >> $GITHUB_ENV"),
        );
        let fault = Fault {
            variant: Some("env"),
            ..Fault::new(
                format!("nothing sets `{name}` in the environment of `{owner}`"),
                "never set",
                "the value is empty; variables that another job or a script sets for itself are not seen here",
                help,
            )
        };
        self.fault(read, 1, fault);
    }

    /// The variables below `env:` of the workflow, the job and the step. `None` where an expression makes one of them.
    fn declared_environment(&self, place: Where<'_>) -> Option<Vec<String>> {
        let yaml = self.yaml;
        let job = &self.jobs[place.job?];
        let step = place.step.and_then(|step| job.steps.get(step)).map(|step| step.node);
        let mut known = Vec::new();
        for owner in yaml.root().into_iter().chain([job.node]).chain(step) {
            if let Some(environment) = yaml.get(owner, "env") {
                known.extend(keys(yaml, environment)?.into_iter().map(str::to_owned));
            }
        }
        Some(known)
    }

    fn environment(&mut self, job: usize) -> &Environment {
        let (project, document, yaml) = (self.context.project, self.document, self.yaml);
        let closed = &self.context.contract.references.actions_without_environment;
        let owner = &mut self.jobs[job];
        let node = owner.node;
        owner.environment.get_or_insert_with(|| {
            let is_closed = |uses: &str| is_listed(closed, uses.split('@').next().unwrap_or_default());
            let mut environment = Environment::default();
            environment.add(project, document, yaml, node, &is_closed);
            environment
        })
    }

    /// In a workflow that others call, the secrets are those that it declares.
    fn secrets(&mut self, read: &Read<'_>) {
        let (yaml, Some(name)) = (self.yaml, read.name(1)) else { return };
        let Some(events) = yaml.root().and_then(|root| yaml.get(root, "on")) else { return };
        let is_only_called = keys(yaml, events).is_some_and(|keys| keys == ["workflow_call"]);
        // The secrets of an environment come along without a declaration.
        let has_environment =
            read.place.job.is_some_and(|job| yaml.get(self.jobs[job].node, "environment").is_some());
        if !is_only_called || has_environment || name.eq_ignore_ascii_case("GITHUB_TOKEN") {
            return;
        }
        let Some(secrets) = yaml.get(events, "workflow_call").and_then(|call| yaml.entry(call, "secrets"))
        else {
            return;
        };
        let Some(known) = keys(yaml, secrets.value) else { return };
        if known.iter().any(|known| known.eq_ignore_ascii_case(name)) || self.is_called_with_all_secrets() {
            return;
        }
        let help = suggestion(
            name,
            known,
            "the declared secrets are",
            "declare it below `workflow_call:` `secrets:`, and hand it over where the workflow is called",
        );
        let fault = Fault {
            related: Some((
                self.document,
                yaml.span(secrets.key),
                format!("no secret `{name}` is declared here"),
            )),
            ..Fault::new(
                format!("the workflow is handed no secret `{name}`"),
                "not declared",
                "a called workflow sees the secrets that it declares and is given; any other one is empty",
                help,
            )
        };
        self.fault(read, 1, fault);
    }

    /// Whether some workflow calls this one with `secrets: inherit`.
    fn is_called_with_all_secrets(&self) -> bool {
        workflow_documents(self.context.project).any(|(_, yaml)| {
            jobs(yaml).is_some_and(|(_, jobs)| {
                jobs.iter().any(|job| {
                    let text = |key: &str| yaml.get(job.value, key).and_then(|value| yaml.text(value));
                    text("secrets") == Some("inherit")
                        && text("uses").and_then(crate::callees::local_path) == Some(&*self.document.path)
                })
            })
        })
    }

    fn key_of(&self, job: usize) -> Option<Span> {
        self.jobs[job].entry.map(|entry| self.yaml.span(entry.key))
    }
}

const EMPTY: &str = "GitHub makes an empty text of it, and nobody is told: conditions never hold, tags and arguments lose a part";

impl Fault<'_> {
    fn new(
        message: impl Into<String>,
        label: impl Into<String>,
        why: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            spans: Vec::new(),
            message: message.into(),
            label: label.into(),
            why: why.into(),
            help: help.into(),
            related: None,
            variant: None,
        }
    }
}

/// What to write instead of a name: the nearest one, else those that there are, else what else to do.
fn suggestion<'n>(
    name: &str,
    known: impl IntoIterator<Item = &'n str>,
    they_are: &str,
    otherwise: &str,
) -> String {
    let known: Vec<&str> = known.into_iter().filter(|known| !known.is_empty()).collect();
    match nearest(name, known.iter().copied()) {
        Some(meant) => format!("write `{meant}`"),
        None if known.is_empty() => otherwise.to_owned(),
        None if otherwise.is_empty() => format!("{they_are} {}", listed(known)),
        None => format!("{otherwise}; {they_are} {}", listed(known)),
    }
}

fn add<'a>(known: &mut Vec<(&'a str, Option<Vec<&'a str>>)>, key: &'a str, inner: Option<Vec<&'a str>>) {
    match known.iter_mut().find(|(known, _)| *known == key) {
        Some((_, Some(all))) => match inner {
            Some(more) => all.extend(more),
            None => {
                if let Some(entry) = known.iter_mut().find(|(known, _)| *known == key) {
                    entry.1 = None;
                }
            }
        },
        Some(_) => {}
        None => known.push((key, inner)),
    }
}

/// The keys that the values of an axis have. `None` where some value is no mapping, or is not known.
fn value_keys<'a>(yaml: &'a Yaml, values: &[NodeId]) -> Option<Vec<&'a str>> {
    if values.is_empty() || !values.iter().all(|&value| yaml.is_mapping(value)) {
        return None;
    }
    let mut all = Vec::new();
    for &value in values {
        all.extend(keys(yaml, value)?);
    }
    Some(all)
}
