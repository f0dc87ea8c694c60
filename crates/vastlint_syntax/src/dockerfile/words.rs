//! How `BuildKit` parts the arguments of an instruction into flags and words.

use std::ops::Range;

use super::logical::{LogicalLine, is_blank};
use super::tree::{Flag, Word};

/// A flag, and where it ends in its line.
pub(super) struct FlagAt {
    pub(super) flag: Flag,
    pub(super) end: usize,
}

/// The flags at the start of `range`, and the range behind them. Flags end at the first word that does not begin with
/// two dashes, and behind a word that is nothing else.
pub(super) fn flags(
    line: &LogicalLine<'_>,
    range: Range<usize>,
    escape: char,
) -> (Vec<FlagAt>, Range<usize>) {
    let text = line.text();
    let mut flags = Vec::new();
    let mut at = range.start;
    loop {
        let rest = &text[at..range.end];
        at = range.end - rest.trim_start().len();
        if !text[at..range.end].starts_with("--") {
            return (flags, at..range.end);
        }
        let word = flag_word(text, at..range.end, escape);
        if text[word.range.clone()] == *"--" {
            return (flags, word.range.end..range.end);
        }
        at = word.range.end;
        flags.push(FlagAt { end: at, flag: word.flag(line) });
    }
}

/// A flag's word: quotes and escapes are taken off at once, in the name too.
struct FlagWord {
    range: Range<usize>,
    /// The characters that stay and where each begins and ends, if they are not simply those of the range.
    kept: Option<Vec<(char, usize, usize)>>,
}

fn flag_word(text: &str, range: Range<usize>, escape: char) -> FlagWord {
    let mut quote = None;
    let mut end = range.end;
    let mut is_plain = true;
    let mut characters = text[range.clone()].char_indices();
    while let Some((offset, next)) = characters.next() {
        match quote {
            None if next.is_whitespace() => {
                end = range.start + offset;
                break;
            }
            None if next == '\'' || next == '"' => {
                (quote, is_plain) = (Some(next), false);
            }
            Some(open) if next == open => quote = None,
            _ if next == escape => {
                is_plain = false;
                characters.next();
            }
            _ => {}
        }
    }
    let range = range.start..end;
    let kept = (!is_plain).then(|| kept_characters(text, &range, escape));
    FlagWord { range, kept }
}

fn kept_characters(text: &str, range: &Range<usize>, escape: char) -> Vec<(char, usize, usize)> {
    let mut kept = Vec::new();
    let mut quote = None;
    let mut characters = text[range.clone()].char_indices();
    while let Some((offset, next)) = characters.next() {
        match quote {
            None if next == '\'' || next == '"' => quote = Some(next),
            Some(open) if next == open => quote = None,
            _ => {
                let start = range.start + offset;
                let (last, next) = if next == escape {
                    match characters.next() {
                        Some((offset, escaped)) => (range.start + offset, escaped),
                        // An escape character with nothing behind it falls away.
                        None => break,
                    }
                } else {
                    (start, next)
                };
                kept.push((next, start, last + next.len_utf8()));
            }
        }
    }
    kept
}

impl FlagWord {
    fn flag(&self, line: &LogicalLine<'_>) -> Flag {
        let span = line.span(self.range.clone());
        let Some(kept) = &self.kept else {
            let name = self.range.start + 2;
            let equals = line.text()[self.range.clone()].find('=').map(|at| self.range.start + at);
            return Flag {
                span,
                name: plain(line, name..equals.unwrap_or(self.range.end)),
                value: equals.map(|equals| flag_value(line, equals + 1..self.range.end, None)),
            };
        };
        let text = |part: &[(char, usize, usize)]| part.iter().map(|&(next, ..)| next).collect::<String>();
        // The two dashes begin the word, unquoted.
        let kept = kept.get(2..).unwrap_or_default();
        let equals = kept.iter().position(|&(next, ..)| next == '=');
        let (name, value) = match equals {
            Some(equals) => (&kept[..equals], Some(&kept[equals + 1..])),
            None => (kept, None),
        };
        let name_end = equals.map_or(self.range.end, |equals| kept[equals].1);
        let mut name_word = plain(line, self.range.start + 2..name_end);
        name_word.text = Some(text(name).into_boxed_str());
        let value = value.map(|value| {
            let start = equals.map_or(self.range.end, |equals| kept[equals].2);
            flag_value(line, start..self.range.end, Some(text(value)))
        });
        Flag { span, name: name_word, value }
    }
}

fn flag_value(line: &LogicalLine<'_>, range: Range<usize>, text: Option<String>) -> Word {
    let mut word = plain(line, range.clone());
    word.has_variables = text.as_deref().unwrap_or(&line.text()[range]).contains('$');
    if let Some(text) = text {
        word.text = Some(text.into_boxed_str());
    }
    word
}

/// The range as a word that stands for itself.
pub(super) fn plain(line: &LogicalLine<'_>, range: Range<usize>) -> Word {
    let span = line.span(range.clone());
    Word { span, has_variables: false, text: line.owned(range, span), literal: None }
}

/// Whether the lexer could make something else of the word.
pub(super) fn is_special(text: &str, escape: char) -> bool {
    text.contains(['$', '\'', '"', escape])
}

/// The words between blanks; quotes mean nothing.
pub(super) fn split(text: &str, range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = range.start;
    std::iter::from_fn(move || {
        let start = (at..range.end).find(|&at| !is_blank(bytes[at]))?;
        at = (start..range.end).find(|&at| is_blank(bytes[at])).unwrap_or(range.end);
        Some(start..at)
    })
}

/// The words between white space that is neither quoted nor escaped; the quotes and escapes are still in them.
pub(super) fn quoted(text: &str, range: Range<usize>, escape: char) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    let mut quote = None;
    let mut end = range.end;
    let mut characters =
        text[range.clone()].char_indices().map(|(offset, next)| (range.start + offset, next));
    while let Some((at, next)) = characters.next() {
        if start.is_none() && next.is_whitespace() {
            continue;
        }
        let word_start = *start.get_or_insert(at);
        match quote {
            None if next.is_whitespace() => {
                words.push(word_start..at);
                start = None;
            }
            None if next == '\'' || next == '"' => quote = Some(next),
            Some(open) if next == open => quote = None,
            // Nothing can be escaped inside single quotes.
            Some('\'') => {}
            // It takes the next character along; at the very end it falls away itself.
            _ if next == escape && characters.next().is_none() => end = at,
            _ => {}
        }
    }
    if let Some(start) = start
        && start < end
    {
        words.push(start..end);
    }
    words
}
