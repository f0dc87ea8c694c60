//! Where a script installs Python packages, and into which environment.

use vastlint_model::program_name;
use vastlint_syntax::shell::{AssignmentValue, Script, Word};
use vastlint_text::Span;

use crate::flow::{Run, State, Venv, runs};
use crate::values::{Assignments, Values};

/// A command that installs Python packages.
pub(crate) struct Install<'t> {
    /// The command where it runs.
    pub(crate) run: Run<'t>,
    /// It goes through uv.
    pub(crate) is_uv: bool,
    /// The environment that the command itself names.
    pub(crate) named: Named,
    /// The words behind `install`.
    pub(crate) arguments: &'t [Word],
    /// From the program to `install`.
    pub(crate) span: Span,
}

/// The environment that an install names by an option, a variable or the path of its program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// None: the active one gets the packages.
    Active,
    /// The environment in that folder.
    Folder(String),
    /// Another place: the system, a folder of packages, or one that is not known.
    Elsewhere,
}

impl Install<'_> {
    /// The folder of the environment that gets the packages. `None`: none is active, or it is not known.
    pub(crate) fn environment(&self) -> Option<&str> {
        match (&self.named, &self.run.state.venv) {
            (Named::Folder(folder), _) => Some(folder),
            (Named::Active, Venv::Active(folder)) => Some(folder),
            _ => None,
        }
    }

    /// Whether the packages may end up in the environment in `folder`.
    pub(crate) fn may_reach(&self, folder: &str) -> bool {
        match (&self.named, &self.run.state.venv) {
            (Named::Elsewhere, _) => false,
            (Named::Folder(named), _) => named == folder,
            (Named::Active, Venv::Active(active)) => active == folder,
            (Named::Active, Venv::None | Venv::Unknown) => true,
        }
    }

    /// Whether one of the options is among the arguments.
    pub(crate) fn has_option(&self, source: &str, names: &[&str]) -> bool {
        self.arguments.iter().any(|word| {
            let text = word.text(source);
            names.contains(&text.split('=').next().unwrap_or(text))
        })
    }
}

/// The places where a script installs Python packages.
pub(crate) fn installs<'t>(script: &'t Script, source: &'t str) -> impl Iterator<Item = Span> + 't {
    let assignments = Assignments::of(script, source);
    let values = Values { source, assignments: &assignments, outside: &|_| None };
    let found: Vec<Span> =
        package_installs(script, &values, State::default()).into_iter().map(|install| install.span).collect();
    found.into_iter()
}

/// The commands of a script that install Python packages, in the order in which they run.
pub(crate) fn package_installs<'t>(
    script: &'t Script,
    values: &Values<'_>,
    start: State,
) -> Vec<Install<'t>> {
    if !values.source.contains("install") {
        return Vec::new();
    }
    runs(script, values, start).into_iter().filter_map(|run| install(run, values)).collect()
}

fn install<'t>(run: Run<'t>, values: &Values<'_>) -> Option<Install<'t>> {
    let source = values.source;
    let (program, rest) = run.words.split_first()?;
    let name = program_name(program, source)?;
    let (is_uv, rest) = match name.as_ref() {
        "uv" => (true, behind(rest, "pip", source)?),
        _ if is_version_of(&name, "pip") => (false, rest),
        _ if is_version_of(&name, "python") => {
            let [option, module, rest @ ..] = rest else { return None };
            match (option.text(source), module.text(source)) {
                ("-m", "pip") => (false, rest),
                ("-m", "uv") => (true, behind(rest, "pip", source)?),
                _ => return None,
            }
        }
        _ => return None,
    };
    let arguments = behind(rest, "install", source)?;
    let span = program.span.cover(rest[rest.len() - arguments.len() - 1].span);
    let named = named(&run, program, is_uv, arguments, values);
    let install = Install { run, is_uv, named, arguments, span };
    (!install.has_option(source, &["--dry-run", "--help", "-h"])).then_some(install)
}

