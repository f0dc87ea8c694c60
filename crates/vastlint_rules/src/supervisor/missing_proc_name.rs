//! VL301: see `rules/supervisor/missing-proc-name.md`.

use vastlint_model::Document;
use vastlint_syntax::supervisor::{Config, Environment, Key, parse_environment, parse_expansions};

use super::conf::programs;
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Supervisor(check);

/// The variable that the utilities need, and its value for every program.
const VARIABLE: &str = "PROC_NAME";
const VALUE: &str = "%(program_name)s";
const LINE: &str = "environment=PROC_NAME=\"%(program_name)s\"";
const WHY: &str = "the utilities name the program's log by it and look it up in the portal: without it the program logs to `/var/log/portal/.log`";

fn check(_: &Context<'_>, document: &Document, config: &Config, sink: &mut Sink<'_>) {
    // Only confs that end up on an instance are run beside the utilities, and of a part nobody knows the rest.
    if document.instance_path.is_none() || document.fragment {
        return;
    }
    for (program, section, keys) in programs(config) {
        let Some(key) = keys.into_iter().rev().find(|key| key.name == "environment") else {
            sink.report(
                document,
                section.header_span,
                format!("the program `{program}` gets no `{VARIABLE}`"),
                "has no `environment`",
            )
            .why(WHY)
            .help(format!("write `{LINE}` below the header"));
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
        );
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
        .help("write variables as `NAME=\"value\"`, one comma between two of them");
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
        .help(format!("write `{VARIABLE}=\"{VALUE}\",` in front of the others"));
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
        .help(format!("write `{VARIABLE}=\"{VALUE}\"`"));
    }
}
