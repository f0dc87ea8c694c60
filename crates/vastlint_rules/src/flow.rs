//! A script as it runs: its commands in order, each with the folder it runs in and the Python environment that is
//! active there.

use vastlint_model::{invocation, program_name};
use vastlint_syntax::shell::{
    AndOrOperator, Command, CompoundKind, Pipeline, Script, SimpleCommand, Statement, Terminator, Word,
};

use crate::values::Values;

/// A simple command where it runs.
#[derive(Clone, Debug)]
pub(crate) struct Run<'t> {
    /// The command as it is written.
    pub(crate) command: &'t SimpleCommand,
    /// The words of what it runs, behind `sudo` and the like; the program first.
    pub(crate) words: &'t [Word],
    /// The state of the shell before it.
    pub(crate) state: State,
    /// It stands in a function, which runs where it is called.
    pub(crate) in_function: bool,
}

/// What a shell knows at a place of its script.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    /// The working directory: absolute, or relative to a variable that is kept as written (`${WORKSPACE}/app`). `None`
    /// where the script does not tell.
    pub(crate) directory: Option<String>,
    /// The Python environment that was activated last.
    pub(crate) venv: Venv,
}

/// The active Python environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Venv {
    /// The script has activated none.
    #[default]
    None,
    /// The folder of the environment: `/venv/main`.
    Active(String),
    /// One is active, but which one is not known.
    Unknown,
}

/// The commands of a script in the order in which they run, those in functions where they are written, with a state of
/// their own. Commands inside substitutions are left out. `start` is what the shell starts with; `values` resolves the
/// words of `cd` and of `.`, and may keep variables as written.
pub(crate) fn runs<'t>(script: &'t Script, values: &Values<'_>, start: State) -> Vec<Run<'t>> {
    let mut reader = Reader { values, runs: Vec::new(), stack: Vec::new(), in_function: false };
    let mut state = start;
    reader.list(&script.body, &mut state);
    reader.runs
}

struct Reader<'t, 'v> {
    values: &'v Values<'v>,
    runs: Vec<Run<'t>>,
    /// What `pushd` left behind.
    stack: Vec<Option<String>>,
    in_function: bool,
}

