//! VL721: see `rules/project/unserved-portal-entry.md`.

use std::collections::HashSet;

use vastlint_model::{Document, Image, ImageClass, Tree};

use crate::contract::Portals;
use crate::listening::addresses;
use crate::portals::{
    Entry, Gate, List, PortalImage, VARIABLE, asks_for, dockerfile_variables, gates, is_of_base, numbers,
    portal_images, script_of, whole_numbers,
};
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Project(check);

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let contract = &context.contract.portal;
    let images = portal_images(context.project);
    if images.iter().all(|image| image.all.is_empty()) {
        return;
    }
    let programs: Vec<Programs<'_>> = images.iter().map(|image| Programs::of(context, image)).collect();
    for (index, image) in images.iter().enumerate().filter(|(_, image)| !image.all.is_empty()) {
        let Some(line) = ancestry(index, &images, contract) else { continue };
        let is_served = |entry: &Entry<'_>| line.iter().any(|&index| programs[index].serve(entry));
        let mut seen = HashSet::new();
        for entry in image.all.iter().flat_map(List::entries) {
            let Some(label) = entry.label().filter(|label| !label.is_empty()) else { continue };
            if !is_of_base(&entry, contract) && !is_served(&entry) && seen.insert(label.to_owned()) {
                report(image, &entry, label, sink);
            }
        }
    }
}

fn report(image: &PortalImage<'_>, entry: &Entry<'_>, label: &str, sink: &mut Sink<'_>) {
    let name = if image.image.name.is_empty() { "the base image" } else { &image.image.name };
    let ports = entry.ports().map_or_else(String::new, |(first, second)| {
        if first == second {
            format!(" nor listens on {first}")
        } else {
            format!(" nor listens on {first} or {second}")
        }
    });
    sink.report(
        entry.document,
        entry.entry.span,
        format!("no program of `{name}` serves the portal entry `{label}`"),
        format!("no script asks for `{label}`{ports}"),
    )
    .why("the portal shows a tab that leads nowhere, and Caddy holds a port open for it")
    .help(format!(
        "remove the entry, or let the script of its program ask for it: `. \"${{utils}}/exit_portal.sh\" \"{label}\"`"
    ));
}

/// An image and everything of the repository that it is built on. `None` where programs may come from elsewhere.
fn ancestry(image: usize, images: &[PortalImage<'_>], contract: &Portals) -> Option<Vec<usize>> {
    let mut line = vec![image];
    let mut last = images[image].image;
    while let Some(parent) = last.parent {
        // References may name each other in a circle.
        if line.contains(&parent) {
            return None;
        }
        line.push(parent);
        last = images[parent].image;
    }
    let is_whole = match last.class {
        ImageClass::Base | ImageClass::External => true,
        ImageClass::Other => false,
        ImageClass::Derivative | ImageClass::PytorchDerived => last
            .bases
            .last()
            .and_then(Option::as_deref)
            .is_some_and(|base| is_known_base(base, last, contract)),
    };
    // What the base image runs is in every image, whether the parents could be followed or not.
    line.extend(images.iter().position(|other| other.image.class == ImageClass::Base));
    is_whole.then_some(line)
}

/// Whether a base runs nothing but the base image's programs, or is made of this image's own folder.
fn is_known_base(base: &str, image: &Image, contract: &Portals) -> bool {
    let repository = base.split('@').next().unwrap_or_default();
    let repository = match repository.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => repository,
    };
    let repository = repository.trim_start_matches("docker.io/");
    let is_own = repository.rsplit('/').next() == Some(image.name.as_str()) && image.overlays.len() > 1;
    is_own || contract.base_images.iter().any(|known| known == repository)
}

/// What the programs of an image and its parents serve.
struct Programs<'p> {
    gates: Vec<Gate<'p>>,
    /// Numbers in the code of the scripts, one of which may be a port.
    numbers: HashSet<u32>,
    /// The names of scripts and programs, letters and digits only.
    names: Vec<String>,
}

impl<'p> Programs<'p> {
    fn of(context: &Context<'_>, image: &PortalImage<'p>) -> Self {
        let contract = &context.contract.portal;
        let mut programs = Self { gates: Vec::new(), numbers: HashSet::new(), names: Vec::new() };
        for &document in &image.scripts {
            let Some(script) = script_of(document) else { continue };
            programs.gates.extend(gates(context, document));
            programs.numbers.extend(numbers(document, script, &|_| false));
            let name = document.file_name();
            programs.names.push(plain(name.strip_suffix(".sh").unwrap_or(name)));
        }
        for &document in &image.boot {
            let Some(script) = script_of(document) else { continue };
            let all = addresses(document, script, &contract.listen, &|_| None);
            programs.numbers.extend(all.iter().flatten().filter_map(|address| address.port.map(u32::from)));
        }
        image.confs.iter().for_each(|conf| programs.conf(conf));
        for (name, value) in dockerfile_variables(context.project.document(image.image.document)) {
            if name != VARIABLE {
                programs.numbers.extend(whole_numbers(&value.unwrap_or_default()));
            }
        }
        programs
    }

    fn conf(&mut self, document: &Document) {
        let Tree::Supervisor(config) = &document.tree else { return };
        for section in &config.sections {
            self.names.extend(section.program_name().map(plain));
            for key in ["command", "environment"] {
                let value = section.key(key).map(|key| document.slice(key.value_span)).unwrap_or_default();
                self.numbers.extend(whole_numbers(value));
            }
        }
    }

    /// Whether a program asks for the entry, listens on one of its ports, or has its name.
    fn serve(&self, entry: &Entry<'_>) -> bool {
        let by_label = self.gates.iter().any(|gate| asks_for(&gate.label, entry) != Some(false));
        let by_port = entry.ports().is_some_and(|(first, second)| {
            self.numbers.contains(&u32::from(first)) || self.numbers.contains(&u32::from(second))
        });
        let label = plain(entry.label().unwrap_or_default());
        by_label || by_port || self.names.contains(&label)
    }
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|character| character.to_ascii_lowercase()).collect()
}
