//! VL640: see `rules/workflow/unresolved-workflow-reference.md`.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use vastlint_model::{Document, Kind, Project, Tree};
use vastlint_syntax::yaml::{Entry, NodeId, Yaml};
use vastlint_text::Span;

use crate::callees::{Callee, Environment, called_workflow, keys, step_outputs, workflow_documents};
use crate::expressions::{Place as Where, Read, reads};
use crate::glob::lists;
use crate::names::{listed, nearest};
use crate::workflows::{Named, Step, jobs, needs, steps};
use crate::{Check, Context, Contract, Place, Sink};

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
    project: &'a Project,
    contract: &'a Contract,
    document: &'a Document,
    yaml: &'a Yaml,
    jobs: Vec<Job<'a>>,
    /// The jobs by name, in lower case: GitHub does not tell letter case.
    by_name: HashMap<String, usize>,
    /// What can be entered, and where that is said, if it was asked for.
    inputs: OnceCell<Option<Rc<Inputs>>>,
    faults: Vec<Fault<'a>>,
    /// The faults by job and path.
    known: HashMap<(Option<usize>, String), usize>,
}

/// Names that exist, found by name without letter case.
#[derive(Default)]
struct Known {
    names: Vec<String>,
    lower: HashSet<String>,
}

impl Known {
    fn of<N: AsRef<str>>(names: impl IntoIterator<Item = N>) -> Self {
        let mut known = Self::default();
        names.into_iter().for_each(|name| known.add(name.as_ref()));
        known
    }

    fn add(&mut self, name: &str) {
        if self.lower.insert(name.to_ascii_lowercase()) {
            self.names.push(name.to_owned());
        }
    }

    fn has(&self, name: &str) -> bool {
        self.lower.contains(&name.to_ascii_lowercase())
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }
}

/// What can be entered, and where that is said.
type Inputs = (Known, Option<Span>);

/// What a job hands on, and where it says so.
type Declared<'a> = (Known, (&'a Document, Span));

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
    outputs: HashMap<usize, Option<Rc<Known>>>,
    /// What the job hands on, if it was asked for.
    declared: OnceCell<Option<Rc<Declared<'a>>>>,
    /// The matrix, if it was asked for.
    matrix: Option<Rc<Matrix>>,
    /// What the environment may hold, if it was asked for.
    environment: Option<Rc<Environs>>,
    /// The variables below `env:` of the steps that were asked for. `None` where an expression makes them.
    step_environments: HashMap<usize, Option<Rc<Known>>>,
}

/// What the environment of a job may hold.
struct Environs {
    /// What is set below `env:` of the workflow and the job, or written by steps.
    known: Known,
    /// Whether something may set others.
    is_open: bool,
}

/// What a matrix gives to the expressions of its job.
enum Matrix {
    None,
    Unknown,
    /// The keys, with those of their values where all of them are mappings.
    Known(Axes),
}

/// The keys of a matrix.
#[derive(Default)]
struct Axes {
    names: Vec<String>,
    /// By name in lower case.
    values: HashMap<String, Option<Known>>,
}

impl Axes {
    fn add(&mut self, key: &str, inner: Option<Vec<&str>>) {
        let lower = key.to_ascii_lowercase();
        match self.values.get_mut(&lower) {
            None => {
                self.names.push(key.to_owned());
                self.values.insert(lower, inner.map(Known::of));
            }
            Some(value) => match (value.as_mut(), inner) {
                (Some(known), Some(inner)) => inner.into_iter().for_each(|name| known.add(name)),
                _ => *value = None,
            },
        }
    }
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
        Self {
            entry,
            name,
            node,
            needs,
            steps,
            step_by_id,
            outputs,
            declared: OnceCell::new(),
            matrix: None,
            environment: None,
            step_environments: HashMap::new(),
        }
    }

    fn ids(&self) -> impl Iterator<Item = &'a str> {
        self.steps.iter().filter_map(|step| step.id.map(|id| id.name))
    }
}

impl<'a> Checker<'a> {
    fn new(context: &'a Context<'_>, document: &'a Document, yaml: &'a Yaml) -> Self {
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
        Self {
            project: context.project,
            contract: context.contract,
            document,
            yaml,
            jobs: all,
            by_name,
            inputs: OnceCell::new(),
            faults: Vec::new(),
            known: HashMap::new(),
        }
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
        // What a job sees for itself is its own affair; what is missing elsewhere is missing once for all jobs.
        let is_own = matches!(&*read.context().to_ascii_lowercase(), "steps" | "matrix" | "env")
            || (read.context().eq_ignore_ascii_case("needs") && segment == 1);
        let key = (read.place.job.filter(|_| is_own), read.path(segment).to_ascii_lowercase());
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
                let Some(declared) = self.outputs_of_job(target) else { return };
                let (known, (document, span)) = (&declared.0, declared.1);
                if known.has(output) {
                    return;
                }
                let help = suggestion(
                    output,
                    known.iter(),
                    &format!("the outputs of `{job}` are"),
                    &format!("declare it below `outputs:` of the job `{job}`"),
                );
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
    fn outputs_of_job(&self, job: usize) -> Option<Rc<Declared<'a>>> {
        self.jobs[job].declared.get_or_init(|| self.find_outputs(job).map(Rc::new)).clone()
    }

