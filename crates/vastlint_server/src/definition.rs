//! Where what stands at a place comes from, across files.

use vastlint_model::{Document, Kind, PortalEntry, ShellRole, Tree};
use vastlint_rules::lookup::{label_finds, portal_labels, utility_at};
use vastlint_syntax::dockerfile::{Dockerfile, InstructionKind};
use vastlint_syntax::yaml::{Entry, NodeId, Yaml};
use vastlint_text::{Span, contains};

use crate::place::{Knowledge, Place, Target, nearest, start_of, target, yaml_place};

/// Where to go from a byte of a file; the nearest places only.
pub(crate) fn definition(knowledge: Knowledge<'_>, path: &str, byte: u32) -> Vec<Target> {
    let finders: [fn(&Place<'_>) -> Vec<Target>; 6] =
        [command_script, utility, portal_of_label, scripts_of_entry, in_workflow, in_dockerfile];
    let places = knowledge.places(path, byte);
    for place in &places {
        let found = finders.iter().map(|find| find(place)).find(|found| !found.is_empty());
        if let Some(found) = found {
            return found;
        }
    }
    places.iter().map(path_here).find(|found| !found.is_empty()).unwrap_or_default()
}

/// From a program's header, or its command, to the script that it starts.
fn command_script(place: &Place<'_>) -> Vec<Target> {
    let Tree::Supervisor(config) = &place.document.tree else { return Vec::new() };
    let programs = place.project.programs.iter().filter(|program| program.conf == place.document.id);
    let here = programs.filter(|program| {
        let Some(section) = config.sections.get(program.section) else { return false };
        place.is_at(section.header_span) || section.key("command").is_some_and(|key| place.is_at(key.span))
    });
    here.filter_map(|program| program.script).map(|script| start_of(place.project.document(script))).collect()
}

/// From the command that sources a utility to the utility.
fn utility(place: &Place<'_>) -> Vec<Target> {
    let utilities = &place.contract.script.utilities;
    let Some((file, _)) = utility_at(place.document, utilities, place.offset) else { return Vec::new() };
    on_instance(place, &format!("{}/{file}", utilities.directory))
}

fn on_instance(place: &Place<'_>, path: &str) -> Vec<Target> {
    let found: Vec<&Document> = place.project.at_instance_path(path).collect();
    nearest(place, found, |document| document).into_iter().map(start_of).collect()
}

/// From the label that a script looks up to the entries of the portal that it finds.
fn portal_of_label(place: &Place<'_>) -> Vec<Target> {
    let labels = portal_labels(place.document, &place.contract.script);
    let Some((label, _)) = labels.into_iter().find(|(_, span)| place.is_at(*span)) else { return Vec::new() };
    let mut found: Vec<(&Document, &PortalEntry)> = Vec::new();
    for list in &place.project.portals {
        let document = place.project.document(list.document);
        let entries = list.entries.iter().filter(|entry| {
            let tab = entry.label().map(|tab| document.slice(tab));
            tab.is_some_and(|tab| label_finds(&label, tab))
        });
        // A text shows lists as examples.
        if document.kind != Kind::Markdown {
            found.extend(entries.map(|entry| (document, entry)));
        }
    }
    let near = nearest(place, found, |(document, _)| document);
    near.into_iter().map(|(document, entry)| target(document, entry.span)).collect()
}

/// From an entry of the portal to the labels of the scripts that find it.
fn scripts_of_entry(place: &Place<'_>) -> Vec<Target> {
    let Some(tab) = entry_at(place).and_then(PortalEntry::label) else { return Vec::new() };
    let tab = place.document.slice(tab);
    let is_script = |document: &&Document| document.shell_role() == Some(ShellRole::SupervisorScript);
    let mut found: Vec<(&Document, Span)> = Vec::new();
    for script in place.project.documents.iter().filter(is_script) {
        let labels = portal_labels(script, &place.contract.script);
        let finds = labels.into_iter().filter(|(label, _)| label_finds(label, tab));
        found.extend(finds.map(|(_, span)| (script, span)));
    }
    let near = nearest(place, found, |(document, _)| document);
    near.into_iter().map(|(document, span)| target(document, span)).collect()
}

/// The entry of a portal list at a place.
pub(crate) fn entry_at<'p>(place: &Place<'p>) -> Option<&'p PortalEntry> {
    let lists = place.project.portals.iter().filter(|list| list.document == place.document.id);
    lists.flat_map(|list| &list.entries).find(|entry| place.is_at(entry.span))
}

/// From a name in a workflow to the job, step, input, variable, action or workflow that it names.
fn in_workflow(place: &Place<'_>) -> Vec<Target> {
    let Some((yaml, here)) = yaml_place(place) else { return Vec::new() };
    let Some(root) = yaml.root() else { return Vec::new() };
    let job = (here.keys.first() == Some(&"jobs")).then(|| here.keys.get(1).copied()).flatten();
    if here.keys.last() == Some(&"needs") && !here.is_key {
        let named = yaml.text(here.node).and_then(|name| yaml.path(root, &["jobs"]).zip(Some(name)));
        let found = named.and_then(|(jobs, name)| yaml.key_span(jobs, name));
        return found.map(|span| vec![place.target(span)]).unwrap_or_default();
    }
    if here.keys.last() == Some(&"uses") && !here.is_key {
        return yaml.text(here.node).map(|uses| called(place, uses)).unwrap_or_default();
    }
    let (word, span) = place.dotted_word();
    let found = in_expression(yaml, root, job, word, place.offset - span.start);
    found.map(|span| vec![place.target(span)]).unwrap_or_default()
}

