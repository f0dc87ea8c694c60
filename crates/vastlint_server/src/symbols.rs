//! What a file consists of, for the outline.

use vastlint_model::{Document, Kind, Project, ShellRole, Tree};
use vastlint_syntax::dockerfile::{InstructionKind, Keyword};
use vastlint_syntax::shell::{Command, Context, Visitor};
use vastlint_text::Span;

/// What a symbol is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SymbolKind {
    /// A stage, a program, a job.
    Unit,
    /// A function of a script.
    Function,
    /// A step, an instruction.
    Step,
    /// A key of a conf, a variable, an input.
    Key,
    /// A file inside the file.
    File,
}

/// A part of a file with a name.
#[derive(Clone, Debug)]
pub(crate) struct Symbol {
    pub(crate) name: String,
    pub(crate) detail: String,
    pub(crate) kind: SymbolKind,
    /// All of it, in bytes of the file.
    pub(crate) span: Span,
    /// The part to show.
    pub(crate) selection: Span,
    pub(crate) children: Vec<Symbol>,
}

/// The symbols of a file, in order.
pub(crate) fn symbols(project: &Project, path: &str) -> Vec<Symbol> {
    let Some(file) = project.file_document(path) else { return Vec::new() };
    let mut symbols = of_document(project, file);
    order(&mut symbols);
    symbols
}

/// A child has to lie in its parent, and a selection in its symbol.
fn order(symbols: &mut [Symbol]) {
    symbols.sort_by_key(|symbol| symbol.span);
    for symbol in symbols {
        for child in &symbol.children {
            symbol.span = symbol.span.cover(child.span);
        }
        symbol.span = symbol.span.cover(symbol.selection);
        order(&mut symbol.children);
    }
}

fn of_document(project: &Project, document: &Document) -> Vec<Symbol> {
    let mut symbols = match &document.tree {
        Tree::Dockerfile(_) => stages(document),
        Tree::Supervisor(_) => sections(document),
        Tree::Shell(_) => functions(document),
        Tree::Yaml(_) if matches!(document.kind, Kind::Workflow | Kind::Action) => workflow(document),
        Tree::Yaml(_) => keys(document),
        Tree::Text => Vec::new(),
    };
    // Pieces of shell in instructions and steps are shown as these; files that are written are shown as files.
    for inner in project.embedded_deep(document.id) {
        let Some(path) = inner.instance_path.as_deref().filter(|_| document.is_file()) else { continue };
        let whole = Span::new(0, inner.text.len() as u32);
        symbols.push(Symbol {
            name: path.to_owned(),
            detail: "written here".to_owned(),
            kind: SymbolKind::File,
            span: inner.map.to_host(whole),
            selection: inner.map.to_host(inner.first_line(whole)),
            children: of_document(project, inner),
        });
    }
    symbols
}

fn symbol(document: &Document, name: &str, kind: SymbolKind, span: Span, selection: Span) -> Symbol {
    let map = &document.map;
    Symbol {
        name: shown(name),
        detail: String::new(),
        kind,
        span: map.to_host(span),
        selection: map.to_host(selection),
        children: Vec::new(),
    }
}

/// A name may not be empty, and is one line.
fn shown(name: &str) -> String {
    let line = name.lines().next().unwrap_or_default().trim();
    if line.is_empty() { "…".to_owned() } else { line.chars().take(80).collect() }
}

fn stages(document: &Document) -> Vec<Symbol> {
    let Tree::Dockerfile(tree) = &document.tree else { return Vec::new() };
    let text = &*document.text;
    let instruction = |index: usize| {
        let instruction = &tree.instructions[index];
        let arguments = instruction.arguments.text(text);
        let first = if instruction.keyword == Keyword::Run {
            // `RUN \` is followed by what it runs.
            arguments.lines().map(str::trim).find(|line| {
                !line.is_empty() && *line != "\\" && !line.starts_with("set -") && !line.starts_with('#')
            })
        } else {
            arguments.lines().next()
        };
        let name = format!("{} {}", instruction.keyword_span.text(text), first.unwrap_or_default());
        symbol(document, &name, SymbolKind::Step, instruction.span, instruction.keyword_span)
    };
    let mut symbols = Vec::new();
    let before = tree.stages.first().map_or(tree.instructions.len(), |stage| stage.from);
    symbols.extend((0..before).map(instruction));
    for stage in &tree.stages {
        let from = &tree.instructions[stage.from];
        let InstructionKind::From { image, alias } = &from.kind else { continue };
        let image = image.as_ref().map_or("", |image| image.literal(text));
        let name = alias.as_ref().map_or(image, |alias| alias.literal(text));
        let mut one = symbol(document, name, SymbolKind::Unit, from.span, from.span);
        image.clone_into(&mut one.detail);
        one.children = stage.instructions.clone().map(instruction).collect();
        symbols.push(one);
    }
    symbols
}

