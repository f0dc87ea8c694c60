//! VL650: see `rules/workflow/deviating-notification.md`.

use vastlint_model::Document;
use vastlint_syntax::yaml::{Entry, Yaml};
use vastlint_text::Span;

use crate::build_workflow::paths_in;
use crate::contract::{Notification, NotificationInput};
use crate::names::listed;
use crate::workflows::needs;
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, yaml: &Yaml, sink: &mut Sink<'_>) {
    let Some(build) = context.build(document) else { return };
    let contract = &context.contract.references.notification;
    let job = build.jobs.iter().find(|entry| yaml.text(entry.key) == Some(contract.job.as_str()));
    let Some(&job) = job.filter(|job| yaml.is_mapping(job.value)) else { return };
    let checker = Checker { document, yaml, contract, job };
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
}

impl Checker<'_> {
    fn check_needs(&self, sink: &mut Sink<'_>) {
        let (yaml, contract) = (self.yaml, self.contract);
        let all = needs(yaml, self.job);
        let missing: Vec<&str> = contract
            .needs
            .iter()
            .map(String::as_str)
            .filter(|name| all.iter().all(|need| need.name != *name))
            .collect();
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
            .help(format!("write `if: {}`", contract.condition));
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
            .help(format!("write `{}: ${{{{ {start}<version> }}}}`", contract.version_input));
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
            .help(format!("write below `secrets:` the line `{name}: {documented}`"));
        }
    }
}

/// A text without what has no meaning in it: white space, and the braces around a whole condition.
fn plain(text: &str) -> String {
    let text = text.trim();
    let inner = text.strip_prefix("${{").and_then(|rest| rest.strip_suffix("}}"));
    let text = inner.filter(|inner| !inner.contains("${{")).unwrap_or(text);
    text.split_whitespace().collect()
}
