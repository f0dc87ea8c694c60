//! VL649: see `rules/workflow/deviating-collect-tags.md`.

use std::collections::{BTreeMap, HashMap};

use vastlint_diagnostic::Applicability;
use vastlint_model::{Document, Tree};
use vastlint_syntax::yaml::{Entry, Kind as NodeKind, NodeId, Yaml, scalar_text};
use vastlint_text::{MappedText, Span};

use crate::build_workflow::{Build, paths_in_condition};
use crate::contract::{CollectTags, Fact};
use crate::names::listed;
use crate::workflows::{JOB_KEYS, missing_needs, steps, wait_for};
use crate::yaml_edits::Editor;
use crate::{Check, Context, Place, ProposedFix, Sink};

mod copy;

/// The check.
pub const CHECK: Check = Check::Project(check);

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let contract = &context.contract.references.collect_tags;
    let mut all = Vec::new();
    for workflow in &context.project.workflows {
        let document = context.project.document(workflow.document);
        let Tree::Yaml(yaml) = &document.tree else { continue };
        let Some(build) = context.build(document) else { continue };
        let job = build.jobs.iter().find(|entry| yaml.text(entry.key) == Some(contract.job.as_str()));
        if let Some(&job) = job.filter(|job| yaml.is_mapping(job.value)) {
            all.push(Collector { build, document, yaml, job, said: said(document, yaml, job.value) });
        }
    }
    let pattern = majority(&all, contract.majority_of);
    for collector in &all {
        collector.check_needs(contract, sink);
        match pattern {
            Some((pattern, count)) => collector.compare(pattern, count, contract, sink),
            None => contract.facts.iter().for_each(|fact| collector.check_fact(fact, contract, sink)),
        }
    }
}

/// The job of one workflow.
struct Collector<'a> {
    build: &'a Build<'a>,
    document: &'a Document,
    yaml: &'a Yaml,
    job: Entry,
    said: BTreeMap<String, Said>,
}

/// What stands at one path below the job, form left aside.
struct Said {
    lines: Vec<(String, Span)>,
    span: Span,
    node: NodeId,
}

impl Said {
    fn is_like(&self, other: &Self) -> bool {
        self.lines.iter().map(|(line, _)| line).eq(other.lines.iter().map(|(line, _)| line))
    }
}

/// What the job says by the paths of its values. What it waits for is left out: that differs with the other jobs.
fn said(document: &Document, yaml: &Yaml, job: NodeId) -> BTreeMap<String, Said> {
    let mut said = BTreeMap::new();
    for entry in yaml.entries(job).iter().filter(|entry| yaml.text(entry.key) != Some("needs")) {
        collect(document, yaml, entry.value, yaml.text(entry.key).unwrap_or_default().to_owned(), &mut said);
    }
    said
}

fn collect(document: &Document, yaml: &Yaml, node: NodeId, path: String, said: &mut BTreeMap<String, Said>) {
    // An alias is not followed: there is none in any real workflow, and a hostile file must stay small.
    match &yaml.node(node).kind {
        NodeKind::Mapping { entries } => {
            for entry in entries {
                let key = yaml.text(entry.key).unwrap_or_default();
                collect(document, yaml, entry.value, format!("{path}.{key}"), said);
            }
        }
        NodeKind::Sequence { items } => {
            for (index, &item) in items.iter().enumerate() {
                collect(document, yaml, item, format!("{path}.{}", index + 1), said);
            }
        }
        NodeKind::Scalar { .. } => {
            let (text, map) = MappedText::into_parts(scalar_text(&document.text, yaml, node));
            let mut lines = Vec::new();
            let mut start = 0;
            for line in text.split_inclusive('\n') {
                let content = line.trim();
                if !content.is_empty() && !content.starts_with('#') {
                    let at = start + line.len() - line.trim_start().len();
                    lines.push((plain(content), map.to_host(Span::from_range(at..at + content.len()))));
                }
                start += line.len();
            }
            said.insert(path, Said { lines, span: yaml.span(node), node });
        }
        NodeKind::Alias { .. } => {}
    }
}