fn sections(document: &Document) -> Vec<Symbol> {
    let Tree::Supervisor(config) = &document.tree else { return Vec::new() };
    let section = |section: &vastlint_syntax::supervisor::Section| {
        let mut one = symbol(document, &section.name, SymbolKind::Unit, section.span, section.header_span);
        one.children = section
            .keys
            .iter()
            .map(|key| {
                let mut one = symbol(document, &key.name, SymbolKind::Key, key.span, key.name_span);
                one.detail = shown(&key.value);
                one
            })
            .collect();
        one
    };
    config.sections.iter().map(section).collect()
}

fn functions(document: &Document) -> Vec<Symbol> {
    struct Functions<'d> {
        document: &'d Document,
        found: Vec<Symbol>,
    }
    impl<'t> Visitor<'t> for Functions<'_> {
        fn enter_command(&mut self, command: &'t Command, _: Context) {
            if let Command::Function(function) = command {
                let name = function.name.text(&self.document.text);
                let one = symbol(self.document, name, SymbolKind::Function, function.span, function.name);
                self.found.push(one);
            }
        }
    }
    let Tree::Shell(script) = &document.tree else { return Vec::new() };
    // The body of a RUN or of a step is shown as the instruction or the step.
    if matches!(document.shell_role(), Some(ShellRole::Run | ShellRole::ContainerCommand)) {
        return Vec::new();
    }
    let mut functions = Functions { document, found: Vec::new() };
    script.walk(&mut functions);
    functions.found
}

fn workflow(document: &Document) -> Vec<Symbol> {
    let Tree::Yaml(yaml) = &document.tree else { return Vec::new() };
    let mut symbols = keys(document);
    let Some(root) = yaml.root() else { return symbols };
    let steps_of = |owner| {
        let steps = yaml.get(owner, "steps");
        steps.map_or(&[][..], |steps| yaml.items(steps)).iter().map(|&step| {
            let said = ["name", "id", "uses", "run"].iter().find_map(|key| yaml.text(yaml.get(step, key)?));
            let span = yaml.span(step);
            symbol(document, said.unwrap_or_default(), SymbolKind::Step, span, document.first_line(span))
        })
    };
    for one in &mut symbols {
        match one.name.as_str() {
            "jobs" => {
                for entry in yaml.get(root, "jobs").map_or(&[][..], |jobs| yaml.entries(jobs)) {
                    let (key, value) = (yaml.span(entry.key), yaml.span(entry.value));
                    let name = yaml.text(entry.key).unwrap_or_default();
                    let mut job = symbol(document, name, SymbolKind::Unit, key.cover(value), key);
                    job.children = steps_of(entry.value).collect();
                    one.children.push(job);
                }
            }
            "runs" => one.children.extend(yaml.get(root, "runs").into_iter().flat_map(steps_of)),
            _ => {}
        }
    }
    symbols
}

fn keys(document: &Document) -> Vec<Symbol> {
    let Tree::Yaml(yaml) = &document.tree else { return Vec::new() };
    let entries = yaml.root().map_or(&[][..], |root| yaml.entries(root));
    entries
        .iter()
        .map(|entry| {
            let (key, value) = (yaml.span(entry.key), yaml.span(entry.value));
            let name = yaml.text(entry.key).unwrap_or_default();
            symbol(document, name, SymbolKind::Key, key.cover(value), key)
        })
        .collect()
}
