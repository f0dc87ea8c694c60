use granit_parser::{ErrorKind, ScanError, StructureStyle};
use vastlint_text::Span;

use super::build::Builder;
use super::scalar::is_document_marker;
use super::{Kind, NodeId};
use crate::SyntaxError;

/// How often parsing goes on after a mistake in one text.
const MAX_RECOVERIES: u32 = 1000;

/// How often a byte may be read, on average: what keeps the time linear.
const MAX_COST: u64 = 8;

/// Finds the place to go on from after a mistake.
pub(super) struct Recovery<'s> {
    source: &'s str,
    attempts: u32,
    /// How many bytes were read so far, those read again included.
    cost: u64,
    /// The column of the last part that was found, and its end.
    known_end: (u32, u32),
}

/// A line that may be a key or an item.
struct Candidate {
    start: u32,
    column: u32,
    is_item: bool,
    is_key: bool,
    is_marker: bool,
}

impl<'s> Recovery<'s> {
    pub(super) fn new(source: &'s str) -> Self {
        Self { source, attempts: 0, cost: 0, known_end: (0, 0) }
    }

    /// The part to read after `part`, which ended with `error` or read well.
    pub(super) fn next_part(
        &mut self,
        builder: &mut Builder,
        part: Span,
        error: Option<&ScanError>,
    ) -> Option<Span> {
        let mut from = part.end;
        if let Some(error) = error {
            let at = part.start + error.marker().byte_offset().unwrap_or_default() as u32;
            let at = self.source.floor_char_boundary(at.min(part.end) as usize) as u32;
            builder.yaml.errors.push(SyntaxError::new(self.error_span(at), message(error.kind())));
            from = self.restart(builder, part);
            // What was left open was looked for up to the end.
            let is_read_whole = matches!(
                error.kind(),
                ErrorKind::UnclosedQuotedScalar
                    | ErrorKind::UnclosedFlowCollection { .. }
                    | ErrorKind::UnexpectedEof
                    | ErrorKind::UnexpectedEofBlockMapping
                    | ErrorKind::UnexpectedEofBlockSequence
                    | ErrorKind::UnexpectedEofFlowMapping
                    | ErrorKind::UnexpectedEofFlowSequence
                    | ErrorKind::UnexpectedEofImplicitFlowMapping
            );
            let read = if is_read_whole { part.len() } else { at.max(from) - part.start };
            self.cost += u64::from(read);
        }
        if from >= self.source.len() as u32 {
            return None;
        }
        self.attempts += 1;
        let next = self.find(builder, from);
        let next = next?;
        let limit = MAX_COST * self.source.len() as u64 + 65_536;
        if self.attempts > MAX_RECOVERIES || self.cost > limit {
            let span = self.error_span(next.start);
            builder.yaml.errors.push(SyntaxError::new(span, "too many mistakes: the rest is not read"));
            return None;
        }
        Some(next)
    }

    /// From `at` to the end of its word, so that there is something to point at.
    fn error_span(&self, at: u32) -> Span {
        let rest = &self.source[at as usize..];
        let length = rest.find(|character: char| character.is_whitespace()).unwrap_or(rest.len());
        Span::new(at, at + length as u32)
    }

    fn next_line(&self, offset: u32) -> u32 {
        let rest = &self.source.as_bytes()[offset as usize..];
        memchr::memchr(b'\n', rest).map_or(self.source.len() as u32, |found| offset + found as u32 + 1)
    }

    /// Where to look for a line to go on from: the line behind the last token that was understood. A flow collection
    /// that was not closed may have swallowed lines: they are given back.
    fn restart(&self, builder: &mut Builder, part: Span) -> u32 {
        let understood = builder.cursor.clamp(part.start, part.end);
        let flow = builder.open.iter().position(|frame| frame.style == StructureStyle::Flow);
        let Some(flow) = flow else { return self.next_line(understood) };
        let mut restart = self.next_line(builder.yaml.span(builder.open[flow].id).start);
        // A child that began before the restart and ends behind it moves the restart behind itself.
        for frame in &builder.open[flow..] {
            for child in children(builder, frame.id).chain(frame.key) {
                let span = builder.yaml.span(child);
                let is_open = builder.open.iter().any(|open| open.id == child);
                if !is_open && span.start < restart && span.end > restart {
                    restart = self.next_line(span.end);
                }
            }
        }
        let restart = restart.max(self.next_line(part.start));
        while builder.open.len() > flow {
            let Some(frame) = builder.open.last_mut() else { break };
            let id = frame.id;
            let key = frame.key.filter(|&key| builder.yaml.span(key).end <= restart);
            if let Some(frame) = builder.open.last_mut() {
                frame.key = key;
            }
            cut(builder, id, restart);
            builder.cursor = builder.cursor.min(restart);
            builder.close();
        }
        restart
    }