/// A line without what does not change its meaning: white space, quotes, the braces around a condition, one bracket or
/// two.
fn plain(line: &str) -> String {
    let inner = line.strip_prefix("${{").and_then(|rest| rest.strip_suffix("}}"));
    let line = inner.filter(|inner| !inner.contains("${{")).unwrap_or(line);
    let mut text = String::with_capacity(line.len());
    for word in line.split_whitespace() {
        let word = match word {
            "[" => "[[",
            "]" => "]]",
            "];" => "]];",
            word => word,
        };
        if !text.is_empty() {
            text.push(' ');
        }
        text.extend(word.chars().filter(|character| !matches!(character, '"' | '\'')));
    }
    text
}

/// The first job of the form that more than half of the workflows have, and how many have it. `None` where there are
/// few workflows, or no such form.
fn majority<'c, 'a>(all: &'c [Collector<'a>], at_least: usize) -> Option<(&'c Collector<'a>, usize)> {
    if all.len() < at_least {
        return None;
    }
    let mut forms: HashMap<String, (usize, usize)> = HashMap::new();
    for (index, collector) in all.iter().enumerate() {
        let mut form = String::new();
        for (path, said) in &collector.said {
            form.push_str(path);
            for (line, _) in &said.lines {
                form.push('\n');
                form.push_str(line);
            }
            form.push('\0');
        }
        forms.entry(form).or_insert((index, 0)).1 += 1;
    }
    let (first, count) = forms.into_values().max_by_key(|&(first, count)| (count, usize::MAX - first))?;
    (2 * count > all.len()).then(|| (&all[first], count))
}

