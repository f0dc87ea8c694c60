//! VL204: see `rules/shell/unsourced-utility.md`.

use vastlint_model::Document;
use vastlint_syntax::shell::Script;
use vastlint_text::Span;

use super::utility_lines::{is_ordered, utility_lines};
use crate::contract::Utilities;
use crate::supervised::{Part, is_supervisor_script, part};
use crate::utilities::{Sourced, sourced, sources_unknown};
use crate::{Check, Context, Finding, ProposedFix, Sink};
use vastlint_diagnostic::Applicability;

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    if !is_supervisor_script(document) {
        return;
    }
    let utilities = &context.contract.script.utilities;
    let sourced = sourced(context, document);
    let Some(part) = part(context, document, &sourced) else { return };
    if part == Part::Helper || script.body.is_empty() || sources_unknown(context, document) {
        return;
    }
    let is_application = part == Part::Application;
    let missing = |wanted: &[String]| -> Vec<String> {
        let is_sourced = |file: &&String| sourced.iter().any(|one| one.file == **file);
        wanted.iter().filter(|file| !is_sourced(file)).map(|file| format!("`{file}`")).collect()
    };
    let place = place(document, script, &sourced);
    let file = document.file_name();
    if sourced.is_empty() {
        sink.report(document, place, format!("`{file}` sources none of the utilities"), "none of them is sourced")
            .why(if is_application {
                "what it prints is in no log, its children outlive it, it lacks the variables of the instance, and it starts although the portal does not list it"
            } else {
                "what it prints is in no log, its children outlive it, and it lacks the variables of the instance"
            })
            .help(help(utilities, &all(utilities, is_application)));
        return;
    }
    let written = |files: &[String]| written(context, document, script, utilities, &sourced, files);
    let no_log = missing(&utilities.logging);
    if !no_log.is_empty() {
        let finding = report(sink, document, place, &no_log);
        finding.why(format!(
            "what the program prints never reaches `{}`, where the portal shows it",
            context.contract.script.log_directory
        ));
        finding.help(help(utilities, &utilities.logging)).fix(written(&utilities.logging));
    }
    let no_common = missing(&utilities.common);
    if !no_common.is_empty() {
        let files: Vec<String> = utilities
            .common
            .iter()
            .filter(|file| no_common.contains(&format!("`{file}`")))
            .cloned()
            .collect();
        let finding = report(sink, document, place, &no_common);
        finding.variant(if part == Part::Daemon { "daemon" } else { "common" });
        finding.why(consequence(&files)).help(help(utilities, &files));
        // A daemon without them has its reasons.
        if part != Part::Daemon {
            finding.fix(written(&files));
        }
    }
    let asks = sourced.iter().any(|one| utilities.exits.contains(&one.file));
    if !asks && part != Part::Infrastructure {
        let last = sourced.last().map_or(place, |one| one.command.span);
        let exits: Vec<String> = utilities.exits.iter().map(|file| format!("`{file}`")).collect();
        let finding = sink.report(
            document,
            last,
            format!("`{file}` sources neither {}", exits.join(" nor ")),
            "one of them belongs below",
        );
        finding.variant(if is_application { "no-exit" } else { "daemon" });
        finding
            .why("the program cannot be switched off by its entry in the portal, and it starts on serverless instances, too")
            .help(help(utilities, std::slice::from_ref(&utilities.portal)));
    }
}

/// Sources the files where they belong, each like the utility beside it. A file that is named already, in a comment or
/// in a command, is left out on purpose, or sourced in a way that is another rule's business.
fn written(
    context: &Context<'_>,
    document: &Document,
    script: &Script,
    utilities: &Utilities,
    sourced: &[Sourced<'_>],
    files: &[String],
) -> Option<ProposedFix> {
    let lines = utility_lines(document, script, sourced);
    // A line that is not ended has to be first, and so have utilities in another order.
    if !document.text.ends_with('\n') || !is_ordered(&lines, utilities) {
        return None;
    }
    let rank = |file: &str| utilities.order.iter().position(|known| known == file);
    // By place: two of them may belong to the same.
    let mut inserted: Vec<(u32, String)> = Vec::new();
    for file in files {
        if document.text.contains(file.as_str()) || !is_there(context, utilities, file) {
            return None;
        }
        let wanted = rank(file)?;
        let below = lines.iter().find(|line| line.rank(utilities) > Some(wanted));
        let (place, line) = if let Some(below) = below {
            (below.place_above(document, script, &lines), below.spelled(document, file)?)
        } else {
            let above = lines.iter().rev().find(|line| line.rank(utilities) < Some(wanted))?;
            (above.line.end, above.spelled(document, file)?)
        };
        match inserted.last_mut().filter(|(last, _)| *last == place) {
            Some((_, lines)) => lines.extend([&*line, "\n"]),
            None => inserted.push((place, format!("{line}\n"))),
        }
    }
    let names: Vec<String> = files.iter().map(|file| format!("`{file}`")).collect();
    let fix = ProposedFix::new(Applicability::Unsafe, format!("source {}", names.join(" and ")));
    Some(inserted.into_iter().fold(fix, |fix, (place, lines)| fix.insert(document, place, lines)))
}

/// Whether the base image has a utility: certainly not if it is a part of the repository without it.
fn is_there(context: &Context<'_>, utilities: &Utilities, file: &str) -> bool {
    let path = format!("{}/{file}", utilities.directory);
    let documents = &context.project.documents;
    let of_base = |document: &Document| {
        document.instance_path.as_deref().is_some_and(|path| document.path.strip_prefix("ROOT") == Some(path))
    };
    !documents.iter().any(of_base)
        || documents.iter().any(|document| document.instance_path.as_deref() == Some(&*path))
}

fn all(utilities: &Utilities, with_portal: bool) -> Vec<String> {
    let portal = with_portal.then_some(&utilities.portal);
    utilities.logging.iter().chain(&utilities.common).chain(portal).cloned().collect()
}

fn report<'s>(
    sink: &'s mut Sink<'_>,
    document: &Document,
    place: Span,
    missing: &[String],
) -> &'s mut Finding {
    let names = missing.join(" and ");
    sink.report(
        document,
        place,
        format!("`{}` does not source {names}", document.file_name()),
        format!("{names} belongs here"),
    )
}

/// Where the utilities belong: at the first that is sourced, or at the first line.
fn place(document: &Document, script: &Script, sourced: &[Sourced<'_>]) -> Span {
    let first = sourced.first().map(|one| one.command.span).or(script.shebang);
    let first = first.or_else(|| script.body.first().map(|statement| statement.span));
    document.first_line(first.unwrap_or_else(|| Span::new(0, document.text.len() as u32)))
}

fn consequence(files: &[String]) -> String {
    let of = |file: &String| match file.as_str() {
        "cleanup_generic.sh" => {
            "processes that the script starts are left running, with their ports and their GPU memory, when it ends"
        }
        "environment.sh" => "the program lacks what the user set in the template and in `${WORKSPACE}/.env`",
        _ => "what it does for every other program is not done for this one",
    };
    files.iter().map(of).collect::<Vec<_>>().join("; ")
}

fn help(utilities: &Utilities, files: &[String]) -> String {
    let line = |file: &String| {
        let label = if *file == utilities.portal { " \"<label in the portal>\"" } else { "" };
        format!("`. \"${{{}}}/{file}\"{label}`", utilities.variable)
    };
    let lines: Vec<String> = files.iter().map(line).collect();
    format!("write {}", lines.join(", then "))
}
