//! How far a suppression reaches: the lines of what begins on the line below it.

use vastlint_model::{Document, Tree};
use vastlint_syntax::dockerfile::Dockerfile;
use vastlint_syntax::shell::{Command, CompoundKind, Context, Script, Statement, Visitor};
use vastlint_syntax::supervisor::Config;
use vastlint_syntax::yaml::{Kind, NodeId, Yaml};
use vastlint_text::{LineIndex, Span};

use super::comments::{closes, fence_of};

/// First and last lines of everything in a file that spans several lines and is one thing to its reader.
pub(super) fn blocks(documents: &[Document], text: &str, lines: &LineIndex) -> Vec<(u32, u32)> {
    let mut blocks = Vec::new();
    for document in documents {
        let spans = match &document.tree {
            Tree::Dockerfile(tree) => instructions(tree),
            Tree::Shell(script) => commands(script),
            Tree::Supervisor(config) => keys(config),
            Tree::Yaml(yaml) => entries(yaml, &document.text),
            Tree::Text => {
                blocks.extend(fenced(text));
                continue;
            }
        };
        for span in spans.into_iter().filter(|span| !span.is_empty()) {
            let host = document.map.to_host(span);
            let (first, last) = (lines.line_of(host.start), lines.line_of(host.end.saturating_sub(1)));
            if first < last {
                blocks.push((first, last));
            }
        }
    }
    blocks
}

fn instructions(tree: &Dockerfile) -> Vec<Span> {
    tree.instructions.iter().map(|instruction| instruction.span).collect()
}

fn keys(config: &Config) -> Vec<Span> {
    config.sections.iter().flat_map(|section| &section.keys).map(|key| key.span).collect()
}

/// Commands, and statements without blocks. A comment above an `if` speaks of its condition, not of all that it runs.
fn commands(script: &Script) -> Vec<Span> {
    let mut collector = Commands(Vec::new());
    script.walk(&mut collector);
    collector.0
}

struct Commands(Vec<Span>);

impl<'t> Visitor<'t> for Commands {
    fn enter_statement(&mut self, statement: &'t Statement, _: Context) {
        let rest = statement.rest.iter().map(|and_or| &and_or.pipeline);
        if std::iter::once(&statement.first).chain(rest).flat_map(|pipeline| &pipeline.commands).all(is_plain)
        {
            self.0.push(statement.span);
        }
    }

    fn enter_command(&mut self, command: &'t Command, _: Context) {
        if is_plain(command) {
            self.0.push(command.span());
        }
    }
}

fn is_plain(command: &Command) -> bool {
    match command {
        Command::Simple(_) => true,
        Command::Compound(compound) => {
            matches!(compound.kind, CompoundKind::Test(_) | CompoundKind::Arithmetic(_))
        }
        Command::Function(_) | Command::Coproc(_) => false,
    }
}

/// Entries and items whose value is one text, or a list or mapping in brackets. A comment above a key of a block
/// speaks of the key, not of all that lies below it.
fn entries(yaml: &Yaml, text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let closed = |id: NodeId| match &yaml.node(id).kind {
        Kind::Scalar { .. } => true,
        Kind::Mapping { .. } | Kind::Sequence { .. } => yaml.span(id).text(text).starts_with(['[', '{']),
        Kind::Alias { .. } => false,
    };
    for (_, node) in yaml.nodes() {
        match &node.kind {
            Kind::Mapping { entries } => {
                let whole = entries.iter().filter(|entry| closed(entry.value));
                spans.extend(whole.map(|entry| yaml.span(entry.key).cover(yaml.span(entry.value))));
            }
            Kind::Sequence { items } => {
                spans.extend(items.iter().filter(|item| closed(**item)).map(|item| yaml.span(*item)));
            }
            _ => {}
        }
    }
    spans
}

/// The blocks of code of a Markdown text, with their fences.
fn fenced(text: &str) -> Vec<(u32, u32)> {
    let mut blocks = Vec::new();
    let mut open: Option<(u32, &str)> = None;
    for (number, line) in (0..).zip(text.lines()) {
        let Some(mark) = fence_of(line) else { continue };
        match open {
            None => open = Some((number, mark)),
            Some((first, fence)) if closes(line, mark, fence) => {
                blocks.push((first, number));
                open = None;
            }
            Some(_) => {}
        }
    }
    blocks
}
