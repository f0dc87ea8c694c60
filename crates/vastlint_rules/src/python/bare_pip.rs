//! VL401: see `rules/python/bare-pip.md`.

use vastlint_model::{Document, Kind, ShellRole, invocation, program_name};
use vastlint_syntax::shell::{Script, Word};
use vastlint_text::Span;

use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

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

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    if !runs_in_a_template(context, document) {
        return;
    }
    let source = &document.text;
    for command in script.simple_commands() {
        let words = invocation(command, source);
        let Some(pip) = pip_call(words, source) else { continue };
        let arguments = &words[pip.words..];
        let Some(subcommand) = subcommand(arguments, source) else { continue };
        let operands = &arguments[subcommand + 1..];
        let done = match arguments[subcommand].literal(source).as_deref() {
            Some("install") if !installs_only_uv(operands, source) => "installed",
            Some("uninstall") => "removed",
            _ => continue,
        };
        let span = Span::new(words[0].span.start, arguments[subcommand].span.end);
        sink.report(
            document,
            span,
            format!("packages are {done} with plain `{}`", pip.spelling),
            "plain pip",
        )
        .why(why(document))
        .help(match done {
            "removed" => "write `uv pip uninstall`, which asks nothing and so knows no `-y`",
            _ => "write `uv pip install`, with the venv active (`. /venv/main/bin/activate`) or named by `--python`",
        });
    }
}

/// Whether the documents' Python environment is the one at hand: not on GitHub's runners, not in foreign images, and
/// not in the base image, which makes that environment.
fn runs_in_a_template(context: &Context<'_>, document: &Document) -> bool {
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

fn pip_call(words: &[Word], source: &str) -> Option<PipCall> {
    let first = words.first()?;
    let name = program_name(first, source);
    if let Some(name) = &name
        && is_versioned(name, "pip")
    {
        return Some(PipCall { words: 1, spelling: name.to_string() });
    }
    // Whatever the program is: what has a module called pip is Python.
    let is_python = name.as_deref().is_none_or(|name| is_versioned(name, "python"));
    if !is_python {
        return None;
    }
    let module = words
        .iter()
        .skip(1)
        .take_while(|word| word.text(source).starts_with('-'))
        .position(|word| word.is(source, "-m"))?
        + 1;
    words.get(module + 1)?.is(source, "pip").then(|| PipCall {
        words: module + 2,
        spelling: format!("{} -m pip", name.as_deref().unwrap_or("python")),
    })
}

/// `pip`, `pip3`, `pip3.12`.
fn is_versioned(name: &str, program: &str) -> bool {
    name.strip_prefix(program)
        .is_some_and(|version| version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
}

/// The position of pip's command: the first word that is no option and no option's value.
fn subcommand(arguments: &[Word], source: &str) -> Option<usize> {
    let mut index = 0;
    loop {
        let text = arguments.get(index)?.text(source);
        if !text.starts_with('-') {
            return Some(index);
        }
        index += if OPTIONS_WITH_VALUE.contains(&text) { 2 } else { 1 };
    }
}

/// Whether the only package is uv itself, which has to come from somewhere.
fn installs_only_uv(arguments: &[Word], source: &str) -> bool {
    let mut packages = 0;
    let mut skip = false;
    for word in arguments {
        let text = word.text(source);
        if std::mem::take(&mut skip) {
            packages += 2;
        } else if INSTALL_OPTIONS_WITH_VALUE.contains(&text) {
            skip = matches!(text, "-r" | "--requirement" | "-e" | "--editable");
        } else if !text.starts_with('-') {
            let name = word.literal(source).unwrap_or_default();
            let name = name.split(['=', '<', '>', '~', '!', '[', ' ']).next().unwrap_or_default();
            packages += if name == "uv" { 1 } else { 2 };
        }
    }
    packages == 1
}
