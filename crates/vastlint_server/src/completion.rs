//! What may be written at a place, where the conventions or the repository know it.
//!
//! A file that is being typed is broken more often than not: what stands around the cursor is told from the lines above
//! it, not from the tree.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use vastlint_model::{Kind, ShellRole, Tree};
use vastlint_syntax::yaml::Yaml;
use vastlint_text::Span;

use crate::definition::jobs;
use crate::hover::{input_text, job_text, key_text, utility_text};
use crate::place::{Knowledge, Place};

/// What a proposal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ItemKind {
    Key,
    Value,
    File,
    Name,
}

/// A proposal.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) label: String,
    /// What is written.
    pub(crate) text: String,
    pub(crate) kind: ItemKind,
    /// What the conventions say about it, as Markdown.
    pub(crate) about: String,
    /// Bytes of the file that it replaces.
    pub(crate) span: Span,
}

/// What may be written at a byte of a file, the best first.
pub(crate) fn completion(knowledge: Knowledge<'_>, path: &str, byte: u32) -> Vec<Item> {
    let finders: [fn(&Cursor<'_, '_>) -> Vec<Item>; 6] =
        [conf_keys, conf_values, utilities, labels_of_portal, dockerfile_labels, in_workflow];
    for place in knowledge.places(path, byte) {
        let cursor = Cursor::at(&place);
        let found = finders.iter().map(|find| find(&cursor)).find(|found| !found.is_empty());
        if let Some(found) = found {
            return found;
        }
    }
    Vec::new()
}

/// The cursor and the line up to it.
struct Cursor<'c, 'p> {
    place: &'c Place<'p>,
    /// The lines above that of the cursor.
    above: &'p str,
    /// The line up to the cursor.
    line: &'p str,
}

impl<'c, 'p> Cursor<'c, 'p> {
    fn at(place: &'c Place<'p>) -> Self {
        let text = &place.document.text[..place.document.text.floor_char_boundary(place.offset as usize)];
        let start = text.rfind('\n').map_or(0, |newline| newline + 1);
        Self { place, above: &text[..start], line: &text[start..] }
    }

    /// The last bytes before the cursor that may belong to what is being written, as a place of the file.
    fn typed(&self, belongs: impl Fn(char) -> bool) -> (&'p str, Span) {
        let start = self.line.trim_end_matches(belongs).len();
        let typed = &self.line[start..];
        let span = Span::new(self.place.offset - typed.len() as u32, self.place.offset);
        let host = self.place.document.map.to_host(span);
        // An empty place is where the cursor is.
        (typed, host)
    }
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '-' | '_' | '.')
}

/// The program whose section the cursor is in.
fn program_section<'p>(cursor: &Cursor<'_, 'p>) -> Option<&'p str> {
    if cursor.place.document.kind != Kind::SupervisorConf {
        return None;
    }
    let header = cursor.above.lines().rev().find(|line| line.starts_with('['))?;
    header.strip_prefix("[program:")?.trim_end().strip_suffix(']').map(str::trim)
}

fn conf_keys(cursor: &Cursor<'_, '_>) -> Vec<Item> {
    if program_section(cursor).is_none() || cursor.line.chars().any(|c| !(is_name(c))) {
        return Vec::new();
    }
    let (_, span) = cursor.typed(is_name);
    let contract = cursor.place.contract;
    let section = cursor.place.document.text[..].lines();
    let written: BTreeSet<&str> = section.filter_map(|line| Some(line.split_once('=')?.0.trim())).collect();
    let conf = &contract.conf;
    let mut names: Vec<&String> = Vec::new();
    for name in conf.order.iter().chain(&conf.extra).chain(&conf.known) {
        if !names.contains(&name) && !written.contains(name.as_str()) {
            names.push(name);
        }
    }
    let value = |name: &str| match name {
        "environment" => "PROC_NAME=\"%(program_name)s\"".to_owned(),
        _ => conf.settings.get(name).map(|setting| setting.value.clone()).unwrap_or_default(),
    };
    let item = |name: &String| Item {
        label: name.clone(),
        text: format!("{name}={}", value(name)),
        kind: ItemKind::Key,
        about: key_text(contract, name),
        span,
    };
    names.into_iter().map(item).collect()
}

