//! Files inside files: which parts of a document are documents themselves.

mod dockerfile;
mod layer;
mod shell;
mod workflow;

use vastlint_text::{MappedText, Span};

use crate::classify::{
    Kind, ShellRole, classify_on_instance, has_extension, is_foreign_shebang, is_readable_shell,
    is_shell_shebang,
};
use crate::document::{Document, Tree};

pub use layer::Layer;

/// A part of a document that is a document.
pub(crate) struct Piece {
    pub(crate) kind: Kind,
    pub(crate) instance_path: Option<String>,
    pub(crate) fragment: bool,
    /// What makes it, in the host's text.
    pub(crate) place: Span,
    /// Its text, mapped to the host's text.
    pub(crate) content: MappedText,
    /// How the host writes it.
    pub(crate) layer: Layer,
}

impl Piece {
    fn shell(role: ShellRole, place: Span, content: MappedText, layer: Layer) -> Self {
        Self { kind: Kind::Shell(role), instance_path: None, fragment: false, place, content, layer }
    }
}

/// The documents that stand directly in `document`, in source order.
pub(crate) fn pieces(document: &Document) -> Vec<Piece> {
    let source = &document.text;
    match (&document.tree, document.kind) {
        (Tree::Dockerfile(tree), _) => dockerfile::pieces(source, tree),
        (Tree::Shell(script), Kind::Shell(role)) => shell::pieces(source, script, role),
        (Tree::Yaml(yaml), Kind::Workflow) => workflow::workflow_pieces(source, yaml),
        (Tree::Yaml(yaml), Kind::Action) => workflow::action_pieces(source, yaml),
        (Tree::Yaml(yaml), Kind::ProvisioningManifest) => workflow::manifest_pieces(source, yaml),
        _ => Vec::new(),
    }
}

/// What a file written to `path` with this content will be, if it is anything that vastlint reads.
fn classify_written(path: Option<&str>, content: &str) -> Option<Kind> {
    let first_line = content.lines().next().unwrap_or_default();
    if is_foreign_shebang(first_line) {
        return None;
    }
    if let Some(kind) = path.and_then(classify_on_instance) {
        return Some(kind);
    }
    let named_shell = path.is_some_and(|path| has_extension(path, &["sh", "bash"]));
    (named_shell || is_shell_shebang(first_line)).then_some(Kind::Shell(ShellRole::Other))
}

/// Whether a word is the name of, or the path to, a shell whose language vastlint reads.
fn is_shell_program(word: &str) -> bool {
    is_readable_shell(word.rsplit('/').next().unwrap_or(word))
}

/// Whether an option of a shell is, or ends with, `-c`: `-c`, `-lc`, `-euxc`.
fn is_command_option(word: &str) -> bool {
    word.strip_prefix('-').is_some_and(|letters| {
        letters.ends_with('c') && letters.bytes().all(|letter| letter.is_ascii_alphabetic())
    })
}
