//! `vastlint config`: the configuration as it holds in the end, and its schema.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;
use vastlint_engine::{ConfigValue, Options, Origin, config_schema_text, resolve_config};

use crate::arguments::GlobalOptions;
use crate::escape::printable;
use crate::exit::{Exit, print};
use crate::failure::Failure;
use crate::format::ListFormat;
use crate::format::json::{write_array, write_element};
use crate::terminal::Terminal;

/// Comments stand in this column, unless the value is longer.
const COMMENT_COLUMN: usize = 52;

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Show every value of the configuration as it holds in the end, and where it came from
    Show(ShowOptions),
    /// Print the JSON Schema of `vastlint.toml`
    Schema,
}

#[derive(Debug, Args)]
pub(crate) struct ShowOptions {
    /// A file or directory of the repository [default: .]
    #[arg(value_name = "PATH")]
    path: Option<PathBuf>,
    /// Only what somebody set: no values of the edition, no defaults
    #[arg(long)]
    own: bool,
    /// How to write it: text (TOML, fit to be a `vastlint.toml`) or json
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", hide_possible_values = true)]
    format: ListFormat,
}

pub(crate) fn run(command: &ConfigCommand, global: &GlobalOptions) -> Exit {
    match command {
        ConfigCommand::Show(options) => show(options, global),
        ConfigCommand::Schema => print(Exit::Clean, |out| out.write_all(config_schema_text().as_bytes())),
    }
}

fn show(arguments: &ShowOptions, global: &GlobalOptions) -> Exit {
    let config = match global.config.choice() {
        Ok(config) => config,
        Err(failure) => return failure.report(),
    };
    let paths = arguments.path.iter().cloned().collect();
    let options = Options { paths, config, edition: global.edition, ..Options::default() };
    let resolved = match resolve_config(&options) {
        Ok(resolved) => resolved,
        Err(error) => return Failure::from_engine(&error).report(),
    };
    let mut values = resolved.values;
    if arguments.own {
        values.retain(ConfigValue::is_own);
    }
    print(Exit::Clean, |out| match arguments.format {
        ListFormat::Text => out.write_all(toml(&values, &Terminal::stdout()).as_bytes()),
        ListFormat::Json => json(out, &values),
    })
}

/// The values as a `vastlint.toml`, each with a comment that tells where it came from.
fn toml(values: &[ConfigValue], terminal: &Terminal) -> String {
    let mut out = String::new();
    let mut open = String::new();
    for value in values {
        let from = printable(&sources(&value.from)).into_owned();
        let comment = terminal.faint().style(format!("# {from}")).to_string();
        // Writing to a string cannot fail.
        if value.value.is_table() {
            open = format!("[[{}]]", value.key.join("."));
            let _ = writeln!(out, "\n{open:COMMENT_COLUMN$}  {comment}");
            for (key, inner) in value.value.as_table().into_iter().flatten() {
                let _ = writeln!(out, "{} = {}", bare_or_quoted(key), inline(inner));
            }
            continue;
        }
        // The rules stand in one table, whatever is said of each of them.
        let depth = match value.key.first().map(String::as_str) {
            Some("rules") => 1,
            _ => value.key.len() - 1,
        };
        let (table, key) = value.key.split_at(depth);
        if !table.is_empty() {
            let header = format!("[{}]", dotted(table));
            if header != open {
                let _ = writeln!(out, "{}{header}", if out.is_empty() { "" } else { "\n" });
                open = header;
            }
        }
        let line = format!("{} = {}", dotted(key), inline(&value.value));
        let _ = writeln!(out, "{line:COMMENT_COLUMN$}  {comment}");
    }
    out
}

/// A value on one line, without control characters.
fn inline(value: &toml::Value) -> String {
    match value {
        toml::Value::Array(items) => {
            format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", "))
        }
        toml::Value::Table(table) => {
            let entries =
                table.iter().map(|(key, value)| format!("{} = {}", bare_or_quoted(key), inline(value)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
        toml::Value::String(text) => quoted(text),
        other => other.to_string(),
    }
}

fn dotted(keys: &[String]) -> String {
    keys.iter().map(|key| bare_or_quoted(key)).collect::<Vec<_>>().join(".")
}

fn bare_or_quoted(key: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !key.is_empty() && key.bytes().all(is_bare) { key.to_owned() } else { quoted(key) }
}

/// A text of TOML: literal where it reads better, and everything invisible written out.
fn quoted(text: &str) -> String {
    let is_plain = |text: &str| printable(text) == text && !text.contains('\n');
    if text.contains(['"', '\\']) && !text.contains('\'') && is_plain(text) {
        return format!("'{text}'");
    }
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            other if is_plain(other.encode_utf8(&mut [0; 4])) => out.push(other),
            other => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\U{:08X}", u32::from(other));
            }
        }
    }
    out.push('"');
    out
}

fn sources(from: &[Origin]) -> String {
    from.iter().map(Origin::to_string).collect::<Vec<_>>().join(" + ")
}

#[derive(Serialize)]
struct Element<'a> {
    key: &'a [String],
    value: &'a toml::Value,
    from: Vec<BTreeMap<&'static str, serde_json::Value>>,
}

fn json(out: &mut dyn Write, values: &[ConfigValue]) -> io::Result<()> {
    write_array(out, values, |out, value| {
        let from = value.from.iter().map(origin).collect();
        write_element(out, &Element { key: &value.key, value: &value.value, from })
    })
}

fn origin(origin: &Origin) -> BTreeMap<&'static str, serde_json::Value> {
    let fields: &[(&'static str, serde_json::Value)] = &match origin {
        Origin::Default => vec![("kind", "default".into())],
        Origin::Edition(edition) => vec![("kind", "edition".into()), ("name", edition.name().into())],
        Origin::Preset(name) => vec![("kind", "preset".into()), ("name", (*name).into())],
        Origin::File { path, line } => {
            vec![("kind", "file".into()), ("path", path.as_str().into()), ("line", (*line).into())]
        }
        Origin::Environment(name) => vec![("kind", "environment".into()), ("name", (*name).into())],
        Origin::CommandLine => vec![("kind", "command-line".into())],
    };
    fields.iter().cloned().collect()
}
