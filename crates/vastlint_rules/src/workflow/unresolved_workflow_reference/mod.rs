//! VL640: see `rules/workflow/unresolved-workflow-reference.md`.

mod environment;
mod inputs;
mod jobs;
mod known;
mod matrix;
mod steps;

use std::cell::OnceCell;
use std::collections::HashMap;
use std::rc::Rc;

use vastlint_diagnostic::Applicability;
use vastlint_model::{Document, Kind, Project, Tree};
use vastlint_syntax::yaml::Yaml;
use vastlint_text::Span;

use crate::expressions::{Place as Where, Read, reads};
use crate::names::{listed, nearest, slip};
use crate::workflows::{jobs as jobs_of, wait_for};
use crate::{Check, Context, Contract, Place, ProposedFix, Sink};
use known::{Inputs, Job};

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
    /// The wrong name in each of these places.
    names: Vec<Span>,
    /// What mends it.
    remedy: Option<Remedy>,
    message: String,
    label: String,
    why: String,
    help: String,
    related: Option<(&'a Document, Span, String)>,
    variant: Option<&'static str>,
}

/// What mends a reference.
enum Remedy {
    /// Another name, wherever the wrong one stands.
    Name(String, Applicability),
    /// The job waits for one more.
    Need(usize, String),
}

impl Remedy {
    /// The name that was meant, if `is_right` says that all of the reference would lead somewhere with it.
    fn slip<'n>(
        name: &str,
        known: impl IntoIterator<Item = &'n str>,
        is_right: impl FnOnce(&str) -> bool,
    ) -> Option<Self> {
        let slip = slip(name, known)?;
        let is_name = |meant: &str| {
            meant.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
                && !meant.starts_with(|first: char| first.is_ascii_digit() || first == '-')
        };
        (is_name(slip.meant) && is_right(slip.meant))
            .then(|| Self::Name(slip.meant.to_owned(), slip.applicability()))
    }
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

impl<'a> Checker<'a> {
    fn new(context: &'a Context<'_>, document: &'a Document, yaml: &'a Yaml) -> Self {
        let all: Vec<Job<'a>> = if document.kind == Kind::Action {
            let runs = yaml.root().and_then(|root| yaml.get(root, "runs"));
            runs.into_iter().map(|runs| Job::new(yaml, "", runs, None)).collect()
        } else {
            let entries = jobs_of(yaml).map_or(&[][..], |(_, jobs)| jobs);
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
        let name = read.segments[segment].span;
        let mut fault = fault;
        if matches!(fault.remedy, Some(Remedy::Name(..))) && self.is_documented(&read.segments[segment].name)
        {
            // The name is right, and what it names is misspelt.
            fault.remedy = None;
        }
        if let Some(&index) = self.known.get(&key) {
            let known = &mut self.faults[index];
            known.spans.push(span);
            known.names.push(name);
            // What mends it in one place has to mend it in all.
            let is_same = match (&known.remedy, &fault.remedy) {
                (Some(Remedy::Name(a, _)), Some(Remedy::Name(b, _))) => a == b,
                (Some(Remedy::Need(..)), Some(Remedy::Need(..))) => true,
                _ => false,
            };
            if !is_same {
                known.remedy = None;
            }
        } else {
            self.known.insert(key, self.faults.len());
            self.faults.push(Fault { spans: vec![span], names: vec![name], ..fault });
        }
    }

    /// Whether a name is one that the documents give.
    fn is_documented(&self, name: &str) -> bool {
        let contract = &self.contract.workflow;
        let image = &contract.image;
        let variables = image.references.iter().flat_map(|reference| &reference.variables);
        let exports = image.exports.iter().map(|export| &export.variable);
        variables
            .map(|variable| &variable.name)
            .chain(exports)
            .chain(contract.inputs.iter().flat_map(|input| &input.names))
            .chain(contract.environment.iter().flat_map(|variable| &variable.names))
            .chain(&contract.jobs.pipeline)
            .chain([&contract.preflight.decision, &contract.matrix_id.variable])
            .any(|known| known == name)
    }

    fn report(self, sink: &mut Sink<'_>) {
        for fault in self.faults {
            let Some((&first, others)) = fault.spans.split_first() else { continue };
            let finding = sink.report(self.document, first, fault.message, fault.label);
            let fix = fault.remedy.and_then(|remedy| match remedy {
                Remedy::Name(meant, applicability) => {
                    let fix = ProposedFix::new(applicability, format!("write `{meant}`"));
                    let rename = |fix: ProposedFix, &name: &Span| fix.replace(self.document, name, &*meant);
                    Some(fault.names.iter().fold(fix, rename))
                }
                Remedy::Need(job, other) => {
                    let entry = self.jobs[job].entry?;
                    let order: Vec<&str> = self.jobs.iter().map(|job| job.name).collect();
                    let fix =
                        ProposedFix::safe(format!("add `{other}` to `needs:` of `{}`", self.jobs[job].name));
                    wait_for(fix, self.document, self.yaml, entry, &[&other], &order)
                }
            });
            finding.why(fault.why).help(fault.help).fix(fix);
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
            names: Vec::new(),
            remedy: None,
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
