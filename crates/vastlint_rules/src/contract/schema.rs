use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::Contract;
use super::overrides::EXTEND;

/// The JSON Schema of `[contract]` in `vastlint.toml`: every value with its type and what it is for, none of them
/// required, and `extend-<key>` beside each list.
#[must_use]
pub fn contract_schema() -> Value {
    let settings = SchemaSettings::draft07().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let mut schema = settings.into_generator().into_root_schema_for::<Contract>().to_value();
    tidy(&mut schema, false);
    schema
}

/// Fits what is said of the whole contract to a part of it. `in_list`: what stands in a list is written whole.
fn tidy(schema: &mut Value, in_list: bool) {
    let Value::Object(schema) = schema else { return };
    schema.remove("title");
    // Rust's widths of numbers are no formats of JSON Schema.
    schema.remove("format");
    if let Some(Value::String(description)) = schema.get_mut("description") {
        *description = description.replace('\n', " ");
    }
    // TOML has no null.
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = &types[..] {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    if !in_list {
        schema.remove("required");
    }
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        properties.values_mut().for_each(|property| tidy(property, in_list));
        if !in_list {
            properties.append(&mut extensions(properties));
        }
    }
    if let Some(additional) = schema.get_mut("additionalProperties") {
        tidy(additional, in_list);
    }
    if let Some(items) = schema.get_mut("items") {
        tidy(items, true);
    }
    // A default is that of an entry that leaves the key out, which is said by leaving it out.
    schema.remove("default");
}

/// The keys that add to the lists among `properties`.
fn extensions(properties: &Map<String, Value>) -> Map<String, Value> {
    let lists = properties.iter().filter(|(_, property)| property["type"] == "array");
    lists
        .map(|(name, list)| {
            let description = format!("Added to `{name}`.");
            let extension = json!({ "description": description, "type": "array", "items": list["items"] });
            (format!("{EXTEND}{name}"), extension)
        })
        .collect()
}
