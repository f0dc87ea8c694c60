//! VL304: see `rules/supervisor/unknown-conf-key.md`.

use vastlint_diagnostic::Applicability;
use vastlint_model::Document;
use vastlint_syntax::supervisor::{Config, Key};

use super::conf::{is_ordered, is_program_conf, programs};
use super::wrong_program_setting::is_documented;
use crate::contract::Confs;
use crate::{Check, Context, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Supervisor(check);

/// How many letters a misspelt key may be away from the one that was meant.
const MAX_DISTANCE: usize = 3;
/// How often in a file it is guessed what was meant. Who misspells more keys has something else there than a conf.
const MAX_GUESSES: usize = 50;
/// Keys that are longer are no misspelt ones.
const MAX_LENGTH: usize = 40;

fn check(context: &Context<'_>, document: &Document, config: &Config, sink: &mut Sink<'_>) {
    if !is_program_conf(document) {
        return;
    }
    let contract = &context.contract.conf;
    let mut guesses = 0;
    for (program, _, keys) in programs(config) {
        for key in &keys {
            let name = &key.name;
            if contract.order.contains(name) || contract.extra.contains(name) {
                continue;
            }
            if contract.known.contains(name) {
                sink.report(
                    document,
                    key.name_span,
                    format!("`{name}` of `{program}` is no key of the documented conf"),
                    "not in the template",
                )
                .variant("beyond-template")
                .why("programs that are set up each in its own way cannot be maintained together")
                .help(format!("leave `{name}` out, or name it in `vastlint.toml`: `[contract.conf]`, `extend-extra = [\"{name}\"]`"));
                continue;
            }
            let finding = sink.report(
                document,
                key.name_span,
                format!("supervisord knows no `{name}`, which `{program}` sets"),
                "unknown",
            );
            finding.why("supervisord reads over it without a word, and what it should do is not done");
            guesses += 1;
            match Some(name).filter(|_| guesses <= MAX_GUESSES).and_then(|name| nearest(name, contract)) {
                Some(meant) => finding
                    .help(format!("write `{meant}={}`", key.value.lines().next().unwrap_or_default()))
                    .fix(rename(document, &keys, key, meant, contract)),
                None => finding.help("take it out, or see `man supervisord` for the key that was meant"),
            };
        }
    }
}

/// How many letters a key may be away from the one that is written in its place.
const MAX_CERTAIN_DISTANCE: usize = 2;

/// What the key asks for was never done, and is from then on.
fn rename(
    document: &Document,
    keys: &[&Key],
    key: &Key,
    meant: &str,
    contract: &Confs,
) -> Option<ProposedFix> {
    let before: Vec<&str> = keys.iter().map(|other| other.name.as_str()).collect();
    let renamed = |other: &&Key| std::ptr::eq(*other, key);
    let position = keys.iter().position(renamed)?;
    let mut after = before.clone();
    after[position] = meant;
    let ordered = |names: &[&str]| is_ordered(names.iter().copied(), &contract.order);
    let length = distance(&key.name, meant);
    let is_certain = length <= MAX_CERTAIN_DISTANCE
        && contract.known.iter().filter(|known| distance(&key.name, known) == length).count() == 1;
    let is_welcome = (contract.order.iter().chain(&contract.extra)).any(|known| known == meant)
        && !before.contains(&meant)
        && (ordered(&after) || !ordered(&before))
        && contract.settings.get(meant).is_none_or(|setting| is_documented(meant, &key.value, setting));
    (is_certain && is_welcome).then(|| {
        ProposedFix::new(Applicability::Unsafe, format!("write `{meant}`")).replace(
            document,
            key.name_span,
            meant,
        )
    })
}

/// The key that was meant by a misspelt one.
fn nearest<'c>(name: &str, contract: &'c Confs) -> Option<&'c String> {
    if name.len() > MAX_LENGTH {
        return None;
    }
    let is_near = |known: &&String| known.len().abs_diff(name.len()) <= MAX_DISTANCE;
    let distances = contract.known.iter().filter(is_near).map(|known| (distance(name, known), known));
    distances
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= MAX_DISTANCE)
        .map(|(_, known)| known)
}

/// How many letters have to be added, taken out or replaced to make one word of the other.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, letter) in one.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, wanted) in other.bytes().enumerate() {
            let replaced = diagonal + usize::from(letter != wanted);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_letters() {
        for (one, other, letters) in
            [("a", "a", 0), ("abc", "ab", 1), ("", "ab", 2), ("auto_start", "autostart", 1)]
        {
            assert_eq!(distance(one, other), letters, "{one} {other}");
        }
    }
}
