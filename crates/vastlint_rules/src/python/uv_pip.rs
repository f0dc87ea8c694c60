//! What becomes of a call of pip when uv takes its place.

use vastlint_diagnostic::Applicability;
use vastlint_model::{Document, ImageClass, Origin, ShellRole};
use vastlint_syntax::shell::{Script, SimpleCommand};
use vastlint_text::Span;

use crate::flow::{State, Venv, runs};
use crate::values::Values;
use crate::{Context, ProposedFix};

/// A word that a program gets, and where it stands.
pub(super) type Argument = (String, Span);

/// A call of pip, in its words.
pub(super) struct Call<'w> {
    /// All words, the program first.
    pub(super) words: &'w [Argument],
    /// How many of them name pip: one for `pip`, three for `python -m pip`.
    pub(super) program: usize,
    /// The position of `install` or `uninstall`.
    pub(super) subcommand: usize,
}

/// What uv makes of an option of pip.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It means the same.
    Kept,
    /// It is known, and what comes out may differ.
    Differs,
    /// uv does not know it, and it changes nothing about what is installed.
    Dropped,
}

/// Options of pip with what becomes of them, by uv 0.13: whether the next word is their value. All others end the call.
const OPTIONS: &[(&str, bool, Fate)] = &[
    ("-r", true, Fate::Kept),
    ("--requirement", true, Fate::Kept),
    ("-c", true, Fate::Kept),
    ("--constraint", true, Fate::Kept),
    ("-e", true, Fate::Kept),
    ("--editable", true, Fate::Kept),
    ("-i", true, Fate::Kept),
    ("--index-url", true, Fate::Kept),
    ("-f", true, Fate::Kept),
    ("--find-links", true, Fate::Kept),
    ("-C", true, Fate::Kept),
    ("--config-settings", true, Fate::Kept),
    ("--only-binary", true, Fate::Kept),
    ("--no-binary", true, Fate::Kept),
    ("--no-index", false, Fate::Kept),
    ("--no-deps", false, Fate::Kept),
    ("--no-cache-dir", false, Fate::Kept),
    ("--no-build-isolation", false, Fate::Kept),
    ("--require-hashes", false, Fate::Kept),
    ("--force-reinstall", false, Fate::Kept),
    ("--break-system-packages", false, Fate::Kept),
    ("-q", false, Fate::Kept),
    ("-qq", false, Fate::Kept),
    ("--quiet", false, Fate::Kept),
    ("-v", false, Fate::Kept),
    ("--verbose", false, Fate::Kept),
    // uv takes the newest of everything, not only of what is named.
    ("-U", false, Fate::Differs),
    ("--upgrade", false, Fate::Differs),
    ("--pre", false, Fate::Differs),
    // uv takes a package from the first index that has it.
    ("--extra-index-url", true, Fate::Differs),
    ("--trusted-host", true, Fate::Differs),
    ("--cert", true, Fate::Differs),
    ("--cache-dir", true, Fate::Differs),
    ("-t", true, Fate::Differs),
    ("--target", true, Fate::Differs),
    ("--prefix", true, Fate::Differs),
    ("-y", false, Fate::Dropped),
    ("--yes", false, Fate::Dropped),
    ("--no-input", false, Fate::Dropped),
    ("--disable-pip-version-check", false, Fate::Dropped),
    ("--no-python-version-warning", false, Fate::Dropped),
    ("--no-warn-script-location", false, Fate::Dropped),
    ("--no-warn-conflicts", false, Fate::Dropped),
    ("--root-user-action", true, Fate::Dropped),
    ("--progress-bar", true, Fate::Dropped),
    ("--exists-action", true, Fate::Dropped),
    ("--retries", true, Fate::Dropped),
    ("--timeout", true, Fate::Dropped),
    ("--default-timeout", true, Fate::Dropped),
    ("--require-virtualenv", false, Fate::Dropped),
    ("--use-pep517", false, Fate::Dropped),
    ("--no-clean", false, Fate::Dropped),
    ("--debug", false, Fate::Dropped),
];

