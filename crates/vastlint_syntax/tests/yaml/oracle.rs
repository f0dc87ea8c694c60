use serde::Deserialize;
use serde_yaml::Value;
use vastlint_syntax::yaml::{Kind, NodeId, Yaml, parse};

use crate::{corpus, mutations, snippets};

/// Snippets that the two read differently, and why ours is right.
const DIFFERENCES: &[(&str, &[&str])] = &[
    (
        "the core schema of YAML 1.2 reads 007 as a number; serde_yaml keeps it as a string",
        &["leading-zeros"],
    ),
    ("a number too large for a float is infinite, and 0b1 is no number of YAML 1.2", &["number-edges"]),
    (
        "`!!str` makes a left-out value the empty string, not null, and an unknown tag makes no number",
        &["tags cut", "tag-on-block cut", "tag-on-block without '-'"],
    ),
    ("serde_yaml refuses `!!null` on text that is no null", &["tag-null-on-text"]),
    ("two escapes may form a surrogate pair, as in JSON; libyaml refuses the first", &["surrogate-pair"]),
    (
        "a block scalar that is a document needs no indentation; libyaml wants some",
        &["root-literal-unindented", "root-folded-unindented"],
    ),
    ("a byte order mark takes no column; libyaml counts it as one", &["bom"]),
    ("an anchor may be used inside its own node; serde_yaml copies values, and cannot", &["recursive"]),
];

/// How many nodes a comparison copies; aliases multiply them.
const LIMIT: usize = 100_000;

#[test]
fn snippets_have_the_values_that_serde_yaml_reads() {
    let mut compared = 0;
    let mut differing = Vec::new();
    for (name, text) in snippets("documents.snippets") {
        let yaml = parse(&text);
        assert!(yaml.errors.is_empty(), "{name}: {:?}", yaml.errors);
        match compare(&text, &yaml) {
            Comparison::Same => compared += 1,
            Comparison::Refused(error) => differing.push((name, error)),
            Comparison::Different(difference) => differing.push((name, difference)),
        }
    }
    println!("{compared} snippets have the same values");
    let known: Vec<&str> = DIFFERENCES.iter().flat_map(|(_, names)| *names).copied().collect();
    differing.retain(|(name, _)| !known.contains(&name.as_str()));
    assert!(differing.is_empty(), "{differing:#?}");
}

#[test]
fn mutations_have_the_same_values_where_both_accept_them() {
    let (mut compared, mut refused) = (0, 0);
    let mut differing = Vec::new();
    for (name, text) in mutations() {
        let yaml = parse(&text);
        if !yaml.errors.is_empty() {
            continue;
        }
        match compare(&text, &yaml) {
            Comparison::Same => compared += 1,
            Comparison::Refused(_) => refused += 1,
            Comparison::Different(difference) => differing.push((name, difference)),
        }
    }
    println!("{compared} mutations have the same values; serde_yaml alone refuses {refused}");
    let known: Vec<&str> = DIFFERENCES.iter().flat_map(|(_, names)| *names).copied().collect();
    differing.retain(|(name, _)| !known.iter().any(|known| name.starts_with(known)));
    println!("{} differ", differing.len());
    differing.truncate(30);
    assert!(differing.is_empty(), "{differing:#?}");
}

#[test]
fn files_of_the_corpus_have_the_same_values() {
    let files = corpus();
    let (mut compared, mut refused) = (0, 0);
    let mut differing = Vec::new();
    for (name, text) in &files {
        let yaml = parse(text);
        match compare(text, &yaml) {
            Comparison::Same if yaml.errors.is_empty() => compared += 1,
            Comparison::Refused(_) if !yaml.errors.is_empty() => refused += 1,
            Comparison::Same => differing.push((name, format!("{:?}", yaml.errors))),
            Comparison::Refused(problem) | Comparison::Different(problem) => differing.push((name, problem)),
        }
    }
    println!("{} files: {compared} have the same values, both refuse {refused}", files.len());
    assert!(differing.is_empty(), "{differing:#?}");
}

enum Comparison {
    Same,
    Refused(String),
    Different(String),
}

fn compare(text: &str, yaml: &Yaml) -> Comparison {
    let mut documents = Vec::new();
    for document in serde_yaml::Deserializer::from_str(text) {
        match Value::deserialize(document) {
            Ok(value) => documents.push(without_tags(value)),
            Err(error) => return Comparison::Refused(error.to_string()),
        }
    }
    // A stream without any document is one null to serde_yaml.
    if yaml.documents.is_empty() && documents == [Value::Null] {
        return Comparison::Same;
    }
    let mut budget = LIMIT;
    let ours: Option<Vec<Value>> =
        yaml.documents.iter().map(|&root| value(yaml, root, &mut budget)).collect();
    match ours {
        Some(ours) if ours == documents => Comparison::Same,
        Some(ours) => {
            let (ours, theirs) = (format!("{ours:?}"), format!("{documents:?}"));
            let same = ours.chars().zip(theirs.chars()).take_while(|(ours, theirs)| ours == theirs).count();
            let around = |text: &str| text.chars().skip(same.saturating_sub(30)).take(90).collect::<String>();
            Comparison::Different(format!("{} / serde_yaml: {}", around(&ours), around(&theirs)))
        }
        None => Comparison::Refused("too large a copy".to_owned()),
    }
}

/// The values of a node, aliases followed. None where the copy would be too large.
fn value(yaml: &Yaml, id: NodeId, budget: &mut usize) -> Option<Value> {
    *budget = budget.checked_sub(1)?;
    let id = yaml.resolve(id)?;
    Some(match &yaml.node(id).kind {
        Kind::Mapping { entries } => {
            let mut mapping = serde_yaml::Mapping::new();
            for entry in entries {
                mapping.insert(value(yaml, entry.key, budget)?, value(yaml, entry.value, budget)?);
            }
            Value::Mapping(mapping)
        }
        Kind::Sequence { items } => {
            let items: Option<Vec<Value>> = items.iter().map(|&item| value(yaml, item, budget)).collect();
            Value::Sequence(items?)
        }
        Kind::Scalar { .. } => {
            if yaml.is_null(id) {
                Value::Null
            } else if let Some(value) = yaml.as_bool(id) {
                Value::Bool(value)
            } else if let Some(value) = yaml.as_i64(id) {
                Value::from(value)
            } else if let Some(value) = yaml.as_f64(id) {
                match yaml.text(id)?.parse::<u64>() {
                    // Larger than our integers, not larger than theirs.
                    Ok(value) => Value::from(value),
                    Err(_) => Value::from(value),
                }
            } else {
                Value::from(yaml.as_str(id)?)
            }
        }
        Kind::Alias { .. } => return None,
    })
}

/// `serde_yaml` wraps values with a tag of an application; the tags are not compared.
fn without_tags(value: Value) -> Value {
    match value {
        Value::Tagged(tagged) => without_tags(tagged.value),
        Value::Sequence(items) => Value::Sequence(items.into_iter().map(without_tags).collect()),
        Value::Mapping(mapping) => Value::Mapping(
            mapping.into_iter().map(|(key, value)| (without_tags(key), without_tags(value))).collect(),
        ),
        other => other,
    }
}
