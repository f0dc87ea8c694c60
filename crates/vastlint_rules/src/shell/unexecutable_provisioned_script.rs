//! VL235: see `rules/shell/unexecutable-provisioned-script.md`.

use crate::fix::indentation;
use crate::flow::joined;
use crate::provisioned::{Deed, Provisioning, Written, provisionings};
use crate::script_lines::{last_heredoc, own_lines};
use crate::{Check, Context, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Project(check);

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for provisioning in provisionings(context.project) {
        if provisioning.scripts.is_empty() {
            continue;
        }
        let deeds = provisioning.deeds();
        for &script in &provisioning.scripts {
            if !runs_through_a_shell(context, &provisioning, script) {
                check_script(context, script, &deeds, sink);
            }
        }
    }
}

fn check_script(context: &Context<'_>, script: Written<'_>, deeds: &[Deed<'_>], sink: &mut Sink<'_>) {
    let grants: Vec<&Deed<'_>> = deeds.iter().filter(|deed| grants_execution(deed, script.path)).collect();
    let exists_before = |grant: &Deed<'_>| {
        deeds.iter().any(|deed| {
            matches!(deed.program(), Some("touch" | "install" | "cp" | "mv"))
                && deed.names(script.path)
                && deed.is_before_deed(grant)
        })
    };
    if grants.iter().any(|grant| !grant.is_before(script) || exists_before(grant)) {
        return;
    }
    // Whatever takes the bit away would do so again.
    let is_taken_away = deeds.iter().any(|deed| {
        deed.program() == Some("chmod") && deed.names(script.path) && !grants_execution(deed, script.path)
    });
    let path = script.path;
    let finding = match grants.first() {
        Some(early) => sink
            .report_at(
                early.place(),
                format!("`{path}` is made executable before it is written"),
                "there is no such file yet",
            )
            .related(script.place(), "it is written here"),
        None => sink.report_at(
            script.place(),
            format!("`{path}` is written, but never made executable"),
            "a new file has no executable bit",
        ),
    };
    finding
        .why("supervisor runs the script itself: without the bit it cannot, and the program goes to FATAL on every instance")
        .help(format!("write `chmod +x {path}` below the text of the script"))
        .fix(made_executable(context, script, grants.first().copied()).filter(|_| !is_taken_away));
}

/// `chmod +x` right below the text; one that comes too early goes, if that is all it does.
fn made_executable(
    context: &Context<'_>,
    written: Written<'_>,
    early: Option<&Deed<'_>>,
) -> Option<ProposedFix> {
    let (host, place) = written.site();
    let vastlint_model::Tree::Shell(script) = &context.project.document(host.id).tree else { return None };
    let path = written.path;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+@".contains(&byte);
    let end = last_heredoc(host, script, place)?.terminator?.end;
    // `sudo tee …`: who writes it may also change it.
    let sudo = if host.slice(place).split_whitespace().any(|word| word == "sudo") { "sudo " } else { "" };
    let line = format!("{}{sudo}chmod +x {path}", indentation(&host.text, place.start));
    let fix = ProposedFix::safe(format!("write `chmod +x {path}` below its text"));
    let fix = fix.insert_lines_below(host, end - 1, &line);
    if !path.bytes().all(is_plain) {
        return None;
    }
    let Some(early) = early else { return Some(fix) };
    let (document, span) = early.site();
    let is_all = document.id == host.id && early.words.len() == 3 && early.names(path);
    let lines = own_lines(document, script, span).filter(|_| is_all)?;
    Some(
        ProposedFix { message: format!("move `chmod +x {path}` below its text"), ..fix }
            .delete(document, lines),
    )
}

/// Whether a deed makes a file executable, or may do so.
fn grants_execution(deed: &Deed<'_>, path: &str) -> bool {
    match deed.program() {
        Some("chmod") => chmod_grants(deed, path),
        // `install -m 755 /tmp/x.sh /opt/supervisor-scripts/x.sh` and the like.
        Some("install" | "setfacl") => deed.names(path),
        _ => false,
    }
}

