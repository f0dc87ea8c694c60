//! VL237: see `rules/shell/unregistered-program.md`.

use crate::provisioned::{Deed, Provisioning, Written, provisionings};
use crate::{Check, Context, Sink};

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
        report_missing_update(last, of(Call::Update).next_back(), sink);
        return;
    };
    let reread = of(Call::Reread).next_back();
    if !of(Call::Reread).any(|reread| in_time(&reread) && !update.is_before_deed(reread)) {
        report_missing_reread(last, update, reread, sink);
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

fn report_missing_update(conf: Written<'_>, early: Option<&Deed<'_>>, sink: &mut Sink<'_>) {
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
        .help("write `supervisorctl reread` and `supervisorctl update` below the last conf");
}

fn report_missing_reread(
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
        .help("write `supervisorctl reread` right above, behind the last conf");
    match reread {
        Some(reread) => finding.related(reread.place(), "this one stands elsewhere"),
        None => finding.related(conf.place(), "the last conf"),
    };
}
