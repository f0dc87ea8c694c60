//! The whole repository: images and their parents, programs, portal entries, workflows, provisioning templates.

mod image;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use vastlint_syntax::dockerfile::InstructionKind;
use vastlint_syntax::shell::{
    AssignmentValue, Parameter, ParameterExpansion, ParameterOperator, Script, Visitor, Word, WordPart,
    WordPartKind,
};
use vastlint_syntax::yaml::Yaml;
use vastlint_text::{Span, contains};

use crate::classify::{Kind, ShellRole};
use crate::document::{Document, DocumentId, Origin, Tree};
use crate::portal::{PortalList, portal_entries};

pub use image::{Image, ImageClass, Overlay, OverlayFile};

/// A file of the repository, whether vastlint reads it or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectFile {
    /// Relative to the repository root, `/`-separated.
    pub path: Arc<str>,
    /// Whether its owner may execute it.
    pub executable: bool,
}

/// A template repository, understood.
#[derive(Debug, Default)]
pub struct Project {
    /// Every file, sorted by path; [`vastlint_text::FileId`] counts in this list.
    pub files: Vec<ProjectFile>,
    /// Every document, files in order of path, each followed by what is embedded in it.
    pub documents: Vec<Document>,
    /// Every image, in order of their Dockerfiles.
    pub images: Vec<Image>,
    /// Every supervised program.
    pub programs: Vec<Program>,
    /// Every value of `PORTAL_CONFIG`.
    pub portals: Vec<PortalList>,
    /// Every workflow that builds an image.
    pub workflows: Vec<BuildWorkflow>,
    /// Every provisioning-only template.
    pub provisioning: Vec<ProvisioningTemplate>,
    index: Index,
}

/// What is looked up often, found once.
#[derive(Debug, Default)]
struct Index {
    /// The documents that stand directly in a document.
    embedded: HashMap<DocumentId, Vec<DocumentId>>,
    /// The documents with a path on the instance.
    on_instance: HashMap<Arc<str>, Vec<DocumentId>>,
    /// The images by their folder; the last one where several share it.
    images: HashMap<Arc<str>, usize>,
    /// The first program that starts a script.
    programs: HashMap<DocumentId, usize>,
    /// The supervisor scripts that no program starts, but another supervisor script.
    helpers: HashSet<DocumentId>,
    /// Whether any image is one of the documented classes.
    is_template_repository: bool,
}

/// A `[program:x]` and the script that it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The conf.
    pub conf: DocumentId,
    /// Which of the conf's sections.
    pub section: usize,
    /// The program's name.
    pub name: String,
    /// The absolute path of the script that it starts, if it starts one of `/opt/supervisor-scripts/`.
    pub command: Option<String>,
    /// The script with that path: of the same provisioning script or image, else of the base image.
    pub script: Option<DocumentId>,
}

/// A workflow that builds an image, and what it builds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildWorkflow {
    /// The workflow.
    pub document: DocumentId,
    /// The images whose folder it names, as indices into [`Project::images`].
    pub images: Vec<usize>,
}

/// A provisioning script with the documents that it writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvisioningTemplate {
    /// The script.
    pub document: DocumentId,
    /// The supervisor scripts that it writes.
    pub scripts: Vec<DocumentId>,
    /// The confs that it writes.
    pub confs: Vec<DocumentId>,
}

impl Project {
    /// Understands a repository. `files` are sorted by path; `documents` are in the order of their files.
    #[must_use]
    pub fn build(files: Vec<ProjectFile>, documents: Vec<Document>) -> Self {
        let mut project = Self { files, documents, ..Self::default() };
        for document in &project.documents {
            if let Origin::Embedded { host, .. } = document.origin {
                project.index.embedded.entry(host).or_default().push(document.id);
            }
            if let Some(path) = &document.instance_path {
                project.index.on_instance.entry(Arc::clone(path)).or_default().push(document.id);
            }
        }
        project.images = image::images(&project);
        let folders = project.images.iter().enumerate();
        project.index.images = folders.map(|(index, image)| (Arc::clone(&image.directory), index)).collect();
        project.index.is_template_repository =
            project.images.iter().any(|image| image.class != ImageClass::Other);
        project.programs = programs(&project);
        for (index, program) in project.programs.iter().enumerate() {
            if let Some(script) = program.script {
                project.index.programs.entry(script).or_insert(index);
            }
        }
        project.index.helpers = helpers(&project);
        project.portals = project.documents.iter().flat_map(portal_lists).collect();
        project.workflows = build_workflows(&project);
        project.provisioning = provisioning_templates(&project);
        project
    }

