use std::collections::HashMap;

use granit_parser::{Event, Parser, ScanError, StructureStyle, Tag};
use vastlint_text::Span;

use super::recover::Recovery;
use super::scalar::ends_indicator;
use super::tree::{ScalarTag, ScalarValue};
use super::{DuplicateKey, Entry, Kind, Node, NodeId, ScalarStyle, Yaml, scalar_text};
use crate::SyntaxError;

/// How deep collections may nest, flow and block each.
const MAX_DEPTH: usize = 255;

/// Reads a YAML stream.
///
/// After a mistake the parser goes on at the next line that can be a key or an item of a collection that was open.
pub fn parse(source: &str) -> Yaml {
    let mut builder = Builder::new(source);
    let mut recovery = Recovery::new(source);
    let mut part = Some(Span::new(0, source.len() as u32));
    while let Some(span) = part {
        let error = builder.read(span);
        part = recovery.next_part(&mut builder, span, error.as_ref());
    }
    builder.finish()
}

/// Builds the tree from the parser's events.
pub(super) struct Builder<'s> {
    pub(super) source: &'s str,
    pub(super) yaml: Yaml,
    /// The collections that are open, the innermost last.
    pub(super) open: Vec<Frame>,
    /// How many of them the part that is being read did not open.
    base: usize,
    /// Whether the next collection goes on with the innermost open one.
    resumes: bool,
    /// Behind the last token that was consumed.
    pub(super) cursor: u32,
    /// From here on nothing but white space and comments follows, as far as is known.
    blank_from: u32,
    anchors: HashMap<&'s str, NodeId>,
    /// The node of the last event, for the anchor that follows it.
    last: Option<NodeId>,
}

/// A collection that is open.
pub(super) struct Frame {
    pub(super) id: NodeId,
    pub(super) style: StructureStyle,
    /// The column of a block collection.
    pub(super) column: u32,
    /// The key of a mapping that waits for its value.
    pub(super) key: Option<NodeId>,
}

impl<'s> Builder<'s> {
    fn new(source: &'s str) -> Self {
        Self {
            source,
            yaml: Yaml::default(),
            open: Vec::new(),
            base: 0,
            resumes: false,
            cursor: 0,
            blank_from: u32::MAX,
            anchors: HashMap::new(),
            last: None,
        }
    }

    /// Goes on with the innermost open collection in the next part.
    pub(super) fn resume(&mut self) {
        self.base = self.open.len();
        self.resumes = self.base > 0;
    }

    /// Reads the events of a part of the source, up to its end or the first mistake.
    fn read(&mut self, part: Span) -> Option<ScanError> {
        let options = granit_parser::options! {
            emit_unresolved_aliases: true,
            emit_anchor_events: true,
            max_buffered_comment_events: usize::MAX,
            flow_nesting_limit: MAX_DEPTH,
            block_nesting_limit: MAX_DEPTH
        };
        self.cursor = self.cursor.max(part.start);
        for event in Parser::new_from_str_with_options(part.text(self.source), options) {
            match event {
                Ok((event, span)) => self.event(event, &span, part),
                Err(error) => return Some(error),
            }
        }
        None
    }

