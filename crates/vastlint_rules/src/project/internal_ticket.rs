//! VL741: see `rules/project/internal-ticket.md`.

use vastlint_model::Document;
use vastlint_text::{Span, contains};

use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Document(check);

fn check(context: &Context<'_>, document: &Document, sink: &mut Sink<'_>) {
    let prefixes = &context.contract.instance.secrecy.ticket_prefixes;
    if prefixes.is_empty() || !document.is_file() {
        return;
    }
    for prefix in prefixes.iter().filter(|prefix| contains(&document.text, prefix)) {
        for span in tickets(&document.text, prefix) {
            let ticket = span.text(&document.text);
            sink.report(
                document,
                span,
                format!("a public file names the internal ticket `{ticket}`"),
                "internal",
            )
            .why("nobody outside can look it up, and it tells about what is not public")
            .help("say what the ticket says, and leave the number out");
        }
    }
}

/// `PREFIX-123`, as a word of its own.
fn tickets(text: &str, prefix: &str) -> Vec<Span> {
    text.match_indices(prefix)
        .filter_map(|(start, _)| {
            let before = text[..start].chars().next_back();
            let number = text[start + prefix.len()..].strip_prefix('-')?;
            let digits = number.bytes().take_while(u8::is_ascii_digit).count();
            let behind = number[digits..].chars().next();
            let is_word =
                |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
            (digits > 0 && !is_word(before) && !is_word(behind))
                .then(|| Span::from_range(start..start + prefix.len() + 1 + digits))
        })
        .collect()
}
