use ini::{Ini, ParseOption};
use vastlint_syntax::supervisor::parse;

use crate::{corpus, golden};

/// Snippets that `rust-ini` reads otherwise than supervisord, which `golden.json` records; ours is supervisord's way.
const DIFFERENCES: &[(&str, &[&str])] = &[];

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
                .filter(|(name, _)| name.eq_ignore_ascii_case(&key.name))
                .last()
                .map(|(_, value)| value);
            if ours != theirs {
                return Some(format!("{} of [{}]: {ours:?}, rust-ini {theirs:?}", key.name, section.name));
            }
        }
    }
    None
}
