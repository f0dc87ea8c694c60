use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Map, Value, json};
use vastlint_syntax::supervisor::{Config, parse, parse_command, parse_environment, parse_expansions};

use crate::{corpus, fixtures, golden, mutations};

#[test]
fn snippets_read_as_supervisord_reads_them() {
    let golden = golden();
    let mut differences = Vec::new();
    for (name, record) in &golden {
        compare(name, record["text"].as_str().unwrap(), record, &mut differences);
    }
    println!("compared {} snippets", golden.len());
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn files_and_mutations_read_as_supervisord_reads_them() {
    let Ok(python) = std::env::var("VASTLINT_PYTHON") else {
        println!("VASTLINT_PYTHON is not set: only the recorded snippets are compared");
        return;
    };
    let files = corpus();
    println!("comparing {} files of the corpus", files.len());
    let mut texts = files;
    texts.extend(mutations());
    texts.extend(soup().into_iter().map(|text| (format!("{text:?}"), text)));
    println!("comparing {} texts in all", texts.len());
    let records = judge(&python, &texts);
    let mut differences = Vec::new();
    for ((name, text), record) in texts.iter().zip(&records) {
        compare(name, text, record, &mut differences);
    }
    println!("{} differences", differences.len());
    differences.truncate(40);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// Texts of the characters that mean something, strung together at random, the same ones in every run.
fn soup() -> Vec<String> {
    const PIECES: &[&str] = &[
        "[",
        "]",
        "[a]\n",
        "[program:x]\n",
        "\n",
        "\r",
        "\r\n",
        "\n ",
        "\n  ",
        "\t",
        " ",
        ";",
        "#",
        " ;",
        " #",
        "=",
        ":",
        "a",
        "B",
        "%",
        "%%",
        "%(",
        ")",
        ")s",
        "%(a)s",
        "%(process_num)d",
        "'",
        "\"",
        "\\",
        ",",
        ".",
        "environment=",
        "command=",
        "\nenvironment=A=1,",
        "\ncommand=x ",
        "é",
        "\u{a0}",
        "\u{1c}",
        "\u{85}",
        "\u{feff}",
        "$",
        "A=1",
        "\u{3000}",
        "İ",
        "Σ",
    ];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    (0..30_000)
        .map(|round| {
            let start = if round % 4 == 0 { "" } else { "[program:x]\nenvironment=" };
            let start = if round % 4 == 1 { "[program:x]\ncommand=" } else { start };
            let length = next() % 14 + 1;
            (0..length).fold(start.to_owned(), |text, _| text + PIECES[next() as usize % PIECES.len()])
        })
        .collect()
}

/// What supervisord makes of each text.
fn judge(python: &str, texts: &[(String, String)]) -> Vec<Value> {
    let mut child = Command::new(python)
        .arg(fixtures().join("record.py"))
        .arg("--stdin")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let input: Vec<&str> = texts.iter().map(|(_, text)| text.as_str()).collect();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(serde_json::to_string(&input).unwrap().as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let records: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(records.len(), texts.len());
    records
}

fn compare(name: &str, text: &str, record: &Value, differences: &mut Vec<String>) {
    let config = parse(text);
    let refused = record.get("error").is_some();
    if refused == config.errors.is_empty() {
        differences.push(format!("{name}: supervisord says {record}, we say {:?}\n{text}", config.errors));
        return;
    }
    let Some(Value::Array(expected)) = record.get("sections") else { return };
    if config.errors.iter().any(|error| error.message.contains("before the first") || error.span.start == 0) {
        // Python gives up there; we read on.
        return;
    }
    let sections = sections(&config);
    if expected.len() != sections.len() {
        differences.push(format!("{name}: {} sections, expected {}\n{text}", sections.len(), expected.len()));
    }
    for (section, expected) in sections.iter().zip(expected) {
        let keys: Vec<_> = section.keys.iter().map(|(key, value)| json!([key, value])).collect();
        let ours = json!({ "name": section.name, "keys": keys });
        if ours["name"] != expected["name"] || ours["keys"] != expected["keys"] {
            differences.push(format!("{name}: {ours}\n  expected {expected}\n{text}"));
            continue;
        }
        for (key, value) in &section.keys {
            let problem = compare_value(key, value, expected);
            differences.extend(problem.map(|problem| format!("{name}: {key}={value:?}: {problem}")));
        }
    }
}

/// A section as supervisord sees it: all of one name merged, the last value of a key at the place of its first.
struct Merged {
    name: String,
    keys: Vec<(String, String)>,
}

fn sections(config: &Config) -> Vec<Merged> {
    let mut merged: Vec<Merged> = Vec::new();
    for section in &config.sections {
        if section.name == "DEFAULT" && section.keys.is_empty() {
            continue;
        }
        let at = merged.iter().position(|known| known.name == section.name).unwrap_or_else(|| {
            // The defaults are no section of their own; the record has them first.
            let at = if section.name == "DEFAULT" { 0 } else { merged.len() };
            merged.insert(at, Merged { name: section.name.clone(), keys: Vec::new() });
            at
        });
        for key in &section.keys {
            let known = merged[at].keys.iter_mut().find(|(name, _)| *name == key.name);
            match known {
                Some(known) => known.1.clone_from(&key.value),
                None => merged[at].keys.push((key.name.clone(), key.value.clone())),
            }
        }
    }
    merged
}

fn compare_value(key: &str, value: &str, expected: &Value) -> Option<String> {
    let expansions = parse_expansions(value);
    let expected_expansion = &expected["expansions"][key];
    // Python fills a first lone `%s` with the whole table of names, which nobody means: we call it a mistake.
    let is_positional = ["%s", "%r", "%a"].iter().any(|positional| value.contains(positional))
        || expansions.errors.iter().any(|error| value[error.span.range()].starts_with('%'))
            && positional_letter(value);
    let accepted = expected_expansion.get("ok").is_some();
    if accepted != expansions.errors.is_empty() {
        if accepted && is_positional {
            return None;
        }
        return Some(format!("{:?}, expected {expected_expansion}", expansions.errors));
    }
    if let Some(expanded) = expected_expansion.get("ok")
        && let Some(ours) = expand(value)
        && *expanded != ours
    {
        return Some(format!("expands to {ours:?}, expected {expanded}"));
    }
    if expansions.errors.is_empty() && expand(value).is_none() {
        // `%(x)r` expands to quoted text, which splits otherwise than the plain text we take references for.
        return None;
    }
    match key {
        "environment" => compare_environment(value, &expected["environment"], accepted),
        "command" => compare_command(value, &expected["command"], accepted),
        _ => None,
    }
}

/// Whether a `%` is followed by flags and one of the letters that format anything.
fn positional_letter(value: &str) -> bool {
    value.match_indices('%').any(|(at, _)| {
        let rest = value[at + 1..].trim_start_matches(|c: char| "-+ #0123456789.hlL".contains(c));
        rest.starts_with(['s', 'r', 'a'])
    })
}

fn compare_environment(value: &str, expected: &Value, expands: bool) -> Option<String> {
    let environment = parse_environment(value);
    let accepted = expands && environment.errors.is_empty();
    if accepted != expected.get("ok").is_some() {
        return Some(format!("{:?}, expected {expected}", environment.errors));
    }
    let expected = expected.get("ok")?;
    let mut ours = Map::new();
    for variable in &environment.variables {
        ours.insert(expand(&variable.name)?, Value::from(expand(&variable.value)?));
    }
    let expected: Map<_, _> = expected
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| (pair[0].as_str().unwrap().to_owned(), pair[1].clone()))
        .collect();
    (ours != expected).then(|| format!("{ours:?}, expected {expected:?}"))
}

fn compare_command(value: &str, expected: &Value, expands: bool) -> Option<String> {
    let command = parse_command(value);
    let accepted = expands && command.errors.is_empty();
    // To `shlex` no word at all is fine; supervisord refuses it when it starts the program.
    let words = expected.get("ok").filter(|words| **words != json!([]));
    if accepted != words.is_some() {
        return Some(format!("{:?}, expected {expected}", command.errors));
    }
    let mut ours = Vec::new();
    for word in &command.words {
        ours.push(expand(&word.text)?);
    }
    (json!(ours) != *words?).then(|| format!("{ours:?}, expected {expected}"))
}

/// The value with every reference replaced as the recorder replaces it. None where one has a width or a conversion
/// that changes its text.
fn expand(value: &str) -> Option<String> {
    let expansions = parse_expansions(value);
    let mut expanded = String::new();
    let mut end = 0;
    for reference in &expansions.references {
        expanded += &value[end..reference.span.start as usize].replace("%%", "%");
        end = reference.span.end as usize;
        let behind_name = &value[reference.name_span.end as usize..end];
        let is_number = matches!(reference.name.as_str(), "process_num" | "numprocs");
        match behind_name {
            ")s" | ")d" if is_number => expanded.push('3'),
            ")02d" => expanded += "03",
            ")s" => {
                let is_word = |c: char| c.is_ascii_alphanumeric() || "_/.+-():".contains(c);
                let word: String = reference.name.chars().map(|c| if is_word(c) { c } else { '_' }).collect();
                expanded += &format!(":{word}:");
            }
            _ => return None,
        }
    }
    expanded += &value[end..].replace("%%", "%");
    Some(expanded)
}