    fn event(&mut self, event: Event, at: &granit_parser::Span, part: Span) {
        let span = |span: &granit_parser::Span| {
            let range = span.byte_range().unwrap_or_default();
            Span::new(part.start + range.start as u32, (part.start + range.end as u32).min(part.end))
        };
        let place = span(at);
        let tag_place = at.tag_span().as_ref().map(span);
        match event {
            Event::DocumentStart(explicit, _) if explicit || !self.resumes => {
                self.close_all();
                self.anchors.clear();
                if explicit {
                    self.cursor = self.cursor.max(place.end);
                }
            }
            Event::Comment(..) => self.yaml.comments.push(place),
            Event::Scalar(value, style, _, tag) => {
                self.resumes = false;
                self.scalar(&value, style, tag.as_deref(), place, tag_place);
            }
            Event::SequenceStart(style, ..) => {
                let kind = Kind::Sequence { items: Vec::new() };
                self.collection(kind, style, place, tag_place);
            }
            Event::MappingStart(style, ..) => {
                let kind = Kind::Mapping { entries: Vec::new() };
                self.collection(kind, style, place, tag_place);
            }
            Event::SequenceEnd | Event::MappingEnd => self.end_collection(place),
            Event::Alias(_) => self.alias(place),
            Event::UnresolvedAlias(_) => self.alias(place),
            Event::Anchor(..) => {
                if let Some(id) = self.last {
                    self.yaml.nodes[id.0 as usize].anchor = Some(place);
                    let name = Span::new(place.start + 1, place.end).text(self.source);
                    self.anchors.insert(name, id);
                }
            }
            _ => {}
        }
    }

    fn scalar(
        &mut self,
        value: &str,
        style: granit_parser::ScalarStyle,
        tag: Option<&Tag>,
        place: Span,
        tag_place: Option<Span>,
    ) {
        use granit_parser::ScalarStyle as Written;
        let before = self.cursor;
        self.before_node();
        let style = match style {
            Written::Plain => ScalarStyle::Plain,
            Written::SingleQuoted => ScalarStyle::SingleQuoted,
            Written::DoubleQuoted => ScalarStyle::DoubleQuoted,
            Written::Literal => ScalarStyle::Literal,
            Written::Folded => ScalarStyle::Folded,
        };
        let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        let is_left_out = style == ScalarStyle::Plain && place.is_empty();
        self.skip_properties();
        let mut value = value;
        let mut indentation = 0;
        let mut span = place;
        let mut end = place.end;
        if is_left_out {
            value = "";
            if self.open.is_empty() {
                // What follows an empty document belongs to the next one.
                self.cursor = self.cursor.min(before.max(place.start));
            }
            span = Span::empty(self.cursor.max(self.parent_start()));
            end = span.end;
        } else if is_block {
            self.skip_blanks();
            indentation = place.start - line_start(self.source, place.start);
            let header = self.cursor;
            let text = Span::new(header, end).text(self.source);
            if value.bytes().all(|byte| byte == b'\n') {
                indentation = u32::MAX;
            }
            span = Span::new(header, header + text.trim_end().len() as u32);
        }
        let start = self.yaml.values.len() as u32;
        self.yaml.values.push_str(value);
        let value = ScalarValue {
            place: Span::new(start, self.yaml.values.len() as u32),
            indentation,
            tag: scalar_tag(tag),
        };
        self.add(Node { span, kind: Kind::Scalar { style, value }, tag: tag_place, anchor: None });
        self.cursor = self.cursor.max(end);
        if is_block && end as usize == self.source.len() && !self.source.ends_with(['\n', '\r']) {
            self.drop_line_end();
        }
        if style == ScalarStyle::Plain && span.text(self.source).contains(['\n', '\r']) {
            self.reread();
        }
    }

    /// Takes the value of a plain scalar of several lines from the source: the parser drops a `#` behind a tab in it.
    fn reread(&mut self) {
        let Some(id) = self.last else { return };
        let written = scalar_text(self.source, &self.yaml, id);
        if let Kind::Scalar { value, .. } = &mut self.yaml.nodes[id.0 as usize].kind
            && value.place.text(&self.yaml.values) != written.text()
        {
            self.yaml.values.truncate(value.place.start as usize);
            self.yaml.values.push_str(written.text());
            value.place.end = self.yaml.values.len() as u32;
        }
    }

    /// The parser ends the last line of a text for a block scalar; no line end is there that could be in the value.
    fn drop_line_end(&mut self) {
        let Some(id) = self.last else { return };
        let written = scalar_text(self.source, &self.yaml, id);
        if let Kind::Scalar { value, .. } = &mut self.yaml.nodes[id.0 as usize].kind
            && value.place.text(&self.yaml.values).strip_suffix('\n') == Some(written.text())
        {
            value.place.end -= 1;
            self.yaml.values.pop();
        }
    }

