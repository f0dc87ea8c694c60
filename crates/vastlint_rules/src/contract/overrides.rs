use std::ops::Range;

use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table, Value};

use super::{Contract, TEXTS};
use crate::Edition;

/// What a repository's own values have wrong.
#[derive(Debug, PartialEq, Eq)]
pub struct ContractError {
    /// The place of the value, in bytes of the configuration file.
    pub span: Range<usize>,
    /// What is wrong with it.
    pub message: String,
}

/// What `extend-<key>` adds to.
const EXTEND: &str = "extend-";

/// The contract of an edition with a repository's own values: a key replaces the built-in value, `extend-<key>` adds
/// to a list. `overrides` is a table of `vastlint.toml` with its places.
///
/// # Errors
/// If a key does not exist, a value has another type than the built-in one, or `extend-` stands before what is no list.
#[expect(clippy::missing_panics_doc, reason = "it cannot")]
pub fn with_overrides(edition: Edition, overrides: &DeTable<'_>) -> Result<Contract, ContractError> {
    let mut table: Table =
        toml::from_str(TEXTS[edition as usize]).expect("a test parses both built-in contracts");
    let mut leaves = Vec::new();
    collect(overrides, &mut Vec::new(), &mut leaves);
    // One by one, so that whatever does not fit is known by its place.
    for (path, value) in leaves {
        let fault = |message: String| ContractError { span: value.span(), message };
        apply(&mut table, &path, value).map_err(fault)?;
        Value::Table(table.clone()).try_into::<Contract>().map_err(|error| fault(first_line(&error)))?;
    }
    Value::Table(table).try_into().map_err(|error| ContractError { span: 0..0, message: first_line(&error) })
}

fn first_line(error: &toml::de::Error) -> String {
    error.message().lines().next().unwrap_or_default().to_owned()
}

type Leaf<'t, 'i> = (Vec<String>, &'t Spanned<DeValue<'i>>);

fn collect<'t, 'i>(table: &'t DeTable<'i>, path: &mut Vec<String>, leaves: &mut Vec<Leaf<'t, 'i>>) {
    for (key, value) in table {
        path.push(key.get_ref().to_string());
        match value.get_ref() {
            DeValue::Table(inner) => collect(inner, path, leaves),
            _ => leaves.push((path.clone(), value)),
        }
        path.pop();
    }
}

fn apply(table: &mut Table, path: &[String], value: &Spanned<DeValue<'_>>) -> Result<(), String> {
    let (key, folders) = path.split_last().expect("a leaf has a key");
    let mut place = table;
    for folder in folders {
        let inner = place.entry(folder.clone()).or_insert_with(|| Value::Table(Table::new()));
        place = inner.as_table_mut().ok_or_else(|| format!("`{folder}` is no table"))?;
    }
    let value = plain(value.get_ref());
    let Some(list) = key.strip_prefix(EXTEND) else {
        place.insert(key.clone(), value);
        return Ok(());
    };
    match (place.get_mut(list), value) {
        (Some(Value::Array(list)), Value::Array(more)) => list.extend(more),
        (Some(Value::Array(_)), _) => return Err(format!("`{key}` must be a list")),
        _ => return Err(format!("there is no list `{list}` to extend")),
    }
    Ok(())
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

    fn contract(text: &str) -> Result<Contract, (String, String)> {
        let table = DeTable::parse(text).expect("the test's TOML is sound");
        with_overrides(Edition::E2026_02, table.get_ref())
            .map_err(|error| (text[error.span].to_owned(), error.message))
    }

    #[test]
    fn single_values_are_replaced_and_lists_extended() {
        let own = contract("[workflow]\ncron.required = false\njobs = { extend-extra = [\"gpu-test\"] }\n")
            .expect("both fit");
        assert!(!own.workflow.cron.required);
        assert_eq!(own.workflow.jobs.extra, ["gpu-test"]);
        assert_eq!(own.dockerfile.labels.len(), 3);
    }

    #[test]
    fn what_does_not_fit_is_shown_at_its_place() {
        for (text, place, message) in [
            ("workflow.cron.required = 1", "1", "invalid type"),
            ("workflow.cron.often = true", "true", "unknown field `often`"),
            ("workflow.cron.extend-required = []", "[]", "there is no list `required`"),
            ("workflow.jobs.extend-extra = \"qa\"", "\"qa\"", "`extend-extra` must be a list"),
            ("workflow.cron.expressions = [1]", "[1]", "invalid type"),
            ("workflow.cron.required.deep = 1", "1", "`required` is no table"),
        ] {
            let (shown, said) = contract(text).expect_err(text);
            assert_eq!(shown, place, "{text}");
            assert!(said.contains(message), "{text}: {said}");
        }
    }
}
