use ini::{Ini, ParseOption};
use vastlint_syntax::supervisor::parse;

use crate::{corpus, golden};

/// Snippets that `rust-ini` reads otherwise than supervisord, which `golden.json` records; ours is supervisord's way.
const DIFFERENCES: &[(&str, &[&str])] = &[
    (
        "rust-ini joins lines at a backslash; supervisord has no escapes",
        &["command/escape-at-end", "command/escape-at-end-in-quotes", "command/escape-newline"],
    ),
    (
        "rust-ini knows comments on lines of their own only",
        &[
            "lines/comment-behind-equals-and-space",
            "lines/comment-behind-tab",
            "lines/comment-in-quotes",
            "lines/comment-unfinished",
            "lines/comment-unicode",
            "lines/hash-hides-semicolon",
            "lines/hash-in-quotes",
            "lines/inline-hash",
            "lines/inline-semicolon",
            "lines/many-marks",
            "lines/second-semicolon-counts",
            "lines/semicolon-hides-hash",
            "lines/third-round",
            "lines/continuation-with-inline-comments",
            "realistic/daemon",
            "structure/wide-spaces",
        ],
    ),
    (
        "rust-ini takes indented lines, and comments between them, by other rules",
        &[
            "lines/comment-after-blank",
            "lines/comment-only-lines",
            "lines/comment-only-lines-indented",
            "lines/continuation-by-one",
            "lines/continuation-of-empty-value",
            "lines/continuation-tabs-against-spaces",
            "lines/continuation-with-comment-lines",
            "lines/dedented-after-continuation",
        ],
    ),
    (
        "rust-ini keeps carriage returns inside values",
        &["lines/continuation-cr", "lines/continuation-crlf", "structure/crlf"],
    ),
    (
        "rust-ini trims header names, and ends them at the first bracket",
        &[
            "structure/header-assignment",
            "structure/header-comment",
            "structure/header-last-bracket",
            "structure/header-nested-brackets",
            "structure/header-unclosed-with-equals",
            "structure/header-with-spaces",
            "structure/header-with-text-behind",
        ],
    ),
    (
        "Python's white space and lower case are those of Unicode",
        &["structure/form-feed-and-separators", "structure/key-case-unicode"],
    ),
];

#[test]
fn rust_ini_agrees_or_differs_where_we_know() {
    let mut agreed = 0;
    let mut differing = Vec::new();
    for (name, record) in golden() {
        // A snippet that supervisord refuses has no values to compare.
        if record.get("error").is_some() {
            continue;
        }
        match difference(record["text"].as_str().unwrap()) {
            None => agreed += 1,
            Some(_) => differing.push(name),
        }
    }
    println!("rust-ini agrees on {agreed} snippets and differs on {}", differing.len());
    let known: Vec<&str> = DIFFERENCES.iter().flat_map(|(_, names)| *names).copied().collect();
    let unknown: Vec<&String> = differing.iter().filter(|name| !known.contains(&name.as_str())).collect();
    let stale: Vec<&&str> =
        known.iter().filter(|name| !differing.iter().any(|other| other == **name)).collect();
    assert!(unknown.is_empty(), "not explained: {unknown:#?}");
    assert!(stale.is_empty(), "no differences any more: {stale:?}");
}

#[test]
fn rust_ini_agrees_on_the_corpus() {
    let files = corpus();
    let mut differing = 0;
    for (name, text) in &files {
        if let Some(difference) = difference(text) {
            differing += 1;
            println!("{name}: {difference}");
        }
    }
    println!("rust-ini: {} files compared, {differing} differ", files.len());
}

fn difference(text: &str) -> Option<String> {
    // The options nearest to supervisord's way of reading.
    let options = ParseOption {
        enabled_quote: false,
        enabled_escape: false,
        enabled_indented_mutiline_value: true,
        ..ParseOption::default()
    };
    let ini = match Ini::load_from_str_opt(text, options) {
        Ok(ini) => ini,
        Err(error) => return Some(error.to_string()),
    };
    let config = parse(text);
    for section in &config.sections {
        let last = config.sections.iter().rev().find(|other| other.name == section.name)?;
        for key in &section.keys {
            // The last key of the last section of a name that has it.
            let mut same = config.sections.iter().rev().filter(|other| other.name == last.name);
            let ours = same.find_map(|section| section.key(&key.name)).map(|key| key.value.as_str());
            let theirs = ini
                .section_all(Some(section.name.as_str()))
                .flat_map(ini::Properties::iter)
                .rfind(|(name, _)| name.eq_ignore_ascii_case(&key.name))
                .map(|(_, value)| value);
            if ours != theirs {
                return Some(format!("{} of [{}]: {ours:?}, rust-ini {theirs:?}", key.name, section.name));
            }
        }
    }
    None
}