    fn find_outputs(&self, job: usize) -> Option<Declared<'a>> {
        let (yaml, job) = (self.yaml, &self.jobs[job]);
        // Half-written jobs are the parser's business.
        if !yaml.is_mapping(job.node) {
            return None;
        }
        if let Some(uses) = yaml.get(job.node, "uses") {
            let Callee::Local(document, called) = called_workflow(self.project, yaml.text(uses)?) else {
                return None;
            };
            let on = called.get(called.root()?, "on")?;
            let call = called.entry(on, "workflow_call")?;
            return match called.entry(call.value, "outputs") {
                Some(outputs) => {
                    Some((Known::of(keys(called, outputs.value)?), (document, called.span(outputs.key))))
                }
                None => Some((Known::default(), (document, called.span(call.key)))),
            };
        }
        match yaml.entry(job.node, "outputs") {
            Some(outputs) => {
                Some((Known::of(keys(yaml, outputs.value)?), (self.document, yaml.span(outputs.key))))
            }
            None => Some((Known::default(), (self.document, yaml.span(job.entry?.key)))),
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
        let (project, document, yaml) = (self.project, self.document, self.yaml);
        let owner = &mut self.jobs[job];
        let step = owner.steps[target];
        let known = owner.outputs.entry(target).or_insert_with(|| {
            step_outputs(project, document, yaml, &step).map(|names| Rc::new(Known::of(names)))
        });
        let Some(known) = known.clone().filter(|known| !known.has(output)) else { return };
        let id = step.id.map_or("", |id| id.name);
        let otherwise = match step.uses {
            Some(uses) => format!("declare it below `outputs:` of `{}`", uses.name),
            None => format!("write in the step: echo \"{output}=<value>\" >> $GITHUB_OUTPUT"),
        };
        let help = suggestion(output, known.iter(), &format!("the outputs of `{id}` are"), &otherwise);
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
        let matrix = self.matrix_of(job);
        let none = Axes::default();
        let known = match &*matrix {
            Matrix::Unknown => return,
            // Of a build without a matrix another rule tells, once.
            Matrix::None if name == "build" && self.project.is_build_workflow(self.document) => {
                return;
            }
            Matrix::None => &none,
            Matrix::Known(axes) => axes,
        };
        let Some(inner) = known.values.get(&key.to_ascii_lowercase()) else {
            let message = format!("the matrix of `{name}` has no `{key}`");
            let help = suggestion(
                key,
                known.names.iter().map(String::as_str),
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
        if !inner.has(property) {
            let help = suggestion(
                property,
                inner.iter(),
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

    fn matrix_of(&mut self, job: usize) -> Rc<Matrix> {
        if let Some(matrix) = &self.jobs[job].matrix {
            return Rc::clone(matrix);
        }
        let matrix = Rc::new(matrix_in(self.yaml, self.jobs[job].node));
        self.jobs[job].matrix = Some(Rc::clone(&matrix));
        matrix
    }

    fn inputs(&mut self, read: &Read<'_>) {
        let Some(name) = read.name(1) else { return };
        let inputs = self.inputs.get_or_init(|| self.find_inputs().map(Rc::new));
        let Some(declared) = inputs.clone() else { return };
        self.undeclared_input(read, 1, name, &declared.0, declared.1);
    }

    /// The inputs of the workflow or of the action, and where they are declared.
    fn find_inputs(&self) -> Option<Inputs> {
        let (yaml, root) = (self.yaml, self.yaml.root()?);
        if self.document.kind == Kind::Action {
            let Some(inputs) = yaml.entry(root, "inputs") else { return Some((Known::default(), None)) };
            return Some((Known::of(keys(yaml, inputs.value)?), Some(yaml.span(inputs.key))));
        }
        let events = yaml.entry(root, "on")?;
        let (mut known, mut place) = (Known::default(), None);
        for event in ["workflow_dispatch", "workflow_call"] {
            let inputs = yaml.get(events.value, event).and_then(|event| yaml.entry(event, "inputs"));
            let Some(inputs) = inputs else { continue };
            keys(yaml, inputs.value)?.into_iter().for_each(|name| known.add(name));
            place = place.or(Some(yaml.span(inputs.key)));
        }
        Some((known, place.or(Some(yaml.span(events.key)))))
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
        let Some(known) = keys(yaml, inputs.value).map(Known::of) else { return };
        self.undeclared_input(read, 3, name, &known, Some(yaml.span(inputs.key)));
    }

    fn undeclared_input(
        &mut self,
        read: &Read<'_>,
        segment: usize,
        name: &str,
        known: &Known,
        place: Option<Span>,
    ) {
        if known.has(name) {
            return;
        }
        let (what, where_to) = if self.document.kind == Kind::Action {
            ("action", "declare it below `inputs:`")
        } else {
            ("workflow", "declare it below `workflow_dispatch:` `inputs:`")
        };
        let help = suggestion(name, known.iter(), "the inputs are", where_to);
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
        let environs = self.environs(job);
        let of_step = read.place.step.map(|step| self.step_environment(job, step));
        let Some(of_step) = of_step.map_or(Some(None), |of_step| of_step.map(Some)) else { return };
        let in_step = || of_step.iter().flat_map(|known| known.iter());
        if environs.known.has(name) || of_step.as_ref().is_some_and(|known| known.has(name)) {
            return;
        }
        let meant = nearest(name, in_step().chain(environs.known.iter()));
        // An action may have set it; a name that is nearly another one hints at a slip all the same.
        if environs.is_open && meant.is_none_or(|meant| strsim::levenshtein(meant, name) > 2) {
            return;
        }
        let owner = self.jobs[job].name;
        let help = suggestion(
            name,
            in_step().chain(environs.known.iter()),
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

    /// The variables below `env:` of a step. `None` where an expression makes them.
    fn step_environment(&mut self, job: usize, step: usize) -> Option<Rc<Known>> {
        let yaml = self.yaml;
        let owner = &mut self.jobs[job];
        let node = owner.steps.get(step).map(|step| step.node);
        owner
            .step_environments
            .entry(step)
            .or_insert_with(|| {
                let variables = node.and_then(|node| yaml.get(node, "env"));
                let names = variables.map_or(Some(Vec::new()), |variables| keys(yaml, variables));
                names.map(|names| Rc::new(Known::of(names)))
            })
            .clone()
    }

    /// What the environment of a job may hold.
    fn environs(&mut self, job: usize) -> Rc<Environs> {
        if let Some(environs) = &self.jobs[job].environment {
            return Rc::clone(environs);
        }
        let (yaml, node) = (self.yaml, self.jobs[job].node);
        let closed = &self.contract.references.actions_without_environment;
        let is_closed = |uses: &str| lists(closed, uses.split('@').next().unwrap_or_default());
        let mut environment = Environment::default();
        environment.add(self.project, self.document, yaml, node, &is_closed);
        let mut known = Known::of(&environment.names);
        let mut is_open = environment.is_open;
        for owner in yaml.root().into_iter().chain([node]) {
            let Some(variables) = yaml.get(owner, "env") else { continue };
            match keys(yaml, variables) {
                Some(names) => names.into_iter().for_each(|name| known.add(name)),
                None => is_open = true,
            }
        }
        let environs = Rc::new(Environs { known, is_open });
        self.jobs[job].environment = Some(Rc::clone(&environs));
        environs
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
        workflow_documents(self.project).any(|(_, yaml)| {
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
    // More than anybody reads, and few enough for any file.
    let known: Vec<&str> = known.into_iter().filter(|known| !known.is_empty()).take(1_000).collect();
    match nearest(name, known.iter().copied()) {
        Some(meant) => format!("write `{meant}`"),
        None if known.is_empty() => otherwise.to_owned(),
        None if otherwise.is_empty() => format!("{they_are} {}", listed(known)),
        None => format!("{otherwise}; {they_are} {}", listed(known)),
    }
}

fn matrix_in(yaml: &Yaml, job: NodeId) -> Matrix {
    let Some(strategy) = yaml.get(job, "strategy") else { return Matrix::None };
    if !yaml.is_mapping(strategy) {
        return Matrix::Unknown;
    }
    let Some(matrix) = yaml.get(strategy, "matrix") else { return Matrix::None };
    if !yaml.is_mapping(matrix) || keys(yaml, matrix).is_none() {
        return Matrix::Unknown;
    }
    let mut axes = Axes::default();
    for entry in yaml.entries(matrix) {
        match yaml.text(entry.key).unwrap_or_default() {
            "exclude" => {}
            "include" if !yaml.is_sequence(entry.value) => return Matrix::Unknown,
            "include" => {
                for &item in yaml.items(entry.value) {
                    if !yaml.is_mapping(item) || keys(yaml, item).is_none() {
                        return Matrix::Unknown;
                    }
                    for entry in yaml.entries(item) {
                        let key = yaml.text(entry.key).unwrap_or_default();
                        axes.add(key, value_keys(yaml, &[entry.value]));
                    }
                }
            }
            key => axes.add(key, value_keys(yaml, yaml.items(entry.value))),
        }
    }
    Matrix::Known(axes)
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