    /// A document.
    #[must_use]
    pub fn document(&self, id: DocumentId) -> &Document {
        &self.documents[id.index()]
    }

    /// Whether the repository builds the base image or a template: no convention holds in any other one.
    #[must_use]
    pub fn is_template_repository(&self) -> bool {
        self.index.is_template_repository
    }

    /// The document of a file that vastlint reads, by its path relative to the repository root.
    #[must_use]
    pub fn file_document(&self, path: &str) -> Option<&Document> {
        // Documents are in order of their files, a file before what is embedded in it.
        let first = self.documents.partition_point(|document| *document.path < *path);
        self.documents.get(first).filter(|document| *document.path == *path)
    }

    /// Whether the repository has a file at this path, read or not.
    #[must_use]
    pub fn has_file(&self, path: &str) -> bool {
        self.files.binary_search_by(|file| (*file.path).cmp(path)).is_ok()
    }

    /// Whether the repository has a file anywhere below this folder. The root is the empty path.
    #[must_use]
    pub fn has_folder(&self, path: &str) -> bool {
        let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
        let first = self.files.partition_point(|file| *file.path < *prefix);
        self.files.get(first).is_some_and(|file| file.path.starts_with(&prefix))
    }

    /// The documents that stand directly in a document, in source order.
    pub fn embedded(&self, host: DocumentId) -> impl Iterator<Item = &Document> {
        self.index.embedded.get(&host).into_iter().flatten().map(|&id| self.document(id))
    }

    /// The document that a place of another document makes.
    #[must_use]
    pub fn embedded_at(&self, host: DocumentId, place: Span) -> Option<&Document> {
        let start = |id: &DocumentId| match self.document(*id).origin {
            Origin::Embedded { place, .. } => place.start,
            Origin::File => 0,
        };
        // They are in source order.
        let inner = self.index.embedded.get(&host)?;
        let first = inner.partition_point(|id| start(id) < place.start);
        inner[first..]
            .iter()
            .map(|&id| self.document(id))
            .take_while(|document| start(&document.id) == place.start)
            .find(
                |document| matches!(document.origin, Origin::Embedded { place: other, .. } if other == place),
            )
    }

    /// The documents that stand in a document at any depth.
    #[must_use]
    pub fn embedded_deep(&self, host: DocumentId) -> Vec<&Document> {
        let mut found = Vec::new();
        let mut open: Vec<&Document> = self.embedded(host).collect();
        while let Some(document) = open.pop() {
            found.push(document);
            open.extend(self.embedded(document.id));
        }
        found.sort_by_key(|document| document.id);
        found
    }

    /// The documents that end up at an absolute path on an instance.
    pub fn at_instance_path(&self, path: &str) -> impl Iterator<Item = &Document> {
        self.index.on_instance.get(path).into_iter().flatten().map(|&id| self.document(id))
    }

    /// The document that is a file itself and holds this one, or is this one.
    #[must_use]
    pub fn outermost(&self, mut id: DocumentId) -> &Document {
        while let Origin::Embedded { host, .. } = self.document(id).origin {
            id = host;
        }
        self.document(id)
    }

    /// The image that a Dockerfile builds.
    #[must_use]
    pub fn image_of(&self, dockerfile: DocumentId) -> Option<&Image> {
        let index = self.images.binary_search_by_key(&dockerfile, |image| image.document).ok()?;
        Some(&self.images[index])
    }

    /// The image in whose folder a path lies: the one with the longest folder.
    #[must_use]
    pub fn image_around(&self, path: &str) -> Option<&Image> {
        let mut folder = path;
        while !folder.is_empty() {
            folder = folder.rsplit_once('/').map_or("", |(folder, _)| folder);
            if let Some(&index) = self.index.images.get(folder) {
                return Some(&self.images[index]);
            }
        }
        None
    }

    /// The program that starts a supervisor script; the first one where there are several.
    #[must_use]
    pub fn program_of(&self, script: DocumentId) -> Option<&Program> {
        self.index.programs.get(&script).map(|&index| &self.programs[index])
    }

    /// Whether a supervisor script is started by another one instead of by a program's conf.
    #[must_use]
    pub fn is_helper(&self, script: DocumentId) -> bool {
        self.index.helpers.contains(&script)
    }

    /// Whether the file is a workflow that builds an image: `build-<name>.yml`.
    #[must_use]
    pub fn is_build_workflow(&self, document: &Document) -> bool {
        self.workflows.binary_search_by_key(&document.id, |workflow| workflow.document).is_ok()
    }
}

