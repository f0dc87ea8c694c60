//! VL215: see `rules/shell/untidy-script-text.md`.

use vastlint_model::{Document, ShellRole};
use vastlint_syntax::shell::Script;
use vastlint_text::Span;

use crate::{Check, Context, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

const MARK: char = '\u{feff}';

fn check(_: &Context<'_>, document: &Document, _: &Script, sink: &mut Sink<'_>) {
    let is_started = document.shell_role() == Some(ShellRole::SupervisorScript);
    let is_sourced = matches!(
        document.shell_role(),
        Some(ShellRole::Utility | ShellRole::BootScript | ShellRole::FirstBootScript)
    );
    if !is_started && !is_sourced || document.instance_path.is_none() {
        return;
    }
    let text = &*document.text;
    let file = document.file_name();
    let consequence = if is_started {
        "the kernel looks for an interpreter of another name and finds none: the program fails with an exec format error"
    } else {
        "bash takes it for a part of the first command, which it does not find"
    };
    if text.starts_with(MARK) {
        let line = document.first_line(Span::new(0, text.len() as u32));
        sink.report(
            document,
            line,
            format!("`{file}` starts with a byte order mark"),
            "an invisible mark stands before this line",
        )
        .why(consequence)
        .help("save the file as UTF-8 without a byte order mark")
        .fix(
            ProposedFix::safe("take the byte order mark out")
                .delete(document, Span::new(0, MARK.len_utf8() as u32)),
        );
    }
    if let Some(at) = text.find("\r\n") {
        let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        sink.report(
            document,
            Span::new(start as u32, at as u32 + 1),
            format!("`{file}` has Windows line ends"),
            "ends with a carriage return",
        )
        .why("the carriage return belongs to the last word of its line: `#!/bin/bash` names a program that does not exist, and so does every path")
        .help("save the file with Unix line ends, and keep them with `*.sh text eol=lf` in `.gitattributes`")
        .fix(text.match_indices("\r\n").fold(ProposedFix::safe("write Unix line ends"), |fix, (at, _)| {
            fix.delete(document, Span::new(at as u32, at as u32 + 1))
        }));
    }
    let is_open = !text.is_empty() && !text.ends_with('\n');
    if is_started && document.is_file() && is_open {
        let start = text.rfind('\n').map_or(0, |newline| newline + 1);
        sink.report(
            document,
            Span::new(start as u32, text.len() as u32),
            format!("`{file}` has no newline at its end"),
            "the last line is not ended",
        )
        .variant("open-end")
        .why("what is appended to the script later goes on in its last command")
        .help("end the file with a newline")
        .fix(ProposedFix::safe("end the file with a newline").insert(
            document,
            text.len() as u32,
            "\n",
        ));
    }
}