    fn alias(&mut self, place: Span) {
        self.resumes = false;
        self.before_node();
        let name = Span::new(place.start + 1, place.end).text(self.source);
        let target = self.anchors.get(name).copied();
        if target.is_none() {
            let message = format!("no anchor `&{name}` stands before this alias");
            self.yaml.errors.push(SyntaxError::new(place, message));
        }
        self.add(Node { span: place, kind: Kind::Alias { target }, tag: None, anchor: None });
        self.cursor = self.cursor.max(place.end);
    }

    fn collection(&mut self, kind: Kind, style: StructureStyle, place: Span, tag_place: Option<Span>) {
        if std::mem::take(&mut self.resumes)
            && style == StructureStyle::Block
            && let Some(frame) = self.open.last()
            && std::mem::discriminant(&self.yaml.node(frame.id).kind) == std::mem::discriminant(&kind)
        {
            // The part's own root is the collection that was open; its end event closes nothing.
            self.base -= 1;
            self.block_start(&kind, place);
            // Nor is an anchor before it that of the node before the mistake.
            self.last = None;
            return;
        }
        self.before_node();
        let mut span = place;
        if style == StructureStyle::Block {
            span = self.block_start(&kind, place);
        } else {
            self.cursor = self.cursor.max(place.end);
        }
        // The column of a flow collection means nothing, and a long line may hold many.
        let column = match style {
            StructureStyle::Flow => 0,
            StructureStyle::Block => {
                Span::new(line_start(self.source, span.start), span.start).text(self.source).chars().count()
            }
        };
        let id = self.add(Node { span, kind, tag: tag_place, anchor: None });
        self.open.push(Frame { id, style, column: column as u32, key: None });
    }

    /// Moves the cursor to the start of a block collection, behind its tag and anchor.
    fn block_start(&mut self, kind: &Kind, place: Span) -> Span {
        let saved = self.cursor;
        self.skip_properties();
        self.skip_blanks();
        let is_behind = matches!(kind, Kind::Sequence { .. }) || self.cursor <= place.start;
        let span = if is_behind { Span::empty(self.cursor) } else { place };
        self.cursor = saved.max(span.start);
        span
    }

    fn end_collection(&mut self, place: Span) {
        if self.open.len() <= self.base {
            return;
        }
        let is_flow = self.open.last().is_some_and(|frame| frame.style == StructureStyle::Flow);
        if is_flow {
            self.cursor = self.cursor.max(place.end);
        }
        self.close();
    }

    /// Gives a key that waits for its value an empty one.
    pub(super) fn close_pending_key(&mut self) {
        if self.open.last().is_none_or(|frame| frame.key.is_none()) {
            return;
        }
        self.before_node();
        let value = ScalarValue {
            place: Span::empty(self.yaml.values.len() as u32),
            indentation: 0,
            tag: ScalarTag::None,
        };
        let kind = Kind::Scalar { style: ScalarStyle::Plain, value };
        let span = Span::empty(self.cursor.max(self.parent_start()));
        self.add(Node { span, kind, tag: None, anchor: None });
    }

    /// Closes the innermost collection where the cursor stands.
    pub(super) fn close(&mut self) {
        self.close_pending_key();
        let Some(frame) = self.open.pop() else { return };
        let children_end = match &self.yaml.node(frame.id).kind {
            Kind::Mapping { entries } => entries.last().map(|entry| self.end_of(entry.value)),
            Kind::Sequence { items } => items.last().map(|&item| self.end_of(item)),
            _ => None,
        };
        let end = match frame.style {
            StructureStyle::Flow => Some(self.cursor),
            StructureStyle::Block => children_end,
        };
        let node = &mut self.yaml.nodes[frame.id.0 as usize];
        node.span.end = node.span.end.max(end.unwrap_or_default()).max(children_end.unwrap_or_default());
        if matches!(node.kind, Kind::Mapping { .. }) {
            self.find_duplicates(frame.id);
        }
    }

