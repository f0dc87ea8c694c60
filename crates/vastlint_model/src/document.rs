use std::ops::Deref;
use std::sync::Arc;

use vastlint_syntax::SyntaxError;
use vastlint_syntax::dockerfile::{self, Dockerfile};
use vastlint_syntax::shell::{self, ParseOptions, Script};
use vastlint_syntax::supervisor::{self, Config};
use vastlint_syntax::yaml::{self, Yaml};
use vastlint_text::{FileId, MappedText, SourceMap, Span};

use crate::classify::{Kind, ShellRole};
use crate::embed::{self, Layer, Piece};

/// How deep documents may lie inside documents. Real files need three.
const MAX_EMBEDDING: usize = 8;

/// A document of the project, by its place in [`crate::Project::documents`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct DocumentId(pub u32);

impl DocumentId {
    /// The place in the list, for indexing.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A file, or a file inside a file. Cheap to clone: what was read of it is shared.
#[derive(Debug, Clone)]
pub struct Document {
    /// Which document this is.
    pub id: DocumentId,
    /// The file on disk that holds it.
    pub file: FileId,
    /// Where it comes from.
    pub origin: Origin,
    content: Arc<Content>,
}

/// What is known of a document from its own file alone, wherever that stands in a project.
#[derive(Debug)]
pub struct Content {
    /// The path of the file on disk that holds it: relative to the repository root, `/`-separated.
    pub path: Arc<str>,
    /// What it is.
    pub kind: Kind,
    /// Where it will stand on the instance, if the repository tells: an absolute path.
    pub instance_path: Option<Arc<str>>,
    /// Whether only a part of the later file is known: it is appended to, or put together by several commands.
    pub fragment: bool,
    /// Its text; spans of the tree are bytes of it.
    pub text: Arc<str>,
    /// From its text to the bytes of the file on disk.
    pub map: SourceMap,
    /// How each document around it writes it, from the nearest to the file on disk; none for a file.
    pub layers: Vec<Layer>,
    /// Its syntax tree.
    pub tree: Tree,
}

impl Deref for Document {
    type Target = Content;

    fn deref(&self) -> &Content {
        &self.content
    }
}

/// Where a document comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// It is a file.
    File,
    /// It stands inside another document.
    Embedded {
        /// The document around it.
        host: DocumentId,
        /// What in that document's text makes it: the instruction, the scalar, the heredoc's redirection.
        place: Span,
    },
}

/// A document's syntax tree.
#[derive(Debug)]
pub enum Tree {
    /// Of a Dockerfile.
    Dockerfile(Dockerfile),
    /// Of a script or a piece of shell.
    Shell(Script),
    /// Of a supervisor conf.
    Supervisor(Config),
    /// Of a workflow, an action, a launch template or a manifest.
    Yaml(Yaml),
    /// None: the text is read as it stands.
    Text,
}

impl Tree {
    fn parse(kind: Kind, text: &str) -> Self {
        match kind {
            Kind::Dockerfile => Self::Dockerfile(dockerfile::parse(text)),
            Kind::Shell(role) => {
                let options = ParseOptions { github_expressions: role == ShellRole::Step };
                Self::Shell(shell::parse_with(text, options))
            }
            Kind::SupervisorConf => Self::Supervisor(supervisor::parse(text)),
            Kind::Workflow | Kind::Action | Kind::LaunchTemplate | Kind::ProvisioningManifest => {
                Self::Yaml(yaml::parse(text))
            }
            Kind::Markdown => Self::Text,
        }
    }

    /// What the text's language does not allow in it.
    #[must_use]
    pub fn errors(&self) -> &[SyntaxError] {
        match self {
            Self::Dockerfile(tree) => &tree.errors,
            Self::Shell(tree) => &tree.errors,
            Self::Supervisor(tree) => &tree.errors,
            Self::Yaml(tree) => &tree.errors,
            Self::Text => &[],
        }
    }
}

impl Document {
    /// The document as part of a project: in `file`, with its id and its host's counted from `first`.
    #[must_use]
    pub fn rebased(mut self, file: FileId, first: u32) -> Self {
        self.file = file;
        self.id.0 += first;
        if let Origin::Embedded { host, .. } = &mut self.origin {
            host.0 += first;
        }
        self
    }

    /// Whether the document is a file of its own.
    #[must_use]
    pub fn is_file(&self) -> bool {
        self.origin == Origin::File
    }

    /// Its role, if it is shell.
    #[must_use]
    pub fn shell_role(&self) -> Option<ShellRole> {
        match self.kind {
            Kind::Shell(role) => Some(role),
            _ => None,
        }
    }

    /// The text under a span of the document.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        span.text(&self.text)
    }

    /// The first line of a span, without its line end: what to point at where a block is too long to show.
    #[must_use]
    pub fn first_line(&self, span: Span) -> Span {
        let length = self.slice(span).lines().next().map_or(0, str::len);
        Span::new(span.start, span.start + length as u32)
    }

    /// The last part of the path on the instance, or of the path in the repository.
    #[must_use]
    pub fn file_name(&self) -> &str {
        let path = self.instance_path.as_deref().unwrap_or(&self.path);
        path.rsplit('/').next().unwrap_or(path)
    }
}

/// Parses a file and every document inside it. The file comes first; each document follows its host. Ids count from
/// `0` within the list: whoever joins lists shifts them.
#[must_use]
pub fn parse_file(path: &Arc<str>, kind: Kind, text: Arc<str>) -> Vec<Document> {
    let instance_path = crate::overlay_path(path).map(Arc::from);
    let content = Content {
        path: Arc::clone(path),
        kind,
        instance_path,
        fragment: false,
        tree: Tree::parse(kind, &text),
        text,
        map: SourceMap::identity(),
        layers: Vec::new(),
    };
    let content = Arc::new(content);
    let mut documents = vec![Document { id: DocumentId(0), file: FileId(0), origin: Origin::File, content }];
    embed_into(&mut documents, 0, 0);
    documents
}

fn embed_into(documents: &mut Vec<Document>, host: usize, depth: usize) {
    if depth == MAX_EMBEDDING {
        return;
    }
    for Piece { kind, instance_path, fragment, place, content, layer } in embed::pieces(&documents[host]) {
        let around = &documents[host];
        let (text, map) = MappedText::into_parts(content);
        let index = documents.len();
        let content = Content {
            path: Arc::clone(&around.path),
            kind,
            instance_path: instance_path.map(Arc::from),
            fragment,
            tree: Tree::parse(kind, &text),
            text: text.into(),
            map: around.map.compose(&map),
            layers: std::iter::once(layer).chain(around.layers.iter().copied()).collect(),
        };
        let document = Document {
            id: DocumentId(index as u32),
            file: FileId(0),
            origin: Origin::Embedded { host: around.id, place },
            content: Arc::new(content),
        };
        documents.push(document);
        embed_into(documents, index, depth + 1);
    }
}
