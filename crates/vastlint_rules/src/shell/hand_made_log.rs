//! VL214: see `rules/shell/hand-made-log.md`.

use vastlint_model::{Document, program_name};
use vastlint_syntax::shell::{
    Command, Context as Surroundings, Redirection, Script, SimpleCommand, Statement, Visitor, Word,
};
use vastlint_text::Span;

use crate::supervised::is_supervisor_script;
use crate::utilities::sourced;
use crate::{Check, Context, Place, ProposedFix, Sink};
use vastlint_diagnostic::Applicability;

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
    let places: Vec<Span> = places.collect();
    let Some(&first) = places.iter().min_by_key(|span| span.start) else { return };
    let logging =
        sourced(context, document).into_iter().find(|one| contract.utilities.logging.contains(&one.file));
    let fix = logging.as_ref().and_then(|_| left_to_logging(document, script, &is_log, places.len()));
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
            .help("print to standard output and leave the file to `logging.sh`")
            .fix(fix),
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

/// Takes out every pipe to `tee` and every redirection that writes the log; none if one of them does more than that.
fn left_to_logging(
    document: &Document,
    script: &Script,
    is_log: &dyn Fn(&Word) -> bool,
    places: usize,
) -> Option<ProposedFix> {
    let mut removal = Removal { document, is_log, spans: Vec::new() };
    script.walk(&mut removal);
    let fix = ProposedFix::new(Applicability::Unsafe, "leave the log to `logging.sh`");
    (removal.spans.len() == places)
        .then(|| removal.spans.into_iter().fold(fix, |fix, span| fix.delete(document, span)))
}

/// Collects what writes the log and can be taken out.
struct Removal<'a> {
    document: &'a Document,
    is_log: &'a dyn Fn(&Word) -> bool,
    spans: Vec<Span>,
}

impl<'t> Visitor<'t> for Removal<'_> {
    fn enter_statement(&mut self, statement: &'t Statement, _: Surroundings) {
        let rest = statement.rest.iter().map(|and_or| &and_or.pipeline);
        for pipeline in std::iter::once(&statement.first).chain(rest) {
            if let [.., before, Command::Simple(tee)] = &pipeline.commands[..] {
                self.spans.extend(self.pipe(before, tee));
            }
        }
    }

    fn enter_command(&mut self, command: &'t Command, surroundings: Surroundings) {
        let redirections = match command {
            Command::Simple(simple) if !simple.words.is_empty() => &simple.redirections,
            Command::Compound(compound) => &compound.redirections,
            _ => return,
        };
        if surroundings.in_pipeline() || surroundings.in_substitution() {
            return;
        }
        for (index, redirection) in redirections.iter().enumerate() {
            if !redirection.written().is_some_and(|word| (self.is_log)(word))
                || redirection.descriptor.is_some()
            {
                continue;
            }
            // `>> log 2>&1` is one thought.
            let with_errors =
                redirections.get(index + 1).filter(|next| self.document.slice(next.span) == "2>&1");
            let end = with_errors.unwrap_or(redirection).span.end;
            self.spans.extend(self.with_blanks_before(redirection.span.start, end));
        }
    }
}

impl Removal<'_> {
    fn pipe(&self, before: &Command, tee: &SimpleCommand) -> Option<Span> {
        let source = &self.document.text;
        let is_tee = tee.name(source).as_deref() == Some("tee");
        let only_log =
            tee.arguments().iter().all(|word| word.text(source).starts_with('-') || (self.is_log)(word));
        if !is_tee || !only_log || !tee.redirections.is_empty() {
            return None;
        }
        let last = match before {
            Command::Simple(simple) => simple.redirections.last(),
            Command::Compound(compound) => compound.redirections.last(),
            _ => None,
        };
        let errors = last
            .filter(|last| self.document.slice(last.span) == "2>&1" && last.span.end == before.span().end);
        self.with_blanks_before(errors.map_or(before.span().end, |errors| errors.span.start), tee.span.end)
    }

    /// None if a comment would go with it.
    fn with_blanks_before(&self, start: u32, end: u32) -> Option<Span> {
        let before = self.document.slice(Span::new(0, start)).trim_end_matches([' ', '\t']).len() as u32;
        let span = Span::new(before, end);
        (!self.document.slice(span).contains(['#', '\n'])).then_some(span)
    }
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
