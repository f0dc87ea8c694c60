use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Instant;

use rayon::prelude::*;
use vastlint_diagnostic::{Diagnostic, Label, Severity};
use vastlint_model::{Document, Kind, Project, ProjectFile, Tree};
use vastlint_rules::{
    Check, Context, Edition, Facts, Finding, ProposedFix, Rule, Sink, catalogue, evident_edition, find,
};
use vastlint_text::{FileId, Span};

use crate::baseline::{Baseline, BaselineChoice, split};
use crate::config::{CONFIG_FILE, Config, ConfigChoice, Store};
use crate::fix::translate::translate;
use crate::input::{Input, InputContent};
use crate::suppress::suppress;
use crate::timings::{RuleClocks, Stopwatch};
use crate::touched::Snapshot;
use crate::{BaselineUse, Error, Report, Repository, SourceFile, Summary, Suppressed, Touched};

/// What to check, and how.
#[derive(Debug, Default, Clone)]
pub struct Options {
    /// Files and directories to report on; empty: the current directory. The whole repository around them is read.
    pub paths: Vec<PathBuf>,
    /// A file whose content came in by standard input: it replaces the file on disk and is the only one reported on.
    pub stdin: Option<StdinFile>,
    /// The configuration: `vastlint.toml` at the root, and what wins over it.
    pub config: ConfigChoice,
    /// The edition; overrides the configuration.
    pub edition: Option<Edition>,
    /// The least severity that fails the run; overrides the configuration.
    pub fail_severity: Option<Severity>,
    /// Report only these rules; empty: all.
    pub select: Vec<String>,
    /// Do not report these rules.
    pub ignore: Vec<String>,
    /// The findings that are known already.
    pub baseline: BaselineChoice,
    /// Report only on what git calls touched.
    pub touched: Touched,
    /// Measure where the time goes: [`Report::timings`].
    pub timings: bool,
}

/// A file given by standard input.
#[derive(Debug, Clone)]
pub struct StdinFile {
    /// Where it belongs.
    pub path: PathBuf,
    /// Its content.
    pub content: Vec<u8>,
}

/// How far a run is; shared with the thread that shows it.
#[derive(Debug, Default)]
pub struct Progress {
    /// Files found so far.
    pub found: AtomicUsize,
    /// Files read and parsed so far.
    pub parsed: AtomicUsize,
}

/// Which rules report.
#[derive(Debug, Default, Clone)]
pub struct Selector {
    select: Vec<&'static Rule>,
    ignore: Vec<&'static Rule>,
}

impl Selector {
    /// Resolves rule names and codes.
    ///
    /// # Errors
    /// If a rule does not exist.
    pub fn new(select: &[String], ignore: &[String]) -> Result<Self, Error> {
        let resolve =
            |names: &[String]| names.iter().map(|name| resolve_rule(name)).collect::<Result<_, Error>>();
        Ok(Self { select: resolve(select)?, ignore: resolve(ignore)? })
    }

    /// Only these rules; none: all.
    pub(crate) fn of(rules: &[&'static Rule]) -> Self {
        Self { select: rules.to_vec(), ignore: Vec::new() }
    }

    /// Whether no rule is left out.
    pub(crate) fn is_everything(&self) -> bool {
        self.select.is_empty() && self.ignore.is_empty()
    }

    pub(crate) fn reports(&self, rule: &Rule) -> bool {
        let names = |rules: &[&Rule]| rules.iter().any(|named| named.id == rule.id);
        (self.select.is_empty() || names(&self.select)) && !names(&self.ignore)
    }
}

fn resolve_rule(name: &str) -> Result<&'static Rule, Error> {
    find(name).ok_or_else(|| Error::UnknownRule { name: name.to_owned(), nearest: nearest_rule(name) })
}

/// The rule whose name is nearest to a mistyped one, if any is near.
pub(crate) fn nearest_rule(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    catalogue()
        .iter()
        .flat_map(|rule| [rule.id.name, rule.id.code])
        .map(|known| (strsim::jaro_winkler(&known.to_ascii_lowercase(), &name), known))
        .filter(|(similarity, _)| *similarity > 0.8)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, known)| known)
}

