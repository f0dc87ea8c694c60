//! VL648: see `rules/workflow/unrecorded-tag.md`.

use vastlint_model::Document;
use vastlint_syntax::shell::{
    Command, Context as Surroundings, Redirection, RedirectionOperator, RedirectionTarget, Visitor,
};
use vastlint_syntax::yaml::{Entry, NodeId, Yaml};
use vastlint_text::Span;

use crate::build_workflow::Build;
use crate::contract::BuiltTags;
use crate::names::listed;
use crate::workflows::{Step, steps};
use crate::yaml_edits::Editor;
use crate::{Check, Context, Place, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, yaml: &Yaml, sink: &mut Sink<'_>) {
    let Some(build) = context.build(document) else { return };
    let contract = &context.contract.references.built_tags;
    let id = &context.contract.workflow.matrix_id.variable;
    let named =
        |entry: &&Entry| yaml.text(entry.key).is_some_and(|name| contract.jobs.iter().any(|job| job == name));
    let jobs: Vec<Entry> = build.jobs.iter().filter(named).copied().collect();
    // A job that calls another workflow records there, out of sight; a half-written one is the parser's business.
    if jobs.is_empty() || jobs.iter().any(|job| yaml.get(job.value, "steps").is_none()) {
        return;
    }
    let checker = Checker { build, contract, id };
    let mut records = Vec::new();
    let mut uploads = Vec::new();
    for job in &jobs {
        for (index, step) in steps(yaml, job.value).into_iter().enumerate() {
            let at = Where { job: *job, index };
            records.extend(checker.record(&step).map(|record| (at, record)));
            if checker.is_upload(&step) {
                uploads.push((at, step));
            }
        }
    }
    let last = jobs[jobs.len() - 1];
    let place = yaml.span(last.key);
    let name = yaml.text(last.key).unwrap_or_default();
    if records.is_empty() {
        let file = checker.example_file();
        sink.report(document, place, format!("`{name}` does not record what it has built"), format!("nothing is written to `{}/`", contract.folder))
            .why("`collect-tags` finds nothing, and the notification of a build that went well shows no image")
            .help(format!(
                "write behind the build\n- name: Record built tag\n  run: |\n    mkdir -p {}\n    echo \"${{{{ env.{} }}}}\" > {file}",
                contract.folder, contract.variables[0]
            ));
    }
    for (_, record) in &records {
        checker.check_record(record, sink);
    }
    match &uploads[..] {
        [] => {
            sink.report(document, place, format!("`{name}` does not upload the record of what it has built"), format!("no `{}` of `{}/`", contract.upload, contract.folder))
                .why("`collect-tags` runs on another machine and finds nothing; the notification shows no image")
                .help(format!(
                    "write as the last step\n- name: Upload built tag\n  uses: {}@v{}\n  with:\n    name: {}\n    path: {}/\n    retention-days: {}",
                    contract.upload, contract.upload_version, checker.example_artifact(), contract.folder, contract.retention_days
                ));
        }
        uploads => {
            for (at, step) in uploads {
                checker.check_upload(step, sink);
                let earlier =
                    records.iter().any(|(record, _)| record.job == at.job && record.index < at.index);
                let later =
                    records.iter().find(|(record, _)| record.job == at.job && record.index > at.index);
                if let (false, Some((_, record)), Some(uses)) = (earlier, later, step.uses) {
                    sink.report(
                        document,
                        uses.span,
                        "the record is uploaded before it is written",
                        "nothing is there yet",
                    )
                    .related(Place::new(record.document, record.target), "written here")
                    .why("the upload finds no file, and the tag is lost")
                    .help("move the upload below the step that writes the record");
                }
            }
        }
    }
}

/// A step of a job.
#[derive(Clone, Copy)]
struct Where {
    job: Entry,
    index: usize,
}

/// A line that writes to the record.
struct Record<'a> {
    document: &'a Document,
    /// Where it writes to.
    target: Span,
    /// The command that writes.
    command: Span,
}

struct Checker<'c, 'a> {
    build: &'c Build<'a>,
    contract: &'c BuiltTags,
    /// The variable that tells the variants apart.
    id: &'c str,
}

