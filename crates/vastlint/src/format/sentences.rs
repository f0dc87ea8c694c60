//! What a finding says as running text, for formats that have one place for all of it.

use vastlint_diagnostic::Diagnostic;

use crate::escape::printable;

/// Stands for a line end where there can be none.
const LINE_END: &str = " ⏎ ";

/// A message as a sentence, safe to show: "the image has no labels" becomes "The image has no labels."
pub(super) fn sentence(text: &str) -> String {
    let text = printable(text.trim());
    let mut sentence = String::with_capacity(text.len() + 1);
    let mut characters = text.chars();
    if let Some(first) = characters.next() {
        sentence.extend(first.to_uppercase());
        sentence.push_str(characters.as_str());
        if !sentence.ends_with(['.', '!', '?', '…']) {
            sentence.push('.');
        }
    }
    sentence
}

/// What is wrong, what comes of it, and what to write, as sentences on one line.
pub(super) fn sentences(diagnostic: &Diagnostic) -> String {
    join(
        [&diagnostic.message, &diagnostic.why, &diagnostic.help]
            .map(|part| sentence(&part.replace('\n', LINE_END))),
    )
}

/// The same on as many lines as what is to be written takes. What comes of it is last then, so that prose ends the text.
pub(super) fn paragraph(diagnostic: &Diagnostic) -> String {
    let Some((help, code)) = diagnostic.help.split_once('\n') else { return sentences(diagnostic) };
    let (message, why) = (sentence(&diagnostic.message), sentence(&diagnostic.why));
    let help = sentence(help);
    format!("{} {}:\n{}\n{why}", message, help.trim_end_matches(['.', ':']), printable_lines(code))
        .trim()
        .to_owned()
}

/// The same, each on lines of its own, the last two with what they are.
pub(super) fn lines(diagnostic: &Diagnostic) -> String {
    let mut lines = printable(&diagnostic.message).into_owned();
    for (label, text) in [("why", &diagnostic.why), ("help", &diagnostic.help)] {
        if !text.is_empty() {
            lines.push('\n');
            lines.push_str(label);
            lines.push_str(": ");
            lines.push_str(&printable_lines(text));
        }
    }
    lines
}

/// Text safe to show but for its line ends.
fn printable_lines(text: &str) -> String {
    text.lines().map(printable).collect::<Vec<_>>().join("\n")
}

fn join(parts: [String; 3]) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use vastlint_diagnostic::{Label, RuleId, Severity};
    use vastlint_text::{FileId, Span};

    use super::*;

    #[test]
    fn a_message_becomes_a_sentence() {
        assert_eq!(sentence("it is wrong"), "It is wrong.");
        assert_eq!(sentence("`x` is\nwrong. "), "`x` is\\nwrong.");
        assert_eq!(sentence(" "), "");
    }

    #[test]
    fn what_is_to_be_written_keeps_its_lines_where_it_can() {
        let mut diagnostic = Diagnostic {
            rule: RuleId { code: "VL999", name: "test-rule" },
            severity: Severity::Error,
            message: "no schedule".to_owned(),
            why: "it is never built".to_owned(),
            help: "write below `on:`\n  schedule:\n    - x\x1b".to_owned(),
            primary: Label { file: FileId(0), span: Span::empty(0), message: String::new() },
            related: Vec::new(),
            fix: None,
        };
        assert_eq!(
            sentences(&diagnostic),
            "No schedule. It is never built. Write below `on:` ⏎   schedule: ⏎     - x\\x1b."
        );
        let code = "\n  schedule:\n    - x\\x1b";
        assert_eq!(
            paragraph(&diagnostic),
            format!("No schedule. Write below `on:`:{code}\nIt is never built.")
        );
        assert_eq!(
            lines(&diagnostic),
            format!("no schedule\nwhy: it is never built\nhelp: write below `on:`{code}")
        );
        diagnostic.help = "build it".to_owned();
        assert_eq!(paragraph(&diagnostic), sentences(&diagnostic));
    }
}
