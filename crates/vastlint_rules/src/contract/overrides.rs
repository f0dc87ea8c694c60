//! A repository's own values: a key replaces the built-in value, `extend-<key>` adds to a list.

use std::ops::Range;

use serde_json::Value as Json;
use toml::de::{DeString, DeTable, DeValue};
use toml::{Spanned, Table, Value};

use super::schema::contract_schema;
use super::{Contract, TEXTS};
use crate::Edition;
use crate::names::{listed, nearest};

/// What a repository's own values have wrong.
#[derive(Debug, PartialEq, Eq)]
pub struct ContractError {
    /// The place of the value, or of the key if there is no such key, in bytes of the configuration file.
    pub span: Range<usize>,
    /// What is wrong with it.
    pub message: String,
    /// The nearest right name, if one is near.
    pub nearest: Option<String>,
}

/// What `extend-<key>` adds to.
pub(super) const EXTEND: &str = "extend-";

/// One value that a repository sets, with its places in the configuration.
#[derive(Debug, Clone)]
pub struct Override<'t> {
    path: Vec<&'t Spanned<DeString<'t>>>,
    value: &'t Spanned<DeValue<'t>>,
}

impl Override<'_> {
    /// The value that it sets or adds to: `workflow.jobs.extra`.
    #[must_use]
    pub fn key(&self) -> String {
        let mut parts: Vec<&str> = self.path.iter().map(|part| part.get_ref().as_ref()).collect();
        if let Some(last) = parts.last_mut() {
            *last = last.strip_prefix(EXTEND).unwrap_or(last);
        }
        parts.join(".")
    }

    /// Whether it adds to a list.
    #[must_use]
    pub fn extends(&self) -> bool {
        self.path.last().is_some_and(|key| key.get_ref().starts_with(EXTEND))
    }

    /// The place of the value, in bytes of the configuration.
    #[must_use]
    pub fn span(&self) -> Range<usize> {
        self.value.span()
    }
}

/// The values of a table `[contract]`, in the order of their keys.
#[must_use]
pub fn overrides<'t>(table: &'t DeTable<'t>) -> Vec<Override<'t>> {
    let mut all = Vec::new();
    collect(table, &mut Vec::new(), &mut all);
    all
}

fn collect<'t>(
    table: &'t DeTable<'t>,
    path: &mut Vec<&'t Spanned<DeString<'t>>>,
    all: &mut Vec<Override<'t>>,
) {
    for (key, value) in table {
        path.push(key);
        match value.get_ref() {
            DeValue::Table(inner) if !inner.is_empty() => collect(inner, path, all),
            // An empty table says nothing, but its name may be wrong.
            _ => all.push(Override { path: path.clone(), value }),
        }
        path.pop();
    }
}

/// The contract of an edition with the values of a repository.
#[derive(Debug, Clone)]
pub struct OwnContract {
    table: Table,
    contract: Contract,
}

impl OwnContract {
    /// The contract of an edition as vastlint ships it.
    ///
    /// # Panics
    /// Never: a test parses both built-in contracts.
    #[must_use]
    pub fn new(edition: Edition) -> Self {
        let table = toml::from_str(TEXTS[edition as usize]).expect("a test parses both built-in contracts");
        Self { table, contract: super::builtin_contract(edition).clone() }
    }

