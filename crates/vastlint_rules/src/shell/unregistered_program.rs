//! VL237: see `rules/shell/unregistered-program.md`.

use super::utility_lines::with_empty_line;
use crate::fix::{indentation, line_start};
use crate::provisioned::{Deed, Provisioning, Written, provisionings};
use crate::script_lines::{comments_above, own_lines, statement_on_line};
use crate::{Check, Context, ProposedFix, Sink};
use vastlint_model::{Document, Tree};
use vastlint_syntax::shell::{Command, Statement};
use vastlint_text::Span;

/// The check.
pub const CHECK: Check = Check::Project(check);

/// What a supervisorctl call does for new confs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Call {
    /// It reads the confs.
    Reread,
    /// It reads the confs and starts what is new.
    Update,
    /// It starts what is new in a way of its own.
    Other,
    /// It does so when the script ends.
    AtEnd,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for provisioning in provisionings(context.project) {
        if !provisioning.confs.is_empty() {
            check_provisioning(context, &provisioning, sink);
        }
    }
}

fn check_provisioning(context: &Context<'_>, provisioning: &Provisioning<'_>, sink: &mut Sink<'_>) {
    let deeds = provisioning.deeds();
    let calls: Vec<(&Deed<'_>, Call)> =
        deeds.iter().filter_map(|deed| Some((deed, call(context, deed)?))).collect();
    let of = |kind: Call| calls.iter().filter(move |(_, call)| *call == kind).map(|&(deed, _)| deed);
    // The last conf is the one that waits longest.
    let Some(&last) =
        provisioning.confs.iter().reduce(|last, conf| if last.is_before(*conf) { conf } else { last })
    else {
        return;
    };
    let in_time = |deed: &&Deed<'_>| !deed.is_before(last);
    if of(Call::AtEnd).next().is_some() || of(Call::Other).any(|deed| in_time(&deed)) {
        return;
    }
    let Some(update) = of(Call::Update).find(in_time) else {
        let fix = told_at_the_end(provisioning, &calls, last);
        report_missing_update(last, of(Call::Update).next_back(), fix, sink);
        return;
    };
    let reread = of(Call::Reread).next_back();
    if !of(Call::Reread).any(|reread| in_time(&reread) && !update.is_before_deed(reread)) {
        report_missing_reread(context, last, update, reread, sink);
    }
}

/// What a command does, if it is supervisor's; `Other` where that cannot be told.
fn call(context: &Context<'_>, deed: &Deed<'_>) -> Option<Call> {
    let registering = &context.contract.provisioning.registering;
    let words: Vec<&str> = deed.words.iter().map(|word| word.as_deref().unwrap_or_default()).collect();
    let program = deed.program();
    let is_control = match program {
        Some(name) => name == "supervisorctl" || name.contains("SUPERVISORCTL"),
        // `$CTL update`
        None => words.iter().skip(1).any(|word| matches!(*word, "reread" | "update")),
    };
    if is_control {
        return Some(match action(&words[1..]) {
            Some("reread") => Call::Reread,
            Some("update") => Call::Update,
            Some(action) if !registering.iter().any(|known| known == action) => return None,
            _ => Call::Other,
        });
    }
    // `trap 'supervisorctl update' EXIT`: it is told when the script ends.
    if program == Some("trap") && words.iter().any(|word| word.contains("supervisorctl")) {
        return Some(Call::AtEnd);
    }
    let restarts = words.iter().any(|word| matches!(*word, "supervisor" | "supervisord"))
        && words.iter().any(|word| matches!(*word, "restart" | "reload" | "force-reload" | "-HUP"));
    (restarts || program == Some("supervisord")).then_some(Call::Other)
}

/// The first word of supervisorctl that is no option and no option's value.
fn action<'w>(words: &[&'w str]) -> Option<&'w str> {
    let mut words = words.iter();
    while let Some(&word) = words.next() {
        match word {
            "-c" | "-s" | "-u" | "-p" | "-r" | "--configuration" | "--serverurl" | "--username"
            | "--password" => {
                words.next();
            }
            option if option.starts_with('-') => {}
            action => return Some(action),
        }
    }
    None
}

