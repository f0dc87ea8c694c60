//! Markdown for a terminal: the constructs that rule pages use.

use std::fmt::Write as _;

use owo_colors::Style;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::escape::push_printable;
use crate::format::display_width;
use crate::terminal::Terminal;

/// Renders a page.
pub(crate) fn render(source: &str, terminal: &Terminal) -> String {
    let mut renderer = Renderer::new(terminal);
    for event in Parser::new_ext(source, Options::ENABLE_TABLES) {
        renderer.event(event);
    }
    renderer.out
}

/// A piece of running text in one style; it may hold several words.
struct Piece {
    text: String,
    style: Style,
}

struct Renderer<'a> {
    terminal: &'a Terminal,
    out: String,
    /// Styles of the open inline elements.
    styles: Vec<Style>,
    /// Running text of the open block.
    pieces: Vec<Piece>,
    /// Open lists: the next number, or none for bullets.
    lists: Vec<Option<u64>>,
    /// What stands before the first line of the next block, and before its other lines.
    marker: Option<String>,
    quotes: usize,
    code: Option<String>,
    link: Option<String>,
    /// Cells of the open table, row by row.
    table: Vec<Vec<String>>,
}

impl<'a> Renderer<'a> {
    const fn new(terminal: &'a Terminal) -> Self {
        Self {
            terminal,
            out: String::new(),
            styles: Vec::new(),
            pieces: Vec::new(),
            lists: Vec::new(),
            marker: None,
            quotes: 0,
            code: None,
            link: None,
            table: Vec::new(),
        }
    }

    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => match &mut self.code {
                Some(code) => code.push_str(&text),
                None => self.push(&text, Style::new()),
            },
            Event::Code(code) => {
                // Without colour the backticks tell code from prose.
                let text = if self.terminal.color { code.to_string() } else { format!("`{code}`") };
                self.push(&text, self.terminal.name());
            }
            Event::SoftBreak | Event::HardBreak => self.push(" ", Style::new()),
            Event::Rule => {
                let bar = if self.terminal.unicode { "─" } else { "-" };
                self.blank_line();
                let _ = writeln!(self.out, "{}", self.terminal.faint().style(bar.repeat(20)));
            }
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { level, .. } => {
                self.styles.push(self.terminal.heading());
                // Without colour nothing else would tell a heading from a short paragraph.
                if !self.terminal.color {
                    self.marker = Some("#".repeat(level as usize) + " ");
                }
            }
            Tag::Strong => self.styles.push(self.terminal.strong()),
            Tag::Emphasis => self.styles.push(self.terminal.emphasis()),
            Tag::Link { dest_url, .. } => self.link = Some(dest_url.to_string()),
            Tag::List(first) => {
                // A list inside an item starts below the item's text.
                self.flush();
                if self.lists.is_empty() {
                    self.blank_line();
                }
                self.lists.push(first);
            }
            Tag::Item => {
                let bullet = if self.terminal.unicode { "•" } else { "-" };
                self.marker = Some(match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => format!("{bullet} "),
                });
            }
            Tag::BlockQuote(_) => self.quotes += 1,
            Tag::CodeBlock(_) => {
                self.flush();
                self.code = Some(String::new());
            }
            Tag::TableHead | Tag::TableRow => self.table.push(Vec::new()),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => {
                self.blank_line();
                self.flush();
                self.styles.pop();
            }
            TagEnd::Paragraph => {
                if self.lists.is_empty() {
                    self.blank_line();
                }
                self.flush();
            }
            TagEnd::Strong | TagEnd::Emphasis => {
                self.styles.pop();
            }
            TagEnd::Link => {
                if let Some(url) = self.link.take() {
                    self.push(&format!(" ({url})"), self.terminal.faint());
                }
            }
            TagEnd::Item => {
                self.flush();
                self.marker = None;
            }
            TagEnd::List(_) => {
                self.lists.pop();
            }
            TagEnd::BlockQuote(_) => self.quotes = self.quotes.saturating_sub(1),
            TagEnd::CodeBlock => self.code_block(),
            TagEnd::TableCell => {
                let cell = self.pieces.drain(..).map(|piece| piece.text).collect::<String>();
                if let Some(row) = self.table.last_mut() {
                    row.push(cell);
                }
            }
            TagEnd::Table => self.end_table(),
            _ => {}
        }
    }

    /// Adds running text in the style of the open elements, or in `style` if none is open.
    fn push(&mut self, text: &str, style: Style) {
        let style = self.styles.last().copied().unwrap_or(style);
        let mut safe = String::with_capacity(text.len());
        for character in text.chars() {
            push_printable(&mut safe, if character == '\n' { ' ' } else { character });
        }
        self.pieces.push(Piece { text: safe, style });
    }

    fn blank_line(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    fn indent(&self) -> String {
        let lists = "   ".repeat(self.lists.len());
        let bar = if self.terminal.unicode { "│ " } else { "| " };
        format!("{}{lists}", bar.repeat(self.quotes))
    }

    /// Writes the running text of a block, wrapped.
    fn flush(&mut self) {
        let pieces = std::mem::take(&mut self.pieces);
        if pieces.iter().all(|piece| piece.text.trim().is_empty()) {
            return;
        }
        let indent = self.indent();
        let width = self.terminal.prose_width();
        let first = match self.marker.take() {
            Some(marker) => {
                let room = display_width(&indent).saturating_sub(display_width(&marker));
                format!("{:room$}{marker}", "")
            }
            None => indent.clone(),
        };
        self.out.push_str(&first);
        let mut column = display_width(&first);
        let start = column;
        for word in words(&pieces) {
            let word_width = word.iter().map(|part| display_width(&part.text)).sum::<usize>();
            if column > start && column + 1 + word_width > width {
                self.out.push('\n');
                self.out.push_str(&indent);
                column = display_width(&indent);
            } else if column > start {
                self.out.push(' ');
                column += 1;
            }
            for part in &word {
                let _ = write!(self.out, "{}", part.style.style(&part.text));
            }
            column += word_width;
        }
        self.out.push('\n');
    }

    /// Writes a code block as it is, set in by four columns.
    fn code_block(&mut self) {
        let Some(code) = self.code.take() else { return };
        self.blank_line();
        let indent = self.indent();
        for line in code.lines() {
            let mut safe = String::with_capacity(line.len());
            for character in line.chars() {
                if character == '\t' { safe.push_str("    ") } else { push_printable(&mut safe, character) }
            }
            if safe.is_empty() {
                self.out.push('\n');
            } else {
                let _ = writeln!(self.out, "{indent}    {}", self.terminal.name().style(safe));
            }
        }
    }

    fn end_table(&mut self) {
        let rows = std::mem::take(&mut self.table);
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        let cell_width =
            |row: &Vec<String>, column: usize| row.get(column).map_or(0, |cell| display_width(cell));
        let widths: Vec<usize> = (0..columns)
            .map(|column| rows.iter().map(|row| cell_width(row, column)).max().unwrap_or(0))
            .collect();
        self.blank_line();
        for (index, row) in rows.iter().enumerate() {
            let mut line = self.indent();
            for (cell, width) in row.iter().zip(&widths) {
                let padding = width - display_width(cell);
                let style = if index == 0 { self.terminal.strong() } else { Style::new() };
                let _ = write!(line, "  {}{:padding$}", style.style(cell), "");
            }
            self.out.push_str(line.trim_end());
            self.out.push('\n');
        }
    }
}

/// Splits running text at blanks; a word may consist of parts in several styles. Code with blanks inside stays whole
/// only where it fits, like any words.
fn words(pieces: &[Piece]) -> Vec<Vec<Piece>> {
    let mut words: Vec<Vec<Piece>> = Vec::new();
    let mut open = false;
    for piece in pieces {
        for (index, part) in piece.text.split(' ').enumerate() {
            if index > 0 {
                open = false;
            }
            if part.is_empty() {
                continue;
            }
            let part = Piece { text: part.to_owned(), style: piece.style };
            match words.last_mut() {
                Some(word) if open => word.push(part),
                _ => words.push(vec![part]),
            }
            open = true;
        }
    }
    words
}