    /// The part that starts at the first line from `offset` on which fits a collection that is open.
    fn find(&mut self, builder: &mut Builder, offset: u32) -> Option<Span> {
        let length = self.source.len() as u32;
        let mut offset = offset;
        while offset < length {
            let candidate = self.candidate(offset);
            offset = self.next_line(offset);
            let Some(candidate) = candidate else { continue };
            if candidate.is_marker {
                builder.close_all();
                builder.resume();
                return Some(Span::new(candidate.start, length));
            }
            if builder.open.is_empty() {
                if !candidate.is_key && !candidate.is_item {
                    continue;
                }
                // What was read of this document is a scalar, or nothing.
                if let Some(&root) = builder.yaml.documents.last()
                    && matches!(builder.yaml.node(root).kind, Kind::Scalar { .. })
                {
                    builder.yaml.documents.pop();
                }
                // A root that swallowed this line keeps it.
                if let Some(&root) = builder.yaml.documents.last()
                    && builder.yaml.span(root).end > candidate.start
                {
                    continue;
                }
                builder.resume();
                return Some(Span::new(candidate.start, self.part_end(&candidate)));
            }
            let fits = builder.open.iter().rposition(|frame| {
                frame.style == StructureStyle::Block
                    && frame.column == candidate.column
                    && match builder.yaml.node(frame.id).kind {
                        Kind::Mapping { .. } => candidate.is_key && !candidate.is_item,
                        Kind::Sequence { .. } => candidate.is_item,
                        Kind::Scalar { .. } | Kind::Alias { .. } => false,
                    }
            });
            if let Some(fits) = fits {
                while builder.open.len() > fits + 1 {
                    builder.close();
                }
                builder.close_pending_key();
                builder.resume();
                return Some(Span::new(candidate.start, self.part_end(&candidate)));
            }
        }
        None
    }

    fn candidate(&self, start: u32) -> Option<Candidate> {
        let rest = &self.source[start as usize..];
        let line = &rest[..memchr::memchr2(b'\n', b'\r', rest.as_bytes()).unwrap_or(rest.len())];
        let text = line.trim_start_matches(' ');
        if text.is_empty() || text.starts_with(['#', '\t']) {
            return None;
        }
        let is_item = text == "-" || text.starts_with("- ");
        Some(Candidate {
            start,
            column: (line.len() - text.len()) as u32,
            is_item,
            is_key: text.ends_with(':') || text.contains(": ") || text.starts_with("? "),
            is_marker: is_document_marker(line),
        })
    }

    /// Where the lines that belong to the collection of a line end: at the next one that is indented less.
    fn part_end(&mut self, first: &Candidate) -> u32 {
        let length = self.source.len() as u32;
        if first.column == 0 {
            return length;
        }
        // The next line of the same collection ends where this one does.
        let (column, end) = self.known_end;
        if column == first.column && first.start < end {
            return end;
        }
        let end = self.search_part_end(first);
        self.known_end = (first.column, end);
        self.cost += u64::from(end - first.start);
        end
    }

    fn search_part_end(&self, first: &Candidate) -> u32 {
        let length = self.source.len() as u32;
        let mut offset = self.next_line(first.start);
        while offset < length {
            if let Some(line) = self.candidate(offset)
                && line.column < first.column
            {
                return offset;
            }
            offset = self.next_line(offset);
        }
        length
    }
}

