//! Every script of a repository with the variables that it has from outside: of the image, of the stage and the
//! instruction, of the workflow's step, of the script that it stands in.

use std::collections::{HashMap, HashSet};

use vastlint_model::{Document, DocumentId, ImageClass, Kind, Origin, Project, ShellRole, Tree};
use vastlint_syntax::dockerfile::{Dockerfile, ImageReference, InstructionKind};
use vastlint_syntax::shell::Script;
use vastlint_syntax::yaml::{NodeId, Yaml};
use vastlint_text::{FileId, Span};

use crate::contract::{Shell, ShellVariables};
use crate::glob::lists;
use crate::strict_mode::Options;
use crate::variables::{Gap, Variables, is_name, variables_of};
use crate::workflows::{jobs, steps};

/// A script with what it lacks.
#[derive(Debug)]
pub(crate) struct Subject<'s> {
    pub(crate) document: &'s Document,
    /// What the script asks for, gives no value to, and does not have from outside.
    pub(crate) gaps: Vec<Gap<'s>>,
    /// Whether all that the script has from outside is known. Otherwise whoever starts it may hand in more.
    pub(crate) is_known: bool,
}

impl Subject<'_> {
    /// Whether nobody else can have given a variable its value. Names in capitals may be handed in by whoever starts the
    /// script, where that is not known.
    pub(crate) fn lacks(&self, gap: &Gap<'_>) -> bool {
        !gap.from_environment && (self.is_known || gap.name.bytes().any(|byte| byte.is_ascii_lowercase()))
    }
}

/// What the images and the boot scripts of a repository give to scripts.
#[derive(Debug)]
pub(crate) struct Given<'p> {
    /// For each image, the variables that it and its parents set.
    images: Vec<HashSet<&'p str>>,
    /// What boot scripts export.
    boot: HashSet<&'p str>,
}

impl<'p> Given<'p> {
    /// None where the repository is none of templates: there nobody knows what a script is started with.
    pub(crate) fn of(project: &'p Project) -> Option<Self> {
        let is_known = is_template_repository(project);
        is_known.then(|| Self { images: image_variables(project), boot: boot_exports(project) })
    }

    /// The scripts in a file that ask for what nothing gives them.
    pub(crate) fn subjects(
        &self,
        project: &'p Project,
        contract: &'p Shell,
        file: &'p Document,
    ) -> Vec<Subject<'p>> {
        let mut walk = Walk { project, contract, images: &self.images, boot: &self.boot, found: Vec::new() };
        walk.file(file);
        walk.found
    }
}

/// Whether the repository builds template images, or provisions them.
pub(crate) fn is_template_repository(project: &Project) -> bool {
    !project.provisioning.is_empty() || project.images.iter().any(|image| image.class != ImageClass::Other)
}

/// Whether a script belongs to a template: by its role, or because the repository is one of templates. What goes wrong
/// in other repositories is not this linter's business.
pub(crate) fn is_for_template(project: &Project, document: &Document) -> bool {
    let elsewhere = [ShellRole::Other, ShellRole::Run, ShellRole::Step, ShellRole::ContainerCommand];
    document.shell_role().is_some_and(|role| !elsewhere.contains(&role)) || is_template_repository(project)
}

/// Whether a script runs in an image that starts from somebody else's, with variables that no file here tells.
pub(crate) fn is_on_upstream_image(project: &Project, document: &Document) -> bool {
    project.image_around(&document.path).is_some_and(|image| image.class == ImageClass::External)
}

/// What a script has from outside.
#[derive(Clone, Copy)]
struct Outside<'e> {
    has: &'e dyn Fn(&str) -> bool,
    is_known: bool,
    /// Expansions of the script around, which the script in it does not see: places in the file.
    expanded: &'e HashSet<(FileId, u32)>,
    nounset: bool,
}

struct Walk<'w, 'l> {
    project: &'w Project,
    contract: &'w Shell,
    /// For each image, the variables that it and its parents set.
    images: &'l [HashSet<&'w str>],
    /// What boot scripts export.
    boot: &'l HashSet<&'w str>,
    found: Vec<Subject<'w>>,
}

