//! A change of a file as a unified diff, which `git apply` and `patch -p1` take.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

use owo_colors::Style;
use similar::{ChangeTag, TextDiff};
use vastlint_engine::Change;

use crate::escape::printable;
use crate::terminal::Terminal;

/// Lines around a change that are shown.
const CONTEXT: usize = 3;

/// Writes what changes in one file. Where a person watches (`watched`), control characters are shown as escapes; a program
/// that reads the patch gets every byte.
pub fn write(out: &mut dyn Write, change: &Change, terminal: &Terminal, watched: bool) -> io::Result<()> {
    let path = quoted(&change.path);
    if change.made_executable {
        let (from, to) = (prefixed("a", &path), prefixed("b", &path));
        let (from, to) = (from.trim_end(), to.trim_end());
        writeln!(out, "diff --git {from} {to}\nold mode 100644\nnew mode 100755")?;
    }
    if change.before == change.after {
        return Ok(());
    }
    let header = |sign: &str, side: &str| {
        terminal.strong().style(format!("{sign} {}", prefixed(side, &path))).to_string()
    };
    writeln!(out, "{}\n{}", header("---", "a"), header("+++", "b"))?;
    let text = TextDiff::from_lines(&*change.before, &*change.after);
    for hunk in text.unified_diff().context_radius(CONTEXT).iter_hunks() {
        writeln!(out, "{}", terminal.faint().style(hunk.header()))?;
        for line in hunk.iter_changes() {
            let (sign, style) = match line.tag() {
                ChangeTag::Delete => ("-", terminal.removed()),
                ChangeTag::Insert => ("+", terminal.added()),
                ChangeTag::Equal => (" ", Style::new()),
            };
            let value = line.value();
            let content = value.strip_suffix('\n').unwrap_or(value);
            // A terminal acts on control characters; a program that reads the patch wants every byte.
            let content = if watched { shown(content) } else { content.into() };
            writeln!(out, "{}", style.style(format!("{sign}{content}")))?;
            if line.missing_newline() {
                writeln!(out, "\\ No newline at end of file")?;
            }
        }
    }
    Ok(())
}

/// A line for a terminal; a tab is no harm.
fn shown(line: &str) -> Cow<'_, str> {
    let mut parts = line.split('\t').map(printable);
    match (parts.next(), parts.next()) {
        (Some(only), None) => only,
        _ => line.split('\t').map(printable).collect::<Vec<_>>().join("\t").into(),
    }
}

/// A path as git writes it: between quotes, with escapes, where it holds anything unusual.
fn quoted(path: &str) -> String {
    let is_plain = |character: char| !character.is_control() && !matches!(character, '"' | '\\');
    if path.chars().all(is_plain) {
        return path.to_owned();
    }
    let mut quoted = String::from("\"");
    for byte in path.bytes() {
        match byte {
            b'"' | b'\\' => quoted.extend(['\\', char::from(byte)]),
            b'\n' => quoted.push_str("\\n"),
            b'\t' => quoted.push_str("\\t"),
            0x20..0x7f => quoted.push(char::from(byte)),
            // Writing to a string cannot fail.
            _ => drop(write!(quoted, "\\{byte:03o}")),
        }
    }
    quoted.push('"');
    quoted
}

fn prefixed(side: &str, quoted: &str) -> String {
    match quoted.strip_prefix('"') {
        Some(rest) => format!("\"{side}/{rest}"),
        // What reads patches takes a blank for the end of the name, unless a tab ends it.
        None if quoted.contains(' ') => format!("{side}/{quoted}\t"),
        None => format!("{side}/{quoted}"),
    }
}
