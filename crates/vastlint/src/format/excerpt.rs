//! The part of a file that a diagnostic speaks about, made ready to be drawn: only the lines that matter, unprintable
//! characters escaped, tabs expanded, long lines cut to a window around the place, labels moved along.
//!
//! An excerpt costs the same whatever the size of the file: lines are looked up in the file's index, and of a long
//! line only the neighbourhood of a label is looked at.

use std::collections::BTreeSet;
use std::ops::Range;

use unicode_width::UnicodeWidthChar;
use vastlint_engine::SourceFile;
use vastlint_text::Span;

use super::{display_width, wrap};
use crate::escape::push_printable;
use crate::terminal::Terminal;

const TAB: usize = 4;
/// A span over more lines is shown by its first two lines and its last.
const WHOLE_SPAN_LINES: u32 = 4;
/// A label's text gets at least this many columns.
const LABEL_ROOM: usize = 24;
/// Columns between the place and the text of its label: `╰── `.
const LABEL_ARM: usize = 4;

/// A place of a file with what is to be said about it.
#[derive(Clone, Copy, Debug)]
pub struct Mark<'a> {
    /// Bytes of the file.
    pub span: Span,
    /// May be empty.
    pub message: &'a str,
    /// Whether this is the place of the fault.
    pub primary: bool,
}

/// Text to draw, with its labels.
#[derive(Debug)]
pub struct Excerpt {
    /// The file and the position of the first primary mark, `path:line:column`.
    pub(crate) name: String,
    /// The rows, each with a newline at its end.
    pub(crate) text: String,
    /// The line number of each row, from 1; none where lines were left out.
    pub(crate) numbers: Vec<Option<u32>>,
    /// The labels, in order of their place.
    pub(crate) labels: Vec<Label>,
}

/// A label of an excerpt.
#[derive(Debug)]
pub(crate) struct Label {
    /// Bytes of the excerpt's text.
    pub(crate) range: Range<usize>,
    /// Wrapped to the room beside its place; may be empty.
    pub(crate) message: String,
    pub(crate) primary: bool,
}

/// A mark on real lines: inside the text, on character boundaries, not in a line end.
struct Placed<'a> {
    mark: &'a Mark<'a>,
    start: u32,
    end: u32,
    first: u32,
    last: u32,
}

