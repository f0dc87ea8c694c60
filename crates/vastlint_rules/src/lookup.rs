//! What an editor asks about a place: the utility that a word names, the labels that a script looks up in the portal.

use vastlint_model::{Document, Tree};
use vastlint_text::{Span, contains};

use crate::contract::{Scripts, Utilities};
use crate::portals::matches_anywhere;
use crate::utilities::{utility_named, utility_of};
use crate::values::{Assignments, Values};

/// The utility whose path a word at `offset` of a script is: its file name and the word.
#[must_use]
pub fn utility_at(document: &Document, utilities: &Utilities, offset: u32) -> Option<(String, Span)> {
    let Tree::Shell(script) = &document.tree else { return None };
    let is_here = |span: Span| span.start <= offset && offset <= span.end;
    let commands = script.simple_commands();
    let command = commands.iter().rev().find(|command| is_here(command.span))?;
    let word = command.words.iter().find(|word| is_here(word.span))?;
    let assignments = Assignments::of(script, &document.text);
    Some((utility_named(word, &document.text, &assignments, utilities)?, word.span))
}

/// The labels by which a script looks itself up in the portal, as far as it tells them, with the word of each.
#[must_use]
pub fn portal_labels(document: &Document, contract: &Scripts) -> Vec<(String, Span)> {
    let utilities = &contract.utilities;
    let Tree::Shell(script) = &document.tree else { return Vec::new() };
    // Cheap to ask, and most scripts do not.
    if !contains(&document.text, &utilities.portal) {
        return Vec::new();
    }
    let source = &*document.text;
    let assignments = Assignments::of(script, source);
    let values = Values { source, assignments: &assignments, outside: &|_| None };
    script
        .simple_commands()
        .into_iter()
        .filter(|command| {
            utility_of(command, source, &assignments, utilities).as_ref() == Some(&utilities.portal)
        })
        .filter_map(|command| {
            let word = command.arguments().get(1)?;
            Some((values.word(word)?, word.span))
        })
        .collect()
}

/// Whether a script that looks for `label` finds the tab `tab`.
#[must_use]
pub fn label_finds(label: &str, tab: &str) -> bool {
    !label.trim().is_empty() && matches_anywhere(label, tab)
}

/// Whether a name or a pattern of the contract, with `*` for any text, names `name`.
#[must_use]
pub fn name_matches(pattern: &str, name: &str) -> bool {
    crate::glob::matches(pattern, name)
}
