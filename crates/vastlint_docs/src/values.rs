use std::collections::BTreeMap;
use std::fmt::Write as _;

use toml::{Table, Value};
use vastlint_rules::{Edition, contract_schema, contract_text};

const HEAD: &str = "\
<!-- Made by `cargo run --package vastlint_docs`. Change `rules/contracts/` instead. -->

# The values of the conventions

What `rules/contracts/<edition>.toml` holds, and a repository may say otherwise in its [`vastlint.toml`](configuration.md), below
`[contract]`: a key replaces the value, `extend-<key>` adds to a list. Comments in those files say what each value is for
and where it comes from.

```toml
[contract.workflow.jobs]
extend-extra = [\"gpu-test\"]
```
";

/// The page with every value that a repository may override.
pub(crate) fn page() -> String {
    let mut values: BTreeMap<String, [Option<String>; Edition::ALL.len()]> = BTreeMap::new();
    for edition in Edition::ALL {
        let table: Table = contract_text(edition).parse().expect("the contracts are sound");
        collect("", &table, edition, &mut values);
    }
    let schema = contract_schema();
    let mut out = HEAD.to_owned();
    let mut last = String::new();
    // Writing to a string cannot fail.
    for (key, [first, second]) in values {
        let area = key.split('.').next().unwrap_or_default().to_owned();
        if area != last {
            let editions = Edition::ALL.map(Edition::name).join(" | ");
            let _ = writeln!(
                out,
                "\n## `{area}`\n\n{}\n\n| key | what it is | {editions} |\n|---|---|---|---|",
                description(&schema, &area)
            );
            last = area;
        }
        let second = if first == second { "the same".to_owned() } else { cell(second) };
        let _ = writeln!(out, "| `{key}` | {} | {} | {second} |", description(&schema, &key), cell(first));
    }
    out
}

/// What a value is.
fn description(schema: &serde_json::Value, key: &str) -> String {
    let mut place = schema;
    let mut description = "";
    for part in key.split('.') {
        let named = place["properties"].get(part);
        place = named.unwrap_or(&place["additionalProperties"]);
        // An entry of a table of names is what the table says.
        description = place["description"].as_str().unwrap_or(description);
    }
    description.replace('|', "\\|")
}

fn cell(value: Option<String>) -> String {
    value.map_or_else(String::new, |value| format!("`{}`", value.replace('|', "\\|").replace('\n', " ")))
}

fn collect(
    path: &str,
    table: &Table,
    edition: Edition,
    values: &mut BTreeMap<String, [Option<String>; Edition::ALL.len()]>,
) {
    for (key, value) in table {
        let key = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match value {
            Value::Table(inner) => collect(&key, inner, edition, values),
            value => values.entry(key).or_default()[edition as usize] = Some(value.to_string()),
        }
    }
}
