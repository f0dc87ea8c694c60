//! VL203: see `rules/shell/missing-bash-shebang.md`.

use vastlint_model::{Document, is_foreign_shebang};
use vastlint_syntax::shell::Script;
use vastlint_text::Span;

use super::first_line::{is_same, replace_first_line, write_first_line};
use crate::supervised::{is_boot_script, is_supervisor_script};
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    let is_sourced = is_boot_script(document);
    if !is_sourced && !is_supervisor_script(document) {
        return;
    }
    if document.fragment || document.text.trim().is_empty() {
        return;
    }
    let wanted = &context.contract.script.shebang;
    let file = document.file_name();
    let Some(span) = script.shebang else {
        let span = first_line_with_text(document);
        let finding = sink.report(
            document,
            span,
            format!("`{file}` does not start with `{wanted}`"),
            if span.start == 0 { "the first line" } else { "the first line is empty" },
        );
        finding
            .help(format!("write `{wanted}` as the very first line"))
            .fix(write_first_line(document, script, wanted));
        if is_sourced {
            finding.variant("boot-script").why(
                "editors and checkers take the script for another shell's; the boot sources it with bash",
            );
        } else {
            finding.why("supervisor runs the file itself, and the kernel starts nothing without that line: the program fails with an exec format error");
        }
        return;
    };
    let written = document.slice(span).trim_end();
    if is_same(written, wanted) || is_foreign_shebang(written) {
        return;
    }
    let finding = sink.report(
        document,
        span,
        format!("`{file}` starts with `{written}`, not with `{wanted}`"),
        format!("must be `{wanted}`"),
    );
    finding.help(format!("write `{wanted}`")).fix(replace_first_line(document, span, wanted, !is_sourced));
    if is_sourced {
        finding.variant("boot-script").why("the boot sources the script with bash, whatever the line says");
    } else if starts_bash(written) {
        finding
            .variant("another-way-to-bash")
            .why("it is bash as well, but options and search paths in this line are easily overlooked");
    } else {
        finding.why("the utilities are written for bash: another shell stops at their first `[[` or `${SERVERLESS,,}`");
    }
}

/// The first line that is not blank.
fn first_line_with_text(document: &Document) -> Span {
    let text = &document.text;
    let start = text.len() - text.trim_start().len();
    document.first_line(Span::new(start as u32, text.len() as u32))
}

fn starts_bash(line: &str) -> bool {
    line.trim_start_matches("#!").split_whitespace().any(|word| word.rsplit('/').next() == Some("bash"))
}
