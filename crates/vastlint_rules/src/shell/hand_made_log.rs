//! VL214: see `rules/shell/hand-made-log.md`.

use vastlint_model::{Document, program_name};
use vastlint_syntax::shell::{Context as Surroundings, Redirection, Script, Visitor, Word};
use vastlint_text::Span;

use crate::supervised::is_supervisor_script;
use crate::utilities::sourced;
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    if !is_supervisor_script(document) {
        return;
    }
    let source = &document.text;
    let contract = &context.contract.script;
    let is_log = |word: &Word| is_inside(word.text(source), &contract.log_directory);
    let mut redirected = Redirected { is_log: &is_log, spans: Vec::new() };
    script.walk(&mut redirected);
    let by_tee = context.commands(document).iter().map(|(command, _)| *command).filter(|command| {
        let name = command.words.first().and_then(|word| program_name(word, source));
        name.as_deref() == Some("tee") && command.arguments().iter().any(is_log)
    });
    // One word about a script is enough: it does so on every other line.
    let places = by_tee.map(|command| command.span).chain(redirected.spans);
    let Some(first) = places.min_by_key(|span| span.start) else { return };
    let logging =
        sourced(context, document).into_iter().find(|one| contract.utilities.logging.contains(&one.file));
    let finding = sink.report(
        document,
        first,
        format!("`{}` writes its own log", document.file_name()),
        format!("a file in `{}`", contract.log_directory),
    );
    match logging {
        Some(logging) => finding
            .variant("beside-logging")
            .related(Place::new(document, logging.command.span), "does so already")
            .why("each line stands in the log twice, and the two writers cut into each other's lines")
            .help("print to standard output and leave the file to `logging.sh`"),
        None => {
            finding.why("what goes past the pipe is in no log, and the log is never rotated").help(format!(
                "write `. \"${{{}}}/logging.sh\"` at the top, and print to standard output",
                contract.utilities.variable
            ))
        }
    };
}

fn is_inside(word: &str, folder: &str) -> bool {
    let path = word.trim_start_matches(['"', '\'']);
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

struct Redirected<'f> {
    is_log: &'f dyn Fn(&Word) -> bool,
    spans: Vec<Span>,
}

impl<'t> Visitor<'t> for Redirected<'_> {
    fn enter_redirection(&mut self, redirection: &'t Redirection, _: Surroundings) {
        if let Some(word) = redirection.written()
            && (self.is_log)(word)
        {
            self.spans.push(redirection.span);
        }
    }
}