/// The words behind a subcommand, if it is the first word that is no option.
fn behind<'w>(words: &'w [Word], subcommand: &str, source: &str) -> Option<&'w [Word]> {
    let at = words.iter().position(|word| !word.text(source).starts_with('-'))?;
    words[at].is(source, subcommand).then(|| &words[at + 1..])
}

/// `pip`, `pip3`, `pip3.12`.
fn is_version_of(name: &str, program: &str) -> bool {
    name.strip_prefix(program)
        .is_some_and(|version| version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
}

fn named(run: &Run<'_>, program: &Word, is_uv: bool, arguments: &[Word], values: &Values<'_>) -> Named {
    let source = values.source;
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let text = word.text(source);
        let (option, inline) =
            text.split_once('=').map_or((text, None), |(option, value)| (option, Some(value)));
        match option {
            "--target" | "-t" | "--prefix" | "--root" | "--system" | "--user" => return Named::Elsewhere,
            "--python" | "-p" if is_uv => {
                let path = match inline {
                    Some(value) => Some(value.trim_matches(['"', '\'']).to_owned()),
                    None => words.next().and_then(|word| values.word(word)),
                };
                return path.as_deref().and_then(environment_of).map_or(Named::Elsewhere, Named::Folder);
            }
            _ => {}
        }
    }
    for assignment in &run.command.assignments {
        let AssignmentValue::Scalar(value) = &assignment.value else { continue };
        if matches!(assignment.name.text(source), "VIRTUAL_ENV" | "UV_PYTHON" | "UV_PROJECT_ENVIRONMENT") {
            let path = values.word(value);
            return path
                .map_or(Named::Elsewhere, |path| Named::Folder(path.trim_end_matches('/').to_owned()));
        }
    }
    if program.text(source).contains('/') && !is_uv {
        let path = values.word(program);
        return path.as_deref().and_then(environment_of).map_or(Named::Elsewhere, Named::Folder);
    }
    Named::Active
}

/// The environment of `/venv/x/bin/python`, or of its folder.
fn environment_of(path: &str) -> Option<String> {
    if !path.starts_with('/') {
        return None;
    }
    match path.rsplit_once("/bin/") {
        Some(("" | "/usr" | "/usr/local", _)) => None,
        Some((folder, _)) => Some(folder.to_owned()),
        None => Some(path.trim_end_matches('/').to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environments(source: &str) -> Vec<(bool, Named, Option<String>)> {
        let script = vastlint_syntax::shell::parse(source);
        let assignments = Assignments::of(&script, source);
        let values = Values { source, assignments: &assignments, outside: &|_| None };
        package_installs(&script, &values, State::default())
            .iter()
            .map(|install| (install.is_uv, install.named.clone(), install.environment().map(str::to_owned)))
            .collect()
    }

    #[test]
    fn installs_are_known_with_their_environment() {
        let folder = |path: &str| Named::Folder(path.to_owned());
        for (source, is_uv, named, environment) in [
            ("uv pip install x", true, Named::Active, None),
            (". /venv/main/bin/activate && uv pip install x", true, Named::Active, Some("/venv/main")),
            ("uv --quiet pip install x", true, Named::Active, None),
            ("pip3 install x", false, Named::Active, None),
            ("python3 -m pip install x", false, Named::Active, None),
            ("/venv/a/bin/pip install x", false, folder("/venv/a"), Some("/venv/a")),
            ("/usr/bin/pip3 install x", false, Named::Elsewhere, None),
            ("uv pip install --python /opt/a/bin/python x", true, folder("/opt/a"), Some("/opt/a")),
            ("uv pip install --python=/opt/a x", true, folder("/opt/a"), Some("/opt/a")),
            ("VIRTUAL_ENV=/opt/a uv pip install x", true, folder("/opt/a"), Some("/opt/a")),
            ("uv pip install --system x", true, Named::Elsewhere, None),
        ] {
            assert_eq!(environments(source), [(is_uv, named, environment.map(str::to_owned))], "{source}");
        }
        for source in [
            "pip list",
            "uv pip freeze",
            "echo pip install x",
            "apt-get install pip",
            "uv pip install --dry-run x",
        ] {
            assert_eq!(environments(source), [], "{source}");
        }
    }
}