/// Checks the repository around the given paths.
///
/// # Errors
/// If a path cannot be looked at, a rule does not exist, or the configuration has a fault. Files that cannot be read
/// are findings, not errors.
pub fn check(options: &Options, progress: &Progress) -> Result<Report, Error> {
    let start = Instant::now();
    let mut stopwatch = Stopwatch::start(options.timings);
    let repository = Repository::read(options, progress)?;
    stopwatch.stage("read and parse");
    let mut report = repository.analyse_timed(stopwatch);
    report.summary.elapsed = start.elapsed();
    Ok(report)
}

/// What has to be known before files are read.
pub(crate) struct Prepared {
    pub(crate) root: PathBuf,
    pub(crate) scope: Vec<String>,
    pub(crate) config: Config,
    pub(crate) snapshot: Snapshot,
}

/// Finds the repository and its configuration.
pub(crate) fn prepare(options: &Options) -> Result<Prepared, Error> {
    let (root, scope) = scope(options)?;
    let snapshot = options.touched.snapshot(&root)?;
    let config = Config::load(&options.config, &root, store(&root, &snapshot))?;
    Ok(Prepared { root, scope, config, snapshot })
}

/// Where vastlint's own files are read from: a run on what is staged asks the index for them, too.
pub(crate) fn store<'a>(root: &'a Path, snapshot: &'a Snapshot) -> Store<'a> {
    match snapshot {
        Snapshot::Staged(staged) => Store::Index(root, staged),
        Snapshot::Disk(_) | Snapshot::Tracked(_) => Store::Disk(root),
    }
}

/// Analyses files that are at hand, as if they were a whole repository: what the tests of the rule pages use. Its
/// configuration is `configuration`, the text of a `vastlint.toml`.
///
/// # Errors
/// If the configuration has a fault.
pub fn analyse_inputs(inputs: Vec<Input>, edition: Edition, configuration: &str) -> Result<Report, Error> {
    Ok(Repository::of_inputs(inputs, edition, configuration)?.analyse())
}

/// The repository root, and what to report on: paths relative to it, `/`-separated; empty: everything.
pub(crate) fn scope(options: &Options) -> Result<(PathBuf, Vec<String>), Error> {
    let stdin_path = options.stdin.as_ref().map(|stdin| stdin.path.clone());
    let mut paths: Vec<PathBuf> = stdin_path.map_or_else(|| options.paths.clone(), |path| vec![path]);
    if paths.is_empty() {
        paths.push(PathBuf::from("."));
    }
    let mut absolute = Vec::with_capacity(paths.len());
    for path in &paths {
        let place = if options.stdin.is_some() { absolute_without_file(path) } else { path.canonicalize() };
        absolute.push(place.map_err(|source| Error::Path { path: path.clone(), source })?);
    }
    let root = root_of(&absolute[0], options.stdin.is_some());
    let mut scope = Vec::new();
    for (path, given) in absolute.iter().zip(&paths) {
        let relative = path
            .strip_prefix(&root)
            .map_err(|_| Error::Outside { path: given.clone(), root: root.clone() })?;
        let parts: Vec<_> = relative.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        scope.push(parts.join("/"));
    }
    // The root itself means everything.
    if scope.iter().any(String::is_empty) {
        scope.clear();
    }
    Ok((root, scope))
}

/// The absolute form of a path whose file, and whose folders, need not exist yet.
fn absolute_without_file(path: &Path) -> std::io::Result<PathBuf> {
    let absolute = std::path::absolute(path)?;
    let mut folder = absolute.as_path();
    while let Some(parent) = folder.parent() {
        folder = parent;
        if let Ok(real) = folder.canonicalize() {
            let rest = absolute.strip_prefix(folder).unwrap_or(&absolute);
            let clean = rest.components().filter(|part| matches!(part, Component::Normal(_)));
            return Ok(clean.fold(real, |real, part| real.join(part)));
        }
    }
    Ok(absolute)
}

/// The nearest folder at or above `path` that has a configuration or a `.git`; else the path itself, or its folder.
fn root_of(path: &Path, is_file: bool) -> PathBuf {
    let folder = if is_file || path.is_file() { path.parent().unwrap_or(path) } else { path };
    folder
        .ancestors()
        .find(|ancestor| ancestor.join(CONFIG_FILE).is_file() || ancestor.join(".git").exists())
        .unwrap_or(folder)
        .to_owned()
}

/// What of the findings is reported.
#[derive(Debug, Default, Clone)]
pub(crate) struct View {
    pub(crate) selector: Selector,
    /// Paths as [`scope`] returns them.
    pub(crate) scope: Vec<String>,
    /// The files to report on, if git told.
    pub(crate) touched: Option<HashSet<String>>,
    pub(crate) baseline: Option<Baseline>,
    pub(crate) is_stdin: bool,
}

