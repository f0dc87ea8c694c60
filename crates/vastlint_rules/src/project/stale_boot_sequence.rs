//! VL712: see `rules/project/stale-boot-sequence.md`.

use std::collections::BTreeMap;

use vastlint_model::Document;
use vastlint_text::Span;

use super::misnamed_script::is_kebab;
use super::missing_command_script::first_words;
use crate::on_instance::Instances;
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Project(check);

/// A block with fewer names lists something else.
const FEWEST: usize = 3;

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let instances = Instances::of(context);
    let Some(base) = instances.base else { return };
    let layout = &context.contract.layout;
    let Some(text) = context.project.documents.iter().find(|document| *document.path == *layout.boot_list)
    else {
        return;
    };
    let listed = boot_list(&text.text);
    let Some(first) = listed.values().min_by_key(|span| span.start).copied() else { return };
    let folder = format!("{}/", layout.boot_folder);
    let shipped: BTreeMap<&str, Option<&Document>> = context.project.images[base]
        .overlays
        .iter()
        .flat_map(|overlay| &overlay.files)
        .filter_map(|file| file.instance_path.strip_prefix(&folder))
        .filter(|name| is_boot_script(name))
        .map(|name| (name, instances.base_document(&format!("{folder}{name}"))))
        .collect();
    for (name, span) in listed.iter().filter(|(name, _)| !shipped.contains_key(**name)) {
        sink.report(
            text,
            *span,
            format!("`{}` lists `{name}`, which does not exist", text.path),
            "no such boot script",
        )
        .why("whoever follows the list looks for something that is gone")
        .help("remove the line");
    }
    for (name, script) in shipped.iter().filter(|(name, _)| !listed.contains_key(**name)) {
        let finding = sink.report(
            text,
            first,
            format!("`{}` does not list the boot script `{name}`", text.path),
            "the list starts here",
        );
        finding
            .why("whoever writes a boot script takes its number from the list, and does not see this one")
            .help(format!("add `{name}` with a comment that says what it is for"));
        if let Some(script) = script {
            finding.related(Place::new(script, first_words(script)), "shipped by the base image");
        }
    }
}

/// The boot scripts that a block of code lists, each at the start of a line; of several blocks the longest.
fn boot_list(text: &str) -> BTreeMap<&str, Span> {
    let mut best = BTreeMap::new();
    let mut block: Option<BTreeMap<&str, Span>> = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let at = start;
        start += line.len();
        if line.trim_start().starts_with("```") {
            block = match block.take() {
                Some(listed) => {
                    if listed.len() > best.len() {
                        best = listed;
                    }
                    None
                }
                None => Some(BTreeMap::new()),
            };
        } else if let Some(listed) = &mut block {
            let name = line.split_whitespace().next().unwrap_or_default();
            if is_boot_script(name) && line.starts_with(name) {
                listed.insert(name, Span::new(at as u32, (at + name.len()) as u32));
            }
        }
    }
    if best.len() < FEWEST { BTreeMap::new() } else { best }
}

fn is_boot_script(name: &str) -> bool {
    name.strip_suffix(".sh").and_then(|stem| stem.split_once('-')).is_some_and(|(number, words)| {
        number.len() == 2 && number.bytes().all(|byte| byte.is_ascii_digit()) && is_kebab(words)
    })
}
