//! VL403: see `rules/python/torch-without-backend.md`.

use std::cell::OnceCell;
use std::collections::HashSet;

use vastlint_diagnostic::Applicability;
use vastlint_model::{Document, invocation, program_name};
use vastlint_syntax::dockerfile::Scope;
use vastlint_syntax::shell::{ParameterOperator, Script, Word, WordPart, WordPartKind};
use vastlint_text::Span;

use super::bare_pip::runs_in_a_template;
use crate::contract::Torch;
use crate::stages::{run_scope, torch_backend};
use crate::values::{Assignments, Values, programs};
use crate::venvs::{Install, install, takes_value};
use crate::{Check, Context, Finding, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    let torch = &context.contract.python.torch;
    let source = &document.text;
    if !torch.packages.iter().any(|package| vastlint_text::contains(source, package))
        || !runs_in_a_template(context, document)
    {
        return;
    }
    let assignments = Assignments::of(script, source);
    let arguments = OnceCell::new();
    let scope = || -> Option<&Scope> { arguments.get_or_init(|| run_scope(context, document)).as_ref() };
    let outside = |name: &str| scope()?.value(name).map(str::to_owned);
    let values = Values { source, assignments: &assignments, outside: &outside };
    // A variable says it for every call.
    let is_set = |name: &String| {
        assignments.last_before(name, u32::MAX).is_some()
            || scope().is_some_and(|scope| scope.value(name).is_some())
    };
    if torch.variables.iter().any(is_set) {
        return;
    }
    // What was installed with its backend stays when the same version is asked for again.
    let mut installed: HashSet<String> = HashSet::new();
    for command in script.simple_commands() {
        let wrappers = &command.words[..command.words.len() - invocation(command, source).len()];
        let says = |word: &Word| {
            word.text(source)
                .split_once('=')
                .is_some_and(|(name, _)| torch.variables.iter().any(|known| known == name))
        };
        if wrappers.iter().any(says) {
            continue;
        }
        for words in programs(command, source) {
            let Some(call) = install(words, source) else { continue };
            match packages_without_backend(&call, torch, &values) {
                Some(mut packages) => {
                    packages.retain(|(_, span)| !installed.contains(&plain(span.text(source))));
                    let fix = torch_backend(context, document)
                        .and_then(|backend| add_backend(document, &call, torch, backend));
                    if let Some(finding) = report(document, &packages, torch, sink) {
                        finding.fix(fix);
                    }
                }
                None => installed.extend(call.arguments.iter().map(|word| plain(word.text(source)))),
            }
        }
    }
}

/// A word without quotes and braces: `torch==$VERSION` of `torch=="${VERSION}"`.
fn plain(word: &str) -> String {
    word.replace(['"', '\'', '{', '}'], "")
}

/// Names the backend of the image that this one is built on: another build may be installed then. pip knows no such
/// option.
fn add_backend(document: &Document, call: &Install<'_>, torch: &Torch, backend: &str) -> Option<ProposedFix> {
    let source = &document.text;
    let [program, .., pip, _] = call.head else { return None };
    let last = call.arguments.last()?;
    let option = torch.options.first()?;
    let is_uv = program_name(program, source).as_deref() == Some("uv") && pip.is(source, "pip");
    let text = format!("{option} \"${{{backend}}}\"");
    let fix = ProposedFix::new(Applicability::Unsafe, format!("write `{text}`"));
    is_uv.then(|| fix.insert(document, last.span.end, format!(" {text}")))
}

fn report<'s>(
    document: &Document,
    packages: &[(String, Span)],
    torch: &Torch,
    sink: &'s mut Sink<'_>,
) -> Option<&'s mut Finding> {
    let (_, first) = packages.first()?;
    let last = packages.last().map_or(*first, |(_, span)| *span);
    let names: Vec<String> = packages.iter().map(|(name, _)| format!("`{name}`")).collect();
    let (names, verb) = match &names[..] {
        [only] => (only.clone(), "is"),
        [start @ .., last] => (format!("{} and {last}", start.join(", ")), "are"),
        [] => return None,
    };
    let option = torch.options.first().map_or("--torch-backend", String::as_str);
    let finding = sink.report(
        document,
        first.cover(last),
        format!("{names} {verb} installed without `{option}`"),
        "for which CUDA version?",
    );
    finding.why("the package index offers one build to everybody, for a CUDA version of its own choice: on a base image with another one, PyTorch is replaced by a build that does not fit the driver, or finds no GPU")
    .help(format!("add the backend that the base image has, e.g. `{option} cu128`"));
    Some(finding)
}