/// uv in the place of pip. Safe where an environment is known to be active, or named by the program's path, and all
/// options mean the same. None where uv does not know an option, and where it is not known whose Python is meant.
pub(super) fn uv_fix(
    context: &Context<'_>,
    document: &Document,
    script: &Script,
    command: &SimpleCommand,
    values: &Values<'_>,
    call: &Call<'_>,
) -> Option<ProposedFix> {
    let source = &*document.text;
    let (words, subcommand) = (call.words, call.subcommand);
    // A variable that is split gives several words at one place.
    let is_written = words[..=subcommand].windows(2).all(|pair| pair[0].1.end < pair[1].1.start);
    if !is_written || source[..command.span.start as usize].trim_end().ends_with("||") {
        return None;
    }
    // `python -Im pip`: what isolates pip from its surroundings is not looked for in uv.
    if call.program > 1 && words[1].0 != "-m" {
        return None;
    }
    let is_direct = command.words.first().is_some_and(|word| word.span == words[0].1);
    let by_others = ["sudo", "su", "runuser", "gosu"];
    if command.words.first().is_some_and(|word| by_others.contains(&word.text(source))) {
        return None;
    }
    let interpreter = interpreter(call, source)?;
    let mut is_certain = is_direct && !source.contains("PIP_");
    match &interpreter {
        Interpreter::Named(python) => is_certain &= !python.contains('$'),
        Interpreter::Active => {
            let all = runs(script, values, State::default());
            let run = all.iter().find(|run| run.command.span == command.span);
            let is_active =
                run.is_some_and(|run| !run.in_function && matches!(run.state.venv, Venv::Active(_)));
            if !is_active && is_on_upstream(context, document) {
                return None;
            }
            is_certain &= is_active;
        }
    }
    let pip = words[0].1.cover(words[call.program - 1].1);
    let name = words[subcommand].0.as_str();
    let mut dropped = Vec::new();
    let mut cache = false;
    let mut index = call.program;
    while index < words.len() {
        let (text, span) = (&words[index].0, words[index].1);
        let is_option = index != subcommand && text.starts_with('-') && text != "-";
        if !is_option {
            // What a variable holds may be options.
            is_certain &= !text.starts_with('$');
            index += 1;
            continue;
        }
        let (option, has_inline) =
            text.split_once('=').map_or((text.as_str(), false), |(option, _)| (option, true));
        let (_, takes_value, fate) = *OPTIONS.iter().find(|(known, ..)| *known == option)?;
        let value = if takes_value && !has_inline { words.get(index + 1) } else { None };
        // `uv pip uninstall` knows hardly any.
        if name == "uninstall"
            && fate != Fate::Dropped
            && !matches!(option, "-r" | "--requirement" | "-q" | "--quiet")
        {
            return None;
        }
        is_certain &= fate != Fate::Differs;
        cache |= option == "--no-cache-dir";
        if fate == Fate::Dropped {
            let end = value.map_or(span.end, |(_, value)| value.end);
            dropped.push(Span::new(words[index - 1].1.end, end));
        }
        index += 1 + usize::from(value.is_some());
    }
    let applicability = if is_certain { Applicability::Safe } else { Applicability::Unsafe };
    let mut fix = ProposedFix::new(applicability, format!("write `uv pip {name}`"));
    fix = fix.replace(document, pip, "uv pip");
    for span in joined(dropped) {
        fix = fix.delete(document, span);
    }
    let mut options = String::new();
    if let Interpreter::Named(python) = interpreter {
        options.push_str(" --python ");
        options.push_str(&python);
    }
    let is_global = words[call.program..subcommand].iter().any(|(text, _)| text == "--no-cache-dir");
    if name == "install"
        && document.shell_role() == Some(ShellRole::Run)
        && !cache
        && !has_mounted_cache(context, document)
    {
        options += " --no-cache-dir";
    }
    // uv wants its options behind the subcommand.
    if is_global || words[call.program..subcommand].iter().any(|(text, span)| !is_dropped(text, *span, call))
    {
        return None;
    }
    if !options.is_empty() {
        fix = fix.insert(document, words[subcommand].1.end, options);
    }
    Some(fix)
}

/// Whether a word in front of the subcommand goes: a dropped option, or the value of one.
fn is_dropped(text: &str, span: Span, call: &Call<'_>) -> bool {
    let fate = |text: &str| {
        let option = text.split('=').next().unwrap_or(text);
        OPTIONS.iter().find(|(known, ..)| *known == option).map(|(_, value, fate)| (*value, *fate))
    };
    if let Some((_, fate)) = fate(text) {
        return fate == Fate::Dropped;
    }
    let before = call.words.iter().rfind(|(_, other)| other.end <= span.start);
    before.is_some_and(|(option, _)| fate(option) == Some((true, Fate::Dropped)) && !option.contains('='))
}

/// Spans that touch each other as one.
fn joined(spans: Vec<Span>) -> Vec<Span> {
    let mut joined: Vec<Span> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            Some(last) if last.end >= span.start => *last = last.cover(span),
            _ => joined.push(span),
        }
    }
    joined
}

/// Whose packages pip looks after.
enum Interpreter {
    /// Those of the environment that is active.
    Active,
    /// Those of a Python, as a word of the shell.
    Named(String),
}

fn interpreter(call: &Call<'_>, source: &str) -> Option<Interpreter> {
    let (program, span) = &call.words[0];
    let written = span.text(source);
    if !program.contains('/') {
        let is_plain = matches!(program.as_str(), "pip" | "pip3" | "python" | "python3");
        // A variable may hold anything.
        return is_plain.then_some(Interpreter::Active);
    }
    let in_venv = program.rsplit_once("/bin/").is_some_and(|(folder, _)| {
        !matches!(folder, "" | "/usr" | "/usr/local") && !folder.contains("conda")
    });
    if !in_venv {
        return None;
    }
    if call.program > 1 {
        return Some(Interpreter::Named(written.to_owned()));
    }
    // `/venv/main/bin/pip` stands beside its Python.
    let (inner, quote) = match written.chars().next_back()? {
        quote @ ('"' | '\'') => (written.strip_suffix(quote)?, quote.to_string()),
        _ => (written, String::new()),
    };
    let folder = inner.strip_suffix("pip3").or_else(|| inner.strip_suffix("pip"))?;
    Some(Interpreter::Named(format!("{folder}python{quote}")))
}

/// Whether a script runs in an image that brings its own Python, in which uv would have to be told whose it is.
fn is_on_upstream(context: &Context<'_>, document: &Document) -> bool {
    let file = context.project.outermost(document.id);
    let image = context.project.image_of(file.id).or_else(|| context.project.image_around(&file.path));
    image.is_some_and(|image| image.class == ImageClass::External)
}

/// Whether the `RUN` mounts a cache, which never becomes part of a layer.
fn has_mounted_cache(context: &Context<'_>, document: &Document) -> bool {
    let mut inner = document;
    while let Origin::Embedded { host, place } = inner.origin {
        inner = context.project.document(host);
        if inner.is_file() {
            return inner.slice(place).contains("type=cache");
        }
    }
    false
}
