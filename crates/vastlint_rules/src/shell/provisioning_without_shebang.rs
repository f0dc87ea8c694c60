//! VL230: see `rules/shell/provisioning-without-shebang.md`.

use vastlint_model::{Document, ShellRole};
use vastlint_syntax::shell::Script;
use vastlint_text::Span;

use super::first_line::{replace_first_line, write_first_line};
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    let provisions = matches!(
        document.shell_role(),
        Some(ShellRole::ProvisioningScript | ShellRole::ImageProvisioningScript)
    );
    if !provisions || !document.is_file() || document.text.trim().is_empty() {
        return;
    }
    let shebangs = &context.contract.provisioning.shebangs;
    let Some(documented) = shebangs.first() else { return };
    let why = "the boot sequence downloads the script and runs it: the first line alone says by what, and anything but bash fails at the first `[[` or `source`";
    let help = format!("write `{documented}` as the very first line");
    let Some(shebang) = script.shebang else {
        let first = first_line(document);
        let finding = sink.report(
            document,
            first,
            format!("the script does not start with `{documented}`"),
            "the first line says nothing about the shell",
        );
        finding.why(why).help(help).fix(write_first_line(document, script, documented));
        let late = script.comments.iter().find(|comment| document.slice(**comment).starts_with("#!"));
        if let Some(late) = late {
            finding.related(Place::new(document, *late), "only a comment here");
        }
        return;
    };
    let written = document.slice(shebang);
    let program = program(written);
    if program == *documented {
        return;
    }
    let finding = sink.report(
        document,
        shebang,
        format!("the script is handed to `{}`, not to `{}`", plain(&program), plain(documented)),
        "another interpreter",
    );
    finding.fix(replace_first_line(document, shebang, documented, true));
    if shebangs.contains(&program) {
        finding
            .variant("another-path")
            .why("it is the same bash on Vast's images; the documents have one way to write it")
            .help(format!("write `{documented}`"));
    } else {
        finding.why(why).help(help);
    }
}

/// The first line that holds anything.
fn first_line(document: &Document) -> Span {
    let text = &document.text;
    let start = text.len() - text.trim_start().len();
    let line = document.first_line(Span::from_range(start..text.len()));
    let length = document.slice(line).trim_end().len() as u32;
    Span::new(line.start, line.start + length)
}

/// The interpreter without its arguments, in one spelling: `#!/bin/bash`, `#!/usr/bin/env bash`.
fn program(shebang: &str) -> String {
    let mut words = shebang.trim_start_matches("#!").split([' ', '\t']).filter(|word| !word.is_empty());
    let program = words.next().unwrap_or_default();
    if !program.ends_with("/env") {
        return format!("#!{program}");
    }
    let real = words.find(|word| !word.starts_with('-') && !word.contains('=')).unwrap_or_default();
    format!("#!{program} {real}")
}

fn plain(shebang: &str) -> &str {
    shebang.trim_start_matches("#!").trim_end()
}