fn conf_values(cursor: &Cursor<'_, '_>) -> Vec<Item> {
    let Some(program) = program_section(cursor) else { return Vec::new() };
    let Some((key, value)) = cursor.line.split_once('=') else { return Vec::new() };
    let key = key.trim().to_ascii_lowercase();
    let contract = cursor.place.contract;
    let typed = value.trim_start();
    let (_, span) = cursor.typed(|_| true);
    let span = Span::new(span.end - typed.len() as u32, span.end);
    let about = key_text(contract, &key);
    let item = |text: String, kind| Item { label: text.clone(), text, kind, about: about.clone(), span };
    match key.as_str() {
        "command" => {
            let folder = format!("{}/", contract.layout.script_folder);
            let mut paths: BTreeSet<&str> = BTreeSet::new();
            let here = cursor.place.image().map(|image| &image.directory);
            for document in &cursor.place.project.documents {
                let is_script = document.shell_role() == Some(ShellRole::SupervisorScript);
                let is_near = document.path == cursor.place.document.path
                    || cursor.place.project.image_around(&document.path).map(|image| &image.directory)
                        == here;
                if let Some(path) = document.instance_path.as_deref().filter(|_| is_script && is_near) {
                    paths.insert(path);
                }
            }
            let own = format!("{folder}{program}.sh");
            let mut paths: Vec<String> = paths.into_iter().map(str::to_owned).collect();
            paths.sort_by_key(|path| *path != own);
            if paths.is_empty() {
                paths.push(own);
            }
            paths.into_iter().map(|path| item(path, ItemKind::File)).collect()
        }
        "environment" => vec![item("PROC_NAME=\"%(program_name)s\"".to_owned(), ItemKind::Value)],
        key => {
            let Some(setting) = contract.conf.settings.get(key) else { return Vec::new() };
            let mut values: Vec<&String> = vec![&setting.value];
            for value in setting.accepts.iter().chain(&setting.tolerates) {
                // Ranges are no values.
                if !value.contains("..") && !values.contains(&value) {
                    values.push(value);
                }
            }
            values.into_iter().map(|value| item(value.clone(), ItemKind::Value)).collect()
        }
    }
}

/// Names of utilities behind the folder that holds them.
fn utilities(cursor: &Cursor<'_, '_>) -> Vec<Item> {
    let utilities = &cursor.place.contract.script.utilities;
    if cursor.place.document.shell_role().is_none() {
        return Vec::new();
    }
    let (_, span) = cursor.typed(is_name);
    let before = cursor.line.trim_end_matches(is_name);
    let variable = &utilities.variable;
    let folders = [
        format!("${{{variable}}}/"),
        format!("${variable}/"),
        format!("{}/", utilities.directory),
        format!("${{{variable}}}\"/"),
    ];
    if !folders.iter().any(|folder| before.ends_with(folder.as_str())) {
        return Vec::new();
    }
    let is_missing = |name: &&String| !cursor.above.contains(&format!("/{name}"));
    let (missing, sourced): (Vec<&String>, Vec<&String>) =
        utilities.order.iter().partition(|name| is_missing(name));
    let item = |name: &String| Item {
        label: name.clone(),
        text: name.clone(),
        kind: ItemKind::File,
        about: utility_text(cursor.place.contract, name),
        span,
    };
    missing.into_iter().chain(sourced).map(item).collect()
}

