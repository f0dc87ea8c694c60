//! VL401: see `rules/python/bare-pip.md`.

use vastlint_model::{Document, Kind, ShellRole, Tree, program_name};
use vastlint_syntax::dockerfile::{self, Dockerfile, InstructionKind};
use vastlint_syntax::shell::{Script, Word};

use super::uv_pip::{Argument, Call, uv_fix};
use crate::values::{Assignments, Values, programs};
use crate::{Check, Context, Finding, Sink};

/// The check.
pub const CHECK: Check = Check::Document(check);

/// Options of pip itself, before its command, that take a value.
const OPTIONS_WITH_VALUE: &[&str] = &[
    "--python",
    "--log",
    "--proxy",
    "--retries",
    "--timeout",
    "--exists-action",
    "--trusted-host",
    "--cert",
    "--client-cert",
    "--cache-dir",
    "--keyring-provider",
];

/// Options of `pip install` that take a value.
const INSTALL_OPTIONS_WITH_VALUE: &[&str] = &[
    "-r",
    "--requirement",
    "-c",
    "--constraint",
    "-e",
    "--editable",
    "-i",
    "--index-url",
    "--extra-index-url",
    "-f",
    "--find-links",
    "-t",
    "--target",
    "--prefix",
    "--root",
    "--src",
    "--upgrade-strategy",
    "--python-version",
    "--platform",
    "--implementation",
    "--abi",
    "--no-binary",
    "--only-binary",
    "--progress-bar",
    "-C",
    "--config-settings",
    "--global-option",
    "--report",
    "--cache-dir",
];

fn check(context: &Context<'_>, document: &Document, sink: &mut Sink<'_>) {
    match &document.tree {
        Tree::Shell(script) if runs_in_a_template(context, document) => {
            check_script(context, document, script, sink);
        }
        Tree::Dockerfile(tree) if is_template(context, document) => check_exec_forms(document, tree, sink),
        _ => {}
    }
}

fn check_script(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    let source = &document.text;
    // Most scripts name it nowhere but in `pipefail`.
    if source.match_indices("pip").all(|(at, _)| source[at..].starts_with("pipefail")) {
        return;
    }
    let assignments = Assignments::of(script, source);
    let values = Values { source, assignments: &assignments, outside: &|_| None };
    for command in script.simple_commands() {
        for words in programs(command, source) {
            let Some((first, rest)) = words.split_first() else { continue };
            // `pip="pip install"; $pip x`: the shell splits what the variable holds.
            let program = match program_name(first, source) {
                None => values.word(first).filter(|value| !value.is_empty()),
                Some(_) => None,
            };
            let program = program.unwrap_or_else(|| text_of(first, source));
            let program = program.split_whitespace().map(|text| (text.to_owned(), first.span));
            let rest = rest.iter().map(|word| (text_of(word, source), word.span));
            let words: Vec<Argument> = program.chain(rest).collect();
            if let Some((finding, program, subcommand)) = check_call(document, &words, sink) {
                let call = Call { words: &words, program, subcommand };
                finding.fix(uv_fix(context, document, script, command, &values, &call));
            }
        }
    }
}

/// The word without its quotes; as it is written where it is not known.
fn text_of(word: &Word, source: &str) -> String {
    word.literal(source).map_or_else(|| word.text(source).to_owned(), std::borrow::Cow::into_owned)
}

/// `RUN ["pip", "install", "x"]`: no shell reads it.
fn check_exec_forms(document: &Document, tree: &Dockerfile, sink: &mut Sink<'_>) {
    for instruction in &tree.instructions {
        let (InstructionKind::Run(dockerfile::Command::Exec(words))
        | InstructionKind::Cmd(dockerfile::Command::Exec(words))
        | InstructionKind::Entrypoint(dockerfile::Command::Exec(words))) = &instruction.kind
        else {
            continue;
        };
        let words = words.iter().map(|word| (word.value(&document.text).to_owned(), word.span));
        check_call(document, &words.collect::<Vec<_>>(), sink);
    }
}

/// The finding about a call of pip, how many words name pip, and the position of its command.
fn check_call<'s>(
    document: &Document,
    words: &[Argument],
    sink: &'s mut Sink<'_>,
) -> Option<(&'s mut Finding, usize, usize)> {
    let pip = pip_call(words)?;
    let arguments = &words[pip.words..];
    let subcommand = subcommand(arguments)?;
    let done = match arguments[subcommand].0.as_str() {
        "install" if !installs_only_uv(&arguments[subcommand + 1..]) => "installed",
        "uninstall" => "removed",
        _ => return None,
    };
    let span = words[0].1.cover(arguments[subcommand].1);
    let finding = sink
        .report(document, span, format!("packages are {done} with plain `{}`", pip.spelling), "plain pip")
        .why(why(document))
        .help(match done {
            "removed" => "write `uv pip uninstall`, which asks nothing and so knows no `-y`",
            _ => "write `uv pip install`, with the venv active (`. /venv/main/bin/activate`) or named by `--python`",
        });
    Some((finding, pip.words, pip.words + subcommand))
}

