//! The portal's lists as rules see them: which of their values are known, which image they belong to, and the programs
//! that they are about.

use std::collections::{HashMap, HashSet};

use vastlint_model::{
    Document, DocumentId, Image, ImageClass, Kind, Origin, PortalEntry, PortalList, Project, ShellRole, Tree,
};
use vastlint_syntax::dockerfile::InstructionKind;
use vastlint_syntax::shell::{
    AssignmentValue, Context as Surroundings, Script, Visitor, WordPart, WordPartKind,
};
use vastlint_text::{Span, contains};

use crate::Context;
use crate::contract::Portals;
use crate::utilities::portal_labels;
use crate::values::{Assignments, Values};

/// The variable that holds a list.
pub(crate) const VARIABLE: &str = "PORTAL_CONFIG";

/// Whether the repository holds templates. Elsewhere a variable of that name means something else.
pub(crate) fn holds_templates(project: &Project) -> bool {
    project.images.iter().any(|image| image.class != ImageClass::Other) || !project.provisioning.is_empty()
}

/// A list of the repository that is read as it stands.
#[derive(Clone, Copy)]
pub(crate) struct List<'p> {
    pub(crate) document: &'p Document,
    pub(crate) portal: &'p PortalList,
}

impl<'p> List<'p> {
    /// Every list of a template repository.
    pub(crate) fn all(project: &'p Project) -> Vec<Self> {
        if !holds_templates(project) {
            return Vec::new();
        }
        let list = |portal: &'p PortalList| Self { document: project.document(portal.document), portal };
        project.portals.iter().map(list).filter(|list| !list.is_a_format()).collect()
    }

    /// Whether a text shows it as an example.
    pub(crate) fn is_example(&self) -> bool {
        self.document.kind == Kind::Markdown
    }

    /// Its entries whose values are known.
    pub(crate) fn entries(&self) -> impl Iterator<Item = Entry<'p>> + use<'p> {
        let document = self.document;
        // Between double quotes an apostrophe is one.
        let before =
            self.portal.span.start.checked_sub(1).map(|before| document.text.as_bytes()[before as usize]);
        let is_quoted = before == Some(b'"');
        let entry = move |entry: &'p PortalEntry| Entry { document, entry };
        self.portal.entries.iter().map(entry).filter(move |entry| entry.is_known(is_quoted))
    }

    /// Whether every entry is known.
    pub(crate) fn is_known(&self) -> bool {
        self.entries().count() == self.portal.entries.len()
    }

    /// Texts show the format with words in the place of the ports.
    fn is_a_format(&self) -> bool {
        let is_placeholder = |entry: &Entry<'_>| {
            entry.text() == "..." || entry.field(1).is_some_and(|port| !starts_with_digit(port))
        };
        self.is_example() && self.entries().any(|entry| is_placeholder(&entry))
    }
}

fn starts_with_digit(text: &str) -> bool {
    text.trim_start().starts_with(|first: char| first.is_ascii_digit())
}

/// An entry of a list.
#[derive(Clone, Copy)]
pub(crate) struct Entry<'p> {
    pub(crate) document: &'p Document,
    pub(crate) entry: &'p PortalEntry,
}

impl<'p> Entry<'p> {
    pub(crate) fn text(&self) -> &'p str {
        self.document.slice(self.entry.span)
    }

    /// A field: host, first port, second port, path, label.
    pub(crate) fn field(&self, index: usize) -> Option<&'p str> {
        self.entry.fields.get(index).map(|&span| self.document.slice(span))
    }

    pub(crate) fn label(&self) -> Option<&'p str> {
        self.field(4).map(str::trim)
    }

    /// First and second port, if they are ports.
    pub(crate) fn ports(&self) -> Option<(u16, u16)> {
        Some((port(self.field(1)?)?, port(self.field(2)?)?))
    }

    /// The fields of both ports.
    pub(crate) fn ports_span(&self) -> Span {
        self.entry.fields[1].cover(self.entry.fields[2])
    }

    /// Whether Caddy stands before the application: entries of equal ports are not proxied.
    pub(crate) fn is_proxied(&self) -> bool {
        self.ports().is_some_and(|(first, second)| first != second)
    }

    /// Whether the value stands there as it will be: nothing to expand, no quotes and escapes to remove.
    fn is_known(&self, is_quoted: bool) -> bool {
        let text = self.text();
        !text.contains(['$', '`', '\\', '"', '\n']) && (is_quoted || !text.contains('\''))
    }
}

