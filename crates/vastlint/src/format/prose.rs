use owo_colors::Style;
use textwrap::{Options, WordSeparator, WordSplitter};
use unicode_width::UnicodeWidthStr;

use crate::escape::printable;

/// Columns that a text takes.
pub(crate) fn display_width(text: &str) -> usize {
    text.width()
}

/// Code of at most this many bytes is kept on one line.
const SHORT_CODE: usize = 40;
/// Stands for a blank that is no place to break a line.
const NO_BREAK: char = '\u{a0}';

/// Breaks a text into lines at blanks, never inside words, which may be paths, or inside short code in backticks.
/// Line breaks in the text stay; everything else unprintable is escaped.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let options = Options::new(width.max(20))
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation);
    let mut lines = Vec::new();
    for line in text.lines() {
        let line = keep_code_together(&printable(line));
        lines.extend(textwrap::wrap(&line, &options).iter().map(|line| line.replace(NO_BREAK, " ")));
    }
    lines
}

/// Puts unbreakable blanks into short code.
fn keep_code_together(line: &str) -> String {
    let mut kept = String::with_capacity(line.len());
    for (index, part) in line.split('`').enumerate() {
        if index > 0 {
            kept.push('`');
        }
        if index % 2 == 1 && part.len() <= SHORT_CODE {
            kept.extend(part.chars().map(|character| if character == ' ' { NO_BREAK } else { character }));
        } else {
            kept.push_str(part);
        }
    }
    kept
}

/// Appends `label: text`, the label right-aligned to `column`, the text wrapped behind it.
pub(crate) fn labelled(out: &mut String, label: &str, style: Style, text: &str, column: usize, width: usize) {
    use std::fmt::Write as _;
    let indent = column + 2;
    for (index, line) in wrap(text, width.saturating_sub(indent)).iter().enumerate() {
        // Writing to a string cannot fail.
        let _ = if index == 0 {
            let padding = column.saturating_sub(label.len());
            writeln!(out, "{:padding$}{}: {line}", "", style.style(label))
        } else if line.is_empty() {
            writeln!(out)
        } else {
            writeln!(out, "{:indent$}{line}", "")
        };
    }
}