impl Collector<'_> {
    fn check_needs(&self, contract: &CollectTags, sink: &mut Sink<'_>) {
        let yaml = self.yaml;
        let missing = missing_needs(yaml, self.job, &contract.needs);
        if missing.is_empty() {
            return;
        }
        let span = yaml.value_span(self.job.value, "needs").unwrap_or(yaml.span(self.job.key));
        let names = listed(missing.iter().copied());
        sink.report(
            self.document,
            span,
            format!("`{}` does not wait for {names}", contract.job),
            format!("without {names}"),
        )
        .variant("needs")
        .why("it gathers before everything is built, or its condition reads a job that it does not know")
        .help(format!("write `needs: [{}]`", contract.needs.join(", ")))
        .fix(
            self.build
                .has_jobs(&missing)
                .then(|| {
                    let order: Vec<&str> =
                        self.build.jobs.iter().filter_map(|job| yaml.text(job.key)).collect();
                    let fix = ProposedFix::safe(format!("add {names} to `needs:`"));
                    wait_for(fix, self.document, yaml, self.job, &missing, &order)
                })
                .flatten(),
        );
    }

    fn compare(&self, pattern: &Self, count: usize, contract: &CollectTags, sink: &mut Sink<'_>) {
        let differs = |path: &&String| match (self.said.get(*path), pattern.said.get(*path)) {
            (Some(own), Some(other)) => !own.is_like(other),
            _ => true,
        };
        let mut paths: Vec<&String> = self.said.keys().chain(pattern.said.keys()).filter(differs).collect();
        paths.sort_unstable();
        paths.dedup();
        // What stands first in the file is what is read first.
        let place = |path: &String| self.said.get(path).map_or(u32::MAX, |said| said.span.start);
        let Some(&path) = paths.iter().min_by_key(|path| place(path)) else { return };
        let (own, other) = (self.said.get(path), pattern.said.get(path));
        let (span, other_span) = differing(own, other);
        let key = shown(path);
        let file = pattern.document.file_name();
        let (message, label) = match (own, other) {
            (Some(_), None) => {
                (format!("`{}` has a `{key}` that no other workflow has", contract.job), "only here")
            }
            (None, _) => {
                (format!("`{}` lacks the `{key}` of the other workflows", contract.job), "not in this job")
            }
            _ => (format!("`{key}` of `{}` differs from the other workflows", contract.job), "differs"),
        };
        let more = match paths.len() - 1 {
            0 => String::new(),
            1 => "; one value more differs".to_owned(),
            rest => format!("; {rest} values more differ"),
        };
        let span = span.unwrap_or(self.yaml.span(self.job.key));
        let finding = sink.report(self.document, span, message, label);
        finding
            .why(format!(
                "the job is the same in all workflows, so that a mended fault is mended everywhere by copying; {count} of them agree{more}"
            ))
            .help(format!("copy the job `{}` from `{file}`, and keep its `needs:`", contract.job));
        finding.fix(copy::copied(self, pattern, &paths, &contract.job));
        let other_span = other_span.unwrap_or(pattern.yaml.span(pattern.job.key));
        finding.related(Place::new(pattern.document, other_span), "as most workflows have it");
    }

    /// The documented value, where the rest of the workflow has what it reads.
    fn fact_fix(&self, fact: &Fact, parent: Option<NodeId>) -> Option<ProposedFix> {
        let (key, parent) = (fact.path.last()?, parent?);
        let reads = paths_in_condition(&fact.value);
        let resolves = reads.iter().all(|path| match path.split('.').collect::<Vec<_>>()[..] {
            ["needs", job, "outputs", output] => self.build.hands_on(job, output),
            // The steps of the job are its own affair.
            ["steps", ..] => false,
            _ => true,
        });
        let fix = ProposedFix::new(Applicability::Unsafe, format!("write `{key}: {}`", fact.value));
        let editor = Editor::new(self.document, self.yaml);
        match self.yaml.entry(parent, key).filter(|_| resolves) {
            Some(entry) => editor.set_written(fix, entry, &fact.value),
            None if resolves => {
                let line = format!("{key}: {}", fact.value);
                let order = if parent == self.job.value { &JOB_KEYS[..] } else { &[] };
                editor.insert(fix, parent, &line, order)
            }
            None => None,
        }
    }

    fn check_fact(&self, fact: &Fact, contract: &CollectTags, sink: &mut Sink<'_>) {
        let yaml = self.yaml;
        let mut node = Some(self.job.value);
        let mut parent = None;
        let mut key_span = yaml.span(self.job.key);
        for key in &fact.path {
            parent = node;
            let Some(at) = node else { break };
            node = if key.contains('/') {
                let step = steps(yaml, at).into_iter().find(|step| {
                    step.uses.is_some_and(|uses| uses.name.split('@').next() == Some(key.as_str()))
                });
                if let Some(uses) = step.and_then(|step| step.uses) {
                    key_span = uses.span;
                }
                step.map(|step| step.node)
            } else {
                let entry = yaml.entry(at, key);
                if let Some(entry) = entry {
                    key_span = yaml.span(entry.key);
                }
                entry.map(|entry| entry.value)
            };
        }
        let text = node.and_then(|node| yaml.text(node));
        if text.is_some_and(|text| plain(text.trim()) == plain(&fact.value)) {
            return;
        }
        let span = node.filter(|_| text.is_some()).map_or(key_span, |node| yaml.span(node));
        let key = fact.path.last().map_or("", String::as_str);
        let message = match text {
            Some(_) => format!("`{key}` of `{}` is not the documented one", contract.job),
            None => format!("`{}` has no `{key}`", contract.job),
        };
        sink.report(self.document, span, message, format!("should be `{}`", fact.value))
            .why("the job is the same in all workflows; with other values it finds no tags, or hands on none")
            .help(format!("write `{key}: {}`", fact.value))
            .fix(self.fact_fix(fact, parent));
    }
}

/// The first line that differs, on both sides; the whole value where one side has none.
fn differing(own: Option<&Said>, other: Option<&Said>) -> (Option<Span>, Option<Span>) {
    let (Some(own), Some(other)) = (own, other) else {
        return (own.map(|own| own.span), other.map(|other| other.span));
    };
    let at = own.lines.iter().zip(&other.lines).take_while(|((a, _), (b, _))| a == b).count();
    let line = |said: &Said| {
        let last = said.lines.len().saturating_sub(1);
        said.lines.get(at.min(last)).map_or(said.span, |(_, span)| *span)
    };
    (Some(line(own)), Some(line(other)))
}

/// A path as people write it: `steps.2.run` is the `run` of step 2.
fn shown(path: &str) -> String {
    match path.strip_prefix("steps.").and_then(|rest| rest.split_once('.')) {
        Some((number, key)) => format!("{key} (step {number})"),
        None => path.to_owned(),
    }
}
