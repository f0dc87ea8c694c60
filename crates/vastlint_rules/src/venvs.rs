//! Python environments and installs, as scripts speak of them.

use vastlint_model::{Document, program_name};
use vastlint_syntax::shell::{Script, SimpleCommand, Word};

use crate::flow::{State, joined, runs};
use crate::values::{Assignments, Values};

/// The folder of a Python environment, seen from the path of its `activate`.
pub(crate) fn venv_of(activate: &str) -> Option<&str> {
    let bin = activate.strip_suffix("/activate")?;
    // `activate` of the folder itself, where it never stands.
    Some(bin.strip_suffix("/bin").unwrap_or(bin))
}

/// A command that makes a Python environment.
pub(crate) struct Created<'t> {
    /// The command.
    pub(crate) command: &'t SimpleCommand,
    /// Its folder, if the script tells: absolute, or from a variable that is kept as written.
    pub(crate) path: Option<String>,
}

/// The environments that a script makes, or gives another name.
pub(crate) fn created<'t>(document: &Document, script: &'t Script) -> Vec<Created<'t>> {
    let source = &document.text;
    if !vastlint_text::contains(source, "venv")
        && !vastlint_text::contains(source, "virtualenv")
        && !vastlint_text::contains(source, "create")
    {
        return Vec::new();
    }
    let assignments = Assignments::of(script, source);
    let outside = |name: &str| Some(format!("${{{name}}}"));
    let values = Values { source, assignments: &assignments, outside: &outside };
    runs(script, &values, State::default())
        .into_iter()
        .filter_map(|run| {
            let path = match target(run.words, source)? {
                Target::Word(word) => values.word(word),
                Target::Default => Some(".venv".to_owned()),
            };
            let path = path.and_then(|path| joined(run.state.directory.as_deref(), &path));
            Some(Created { command: run.command, path })
        })
        .collect()
}

/// How a command names the environment that it makes.
enum Target<'w> {
    /// By this word.
    Word(&'w Word),
    /// Not at all: it has its default name.
    Default,
}

/// The environment that a command makes, if it makes one.
fn target<'w>(words: &'w [Word], source: &str) -> Option<Target<'w>> {
    let (program, arguments) = words.split_first()?;
    let name = program_name(program, source)?;
    let at = |index: usize| arguments.get(index).and_then(|word| word.literal(source));
    match name.as_ref() {
        "uv" => {
            let index = arguments.iter().position(|word| !word.text(source).starts_with('-'))?;
            (at(index)? == "venv").then(|| operand(&arguments[index + 1..], source))
        }
        "virtualenv" => Some(operand(arguments, source)),
        "conda" | "mamba" | "micromamba" if at(0).as_deref() == Some("create") => {
            let prefix = arguments.iter().position(|word| matches!(word.text(source), "-p" | "--prefix"))?;
            arguments.get(prefix + 1).map(Target::Word)
        }
        _ if name.starts_with("python") => {
            let module = arguments.iter().position(|word| word.is(source, "-m"))?;
            let is_venv = matches!(at(module + 1)?.as_ref(), "venv" | "virtualenv");
            is_venv.then(|| operand(&arguments[module + 2..], source))
        }
        _ => None,
    }
}

/// Options of `uv venv`, virtualenv and the module venv that take a value.
const OPTIONS: &[&str] =
    &["-p", "--python", "--prompt", "--index-url", "--cache-dir", "--directory", "--project", "--link-mode"];

fn operand<'w>(words: &'w [Word], source: &str) -> Target<'w> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let text = word.text(source);
        if OPTIONS.contains(&text) {
            words.next();
        } else if !text.starts_with('-') {
            return Target::Word(word);
        }
    }
    Target::Default
}

/// Whether a folder is the one of a pattern, in which `*` stands for one name.
pub(crate) fn matches_folder(pattern: &str, folder: &str) -> bool {
    let mut folder = folder.split('/');
    let fits = pattern.split('/').all(|part| folder.next().is_some_and(|name| part == "*" || part == name));
    fits && folder.next().is_none()
}