fn programs(project: &Project) -> Vec<Program> {
    let mut programs = Vec::new();
    for document in &project.documents {
        let Tree::Supervisor(config) = &document.tree else { continue };
        for (index, section) in config.sections.iter().enumerate() {
            let Some(name) = section.program_name() else { continue };
            let command = section.key("command").and_then(|key| {
                let words = vastlint_syntax::supervisor::parse_command(&key.value).words;
                words
                    .into_iter()
                    .map(|word| word.text)
                    .find(|word| word.starts_with("/opt/supervisor-scripts/"))
            });
            let script = command.as_deref().and_then(|path| script_of(project, document, path));
            programs.push(Program {
                conf: document.id,
                section: index,
                name: name.to_owned(),
                command,
                script,
            });
        }
    }
    programs
}

/// The supervisor scripts that no conf names, but a command of another supervisor script.
fn helpers(project: &Project) -> HashSet<DocumentId> {
    let is_script = |document: &&Document| document.shell_role() == Some(ShellRole::SupervisorScript);
    let mut unclaimed: HashMap<&str, Vec<DocumentId>> = HashMap::new();
    for document in project.documents.iter().filter(is_script) {
        if let Some(path) = &document.instance_path
            && !project.index.programs.contains_key(&document.id)
        {
            unclaimed.entry(path).or_default().push(document.id);
        }
    }
    let mut helpers = HashSet::new();
    if unclaimed.is_empty() {
        return helpers;
    }
    for document in project.documents.iter().filter(is_script) {
        let Tree::Shell(script) = &document.tree else { continue };
        for word in script.simple_commands().into_iter().flat_map(|command| &command.words) {
            let called = word.literal(&document.text).and_then(|path| unclaimed.get(&*path));
            helpers.extend(called.into_iter().flatten().filter(|&&id| id != document.id));
        }
    }
    helpers
}

/// The script at `path` on an instance that has this conf.
fn script_of(project: &Project, conf: &Document, path: &str) -> Option<DocumentId> {
    let candidates: Vec<&Document> =
        project.index.on_instance.get(path)?.iter().map(|&id| project.document(id)).collect();
    if let Origin::Embedded { host, .. } = conf.origin {
        let beside = candidates
            .iter()
            .find(|script| matches!(script.origin, Origin::Embedded { host: other, .. } if other == host));
        if let Some(script) = beside {
            return Some(script.id);
        }
    }
    let overlay = conf.path.strip_suffix(conf.instance_path.as_deref()?);
    let in_overlay = |script: &&&Document| overlay.is_some() && script.path.strip_suffix(path) == overlay;
    if let Some(script) = candidates.iter().find(in_overlay) {
        return Some(script.id);
    }
    let mut image = project.image_around(&conf.path);
    while let Some(current) = image {
        let in_image = |script: &&&Document| {
            current.overlays.iter().any(|overlay| {
                script.path.strip_prefix(&*overlay.directory).is_some_and(|rest| rest.starts_with('/'))
            })
        };
        if let Some(script) = candidates.iter().find(in_image) {
            return Some(script.id);
        }
        image = current.parent.map(|parent| &project.images[parent]);
    }
    None
}

fn portal_lists(document: &Document) -> Vec<PortalList> {
    let list = |span: Span| PortalList {
        document: document.id,
        span,
        entries: portal_entries(&document.text, span),
    };
    // Cheap to ask, and true of hardly any document.
    if !contains(&document.text, "PORTAL_CONFIG") {
        return Vec::new();
    }
    match &document.tree {
        Tree::Dockerfile(tree) => tree
            .instructions
            .iter()
            .filter_map(|instruction| match &instruction.kind {
                InstructionKind::Env(pairs) | InstructionKind::Arg(pairs) => Some(pairs),
                _ => None,
            })
            .flatten()
            .filter(|pair| pair.key.literal(&document.text) == "PORTAL_CONFIG")
            .filter_map(|pair| pair.value.as_ref())
            .map(|value| list(without_quotes(&document.text, value.span)))
            .collect(),
        Tree::Shell(script) => {
            assigned_values(script, &document.text, "PORTAL_CONFIG").into_iter().map(list).collect()
        }
        Tree::Yaml(yaml) => yaml
            .root()
            .and_then(|root| yaml.path(root, &["env", "PORTAL_CONFIG"]))
            .map(|value| list(without_quotes(&document.text, yaml.span(value))))
            .into_iter()
            .collect(),
        Tree::Text => shown_values(&document.text).into_iter().map(list).collect(),
        Tree::Supervisor(_) => Vec::new(),
    }
}