    /// Lays values over those that are there. Nothing changes if one of them has a fault.
    ///
    /// # Errors
    /// If a key does not exist, a value has another type than the built-in one, or `extend-` stands before what is no
    /// list.
    pub fn apply(&mut self, overrides: &[Override<'_>]) -> Result<(), ContractError> {
        let mut table = self.table.clone();
        let fitting = overrides.iter().try_for_each(|one| set(&mut table, one));
        match fitting.and_then(|()| contract(&table)) {
            Ok(contract) => {
                *self = Self { table, contract };
                Ok(())
            }
            Err(message) => Err(self.first_fault(overrides, message)),
        }
    }

    /// The fault of values that do not fit as a whole.
    fn first_fault(&self, overrides: &[Override<'_>], message: String) -> ContractError {
        let schema = contract_schema();
        if let Some(fault) = overrides.iter().find_map(|one| misfit(&schema, one)) {
            return fault;
        }
        // What no schema tells, such as an entry of a table of names that is not complete: the first value behind
        // which it does not fit any more.
        let fits = |count: usize| {
            let mut table = self.table.clone();
            overrides[..count].iter().try_for_each(|one| set(&mut table, one)).and_then(|()| contract(&table))
        };
        let (mut good, mut bad) = (0, overrides.len());
        while good + 1 < bad {
            let middle = usize::midpoint(good, bad);
            if fits(middle).is_ok() { good = middle } else { bad = middle }
        }
        let span = overrides.get(good).map_or(0..0, Override::span);
        ContractError { span, message, nearest: None }
    }

    /// The values.
    #[must_use]
    pub fn contract(&self) -> &Contract {
        &self.contract
    }

    /// The values as TOML.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }
}

/// The typed form of values.
fn contract(table: &Table) -> Result<Contract, String> {
    let contract = Value::Table(table.clone()).try_into();
    contract.map_err(|error: toml::de::Error| error.message().lines().next().unwrap_or_default().to_owned())
}

fn set(table: &mut Table, one: &Override<'_>) -> Result<(), String> {
    let Some((key, folders)) = one.path.split_last() else { return Ok(()) };
    let mut place = table;
    for folder in folders {
        let name = folder.get_ref();
        let inner = place.entry(name.to_string()).or_insert_with(|| Value::Table(Table::new()));
        place = inner.as_table_mut().ok_or_else(|| format!("`{name}` is no table"))?;
    }
    let key = key.get_ref();
    let value = plain(one.value.get_ref());
    let Some(list) = key.strip_prefix(EXTEND) else {
        let says_nothing = value.as_table().is_some_and(Table::is_empty) && place.contains_key(&**key);
        if !(says_nothing && place[&**key].is_table()) {
            place.insert(key.to_string(), value);
        }
        return Ok(());
    };
    match (place.get_mut(list), value) {
        (Some(Value::Array(list)), Value::Array(more)) => list.extend(more),
        // A list that is empty unless somebody fills it, or no key at all: the types will tell.
        (None, Value::Array(more)) => {
            place.insert(list.to_owned(), Value::Array(more));
        }
        (Some(Value::Array(_)) | None, _) => return Err(format!("`{key}` must be a list")),
        _ => return Err(format!("`{list}` is no list that could be extended")),
    }
    Ok(())
}

/// What the schema has against a value, or against a key that leads to it.
fn misfit(schema: &Json, one: &Override<'_>) -> Option<ContractError> {
    let mut schema = schema;
    for key in &one.path {
        schema = match below(schema, key) {
            Ok(inner) => inner?,
            Err(fault) => return Some(fault),
        };
    }
    misfit_of(schema, one.value)
}

/// The same for what is inside of a value: the tables of a list have keys and types of their own.
fn misfit_of(schema: &Json, value: &Spanned<DeValue<'_>>) -> Option<ContractError> {
    let fault = |message: String, nearest: Option<&str>| {
        Some(ContractError { span: value.span(), message, nearest: nearest.map(str::to_owned) })
    };
    let inner = value.get_ref();
    if let Some(expected) = schema["type"].as_str().filter(|kind| !is_of_type(inner, kind)) {
        let (expected, found) = (with_article(toml_type(expected)), with_article(inner.type_str()));
        return fault(format!("expected {expected}, and this is {found}"), None);
    }
    if let (Some(least), Some(number)) = (schema["minimum"].as_i64(), plain(inner).as_integer())
        && number < least
    {
        return fault(format!("{number} is less than {least}"), None);
    }
    if let (Some(choices), Some(word)) = (schema["oneOf"].as_array(), inner.as_str()) {
        let words = || choices.iter().filter_map(|choice| choice["const"].as_str());
        if !words().any(|known| known == word) {
            return fault(format!("`{word}` is none of {}", listed(words())), nearest(word, words()));
        }
    }
    match inner {
        DeValue::Array(items) => items.iter().find_map(|item| misfit_of(&schema["items"], item)),
        DeValue::Table(table) => {
            let inside = table.iter().find_map(|(key, value)| match below(schema, key) {
                Ok(inner) => misfit_of(inner?, value),
                Err(fault) => Some(fault),
            });
            let mut required = schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str);
            let lacking = required.find(|name| !table.contains_key(*name));
            inside.or_else(|| fault(format!("it has no `{}`", lacking?), None))
        }
        _ => None,
    }
}

fn is_of_type(value: &DeValue<'_>, kind: &str) -> bool {
    match kind {
        "string" => value.is_str(),
        "integer" => value.is_integer(),
        "number" => value.is_integer() || value.is_float(),
        "boolean" => value.is_bool(),
        "array" => value.is_array(),
        "object" => value.is_table(),
        _ => true,
    }
}

fn toml_type(kind: &str) -> &str {
    if kind == "object" { "table" } else { kind }
}

fn with_article(noun: &str) -> String {
    format!("{} {noun}", if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" })
}

/// What the schema says of a key; `None` where there should be no table at all.
fn below<'s>(schema: &'s Json, key: &Spanned<DeString<'_>>) -> Result<Option<&'s Json>, ContractError> {
    let name: &str = key.get_ref();
    let Some(known) = schema["properties"].as_object() else {
        return Ok(schema.get("additionalProperties").filter(|any| any.is_object()));
    };
    known.get(name).map(Some).ok_or_else(|| ContractError {
        span: key.span(),
        message: format!("there is no value `{name}` here"),
        nearest: nearest(name, known.keys().map(String::as_str)).map(str::to_owned),
    })
}

/// The value without its places.
fn plain(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Value::String(number.to_string()), Value::Integer),
        DeValue::Float(number) => {
            number.as_str().parse().map_or_else(|_| Value::String(number.to_string()), Value::Float)
        }
        DeValue::Boolean(truth) => Value::Boolean(*truth),
        DeValue::Datetime(time) => Value::Datetime(*time),
        DeValue::Array(items) => Value::Array(items.iter().map(|item| plain(item.get_ref())).collect()),
        DeValue::Table(table) => Value::Table(
            table.iter().map(|(key, value)| (key.get_ref().to_string(), plain(value.get_ref()))).collect(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Contract, (String, String)> {
        let table = DeTable::parse(text).expect("the test's TOML is sound");
        let mut own = OwnContract::new(Edition::E2026_02);
        own.apply(&overrides(table.get_ref())).map_err(|error| {
            let nearest = error.nearest.map_or_else(String::new, |name| format!(" ({name}?)"));
            (text[error.span].to_owned(), error.message + &nearest)
        })?;
        Ok(own.contract)
    }

    #[test]
    fn single_values_are_replaced_and_lists_extended() {
        let own = parsed("[workflow]\ncron.required = false\njobs = { extend-extra = [\"gpu-test\"] }\n")
            .expect("both fit");
        assert!(!own.workflow.cron.required);
        assert_eq!(own.workflow.jobs.extra, ["gpu-test"]);
        assert_eq!(own.dockerfile.labels.len(), 3);
        let own =
            parsed("conf.settings.autostart.extend-tolerates = [\"x\"]\nshell.sh = {}").expect("both fit");
        assert!(own.conf.settings["autostart"].tolerates.contains(&"x".to_owned()));
        assert!(!own.shell.sh.commands.is_empty());
    }

    #[test]
    fn what_does_not_fit_is_shown_at_its_place() {
        for (text, place, message) in [
            ("workflow.cron.required = 1", "1", "expected a boolean, and this is an integer"),
            ("workflow.cron.often = true", "often", "there is no value `often` here"),
            ("workflow.corn.required = true", "corn", "there is no value `corn` here (cron?)"),
            ("[workflow.corn]", "corn", "there is no value `corn` here (cron?)"),
            ("workflow.cron.extend-required = []", "extend-required", "there is no value `extend-required`"),
            ("workflow.cron.extend-expresions = []", "extend-expresions", "(extend-expressions?)"),
            ("workflow.jobs.extend-extra = \"qa\"", "\"qa\"", "expected an array, and this is a string"),
            ("workflow.cron.expressions = [\"\", 1]", "1", "expected a string, and this is an integer"),
            ("workflow.cron.required.deep = 1", "1", "`required` is no table"),
            ("references.built-tags.retention-days = -1", "-1", "-1 is less than 0"),
            ("workflow.cron = 1", "1", "expected a table, and this is an integer"),
            ("dockerfile.labels = [{ key = \"a\", exmple = \"b\" }]", "exmple", "(example?)"),
            ("dockerfile.labels = [{ key = \"a\" }]", "{ key = \"a\" }", "it has no `example`"),
            ("conf.settings.autostart.gravity = \"minro\"", "\"minro\"", "`minro` is none of"),
            ("conf.settings.x = { value = \"a\" }\nconf.order = []", "\"a\"", "missing field"),
        ] {
            let (shown, said) = parsed(text).expect_err(text);
            assert_eq!(shown, place, "{text}");
            assert!(said.contains(message), "{text}: {said}");
        }
    }
}