impl<'w> Walk<'w, '_> {
    fn file(&mut self, document: &'w Document) {
        let nothing = HashSet::new();
        match &document.tree {
            Tree::Shell(script) => {
                let image = self.image_of(document);
                let names: &ShellVariables = &self.contract.variables;
                let set = image.map(|image| &self.images[image]);
                let boot = self.boot;
                let sourced = is_sourced(document, script);
                let has = |name: &str| {
                    sourced
                        || lists(&names.instance, name)
                        || set.is_some_and(|set| set.contains(name))
                        || boot.contains(name)
                };
                let is_provisioning = matches!(
                    document.shell_role(),
                    Some(ShellRole::ProvisioningScript | ShellRole::ImageProvisioningScript)
                );
                let is_known = is_provisioning && !is_on_upstream_image(self.project, document);
                let outside = Outside { has: &has, is_known, expanded: &nothing, nounset: false };
                self.script(document, outside);
            }
            Tree::Dockerfile(tree) => self.dockerfile(document, tree),
            Tree::Yaml(yaml) if matches!(document.kind, Kind::Workflow | Kind::Action) => {
                self.workflow(document, yaml);
            }
            _ => {
                let outside =
                    Outside { has: &|_| false, is_known: false, expanded: &nothing, nounset: false };
                for inner in self.project.embedded(document.id) {
                    self.script(inner, outside);
                }
            }
        }
    }

    fn image_of(&self, document: &Document) -> Option<usize> {
        let image = self.project.image_around(&document.path)?;
        self.project.images.binary_search_by_key(&image.document, |image| image.document).ok()
    }

    /// A script and the scripts in it.
    fn script(&mut self, document: &'w Document, outside: Outside<'_>) {
        let project = self.project;
        let Tree::Shell(script) = &document.tree else {
            for inner in project.embedded(document.id) {
                self.script(inner, outside);
            }
            return;
        };
        let mut options = Options::default();
        if outside.nounset {
            options.apply(["-u"]);
        }
        let is_run = document.shell_role() == Some(ShellRole::Run);
        let mut variables = variables_of(script, &document.text, options, self.contract, is_run);
        let bash = &self.contract.variables.bash;
        let gaps: Vec<Gap<'w>> = std::mem::take(&mut variables.gaps)
            .into_iter()
            .filter(|gap| !(outside.has)(gap.name) && !lists(bash, gap.name))
            .filter(|gap| {
                let start = document.map.to_host(gap.span).start;
                !outside.expanded.contains(&(document.file, start))
            })
            .collect();
        let gaps = without_program_heredocs(project, document, gaps);
        if !gaps.is_empty() {
            self.found.push(Subject { document, gaps, is_known: outside.is_known });
        }
        if project.embedded(document.id).next().is_some() {
            self.inner_scripts(document, script, &variables, outside);
        }
    }

    fn inner_scripts(
        &mut self,
        document: &'w Document,
        script: &Script,
        variables: &Variables<'_>,
        outside: Outside<'_>,
    ) {
        let expanded: HashSet<(FileId, u32)> = expansions(script)
            .into_iter()
            .map(|span| (document.file, document.map.to_host(span).start))
            .chain(outside.expanded.iter().copied())
            .collect();
        let has = |name: &str| {
            variables.is_open
                || variables.reads_environment
                || variables.given.contains(name)
                || (outside.has)(name)
        };
        for inner in self.project.embedded(document.id) {
            // What is only written here is started by somebody else.
            let is_known = outside.is_known && inner.kind == document.kind && inner.instance_path.is_none();
            self.script(inner, Outside { has: &has, is_known, expanded: &expanded, nounset: false });
        }
    }

    fn dockerfile(&mut self, document: &'w Document, tree: &'w Dockerfile) {
        let source = &document.text;
        let nothing = HashSet::new();
        let image = self.project.image_of(document.id);
        let index = self.image_of(document);
        let set = index.map(|image| &self.images[image]);
        let global = global_arguments(tree, source);
        let names: &ShellVariables = &self.contract.variables;
        let mut scopes = tree.scopes(source);
        let mut shell_nounset = false;
        let mut seen = 0;
        for inner in self.project.embedded(document.id) {
            let Origin::Embedded { place, .. } = inner.origin else { continue };
            let at = tree.instructions.partition_point(|instruction| instruction.span.end < place.end);
            for instruction in tree.instructions.get(seen..at).unwrap_or_default() {
                match &instruction.kind {
                    InstructionKind::From { .. } => shell_nounset = false,
                    InstructionKind::Shell(words) => {
                        let mut options = Options::default();
                        let words = words.iter().map(|word| word.value(source));
                        options.apply(words.skip(1).take_while(|word| *word != "-c"));
                        shell_nounset = options.has_nounset();
                    }
                    _ => {}
                }
            }
            seen = seen.max(at);
            let base = tree.stage_of(at).and_then(|stage| image?.bases.get(stage.index)?.as_deref());
            let on_vast = base.is_some_and(is_vast);
            let scope = scopes.at(at);
            let has = |name: &str| {
                scope.declares(name)
                    || lists(&names.build, name)
                    || global.contains(name)
                    || (on_vast
                        && (lists(&names.instance, name) || set.is_some_and(|set| set.contains(name))))
            };
            // What the published image of that tag sets, no file of the repository tells for sure.
            let nounset = shell_nounset && inner.shell_role() == Some(ShellRole::Run);
            self.script(inner, Outside { has: &has, is_known: false, expanded: &nothing, nounset });
        }
    }

    fn workflow(&mut self, document: &'w Document, yaml: &'w Yaml) {
        let steps = step_variables(self.project, self.contract, document, yaml);
        let nothing = HashSet::new();
        let names: &ShellVariables = &self.contract.variables;
        for inner in self.project.embedded(document.id) {
            let Origin::Embedded { place, .. } = inner.origin else { continue };
            let Some(step) = steps.get(&place.start) else { continue };
            let has = |name: &str| lists(&names.workflow, name) || step.names.contains(name);
            self.script(
                inner,
                Outside { has: &has, is_known: step.is_known, expanded: &nothing, nounset: false },
            );
        }
    }
}

