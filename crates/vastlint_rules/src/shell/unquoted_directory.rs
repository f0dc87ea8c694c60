//! VL213: see `rules/shell/unquoted-directory.md`.

use vastlint_model::Document;
use vastlint_syntax::shell::{Script, WordPartKind};

use crate::quoting::{in_double_quotes, is_split_on_purpose};
use crate::supervised::is_supervisor_script;
use crate::{Check, Context, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    if !is_supervisor_script(document) {
        return;
    }
    let source = &document.text;
    for command in script.simple_commands() {
        if !matches!(command.name(source).as_deref(), Some("cd" | "pushd")) {
            continue;
        }
        let bare = command
            .arguments()
            .iter()
            .find(|word| word.parts.iter().any(|part| matches!(part.kind, WordPartKind::Parameter(_))));
        let Some(word) = bare else { continue };
        let written = word.text(source);
        let fix = in_double_quotes(word, source)
            .filter(|_| !is_split_on_purpose(word, source, context.assignments(document)))
            .map(|quoted| {
                ProposedFix::safe(format!("write `{quoted}`")).replace(document, word.span, quoted)
            });
        sink.report(document, word.span, format!("`{written}` is not quoted"), "needs quotes")
            .why("a workspace with a blank in its name is split into two words, and an empty variable leaves the script where it is")
            .help(format!("write `{} \"{}\"`", command.name(source).unwrap_or_default(), written.replace('"', "")))
            .fix(fix);
    }
}