impl<'t> Reader<'t, '_> {
    fn list(&mut self, list: &'t [Statement], state: &mut State) {
        for statement in list {
            self.statement(statement, state);
        }
    }

    fn statement(&mut self, statement: &'t Statement, state: &mut State) {
        if statement.terminator == Terminator::Background {
            self.and_or(statement, &mut state.clone());
        } else {
            self.and_or(statement, state);
        }
    }

    /// `a && b || c`. What stands behind a question may not run; what stands behind a command runs, or the script has
    /// failed.
    fn and_or(&mut self, statement: &'t Statement, state: &mut State) {
        let before = state.clone();
        self.pipeline(&statement.first, state);
        let mut questions = usize::from(is_question(&statement.first, self.values.source));
        for and_or in &statement.rest {
            let is_alternative = and_or.operator == AndOrOperator::Or;
            if is_alternative {
                // It runs where the one before it failed, and leaves the folder of whichever ran.
                let mut other = before.clone();
                self.pipeline(&and_or.pipeline, &mut other);
                if questions > 0 && !leaves(&and_or.pipeline, self.values.source) {
                    state.meet(&other);
                }
            } else {
                self.pipeline(&and_or.pipeline, state);
            }
            questions += usize::from(is_question(&and_or.pipeline, self.values.source));
        }
        let otherwise_ends = statement.rest.last().is_some_and(|last| {
            last.operator == AndOrOperator::Or && leaves(&last.pipeline, self.values.source)
        });
        if questions > 0 && !otherwise_ends {
            state.meet(&before);
        }
    }

    fn pipeline(&mut self, pipeline: &'t Pipeline, state: &mut State) {
        match &pipeline.commands[..] {
            [only] => self.command(only, state),
            // Each command of a pipeline is a process of its own.
            several => several.iter().for_each(|command| self.command(command, &mut state.clone())),
        }
    }

    fn command(&mut self, command: &'t Command, state: &mut State) {
        match command {
            Command::Simple(simple) => self.simple(simple, state),
            Command::Compound(compound) => self.compound(&compound.kind, state),
            Command::Function(function) => {
                let Some(body) = &function.body else { return };
                let outside = self.in_function;
                self.in_function = true;
                self.command(body, &mut State { directory: None, venv: Venv::Unknown });
                self.in_function = outside;
            }
            Command::Coproc(coproc) => {
                if let Some(body) = &coproc.body {
                    self.command(body, &mut state.clone());
                }
            }
        }
    }

    fn compound(&mut self, kind: &'t CompoundKind, state: &mut State) {
        match kind {
            CompoundKind::Group(list) => self.list(list, state),
            CompoundKind::Subshell(list) => self.list(list, &mut state.clone()),
            CompoundKind::If(block) => {
                let mut ends: Option<State> = block.otherwise.is_none().then(|| state.clone());
                for branch in &block.branches {
                    self.list(&branch.condition, state);
                    self.branch(&branch.body, state, &mut ends);
                }
                if let Some(otherwise) = &block.otherwise {
                    self.branch(otherwise, state, &mut ends);
                }
                *state = ends.unwrap_or_default();
            }
            CompoundKind::Case(block) => {
                let mut ends = Some(state.clone());
                for arm in &block.arms {
                    self.branch(&arm.body, state, &mut ends);
                }
                *state = ends.unwrap_or_default();
            }
            CompoundKind::Loop(block) => {
                self.list(&block.condition, state);
                self.repeated(&block.body, state);
            }
            CompoundKind::For(block) => self.repeated(&block.body, state),
            CompoundKind::ArithmeticFor(block) => self.repeated(&block.body, state),
            CompoundKind::Select(block) => self.repeated(&block.body, state),
            CompoundKind::Arithmetic(_) | CompoundKind::Test(_) => {}
        }
    }

    fn branch(&mut self, body: &'t [Statement], state: &State, ends: &mut Option<State>) {
        let mut own = state.clone();
        self.list(body, &mut own);
        match ends {
            Some(ends) => ends.meet(&own),
            None => *ends = Some(own),
        }
    }

    fn repeated(&mut self, body: &'t [Statement], state: &mut State) {
        let mut ends = Some(state.clone());
        self.branch(body, state, &mut ends);
        *state = ends.unwrap_or_default();
    }

    fn simple(&mut self, command: &'t SimpleCommand, state: &mut State) {
        let source = self.values.source;
        let words = invocation(command, source);
        self.runs.push(Run { command, words, state: state.clone(), in_function: self.in_function });
        let Some(name) = command.name(source) else { return };
        match name.as_ref() {
            "cd" => state.directory = self.target(command, state),
            "pushd" => {
                self.stack.push(state.directory.clone());
                state.directory = self.target(command, state);
            }
            "popd" => state.directory = self.stack.pop().flatten(),
            "." | "source" => self.activate(command, state),
            "deactivate" => state.venv = Venv::None,
            _ => {}
        }
    }

    fn target(&self, command: &SimpleCommand, state: &State) -> Option<String> {
        let path = command
            .arguments()
            .iter()
            .find(|word| !matches!(word.text(self.values.source), "-P" | "-L" | "-e" | "--"))?;
        joined(state.directory.as_deref(), &self.values.word(path)?)
    }

    fn activate(&self, command: &SimpleCommand, state: &mut State) {
        let Some(path) = command.arguments().first() else { return };
        if let Some(path) = self.values.word(path) {
            let venv = path.strip_suffix("/activate").and_then(|bin| bin.strip_suffix("/bin"));
            if let Some(venv) = venv {
                state.venv = joined(state.directory.as_deref(), venv).map_or(Venv::Unknown, Venv::Active);
            }
        } else if program_name(path, self.values.source).as_deref() == Some("activate") {
            state.venv = Venv::Unknown;
        }
    }
}

impl State {
    /// Keeps what holds on both ways to a place.
    fn meet(&mut self, other: &Self) {
        if self.directory != other.directory {
            self.directory = None;
        }
        if self.venv != other.venv {
            self.venv = Venv::Unknown;
        }
    }
}

/// A path from a folder, `.` and `..` worked out. `None` where the folder has to be known and is not.
pub(crate) fn joined(directory: Option<&str>, path: &str) -> Option<String> {
    let is_absolute = path.starts_with('/') || path.starts_with('$');
    let whole = if is_absolute { path.to_owned() } else { format!("{}/{path}", directory?) };
    if path == "-" || path.starts_with('~') {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                // What lies above a variable's folder is not known.
                if parts.pop().is_some_and(|part| part.starts_with('$')) {
                    return None;
                }
            }
            part => parts.push(part),
        }
    }
    let slash = if whole.starts_with('/') { "/" } else { "" };
    Some(format!("{slash}{}", parts.join("/")))
}

