//! Reads one text of configuration and lays it over what weaker ones said.

use std::ops::Range;
use std::path::Path;

use globset::{Glob, GlobSetBuilder};
use ignore::gitignore::GitignoreBuilder;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};
use vastlint_diagnostic::{Level, Severity};
use vastlint_rules::{Contract, Edition, OwnContract, Rule, find, nearest, overrides};

use super::chain::parse;
use super::levels::{RuleLevels, RuleTable};
use super::source::{Source, Sourced};
use super::{Config, Key, PerPath, quoted};
use crate::ConfigError;
use crate::run::nearest_rule;

type Result<T> = std::result::Result<T, Box<ConfigError>>;
type Value<'t> = Spanned<DeValue<'t>>;
type Name<'t> = Spanned<DeString<'t>>;

/// The keys of a `[[per-path]]` table.
pub(super) const PER_PATH_KEYS: [&str; 2] = ["paths", "rules"];
/// The keys of a rule that is a table.
pub(super) const RULE_KEYS: [&str; 2] = ["level", "variants"];

const LEVELS: [&str; 4] = ["error", "warning", "info", "off"];

impl Config {
    /// Lays a text over the weaker ones.
    pub(super) fn lay(&mut self, source: &Source) -> Result<()> {
        let table = parse(source)?;
        let reader = Reader { source };
        // In the order of the text, so that the first fault is the one that is shown.
        let mut entries: Vec<(&Name<'_>, &Value<'_>)> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        for (name, value) in entries {
            match Key::named(name.get_ref()).ok_or_else(|| reader.unknown_key(name))? {
                // It is heeded already.
                Key::Extends => {}
                Key::Edition => self.edition = Some(reader.edition(value)?),
                Key::FailSeverity => self.fail_severity = Some(reader.severity(value)?),
                Key::Exclude => self.exclude.extend(reader.exclude(value)?),
                Key::Rules => self.rules.merge(reader.rules(value, Key::Rules.name())?),
                Key::PerPath => self.per_path.extend(reader.per_path_tables(value)?),
                Key::Contract => self.lay_contract(&reader, value)?,
            }
        }
        Ok(())
    }

    /// A value has to fit both editions: which one counts may be said on the command line.
    fn lay_contract(&mut self, reader: &Reader<'_>, value: &Value<'_>) -> Result<()> {
        let table = reader.table(value, Key::Contract.name())?;
        let own = overrides(table);
        let contracts = self.contracts.get_or_insert_with(|| Box::new(Edition::ALL.map(OwnContract::new)));
        for contract in contracts.iter_mut() {
            contract.apply(&own).map_err(|error| {
                let nearest = error.nearest.map(|name| format!("did you mean `{name}`? "));
                let help = format!("{}`docs/values.md` lists every value", nearest.unwrap_or_default());
                reader.source.error(Some(error.span), error.message, Some(help))
            })?;
        }
        for one in own {
            let origin = self.contract_origins.entry(one.key()).or_default();
            if !one.extends() {
                origin.is_replaced = true;
                origin.sources.clear();
            }
            origin.sources.push(reader.source.origin(&one.span()));
        }
        Ok(())
    }
}

struct Reader<'s> {
    source: &'s Source,
}

