//! Whether a file means the same with other comments in it.

use std::fmt::Write as _;

use vastlint_model::{Document, Tree};

use crate::suppress::request::ADDRESS;

/// Whether two versions of a file differ in suppressions alone: each document has the same structure and the same words.
pub(super) fn same_meaning(before: &[Document], after: &[Document]) -> bool {
    before.len() == after.len()
        && before.iter().zip(after).all(|(before, after)| {
            before.kind == after.kind
                && before.instance_path == after.instance_path
                && before.tree.errors().len() == after.tree.errors().len()
                && words(&before.text) == words(&after.text)
                && structure(before) == structure(after)
        })
}

/// The words of a text, but for those of comments that address vastlint.
fn words(text: &str) -> Vec<&str> {
    let line = |line: &'_ str| -> usize {
        let Some(at) = line.find(ADDRESS) else { return line.len() };
        line[..at].rfind("<!--").or_else(|| line[..at].rfind(['#', ';'])).unwrap_or(line.len())
    };
    text.lines().flat_map(|text| text[..line(text)].split_whitespace()).collect()
}

/// What a tree says apart from words, places and comments.
fn structure(document: &Document) -> String {
    let mut structure = String::new();
    let text = &document.text;
    match &document.tree {
        Tree::Dockerfile(tree) => {
            let _ = write!(structure, "{} {}", tree.directives.len(), tree.escape);
            for instruction in &tree.instructions {
                let words = words(instruction.span.text(text));
                let _ = write!(structure, "\n{} {words:?}", instruction.heredocs.len());
            }
        }
        Tree::Shell(script) => {
            let _ = write!(structure, "{:?} ", script.shebang.is_some());
            let tree = format!("{:?}", script.body);
            // Places are numbers.
            structure.extend(tree.chars().filter(|letter| !letter.is_ascii_digit()));
        }
        Tree::Supervisor(config) => {
            for section in &config.sections {
                let keys: Vec<(&str, &str)> =
                    section.keys.iter().map(|key| (key.name.as_str(), key.value.as_str())).collect();
                let _ = write!(structure, "{} {keys:?}", section.name);
            }
        }
        Tree::Yaml(yaml) => {
            for (_, node) in yaml.nodes() {
                let tree = format!("{:?}", node.kind);
                structure.extend(tree.chars().filter(|letter| !letter.is_ascii_digit()));
            }
        }
        Tree::Text => {}
    }
    structure
}
