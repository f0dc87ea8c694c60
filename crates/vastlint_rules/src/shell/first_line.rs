//! The first line of a script, put right.

use vastlint_model::Document;
use vastlint_syntax::shell::Script;
use vastlint_text::Span;

use crate::ProposedFix;
use crate::fix::full_lines;
use vastlint_diagnostic::Applicability;

/// Writes `wanted` above a script that does not begin with `#!`; none if what is there cannot be told.
pub(super) fn write_first_line(document: &Document, script: &Script, wanted: &str) -> Option<ProposedFix> {
    let text = &document.text;
    let start = (text.len() - text.trim_start().len()) as u32;
    // A byte order mark is no blank, and has to go first.
    if text.starts_with('\u{feff}') {
        return None;
    }
    let first = full_lines(text, Span::empty(start));
    let line = document.slice(Span::new(start, first.end)).trim_end();
    if line.starts_with("#!") {
        // Only blanks stand in its way.
        let fix = ProposedFix::safe(format!("write `{wanted}` as the very first line"));
        let fix = fix.delete(document, Span::new(0, start));
        if is_same(line, wanted) {
            return Some(fix);
        }
        let shebang = Span::new(start, start + line.len() as u32);
        shell_of(line).filter(|shell| shell.is_plain && shell.options.is_empty())?;
        return Some(fix.replace(document, shebang, wanted));
    }
    let late = script
        .comments
        .iter()
        .take_while(|comment| script.body.first().is_none_or(|first| comment.start < first.span.start))
        .find(|comment| document.slice(**comment).starts_with("#!"));
    if let Some(&late) = late {
        if !is_same(document.slice(late), wanted) {
            return None;
        }
        return Some(
            ProposedFix::safe(format!("move `{wanted}` to the very first line"))
                .replace(document, Span::new(0, first.start), format!("{wanted}\n"))
                .delete_lines(document, late),
        );
    }
    let goes_on = line.starts_with('#') || line.starts_with("set ");
    let blank = if goes_on { "" } else { "\n" };
    let fix = ProposedFix::safe(format!("write `{wanted}` as the very first line"));
    Some(fix.replace(document, Span::new(0, first.start), format!("{wanted}\n{blank}")))
}

/// Writes `wanted` in the place of another `#!` line. Options that the line hands to the shell go on below it where the
/// script `is_started` by that line, and say nothing where it is not.
pub(super) fn replace_first_line(
    document: &Document,
    shebang: Span,
    wanted: &str,
    is_started: bool,
) -> Option<ProposedFix> {
    let written = document.slice(shebang).trim_end();
    let shell = shell_of(written)?;
    if is_started && !shell.is_plain {
        return None;
    }
    let span = Span::new(shebang.start, shebang.start + written.len() as u32);
    let fix = ProposedFix::safe(format!("write `{wanted}`"));
    Some(if shell.options.is_empty() || !is_started {
        fix.replace(document, span, wanted)
    } else {
        fix.replace(document, span, format!("{wanted}\nset {}", shell.options))
    })
}

/// `bash` in the place of `sh`: `#!/bin/sh -e`, `#!/usr/bin/env sh`.
pub(super) fn bash_in_place_of_sh(document: &Document, shebang: Span) -> Option<ProposedFix> {
    let line = document.slice(shebang).trim_end();
    let mut at = 0;
    let program = line.split_inclusive([' ', '\t']).find_map(|word| {
        at += word.len();
        let name = word.trim_end();
        let end = at - (word.len() - name.len());
        (name == "sh" || name.ends_with("/sh")).then_some(end)
    })? as u32;
    let end = shebang.start + program;
    let fix = ProposedFix::new(Applicability::Unsafe, "hand the script to bash in its first line");
    Some(fix.replace(document, Span::new(end - 2, end), "bash"))
}

/// How a `#!` line starts a shell that bash can stand in for.
struct Shell<'l> {
    /// What `set` would turn on in its place.
    options: &'l str,
    /// Whether nothing else is said.
    is_plain: bool,
}

fn shell_of(line: &str) -> Option<Shell<'_>> {
    let mut words = line.strip_prefix("#!")?.split_whitespace();
    let mut program = words.next()?;
    let by_env = program.ends_with("/env");
    if by_env {
        program = words.next()?;
    }
    let rest: Vec<&str> = words.collect();
    let is_option = |word: &str| {
        word.strip_prefix('-').is_some_and(|letters| {
            !letters.is_empty() && letters.bytes().all(|letter| b"eux".contains(&letter))
        })
    };
    let (options, is_plain) = match &rest[..] {
        [] => ("", true),
        // Linux hands everything behind `env` over as one name.
        [option] if !by_env && is_option(option) => (*option, true),
        _ => ("", false),
    };
    let name = program.rsplit('/').next()?;
    matches!(name, "bash" | "sh" | "dash" | "ash").then_some(Shell { options, is_plain })
}

/// Whether the kernel starts the same program with the same arguments.
pub(super) fn is_same(written: &str, wanted: &str) -> bool {
    let words = |line: &'_ str| -> Vec<String> {
        line.trim_start_matches("#!").split_whitespace().map(str::to_owned).collect()
    };
    words(written) == words(wanted)
}
