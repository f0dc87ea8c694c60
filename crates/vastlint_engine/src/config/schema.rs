//! The JSON Schema of `vastlint.toml`, made of what reads it.

use serde::Serialize;
use serde_json::ser::{PrettyFormatter, Serializer};
use serde_json::{Map, Value, json};
use vastlint_diagnostic::{Level, Severity};
use vastlint_rules::{Edition, Rule, catalogue, contract_schema};

use super::Key;
use super::preset::PRESETS;
use super::read::{PER_PATH_KEYS, RULE_KEYS};

/// The JSON Schema (draft 07) of `vastlint.toml`, for editors.
#[must_use]
pub fn config_schema() -> Value {
    let properties: Map<String, Value> = Key::ALL.into_iter().map(property).collect();
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "vastlint.toml",
        "description": "Configuration of vastlint, the linter for Vast.ai template repositories.",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
        "definitions": {
            "level": {
                "description": "How grave a breach of the rule is; `off`: it is not looked for.",
                "enum": Severity::ALL.map(Level::On).into_iter().chain([Level::Off]).map(Level::name).collect::<Vec<_>>(),
            },
            "rules": rules(),
        },
    })
}

/// The schema as a file: a key a line.
#[must_use]
pub fn config_schema_text() -> String {
    let mut text = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut text, PrettyFormatter::with_indent(b" "));
    // Values of JSON can be written as JSON, and into memory.
    let _ = config_schema().serialize(&mut serializer);
    text.push(b'\n');
    String::from_utf8(text).unwrap_or_default()
}

fn property(key: Key) -> (String, Value) {
    let mut schema = match key {
        Key::Edition => json!({ "enum": Edition::ALL.map(Edition::name) }),
        Key::Extends => {
            let presets: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
            let name = json!({ "anyOf": [{ "enum": presets }, { "type": "string", "minLength": 1 }] });
            json!({ "anyOf": [name, { "type": "array", "items": name }] })
        }
        Key::FailSeverity => {
            json!({ "enum": Severity::ALL.map(Severity::name), "default": Severity::Warning.name() })
        }
        Key::Exclude => json!({ "type": "array", "items": { "type": "string", "minLength": 1 } }),
        Key::Rules => json!({ "allOf": [{ "$ref": "#/definitions/rules" }] }),
        Key::PerPath => per_path(),
        Key::Contract => contract_schema(),
    };
    schema["description"] = key.description().into();
    (key.name().to_owned(), schema)
}

fn per_path() -> Value {
    let [paths, rules] = PER_PATH_KEYS;
    json!({
        "type": "array",
        "items": {
            "type": "object",
            "additionalProperties": false,
            "required": PER_PATH_KEYS,
            "properties": {
                paths: {
                    "description": "Globs relative to the root, `/`-separated; `*` crosses folders.",
                    "type": "array",
                    "items": { "type": "string" },
                },
                rules: {
                    "description": "Levels of rules in these files.",
                    "allOf": [{ "$ref": "#/definitions/rules" }],
                },
            },
        },
    })
}

/// Every rule by its name and by its code.
fn rules() -> Value {
    let by_name = catalogue().iter().map(|rule| (rule.id.name.to_owned(), rule_schema(rule)));
    let by_code = catalogue().iter().map(|rule| {
        let named = format!("#/definitions/rules/properties/{}", rule.id.name);
        (rule.id.code.to_owned(), json!({ "allOf": [{ "$ref": named }] }))
    });
    let rules: Map<String, Value> = by_name.chain(by_code).collect();
    json!({ "type": "object", "additionalProperties": false, "properties": rules })
}

fn rule_schema(rule: &Rule) -> Value {
    let level = json!({ "$ref": "#/definitions/level" });
    let [level_key, variants_key] = RULE_KEYS;
    let mut keys = Map::new();
    keys.insert(level_key.to_owned(), level.clone());
    if !rule.variants.is_empty() {
        let variant = |variant: &vastlint_rules::Variant| {
            let schema = json!({ "description": variant.reason, "allOf": [level] });
            (variant.name.to_owned(), schema)
        };
        let variants: Map<String, Value> = rule.variants.iter().map(variant).collect();
        let schema = json!({
            "description": "Levels of cases that differ from the rest.",
            "type": "object",
            "additionalProperties": false,
            "properties": variants,
        });
        keys.insert(variants_key.to_owned(), schema);
    }
    json!({
        "description": format!("{} {}: {}.", rule.id.code, rule.id.name, rule.summary.trim_end_matches('.')),
        "anyOf": [level, { "type": "object", "additionalProperties": false, "properties": keys }],
    })
}
