use vastlint_text::Span;

use crate::SyntaxError;

/// A YAML stream: its documents, and every node of them.
#[derive(Clone, Debug, Default)]
pub struct Yaml {
    /// The root node of each document, in order. None for a text without a document.
    pub documents: Vec<NodeId>,
    /// Comments in order, from `#` to the end of the line.
    pub comments: Vec<Span>,
    /// Keys that stand twice in one mapping. YAML forbids them; most readers let the last one win in silence.
    pub duplicate_keys: Vec<DuplicateKey>,
    /// What is no YAML, in order.
    pub errors: Vec<SyntaxError>,
    pub(super) nodes: Vec<Node>,
    /// The values of all scalars, one after another.
    pub(super) values: String,
}

/// How many mappings a lookup visits through `<<`.
const MAX_MERGED: usize = 64;

/// Names a node of a [`Yaml`]; means nothing to another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(super) u32);

/// A node and where it stands.
#[derive(Clone, Debug)]
pub struct Node {
    /// A scalar with its quotes or its `|` header; a block collection from its first key or dash to the end of its
    /// last value; a flow collection with its brackets; an alias with its `*`. Tag and anchor are outside. Empty where
    /// a value is left out.
    pub span: Span,
    /// What the node is.
    pub kind: Kind,
    /// The tag as written, such as `!!str` or `!secret`.
    pub tag: Option<Span>,
    /// The anchor, from its `&`.
    pub anchor: Option<Span>,
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A string, number, boolean or null. Its value is [`Yaml::text`].
    Scalar {
        /// How it is written.
        style: ScalarStyle,
        #[doc(hidden)]
        value: ScalarValue,
    },
    /// Keys and values.
    Mapping {
        /// In order; duplicate keys included.
        entries: Vec<Entry>,
    },
    /// A list.
    Sequence {
        /// In order.
        items: Vec<NodeId>,
    },
    /// `*name`: the node of that anchor once more.
    Alias {
        /// The anchored node; none where no such anchor stands before.
        target: Option<NodeId>,
    },
}

/// What a tree keeps of the value of a scalar.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScalarValue {
    /// Where the value lies in the values of the tree.
    pub(super) place: Span,
    /// How far the lines of a block scalar are indented, in spaces; 0 for other scalars.
    pub(super) indentation: u32,
    /// The type that a tag gives the value.
    pub(super) tag: ScalarTag,
}

/// The type that a tag gives a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScalarTag {
    /// No tag: the text and its style decide.
    None,
    Str,
    Null,
    Bool,
    Int,
    Float,
    /// A tag of an application.
    Other,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScalarStyle {
    /// Without quotes.
    Plain,
    /// `'…'`
    SingleQuoted,
    /// `"…"`
    DoubleQuoted,
    /// `|`, line ends kept.
    Literal,
    /// `>`, line ends folded.
    Folded,
}

/// A key of a mapping and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: NodeId,
    /// The value; an empty plain scalar where it is left out.
    pub value: NodeId,
}

/// A key that stands twice in one mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DuplicateKey {
    /// The first one.
    pub first: Span,
    /// The later one.
    pub second: Span,
}

impl Yaml {
    /// The node of an id of this tree.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// Every node, parents before children.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.nodes.iter().enumerate().map(|(index, node)| (NodeId(index as u32), node))
    }

    /// The root of the first document.
    pub fn root(&self) -> Option<NodeId> {
        self.documents.first().copied()
    }

    /// The node that an alias stands for; any other node itself. None for an alias without a target.
    pub fn resolve(&self, mut id: NodeId) -> Option<NodeId> {
        // A target stands before its alias, so every step goes back and the walk ends.
        while let Kind::Alias { target } = self.node(id).kind {
            id = target.filter(|&target| target < id)?;
        }
        Some(id)
    }

    /// Where a node stands.
    pub fn span(&self, id: NodeId) -> Span {
        self.node(id).span
    }

    /// The entries of a mapping, aliases followed; none for any other node. Merged keys (`<<`) are not among them.
    pub fn entries(&self, id: NodeId) -> &[Entry] {
        match self.resolve(id).map(|id| &self.node(id).kind) {
            Some(Kind::Mapping { entries }) => entries,
            _ => &[],
        }
    }

    /// The items of a sequence, aliases followed; none for any other node.
    pub fn items(&self, id: NodeId) -> &[NodeId] {
        match self.resolve(id).map(|id| &self.node(id).kind) {
            Some(Kind::Sequence { items }) => items,
            _ => &[],
        }
    }

    /// Whether the node is a mapping, aliases followed.
    pub fn is_mapping(&self, id: NodeId) -> bool {
        self.resolve(id).is_some_and(|id| matches!(self.node(id).kind, Kind::Mapping { .. }))
    }

    /// Whether the node is a sequence, aliases followed.
    pub fn is_sequence(&self, id: NodeId) -> bool {
        self.resolve(id).is_some_and(|id| matches!(self.node(id).kind, Kind::Sequence { .. }))
    }

    /// The value of a scalar as text, whatever its type, aliases followed.
    pub fn text(&self, id: NodeId) -> Option<&str> {
        match self.node(self.resolve(id)?).kind {
            Kind::Scalar { value, .. } => Some(value.place.text(&self.values)),
            _ => None,
        }
    }

    /// The entry of a key in a mapping, aliases followed: the last one of that name, else that of a mapping merged in
    /// by `<<`.
    pub fn entry(&self, id: NodeId, key: &str) -> Option<Entry> {
        // Merged mappings stand before the mapping that merges them (or inside it), so that a node seen once needs no
        // second look; the bound keeps a mapping that merges many others, which merge many others, cheap.
        let mut pending = vec![id];
        let mut seen: Vec<NodeId> = Vec::new();
        while let Some(id) = pending.pop().and_then(|id| self.resolve(id)) {
            if seen.contains(&id) || seen.len() > MAX_MERGED {
                continue;
            }
            seen.push(id);
            let entries = self.entries(id);
            if let Some(entry) = entries.iter().rev().find(|entry| self.text(entry.key) == Some(key)) {
                return Some(*entry);
            }
            for entry in entries.iter().filter(|entry| self.is_merge_key(entry.key)) {
                match self.items(entry.value) {
                    [] => pending.push(entry.value),
                    // The first of several merged mappings wins; the stack takes the last pushed first.
                    items => pending.extend(items.iter().rev()),
                }
            }
        }
        None
    }

    fn is_merge_key(&self, key: NodeId) -> bool {
        matches!(self.node(key).kind, Kind::Scalar { style: ScalarStyle::Plain, .. })
            && self.text(key) == Some("<<")
    }

    /// The value of a key in a mapping; see [`Yaml::entry`].
    pub fn get(&self, id: NodeId, key: &str) -> Option<NodeId> {
        self.entry(id, key).map(|entry| entry.value)
    }

    /// The value under nested keys.
    pub fn path(&self, id: NodeId, keys: &[&str]) -> Option<NodeId> {
        keys.iter().try_fold(id, |id, key| self.get(id, key))
    }

    /// Where a key of a mapping stands.
    pub fn key_span(&self, id: NodeId, key: &str) -> Option<Span> {
        self.entry(id, key).map(|entry| self.span(entry.key))
    }

    /// Where the value of a key of a mapping stands.
    pub fn value_span(&self, id: NodeId, key: &str) -> Option<Span> {
        self.entry(id, key).map(|entry| self.span(entry.value))
    }
}
