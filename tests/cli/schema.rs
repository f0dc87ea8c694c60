//! The JSON Schema says what the command does, and the documents say what the schema does.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use vastlint_rules::catalogue;

use crate::repository::Repository;

fn schema() -> Value {
    serde_json::from_str(&Repository::new().run(&["config", "schema"]).out).unwrap()
}

fn document(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name)).unwrap()
}

/// The keys of an object of the schema.
fn keys(schema: &Value, pointer: &str) -> Vec<String> {
    let object = schema.pointer(pointer).and_then(Value::as_object);
    object.unwrap_or_else(|| panic!("{pointer}")).keys().cloned().collect()
}

#[test]
fn it_is_a_schema_that_takes_and_refuses_what_the_command_does() {
    let schema = schema();
    assert!(jsonschema::meta::is_valid(&schema));
    let validator = jsonschema::validator_for(&schema).unwrap();
    let accepts = |text: &str| {
        let table: toml::Table = text.parse().unwrap();
        validator.is_valid(&serde_json::to_value(table).unwrap())
    };
    for (text, sound) in [
        ("", true),
        ("edition = \"2026-08\"", true),
        ("edition = \"2026-07\"", false),
        ("edition = 1", false),
        ("edtion = \"2026-08\"", false),
        ("extends = \"vastlint:strict\"", true),
        ("extends = [\"vastlint:strict\", \"a.toml\"]", true),
        ("extends = 1", false),
        ("extends = \"\"", false),
        ("extends = [1]", false),
        ("fail-severity = \"info\"", true),
        ("fail-severity = \"off\"", false),
        ("exclude = [\"/a\"]", true),
        ("exclude = \"a\"", false),
        ("exclude = [\"\"]", false),
        ("rules.bare-pip = \"off\"", true),
        ("rules.VL401 = \"error\"", true),
        ("rules.VL401 = \"fatal\"", false),
        ("rules.VL401 = true", false),
        ("rules.VL999 = \"off\"", false),
        ("rules.VL401 = { level = \"off\" }", true),
        ("rules.VL401 = { levl = \"off\" }", false),
        ("rules.VL102.variants.single-command = \"off\"", true),
        (
            "rules.run-without-strict-mode = { level = \"error\", variants = { single-command = \"off\" } }",
            true,
        ),
        ("rules.VL102.variants.other = \"off\"", false),
        ("rules.VL256.variants.single-command = \"off\"", false),
        ("[[per-path]]\npaths = [\"a\"]\nrules = { VL401 = \"off\" }", true),
        ("[[per-path]]\npaths = [\"a\"]", false),
        ("[[per-path]]\nrules = { VL401 = \"off\" }", false),
        ("[[per-path]]\npaths = [\"a\"]\nrules = { VL999 = \"off\" }", false),
        ("[[per-path]]\npaths = \"a\"\nrules = {}", false),
        ("[per-path]\npaths = [\"a\"]\nrules = {}", false),
        ("contract.workflow.cron.required = false", true),
        ("contract.workflow.cron.required = 1", false),
        ("contract.workflow.cron.extend-expressions = [\"a\"]", true),
        ("contract.workflow.cron.extend-required = []", false),
        ("contract.workflow.cron.often = 1", false),
        ("contract.corn = {}", false),
        ("contract.workflow.jobs.extend-extra = [1]", false),
        ("contract.conf.settings.autostart.value = \"x\"", true),
        ("contract.conf.settings.autostart.extend-tolerates = [\"x\"]", true),
        ("contract.conf.settings.autostart.gravity = \"minor\"", true),
        ("contract.conf.settings.autostart.gravity = \"much\"", false),
        ("contract.dockerfile.extend-labels = [{ key = \"a\", example = \"b\" }]", true),
        ("contract.dockerfile.extend-labels = [{ key = \"a\" }]", false),
        ("contract.dockerfile.extend-labels = [{ key = \"a\", example = \"b\", x = 1 }]", false),
        ("contract.instance.template.least-memory = 1", true),
        ("contract.references.built-tags.retention-days = -1", false),
        ("contract.instance.test.budgets.X = 3", true),
        ("contract = 1", false),
    ] {
        let run = Repository::new().file("a.toml", "").file("vastlint.toml", text).run(&[]);
        assert_eq!(run.exit == 0, sound, "the command: {text}\n{}", run.err);
        assert_eq!(accepts(text), sound, "the schema: {text}");
    }
    for edition in ["2026-02", "2026-08"] {
        let shown = Repository::new().run(&["config", "show", "--edition", edition]).out;
        let value = serde_json::to_value(shown.parse::<toml::Table>().unwrap()).unwrap();
        let faults: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(faults.is_empty(), "{edition}: {}", faults.join("\n"));
    }
}

