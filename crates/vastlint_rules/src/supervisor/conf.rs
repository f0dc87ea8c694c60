//! What the rules about confs have in common.

use std::collections::HashMap;

use vastlint_model::Document;
use vastlint_syntax::supervisor::{Config, Key, Section};

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