impl View {
    /// Why the report is of a part of what the rules find, if it is.
    fn partial(&self) -> Option<&'static str> {
        let some_rules = (!self.selector.is_everything()).then_some("only some rules are looked at");
        self.partial_files().or(some_rules)
    }

    /// Why the report is of a part of the files, if it is.
    pub(crate) fn partial_files(&self) -> Option<&'static str> {
        if self.is_stdin {
            Some("only standard input is looked at")
        } else if !self.scope.is_empty() {
            Some("only some paths are looked at")
        } else if self.touched.is_some() {
            Some("only what was touched is looked at")
        } else {
            None
        }
    }

    pub(crate) fn reports_on(&self, path: &str) -> bool {
        (self.scope.is_empty() || in_scope(path, &self.scope))
            && self.touched.as_ref().is_none_or(|touched| touched.contains(path))
    }
}

/// Holds a repository against the rules. `inputs` are sorted by path.
pub(crate) fn analyse(
    root: PathBuf,
    inputs: &[Input],
    edition: Option<Edition>,
    config: &Config,
    view: &View,
    mut stopwatch: Stopwatch,
) -> Report {
    let chosen = edition.or(config.edition());
    let edition = chosen.unwrap_or_default();
    let mut understood = Understood::of(inputs);
    if chosen.is_none() {
        let evident = evident_edition(&understood.project);
        understood.summary.evident_edition = evident.filter(|other| *other != edition);
    }
    stopwatch.stage("understand the repository");
    let active = active_rules(edition, config, &view.selector);
    let clocks = stopwatch.rules(&active);
    let contract = config.contract(edition);
    // Of one file that an editor waits for, little has to be known about the others.
    let only = view.scope.first().filter(|_| view.is_stdin);
    let project = &understood.project;
    let facts = match only {
        Some(path) => Facts::focused(project, contract, path),
        None => Facts::of(project, contract),
    };
    stopwatch.stage("facts");
    let context = Context { project, facts: &facts, contract };
    let findings = match only {
        Some(path) => run_rules_on(path, &context, &active, &clocks),
        None => run_rules(&context, &active, &clocks),
    };
    stopwatch.stage("rules");
    understood.findings.extend(findings);
    let mut report = conclude(root, understood, edition, config, view);
    stopwatch.stage("grade and sort");
    report.timings = stopwatch.finish(&active, &clocks);
    report
}

/// The files of a repository as they belong together, before any rule looks at them.
pub(crate) struct Understood {
    pub(crate) files: Vec<SourceFile>,
    pub(crate) project: Project,
    /// Files that could not be read; what the rules find comes to it.
    pub(crate) findings: Vec<Finding>,
    pub(crate) summary: Summary,
}

impl Understood {
    /// `inputs` are sorted by path.
    pub(crate) fn of(inputs: &[Input]) -> Self {
        let mut summary = Summary::default();
        let mut files = Vec::with_capacity(inputs.len());
        let mut project_files = Vec::with_capacity(inputs.len());
        let mut documents: Vec<Document> = Vec::new();
        let mut findings = Vec::new();
        for input in inputs {
            let file = FileId(files.len() as u32);
            let mut file_text = String::new().into();
            match &input.content {
                InputContent::Listed => {}
                InputContent::Parsed { text, documents: parsed } => {
                    summary.files += 1;
                    summary.bytes += text.len() as u64;
                    summary.embedded_documents += parsed.len() - 1;
                    let first = documents.len() as u32;
                    documents.extend(parsed.iter().map(|document| document.clone().rebased(file, first)));
                    file_text = Arc::clone(text);
                }
                InputContent::Unreadable(reason) => findings.extend(unreadable(file, &input.path, reason)),
            }
            project_files.push(ProjectFile { path: Arc::clone(&input.path), executable: input.executable });
            files.push(SourceFile::new(input.path.to_string(), file_text));
        }
        let project = Project::build(project_files, documents);
        summary.images = project.images.len();
        Self { files, project, findings, summary }
    }
}

/// What is left of findings, and what is not.
pub(crate) struct Settled {
    pub(crate) diagnostics: Vec<Diagnostic>,
    baselined: Vec<Diagnostic>,
    baseline: Option<BaselineUse>,
    suppressed: Vec<Suppressed>,
    outside: usize,
}