/// Labels of tabs, as the argument of the utility that looks one up.
fn labels_of_portal(cursor: &Cursor<'_, '_>) -> Vec<Item> {
    let portal = &cursor.place.contract.script.utilities.portal;
    let Some((_, argument)) = cursor.line.split_once(portal.as_str()) else { return Vec::new() };
    let Some(quote) = argument.find(['"', '\'']).filter(|_| cursor.place.document.shell_role().is_some())
    else {
        return Vec::new();
    };
    // The first quote may close the path of the utility.
    let argument = match argument[quote + 1..].find(['"', '\'']) {
        Some(second) if argument[..quote].is_empty() => &argument[quote + 1 + second + 1..],
        _ if argument[..quote].is_empty() => return Vec::new(),
        _ => &argument[quote + 1..],
    };
    let end = cursor.place.offset;
    let span = cursor.place.document.map.to_host(Span::new(end - argument.len() as u32, end));
    let here = cursor.place.image().map(|image| &image.directory);
    let mut labels: BTreeSet<&str> = BTreeSet::new();
    for list in &cursor.place.project.portals {
        let document = cursor.place.project.document(list.document);
        let image = cursor.place.project.image_around(&document.path).map(|image| &image.directory);
        if document.kind != Kind::Markdown && (image == here || document.path == cursor.place.document.path) {
            labels
                .extend(list.entries.iter().filter_map(|entry| Some(document.slice(entry.label()?).trim())));
        }
    }
    let item = |label: &str| Item {
        label: label.to_owned(),
        text: label.to_owned(),
        kind: ItemKind::Value,
        about: "A tab of this image's portal.".to_owned(),
        span,
    };
    labels.into_iter().map(item).collect()
}

/// Labels of an image.
fn dockerfile_labels(cursor: &Cursor<'_, '_>) -> Vec<Item> {
    if cursor.place.document.kind != Kind::Dockerfile {
        return Vec::new();
    }
    let continued = cursor.above.lines().rev().take_while(|line| line.trim_end().ends_with('\\'));
    let first = continued.last();
    let starts = |line: &str| {
        let keyword = line.trim_start().get(..6);
        keyword.is_some_and(|keyword| keyword.eq_ignore_ascii_case("label "))
    };
    if !starts(cursor.line) && !first.is_some_and(starts) {
        return Vec::new();
    }
    let (typed, span) = cursor.typed(is_name);
    let before = &cursor.line[..cursor.line.len() - typed.len()];
    if !before.is_empty() && !before.ends_with([' ', '\t']) {
        return Vec::new();
    }
    let labels = cursor.place.contract.dockerfile.labels.iter();
    let missing = labels.filter(|label| !cursor.place.document.text.contains(&format!("{}=", label.key)));
    let item = |label: &vastlint_rules::ImageLabel| Item {
        label: label.key.clone(),
        text: format!("{}=\"{}\"", label.key, label.example),
        kind: ItemKind::Key,
        about: format!("**`{}`** is a label of every image.", label.key),
        span,
    };
    missing.map(item).collect()
}

/// The keys around a line of a block mapping, from the root; and whether the line starts an item of a list.
fn keys_around<'t>(above: &'t str, line: &str) -> Vec<&'t str> {
    let indentation = |line: &str| line.len() - line.trim_start_matches([' ', '-']).len();
    let mut depth = indentation(line);
    let mut keys = Vec::new();
    for line in above.lines().rev() {
        let content = line.trim_start_matches([' ', '-']);
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let own = indentation(line);
        if own < depth
            && let Some((key, _)) = content.split_once(':')
        {
            keys.push(key.trim_matches(['"', '\'']));
            depth = own;
        }
    }
    keys.reverse();
    keys
}

fn in_workflow(cursor: &Cursor<'_, '_>) -> Vec<Item> {
    if cursor.place.document.kind != Kind::Workflow {
        return Vec::new();
    }
    let keys = keys_around(cursor.above, cursor.line);
    let (_, span) = cursor.typed(is_name);
    let contract = cursor.place.contract;
    let content = cursor.line.trim_start_matches([' ', '-']);
    if let ["jobs", job, rest @ ..] = &keys[..]
        && (content.starts_with("needs:") && rest.is_empty() || *rest == ["needs"])
    {
        let (item, text) = (
            |name: String| Item {
                label: name.clone(),
                about: job_text(contract, &name).unwrap_or_default(),
                text: name,
                kind: ItemKind::Name,
                span,
            },
            &*cursor.place.document.text,
        );
        return job_names(cursor, text).into_iter().filter(|name| name != job).map(item).collect();
    }
    if matches!(keys[..], ["on", "workflow_dispatch", "inputs"]) && content.chars().all(is_name) {
        let inputs = contract.workflow.inputs.iter();
        let names = inputs.flat_map(|input| &input.names).filter(|name| !name.contains('*'));
        let names = names.filter(|name| !cursor.place.document.text.contains(&format!("      {name}:")));
        let item = |name: &String| Item {
            label: name.clone(),
            text: format!("{name}:"),
            kind: ItemKind::Key,
            about: input_text(contract, name).unwrap_or_default(),
            span,
        };
        return names.map(item).collect();
    }
    if keys.last() == Some(&"with") && content.chars().all(is_name) {
        return called_inputs(cursor, span);
    }
    Vec::new()
}

