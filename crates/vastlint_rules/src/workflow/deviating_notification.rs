//! VL650: see `rules/workflow/deviating-notification.md`.

use vastlint_diagnostic::Applicability;
use vastlint_model::Document;
use vastlint_syntax::yaml::{Entry, Yaml};
use vastlint_text::Span;

use crate::build_workflow::{Build, matches, paths_in};
use crate::callees::{Callee, called_workflow};
use crate::contract::{Notification, NotificationInput, Preflight};
use crate::names::listed;
use crate::workflows::{JOB_KEYS, missing_needs, needs, wait_for};
use crate::yaml_edits::Editor;
use crate::{Check, Context, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, yaml: &Yaml, sink: &mut Sink<'_>) {
    let Some(build) = context.build(document) else { return };
    let contract = &context.contract.references.notification;
    let job = build.jobs.iter().find(|entry| yaml.text(entry.key) == Some(contract.job.as_str()));
    let Some(&job) = job.filter(|job| yaml.is_mapping(job.value)) else { return };
    let preflight = &context.contract.workflow.preflight;
    let checker = Checker { document, yaml, contract, job, build, preflight };
    checker.check_needs(sink);
    checker.check_condition(sink);
    if checker.check_uses(sink) {
        checker.check_inputs(sink);
        checker.check_secrets(sink);
    }
}

struct Checker<'a> {
    document: &'a Document,
    yaml: &'a Yaml,
    contract: &'a Notification,
    job: Entry,
    build: &'a Build<'a>,
    preflight: &'a Preflight,
}

