use std::error::Error;
use std::fmt::{self, Write as _};

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, SourceCode, SourceSpan,
    SpanContents, ThemeCharacters, ThemeStyles,
};
use owo_colors::Style;
use vastlint_diagnostic::Severity;

use super::excerpt::Excerpt;
use super::wrap;
use crate::escape::printable;
use crate::terminal::Terminal;

/// Draws an excerpt with its labels; line numbers take `number_width` columns.
pub(crate) fn draw(
    out: &mut String,
    excerpt: &Excerpt,
    severity: Severity,
    number_width: usize,
    terminal: &Terminal,
) {
    let handler = handler(excerpt, severity, terminal);
    let first = 10_usize.pow(number_width as u32 - 1);
    let frame = Frame { source: Source { excerpt, before: first - 1, span: (0, excerpt.text.len()).into() } };
    let mut drawn = String::with_capacity(excerpt.text.len() * 4);
    if handler.render_report(&mut drawn, &frame).is_err() {
        // Not known to happen; the place is worth more than the drawing.
        let _ = writeln!(out, "  {}", excerpt.name);
        return;
    }
    // miette starts with the message, which we have left empty: our own header says it better.
    let mut rows = excerpt.numbers.iter();
    for line in drawn.lines().skip(1) {
        let line = line.trim_end();
        if let Some(at) = digits(line) {
            let number = rows.next().copied().flatten();
            let number = number.map_or_else(String::new, |number| number.to_string());
            let _ = writeln!(out, "{}{number:>number_width$}{}", &line[..at], &line[at + number_width..]);
        } else {
            out.push_str(line);
            out.push('\n');
        }
    }
}

/// Draws a file without looking into it.
pub(crate) fn draw_file(
    out: &mut String,
    name: &str,
    message: &str,
    number_width: usize,
    terminal: &Terminal,
) {
    let characters = characters(terminal);
    let indent = number_width + 2;
    let name = terminal.name().style(printable(name)).to_string();
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{:indent$}{}{}[{name}]", "", characters.ltop, characters.hbar);
    for line in wrap(message, terminal.width.saturating_sub(indent + 2)) {
        let _ = writeln!(out, "{:indent$}{} {}", "", characters.vbar_break, terminal.related().style(line));
    }
    let _ = writeln!(out, "{:indent$}{}{}", "", characters.lbot, characters.hbar.to_string().repeat(4));
}

/// The place of a row's number, if the line is a row: everything else in a frame starts with a drawing character.
fn digits(line: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = &line[at..];
        if let Some(sequence) = rest.strip_prefix("\x1b[") {
            at += 2 + sequence.find('m')? + 1;
        } else if rest.starts_with(' ') {
            at += 1;
        } else {
            return rest.starts_with(|character: char| character.is_ascii_digit()).then_some(at);
        }
    }
}

fn characters(terminal: &Terminal) -> ThemeCharacters {
    if terminal.unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() }
}

/// miette takes the colours of labels from a list, by their order; so each excerpt has its own list.
fn handler(excerpt: &Excerpt, severity: Severity, terminal: &Terminal) -> GraphicalReportHandler {
    let style = |primary| if primary { terminal.severity(severity) } else { terminal.related() };
    let plain = Style::new();
    let styles = ThemeStyles {
        error: plain,
        warning: plain,
        advice: plain,
        help: plain,
        link: terminal.name(),
        linum: terminal.faint(),
        highlights: excerpt.labels.iter().map(|label| style(label.primary)).collect(),
    };
    GraphicalReportHandler::new_themed(GraphicalTheme { characters: characters(terminal), styles })
        .with_links(false)
        .without_syntax_highlighting()
        .without_primary_span_start()
        .with_wrap_lines(false)
}

/// What miette is asked to draw: the excerpt and nothing else.
#[derive(Debug)]
struct Frame<'a> {
    source: Source<'a>,
}

impl fmt::Display for Frame<'_> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl Error for Frame<'_> {}

impl Diagnostic for Frame<'_> {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let labels = self.source.excerpt.labels.iter().map(|label| {
            let message = (!label.message.is_empty()).then(|| label.message.clone());
            LabeledSpan::new(message, label.range.start, label.range.len())
        });
        Some(Box::new(labels))
    }
}

/// Hands miette the whole excerpt, whatever it asks for: an excerpt is as small as it should be, and nothing is
/// searched for lines. Rows get consecutive numbers of one width; `draw` puts the real ones in their place.
#[derive(Debug)]
struct Source<'a> {
    excerpt: &'a Excerpt,
    before: usize,
    span: SourceSpan,
}

impl SourceCode for Source<'_> {
    fn read_span<'s>(
        &'s self,
        _: &SourceSpan,
        _: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'s> + 's>, MietteError> {
        Ok(Box::new(Contents(self)))
    }
}

struct Contents<'a>(&'a Source<'a>);

impl<'a> SpanContents<'a> for Contents<'a> {
    fn data(&self) -> &'a [u8] {
        self.0.excerpt.text.as_bytes()
    }

    fn span(&self) -> &SourceSpan {
        &self.0.span
    }

    fn name(&self) -> Option<&str> {
        Some(&self.0.excerpt.name)
    }

    fn line(&self) -> usize {
        self.0.before
    }

    fn column(&self) -> usize {
        0
    }

    fn line_count(&self) -> usize {
        self.0.excerpt.numbers.len()
    }
}