/// What stands in a supervisor script that is written without quotes around its heredoc is expanded too early: that is
/// another rule's business, and the program's variables are none of the script's.
fn without_program_heredocs<'s>(project: &Project, document: &Document, gaps: Vec<Gap<'s>>) -> Vec<Gap<'s>> {
    let places: Vec<Span> = project
        .embedded(document.id)
        .filter(|inner| inner.shell_role() == Some(ShellRole::SupervisorScript))
        .map(|inner| inner.map.to_host(Span::new(0, inner.text.len() as u32)))
        .collect();
    if places.is_empty() {
        return gaps;
    }
    let is_inside = |gap: &Gap<'_>| {
        let place = document.map.to_host(gap.span);
        let behind = places.partition_point(|written| written.start <= place.start);
        behind.checked_sub(1).is_some_and(|before| places[before].contains_span(place))
    };
    gaps.into_iter().filter(|gap| !is_inside(gap)).collect()
}

/// Whether a script runs in the shell of another one, with all the variables that it has.
fn is_sourced(document: &Document, script: &Script) -> bool {
    match document.shell_role() {
        Some(ShellRole::Utility | ShellRole::BootScript | ShellRole::FirstBootScript) => true,
        Some(ShellRole::Other | ShellRole::InstanceTest) => script.shebang.is_none(),
        _ => false,
    }
}

/// The places of all expansions of variables.
fn expansions(script: &Script) -> Vec<Span> {
    struct Collector(Vec<Span>);
    impl<'t> vastlint_syntax::shell::Visitor<'t> for Collector {
        fn enter_parameter(
            &mut self,
            _: &'t vastlint_syntax::shell::Parameter,
            span: Span,
            _: vastlint_syntax::shell::Context,
        ) {
            self.0.push(span);
        }
    }
    let mut collector = Collector(Vec::new());
    script.walk(&mut collector);
    collector.0
}

fn is_vast(base: &str) -> bool {
    ImageReference::parse(base).normalized_name().starts_with("docker.io/vastai/")
}

/// The arguments before the first `FROM`. That a stage has to declare them again is another rule's business.
fn global_arguments<'t>(tree: &'t Dockerfile, source: &'t str) -> HashSet<&'t str> {
    let before = tree.stages.first().map_or(tree.instructions.len(), |stage| stage.from);
    let pairs = tree.instructions[..before].iter().filter_map(|instruction| match &instruction.kind {
        InstructionKind::Arg(pairs) => Some(pairs),
        _ => None,
    });
    pairs.flatten().map(|pair| pair.key.literal(source)).collect()
}