/// The quoted values that a text shows for the variable, each on one line.
fn shown_values(text: &str) -> Vec<Span> {
    let name = "PORTAL_CONFIG=";
    text.match_indices(name)
        .filter_map(|(at, _)| {
            let value = &text[at + name.len()..];
            let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
            let end = 1 + value[1..].find([quote, '\n'])?;
            let start = at + name.len() + 1;
            (value[end..].starts_with(quote) && value[1..end].contains(':'))
                .then(|| Span::from_range(start..at + name.len() + end))
        })
        .collect()
}

fn without_quotes(text: &str, span: Span) -> Span {
    let bytes = span.text(text).as_bytes();
    match bytes {
        [b'"', .., b'"'] | [b'\'', .., b'\''] => Span::new(span.start + 1, span.end - 1),
        _ => span,
    }
}

/// The literal values assigned to a variable, without their quotes; `${NAME:-value}` counts as one, wherever it is
/// assigned, and so does `${NAME:=value}` anywhere. What is appended (`NAME+=value`) is only a part of a value.
fn assigned_values(script: &Script, source: &str, name: &str) -> Vec<Span> {
    struct Values<'s> {
        source: &'s str,
        name: &'s str,
        spans: Vec<Span>,
    }
    impl<'t> Visitor<'t> for Values<'_> {
        fn enter_assignment(
            &mut self,
            assignment: &'t vastlint_syntax::shell::Assignment,
            _: vastlint_syntax::shell::Context,
        ) {
            if assignment.name.text(self.source) == self.name
                && !assignment.append
                && let AssignmentValue::Scalar(word) = &assignment.value
                && let Some(span) = value_span(word, self.source, self.name)
            {
                self.spans.push(span);
            }
        }

        fn enter_parameter(&mut self, parameter: &'t Parameter, _: Span, _: vastlint_syntax::shell::Context) {
            let assigns = |expansion: &&ParameterExpansion| {
                matches!(
                    expansion.operator,
                    Some(ParameterOperator::Assign | ParameterOperator::AssignIfEmpty)
                )
            };
            if parameter.name.text(self.source) == self.name
                && let Some(expansion) = parameter.expansion.as_deref().filter(assigns)
                && let Some(operand) = expansion.operand()
                && operand.literal(self.source).is_some_and(|value| value.contains(':'))
            {
                let span = without_quotes(self.source, operand.span);
                // `NAME=${NAME:=value}` is one value.
                if !self.spans.contains(&span) {
                    self.spans.push(span);
                }
            }
        }
    }
    let mut values = Values { source, name, spans: Vec::new() };
    script.walk(&mut values);
    values.spans
}

fn value_span(word: &Word, source: &str, name: &str) -> Option<Span> {
    if let Some(literal) = word.literal(source) {
        return (!literal.is_empty()).then(|| without_quotes(source, word.span));
    }
    let [part] = &*word.parts else { return None };
    let part: &WordPart = match &part.kind {
        WordPartKind::DoubleQuoted(inner) => match &inner[..] {
            [only] => only,
            _ => return None,
        },
        _ => part,
    };
    let WordPartKind::Parameter(parameter) = &part.kind else { return None };
    let operand = parameter.expansion.as_ref()?.operand()?;
    (parameter.name.text(source) == name && operand.literal(source).is_some_and(|value| value.contains(':')))
        .then(|| without_quotes(source, operand.span))
}

fn build_workflows(project: &Project) -> Vec<BuildWorkflow> {
    // Elsewhere a file of that name builds something else.
    if !project.is_template_repository() {
        return Vec::new();
    }
    project
        .documents
        .iter()
        .filter(|document| document.kind == Kind::Workflow)
        .filter_map(|document| {
            let Tree::Yaml(yaml) = &document.tree else { return None };
            let name = document.file_name();
            let named = name.starts_with("build-") && !is_reusable(yaml);
            let images = images_named_in(project, document);
            named.then_some(BuildWorkflow { document: document.id, images })
        })
        .collect()
}

/// Whether the workflow runs only when another one calls it.
fn is_reusable(yaml: &Yaml) -> bool {
    let Some(events) = yaml.root().and_then(|root| yaml.get(root, "on")) else { return false };
    let entries = yaml.entries(events);
    let only_call =
        entries.len() == 1 && entries.iter().all(|entry| yaml.text(entry.key) == Some("workflow_call"));
    only_call || yaml.text(events) == Some("workflow_call")
}