fn children(builder: &Builder, id: NodeId) -> Box<dyn Iterator<Item = NodeId>> {
    match &builder.yaml.node(id).kind {
        Kind::Mapping { entries } => {
            let last = entries.last().copied();
            Box::new(last.into_iter().flat_map(|entry| [entry.key, entry.value]))
        }
        Kind::Sequence { items } => Box::new(items.last().copied().into_iter()),
        Kind::Scalar { .. } | Kind::Alias { .. } => Box::new(std::iter::empty()),
    }
}

/// Takes what ends behind `end` out of a collection.
fn cut(builder: &mut Builder, id: NodeId, end: u32) {
    let yaml = &mut builder.yaml;
    let (before, node) = yaml.nodes.split_at_mut(id.0 as usize);
    let _ = before;
    let Some((node, after)) = node.split_first_mut() else { return };
    let ends = |child: NodeId| {
        let index = (child.0 - id.0 - 1) as usize;
        after.get(index).is_none_or(|child| child.span.start < end && child.span.end <= end)
    };
    match &mut node.kind {
        Kind::Mapping { entries } => entries.retain(|entry| ends(entry.key) && ends(entry.value)),
        Kind::Sequence { items } => items.retain(|&item| ends(item)),
        Kind::Scalar { .. } | Kind::Alias { .. } => {}
    }
    node.span.end = node.span.end.min(end).max(node.span.start);
}

/// What is wrong, in the words of YAML.
fn message(kind: &ErrorKind) -> String {
    use ErrorKind as Kind;
    let text = match kind {
        Kind::UnclosedQuotedScalar => "the quote is not closed",
        Kind::InvalidQuotedScalarIndent => {
            "the quote before this line is not closed, or its text is indented too little"
        }
        Kind::UnclosedFlowCollection { open } => return format!("the `{open}` is not closed"),
        Kind::MismatchedFlowCollectionEnd { open, close } => {
            return format!("the `{open}` is closed by a `{close}`");
        }
        Kind::MisplacedFlowCollectionEnd => "a bracket is closed that was not opened",
        Kind::UnexpectedCharacter { character } => {
            return format!("a value cannot start with `{character}`: quote it");
        }
        Kind::TabNotAllowed
        | Kind::TabInBlockIndentation
        | Kind::TabInIndentation
        | Kind::TabAtBlockScalarStart
        | Kind::TabInPlainScalar => "YAML allows no tab here: indent with spaces",
        Kind::RecursionLimitExceeded => "collections nest too deep",
        Kind::MappingValueNotAllowed => "a `: ` cannot stand here: quote the value, or check the indentation",
        Kind::MappingKeyNotAllowed => "a key cannot stand here: check the indentation",
        Kind::SimpleKeyExpected | Kind::InvalidSimpleKey => "a key needs a `:` behind it",
        Kind::ExpectedBlockMappingKey => "a key is expected here: check the indentation",
        Kind::ExpectedBlockSequenceEntry => "an item with a `-` is expected here: check the indentation",
        Kind::BlockSequenceEntryNotAllowed => "an item with a `-` cannot stand here: check the indentation",
        Kind::BlockEntryInFlowCollection => "a `-` cannot stand inside brackets: close them before this line",
        Kind::InvalidColonPlacement => "a `:` cannot stand here: close the brackets before this line",
        Kind::InvalidIndentation | Kind::InvalidBlockScalarIndent | Kind::InvalidFlowScalarIndent => {
            "the indentation fits nothing before it"
        }
        Kind::ExpectedFlowMappingSeparator => "a `,` or `}` is expected here",
        Kind::ExpectedFlowSequenceSeparator => "a `,` or `]` is expected here",
        Kind::InvalidTrailingSingleQuotedScalar | Kind::InvalidTrailingDoubleQuotedScalar => {
            "nothing may follow the closing quote: quote the whole value"
        }
        Kind::UnknownQuotedScalarEscape => {
            "double quotes know no such escape: double the backslash, or use single quotes"
        }
        Kind::InvalidBlockScalarHeader => "nothing may follow the `|` or `>` in its line",
        Kind::CommentNotSeparated => "a comment needs a space before its `#`",
        Kind::BomInsideDocument => "a byte order mark may only start the file",
        other => return other.to_string(),
    };
    text.to_owned()
}