/// For each image, the variables that its Dockerfile and those of its parents set.
fn image_variables(project: &Project) -> Vec<HashSet<&str>> {
    let own = |document: DocumentId| -> HashSet<&str> {
        let document = project.document(document);
        let Tree::Dockerfile(tree) = &document.tree else { return HashSet::new() };
        let pairs = tree.instructions.iter().filter_map(|instruction| match &instruction.kind {
            InstructionKind::Env(pairs) => Some(pairs),
            _ => None,
        });
        pairs.flatten().map(|pair| pair.key.literal(&document.text)).collect()
    };
    let all: Vec<HashSet<&str>> = project.images.iter().map(|image| own(image.document)).collect();
    let chain = |start: usize| {
        let mut names = all[start].clone();
        let mut at = project.images[start].parent;
        // Images that are built on each other in a circle do not exist for long.
        for _ in 0..8 {
            let Some(parent) = at else { break };
            names.extend(&all[parent]);
            at = project.images[parent].parent;
        }
        names
    };
    (0..all.len()).map(chain).collect()
}

/// What the boot scripts export to everything behind them.
fn boot_exports(project: &Project) -> HashSet<&str> {
    let mut names = HashSet::new();
    for document in &project.documents {
        let (Tree::Shell(script), Some(ShellRole::BootScript | ShellRole::FirstBootScript)) =
            (&document.tree, document.shell_role())
        else {
            continue;
        };
        let source = &document.text;
        for command in script.simple_commands() {
            if command.name(source).as_deref() == Some("export") {
                names.extend(command.declarations.iter().map(|assignment| assignment.name.text(source)));
                names.extend(command.arguments().iter().map(|word| word.text(source)));
            }
        }
    }
    names
}

/// What a step of a workflow has from outside.
struct StepVariables<'y> {
    names: HashSet<&'y str>,
    is_known: bool,
}

/// The variables of each step by the place of its script.
fn step_variables<'y>(
    project: &'y Project,
    contract: &Shell,
    workflow: &'y Document,
    yaml: &'y Yaml,
) -> HashMap<u32, StepVariables<'y>> {
    let mut found = HashMap::new();
    let root = yaml.root();
    let of = |node: Option<NodeId>| -> Vec<&'y str> {
        let entries = node.and_then(|node| yaml.get(node, "env")).map(|env| yaml.entries(env));
        entries.unwrap_or_default().iter().filter_map(|entry| yaml.text(entry.key)).collect()
    };
    let mut shared: Vec<&str> = of(root);
    shared.extend(handed_on(project, workflow));
    let jobs = jobs(yaml).into_iter().flat_map(|(_, jobs)| jobs).map(|job| (job.value, true));
    // Whoever uses an action has variables of his own.
    let action = root.and_then(|root| yaml.get(root, "runs")).map(|runs| (runs, false));
    for (owner, is_job) in jobs.chain(action) {
        let of_job = of(Some(owner));
        let mut is_known = is_job && yaml.get(owner, "container").is_none();
        for step in steps(yaml, owner) {
            if let Some(action) = step.uses {
                let name = action.name.split('@').next().unwrap_or_default();
                is_known &= contract.quiet_actions.iter().any(|quiet| quiet == name);
            }
            let Some(run) = step.run.and_then(|run| yaml.resolve(run)) else { continue };
            let mut names: HashSet<&str> = of(Some(step.node)).into_iter().collect();
            names.extend(shared.iter().chain(&of_job));
            found.insert(yaml.span(run).start, StepVariables { names, is_known });
        }
    }
    found
}

/// What steps may hand on in the file that `GITHUB_ENV` names: every word before a `=` in scripts that mention it.
fn handed_on<'p>(project: &'p Project, workflow: &Document) -> Vec<&'p str> {
    let scripts = project.embedded(workflow.id).filter(|script| script.text.contains("GITHUB_ENV"));
    scripts
        .flat_map(|script| script.text.split('=').map(last_word))
        .chain(scripts_heredoc_names(project, workflow))
        .filter(|word| is_name(word))
        .collect()
}

fn last_word(text: &str) -> &str {
    let start = text
        .bytes()
        .rposition(|byte| !byte.is_ascii_alphanumeric() && byte != b'_')
        .map_or(0, |before| before + 1);
    &text[start..]
}

/// `NAME<<END` in what a step writes for the steps behind it.
fn scripts_heredoc_names<'p>(project: &'p Project, workflow: &Document) -> Vec<&'p str> {
    let scripts = project.embedded(workflow.id).filter(|script| script.text.contains("GITHUB_ENV"));
    scripts.flat_map(|script| script.text.split("<<").map(last_word)).collect()
}