#[test]
fn every_rule_is_there_by_name_and_by_code() {
    let known: BTreeSet<String> = keys(&schema(), "/definitions/rules/properties").into_iter().collect();
    let rules = catalogue().iter().flat_map(|rule| [rule.id.name.to_owned(), rule.id.code.to_owned()]);
    assert_eq!(known, rules.collect());
}

#[test]
fn every_value_says_what_it_is() {
    fn check(schema: &Value, path: &str) {
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let path = format!("{path}.{name}");
            assert!(
                property["description"].as_str().is_some_and(|text| text.ends_with('.')),
                "{path}: {property}"
            );
            check(property, &path);
            check(&property["items"], &path);
            check(&property["additionalProperties"], &path);
        }
    }
    let schema = schema();
    check(&schema, "");
}

#[test]
fn the_file_in_the_documents_is_the_schema() {
    assert_eq!(document("vastlint.schema.json"), Repository::new().run(&["config", "schema"]).out);
}

/// An option has a heading of its own, its name in code marks.
#[test]
fn every_option_is_documented_and_nothing_else_is() {
    let schema = schema();
    let mut expected: BTreeSet<String> = keys(&schema, "/properties").into_iter().collect();
    let per_path = keys(&schema, "/properties/per-path/items/properties");
    expected.extend(per_path.iter().map(|key| format!("per-path.{key}")));
    let rule = keys(&schema, "/definitions/rules/properties/run-without-strict-mode/anyOf/1/properties");
    expected.extend(rule.iter().map(|key| format!("rules.<rule>.{key}")));
    let text = document("configuration.md");
    let headings = text.lines().filter_map(|line| line.trim_start_matches('#').strip_prefix(" `"));
    let documented: BTreeSet<String> =
        headings.map(|heading| heading.trim_end_matches('`').to_owned()).collect();
    assert_eq!(documented, expected);
}

/// Values of the conventions have a page of their own.
#[test]
fn every_value_of_the_conventions_is_documented_and_nothing_else_is() {
    let page = document("values.md");
    let rows: BTreeSet<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(key, _)| key)
        .collect();
    let schema = schema();
    let contract = &schema["properties"]["contract"];
    let mut leaves = Vec::new();
    collect(contract, "", &mut leaves);
    for (leaf, _) in leaves.iter().filter(|(_, is_open)| !is_open) {
        assert!(rows.contains(leaf.as_str()), "{leaf} is not in docs/values.md");
    }
    for row in rows {
        let is_known = |(leaf, is_open): &(String, bool)| match is_open {
            true => row.starts_with(leaf.as_str()),
            false => row == leaf,
        };
        assert!(leaves.iter().any(is_known), "{row} is no value of the schema");
    }
}

/// The values below a table, and the tables with names of the repository's own.
fn collect(schema: &Value, path: &str, leaves: &mut Vec<(String, bool)>) {
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        if name.starts_with("extend-") {
            continue;
        }
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        if property["additionalProperties"].is_object() {
            leaves.push((format!("{path}."), true));
        } else if property["type"] == "object" {
            collect(property, &path, leaves);
        } else {
            leaves.push((path, false));
        }
    }
}

#[test]
fn the_examples_of_the_documents_are_sound() {
    let mut count = 0;
    for name in ["configuration.md", "usage.md", "values.md"] {
        let text = document(name);
        for example in text.split("```toml\n").skip(1) {
            let example = example.split("```").next().unwrap();
            let repository = Repository::new()
                .file("ci/shared.toml", "")
                .file("vastlint.toml", example.replace("\"../", "\""));
            let run = repository.run(&["config", "show"]);
            assert_eq!(run.exit, 0, "{name}: {example}\n{}", run.err);
            count += 1;
        }
    }
    assert!(count > 5, "{count}");
}
