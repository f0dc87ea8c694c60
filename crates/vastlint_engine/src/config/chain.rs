//! The texts that make up a configuration: `vastlint.toml`, what it extends, the environment, the command line.

use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::preset::{self, PRESETS};
use super::source::{Origin, Source};
use super::store::{self, Store, Stored, folder_of, resolve};
use super::{CONFIG_FILE, ConfigChoice, ConfigOverride, Key};
use crate::ConfigError;

/// No chain of `extends` is longer.
const MAX_DEPTH: usize = 16;
/// No configuration is made of more files.
const MAX_FILES: usize = 64;

/// What all errors of unreadable configuration start with.
const UNREADABLE: &str = "cannot read the configuration";

/// The texts of a configuration, in order: later ones win.
pub(crate) fn sources(
    choice: &ConfigChoice,
    root: &Path,
    store: Store<'_>,
) -> Result<Vec<Source>, Box<ConfigError>> {
    let mut chain = Chain::default();
    match &choice.file {
        Some(path) => chain.named(path, root)?,
        None => chain.at_root(store)?,
    }
    for one in &choice.overrides {
        chain.add(argument(one), "", store)?;
    }
    Ok(chain.sources)
}

#[derive(Default)]
struct Chain {
    sources: Vec<Source>,
    /// The files and presets that are being read, outermost first.
    open: Vec<String>,
    /// Those that were read.
    done: Vec<String>,
}

impl Chain {
    fn at_root(&mut self, store: Store<'_>) -> Result<(), Box<ConfigError>> {
        let shown = store.shown(CONFIG_FILE);
        let stored = store.read(CONFIG_FILE, store::MAX_SIZE);
        match stored.map_err(|reason| unreadable(&shown, &reason))? {
            Some(stored) => self.stored(stored, shown, CONFIG_FILE.to_owned(), store),
            None => Ok(()),
        }
    }

    /// The file that the command line names, wherever it is. What it extends is below the root if it is, too, and else
    /// below its own folder.
    fn named(&mut self, path: &Path, root: &Path) -> Result<(), Box<ConfigError>> {
        let bytes = store::read_limited(path, store::MAX_SIZE)
            .map_err(|error| unreadable(path, &error.to_string()))?;
        let real = path.canonicalize().or_else(|_| std::path::absolute(path));
        let real = real.map_err(|error| unreadable(path, &error.to_string()))?;
        let boundary = if real.starts_with(root) { root } else { real.parent().unwrap_or(root) };
        let inside = real.strip_prefix(boundary).unwrap_or(&real);
        let parts: Vec<_> = inside.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        let stored = Stored { path: parts.join("/"), bytes };
        let name = path.to_string_lossy().into_owned();
        self.stored(stored, path.to_owned(), name, Store::Disk(boundary))
    }

    fn stored(
        &mut self,
        stored: Stored,
        shown: PathBuf,
        name: String,
        store: Store<'_>,
    ) -> Result<(), Box<ConfigError>> {
        let text = String::from_utf8(stored.bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            unreadable(&shown, &format!("it is not UTF-8: byte {at} fits no character"))
        })?;
        let source = Source::new(text, shown, Origin::File { path: name, line: 0 });
        self.open.push(stored.path.clone());
        self.add(source, folder_of(&stored.path), store)?;
        self.open.pop();
        self.done.push(stored.path);
        Ok(())
    }

    /// A text, behind what it extends.
    fn add(&mut self, source: Source, folder: &str, store: Store<'_>) -> Result<(), Box<ConfigError>> {
        let table = parse(&source)?;
        for (name, span) in extended(&source, &table)? {
            self.extend(name, folder, store).map_err(|fault| fault.at(&source, span))?;
        }
        if self.sources.len() >= MAX_FILES {
            return Err(source.error(None, format!("a configuration of more than {MAX_FILES} files"), None));
        }
        drop(table);
        self.sources.push(source);
        Ok(())
    }

    /// What a text names behind `extends`.
    fn extend(&mut self, name: &str, folder: &str, store: Store<'_>) -> Result<(), Fault> {
        if name.starts_with(preset::PREFIX) {
            return self.preset(name, store);
        }
        let cannot = |reason: &str| {
            let help =
                "name a file of this repository, relative to the one that names it; nothing outside is read";
            Fault::Here(format!("cannot extend `{name}`: {reason}"), Some(help.to_owned()))
        };
        if name.is_empty() {
            return Err(cannot("it names nothing"));
        }
        let path = resolve(folder, name).map_err(|reason| cannot(&reason))?;
        let stored = store.read(&path, store::MAX_SIZE).map_err(|reason| cannot(&reason))?;
        let stored = stored.ok_or_else(|| {
            let nearest = vastlint_rules::nearest(
                name,
                PRESETS.iter().map(|preset| &preset.name[preset::PREFIX.len()..]),
            );
            match nearest {
                Some(preset) => {
                    let help = format!("did you mean `{}{preset}`?", preset::PREFIX);
                    Fault::Here(format!("cannot extend `{name}`: there is no such file"), Some(help))
                }
                None => cannot("there is no such file"),
            }
        })?;
        if self.done.contains(&stored.path) {
            return Ok(());
        }
        if let Some(start) = self.open.iter().position(|open| *open == stored.path) {
            let round: Vec<&str> = self.open[start..].iter().map(String::as_str).collect();
            return Err(cannot(&format!("it extends itself: {} → {}", round.join(" → "), stored.path)));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(cannot(&format!("more than {MAX_DEPTH} files extend one another")));
        }
        let shown = store.shown(&path);
        Ok(self.stored(stored, shown, path, store)?)
    }

    fn preset(&mut self, name: &str, store: Store<'_>) -> Result<(), Fault> {
        let Some(preset) = preset::named(name) else {
            let names = PRESETS.iter().map(|preset| preset.name);
            let help = match vastlint_rules::nearest(name, names.clone()) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => format!("presets are {}", super::quoted(names)),
            };
            return Err(Fault::Here(format!("there is no preset `{name}`"), Some(help)));
        };
        if !self.done.iter().any(|done| done == name) {
            self.done.push(name.to_owned());
            let origin = Origin::Preset(preset.name);
            let source = Source::new(preset.text.to_owned(), preset.name.into(), origin);
            self.add(source, "", store)?;
        }
        Ok(())
    }
}

