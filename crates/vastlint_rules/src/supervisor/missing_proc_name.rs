//! VL301: see `rules/supervisor/missing-proc-name.md`.

use vastlint_diagnostic::Applicability;
use vastlint_model::Document;
use vastlint_syntax::supervisor::{Config, Environment, Key, Variable, parse_environment, parse_expansions};
use vastlint_text::Span;

use super::conf::{programs, with_lines};
use crate::{Check, Context, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Supervisor(check);

/// The variable that the utilities need, and its value for every program.
const VARIABLE: &str = "PROC_NAME";
const VALUE: &str = "%(program_name)s";
const WHY: &str = "the utilities name the program's log by it and look it up in the portal: without it the program logs to `/var/log/portal/.log`";

fn check(context: &Context<'_>, document: &Document, config: &Config, sink: &mut Sink<'_>) {
    // Only confs that end up on an instance are run beside the utilities, and of a part nobody knows the rest.
    if document.instance_path.is_none() || document.fragment {
        return;
    }
    for (program, section, keys) in programs(config) {
        let Some(key) = keys.iter().rev().find(|key| key.name == "environment") else {
            sink.report(
                document,
                section.header_span,
                format!("the program `{program}` gets no `{VARIABLE}`"),
                "has no `environment`",
            )
            .why(WHY)
            .help(format!("write `environment={}` below the header", assignment()))
            .fix(with_lines(
                ProposedFix::safe(format!("write `environment={}`", assignment())),
                document,
                section,
                &keys,
                &context.contract.conf.order,
                &[("environment", &assignment())],
            ));
            continue;
        };
        let environment = parse_environment(&key.value);
        check_environment(document, program, key, &environment, sink);
    }
}

fn check_environment(
    document: &Document,
    program: &str,
    key: &Key,
    environment: &Environment,
    sink: &mut Sink<'_>,
) {
    let expansions = parse_expansions(&key.value);
    if let Some(error) = environment.errors.first().or(expansions.errors.first()) {
        sink.report(
            document,
            key.to_file(error.span),
            format!("supervisord refuses the environment of `{program}`: {}", error.message),
            "here",
        )
        .why("supervisord does not start at all while one conf is refused: no program of the instance runs")
        .help(
            "write variables as `NAME=\"value\"`, one comma between two of them, and `%%` for a percent sign",
        )
        .fix(mend_refused(document, key, environment));
        return;
    }
    for surprise in &environment.surprises {
        sink.report(
            document,
            key.to_file(surprise.span),
            format!("the environment of `{program}` is not read as it looks: {}", surprise.message),
            "here",
        )
        .why("supervisord takes it without a word, and the program gets other variables than are written")
        .help("write variables as `NAME=\"value\"`, one comma between two of them")
        .fix(mend_separator(document, key, environment, surprise.span));
    }
    let Some(variable) = environment.variables.iter().rev().find(|variable| variable.name == VARIABLE) else {
        let span = if key.value.is_empty() { key.span } else { key.value_span };
        sink.report(
            document,
            document.first_line(span),
            format!("the program `{program}` gets no `{VARIABLE}`"),
            format!("sets other variables, but no `{VARIABLE}`"),
        )
        .why(WHY)
        .help(format!("write `{},` in front of the others", assignment()))
        .fix(add_variable(document, key, environment));
        return;
    };
    if variable.value != VALUE {
        sink.report(
            document,
            key.to_file(variable.value_span),
            if variable.value == program {
                format!("`{VARIABLE}` of `{program}` is written out")
            } else if variable.value.is_empty() {
                format!("`{VARIABLE}` of `{program}` is empty")
            } else {
                format!("`{VARIABLE}` of `{program}` is `{}`, not the program's name", variable.value)
            },
            format!("must be `{VALUE}`"),
        )
        .why(if variable.value == program {
            "a name that is written out is wrong as soon as the conf is copied or the program renamed"
        } else {
            "the utilities name the program's log by it and look it up in the portal: they will not find this program"
        })
        .help(format!("write `{}`", assignment()))
        .fix(write_value(document, program, key, variable));
    }
}

/// `PROC_NAME="%(program_name)s"`
fn assignment() -> String {
    format!("{VARIABLE}=\"{VALUE}\"")
}

/// How much is wrong about the value of an `environment` key.
fn faults(value: &str) -> usize {
    let environment = parse_environment(value);
    let errors = environment.errors.len() + parse_expansions(value).errors.len();
    let name = environment.variables.iter().rev().find(|variable| variable.name == VARIABLE);
    let is_named = name.is_some_and(|variable| variable.value == VALUE);
    // Nothing else is told of what supervisord refuses.
    if errors > 0 { 1_000 } else { environment.surprises.len() + usize::from(!is_named) }
}

/// Edits of a key's value, if less is wrong afterwards.
fn edited(fix: ProposedFix, document: &Document, key: &Key, edits: &[(Span, &str)]) -> Option<ProposedFix> {
    let mut value = key.value.clone();
    for (span, text) in edits.iter().rev() {
        value.replace_range(span.range(), text);
    }
    let is_better = faults(&value) < faults(&key.value);
    is_better.then(|| {
        edits.iter().fold(fix, |fix, (span, text)| {
            // Behind a byte, not in front of the next one, which may stand on another line.
            let place = match span.start.checked_sub(1) {
                Some(before) if span.is_empty() => {
                    Span::empty(key.to_file(Span::new(before, span.start)).end)
                }
                _ => key.to_file(*span),
            };
            fix.replace(document, place, *text)
        })
    })
}

/// The comma that is missing between two variables, or one too many: supervisord refuses the list, and one other
/// reading there is not.
fn mend_refused(document: &Document, key: &Key, environment: &Environment) -> Option<ProposedFix> {
    let mut edits = Vec::new();
    for error in &environment.errors {
        if error.span.text(&key.value) == "," {
            edits.push((error.span, ""));
        } else {
            let before = environment.variables.iter().rfind(|one| one.span.end <= error.span.start)?;
            let between = Span::new(before.span.end, error.span.start).text(&key.value);
            if !between.trim().is_empty() {
                return None;
            }
            edits.push((Span::empty(before.span.end), ","));
        }
    }
    let message = "write one comma between two variables";
    if !edits.is_empty() {
        return edited(ProposedFix::safe(message), document, key, &edits);
    }
    // A percent sign that begins no reference.
    for error in parse_expansions(&key.value).errors {
        let text = error.span.text(&key.value);
        if !text.starts_with('%') || text.starts_with("%(") {
            return None;
        }
        edits.push((Span::new(error.span.start, error.span.start + 1), "%%"));
    }
    edited(ProposedFix::safe("write `%%` for a percent sign"), document, key, &edits)
}

/// A sign that supervisord drops where it expects a comma, and takes for one.
fn mend_separator(
    document: &Document,
    key: &Key,
    environment: &Environment,
    separator: Span,
) -> Option<ProposedFix> {
    let text = separator.text(&key.value);
    let mut value = key.value.clone();
    value.replace_range(separator.range(), ",");
    let same = parse_environment(&value).variables == environment.variables;
    let is_sign = text.len() == 1 && text.bytes().all(|byte| byte.is_ascii_punctuation());
    (is_sign && same)
        .then(|| {
            let fix = ProposedFix::safe(format!("write a comma instead of `{text}`"));
            edited(fix, document, key, &[(separator, ",")])
        })
        .flatten()
}

/// The variable in front of the others, separated from them as they are from each other.
fn add_variable(document: &Document, key: &Key, environment: &Environment) -> Option<ProposedFix> {
    let fix = ProposedFix::safe(format!("write `{}` in front of the others", assignment()));
    if key.value.is_empty() {
        return Some(fix.insert(document, key.value_span.start, assignment()));
    }
    let first = environment.variables.first().filter(|first| first.span.start == 0)?;
    let separator = environment.variables.get(1).map(|second| {
        let between = Span::new(key.to_file(first.span).end, key.to_file(second.span).start);
        document.slice(between)
    });
    let is_plain = |separator: &&str| separator.replace(char::is_whitespace, "") == ",";
    let separator = separator.filter(is_plain).unwrap_or(",").replace('\r', "");
    // Proven on the value, where lines are joined.
    let value = format!("{},{}", assignment(), key.value);
    let place = key.to_file(first.span).start;
    (faults(&value) < faults(&key.value))
        .then(|| fix.insert(document, place, format!("{}{separator}", assignment())))
}

fn write_value(document: &Document, program: &str, key: &Key, variable: &Variable) -> Option<ProposedFix> {
    let message = format!("write `{}`", assignment());
    // Another name may be one by which somebody looks for the log.
    let fix = if variable.value == program || variable.value.is_empty() {
        ProposedFix::safe(message)
    } else {
        ProposedFix::new(Applicability::Unsafe, message)
    };
    let quote = if variable.value_span.text(&key.value).starts_with('\'') { '\'' } else { '"' };
    edited(fix, document, key, &[(variable.value_span, &format!("{quote}{VALUE}{quote}"))])
}
