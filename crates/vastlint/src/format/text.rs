//! For people: what is wrong, the place in its source, why it matters, what to write.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use vastlint_diagnostic::{Applicability, Diagnostic, Fix, Label, Severity};
use vastlint_engine::Report;
use vastlint_rules::Rule;
use vastlint_text::FileId;

use super::excerpt::{Excerpt, Mark};
use super::{display_width, draw, draw_file, labelled, wrap};
use crate::escape::printable;
use crate::terminal::Terminal;

/// Column at whose left the words `why`, `help` and `see` end.
const LABEL_COLUMN: usize = 6;

/// Writes the findings that are at least as grave as `show`.
pub fn write(out: &mut dyn Write, report: &Report, show: Severity, terminal: &Terminal) -> io::Result<()> {
    let rules = vastlint_rules::catalogue().iter().map(|rule| (rule.id.code, rule)).collect();
    let mut buffer = String::new();
    for diagnostic in report.diagnostics.iter().filter(|diagnostic| diagnostic.severity >= show) {
        buffer.clear();
        render(&mut buffer, report, diagnostic, &rules, terminal);
        buffer.push('\n');
        out.write_all(buffer.as_bytes())?;
    }
    Ok(())
}

fn render(
    out: &mut String,
    report: &Report,
    diagnostic: &Diagnostic,
    rules: &HashMap<&str, &Rule>,
    terminal: &Terminal,
) {
    let tag = format!("[{} {}]", diagnostic.rule.code, diagnostic.rule.name);
    header(out, diagnostic.severity, &diagnostic.message, &tag, terminal);
    frames(out, report, diagnostic, terminal);
    let mut line = |label: &str, text: &str| {
        labelled(out, label, terminal.heading(), text, LABEL_COLUMN, terminal.prose_width());
    };
    line("why", &diagnostic.why);
    line("help", &diagnostic.help);
    if let Some(fix) = &diagnostic.fix {
        line("fix", &fix_line(fix));
    }
    if let Some(rule) = rules.get(diagnostic.rule.code) {
        // One place is enough to look it up; the rule's page names the others.
        let explain = format!("`vastlint explain {}`", rule.id.code);
        let places: Vec<&str> = rule.source.iter().copied().take(1).chain([explain.as_str()]).collect();
        line("see", &places.join(" · "));
    }
}

/// What the command would do about it.
fn fix_line(fix: &Fix) -> String {
    match fix.applicability {
        Applicability::Safe => format!("`vastlint --fix` can {}", fix.message),
        Applicability::Unsafe => {
            format!("`vastlint --fix --unsafe-fixes` can {}; that may change what the file does", fix.message)
        }
    }
}

/// The first line: what is wrong, and by which rule. The tag ends at the right margin where there is room.
pub(crate) fn header(out: &mut String, severity: Severity, message: &str, tag: &str, terminal: &Terminal) {
    let width = terminal.prose_width();
    let word = severity.name();
    let indent = word.len() + 2;
    let tag_width = display_width(tag);
    let mut lines = wrap(&printable(message), width.saturating_sub(indent));
    if lines.is_empty() {
        lines.push(String::new());
    }
    let last = lines.len() - 1;
    for (index, line) in lines.iter().enumerate() {
        // Writing to a string cannot fail.
        let _ = if index == 0 {
            write!(out, "{}: ", terminal.severity(severity).style(word))
        } else {
            write!(out, "{:indent$}", "")
        };
        let _ = write!(out, "{}", terminal.strong().style(line));
        if index == last && !tag.is_empty() {
            let used = indent + display_width(line);
            let tag = terminal.faint().style(tag);
            let _ = if used + 2 + tag_width <= width {
                write!(out, "{:padding$}{tag}", "", padding = width - used - tag_width)
            } else {
                write!(out, "\n{:padding$}{tag}", "", padding = width.saturating_sub(tag_width))
            };
        }
        out.push('\n');
    }
}

/// One frame a file: the file of the fault first, the others in the order in which they are spoken of.
fn frames(out: &mut String, report: &Report, diagnostic: &Diagnostic, terminal: &Terminal) {
    let mut files: Vec<(FileId, Vec<Mark<'_>>)> = Vec::new();
    let mut whole_files: Vec<&Label> = Vec::new();
    let related = diagnostic.related.iter().map(|label| (label, false));
    for (label, primary) in std::iter::once((&diagnostic.primary, true)).chain(related) {
        let nothing_to_show = report.file(label.file).text.is_empty();
        // A related file as such is named by the empty place at its start.
        let is_whole_file = !primary && label.span.end == 0;
        if nothing_to_show || is_whole_file {
            whole_files.push(label);
            continue;
        }
        let mark = Mark { span: label.span, message: &label.message, primary };
        match files.iter_mut().find(|(file, _)| *file == label.file) {
            Some((_, marks)) => marks.push(mark),
            None => files.push((label.file, vec![mark])),
        }
    }
    let excerpts: Vec<Excerpt> = files
        .iter()
        .map(|(id, marks)| {
            let file = report.file(*id);
            Excerpt::new(file, &printable(&file.path), marks, terminal)
        })
        .collect();
    let number_width = excerpts.iter().map(Excerpt::number_width).max().unwrap_or(1);
    for excerpt in &excerpts {
        draw(out, excerpt, diagnostic.severity, number_width, terminal);
    }
    for label in whole_files {
        draw_file(out, &report.file(label.file).path, &label.message, number_width, terminal);
    }
}