impl Checker<'_> {
    fn check_needs(&self, sink: &mut Sink<'_>) {
        let (yaml, contract) = (self.yaml, self.contract);
        let missing = missing_needs(yaml, self.job, &contract.needs);
        if missing.is_empty() {
            return;
        }
        let span = yaml.value_span(self.job.value, "needs").unwrap_or(yaml.span(self.job.key));
        let names = listed(missing.iter().copied());
        let is_grave = missing.contains(&contract.needs_always.as_str());
        let finding = sink.report(
            self.document,
            span,
            format!("`{}` does not wait for {names}", contract.job),
            format!("without {names}"),
        );
        finding.help(format!("write `needs: [{}]`", contract.needs.join(", ")));
        if self.build.has_jobs(&missing) {
            let order: Vec<&str> = self.build.jobs.iter().filter_map(|job| yaml.text(job.key)).collect();
            let fix = ProposedFix::safe(format!("add {names} to `needs:`"));
            finding.fix(wait_for(fix, self.document, yaml, self.job, &missing, &order));
        }
        if is_grave {
            finding.why("it runs beside the jobs that it tells about, and its inputs from them are empty: no tags, no result");
        } else {
            finding.variant("other-needs").why(
                "what it reads of a job that it does not wait for is empty, and the message says nothing of it",
            );
        }
    }

    fn check_condition(&self, sink: &mut Sink<'_>) {
        let (yaml, contract) = (self.yaml, self.contract);
        let condition = yaml.get(self.job.value, "if");
        let text = condition.and_then(|condition| yaml.text(condition)).unwrap_or_default();
        if plain(text) == plain(&contract.condition) {
            return;
        }
        let span = condition.map_or(yaml.span(self.job.key), |condition| yaml.span(condition));
        let why = if text.contains("always()") {
            "runs that built nothing are announced, or runs that did are not"
        } else {
            "without `always()` the job is left out as soon as one that it waits for fails, and that is when somebody should be told"
        };
        let message = if condition.is_some() {
            format!("`{}` has another condition than everywhere else", contract.job)
        } else {
            format!("`{}` has no condition", contract.job)
        };
        sink.report(self.document, span, message, "not the documented condition")
            .variant("condition")
            .why(why)
            .help(format!("write `if: {}`", contract.condition))
            .fix(self.condition_fix(text));
    }

    /// Whether the job calls the notification; anything else is told.
    fn check_uses(&self, sink: &mut Sink<'_>) -> bool {
        let (yaml, contract) = (self.yaml, self.contract);
        let uses = yaml.get(self.job.value, "uses");
        if uses.and_then(|uses| yaml.text(uses)) == Some(contract.uses.as_str()) {
            return true;
        }
        let span = uses.map_or(yaml.span(self.job.key), |uses| yaml.span(uses));
        sink.report(
            self.document,
            span,
            format!("`{}` does not call the notification of the repository", contract.job),
            format!("not `{}`", contract.uses),
        )
        .why("its message looks and fails in a way of its own, and a change of the channel misses it")
        .help(format!("write `uses: {}`", contract.uses));
        false
    }

    fn check_inputs(&self, sink: &mut Sink<'_>) {
        let (yaml, contract) = (self.yaml, self.contract);
        let with = yaml.entry(self.job.value, "with");
        for input in &contract.inputs {
            let entry = with.and_then(|with| yaml.entry(with.value, &input.name));
            // What is not handed over at all is told with the declaration of the input.
            if let Some(entry) = entry {
                self.check_input(input, entry, sink);
            }
        }
        let version = with.and_then(|with| yaml.entry(with.value, &contract.version_input));
        let Some(entry) = version else { return };
        let text = yaml.text(entry.value).unwrap_or_default();
        let start = format!("needs.{}.outputs.", contract.version_job);
        if !paths_in(text).iter().any(|path| path.starts_with(&start)) {
            sink.report(
                self.document,
                yaml.span(entry.value),
                format!("`{}` is no output of `{}`", contract.version_input, contract.version_job),
                "not what was resolved",
            )
            .variant("version")
            .why("the message names another version than the one that was built, or none")
            .help(format!("write `{}: ${{{{ {start}<version> }}}}`", contract.version_input))
            .fix(self.version_fix(entry, &start));
        }
    }

    fn check_input(&self, input: &NotificationInput, entry: Entry, sink: &mut Sink<'_>) {
        let yaml = self.yaml;
        let text = yaml.text(entry.value).unwrap_or_default();
        if input.values.iter().any(|value| plain(value) == plain(text)) {
            return;
        }
        let span: Span = yaml.span(entry.value);
        let finding = sink.report(
            self.document,
            if span.is_empty() { yaml.span(entry.key) } else { span },
            if input.is_tags {
                format!("`{}` is not what `collect-tags` has gathered", input.name)
            } else {
                format!("`{}` of the notification differs from all other workflows", input.name)
            },
            "another value",
        );
        finding.help(format!("write `{}: {}`", input.name, input.values[0]));
        finding.fix(self.input_fix(input, entry));
        if input.is_tags {
            finding.why("the message shows references that were never pushed as soon as somebody builds into another namespace, repository or tag");
        } else {
            finding
                .variant("verbatim")
                .why("the messages of all builds are read side by side; this one tells something else in the same place");
        }
    }

    fn check_secrets(&self, sink: &mut Sink<'_>) {
        let (yaml, contract) = (self.yaml, self.contract);
        let secrets = yaml.entry(self.job.value, "secrets");
        if secrets.and_then(|secrets| yaml.text(secrets.value)) == Some("inherit") {
            return;
        }
        for name in &contract.secrets {
            let value = secrets.and_then(|secrets| yaml.get(secrets.value, name));
            let documented = format!("${{{{ secrets.{name} }}}}");
            let text = value.and_then(|value| yaml.text(value)).unwrap_or_default();
            if plain(text) == plain(&documented) {
                continue;
            }
            let span = value
                .or(secrets.map(|secrets| secrets.key))
                .map_or(yaml.span(self.job.key), |node| yaml.span(node));
            sink.report(
                self.document,
                span,
                format!("the notification is not handed the secret `{name}`"),
                "another value, or none",
            )
            .variant("verbatim")
            .why("without it nothing is sent, and the job is green all the same")
            .help(format!("write below `secrets:` the line `{name}: {documented}`"))
            .fix(self.secret_fix(name, &documented));
        }
    }

    /// The documented condition. One that asks for something else may be meant so.
    fn condition_fix(&self, text: &str) -> Option<ProposedFix> {
        let condition = &self.contract.condition;
        if !self.build.decides(self.preflight) {
            return None;
        }
        let rest = plain(text).replace(&plain(condition), "");
        let known = plain(condition);
        let is_part = rest.is_empty() || known.contains(&rest) || rest == "always()";
        let applicability = if is_part { Applicability::Safe } else { Applicability::Unsafe };
        let fix = ProposedFix::new(applicability, format!("write `if: {condition}`"));
        let editor = Editor::new(self.document, self.yaml);
        match self.yaml.entry(self.job.value, "if") {
            Some(entry) => editor.set(fix, entry, condition),
            None => editor.insert(fix, self.job.value, &format!("if: {condition}"), &JOB_KEYS),
        }
    }

    /// The one output of `preflight` that says which version is built.
    fn version_fix(&self, entry: Entry, start: &str) -> Option<ProposedFix> {
        let (yaml, contract) = (self.yaml, self.contract);
        let job = self.build.job(&contract.version_job)?;
        let outputs = yaml.get(job.value, "outputs")?;
        let mut versions = yaml
            .entries(outputs)
            .iter()
            .filter_map(|entry| yaml.text(entry.key))
            .filter(|name| self.preflight.version.iter().any(|pattern| matches(pattern, name)));
        let only = versions.next().filter(|_| versions.next().is_none())?;
        let value = format!("${{{{ {start}{only} }}}}");
        let fix =
            ProposedFix::new(Applicability::Unsafe, format!("write `{}: {value}`", contract.version_input));
        self.waits_for_all(&value)
            .then(|| Editor::new(self.document, yaml).set_written(fix, entry, &value))?
    }

    fn input_fix(&self, input: &NotificationInput, entry: Entry) -> Option<ProposedFix> {
        let value = &input.values[0];
        // Of several documented values the one for this workflow is not known.
        let applicability = if input.is_tags || input.values.len() == 1 {
            Applicability::Safe
        } else {
            Applicability::Unsafe
        };
        let fix = ProposedFix::new(applicability, format!("write `{}: {value}`", input.name));
        self.waits_for_all(value)
            .then(|| Editor::new(self.document, self.yaml).set_written(fix, entry, value))?
    }

    fn secret_fix(&self, name: &str, documented: &str) -> Option<ProposedFix> {
        let (yaml, line) = (self.yaml, format!("{name}: {documented}"));
        let editor = Editor::new(self.document, yaml);
        let fix = |applicability| ProposedFix::new(applicability, format!("write `{line}` below `secrets:`"));
        // GitHub refuses a secret that the other side does not know.
        let is_known = match called_workflow(self.build.project, &self.contract.uses) {
            Callee::Local(_, called) => called
                .root()
                .is_some_and(|root| called.path(root, &["on", "workflow_call", "secrets", name]).is_some()),
            Callee::Missing | Callee::Opaque | Callee::Elsewhere => true,
        };
        if !is_known {
            return None;
        }
        let Some(secrets) = yaml.entry(self.job.value, "secrets") else {
            let lines = format!("secrets:\n  {line}");
            return editor.insert(fix(Applicability::Safe), self.job.value, &lines, &JOB_KEYS);
        };
        match yaml.entry(secrets.value, name) {
            // The other secret may be the one of this repository.
            Some(entry) => editor.set(fix(Applicability::Unsafe), entry, documented),
            None if yaml.is_mapping(secrets.value) => {
                editor.insert(fix(Applicability::Safe), secrets.value, &line, &[])
            }
            None => editor.fill(fix(Applicability::Safe), secrets, &line),
        }
    }

    /// Whether the job waits for every job that a value reads, and each hands on what is read of it.
    fn waits_for_all(&self, value: &str) -> bool {
        let needs = needs(self.yaml, self.job);
        paths_in(value).iter().all(|path| match path.split('.').collect::<Vec<_>>()[..] {
            ["needs", job, ref rest @ ..] => {
                let is_handed = match rest {
                    ["outputs", output] => self.build.hands_on(job, output),
                    _ => self.build.has_jobs(&[job]),
                };
                is_handed && needs.iter().any(|need| need.name == job)
            }
            _ => true,
        })
    }
}

/// A text without what has no meaning in it: white space, and the braces around a whole condition.
fn plain(text: &str) -> String {
    let text = text.trim();
    let inner = text.strip_prefix("${{").and_then(|rest| rest.strip_suffix("}}"));
    let text = inner.filter(|inner| !inner.contains("${{")).unwrap_or(text);
    text.split_whitespace().collect()
}
