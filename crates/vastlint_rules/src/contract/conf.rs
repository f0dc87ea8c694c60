use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// `[conf]`: what the conf of a program has.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Confs {
    /// The keys of the documented conf, first to last.
    pub order: Vec<String>,
    /// Further keys that a conf may have.
    pub extra: Vec<String>,
    /// Every key of a program that supervisord knows.
    pub known: Vec<String>,
    /// Keys with a value that does not depend on the program.
    pub settings: BTreeMap<String, Setting>,
}

/// A key and the values that it may have.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Setting {
    /// The documented value.
    pub value: String,
    /// What supervisord takes where the key is missing.
    pub default: String,
    /// Other values that are right, too; `5..10` for a range of numbers, `10..` for one without end.
    #[serde(default)]
    pub accepts: Vec<String>,
    /// Other values that only differ from the documents.
    #[serde(default)]
    pub tolerates: Vec<String>,
    /// How much another value harms.
    pub gravity: Gravity,
    /// What another value does.
    pub consequence: String,
}

/// How much a wrong value harms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Gravity {
    /// The program's output never reaches the instance's log.
    Log,
    /// The program is not supervised as the documents say.
    Supervision,
    /// Hardly any.
    Minor,
}