/// The number of a port, blanks around it ignored.
pub(crate) fn port(text: &str) -> Option<u16> {
    let text = text.trim();
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|&port| digits && port > 0)
}

/// An image with its lists and its programs' scripts.
pub(crate) struct PortalImage<'p> {
    pub(crate) image: &'p Image,
    /// The lists that the image ships: in its boot scripts and its Dockerfile.
    pub(crate) shipped: Vec<List<'p>>,
    /// Those and the ones of its launch templates.
    pub(crate) all: Vec<List<'p>>,
    /// Whether its boot scripts add entries that nobody can read here.
    pub(crate) adds_unknown: bool,
    /// The scripts that supervisor starts.
    pub(crate) scripts: Vec<&'p Document>,
    /// The scripts that are sourced at boot.
    pub(crate) boot: Vec<&'p Document>,
    /// The confs of its programs.
    pub(crate) confs: Vec<&'p Document>,
}

/// The images of a repository, in its order, with what concerns the portal.
pub(crate) fn portal_images(project: &Project) -> Vec<PortalImage<'_>> {
    let mut images: Vec<PortalImage<'_>> = project
        .images
        .iter()
        .map(|image| PortalImage {
            image,
            shipped: Vec::new(),
            all: Vec::new(),
            adds_unknown: false,
            scripts: Vec::new(),
            boot: Vec::new(),
            confs: Vec::new(),
        })
        .collect();
    let index: HashMap<DocumentId, usize> =
        project.images.iter().enumerate().map(|(index, image)| (image.document, index)).collect();
    let owner = |document: &Document| -> Option<usize> {
        let around = project.image_around(&document.path)?;
        index.get(&around.document).copied()
    };
    for document in &project.documents {
        let is_boot =
            matches!(document.shell_role(), Some(ShellRole::BootScript | ShellRole::FirstBootScript));
        let is_script = document.shell_role() == Some(ShellRole::SupervisorScript);
        let concerns = is_boot || is_script || document.kind == Kind::SupervisorConf;
        if !concerns || !is_of_image(project, document) {
            continue;
        }
        let Some(image) = owner(document).map(|index| &mut images[index]) else { continue };
        if is_boot {
            image.adds_unknown |= adds_unknown(document);
            image.boot.push(document);
        } else if is_script {
            image.scripts.push(document);
        } else {
            image.confs.push(document);
        }
    }
    for list in List::all(project) {
        let is_shipped = match list.document.kind {
            Kind::Dockerfile => true,
            Kind::Shell(ShellRole::BootScript | ShellRole::FirstBootScript) => {
                is_of_image(project, list.document)
            }
            Kind::LaunchTemplate => false,
            _ => continue,
        };
        let Some(image) = owner(list.document).map(|index| &mut images[index]) else { continue };
        // Other Dockerfiles of a folder build other images.
        if list.document.kind == Kind::Dockerfile && list.document.id != image.image.document {
            continue;
        }
        image.all.push(list);
        if is_shipped {
            image.shipped.push(list);
        }
    }
    images
}

