//! A place of a file as the documents in it see it.

use std::sync::Arc;

use vastlint_model::{Document, Image, Project, Tree};
use vastlint_rules::Contract;
use vastlint_syntax::yaml::{Kind as YamlKind, NodeId, Yaml};
use vastlint_text::Span;

/// What is known of a repository while a question about it is answered.
#[derive(Clone, Copy)]
pub(crate) struct Knowledge<'p> {
    pub(crate) project: &'p Project,
    pub(crate) contract: &'p Contract,
}

/// A byte of a document.
#[derive(Clone, Copy)]
pub(crate) struct Place<'p> {
    pub(crate) project: &'p Project,
    pub(crate) contract: &'p Contract,
    pub(crate) document: &'p Document,
    /// In the document's own text.
    pub(crate) offset: u32,
}

/// A place of a file to go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// Relative to the root of the repository.
    pub(crate) path: Arc<str>,
    /// Bytes of the file.
    pub(crate) span: Span,
}

impl<'p> Knowledge<'p> {
    /// A byte of a file as each document sees that it belongs to, the innermost first.
    pub(crate) fn places(self, path: &str, byte: u32) -> Vec<Place<'p>> {
        let Some(file) = self.project.file_document(path) else { return Vec::new() };
        let documents = &self.project.documents[file.id.index()..];
        let mut places: Vec<Place<'p>> = documents
            .iter()
            .take_while(|document| document.file == file.file)
            // The map of an empty text says nothing.
            .filter(|document| document.is_file() || !document.text.is_empty())
            .filter_map(|document| {
                let offset = document.map.from_host(byte)?;
                Some(Place { project: self.project, contract: self.contract, document, offset })
            })
            .collect();
        places.sort_by_key(|place| std::cmp::Reverse(place.document.layers.len()));
        places
    }
}

impl<'p> Place<'p> {
    /// The span of the place's document, as a place of the file.
    pub(crate) fn target(&self, span: Span) -> Target {
        target(self.document, span)
    }

    /// The image that the file belongs to.
    pub(crate) fn image(&self) -> Option<&'p Image> {
        self.project.image_around(&self.document.path)
    }

    /// The text around the place that may be a path, with its span.
    pub(crate) fn path_word(&self) -> (&'p str, Span) {
        self.word(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte) || byte >= 0x80)
    }

    /// The text around the place that may be a name in an expression: `needs.build.outputs.tag`.
    pub(crate) fn dotted_word(&self) -> (&'p str, Span) {
        self.word(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    }

    /// The text around the place that may be the name of a variable.
    pub(crate) fn word_of_name(&self) -> (&'p str, Span) {
        self.word(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    }

    fn word(&self, belongs: impl Fn(u8) -> bool) -> (&'p str, Span) {
        let text = &*self.document.text;
        let bytes = text.as_bytes();
        let at = (self.offset as usize).min(bytes.len());
        let start = at - bytes[..at].iter().rev().take_while(|byte| belongs(**byte)).count();
        let end = at + bytes[at..].iter().take_while(|byte| belongs(**byte)).count();
        let span = Span::from_range(start..end);
        (span.text(text), span)
    }

    /// Whether the place is in a span or right behind it.
    pub(crate) fn is_at(&self, span: Span) -> bool {
        touches(span, self.offset)
    }
}

/// Whether a byte is in a span or right behind it.
pub(crate) fn touches(span: Span, offset: u32) -> bool {
    span.start <= offset && offset <= span.end
}

/// A span of a document, as a place of its file.
pub(crate) fn target(document: &Document, span: Span) -> Target {
    Target { path: Arc::clone(&document.path), span: document.map.to_host(span) }
}

/// The start of a document.
pub(crate) fn start_of(document: &Document) -> Target {
    // The first line of an embedded text that is not blank shows best that it begins here.
    let first = document.text.len() - document.text.trim_start_matches(['\n', '\r']).len();
    target(document, Span::empty(if document.is_file() { 0 } else { first as u32 }))
}

/// Whether a document is near enough.
type Scope<'p> = Box<dyn Fn(&Document) -> bool + 'p>;

/// A document, where several of that kind may be meant: those of the same file, else of the same image, else of its
/// parents, else all.
pub(crate) fn nearest<'p, T>(
    place: &Place<'p>,
    found: Vec<T>,
    document: impl Fn(&T) -> &'p Document,
) -> Vec<T> {
    let folder = |document: &Document| {
        place.project.image_around(&document.path).map(|image| Arc::clone(&image.directory))
    };
    let mut scopes: Vec<Scope<'p>> = Vec::new();
    let path = Arc::clone(&place.document.path);
    scopes.push(Box::new(move |other| other.path == path));
    let mut image = place.image();
    while let Some(current) = image {
        let directory = Arc::clone(&current.directory);
        scopes.push(Box::new(move |other| folder(other).as_ref() == Some(&directory)));
        image = current.parent.map(|parent| &place.project.images[parent]);
    }
    // What is built on none of the repository's own images is built on the base image.
    scopes.push(Box::new(move |other| folder(other).is_some_and(|directory| directory.is_empty())));
    for scope in scopes {
        if found.iter().any(|one| scope(document(one))) {
            return found.into_iter().filter(|one| scope(document(one))).collect();
        }
    }
    found
}

/// The keys that lead from the root of a YAML document to the node at an offset, and that node. The last key is the one
/// at the place itself, where the place is in a key.
pub(crate) struct YamlPlace<'y> {
    pub(crate) keys: Vec<&'y str>,
    pub(crate) node: NodeId,
    pub(crate) is_key: bool,
}

/// Where in a YAML document an offset is.
pub(crate) fn yaml_place<'p>(place: &Place<'p>) -> Option<(&'p Yaml, YamlPlace<'p>)> {
    let Tree::Yaml(yaml) = &place.document.tree else { return None };
    let mut found = YamlPlace { keys: Vec::new(), node: yaml.root()?, is_key: false };
    loop {
        match &yaml.node(found.node).kind {
            YamlKind::Mapping { entries } => {
                let entry = entries
                    .iter()
                    .find(|entry| place.is_at(yaml.span(entry.key)) || place.is_at(yaml.span(entry.value)));
                let Some(entry) = entry else { return Some((yaml, found)) };
                found.keys.push(yaml.text(entry.key).unwrap_or_default());
                if place.is_at(yaml.span(entry.key)) {
                    found.is_key = true;
                    found.node = entry.key;
                    return Some((yaml, found));
                }
                found.node = entry.value;
            }
            YamlKind::Sequence { items } => match items.iter().find(|&&item| place.is_at(yaml.span(item))) {
                Some(&item) => found.node = item,
                None => return Some((yaml, found)),
            },
            YamlKind::Scalar { .. } | YamlKind::Alias { .. } => return Some((yaml, found)),
        }
    }
}
