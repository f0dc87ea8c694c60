//! VL234: see `rules/shell/expanding-program-heredoc.md`.

use std::collections::{HashMap, HashSet};

use vastlint_model::{Document, Kind, Origin, ShellRole, invocation, program_name};
use vastlint_syntax::shell::{
    Command, Context as Surroundings, Heredoc, Redirection, RedirectionTarget, Script, Visitor, WordPart,
    WordPartKind,
};
use vastlint_text::Span;

use crate::values::Assignments;
use crate::{Check, Context, Place, ProposedFix, Sink};
use vastlint_diagnostic::Applicability;

/// The check.
pub const CHECK: Check = Check::Shell(check);

/// How many of the expansions are pointed at.
const SHOWN: usize = 3;

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    let provisions = matches!(
        document.shell_role(),
        Some(ShellRole::ProvisioningScript | ShellRole::ImageProvisioningScript)
    );
    if !provisions {
        return;
    }
    let mut written = Written::default();
    for inner in context.project.embedded(document.id).filter(|inner| is_program_file(inner.kind)) {
        let (Some(path), Origin::Embedded { place, .. }) = (inner.instance_path.as_deref(), inner.origin)
        else {
            continue;
        };
        written.paths.insert(path);
        written.by_command.insert(place, path);
    }
    if written.paths.is_empty() {
        return;
    }
    let mut collector = Collector { source: &document.text, written, heredocs: Vec::new() };
    script.walk(&mut collector);
    let assignments = Assignments::of(script, &document.text);
    for (path, heredoc) in collector.heredocs {
        check_heredoc(document, path, heredoc, &assignments, sink);
    }
}

const fn is_program_file(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::SupervisorConf
            | Kind::Shell(
                ShellRole::SupervisorScript
                    | ShellRole::Utility
                    | ShellRole::BootScript
                    | ShellRole::FirstBootScript
            )
    )
}

/// The programs' files that a script writes.
#[derive(Default)]
struct Written<'p> {
    paths: HashSet<&'p str>,
    /// By the command that writes the file first; what is appended later is not listed.
    by_command: HashMap<Span, &'p str>,
}

/// Finds the heredocs that become programs' files, with the files' paths.
struct Collector<'s, 'p, 't> {
    source: &'s str,
    written: Written<'p>,
    heredocs: Vec<(&'p str, &'t Heredoc)>,
}

impl<'t> Visitor<'t> for Collector<'_, '_, 't> {
    fn enter_command(&mut self, command: &'t Command, _: Surroundings) {
        let redirections = match command {
            Command::Simple(simple) => &simple.redirections,
            Command::Compound(compound) => &compound.redirections,
            Command::Function(_) | Command::Coproc(_) => return,
        };
        let Some(heredoc) = redirections.iter().rev().find_map(unquoted) else { return };
        let path = self.target(command, redirections);
        if let Some(path) = path {
            self.heredocs.push((path, heredoc));
        }
    }
}

impl<'p> Collector<'_, 'p, '_> {
    /// The written file that a command writes to.
    fn target(&self, command: &Command, redirections: &[Redirection]) -> Option<&'p str> {
        if let Some(&path) = self.written.by_command.get(&command.span()) {
            return Some(path);
        }
        let redirected = redirections.iter().filter_map(|redirection| match &redirection.target {
            RedirectionTarget::Word(word) => Some(word),
            RedirectionTarget::Heredoc(_) => None,
        });
        let words = match command {
            Command::Simple(simple) => invocation(simple, self.source),
            _ => &[],
        };
        let writes = words.first().and_then(|word| program_name(word, self.source)).as_deref() == Some("tee");
        let named = words.iter().skip(1).filter(|_| writes);
        redirected.chain(named).find_map(|word| {
            let literal = word.literal(self.source)?;
            self.written.paths.get(&*literal).copied()
        })
    }
}

fn unquoted(redirection: &Redirection) -> Option<&Heredoc> {
    match &redirection.target {
        RedirectionTarget::Heredoc(heredoc) if !heredoc.quoted => Some(heredoc),
        _ => None,
    }
}

/// What the shell puts in while it provisions.
enum Expansion<'s> {
    /// The value of a variable.
    Variable(&'s str),
    /// The output of commands, or a sum.
    Work,
}