/// The packages of an install that lack a backend, with their places; `None` where something in the call may name one.
fn packages_without_backend(
    call: &Install<'_>,
    torch: &Torch,
    values: &Values<'_>,
) -> Option<Vec<(String, Span)>> {
    let source = values.source;
    let carries = |text: &str| {
        torch.options.iter().any(|option| {
            text.strip_prefix(option.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
        })
    };
    let mut found = Vec::new();
    let mut words = call.arguments.iter();
    while let Some(word) = words.next() {
        let written = word.text(source);
        if carries(written) {
            return None;
        }
        if takes_value(written) {
            words.next();
            continue;
        }
        if is_customers(word, values) {
            return None;
        }
        let Some(text) = values.word(word) else {
            match open_requirement(word, source, torch) {
                Open::Package(name) => found.push((name, word.span)),
                Open::Other => {}
                Open::Unknown => return None,
            }
            continue;
        };
        // Without quotes, the shell splits what a variable holds.
        let pieces: Vec<&str> =
            if word.is_quoted() { vec![&*text] } else { text.split_whitespace().collect() };
        for piece in pieces {
            if carries(piece) {
                return None;
            }
            if let Some(name) = package_of(piece, torch) {
                found.push((name, word.span));
            }
        }
    }
    Some(found)
}

/// Whether a word is whatever the customer sets a variable to (`${PIP_ARGS:-}`): it may be the option.
fn is_customers(word: &Word, values: &Values<'_>) -> bool {
    let mut start = String::new();
    let Some(WordPart { kind: WordPartKind::Parameter(parameter), .. }) =
        literal_start(&word.parts, values.source, &mut start)
    else {
        return false;
    };
    let name = parameter.name.text(values.source);
    start.is_empty() && values.assignments.only(name).is_none() && (values.outside)(name).is_none()
}

/// The package that a requirement names, if its builds differ by backend: `torch>=2.4; python_version > "3.9"`.
fn package_of(requirement: &str, torch: &Torch) -> Option<String> {
    let is_name = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_');
    let name = requirement.split(|character| !is_name(character)).next()?;
    let rest = requirement[name.len()..].trim_start();
    // `torch @ https://…` says where the build comes from; `torch/wheels` is a path.
    if !rest.is_empty() && !rest.starts_with(['[', '=', '<', '>', '!', '~', ';']) {
        return None;
    }
    let name = name.to_ascii_lowercase().replace(['_', '.'], "-");
    torch.packages.contains(&name).then_some(name)
}

/// A word of an install whose end is not known.
enum Open {
    /// It names one of the packages.
    Package(String),
    /// It names another package, a path or a URL.
    Other,
    /// It may be anything, an option too.
    Unknown,
}

fn open_requirement(word: &Word, source: &str, torch: &Torch) -> Open {
    let mut start = String::new();
    let rest = literal_start(&word.parts, source, &mut start);
    if start.is_empty() {
        // `$PACKAGES`, `"$@"`; in quotes it is at most one word, and none that starts with a dash in any real script.
        return Open::Unknown;
    }
    let is_whole =
        start.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
    if !is_whole {
        return package_of(&start, torch).map_or(Open::Other, Open::Package);
    }
    // `torch${VERSION:+==$VERSION}`: the name ends where the expansion starts.
    let ends_name = rest.is_some_and(|part| match &part.kind {
        WordPartKind::Parameter(parameter) => parameter.expansion.as_ref().is_some_and(|expansion| {
            let gives_operand = matches!(
                expansion.operator,
                Some(
                    ParameterOperator::Alternative
                        | ParameterOperator::AlternativeUnlessEmpty
                        | ParameterOperator::Default
                        | ParameterOperator::DefaultIfEmpty
                )
            );
            let operand = expansion.operand().map(|operand| operand.text(source)).unwrap_or_default();
            gives_operand
                && operand.trim_start_matches(['"', '\'']).starts_with(['=', '<', '>', '!', '~', '['])
        }),
        _ => false,
    });
    match package_of(&start, torch) {
        Some(name) if ends_name => Open::Package(name),
        _ => Open::Other,
    }
}

/// Appends the text before the first expansion, and returns that expansion.
fn literal_start<'p>(parts: &'p [WordPart], source: &str, start: &mut String) -> Option<&'p WordPart> {
    for part in parts {
        let written = part.span.text(source);
        match &part.kind {
            WordPartKind::Literal | WordPartKind::Glob | WordPartKind::Brace => start.push_str(written),
            WordPartKind::SingleQuoted => start.push_str(written.trim_matches('\'')),
            WordPartKind::Escape => start.push_str(written.get(1..).unwrap_or_default()),
            WordPartKind::Continuation => {}
            WordPartKind::DoubleQuoted(inner) => {
                if let Some(part) = literal_start(inner, source, start) {
                    return Some(part);
                }
            }
            _ => return Some(part),
        }
    }
    None
}