/// The jobs of the workflow; by its lines, if it does not parse up to them.
fn job_names(cursor: &Cursor<'_, '_>, text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    if let Tree::Yaml(yaml) = &cursor.place.document.tree {
        names.extend(jobs(yaml).iter().filter_map(|entry| yaml.text(entry.key)).map(str::to_owned));
    }
    let body = text.lines().skip_while(|line| !line.starts_with("jobs:")).skip(1);
    for line in body.take_while(|line| line.is_empty() || line.starts_with([' ', '#'])) {
        let name = line.strip_prefix("  ").filter(|rest| !rest.starts_with([' ', '#', '-']));
        let name = name.and_then(|rest| rest.trim_end().strip_suffix(':')).map(str::to_owned);
        names.extend(name.filter(|name| !names.contains(name)));
    }
    names
}

/// The inputs of the action or the workflow that the step or job at the cursor calls.
fn called_inputs(cursor: &Cursor<'_, '_>, span: Span) -> Vec<Item> {
    let depth = |line: &str| line.len() - line.trim_start_matches([' ', '-']).len();
    let with = cursor.above.lines().rev().find(|line| line.trim() == "with:");
    let Some(own) = with.map(depth) else { return Vec::new() };
    let siblings = cursor.above.lines().rev().take_while(|line| line.trim().is_empty() || depth(line) >= own);
    let uses = siblings.filter(|line| depth(line) == own).find_map(|line| {
        line.trim_start_matches([' ', '-'])
            .strip_prefix("uses:")
            .map(|uses| uses.trim().trim_matches(['"', '\'']))
    });
    // `uses` may open the item of the list.
    let uses = uses.or_else(|| {
        let lines = cursor.above.lines().rev();
        let opening = lines.map(|line| (depth(line), line)).find(|(at, _)| *at == own)?.1;
        opening.trim_start_matches([' ', '-']).strip_prefix("uses:").map(str::trim)
    });
    let Some(path) = uses.and_then(|uses| uses.strip_prefix("./")) else { return Vec::new() };
    let path = path.trim_end_matches('/');
    let project = cursor.place.project;
    let called = [path.to_owned(), format!("{path}/action.yml"), format!("{path}/action.yaml")];
    let Some(document) = called.iter().find_map(|path| project.file_document(path)) else {
        return Vec::new();
    };
    let Tree::Yaml(yaml) = &document.tree else { return Vec::new() };
    let inputs = yaml.root().and_then(|root| {
        let on = yaml.path(root, &["on", "workflow_call"]);
        yaml.get(root, "inputs").or_else(|| yaml.get(on?, "inputs"))
    });
    let entries = inputs.map_or(&[][..], |inputs| yaml.entries(inputs));
    let item = |entry: &vastlint_syntax::yaml::Entry| {
        let name = yaml.text(entry.key)?;
        Some(Item {
            label: name.to_owned(),
            text: format!("{name}: "),
            kind: ItemKind::Key,
            about: about_input(yaml, *entry),
            span,
        })
    };
    entries.iter().filter_map(item).collect()
}

fn about_input(yaml: &Yaml, entry: vastlint_syntax::yaml::Entry) -> String {
    let text = |key: &str| yaml.get(entry.value, key).and_then(|value| yaml.text(value));
    let mut about = text("description").unwrap_or_default().to_owned();
    for key in ["required", "default", "type"] {
        if let Some(value) = text(key) {
            // Writing to a string cannot fail.
            let _ = write!(about, "\n- `{key}: {value}`");
        }
    }
    about
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_from_indentation() {
        let above = "on:\n  push:\njobs:\n  a:\n    steps:\n      - uses: x\n        with:\n";
        assert_eq!(keys_around(above, "          na"), ["jobs", "a", "steps", "with"]);
        assert_eq!(keys_around(above, "    needs: "), ["jobs", "a"]);
        assert_eq!(keys_around("", "x"), Vec::<&str>::new());
    }
}