fn check_heredoc(
    document: &Document,
    path: &str,
    heredoc: &Heredoc,
    assignments: &Assignments<'_>,
    sink: &mut Sink<'_>,
) {
    let source = &document.text;
    let delimiter = &heredoc.delimiter;
    let expansions: Vec<(Span, Expansion<'_>)> =
        heredoc.parts.iter().filter_map(|part| expansion(part, source)).collect();
    let too_early = |(_, expansion): &&(Span, Expansion<'_>)| match expansion {
        Expansion::Variable(name) => assignments.last_before(name, heredoc.body.start).is_none(),
        Expansion::Work => true,
    };
    let early: Vec<Span> = expansions.iter().filter(too_early).map(|&(span, _)| span).collect();
    let help = format!("quote the delimiter: `<< '{delimiter}'`");
    let span = heredoc.delimiter_span;
    if expansions.is_empty() {
        sink.report(document, span, format!("the text of `{path}` stands behind a delimiter without quotes"), "not quoted")
            .variant("nothing-to-expand")
            .why("the first `$` that somebody adds to the text is expanded while the instance is provisioned, and not when the program starts")
            .help(help)
            .fix(quoted(document, heredoc, Applicability::Safe));
        return;
    }
    if early.is_empty() {
        let finding = sink
            .report(document, span, format!("values are put into `{path}` while the instance is provisioned"), "without quotes, the shell expands the text")
            .variant("filled-in")
            .why("the file keeps the values of that moment: what is set on the instance later does not reach the program")
            .help(format!("{help}, and let the program read the variables when it starts"));
        for (span, _) in expansions.iter().take(SHOWN) {
            finding.related(Place::new(document, *span), "this value stands in the file for good");
        }
        return;
    }
    // Who escapes some of them means the others to be expanded; so does who runs commands, or fills in values.
    let is_plain = expansions.len() == early.len()
        && expansions.iter().all(|(_, expansion)| matches!(expansion, Expansion::Variable(_)))
        && !heredoc.parts.iter().any(|part| part.kind == WordPartKind::Escape);
    let fix = quoted(document, heredoc, Applicability::Unsafe).filter(|_| is_plain);
    let first = early[0].text(source);
    let finding = sink
        .report(
            document,
            span,
            format!("`{first}` in `{path}` is expanded while the instance is provisioned"),
            "without quotes, the shell expands the text",
        )
        .why("the program's own variables are not set at that moment: under `set -u` provisioning ends here, else the file has gaps where they stood")
        .help(help)
        .fix(fix);
    for span in early.into_iter().take(SHOWN) {
        finding.related(Place::new(document, span), "expanded too early");
    }
}

/// The delimiter in quotes, and the text without the backslashes that the shell takes out today. All of the text is
/// written: what anybody else writes into it would still be escaped.
fn quoted(document: &Document, heredoc: &Heredoc, applicability: Applicability) -> Option<ProposedFix> {
    let source = &document.text;
    let written = format!("'{}'", heredoc.delimiter);
    let fix = ProposedFix::new(applicability, format!("write `<< {written}`"));
    let mut text =
        format!("{written}{}", &source[heredoc.delimiter_span.end as usize..heredoc.body.start as usize]);
    let mut done = heredoc.body.start;
    for part in &heredoc.parts {
        match part.kind {
            WordPartKind::Escape => {
                text.push_str(document.slice(Span::new(done, part.span.start)));
                done = part.span.start + 1;
            }
            // Lines that the shell joins.
            WordPartKind::Continuation => return None,
            _ => {}
        }
    }
    text.push_str(document.slice(Span::new(done, heredoc.body.end)));
    let whole = Span::new(heredoc.delimiter_span.start, heredoc.body.end);
    Some(fix.replace(document, whole, text.replace("\r\n", "\n")))
}

fn expansion<'s>(part: &WordPart, source: &'s str) -> Option<(Span, Expansion<'s>)> {
    let expansion = match &part.kind {
        WordPartKind::Parameter(parameter) => Expansion::Variable(parameter.name.text(source)),
        WordPartKind::Command(_) | WordPartKind::Arithmetic(_) => Expansion::Work,
        _ => return None,
    };
    Some((part.span, expansion))
}