/// Options of installs that take a value, of pip and of uv.
const INSTALL_OPTIONS: &[&str] = &[
    "-r",
    "--requirement",
    "--requirements",
    "-c",
    "--constraint",
    "--constraints",
    "-b",
    "--build-constraint",
    "--override",
    "--overrides",
    "--exclude",
    "--excludes",
    "-e",
    "--editable",
    "-i",
    "--index",
    "--index-url",
    "--default-index",
    "--extra-index-url",
    "--index-strategy",
    "--keyring-provider",
    "-f",
    "--find-links",
    "-t",
    "--target",
    "--prefix",
    "--root",
    "--src",
    "-p",
    "--python",
    "--python-version",
    "--python-platform",
    "--platform",
    "--implementation",
    "--abi",
    "--no-binary",
    "--only-binary",
    "--no-build-package",
    "--no-binary-package",
    "--no-build-isolation-package",
    "--no-sources-package",
    "--upgrade-strategy",
    "-P",
    "--upgrade-package",
    "--reinstall-package",
    "--refresh-package",
    "--resolution",
    "--prerelease",
    "--fork-strategy",
    "--exclude-newer",
    "--exclude-newer-package",
    "--link-mode",
    "--torch-backend",
    "--extra",
    "--group",
    "--progress-bar",
    "--color",
    "-C",
    "--config-setting",
    "--config-settings",
    "--config-settings-package",
    "--global-option",
    "--report",
    "--cache-dir",
    "--config-file",
    "--directory",
    "--project",
    "--allow-insecure-host",
    "--trusted-host",
    "--timeout",
    "--retries",
    "--proxy",
    "--cert",
];

/// Whether an option of an install takes the next word for its value.
pub(crate) fn takes_value(option: &str) -> bool {
    INSTALL_OPTIONS.contains(&option)
}

/// A call that installs Python packages.
pub(crate) struct Install<'w> {
    /// The words behind `install`.
    pub(crate) arguments: &'w [Word],
    /// The whole call up to and with `install`.
    pub(crate) head: &'w [Word],
}

/// The install in a command's words, if it is one: `uv pip install`, `uv add`, `pip install`, `python -m pip install`.
pub(crate) fn install<'w>(words: &'w [Word], source: &str) -> Option<Install<'w>> {
    let program = program_name(words.first()?, source)?;
    let (mut name, mut rest) = (program.as_ref(), 1);
    let module;
    if is_versioned(name, "python") {
        rest = 1 + words.iter().skip(1).position(|word| word.is(source, "-m"))? + 2;
        module = words.get(rest - 1)?.literal(source)?;
        name = module.as_ref();
    }
    let mut words_of_call = subcommand(words, source, rest);
    if name == "uv" {
        let (index, word) = words_of_call?;
        match word.as_ref() {
            "add" => return Some(split(words, index)),
            "pip" => words_of_call = subcommand(words, source, index + 1),
            _ => return None,
        }
    } else if !is_versioned(name, "pip") {
        return None;
    }
    let (index, word) = words_of_call?;
    (word == "install").then(|| split(words, index))
}

fn split(words: &[Word], index: usize) -> Install<'_> {
    Install { head: &words[..=index], arguments: &words[index + 1..] }
}

/// The first word from `from` on that is no option and no option's value.
fn subcommand<'s>(
    words: &[Word],
    source: &'s str,
    from: usize,
) -> Option<(usize, std::borrow::Cow<'s, str>)> {
    let mut index = from;
    loop {
        let text = words.get(index)?.literal(source)?;
        if !text.starts_with('-') {
            return Some((index, text));
        }
        index += if takes_value(&text) { 2 } else { 1 };
    }
}

/// `pip`, `pip3`, `pip3.12`.
fn is_versioned(name: &str, program: &str) -> bool {
    name.strip_prefix(program)
        .is_some_and(|version| version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn installs_are_known() {
        for (source, arguments) in [
            ("pip install a b", Some(2)),
            ("/venv/main/bin/pip3.12 -q install a", Some(1)),
            ("python3 -m pip --retries 3 install a", Some(1)),
            ("python -m uv pip install a", Some(1)),
            ("uv --quiet --directory /x pip install a", Some(1)),
            ("uv add a", Some(1)),
            ("uv sync", None),
            ("uv pip list", None),
            ("pip show install", None),
            ("echo pip install a", None),
            ("uvx pip install a", None),
        ] {
            let script = vastlint_syntax::shell::parse(source);
            let commands = script.simple_commands();
            let found = install(&commands[0].words, source).map(|install| install.arguments.len());
            assert_eq!(found, arguments, "{source}");
        }
    }

    #[test]
    fn folders_match_patterns() {
        assert!(matches_folder("/venv/*", "/venv/main"));
        assert!(matches_folder("/opt/a/venv", "/opt/a/venv"));
        assert!(!matches_folder("/venv/*", "/venv"));
        assert!(!matches_folder("/venv/*", "/venv/a/b"));
        assert!(!matches_folder("/venv/*", "/venvs/a"));
    }
}