impl Excerpt {
    /// The lines of `file` around `marks`, of which there must be one; `name` is how the file is called.
    #[must_use]
    pub fn new(file: &SourceFile, name: &str, marks: &[Mark<'_>], terminal: &Terminal) -> Self {
        let mut placed: Vec<Placed<'_>> = marks.iter().map(|mark| place(file, mark)).collect();
        placed.sort_by_key(|mark| (mark.start, mark.end));
        let multi_line = placed.iter().filter(|mark| mark.first != mark.last).count();
        let digits = file.lines().line_count().to_string().len();
        let gutter = digits + 4 + if multi_line > 0 { multi_line + 3 } else { 0 };
        let room = terminal.width.saturating_sub(gutter).max(LABEL_ROOM + LABEL_ARM);

        let subject = marks.iter().find(|mark| mark.primary).or_else(|| marks.first());
        let position = file.lines().line_column(subject.map_or(0, |mark| mark.span.start), &file.text);
        let mut builder = Builder { file, room, ellipsis: terminal.ellipsis(), rows: Rows::default() };
        builder.rows.starts = vec![0; placed.len()];
        builder.rows.ends = vec![0; placed.len()];
        builder.add_lines(&lines_to_show(file, &placed), &placed);
        let Rows { text, numbers, starts, ends } = builder.rows;
        let labels = placed.iter().enumerate().map(|(index, mark)| {
            let range = starts[index]..ends[index].max(starts[index]);
            let message = if mark.mark.message.is_empty() {
                String::new()
            } else {
                let at = if mark.first == mark.last { middle(&text, &range) } else { 0 };
                wrap(mark.mark.message, room.saturating_sub(at + LABEL_ARM).max(LABEL_ROOM)).join("\n")
            };
            Label { range, message, primary: mark.mark.primary }
        });
        Self {
            name: format!("{name}:{}:{}", position.line, position.column),
            labels: labels.collect(),
            text,
            numbers,
        }
    }

    /// Digits that the line numbers need.
    pub(crate) fn number_width(&self) -> usize {
        let largest = self.numbers.iter().flatten().max().copied().unwrap_or(1) as usize;
        largest.max(self.numbers.len()).to_string().len()
    }
}

fn place<'a>(file: &SourceFile, mark: &'a Mark<'a>) -> Placed<'a> {
    let text: &str = &file.text;
    let lines = file.lines();
    let start = text.floor_char_boundary(mark.span.start as usize) as u32;
    let end = (text.ceil_char_boundary((mark.span.end as usize).min(text.len())) as u32).max(start);
    let first = lines.line_of(start);
    let start = start.min(lines.line_span(first, text).end);
    let last = if end > start { lines.line_of(end - 1) } else { first };
    let end = end.min(lines.line_span(last, text).end).max(start);
    Placed { mark, start, end, first, last }
}

/// The lines with marks, and around the primary mark a line before and behind.
fn lines_to_show(file: &SourceFile, placed: &[Placed<'_>]) -> BTreeSet<u32> {
    let mut lines = BTreeSet::new();
    for mark in placed {
        let whole = mark.last - mark.first < WHOLE_SPAN_LINES;
        lines.extend(if whole { mark.first..=mark.last } else { mark.first..=mark.first + 1 });
        lines.insert(mark.last);
        if mark.mark.primary && whole {
            let around = mark.first.checked_sub(1).into_iter().chain([mark.last + 1]);
            lines.extend(around.filter(|&line| {
                let content = file.lines().line_span(line, &file.text).text(&file.text);
                // A long line is cheap to judge: its first character that is not blank decides.
                !content.trim_start().is_empty()
            }));
        }
    }
    lines
}

/// The display column of the middle of a range, where miette hangs the label.
fn middle(text: &str, range: &Range<usize>) -> usize {
    let row = text[..range.start].rfind('\n').map_or(0, |newline| newline + 1);
    display_width(&text[row..range.start]) + display_width(&text[range.clone()]) / 2
}

/// Rows built so far, and where in them each mark starts and ends.
#[derive(Default)]
struct Rows {
    text: String,
    numbers: Vec<Option<u32>>,
    starts: Vec<usize>,
    ends: Vec<usize>,
}

struct Builder<'a> {
    file: &'a SourceFile,
    room: usize,
    ellipsis: &'static str,
    rows: Rows,
}

impl Builder<'_> {
    fn add_lines(&mut self, lines: &BTreeSet<u32>, placed: &[Placed<'_>]) {
        let mut next = None;
        for &line in lines {
            match next {
                // One line left out would take as much room as showing it.
                Some(next) if line == next + 1 => self.add_line(next, placed),
                Some(next) if line > next => {
                    self.add_row(None, if self.ellipsis == "…" { "⋮" } else { "..." });
                }
                _ => {}
            }
            self.add_line(line, placed);
            next = Some(line + 1);
        }
    }

    fn add_row(&mut self, number: Option<u32>, text: &str) {
        self.rows.text.push_str(text);
        self.rows.text.push('\n');
        self.rows.numbers.push(number);
    }

    /// Adds a row for the line; a line so long that not all its marks are to be seen at once gets several.
    fn add_line(&mut self, line: u32, placed: &[Placed<'_>]) {
        let span = self.file.lines().line_span(line, &self.file.text);
        let content = span.text(&self.file.text);
        let mut waiting: Vec<(usize, Focus)> = Vec::new();
        for (index, mark) in placed.iter().enumerate() {
            if let Some(focus) = focus(mark, line, span) {
                waiting.push((index, focus));
            }
        }
        if waiting.is_empty() {
            let row = lay_out(content, &Focus::default(), self.room, self.ellipsis);
            self.add_row(Some(line + 1), &row.text);
        }
        while let Some((_, first)) = waiting.first() {
            let row = lay_out(content, first, self.room, self.ellipsis);
            let base = self.rows.text.len();
            let mut first = true;
            waiting.retain(|(index, focus)| {
                if !first && !row.shows(&focus.range) {
                    return true;
                }
                first = false;
                if focus.starts {
                    self.rows.starts[*index] = base + row.locate(focus.range.start);
                }
                if focus.ends {
                    self.rows.ends[*index] = base + row.locate(focus.range.end);
                }
                false
            });
            self.add_row(Some(line + 1), &row.text);
        }
    }
}

/// What has to be seen of a line because of one mark.
#[derive(Default)]
struct Focus {
    /// Bytes of the line.
    range: Range<usize>,
    /// Whether the mark starts in this line.
    starts: bool,
    /// Whether the mark ends in this line.
    ends: bool,
    /// Columns for the label beside the place.
    label: usize,
}

fn focus(mark: &Placed<'_>, line: u32, span: Span) -> Option<Focus> {
    let (starts, ends) = (mark.first == line, mark.last == line);
    let at = |offset: u32| (offset - span.start) as usize;
    let range = match (starts, ends) {
        (true, true) => at(mark.start)..at(mark.end),
        (true, false) => at(mark.start)..at(mark.start),
        (false, true) => at(mark.end)..at(mark.end),
        (false, false) => return None,
    };
    // The label of a mark over several lines stands below, at the left.
    let beside = starts && ends && !mark.mark.message.is_empty();
    let label = if beside { LABEL_ARM + mark.mark.message.len().min(LABEL_ROOM) } else { 0 };
    Some(Focus { range, starts, ends, label })
}

/// A line as it is shown.
struct Row {
    text: String,
    /// Bytes of the line that are shown.
    shown: Range<usize>,
    /// Where characters went: byte of the line, byte of the text; in order.
    offsets: Vec<(usize, usize)>,
}

impl Row {
    fn shows(&self, range: &Range<usize>) -> bool {
        self.shown.start <= range.start && range.end <= self.shown.end
    }

    /// Where a byte of the line is in the text; at the nearer end if it is not shown.
    fn locate(&self, byte: usize) -> usize {
        if byte < self.shown.start {
            return 0;
        }
        match self.offsets.binary_search_by_key(&byte, |&(source, _)| source) {
            Ok(index) => self.offsets[index].1,
            Err(_) => self.text.len(),
        }
    }
}

/// A shown character.
struct Cell {
    source: usize,
    text: usize,
    column: usize,
}

/// Lays a line out in `room` columns so that `focus` and its label can be seen.
fn lay_out(line: &str, focus: &Focus, room: usize, ellipsis: &'static str) -> Row {
    let mark = &focus.range;
    // Only this much of a long line is looked at.
    let reach = room * 8;
    let near = if line.len() <= reach {
        0..line.len()
    } else {
        line.floor_char_boundary(mark.start.saturating_sub(reach / 2))
            ..line.floor_char_boundary((mark.start + reach).min(line.len()))
    };
    let mut text = String::with_capacity(near.len() + 8);
    let mut cells = Vec::with_capacity(near.len() + 1);
    let mut column = 0;
    for (offset, character) in line[near.clone()].char_indices() {
        cells.push(Cell { source: near.start + offset, text: text.len(), column });
        let before = text.len();
        if character == '\t' {
            let blanks = TAB - column % TAB;
            text.extend(std::iter::repeat_n(' ', blanks));
            column += blanks;
        } else {
            push_printable(&mut text, character);
            let escaped = text.len() - before != character.len_utf8();
            column += if escaped { text.len() - before } else { character.width().unwrap_or(0) };
        }
    }
    cells.push(Cell { source: near.end, text: text.len(), column });

    let column_of = |byte: usize| {
        let index = cells.partition_point(|cell| cell.source < byte);
        cells.get(index).map_or(column, |cell| cell.column)
    };
    let dots = display_width(ellipsis);
    let start = column_of(mark.start);
    // Of a place wider than the room, the start matters; at the left of a line it stays where it is.
    let reachable = if start <= room / 3 { room - dots } else { start + room - 2 * dots };
    let end = column_of(mark.end).max(start + 1).min(reachable);
    let needed = end.max(usize::midpoint(start, end) + focus.label);
    let is_cut = near.len() != line.len();
    if !is_cut && column <= room && needed <= room {
        let offsets = cells.iter().map(|cell| (cell.source, cell.text)).collect();
        return Row { text, shown: near, offsets };
    }

    let overhang = (needed + dots).saturating_sub(room);
    let left = if overhang == 0 && near.start == 0 {
        0
    } else {
        // A third of the room for what stands before the place; more where nothing stands behind it.
        let rest = if near.end == line.len() { column.saturating_sub(room - dots) } else { usize::MAX };
        (overhang + dots).max(start.saturating_sub(room / 3).min(rest)).min(start)
    };
    let from = cells.partition_point(|cell| cell.column < left).min(cells.len() - 1);
    let left_dots = if near.start + from > 0 && (from > 0 || near.start > 0) { dots } else { 0 };
    let whole_end = near.end == line.len() && column - cells[from].column + left_dots <= room;
    let to = if whole_end {
        cells.len() - 1
    } else {
        let limit = cells[from].column + room.saturating_sub(left_dots + dots);
        cells.partition_point(|cell| cell.column <= limit).saturating_sub(1).max(from)
    };

    let mut out = String::with_capacity(cells[to].text - cells[from].text + 8);
    if left_dots > 0 {
        out.push_str(ellipsis);
    }
    let moved = |cell: &Cell| (cell.source, cell.text - cells[from].text + out.len());
    let offsets = cells[from..=to].iter().map(moved).collect();
    out.push_str(&text[cells[from].text..cells[to].text]);
    if !whole_end {
        out.push_str(ellipsis);
    }
    Row { text: out, shown: cells[from].source..cells[to].source, offsets }
}