fn chmod_grants(deed: &Deed<'_>, path: &str) -> bool {
    let mut recursive = false;
    let mut mode = None;
    let mut targets = Vec::new();
    for word in &deed.words[1..] {
        match word.as_deref() {
            // Options of chmod; `-x` takes the bit away.
            Some("-R" | "--recursive") => recursive = true,
            Some("-v" | "-c" | "-f" | "--" | "--verbose" | "--changes" | "--silent" | "--quiet") => {}
            Some(option) if option.starts_with("--") => {}
            Some(text) if mode.is_none() => mode = Some(sets_execution(text)),
            None if mode.is_none() => mode = Some(true),
            target => targets.push(target),
        }
    }
    // `… | xargs chmod +x`: it gets them from elsewhere.
    let from_elsewhere = targets.is_empty();
    mode == Some(true)
        && (from_elsewhere
            || targets.into_iter().any(|target| {
                // What is not known may be this file.
                let Some(target) = target.and_then(|target| joined(deed.directory.as_deref(), target)) else {
                    return true;
                };
                matches_path(&target, path)
                    || (recursive && path.strip_prefix(&*target).is_some_and(|rest| rest.starts_with('/')))
            }))
}

/// Whether a mode gives the right to execute: `+x`, `u=rwx,go=rx`, `755`.
fn sets_execution(mode: &str) -> bool {
    if let Ok(bits) = u32::from_str_radix(mode, 8) {
        return bits & 0o111 != 0;
    }
    mode.split(',').any(|clause| {
        clause.split_once(['+', '=']).is_some_and(|(_, rights)| rights.contains(['x', 'X', '$']))
    })
}

/// Whether a path may be the target of a pattern. Only `*` is worked out; a folder that is not known may be any.
fn matches_path(pattern: &str, path: &str) -> bool {
    let is_open = |text: &str| text.contains(['?', '[', '{', '$']);
    if is_open(pattern) {
        let name = pattern.rsplit('/').next().unwrap_or(pattern);
        return is_open(name) || name.contains('*') || path.rsplit('/').next() == Some(name);
    }
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == path };
    let end = rest.rsplit('*').next().unwrap_or_default();
    path.len() >= start.len() + end.len() && path.starts_with(start) && path.ends_with(end)
}

/// Whether the conf that starts a script hands it to a shell: then it needs no bit.
fn runs_through_a_shell(context: &Context<'_>, provisioning: &Provisioning<'_>, script: Written<'_>) -> bool {
    provisioning
        .confs
        .iter()
        .any(|conf| starts_with_another_program(context, conf.document.id, script.document.id))
}

fn starts_with_another_program(
    context: &Context<'_>,
    conf: vastlint_model::DocumentId,
    script: vastlint_model::DocumentId,
) -> bool {
    let project = context.project;
    let vastlint_model::Tree::Supervisor(config) = &project.document(conf).tree else { return false };
    project.programs.iter().filter(|program| program.conf == conf && program.script == Some(script)).any(
        |program| {
            let command = config.sections.get(program.section).and_then(|section| section.key("command"));
            command.is_some_and(|key| {
                let words = vastlint_syntax::supervisor::parse_command(&key.value).words;
                words.first().map(|word| &*word.text) != program.command.as_deref()
            })
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_that_make_executable_are_known() {
        for mode in ["+x", "a+x", "u=rwx,go=rx", "755", "0755", "ug+rx", "700"] {
            assert!(sets_execution(mode), "{mode}");
        }
        for mode in ["+r", "644", "-x", "u=rw", "a-x"] {
            assert!(!sets_execution(mode), "{mode}");
        }
    }

    #[test]
    fn patterns_match_paths() {
        assert!(matches_path("/opt/a/*.sh", "/opt/a/x.sh"));
        assert!(matches_path("/opt/a/x.sh", "/opt/a/x.sh"));
        assert!(matches_path("${HERE}/x.sh", "/opt/a/x.sh"));
        assert!(matches_path("/opt/a/${APP}.sh", "/opt/a/x.sh"));
        assert!(!matches_path("${HERE}/start.sh", "/opt/a/x.sh"));
        assert!(!matches_path("/opt/b/*.sh", "/opt/a/x.sh"));
        assert!(!matches_path("/opt/a/y.sh", "/opt/a/x.sh"));
    }
}