/// Whether a pipeline asks something, so that its failure is an answer and no fault.
fn is_question(pipeline: &Pipeline, source: &str) -> bool {
    if pipeline.negated {
        return true;
    }
    match pipeline.commands.last() {
        Some(Command::Compound(compound)) => {
            matches!(compound.kind, CompoundKind::Test(_) | CompoundKind::Arithmetic(_))
        }
        Some(Command::Simple(simple)) => {
            matches!(
                simple.name(source).as_deref(),
                Some(
                    "[" | "test"
                        | "grep"
                        | "egrep"
                        | "fgrep"
                        | "command"
                        | "type"
                        | "which"
                        | "hash"
                        | "pgrep"
                )
            )
        }
        _ => false,
    }
}

/// Whether a pipeline ends the script or the function, or the turn of the loop.
pub(crate) fn leaves(pipeline: &Pipeline, source: &str) -> bool {
    let ends = |simple: &SimpleCommand| {
        matches!(simple.name(source).as_deref(), Some("exit" | "return" | "break" | "continue"))
    };
    match &pipeline.commands[..] {
        [Command::Simple(simple)] => ends(simple),
        [Command::Compound(compound)] => match &compound.kind {
            CompoundKind::Group(list) => {
                list.iter().any(|statement| statement.rest.is_empty() && leaves(&statement.first, source))
            }
            _ => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Assignments;

    /// The folder and the environment in which `here` runs.
    fn at_here(source: &str) -> (Option<String>, Venv) {
        let script = vastlint_syntax::shell::parse(source);
        let assignments = Assignments::of(&script, source);
        let outside = |name: &str| (name == "WORKSPACE").then(|| "${WORKSPACE}".to_owned());
        let values = Values { source, assignments: &assignments, outside: &outside };
        let all = runs(&script, &values, State { directory: Some("/start".to_owned()), venv: Venv::None });
        let run = all
            .iter()
            .find(|run| run.words.first().is_some_and(|word| word.text(source) == "here"))
            .expect("here runs");
        (run.state.directory.clone(), run.state.venv.clone())
    }

    #[test]
    fn the_folder_is_followed() {
        for (source, directory) in [
            ("here", Some("/start")),
            ("cd /opt && cd app/../other; here", Some("/opt/other")),
            ("cd \"${WORKSPACE}/app\" && here", Some("${WORKSPACE}/app")),
            ("D=/opt; cd $D && here", Some("/opt")),
            ("(cd /opt); here", Some("/start")),
            ("(cd /opt; here)", Some("/opt")),
            ("cd /opt || exit 1; here", Some("/opt")),
            ("[[ -d /a ]] && cd /a; here", None),
            ("[[ -d /a ]] && cd /a && here", Some("/a")),
            ("if x; then cd /a; fi; here", None),
            ("if x; then cd /a; else cd /a; fi; here", Some("/a")),
            ("pushd /a; popd; here", Some("/start")),
            ("cd $(mktemp -d); here", None),
            ("cd -; here", None),
            ("f() { here; }", None),
            ("cd /opt | cat; here", Some("/start")),
            ("[ -d /a ] || git clone x; cd /b; sudo here", Some("/b")),
        ] {
            assert_eq!(at_here(source).0.as_deref(), directory, "{source}");
        }
    }

    #[test]
    fn the_environment_is_followed() {
        let active = |path: &str| Venv::Active(path.to_owned());
        for (source, venv) in [
            ("here", Venv::None),
            (". /venv/main/bin/activate && here", active("/venv/main")),
            ("source \"/venv/main/bin/activate\"; deactivate; here", Venv::None),
            (". .venv/bin/activate; here", active("/start/.venv")),
            (". \"$X/bin/activate\"; here", Venv::Unknown),
            ("if x; then . /venv/main/bin/activate; fi; here", Venv::Unknown),
            ("x && . /venv/main/bin/activate && here", active("/venv/main")),
        ] {
            assert_eq!(at_here(source).1, venv, "{source}");
        }
    }
}
