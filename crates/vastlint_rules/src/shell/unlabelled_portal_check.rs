//! VL206: see `rules/shell/unlabelled-portal-check.md`.

use vastlint_model::Document;
use vastlint_syntax::shell::{Script, Word, WordPartKind};

use crate::quoting::in_double_quotes;
use crate::supervised::is_supervisor_script;
use crate::utilities::sourced;
use crate::{Check, Context, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, _: &Script, sink: &mut Sink<'_>) {
    if !is_supervisor_script(document) {
        return;
    }
    let source = &document.text;
    let utilities = &context.contract.script.utilities;
    let portal = &utilities.portal;
    for one in sourced(context, document).iter().filter(|one| one.file == *portal) {
        let write = format!(
            "write `. \"${{{}}}/{portal}\" \"My App\"`, with the label of the program's entry in `PORTAL_CONFIG`",
            utilities.variable
        );
        let Some(label) = one.arguments().first() else {
            sink.report(
                document,
                one.command.span,
                format!("`{portal}` gets no label"),
                "the label is missing",
            )
            .why("it ends the script with an error at once: the program never starts")
            .help(write);
            continue;
        };
        if label.literal(source).is_some_and(|label| label.trim().is_empty()) {
            sink.report(document, label.span, format!("the label for `{portal}` is empty"), "empty")
                .why("it ends the script with an error at once: the program never starts")
                .help(write);
        } else if !label.is_quoted() {
            let words: Vec<&str> = one.arguments().iter().map(|word| word.text(source)).collect();
            let whole = words.join(" ");
            let all = label.span.cover(one.arguments().last().map_or(label.span, |word| word.span));
            // Only blanks and plain text are certain to be one label.
            let is_plain = |word: &Word| {
                word.parts.iter().all(|part| part.kind == WordPartKind::Literal)
                    && !word.text(source).contains('!')
            };
            let fix = (one.arguments().iter().all(is_plain) && all.text(source) == whole).then(|| {
                ProposedFix::safe(format!("write `\"{whole}\"`")).replace(
                    document,
                    all,
                    format!("\"{whole}\""),
                )
            });
            let fix = fix.or_else(|| {
                let quoted = in_double_quotes(label, source).filter(|_| words.len() == 1)?;
                Some(ProposedFix::safe(format!("write `{quoted}`")).replace(document, label.span, quoted))
            });
            let finding =
                sink.report(document, all, format!("the label for `{portal}` is not quoted"), "needs quotes");
            finding.help(format!("write `\"{whole}\"`")).fix(fix);
            if words.len() > 1 {
                finding.why(format!("only `{}` is looked for: the program also starts when another entry with that word is listed", words[0]));
            } else {
                finding.variant("one-word").why("a label with a blank would be cut at it");
            }
        }
    }
}