    /// Behind a node and the tag and the anchor of one that is left out.
    fn end_of(&self, id: NodeId) -> u32 {
        self.yaml.span(id).end
    }

    pub(super) fn close_all(&mut self) {
        while !self.open.is_empty() {
            self.close();
        }
        self.base = 0;
        self.resumes = false;
    }

    fn find_duplicates(&mut self, id: NodeId) {
        let mut duplicates = Vec::new();
        let mut seen: HashMap<&str, NodeId> = HashMap::new();
        for entry in self.yaml.entries(id) {
            let Some(name) = self.yaml.text(entry.key) else { continue };
            // Several merge keys are several merges.
            if name == "<<" {
                continue;
            }
            if let Some(&first) = seen.get(name) {
                let (first, second) = (self.yaml.span(first), self.yaml.span(entry.key));
                duplicates.push(DuplicateKey { first, second });
            } else {
                seen.insert(name, entry.key);
            }
        }
        self.yaml.duplicate_keys.extend(duplicates);
    }

    /// Adds a node to the collection it is in.
    fn add(&mut self, node: Node) -> NodeId {
        let id = NodeId(self.yaml.nodes.len() as u32);
        self.yaml.nodes.push(node);
        self.last = Some(id);
        match self.open.last_mut() {
            None => self.yaml.documents.push(id),
            Some(frame) => match &mut self.yaml.nodes[frame.id.0 as usize].kind {
                Kind::Mapping { entries } => match frame.key.take() {
                    None => frame.key = Some(id),
                    Some(key) => entries.push(Entry { key, value: id }),
                },
                Kind::Sequence { items } => items.push(id),
                Kind::Scalar { .. } | Kind::Alias { .. } => {}
            },
        }
        id
    }

    /// Moves the cursor behind the indicator that announces the next node.
    fn before_node(&mut self) {
        let Some(frame) = self.open.last() else {
            self.skip_blanks();
            while self.source[self.cursor as usize..].starts_with("...")
                && Span::new(line_start(self.source, self.cursor), self.cursor)
                    .text(self.source)
                    .chars()
                    .all(|character| character == '\u{feff}')
            {
                self.cursor += 3;
                self.skip_blanks();
            }
            return;
        };
        let indicator = match (&self.yaml.node(frame.id).kind, frame.key) {
            (Kind::Mapping { .. }, Some(_)) => b':',
            (Kind::Mapping { .. }, None) => b'?',
            (_, _) => b'-',
        };
        let is_flow = frame.style == StructureStyle::Flow;
        let (start, column) = (self.cursor, frame.column);
        self.skip_blanks();
        // A flow collection may be one long line: it is not searched for its start again and again.
        if !is_flow {
            let line_start = line_start(self.source, self.cursor);
            if line_start >= start && self.cursor - line_start != column {
                // An indicator in another line and column is that of another collection.
                self.cursor = start;
                return;
            }
        }
        // Before a value a comma says that the value is left out.
        if is_flow && indicator != b':' && self.byte(0) == Some(b',') {
            self.cursor += 1;
            self.skip_blanks();
        }
        let ends = ends_indicator(self.byte(1));
        if self.byte(0) == Some(indicator)
            && (ends || (is_flow && indicator == b':'))
            && (!is_flow || indicator != b'-')
        {
            self.cursor += 1;
        }
    }

    fn byte(&self, ahead: u32) -> Option<u8> {
        self.source.as_bytes().get((self.cursor + ahead) as usize).copied()
    }

