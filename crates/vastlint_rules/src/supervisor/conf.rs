//! What the rules about confs have in common.

use std::collections::{BTreeMap, HashMap};

use vastlint_model::Document;
use vastlint_syntax::supervisor::{Config, Key, Section};
use vastlint_text::Span;

use crate::{ProposedFix, full_lines, indentation};

/// Whether a conf ends up beside the others in the folder that supervisord includes, and is known as a whole.
pub(super) fn is_program_conf(document: &Document) -> bool {
    let path = document.instance_path.as_deref();
    !document.fragment && path.is_some_and(|path| path.starts_with("/etc/supervisor/conf.d/"))
}

/// The programs of a conf with all their keys, in source order. Sections of one name are one section.
pub(super) fn programs(config: &Config) -> Vec<(&str, &Section, Vec<&Key>)> {
    let mut programs: Vec<(&str, &Section, Vec<&Key>)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for section in &config.sections {
        let Some(name) = section.program_name() else { continue };
        let place = *places.entry(&section.name).or_insert(programs.len());
        if place == programs.len() {
            programs.push((name, section, Vec::new()));
        }
        programs[place].2.extend(&section.keys);
    }
    programs
}

/// Whether the keys that the documented order has stand in it.
pub(super) fn is_ordered<'n>(names: impl Iterator<Item = &'n str>, order: &[String]) -> bool {
    names.filter_map(|name| order.iter().position(|known| known == name)).is_sorted()
}

/// Adds lines for keys that a program lacks, each in its documented place and written like its neighbour there. `keys`
/// are the program's; `lines` are names and values in the documented order.
pub(super) fn with_lines(
    mut fix: ProposedFix,
    document: &Document,
    section: &Section,
    keys: &[&Key],
    order: &[String],
    lines: &[(&str, &str)],
) -> ProposedFix {
    let rank = |name: &str| order.iter().position(|known| known == name);
    let mut places: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for (name, value) in lines {
        let wanted = rank(name);
        let before = keys.iter().rfind(|key| rank(&key.name).is_some_and(|rank| Some(rank) < wanted));
        let place = before.map_or(section.header_span.start, |key| key.span.end.max(key.span.start + 1) - 1);
        let model = before.or_else(|| keys.first());
        let (blanks, delimiter) = model.map_or(("", "="), |key| style(document, key));
        places.entry(place).or_default().push(format!("{blanks}{name}{delimiter}{value}"));
    }
    for (place, lines) in places {
        fix = fix.insert_lines_below(document, place, &lines.join("\n"));
    }
    fix
}

/// What stands before a key, and between it and its value.
fn style<'d>(document: &'d Document, key: &Key) -> (&'d str, &'d str) {
    let text = &document.text;
    let between = Span::new(key.name_span.end, key.value_span.start.max(key.name_span.end)).text(text);
    let delimiter = if between.contains('\n') || between.is_empty() { "=" } else { between };
    (indentation(text, key.span.start), delimiter)
}

/// The lines of a key, where nothing but the key stands on them and no comment that speaks of it above.
pub(super) fn bare_lines(document: &Document, config: &Config, key: &Key) -> Option<Span> {
    let text = &document.text;
    let lines = full_lines(text, key.span);
    let above = text[..lines.start as usize].lines().next_back().unwrap_or_default().trim_start();
    let is_spoken_of = above.starts_with(['#', ';']);
    let next = config.comments.partition_point(|comment| comment.start < lines.start);
    let has_comment = config.comments.get(next).is_some_and(|comment| lines.contains(comment.start));
    (!is_spoken_of && !has_comment).then_some(lines)
}
