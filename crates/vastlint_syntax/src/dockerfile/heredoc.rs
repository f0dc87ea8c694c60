use std::collections::HashMap;

use vastlint_text::Span;

use super::lex::{self, LexError, Mode};
use super::logical::line_at;

/// The marker of a heredoc, as found on a line.
pub(super) struct Marker {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) delimiter: String,
    pub(super) descriptor: Option<u32>,
    pub(super) expand: bool,
    pub(super) strip_tabs: bool,
}

/// The heredocs that a line opens. `BuildKit` looks for them in the whole line, keyword and flags included, and in
/// shell comments too; it always reads `\` as the escape here. Where it cannot split the line into words, it finds none.
pub(super) fn markers(line: &str) -> Result<Vec<Marker>, LexError> {
    if !line.contains("<<") {
        return Ok(Vec::new());
    }
    let mode = Mode { escape: '\\', keep_quotes: true, keep_escapes: true };
    let words = match lex::words(line, mode) {
        Ok(words) => words,
        Err(error @ LexError::Depth) => return Err(error),
        Err(_) => return Ok(Vec::new()),
    };
    let mut markers: Vec<Marker> = Vec::new();
    for word in words {
        if let Some(mut marker) = marker(&word.text)? {
            // Several words that come out of one expansion have the same bytes; they count for the first marker only.
            let taken = markers.last().map_or(0, |last| last.end);
            (marker.start, marker.end) = (word.start.max(taken), word.end);
            markers.push(marker);
        }
    }
    Ok(markers)
}

/// The heredoc whose marker is the whole of `word`.
pub(super) fn marker(word: &str) -> Result<Option<Marker>, LexError> {
    let digits = word.find(|next: char| !next.is_ascii_digit()).unwrap_or(word.len());
    let Some(rest) = word[digits..].strip_prefix("<<") else { return Ok(None) };
    let (rest, strip_tabs) = match rest.strip_prefix('-') {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let rest = rest.trim_start_matches(['\t', '\n', '\x0c', '\r', ' ']);
    if rest.is_empty() || rest.contains('<') {
        return Ok(None);
    }
    // The word with its quotes and without: a difference says that some part of it is quoted.
    let mode = |keep_quotes| Mode { escape: '\\', keep_quotes, keep_escapes: false };
    let mut plain = lex::words(rest, mode(false))?;
    let [_] = *plain else { return Ok(None) };
    let quoted = lex::words(rest, mode(true))?;
    let [quoted] = &*quoted else { return Ok(None) };
    let Some(plain) = plain.pop() else { return Ok(None) };
    let quotes = |text: &str| text.matches(['\'', '"']).count();
    Ok(Some(Marker {
        start: 0,
        end: word.len(),
        descriptor: word[..digits].parse().ok(),
        expand: quotes(&plain.text) == quotes(&quoted.text),
        delimiter: plain.text,
        strip_tabs,
    }))
}

/// Finds the ends of heredocs in a file.
pub(super) struct Terminators<'s> {
    source: &'s str,
    /// Where each line stands for the last time, as it is and without the tabs before it. Only made once a heredoc
    /// turned out to be open: without it, every open heredoc would read the rest of the file.
    last: Option<[HashMap<&'s str, usize>; 2]>,
}

impl<'s> Terminators<'s> {
    pub(super) const fn new(source: &'s str) -> Self {
        Self { source, last: None }
    }

    /// The terminator of a heredoc whose body starts at `body`, and where the line behind it starts.
    pub(super) fn find(&mut self, marker: &Marker, body: usize) -> Option<(Span, usize)> {
        if let Some(last) = &self.last {
            let lines = &last[usize::from(marker.strip_tabs)];
            if lines.get(&*marker.delimiter).is_none_or(|&start| start < body) {
                return None;
            }
        }
        let mut start = body;
        while start < self.source.len() {
            let (line, next) = line_at(self.source, start);
            let content = Self::content(&self.source[line.clone()], marker.strip_tabs);
            if content == marker.delimiter {
                return Some((Span::from_range(line.end - content.len()..line.end), next));
            }
            start = next;
        }
        if self.last.is_none() {
            self.last = Some(self.index(body));
        }
        None
    }

    fn index(&self, from: usize) -> [HashMap<&'s str, usize>; 2] {
        let mut last = [HashMap::new(), HashMap::new()];
        let mut start = from;
        while start < self.source.len() {
            let (line, next) = line_at(self.source, start);
            let line = &self.source[line];
            last[0].insert(line, start);
            last[1].insert(Self::content(line, true), start);
            start = next;
        }
        last
    }

    fn content(line: &str, strip_tabs: bool) -> &str {
        if strip_tabs { line.trim_start_matches('\t') } else { line }
    }
}
