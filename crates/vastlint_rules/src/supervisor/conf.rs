//! What the rules about confs have in common.

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
    // A conf has a handful of sections.
    for section in &config.sections {
        let Some(name) = section.program_name() else { continue };
        match programs.iter_mut().find(|(_, first, _)| first.name == section.name) {
            Some((_, _, keys)) => keys.extend(&section.keys),
            None => programs.push((name, section, section.keys.iter().collect())),
        }
    }
    programs
}