/// The images whose folder a workflow names: as a build context, or as where a step changes to. In the order in which
/// they are named first.
fn images_named_in(project: &Project, workflow: &Document) -> Vec<usize> {
    let is_path = |byte: &u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/') || *byte >= 0x80
    };
    let mut images = Vec::new();
    let text = workflow.text.as_bytes();
    let mut end = 0;
    // Every word with a slash. A folder at the top is named with its `./`, or stands in the path of its Dockerfile.
    while let Some(slash) = workflow.text[end..].find('/').map(|found| end + found) {
        let start = slash - text[end..slash].iter().rev().take_while(|byte| is_path(byte)).count();
        end = slash + text[slash..].iter().take_while(|byte| is_path(byte)).count();
        let word = &workflow.text[start..end];
        let folder = word.strip_prefix("./").unwrap_or(word);
        let folder = folder.strip_suffix('/').unwrap_or(folder);
        let folder = match folder.rsplit_once('/') {
            Some((folder, file)) if file.starts_with("Dockerfile") => folder,
            _ => folder,
        };
        if !folder.is_empty()
            && let Some(&image) = project.index.images.get(folder)
            && !images.contains(&image)
        {
            images.push(image);
        }
    }
    images
}

fn provisioning_templates(project: &Project) -> Vec<ProvisioningTemplate> {
    project
        .documents
        .iter()
        .filter(|document| document.is_file() && document.shell_role() == Some(ShellRole::ProvisioningScript))
        .map(|document| {
            let written = project.embedded_deep(document.id);
            let of_kind = |kind: Kind| {
                written.iter().filter(|document| document.kind == kind).map(|document| document.id).collect()
            };
            ProvisioningTemplate {
                document: document.id,
                scripts: of_kind(Kind::Shell(ShellRole::SupervisorScript)),
                confs: of_kind(Kind::SupervisorConf),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_file;
    use vastlint_text::FileId;

    #[test]
    fn assigned_values_are_found_in_every_form() {
        for (source, values) in [
            ("P=\"a:1\"", &["a:1"][..]),
            ("export P='a:1'", &["a:1"]),
            ("P=${P:-a:1}; Q=b:2", &["a:1"]),
            ("P=\"${P:-\"a:1|b: 2\"}\"", &["a:1|b: 2"]),
            (": \"${P:=a:1}\"", &["a:1"]),
            ("P=\"${P:=a:1}\"", &["a:1"]),
            ("P+=\"|a:1\"", &[]),
            ("P=\"${P}|a:1\"; P=$(b)", &[]),
            ("echo \"${P:-a:1}\" P=a:1", &[]),
        ] {
            let script = vastlint_syntax::shell::parse(source);
            let spans = assigned_values(&script, source, "P");
            let found: Vec<&str> = spans.iter().map(|span| span.text(source)).collect();
            assert_eq!(found, values, "{source}");
        }
    }

    #[test]
    fn files_and_folders_are_found_by_path() {
        let paths = ["a/Dockerfile", "a/Dockerfile.base", "a/notes.txt", "b/x.sh"];
        let files = paths.map(|path| ProjectFile { path: path.into(), executable: false });
        let mut documents = Vec::new();
        for (index, path) in paths.iter().enumerate().filter(|(_, path)| **path != "a/notes.txt") {
            let kind = if path.starts_with("b/") { Kind::Shell(ShellRole::Other) } else { Kind::Dockerfile };
            let text = "FROM scratch\nRUN echo a\n".into();
            let first = documents.len() as u32;
            let of_file = parse_file(&(*path).into(), kind, text);
            documents
                .extend(of_file.into_iter().map(|document| document.rebased(FileId(index as u32), first)));
        }
        let project = Project::build(files.to_vec(), documents);
        for path in ["a/Dockerfile", "a/Dockerfile.base", "b/x.sh"] {
            let found = project.file_document(path).expect("it was read");
            assert!(found.is_file() && *found.path == *path, "{path}");
        }
        let dockerfile = project.file_document("a/Dockerfile").expect("it was read");
        let run = project.embedded(dockerfile.id).next().expect("it runs something");
        let Origin::Embedded { place, .. } = run.origin else { panic!("it is embedded") };
        assert_eq!(project.embedded_at(dockerfile.id, place).map(|inner| inner.id), Some(run.id));
        assert!(project.embedded_at(dockerfile.id, Span::empty(0)).is_none());
        assert!(project.file_document("a/notes.txt").is_none() && project.has_file("a/notes.txt"));
        assert!(project.has_folder("a") && project.has_folder("") && !project.has_folder("a/Dockerfile"));
        assert!(!project.has_folder("c") && !project.has_file("a"));
    }
}
