//! A repository that was read, and can be analysed again after texts of it changed.

pub(crate) mod editing;
pub(crate) mod two_steps;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use vastlint_diagnostic::Severity;
use vastlint_rules::{Edition, Rule};

use crate::config::{CONFIG_FILE, Config};
use crate::input::Input;
use crate::run::{Prepared, Selector, View, analyse, prepare, store};
use crate::timings::Stopwatch;
use crate::{Error, Options, Progress, Report};

/// A repository in memory, and what of it is asked about. The disk is read once; whoever wants to know what a change
/// would do gives the new text and analyses again: only that file is parsed anew.
#[derive(Debug)]
pub struct Repository {
    root: PathBuf,
    /// Sorted by path.
    inputs: Vec<Input>,
    edition: Option<Edition>,
    fail_severity: Option<Severity>,
    config: Config,
    view: View,
}

impl Repository {
    /// Reads the repository around the given paths, and its configuration and baseline.
    ///
    /// # Errors
    /// If a path cannot be looked at, a rule does not exist, git cannot tell what was touched, or the configuration or
    /// the baseline has a fault. A file that cannot be read is a finding.
    pub fn read(options: &Options, progress: &Progress) -> Result<Self, Error> {
        let selector = Selector::new(&options.select, &options.ignore)?;
        let Prepared { root, scope, config, snapshot } = prepare(options)?;
        let baseline = options.baseline.load(store(&root, &snapshot))?;
        let (inputs, touched) = snapshot.inputs(&root, &config.exclude(&root), progress)?;
        let stdin_path = scope.first().cloned().unwrap_or_default();
        let view = View { selector, scope, touched, baseline, is_stdin: options.stdin.is_some() };
        let mut repository = Self {
            root,
            inputs: sorted(inputs),
            edition: options.edition,
            fail_severity: options.fail_severity,
            config,
            view,
        };
        if let Some(stdin) = &options.stdin {
            repository.set_content(&stdin_path, stdin.content.clone());
        }
        Ok(repository)
    }

    /// Files that are at hand, as if they were a whole repository. Its configuration is `configuration`, the text of a
    /// `vastlint.toml`.
    ///
    /// # Errors
    /// If the configuration has a fault.
    pub fn of_inputs(inputs: Vec<Input>, edition: Edition, configuration: &str) -> Result<Self, Error> {
        let config = Config::parse(Path::new(CONFIG_FILE), configuration)?;
        Ok(Self {
            root: PathBuf::new(),
            inputs: sorted(inputs),
            edition: Some(edition),
            fail_severity: None,
            config,
            view: View::default(),
        })
    }

    /// The repository root, absolute.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Every file, sorted by path.
    #[must_use]
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// Whether findings in a file are reported.
    #[must_use]
    pub fn reports_on(&self, path: &str) -> bool {
        self.view.reports_on(path)
    }

    /// Gives a file another content, or adds the file. It keeps its executable bit.
    pub fn set_content(&mut self, path: &str, content: Vec<u8>) {
        match self.position(path) {
            Ok(at) => self.inputs[at] = Input::from_bytes(path, self.inputs[at].executable, content),
            Err(at) => self.inputs.insert(at, Input::from_bytes(path, false, content)),
        }
    }

    /// Puts a file in the place of the one with its path, or adds it.
    pub fn set_input(&mut self, input: Input) {
        match self.position(&input.path) {
            Ok(at) => self.inputs[at] = input,
            Err(at) => self.inputs.insert(at, input),
        }
    }

    /// Takes a file away; says whether there was one.
    pub fn remove(&mut self, path: &str) -> bool {
        self.position(path).map(|at| self.inputs.remove(at)).is_ok()
    }

    /// A file.
    #[must_use]
    pub fn input(&self, path: &str) -> Option<&Input> {
        self.position(path).ok().map(|at| &self.inputs[at])
    }

    fn position(&self, path: &str) -> Result<usize, usize> {
        self.inputs.binary_search_by(|input| (*input.path).cmp(path))
    }

    /// Reports only these rules from now on; none: all.
    pub fn select(&mut self, rules: &[&'static Rule]) {
        self.view.selector = Selector::of(rules);
    }

    /// Holds what is in memory against the rules. Reads nothing.
    #[must_use]
    pub fn analyse(&self) -> Report {
        self.analyse_timed(Stopwatch::start(false))
    }

    pub(crate) fn analyse_timed(&self, stopwatch: Stopwatch) -> Report {
        let mut report =
            analyse(self.root.clone(), &self.inputs, self.edition, &self.config, &self.view, stopwatch);
        report.fail_severity = self.fail_severity.unwrap_or(report.fail_severity);
        report
    }
}

/// By path.
fn sorted(mut inputs: Vec<Input>) -> Vec<Input> {
    inputs.par_sort_by(|a, b| Arc::as_ref(&a.path).cmp(&*b.path));
    inputs
}
