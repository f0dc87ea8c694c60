//! VL302: see `rules/supervisor/wrong-program-setting.md`.

use vastlint_diagnostic::Applicability;
use vastlint_model::Document;
use vastlint_syntax::supervisor::{Config, Key, Section};
use vastlint_text::Span;

use super::conf::{is_program_conf, programs, with_lines};
use crate::contract::{Gravity, Setting};
use crate::{Check, Context, Finding, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Supervisor(check);

fn check(context: &Context<'_>, document: &Document, config: &Config, sink: &mut Sink<'_>) {
    if !is_program_conf(document) {
        return;
    }
    let contract = &context.contract.conf;
    let settings = || contract.order.iter().filter_map(|name| contract.settings.get_key_value(name));
    for (program, section, keys) in programs(config) {
        let mut missing: Vec<(&str, &Setting)> = Vec::new();
        for (name, setting) in settings() {
            match keys.iter().rev().find(|key| key.name == *name) {
                Some(key) => check_value(document, program, key, setting, sink),
                None => missing.push((name, setting)),
            }
        }
        let conf = Program { document, name: program, section, keys: &keys, order: &contract.order };
        report_missing(&conf, &missing, sink);
    }
}

fn check_value(document: &Document, program: &str, key: &Key, setting: &Setting, sink: &mut Sink<'_>) {
    let name = &key.name;
    // What comes from a variable is not known.
    if is_documented(name, &key.value, setting) {
        return;
    }
    let span = if key.value.is_empty() { key.span } else { key.value_span };
    let message = if key.value.is_empty() {
        format!("`{name}` of `{program}` is empty")
    } else {
        format!("`{name}` of `{program}` is `{}`", key.value.lines().next().unwrap_or_default())
    };
    let finding = sink.report(
        document,
        document.first_line(span),
        message,
        format!("`{}` is documented", setting.value),
    );
    finding.why(setting.consequence.as_str()).help(format!("write `{name}={}`", setting.value));
    let is_tolerated = is_one_of(name, &key.value, setting.tolerates.iter());
    // A value that is tolerated is somebody's choice.
    if !is_tolerated {
        finding.fix(write_value(document, key, setting));
    }
    grade(finding, if is_tolerated { Gravity::Minor } else { setting.gravity });
}

/// Whether a value is one of the documented ones, or not known.
pub(super) fn is_documented(name: &str, value: &str, setting: &Setting) -> bool {
    // What comes from a variable is not known.
    value.contains("%(") || is_one_of(name, value, setting.accepts.iter().chain([&setting.value]))
}

/// The documented value. supervisord refuses an empty one; any other was written by somebody who may have meant it.
fn write_value(document: &Document, key: &Key, setting: &Setting) -> Option<ProposedFix> {
    let message = format!("write `{}={}`", key.name, setting.value);
    if key.value.is_empty() {
        // `name = value` keeps its blanks.
        let before = Span::new(key.name_span.end, key.value_span.start);
        let is_spaced = document.slice(before).starts_with([' ', '\t']);
        let ends_blank = document.slice(before).ends_with([' ', '\t']);
        let blank = if is_spaced && !ends_blank { " " } else { "" };
        let text = format!("{blank}{}", setting.value);
        return Some(ProposedFix::safe(message).insert(document, key.value_span.start, text));
    }
    let is_one_line = !document.slice(key.value_span).contains('\n');
    is_one_line.then(|| {
        ProposedFix::new(Applicability::Unsafe, message).replace(document, key.value_span, &*setting.value)
    })
}

/// A program of a conf.
struct Program<'a> {
    document: &'a Document,
    name: &'a str,
    section: &'a Section,
    keys: &'a [&'a Key],
    order: &'a [String],
}