/// Grades findings, takes out what is suppressed or known, and sorts the rest. `partial_files` says why the findings are
/// of a part of the files, if they are: then no suppression is called unused, and no entry of the baseline stale.
pub(crate) fn settle(
    findings: Vec<Finding>,
    (files, project): (&[SourceFile], &Project),
    (edition, config, view): (Edition, &Config, &View),
    partial_files: Option<&'static str>,
) -> Settled {
    let levels = Levels { edition, config, selector: &view.selector, project, files };
    let mut diagnostics: Vec<Diagnostic> = levels.grade_all(findings);
    diagnostics.sort_by(Diagnostic::report_order);
    diagnostics.dedup();
    let partial = partial_files.or_else(|| view.partial());
    // What is not asked about may be silent for that reason: only a run over all files tells what is of no use.
    let judges = |rule: &Rule, path: &str| levels.judges(rule, path);
    let outcome = suppress(files, project, diagnostics, partial_files.is_none().then_some(&judges));
    let (mut diagnostics, mut suppressed) = (outcome.left, outcome.suppressed);
    diagnostics.extend(levels.grade_all(outcome.findings));
    diagnostics.sort_by(Diagnostic::report_order);
    let (mut baselined, baseline) = match view.baseline.clone() {
        Some(baseline) => {
            let (known, used) = split(baseline, files, edition, &mut diagnostics, partial);
            (known, Some(used))
        }
        None => (Vec::new(), None),
    };
    let found = diagnostics.len();
    let asked = |one: &Diagnostic| view.reports_on(&files[one.primary.file.index()].path);
    diagnostics.retain(asked);
    baselined.retain(asked);
    suppressed.retain(|suppressed| asked(&suppressed.diagnostic));
    let outside = found - diagnostics.len();
    Settled { diagnostics, baselined, baseline, suppressed, outside }
}

/// The report of everything that was found.
pub(crate) fn conclude(
    root: PathBuf,
    understood: Understood,
    edition: Edition,
    config: &Config,
    view: &View,
) -> Report {
    let Understood { files, project, findings, mut summary } = understood;
    let settled = settle(findings, (&files, &project), (edition, config, view), view.partial_files());
    summary.outside = settled.outside;
    summary.suppressed = settled.suppressed.len();
    let Settled { diagnostics, baselined, baseline, suppressed, .. } = settled;
    let fail_severity = config.fail_severity();
    Report {
        root,
        edition,
        fail_severity,
        files,
        project,
        diagnostics,
        baselined,
        baseline,
        suppressed,
        summary,
        timings: None,
    }
}

pub(crate) fn in_scope(path: &str, scope: &[String]) -> bool {
    scope.iter().any(|asked| {
        path.strip_prefix(asked.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// Settles how grave a finding is.
struct Levels<'a> {
    edition: Edition,
    config: &'a Config,
    selector: &'a Selector,
    project: &'a Project,
    files: &'a [SourceFile],
}

impl Levels<'_> {
    fn grade_all(&self, findings: Vec<Finding>) -> Vec<Diagnostic> {
        let graded = findings.into_iter().filter_map(|finding| self.grade(finding));
        let (mut diagnostics, proposals): (Vec<Diagnostic>, Vec<Option<ProposedFix>>) = graded.unzip();
        for (diagnostic, fix) in diagnostics.iter_mut().zip(translate(proposals, self.project, self.files)) {
            diagnostic.fix = fix;
        }
        diagnostics
    }

    /// The finding as it is reported, and its fix as its rule proposes it.
    fn grade(&self, finding: Finding) -> Option<(Diagnostic, Option<ProposedFix>)> {
        if !self.selector.reports(finding.rule) {
            return None;
        }
        let path = &self.files[finding.primary.file.index()].path;
        let configured = self.config.level(finding.rule, finding.variant, path);
        let level = configured.unwrap_or_else(|| finding.rule.variant_level(finding.variant, self.edition));
        let diagnostic = Diagnostic {
            rule: finding.rule.id,
            severity: level.severity()?,
            message: finding.message,
            why: finding.why,
            help: finding.help,
            primary: finding.primary,
            related: finding.related,
            fix: None,
        };
        Some((diagnostic, finding.fix))
    }
}

impl Levels<'_> {
    /// Whether what a rule finds in a file would be reported, so that finding nothing means something.
    fn judges(&self, rule: &Rule, path: &str) -> bool {
        self.selector.reports(rule) && self.config.is_on(rule, self.edition, path)
    }
}

/// The rules that may report something in this run.
pub(crate) fn active_rules(edition: Edition, config: &Config, selector: &Selector) -> Vec<&'static Rule> {
    catalogue()
        .iter()
        .filter(|rule| selector.reports(rule) && (rule.is_on_somewhere(edition) || config.may_enable(rule)))
        .collect()
}

