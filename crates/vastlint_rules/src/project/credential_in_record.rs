//! VL740: see `rules/project/credential-in-record.md`.

use vastlint_model::{Document, Kind};
use vastlint_text::{Span, contains};

use crate::contract::Secrecy;
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Document(check);

/// How many different characters a token has at least: `ghp_xxxxxxxx…` is a placeholder.
const LEAST_VARIETY: usize = 8;

fn check(context: &Context<'_>, document: &Document, sink: &mut Sink<'_>) {
    let contract = &context.contract.instance.secrecy;
    let in_records = contract.record_folders.iter().any(|folder| document.path.starts_with(folder.as_str()));
    if document.kind != Kind::Markdown || !in_records {
        return;
    }
    for span in tokens(&document.text, contract) {
        let text = span.text(&document.text);
        // Diagnostics are copied into logs: they never show the token.
        let shown: String = text.chars().take(4).collect();
        sink.report(
            document,
            span,
            format!("a decision record holds what looks like a credential (`{shown}…`)"),
            "looks like a live token",
        )
        .why("the repository is public: whoever reads the record can use the token")
        .help("revoke the token where it was issued, then write a placeholder such as `<TOKEN>`");
    }
}

/// The texts that have the prefix and the length of a token.
fn tokens(text: &str, contract: &Secrecy) -> Vec<Span> {
    let is_token = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    let mut tokens = Vec::new();
    for (prefix, &least) in &contract.token_prefixes {
        if !contains(text, prefix) {
            continue;
        }
        for (start, _) in text.match_indices(prefix.as_str()) {
            // The middle of a longer word is no prefix.
            if text[..start].chars().next_back().is_some_and(is_token) {
                continue;
            }
            let secret = &text[start + prefix.len()..];
            let secret = &secret[..secret.find(|letter| !is_token(letter)).unwrap_or(secret.len())];
            if secret.len() >= least && is_random(secret) {
                tokens.push(Span::from_range(start..start + prefix.len() + secret.len()));
            }
        }
    }
    tokens.sort_by_key(|span| span.start);
    tokens
}

/// Whether a text has the variety of a token: letters and digits, and many different ones.
fn is_random(text: &str) -> bool {
    let mut letters: Vec<u8> = text.bytes().collect();
    letters.sort_unstable();
    letters.dedup();
    letters.len() >= LEAST_VARIETY
        && letters.iter().any(u8::is_ascii_digit)
        && letters.iter().any(u8::is_ascii_alphabetic)
}