/// One finding for all missing keys of one gravity: a conf that was never filled in is one fault. A key whose default
/// is the documented value is only missing from the page.
fn report_missing(conf: &Program<'_>, missing: &[(&str, &Setting)], sink: &mut Sink<'_>) {
    let &Program { document, name: program, section, keys, order } = conf;
    for gravity in [Gravity::Log, Gravity::Supervision, Gravity::Minor] {
        let of_gravity: Vec<&(&str, &Setting)> =
            missing.iter().filter(|(name, setting)| gravity_of_default(name, setting) == gravity).collect();
        let Some((_, first)) = of_gravity.first() else { continue };
        let names: Vec<String> = of_gravity.iter().map(|(name, _)| format!("`{name}`")).collect();
        let lines: Vec<String> =
            of_gravity.iter().map(|(name, setting)| format!("`{name}={}`", setting.value)).collect();
        let why = if gravity == Gravity::Minor {
            "what supervisord takes by itself is much the same today, but the conf no longer says so"
                .to_owned()
        } else {
            format!("supervisord takes `{}` for `{}`: {}", first.default, of_gravity[0].0, first.consequence)
        };
        let finding = sink.report(
            document,
            section.header_span,
            format!("the program `{program}` does not set {}", listed(&names)),
            format!("has no {}", listed(&names)),
        );
        let written: Vec<(&str, &str)> =
            of_gravity.iter().map(|(name, setting)| (*name, setting.value.as_str())).collect();
        let fix = ProposedFix::safe(format!("write {}", listed(&lines)));
        finding
            .why(why)
            .help(format!("write {} below the header", listed(&lines)))
            .fix(with_lines(fix, document, section, keys, order, &written));
        grade(finding, gravity);
    }
}

/// How much a missing key harms.
fn gravity_of_default(name: &str, setting: &Setting) -> Gravity {
    let mut fine = setting.accepts.iter().chain(&setting.tolerates).chain([&setting.value]);
    if fine.any(|value| same(name, value, &setting.default)) { Gravity::Minor } else { setting.gravity }
}

fn grade(finding: &mut Finding, gravity: Gravity) {
    match gravity {
        Gravity::Log => finding.variant("lost-output"),
        Gravity::Supervision => finding,
        Gravity::Minor => finding.variant("minor"),
    };
}

fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

fn is_one_of<'v>(name: &str, value: &str, mut values: impl Iterator<Item = &'v String>) -> bool {
    values.any(|accepted| same(name, accepted, value))
}

/// Whether supervisord takes two values for the same; `accepted` may be a range.
fn same(name: &str, accepted: &str, value: &str) -> bool {
    if let Some((low, high)) = accepted.split_once("..") {
        let Ok(number) = value.trim().parse::<u64>() else { return false };
        return low.parse::<u64>().is_ok_and(|low| low <= number)
            && (high.is_empty() || high.parse::<u64>().is_ok_and(|high| number <= high));
    }
    meaning(name, accepted) == meaning(name, value)
}

/// A value as supervisord understands it.
fn meaning(name: &str, value: &str) -> String {
    let value = value.trim();
    match value.to_ascii_lowercase().as_str() {
        _ if name == "stopsignal" => {
            let signal = value.to_ascii_uppercase();
            let signal = signal.strip_prefix("SIG").unwrap_or(&signal);
            if signal == "15" { "TERM".to_owned() } else { signal.to_owned() }
        }
        "true" | "yes" | "on" => "true".to_owned(),
        "false" | "no" | "off" => "false".to_owned(),
        "1" if is_truth(name) => "true".to_owned(),
        "0" if is_truth(name) => "false".to_owned(),
        "0b" | "0kb" | "0mb" | "0gb" => "0".to_owned(),
        _ => value.parse::<u64>().map_or_else(|_| value.to_owned(), |number| number.to_string()),
    }
}

/// Whether a key holds a truth value.
fn is_truth(name: &str) -> bool {
    matches!(
        name,
        "autostart"
            | "autorestart"
            | "stopasgroup"
            | "killasgroup"
            | "redirect_stderr"
            | "stdout_events_enabled"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_supervisord_takes_for_the_same_are_the_same() {
        for (name, accepted, value) in [
            ("autostart", "true", "True"),
            ("autostart", "true", "1"),
            ("autorestart", "unexpected", "unexpected"),
            ("stopsignal", "TERM", "SIGTERM"),
            ("stopsignal", "TERM", "15"),
            ("startsecs", "0..10", "10"),
            ("stopwaitsecs", "10..", "600"),
            ("stdout_logfile_maxbytes", "0", "0MB"),
            ("startsecs", "0", "00"),
        ] {
            assert!(same(name, accepted, value), "{name} {accepted} {value}");
        }
        for (name, accepted, value) in [
            ("autostart", "true", "false"),
            ("startsecs", "0..10", "11"),
            ("startsecs", "0..10", "x"),
            ("exitcodes", "0", "0,2"),
            ("stopsignal", "TERM", "INT"),
            ("startsecs", "0", "1"),
        ] {
            assert!(!same(name, accepted, value), "{name} {accepted} {value}");
        }
    }
}