/// Both commands at the end of the script, or behind the one that is there.
fn told_at_the_end(
    provisioning: &Provisioning<'_>,
    calls: &[(&Deed<'_>, Call)],
    last: Written<'_>,
) -> Option<ProposedFix> {
    let document = provisioning.document;
    // Of more calls than anybody writes nothing is said.
    if calls.len() > 32 {
        return None;
    }
    let Tree::Shell(script) = &document.tree else { return None };
    let reread = calls
        .iter()
        .rev()
        .map(|&(deed, call)| (deed, call))
        .find(|(deed, call)| *call == Call::Reread && !deed.is_in_function() && !deed.is_before(last));
    if let Some((deed, _)) = reread {
        let (host, span) = deed.site();
        let Tree::Shell(script) = &host.tree else { return None };
        own_lines(host, script, span)?;
        let written = host.slice(span);
        let update = written.strip_suffix("reread")?;
        let line = format!("{}{update}update", indentation(&host.text, span.start));
        let fix = ProposedFix::safe("write `supervisorctl update` below `reread`");
        return Some(fix.insert_lines_below(host, span.end - 1, &line));
    }
    // In a function it happens who knows when.
    let (host, place) = last.site();
    let outermost = (host.id == document.id).then_some(place)?;
    let at = script.body.iter().position(|statement| statement.span.contains_span(outermost))?;
    let is_function = |statement: &Statement| matches!(statement.first.commands[..], [Command::Function(_)]);
    if is_function(&script.body[at]) {
        return None;
    }
    // What came too early moves; with an earlier conf it was not too early for that one.
    let early = calls.iter().filter(|(_, call)| matches!(call, Call::Reread | Call::Update));
    let is_only_conf = provisioning.confs.len() == 1;
    let mut moved: Vec<Span> = Vec::new();
    for (deed, _) in early.clone().filter(|_| is_only_conf) {
        let (host, span) = deed.site();
        let statement = script.body.iter().find(|statement| statement.span.contains_span(span));
        let statement = statement.filter(|_| host.id == document.id)?;
        let told = calls.iter().filter(|(deed, _)| statement.span.contains_span(deed.site().1)).count();
        let own = own_lines(document, script, statement.span).filter(|_| told == 1 + statement.rest.len())?;
        if moved.last().is_none_or(|last| last.end <= own.start) {
            let start = moved.last().map_or(0, |last| last.end);
            moved.push(Span::new(comments_above(document, script, own.start).max(start), own.end));
        }
    }
    let is_pair =
        [Call::Reread, Call::Update].into_iter().all(|wanted| early.clone().any(|(_, call)| *call == wanted));
    let block = if is_pair && !moved.is_empty() {
        let lines: String = moved.iter().map(|lines| document.slice(*lines)).collect();
        lines.trim_end().replace("\r\n", "\n")
    } else {
        "supervisorctl reread\nsupervisorctl update".to_owned()
    };
    let fix = ProposedFix::safe("tell supervisor at the end of the script");
    let end = script.body.last()?;
    // Nothing behind these would run.
    let leaves = script.body[at..].iter().find(|statement| ends_script(document, statement));
    let fix = if let Some(leaves) = leaves {
        own_lines(document, script, leaves.span)?;
        let place = comments_above(document, script, leaves.span.start);
        fix.insert_block(document, place, &block)
    } else {
        let behind = own_lines(document, script, end.span)?.end;
        let is_rest_blank = document.text[behind as usize..].trim().is_empty();
        fix.insert_block(document, if is_rest_blank { document.text.len() as u32 } else { behind }, &block)
    };
    // Lines that stand together take one empty line with them.
    let mut together: Vec<Span> = Vec::new();
    for lines in moved {
        match together.last_mut().filter(|last| last.end == lines.start) {
            Some(last) => last.end = lines.end,
            None => together.push(lines),
        }
    }
    Some(together.into_iter().fold(fix, |fix, lines| fix.delete(document, with_empty_line(document, lines))))
}

/// Whether a statement is `exit`, or hands the process to another program.
fn ends_script(document: &Document, statement: &Statement) -> bool {
    let [Command::Simple(simple)] = &statement.first.commands[..] else { return false };
    matches!(simple.name(&document.text).as_deref(), Some("exit" | "exec" | "return"))
}

fn report_missing_update(
    conf: Written<'_>,
    early: Option<&Deed<'_>>,
    fix: Option<ProposedFix>,
    sink: &mut Sink<'_>,
) {
    let path = conf.path;
    let finding = match early {
        Some(early) => sink
            .report_at(
                early.place(),
                format!("supervisor is told about new programs before `{path}` is written"),
                "too early",
            )
            .related(conf.place(), "this program is never started"),
        None => sink.report_at(
            conf.place(),
            format!("`{path}` is written, but supervisor is never told"),
            "no `supervisorctl update` follows",
        ),
    };
    finding
        .why("supervisor runs already when the script provisions: a conf that it is not told about does nothing, and the app does not start before the next boot")
        .help("write `supervisorctl reread` and `supervisorctl update` below the last conf")
        .fix(fix);
}

fn report_missing_reread(
    context: &Context<'_>,
    conf: Written<'_>,
    update: &Deed<'_>,
    reread: Option<&Deed<'_>>,
    sink: &mut Sink<'_>,
) {
    let finding = sink
        .report_at(
            update.place(),
            "`supervisorctl update` comes without a `supervisorctl reread` before it",
            "the documented pair is `reread`, then `update`",
        )
        .variant("without-reread")
        .why("`reread` says in the log which confs are new and which are broken; without it a broken conf shows only as an app that is not there")
        .help("write `supervisorctl reread` right above, behind the last conf")
        .fix(reread_above(context, update, reread));
    match reread {
        Some(reread) => finding.related(reread.place(), "this one stands elsewhere"),
        None => finding.related(conf.place(), "the last conf"),
    };
}

/// `reread` on a line of its own, called as `update` is.
fn reread_above(context: &Context<'_>, update: &Deed<'_>, reread: Option<&Deed<'_>>) -> Option<ProposedFix> {
    let (host, span) = update.site();
    let Tree::Shell(script) = &context.project.document(host.id).tree else { return None };
    let statement = statement_on_line(host, script, span)?;
    let written = host.slice(span);
    // The pair the other way round.
    let swapped = reread.map(Deed::site).filter(|(other, behind)| {
        let lines = own_lines(host, script, span);
        other.id == host.id && lines.is_some_and(|lines| lines.end == line_start(&host.text, behind.start))
    });
    let behind = swapped.and_then(|(_, behind)| own_lines(host, script, behind));
    let reread = written.strip_suffix("update").filter(|_| statement.span.start == span.start)?;
    let line = format!("{}{reread}reread", indentation(&host.text, span.start));
    let fix = ProposedFix::safe("write `supervisorctl reread` above `update`");
    let fix = fix.insert_lines_above(host, span.start, &line);
    Some(match behind {
        Some(behind) => fix.delete(host, behind),
        None => fix,
    })
}