    /// Moves the cursor over white space, line ends and comments.
    fn skip_blanks(&mut self) {
        let start = self.cursor;
        if start >= self.blank_from {
            return;
        }
        while let Some(byte) = self.byte(0) {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => self.cursor += 1,
                // The first byte of a byte order mark.
                0xef if self.source[self.cursor as usize..].starts_with('\u{feff}') => self.cursor += 3,
                b'#' => {
                    let rest = &self.source.as_bytes()[self.cursor as usize..];
                    self.cursor += memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len()) as u32;
                }
                _ => return,
            }
        }
        // Nothing follows: a value that is left out stands where its indicator does.
        self.cursor = start;
        self.blank_from = start;
    }

    /// Moves the cursor over tags and anchors.
    fn skip_properties(&mut self) {
        loop {
            let before = self.cursor;
            self.skip_blanks();
            if !matches!(self.byte(0), Some(b'!' | b'&')) {
                self.cursor = before;
                return;
            }
            let is_flow = self.open.last().is_some_and(|frame| frame.style == StructureStyle::Flow);
            let is_verbatim = self.byte(0) == Some(b'!') && self.byte(1) == Some(b'<');
            while let Some(byte) = self.byte(0) {
                let ends = match byte {
                    b' ' | b'\t' | b'\n' | b'\r' => true,
                    b',' | b'[' | b']' | b'{' | b'}' => is_flow && !is_verbatim,
                    _ => false,
                };
                if ends {
                    break;
                }
                self.cursor += 1;
            }
        }
    }

    fn parent_start(&self) -> u32 {
        self.open.last().map_or(0, |frame| self.yaml.span(frame.id).start)
    }

    /// Drops children that lie outside their parent or over a sibling: what is left of lines that were read twice, once
    /// inside a bracket that was never closed.
    fn drop_overlaps(&mut self) {
        let spans: Vec<Span> = self.yaml.nodes.iter().map(|node| node.span).collect();
        let span = |id: NodeId| spans[id.0 as usize];
        for node in &mut self.yaml.nodes {
            let (mut end, limit) = (node.span.start, node.span.end);
            let mut fits = |parts: &[Span]| {
                let before = end;
                for part in parts {
                    if part.start < end || part.end > limit {
                        end = before;
                        return false;
                    }
                    end = part.end;
                }
                true
            };
            match &mut node.kind {
                Kind::Mapping { entries } => {
                    entries.retain(|entry| fits(&[span(entry.key), span(entry.value)]));
                }
                Kind::Sequence { items } => items.retain(|&item| fits(&[span(item)])),
                Kind::Scalar { .. } | Kind::Alias { .. } => {}
            }
        }
        let mut end = 0;
        self.yaml.documents.retain(|&root| {
            let fits = span(root).start >= end;
            end = end.max(span(root).end);
            fits
        });
    }

    fn finish(mut self) -> Yaml {
        self.close_all();
        if !self.yaml.errors.is_empty() {
            self.drop_overlaps();
        }
        self.yaml.comments.sort_unstable_by_key(|comment| comment.start);
        self.yaml.comments.dedup();
        self.yaml.errors.sort_by_key(|error| error.span.start);
        self.yaml.duplicate_keys.sort_unstable_by_key(|duplicate| duplicate.second.start);
        self.yaml
    }
}

/// Where the line of an offset starts.
pub(super) fn line_start(source: &str, offset: u32) -> u32 {
    let before = &source.as_bytes()[..offset as usize];
    let start = memchr::memrchr2(b'\n', b'\r', before).map_or(0, |found| found as u32 + 1);
    // A byte order mark, which may start any document, takes no column.
    if source[start as usize..].starts_with('\u{feff}') { offset.min(start + 3) } else { start }
}

fn scalar_tag(tag: Option<&Tag>) -> ScalarTag {
    let Some(tag) = tag else { return ScalarTag::None };
    match tag.core_suffix() {
        Some("str") => ScalarTag::Str,
        Some("null") => ScalarTag::Null,
        Some("bool") => ScalarTag::Bool,
        Some("int") => ScalarTag::Int,
        Some("float") => ScalarTag::Float,
        _ if tag.original() == "!" => ScalarTag::Str,
        _ => ScalarTag::Other,
    }
}