/// What the boot scripts of an image and its Dockerfile set: the variable's value, `None` where there are several or the
/// value is not known.
pub(crate) fn environment(project: &Project, image: &PortalImage<'_>) -> HashMap<String, Option<String>> {
    let mut environment: HashMap<String, Option<String>> = HashMap::new();
    let mut set = |name: &str, value: Option<String>| {
        let known = environment.entry(name.to_owned()).or_insert_with(|| value.clone());
        if *known != value {
            *known = None;
        }
    };
    let dockerfile = project.document(image.image.document);
    for (name, value) in dockerfile_variables(dockerfile) {
        set(&name, value);
    }
    for document in &image.boot {
        let Some(script) = script_of(document) else { continue };
        let source = &*document.text;
        let assignments = Assignments::of(script, source);
        let values = Values { source, assignments: &assignments, outside: &|_| None };
        for assignment in assignments.all() {
            let value = match &assignment.value {
                AssignmentValue::Scalar(word) if !assignment.append => values.word(word),
                _ => None,
            };
            set(assignment.name.text(source), value);
        }
    }
    environment
}

/// The variables that a Dockerfile sets with `ENV`, by all its stages.
pub(crate) fn dockerfile_variables(document: &Document) -> Vec<(String, Option<String>)> {
    let Tree::Dockerfile(tree) = &document.tree else { return Vec::new() };
    let text = &*document.text;
    tree.instructions
        .iter()
        .filter_map(|instruction| match &instruction.kind {
            InstructionKind::Env(pairs) => Some(pairs),
            _ => None,
        })
        .flatten()
        .map(|pair| {
            let value = pair.value.as_ref().map(|value| value.literal(text).to_owned());
            (pair.key.literal(text).to_owned(), value.filter(|value| !value.contains('$')))
        })
        .collect()
}

/// Whether a document lies in an overlay, or is written by a Dockerfile; not what a provisioning script writes.
fn is_of_image(project: &Project, document: &Document) -> bool {
    match document.origin {
        Origin::File => document.instance_path.is_some(),
        Origin::Embedded { .. } => {
            let outermost = project.outermost(document.id);
            outermost.kind == Kind::Dockerfile || outermost.instance_path.is_some()
        }
    }
}

/// Whether a boot script puts entries into the list that are not literal. What only passes the list through a filter
/// adds nothing.
fn adds_unknown(document: &Document) -> bool {
    let Tree::Shell(script) = &document.tree else { return false };
    if !contains(&document.text, VARIABLE) {
        return false;
    }
    let mut finder = Additions { source: &document.text, found: false };
    script.walk(&mut finder);
    finder.found
}

struct Additions<'s> {
    source: &'s str,
    found: bool,
}

impl<'t> Visitor<'t> for Additions<'_> {
    fn enter_assignment(&mut self, assignment: &'t vastlint_syntax::shell::Assignment, _: Surroundings) {
        if assignment.name.text(self.source) != VARIABLE {
            return;
        }
        let AssignmentValue::Scalar(word) = &assignment.value else { return };
        let is_expanded = word.literal(self.source).is_none();
        self.found |= assignment.append || (is_expanded && !is_one_expansion(&word.parts));
    }
}

/// Whether a word is one substitution or one parameter, quoted or not.
fn is_one_expansion(parts: &[WordPart]) -> bool {
    let [part] = parts else { return false };
    match &part.kind {
        WordPartKind::DoubleQuoted(inner) => is_one_expansion(inner),
        WordPartKind::Command(_) | WordPartKind::Parameter(_) => true,
        _ => false,
    }
}

/// The label that a script asks the portal for, and where it stands.
pub(crate) struct Gate<'p> {
    pub(crate) document: &'p Document,
    /// The word of the label.
    pub(crate) span: Span,
    pub(crate) label: String,
}

/// The gates of a script. Labels that are put together at run time are left out.
pub(crate) fn gates<'p>(context: &Context<'_>, document: &'p Document) -> Vec<Gate<'p>> {
    portal_labels(context, document)
        .into_iter()
        .filter_map(|(label, span)| {
            let label = label.filter(|label| !label.trim().is_empty())?;
            Some(Gate { document, span, label })
        })
        .collect()
}

/// The shell of a document.
pub(crate) fn script_of(document: &Document) -> Option<&Script> {
    match &document.tree {
        Tree::Shell(script) => Some(script),
        _ => None,
    }
}