/// Whether the documents' Python environment is the one at hand: not on GitHub's runners, not in foreign images, and
/// not in the base image, which makes that environment.
pub(super) fn runs_in_a_template(context: &Context<'_>, document: &Document) -> bool {
    let Kind::Shell(role) = document.kind else { return false };
    let file = context.project.outermost(document.id);
    match role {
        ShellRole::Run | ShellRole::ContainerCommand => is_template(context, file),
        ShellRole::SupervisorScript
        | ShellRole::Utility
        | ShellRole::BootScript
        | ShellRole::FirstBootScript
        | ShellRole::ProvisioningScript
        | ShellRole::ImageProvisioningScript
        | ShellRole::ManifestCommand => true,
        // A tool that ends up on the instance, by an overlay or because a script of the instance writes it.
        ShellRole::Other => {
            document.instance_path.is_some()
                && match file.shell_role() {
                    Some(ShellRole::Other) | None => is_template(context, file),
                    Some(ShellRole::InstanceTest | ShellRole::Step) => false,
                    Some(_) => true,
                }
        }
        ShellRole::InstanceTest | ShellRole::Step => false,
    }
}

/// Whether a file belongs to a template image.
fn is_template(context: &Context<'_>, file: &Document) -> bool {
    let image = context.project.image_of(file.id).or_else(|| context.project.image_around(&file.path));
    image.is_some_and(|image| image.class.is_template())
}

fn why(document: &Document) -> &'static str {
    match document.shell_role() {
        Some(ShellRole::Run) => {
            "pip resolves on its own, beside uv: it may replace what the base image pinned, PyTorch above all"
        }
        _ => {
            "pip resolves on its own, beside uv: it may replace what the image pinned, and it is slow while a customer waits"
        }
    }
}

struct PipCall {
    /// How many words it takes: one for `pip`, three for `python -m pip`.
    words: usize,
    spelling: String,
}

fn pip_call(words: &[Argument]) -> Option<PipCall> {
    let (program, _) = words.first()?;
    let name = program.rsplit('/').next().unwrap_or(program).trim_end_matches('"');
    if is_versioned(name, "pip") {
        return Some(PipCall { words: 1, spelling: name.to_owned() });
    }
    // Whatever a variable holds: what has a module called pip is Python.
    let name = if name.contains('$') { "python" } else { name };
    if !is_versioned(name, "python") {
        return None;
    }
    let spelling = format!("{name} -m pip");
    let mut index = 1;
    loop {
        let letters = words.get(index)?.0.strip_prefix('-')?;
        match letters.split_once('m') {
            // `-m pip`, `-Im pip`
            Some((_, "")) => {
                return (words.get(index + 1)?.0 == "pip").then_some(PipCall { words: index + 2, spelling });
            }
            Some((flags, "pip")) if !flags.starts_with('-') => {
                return Some(PipCall { words: index + 1, spelling });
            }
            _ => index += if matches!(letters, "W" | "X") { 2 } else { 1 },
        }
    }
}

/// `pip`, `pip3`, `pip3.12`.
fn is_versioned(name: &str, program: &str) -> bool {
    name.strip_prefix(program)
        .is_some_and(|version| version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
}

/// The position of pip's command: the first word that is no option and no option's value.
fn subcommand(arguments: &[Argument]) -> Option<usize> {
    let mut index = 0;
    loop {
        let text = arguments.get(index)?.0.as_str();
        if !text.starts_with('-') {
            return Some(index);
        }
        index += if OPTIONS_WITH_VALUE.contains(&text) { 2 } else { 1 };
    }
}

/// Whether the only package is uv itself, which has to come from somewhere.
fn installs_only_uv(arguments: &[Argument]) -> bool {
    let mut packages = Vec::new();
    let mut arguments = arguments.iter().map(|(text, _)| text.as_str());
    while let Some(text) = arguments.next() {
        if INSTALL_OPTIONS_WITH_VALUE.contains(&text) || OPTIONS_WITH_VALUE.contains(&text) {
            let value = arguments.next().unwrap_or_default();
            // A list of packages, or a package in a folder.
            if matches!(text, "-r" | "--requirement" | "-e" | "--editable") {
                packages.push(value);
            }
        } else if !text.starts_with('-') {
            packages.push(text.split(['=', '<', '>', '~', '!', '[', ' ']).next().unwrap_or_default());
        }
    }
    packages == ["uv"]
}