impl Reader<'_> {
    fn error(&self, span: Range<usize>, message: String, help: impl Into<String>) -> Box<ConfigError> {
        self.source.error(Some(span), message, Some(help.into()))
    }

    fn unknown_key(&self, name: &Name<'_>) -> Box<ConfigError> {
        let key: &str = name.get_ref();
        let help = if let Some(nearest) = nearest(key, Key::ALL.map(Key::name)) {
            format!("did you mean `{nearest}`?")
        } else if let Some(rule) = find(key) {
            format!("`{}` is a rule: its level stands below `[rules]`", rule.id.name)
        } else if Contract::AREAS.contains(&key) {
            format!("values of the conventions stand below `[contract]`: `[contract.{key}]`")
        } else {
            format!("keys are {}", quoted(Key::ALL.map(Key::name)))
        };
        self.error(name.span(), format!("there is no key `{key}`"), help)
    }

    fn known<'n>(&self, name: &'n Name<'_>, known: &[&str], place: &str) -> Result<&'n str> {
        let key: &str = name.get_ref();
        if known.contains(&key) {
            return Ok(key);
        }
        let help = nearest(key, known.iter().copied()).map_or_else(
            || format!("keys are {}", quoted(known.iter().copied())),
            |nearest| format!("did you mean `{nearest}`?"),
        );
        Err(self.error(name.span(), format!("there is no key `{key}` in {place}"), help))
    }

    fn wrong_type<T>(&self, value: &Value<'_>, name: &str, expected: &str, example: &str) -> Result<T> {
        let found = value.get_ref().type_str();
        let message = format!("`{name}` takes {expected}, and this is {} {found}", article(found));
        Err(self.error(value.span(), message, format!("for example: {example}")))
    }

    fn table<'t>(&self, value: &'t Value<'t>, name: &str) -> Result<&'t DeTable<'t>> {
        match value.get_ref() {
            DeValue::Table(table) => Ok(table),
            _ => self.wrong_type(value, name, "a table", &format!("`[{name}]`")),
        }
    }

    fn text<'t>(&self, value: &'t Value<'_>, name: &str, example: &str) -> Result<&'t str> {
        match value.get_ref() {
            DeValue::String(text) => Ok(text),
            _ => self.wrong_type(value, name, "a text", example),
        }
    }

    fn texts<'t>(
        &self,
        value: &'t Value<'_>,
        name: &str,
        example: &str,
    ) -> Result<Vec<(&'t str, Range<usize>)>> {
        let DeValue::Array(items) = value.get_ref() else {
            return self.wrong_type(value, name, "a list of texts", example);
        };
        items.iter().map(|item| Ok((self.text(item, name, example)?, item.span()))).collect()
    }

    fn edition(&self, value: &Value<'_>) -> Result<Sourced<Edition>> {
        let word = self.text(value, Key::Edition.name(), "`edition = \"2026-08\"`")?;
        let names = Edition::ALL.map(Edition::name);
        let edition = word.parse().map_err(|_| {
            let message = format!("there is no edition `{word}`");
            self.error(value.span(), message, suggestion(word, &names))
        })?;
        Ok(self.source.sourced(edition, &value.span()))
    }

    fn severity(&self, value: &Value<'_>) -> Result<Sourced<Severity>> {
        let word = self.text(value, Key::FailSeverity.name(), "`fail-severity = \"error\"`")?;
        let severity =
            Severity::ALL.into_iter().find(|severity| severity.name() == word).ok_or_else(|| {
                let message = format!("`{word}` is no severity");
                self.error(value.span(), message, suggestion(word, &Severity::ALL.map(Severity::name)))
            })?;
        Ok(self.source.sourced(severity, &value.span()))
    }

    fn exclude(&self, value: &Value<'_>) -> Result<Vec<Sourced<String>>> {
        let patterns = self.texts(value, Key::Exclude.name(), "`exclude = [\"/vendor/\"]`")?;
        let checked = patterns.into_iter().map(|(pattern, span)| {
            let help = "patterns are those of `.gitignore`: `/vendor/`, `*.bak`, `!kept.sh`";
            let wrong = |message: String| self.error(span.clone(), message, help);
            if pattern.trim().is_empty() || pattern.starts_with('#') || pattern.contains(['\n', '\0']) {
                return Err(wrong(format!("`{pattern}` excludes nothing")));
            }
            // Where it is rooted makes no difference to whether it is sound.
            let mut builder = GitignoreBuilder::new(Path::new("/"));
            let invalid = |error: &ignore::Error| wrong(format!("`{pattern}` is no pattern: {error}"));
            builder.add_line(None, pattern).map_err(|error| invalid(&error))?;
            builder.build().map_err(|error| invalid(&error))?;
            Ok(self.source.sourced(pattern.to_owned(), &span))
        });
        checked.collect()
    }

    fn rules(&self, value: &Value<'_>, name: &str) -> Result<RuleTable> {
        let table = self.table(value, name)?;
        let mut rules = RuleTable::default();
        let mut entries: Vec<(&Name<'_>, &Value<'_>)> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        for (name, value) in entries {
            let rule = find(name.get_ref()).ok_or_else(|| {
                let help = match nearest_rule(name.get_ref()) {
                    Some(nearest) => format!("did you mean `{nearest}`?"),
                    None => "`vastlint rules` lists all rules".to_owned(),
                };
                self.error(name.span(), format!("there is no rule `{}`", name.get_ref()), help)
            })?;
            if rules.get(rule).is_some() {
                let message = format!("`{}` is set twice, by name and by code", rule.id.name);
                return Err(self.error(name.span(), message, "keep one of the two"));
            }
            rules.push(self.rule(rule, value)?);
        }
        Ok(rules)
    }

    fn rule(&self, rule: &'static Rule, value: &Value<'_>) -> Result<RuleLevels> {
        let mut levels = RuleLevels { rule, all: None, variants: Vec::new() };
        let DeValue::Table(table) = value.get_ref() else {
            levels.all = Some(self.level(value, rule.id.name)?);
            return Ok(levels);
        };
        for (key, value) in table {
            if self.known(key, &RULE_KEYS, &format!("`{}`", rule.id.name))? == RULE_KEYS[0] {
                levels.all = Some(self.level(value, rule.id.name)?);
                continue;
            }
            for (name, value) in self.table(value, &format!("{}.variants", rule.id.name))? {
                let variant = rule.variants.iter().find(|variant| variant.name == &**name.get_ref());
                let variant = variant.ok_or_else(|| {
                    let names: Vec<&str> = rule.variants.iter().map(|variant| variant.name).collect();
                    let message = format!("`{}` has no variant `{}`", rule.id.name, name.get_ref());
                    self.error(name.span(), message, suggestion(name.get_ref(), &names))
                })?;
                levels.variants.push((variant.name, self.level(value, variant.name)?));
            }
        }
        Ok(levels)
    }

    fn level(&self, value: &Value<'_>, name: &str) -> Result<Sourced<Level>> {
        let DeValue::String(word) = value.get_ref() else {
            return self.wrong_type(value, name, "a level", &format!("`{name} = \"off\"`"));
        };
        let level = word.parse().map_err(|_| {
            self.error(value.span(), format!("`{word}` is no level"), suggestion(word, &LEVELS))
        })?;
        Ok(self.source.sourced(level, &value.span()))
    }

    fn per_path_tables(&self, value: &Value<'_>) -> Result<Vec<PerPath>> {
        let name = Key::PerPath.name();
        let DeValue::Array(tables) = value.get_ref() else {
            return self.wrong_type(value, name, "a list of tables", "`[[per-path]]`");
        };
        tables.iter().map(|table| self.per_path(table)).collect()
    }

    fn per_path(&self, value: &Value<'_>) -> Result<PerPath> {
        let table = self.table(value, Key::PerPath.name())?;
        let (mut globs, mut rules) = (None, None);
        for (key, value) in table {
            if self.known(key, &PER_PATH_KEYS, "`[[per-path]]`")? == PER_PATH_KEYS[0] {
                globs = Some(self.texts(value, "paths", "`paths = [\"external/**\"]`")?);
            } else {
                rules = Some(self.rules(value, "rules")?);
            }
        }
        let (Some(globs), Some(rules)) = (&globs, rules) else {
            let lacks = if globs.is_none() { "paths" } else { "rules" };
            let help = "for example: `paths = [\"external/**\"]` and `rules = { bare-pip = \"off\" }`";
            return Err(self.error(value.span(), format!("this `[[per-path]]` has no `{lacks}`"), help));
        };
        let mut paths = GlobSetBuilder::new();
        for (glob, span) in globs {
            let parsed = Glob::new(glob).map_err(|error| {
                let help = "globs are relative to the root, with `/`: `external/*/Dockerfile`";
                self.error(span.clone(), format!("`{glob}` is no glob: {}", error.kind()), help)
            })?;
            paths.add(parsed);
        }
        let paths =
            paths.build().map_err(|error| self.source.error(Some(value.span()), error.to_string(), None))?;
        let globs = globs.iter().map(|(glob, _)| (*glob).to_owned()).collect();
        Ok(PerPath { globs, paths, rules, origin: self.source.origin(&value.span()) })
    }
}

/// The nearest of the words, and all of them.
fn suggestion(word: &str, known: &[&str]) -> String {
    let all = || quoted(known.iter().copied());
    match (known, nearest(word, known.iter().copied())) {
        ([], _) => "it has no variants: write a level alone".to_owned(),
        ([only], _) => format!("the only one is `{only}`"),
        (_, Some(nearest)) => format!("did you mean `{nearest}`? expected one of {}", all()),
        (_, None) => format!("expected one of {}", all()),
    }
}

fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}