fn run_rules(context: &Context<'_>, active: &[&'static Rule], clocks: &RuleClocks) -> Vec<Finding> {
    let join = |mut all: Vec<Finding>, mut some: Vec<Finding>| {
        all.append(&mut some);
        all
    };
    let on_project = active.par_iter().enumerate().fold(Vec::new, |mut findings, (index, rule)| {
        if let Check::Project(check) = rule.check {
            clocks.time(index, || check(context, &mut Sink::new(rule, &mut findings)));
        }
        findings
    });
    let on_documents = context.project.documents.par_iter().fold(Vec::new, |mut findings, document| {
        syntax_errors(document, &mut findings);
        for (index, rule) in active.iter().enumerate() {
            clocks.time(index, || run_on_document(rule, context, document, &mut findings));
        }
        findings
    });
    on_project.chain(on_documents).reduce(Vec::new, join)
}

/// What rules about single documents find in one file, and rules about the whole repository anywhere. On one thread: facts
/// are found as they are asked for.
fn run_rules_on(
    path: &str,
    context: &Context<'_>,
    active: &[&'static Rule],
    clocks: &RuleClocks,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let documents: Vec<&Document> =
        context.project.documents.iter().filter(|document| *document.path == *path).collect();
    for document in &documents {
        syntax_errors(document, &mut findings);
    }
    for (index, rule) in active.iter().enumerate() {
        clocks.time(index, || {
            if let Check::Project(check) = rule.check {
                check(context, &mut Sink::new(rule, &mut findings));
            }
            for document in &documents {
                run_on_document(rule, context, document, &mut findings);
            }
        });
    }
    findings
}

pub(crate) fn run_on_document(
    rule: &'static Rule,
    context: &Context<'_>,
    document: &Document,
    findings: &mut Vec<Finding>,
) {
    let mut sink = Sink::new(rule, findings);
    match (&rule.check, &document.tree) {
        (Check::Document(check), _) => check(context, document, &mut sink),
        (Check::Dockerfile(check), Tree::Dockerfile(tree)) => check(context, document, tree, &mut sink),
        (Check::Shell(check), Tree::Shell(tree)) => check(context, document, tree, &mut sink),
        (Check::Supervisor(check), Tree::Supervisor(tree)) => check(context, document, tree, &mut sink),
        (Check::Workflow(check), Tree::Yaml(tree)) if document.kind == Kind::Workflow => {
            check(context, document, tree, &mut sink);
        }
        (Check::LaunchTemplate(check), Tree::Yaml(tree)) if document.kind == Kind::LaunchTemplate => {
            check(context, document, tree, &mut sink);
        }
        _ => {}
    }
}

/// The engine's own rules have no check of their own; the test of the catalogue makes sure that they exist.
fn own_rule(name: &str) -> Option<&'static Rule> {
    find(name)
}

pub(crate) fn syntax_errors(document: &Document, findings: &mut Vec<Finding>) {
    // What is appended to a conf may belong to the section above it.
    let is_appended = document.fragment && document.kind == Kind::SupervisorConf;
    if document.tree.errors().is_empty() || is_appended {
        return;
    }
    let Some(rule) = own_rule("syntax-error") else { return };
    let mut sink = Sink::new(rule, findings);
    for error in document.tree.errors() {
        sink.report(document, error.span, format!("syntax error: {}", error.message), "here")
            .why("whoever reads this file stops here or reads something else than was meant")
            .help("mend the syntax; the rest of the file was checked as well as it could be read");
    }
}

fn unreadable(file: FileId, path: &str, reason: &str) -> Option<Finding> {
    Some(Finding {
        rule: own_rule("unreadable-file")?,
        variant: None,
        message: format!("`{path}` was not checked: {reason}"),
        why: "what it breaks will be found on a rented machine instead".to_owned(),
        help: "make it a readable UTF-8 text, or name it in `.vastlintignore`".to_owned(),
        primary: Label { file, span: Span::empty(0), message: String::new() },
        related: Vec::new(),
        fix: None,
    })
}