/// From `uses: ./…` to the action or the workflow.
fn called(place: &Place<'_>, uses: &str) -> Vec<Target> {
    let Some(path) = uses.strip_prefix("./").map(|path| path.trim_end_matches('/')) else {
        return Vec::new();
    };
    let candidates = [path.to_owned(), format!("{path}/action.yml"), format!("{path}/action.yaml")];
    let found = candidates.iter().find_map(|path| place.project.file_document(path));
    found.map(|document| vec![start_of(document)]).unwrap_or_default()
}

/// Where the part of `needs.a.outputs.b` and its like is declared that ends behind `at` bytes or holds them.
fn in_expression(yaml: &Yaml, root: NodeId, job: Option<&str>, word: &str, at: u32) -> Option<Span> {
    let mut parts: Vec<&str> = Vec::new();
    let mut end = 0;
    for part in word.split('.') {
        parts.push(part);
        end += part.len() + 1;
        if end > at as usize {
            break;
        }
    }
    let jobs = || yaml.get(root, "jobs");
    let this_job = || yaml.get(jobs()?, job?);
    let parts = match &parts[..] {
        ["github", "event", rest @ ..] => rest,
        all => all,
    };
    match *parts {
        ["needs", name] | ["needs", name, "outputs" | "result"] => yaml.key_span(jobs()?, name),
        ["needs", name, "outputs", output] => {
            let outputs = yaml.path(jobs()?, &[name, "outputs"])?;
            yaml.key_span(outputs, output)
        }
        ["steps", id, ..] => {
            let steps = yaml.get(this_job()?, "steps")?;
            let ids = yaml.items(steps).iter().filter_map(|&step| yaml.get(step, "id"));
            ids.into_iter().find(|&node| yaml.text(node) == Some(id)).map(|node| yaml.span(node))
        }
        ["inputs", name] => {
            let on = yaml.get(root, "on")?;
            let events = ["workflow_dispatch", "workflow_call"];
            events.iter().find_map(|event| yaml.key_span(yaml.path(on, &[event, "inputs"])?, name))
        }
        ["env", name] => {
            let in_job = this_job().and_then(|job| yaml.key_span(yaml.get(job, "env")?, name));
            in_job.or_else(|| yaml.key_span(yaml.get(root, "env")?, name))
        }
        ["matrix", name] => yaml.key_span(yaml.path(this_job()?, &["strategy", "matrix"])?, name),
        _ => None,
    }
}

/// From the name of a stage to the stage; from a base of this repository to its Dockerfile.
fn in_dockerfile(place: &Place<'_>) -> Vec<Target> {
    let Tree::Dockerfile(tree) = &place.document.tree else { return Vec::new() };
    let text = &*place.document.text;
    let Some(instruction) = tree.instructions.iter().find(|instruction| place.is_at(instruction.span)) else {
        return Vec::new();
    };
    if let Some(from) = instruction.flag(text, "from").filter(|flag| place.is_at(flag.span)) {
        let name = from.value.as_ref().map(|value| value.literal(text));
        return name
            .and_then(|name| stage(tree, text, name))
            .map_or_else(Vec::new, |span| vec![place.target(span)]);
    }
    if let InstructionKind::From { image: Some(image), .. } = &instruction.kind
        && place.is_at(image.span)
    {
        if let Some(span) = stage(tree, text, image.literal(text)) {
            return vec![place.target(span)];
        }
        let parent = place.project.image_of(place.document.id).and_then(|image| image.parent);
        let parent = parent.map(|parent| place.project.document(place.project.images[parent].document));
        return parent.map(|document| vec![start_of(document)]).unwrap_or_default();
    }
    Vec::new()
}

/// The name of a stage where it is given.
fn stage(tree: &Dockerfile, text: &str, name: &str) -> Option<Span> {
    tree.instructions.iter().find_map(|instruction| match &instruction.kind {
        InstructionKind::From { alias: Some(alias), .. }
            if alias.literal(text).eq_ignore_ascii_case(name) =>
        {
            Some(alias.span)
        }
        _ => None,
    })
}

/// From a path to the file, or to the Dockerfile of the folder: on the instance, in the repository, beside this file.
fn path_here(place: &Place<'_>) -> Vec<Target> {
    let (word, _) = place.path_word();
    // A name without a slash is as good as any word.
    if !contains(word, "/") {
        return Vec::new();
    }
    if word.starts_with('/') {
        return on_instance(place, word.trim_end_matches('/'));
    }
    let path = word.strip_prefix("./").unwrap_or(word).trim_end_matches('/');
    let folder = place.document.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let beside = if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") };
    for path in [path, &beside] {
        if let Some(document) = place.project.file_document(path) {
            return vec![start_of(document)];
        }
        if place.project.has_file(path) {
            return vec![Target { path: path.into(), span: Span::empty(0) }];
        }
        let images = place.project.images.iter();
        let image = images.rev().find(|image| *image.directory == *path);
        if let Some(image) = image {
            return vec![start_of(place.project.document(image.document))];
        }
    }
    Vec::new()
}

/// The jobs of a workflow.
pub(crate) fn jobs(yaml: &Yaml) -> &[Entry] {
    yaml.root().and_then(|root| yaml.get(root, "jobs")).map_or(&[], |jobs| yaml.entries(jobs))
}