/// What in a label means something else to `grep -E` than itself. A full stop at least matches itself.
pub(crate) fn first_metacharacter(label: &str) -> Option<char> {
    label.chars().find(|character| ".*+?()[]{}|^$\\".contains(*character))
}

/// Whether the portal's line of an entry matches the label that a script asks for, as `grep -iE` sees it. `None` where
/// the label is a pattern that only grep understands.
pub(crate) fn asks_for(label: &str, entry: &Entry<'_>) -> Option<bool> {
    if first_metacharacter(&label.replace('.', "")).is_some() {
        return None;
    }
    // The file has the entry's label, path and host on lines of their own.
    let lines = [entry.label(), entry.field(3), entry.field(0)];
    Some(lines.into_iter().flatten().any(|line| matches_anywhere(label, line)))
}

/// Whether `pattern`, in which a full stop stands for any character, matches somewhere in `line`, letter case ignored.
pub(crate) fn matches_anywhere(pattern: &str, line: &str) -> bool {
    let pattern: Vec<char> = pattern.to_lowercase().chars().collect();
    let line: Vec<char> = line.to_lowercase().chars().collect();
    line.windows(pattern.len().max(1))
        .any(|window| pattern.iter().zip(window).all(|(wanted, found)| *wanted == '.' || wanted == found))
}

/// Whether a list's entry is served by a program of the base image.
pub(crate) fn is_of_base(entry: &Entry<'_>, contract: &Portals) -> bool {
    let label = entry.label().unwrap_or_default().to_lowercase();
    contract.base_labels.iter().any(|known| label.contains(&known.to_lowercase()))
}

/// Every whole number that stands in a script's code: in words, assignments and heredocs, not in comments. Defaults of
/// variables for which `is_set` holds never come to be, and do not count.
pub(crate) fn numbers(document: &Document, script: &Script, is_set: &dyn Fn(&str) -> bool) -> HashSet<u32> {
    struct Numbers<'s> {
        source: &'s str,
        is_set: &'s dyn Fn(&str) -> bool,
        found: HashSet<u32>,
        /// Where the default ends that does not count.
        dead_until: u32,
    }
    impl<'t> Visitor<'t> for Numbers<'_> {
        fn enter_part(&mut self, part: &'t WordPart, _: Surroundings) {
            match &part.kind {
                WordPartKind::Parameter(parameter) if (self.is_set)(parameter.name.text(self.source)) => {
                    self.dead_until = self.dead_until.max(part.span.end);
                }
                WordPartKind::Literal | WordPartKind::SingleQuoted | WordPartKind::AnsiQuoted
                    if part.span.start >= self.dead_until =>
                {
                    self.found.extend(whole_numbers(part.span.text(self.source)));
                }
                _ => {}
            }
        }
    }
    let mut numbers = Numbers { source: &document.text, is_set, found: HashSet::new(), dead_until: 0 };
    script.walk(&mut numbers);
    numbers.found
}

/// The whole numbers of a text.
pub(crate) fn whole_numbers(text: &str) -> impl Iterator<Item = u32> {
    text.split(|character: char| !character.is_ascii_digit()).filter_map(|digits| digits.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_match_as_grep_does() {
        for (pattern, line, expected) in [
            ("ollama", "Ollama API", true),
            ("Llama.cpp", "Llama.cpp UI", true),
            ("Llama.cpp", "Llama-cpp", true),
            ("model ui", "Model UI", true),
            ("My App", "My  App", false),
            ("application", "app", false),
        ] {
            assert_eq!(matches_anywhere(pattern, line), expected, "{pattern} in {line}");
        }
    }

    #[test]
    fn ports_are_plain_numbers() {
        assert_eq!(port(" 7860 "), Some(7860));
        for text in ["", "0", "65536", "+80", "http", "-1"] {
            assert_eq!(port(text), None, "{text}");
        }
    }
}