impl<'a> Checker<'_, 'a> {
    fn example_file(&self) -> String {
        let Self { contract, id, .. } = self;
        format!("{}/{}${{{{ env.{id} }}}}{}", contract.folder, contract.file_prefix, contract.file_suffix)
    }

    fn example_artifact(&self) -> String {
        format!("{}${{{{ env.{} }}}}", self.contract.artifact_prefix, self.id)
    }

    /// Whether a text differs from one entry of the matrix to the next.
    fn tells_apart(&self, text: &str) -> bool {
        text.contains(self.id) || text.contains("matrix.") || text.contains("strategy.job-index")
    }

    /// The first line of a step that writes to a file of the record's folder.
    fn record(&self, step: &Step<'_>) -> Option<Record<'a>> {
        struct Collector<'c> {
            source: &'c str,
            folder: &'c str,
            found: Option<(Span, Span)>,
            open: Vec<Span>,
        }
        impl<'t> Visitor<'t> for Collector<'_> {
            fn enter_command(&mut self, command: &'t Command, _: Surroundings) {
                self.open.push(command.span());
            }
            fn leave_command(&mut self, _: &'t Command, _: Surroundings) {
                self.open.pop();
            }
            fn enter_redirection(&mut self, redirection: &'t Redirection, _: Surroundings) {
                let writes = matches!(
                    redirection.operator,
                    RedirectionOperator::Output | RedirectionOperator::Append | RedirectionOperator::Clobber
                );
                let RedirectionTarget::Word(word) = &redirection.target else { return };
                let path = word.text(self.source).trim_start_matches(['"', '\'']);
                let path = path.strip_prefix("./").unwrap_or(path);
                let is_inside = path.strip_prefix(self.folder).is_some_and(|rest| rest.starts_with('/'));
                if writes && is_inside && self.found.is_none() {
                    self.found = Some((word.span, self.open.last().copied().unwrap_or(word.span)));
                }
            }
        }
        let (document, script) = self.build.script(step)?;
        let mut collector = Collector {
            source: &document.text,
            folder: &self.contract.folder,
            found: None,
            open: Vec::new(),
        };
        script.walk(&mut collector);
        collector.found.map(|(target, command)| Record { document, target, command })
    }

    fn check_record(&self, record: &Record<'_>, sink: &mut Sink<'_>) {
        let contract = self.contract;
        let written = record.document.slice(record.target);
        let path = written.trim_matches(['"', '\'']);
        let file = path.rsplit('/').next().unwrap_or(path);
        let file_matches = file.ends_with(&contract.file_suffix);
        if !self.tells_apart(path) {
            sink.report(
                record.document,
                record.target,
                format!("every variant records its tag in `{file}`"),
                "the same for every entry of the matrix",
            )
            .why("`collect-tags` lays all records into one folder: the last one stays, and the other tags are lost")
            .help(format!("write `{}`", self.example_file()))
            .fix(self.file_fix(record));
        } else if !file_matches || !file.starts_with(&contract.file_prefix) {
            let finding = sink.report(
                record.document,
                record.target,
                format!("the record `{file}` has another name than everywhere else"),
                format!("is not `{}…{}`", contract.file_prefix, contract.file_suffix),
            );
            finding.help(format!("write `{}`", self.example_file())).fix(self.file_fix(record));
            if file_matches {
                finding.variant("name").why("who looks for the records of all workflows misses this one");
            } else {
                finding.why(format!(
                    "`collect-tags` reads the files that end in `{}` alone, and the tag is lost",
                    contract.file_suffix
                ));
            }
        }
        let command = record.document.slice(record.command);
        let knows_image = contract.variables.iter().any(|variable| command.contains(variable.as_str()));
        if !knows_image {
            let names = listed(contract.variables.iter().map(String::as_str));
            sink.report(
                record.document,
                record.document.first_line(record.command),
                "the record holds something else than the image that was pushed",
                format!("none of {names}"),
            )
            .variant("value")
            .why("the notification shows a reference that nobody can pull")
            .help(format!(
                "write `echo \"${{{{ env.{} }}}}\" > {}`",
                contract.variables[0],
                self.example_file()
            ));
        }
    }

    /// The record's documented path, in the quotes of the old one; only where the job sets what it is made of.
    fn file_fix(&self, record: &Record<'_>) -> Option<ProposedFix> {
        let written = record.document.slice(record.target);
        let quote = written.chars().next().filter(|first| matches!(first, '"')).map_or("", |_| "\"");
        if !self.sets_id() || written.starts_with('\'') {
            return None;
        }
        let path = self.example_file();
        let fix = ProposedFix::safe(format!("write `{path}`"));
        Some(fix.replace(record.document, record.target, format!("{quote}{path}{quote}")))
    }

    /// The artifact's documented name, with what told the variants apart before.
    fn name_fix(&self, with: NodeId, text: &str) -> Option<ProposedFix> {
        let editor = Editor::new(self.build.document, self.build.yaml);
        let name = match text.find("${{") {
            Some(at) if self.tells_apart(text) => format!("{}{}", self.contract.artifact_prefix, &text[at..]),
            _ if self.sets_id() => self.example_artifact(),
            _ => return None,
        };
        let fix = ProposedFix::safe(format!("write `name: {name}`"));
        if let Some(entry) = self.build.yaml.entry(with, "name") {
            return editor.set(fix, entry, &name);
        }
        editor.insert(fix, with, &format!("name: {name}"), &["name", "path", "retention-days"])
    }

    /// Whether some step hands on the variable that tells the variants apart.
    fn sets_id(&self) -> bool {
        let hands_on = format!("{}=", self.id);
        self.contract.jobs.iter().filter_map(|name| self.build.job(name)).any(|job| {
            self.build.steps(job).iter().any(|step| {
                let script = self.build.script(step);
                script.is_some_and(|(document, _)| {
                    document.text.contains(&hands_on) && document.text.contains("GITHUB_ENV")
                })
            })
        })
    }

    /// Whether a step uploads the record: by its folder or by its name.
    fn is_upload(&self, step: &Step<'_>) -> bool {
        let yaml = self.build.yaml;
        let Some(uses) = step.uses else { return false };
        let stem = self.contract.artifact_prefix.trim_end_matches('-');
        let input = |name: &str| {
            let with = yaml.get(step.node, "with")?;
            yaml.text(yaml.get(with, name)?)
        };
        uses.name.split('@').next() == Some(self.contract.upload.as_str())
            && (input("name").is_some_and(|name| name.starts_with(stem))
                || input("path").is_some_and(|path| folder_of(path) == self.contract.folder))
    }

    fn check_upload(&self, step: &Step<'_>, sink: &mut Sink<'_>) {
        let (contract, yaml, document) = (self.contract, self.build.yaml, self.build.document);
        let (Some(uses), Some(with)) = (step.uses, yaml.get(step.node, "with")) else { return };
        let editor = Editor::new(document, yaml);
        if let Some(version) = major_version(uses.name).filter(|version| *version < contract.upload_version) {
            sink.report(
                document,
                uses.span,
                format!("`{}` is too old: version {version}", contract.upload),
                format!("needs v{}", contract.upload_version),
            )
            .why("GitHub has switched its artifacts off: the step fails, and newer downloads do not see them")
            .help(format!("write `{}@v{}`", contract.upload, contract.upload_version))
            .fix(yaml.entry(step.node, "uses").and_then(|entry| {
                let wanted = format!("{}@v{}", contract.upload, contract.upload_version);
                editor.set(ProposedFix::safe(format!("write `{wanted}`")), entry, &wanted)
            }));
        }
        let name = yaml.get(with, "name");
        let text = name.and_then(|name| yaml.text(name)).unwrap_or_default();
        let span = name.map_or(uses.span, |name| yaml.span(name));
        if !text.starts_with(&contract.artifact_prefix) {
            sink.report(
                document,
                span,
                format!("the artifact `{text}` is none of those that `collect-tags` downloads"),
                format!("does not start with `{}`", contract.artifact_prefix),
            )
            .why(format!(
                "it downloads `{}*`: the record is never seen, and the notification shows no image",
                contract.artifact_prefix
            ))
            .help(format!("write `name: {}`", self.example_artifact()))
            .fix(self.name_fix(with, text));
        } else if !self.tells_apart(text) {
            sink.report(
                document,
                span,
                format!("every variant uploads its record as `{text}`"),
                "the same for every entry of the matrix",
            )
            .why("an artifact of a name can be uploaded once in a run: the second variant fails at its last step")
            .help(format!("write `name: {}`", self.example_artifact()))
            .fix(self.name_fix(with, text));
        }
        if let Some(path) = yaml.get(with, "path")
            && let Some(text) = yaml.text(path)
            && folder_of(text) != contract.folder
            && !text.contains("${{")
        {
            sink.report(
                document,
                yaml.span(path),
                format!("`{text}` is uploaded, and the record stands in `{}/`", contract.folder),
                "not the folder of the record",
            )
            .why("the record never reaches `collect-tags`, and the notification shows no image")
            .help(format!("write `path: {}/`", contract.folder))
            .fix(yaml.entry(with, "path").and_then(|entry| {
                let wanted = format!("{}/", contract.folder);
                editor.set(ProposedFix::safe(format!("write `path: {wanted}`")), entry, &wanted)
            }));
        }
        let days = yaml.get(with, "retention-days");
        let is_short = days
            .and_then(|days| yaml.text(days))
            .is_some_and(|days| days == contract.retention_days.to_string());
        if !is_short {
            let span = days.map_or(span, |days| yaml.span(days));
            sink.report(
                document,
                span,
                format!("the record is not kept for {} day", contract.retention_days),
                if days.is_some() { "another time" } else { "no `retention-days`" },
            )
            .variant("retention")
            .why("it is read minutes later in the same run; GitHub keeps it for 90 days and counts its storage")
            .help(format!("write `retention-days: {}`", contract.retention_days))
            .fix({
                let line = format!("retention-days: {}", contract.retention_days);
                let fix = ProposedFix::safe(format!("write `{line}`"));
                match yaml.entry(with, "retention-days") {
                    Some(entry) => editor.set_written(fix, entry, &contract.retention_days.to_string()),
                    None => editor.insert(fix, with, &line, &["name", "path", "retention-days"]),
                }
            });
        }
    }
}

/// The folder of an uploaded path: `built-tags` of `./built-tags/` and of `built-tags/*.txt`.
fn folder_of(path: &str) -> &str {
    let path = path.trim();
    let path = path.strip_prefix("./").unwrap_or(path);
    path.split('/').next().unwrap_or(path)
}

/// The major version that `uses:` names; `None` for a branch or a commit.
fn major_version(uses: &str) -> Option<u32> {
    let (_, version) = uses.split_once('@')?;
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}