/// Why something cannot be extended: because of the name, or because of a fault in what it names.
enum Fault {
    Here(String, Option<String>),
    Inside(Box<ConfigError>),
}

impl Fault {
    fn at(self, source: &Source, span: std::ops::Range<usize>) -> Box<ConfigError> {
        match self {
            Self::Here(message, help) => source.error(Some(span), message, help),
            Self::Inside(error) => error,
        }
    }
}

impl From<Box<ConfigError>> for Fault {
    fn from(error: Box<ConfigError>) -> Self {
        Self::Inside(error)
    }
}

fn unreadable(path: &Path, reason: &str) -> Box<ConfigError> {
    Box::new(ConfigError {
        path: path.to_owned(),
        text: String::new(),
        span: None,
        message: format!("{UNREADABLE}: {reason}"),
        help: None,
    })
}

/// The table of a text.
pub(crate) fn parse(source: &Source) -> Result<DeTable<'_>, Box<ConfigError>> {
    let table = DeTable::parse(&source.text).map_err(|error| {
        let message = error.message().replace('\n', ", ");
        let help = matches!(source.origin, Origin::CommandLine | Origin::Environment(_)).then(|| {
            "write KEY=VALUE as in `vastlint.toml`: `edition=\"2026-08\"`, `rules.bare-pip=off`".to_owned()
        });
        source.error(error.span(), message, help)
    })?;
    Ok(table.into_inner())
}

/// What a text names behind `extends`, with the places.
fn extended<'t>(
    source: &Source,
    table: &'t DeTable<'_>,
) -> Result<Vec<(&'t str, std::ops::Range<usize>)>, Box<ConfigError>> {
    let Some(value) = table.get(Key::Extends.name()) else { return Ok(Vec::new()) };
    let one = |value: &'t toml::Spanned<DeValue<'_>>| {
        let name = value.get_ref().as_str().ok_or_else(|| {
            let help = "`extends = \"vastlint:strict\"`, or a list of such".to_owned();
            source.error(Some(value.span()), "`extends` takes names of presets and paths", Some(help))
        })?;
        Ok((name, value.span()))
    };
    match value.get_ref() {
        DeValue::Array(items) => items.iter().map(one).collect(),
        _ => Ok(vec![one(value)?]),
    }
}

/// The text of `KEY=VALUE`.
fn argument(one: &ConfigOverride) -> Source {
    let path = match one.from {
        Origin::Environment(name) => format!("${name}"),
        _ => "--config".to_owned(),
    };
    Source::new(quoted_word(&one.text), path.into(), one.from.clone())
}

/// A value that is a plain word and no TOML is put in quotes, as shells take them away: `edition=2026-08`.
fn quoted_word(text: &str) -> String {
    if let Some((key, value)) = text.split_once('=') {
        let value = value.trim();
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/*".contains(&byte);
        if !value.is_empty() && value.bytes().all(is_word) && DeValue::parse(value).is_err() {
            return format!("{key}=\"{value}\"");
        }
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_need_no_quotes() {
        for (text, expected) in [
            ("edition=2026-08", "edition=\"2026-08\""),
            ("rules.VL401 = off", "rules.VL401 =\"off\""),
            ("a=\"b\"", "a=\"b\""),
            ("a=true", "a=true"),
            ("a=1", "a=1"),
            ("a=[b", "a=[b"),
            ("a=", "a="),
            ("extends=vastlint:strict", "extends=\"vastlint:strict\""),
        ] {
            assert_eq!(quoted_word(text), expected);
        }
    }
}
