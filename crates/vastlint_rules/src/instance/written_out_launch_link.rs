//! VL803: see `rules/instance/written-out-launch-link.md`.

use vastlint_diagnostic::Applicability;
use vastlint_model::{Document, Kind};
use vastlint_text::{Span, contains};

use crate::{Check, Context, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Document(check);

fn check(context: &Context<'_>, document: &Document, sink: &mut Sink<'_>) {
    if document.kind != Kind::Markdown {
        return;
    }
    let contract = &context.contract.instance.template;
    let (folder, name) = document.path.rsplit_once('/').unwrap_or(("", &document.path));
    let beside_template = name == "README.md" && folder.split('/').rev().nth(1) == Some("templates");
    let is_template_text = name.starts_with("README.template");
    if !beside_template && !is_template_text {
        return;
    }
    for link in contract.launch_links.iter().filter(|link| contains(&document.text, link)) {
        for (start, _) in document.text.match_indices(link.as_str()) {
            let span = whole_link(&document.text, start, start + link.len());
            let finding = sink.report(
                document,
                span,
                format!("the launch link is written out instead of `{}`", contract.launch_placeholder),
                "launches one template for ever",
            );
            finding
                .why("the link launches the template of whoever wrote it, whichever template the README is published with")
                .help(format!("write `{}`; publishing puts the link in", contract.launch_placeholder))
                .fix(write_placeholder(document, span, &contract.launch_placeholder));
            if is_template_text {
                finding.variant("template-text");
            }
        }
    }
}

/// The placeholder, where the link does not name another template than the text is about.
fn write_placeholder(document: &Document, span: Span, placeholder: &str) -> Option<ProposedFix> {
    let text = &document.text;
    // A bracket may belong to the link or to the text around it.
    if text[span.end as usize..].starts_with('(') {
        return None;
    }
    let link = span.text(text);
    let name = link.split(['?', '&']).find_map(|parameter| parameter.strip_prefix("name="));
    let title = text.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or_default();
    let applicability = match name {
        Some(name) if plain(&decoded(name)) == plain(title) => Applicability::Safe,
        Some(_) => return None,
        None => Applicability::Unsafe,
    };
    let message = format!("write `{placeholder}`");
    Some(ProposedFix::new(applicability, message).replace(document, span, placeholder))
}

/// Letters and digits alone.
fn plain(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A part of a URL as it is meant.
fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        match part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend(&part.as_bytes()[2..]);
            }
            None => bytes.extend(part.as_bytes()),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The URL around a part of it.
fn whole_link(text: &str, start: usize, end: usize) -> Span {
    let is_end = |letter: char| letter.is_whitespace() || "()<>[]\"'`".contains(letter);
    let start = text[..start]
        .rfind(is_end)
        .map_or(0, |before| before + text[before..].chars().next().map_or(1, char::len_utf8));
    let end = text[end..].find(is_end).map_or(text.len(), |behind| end + behind);
    Span::from_range(start..end)
}
