//! What variables stand for, as far as the file tells.

use std::collections::HashMap;
use std::sync::Arc;

use super::image::ImageReference;
use super::lex::{self, Lookup, Mode, Variables};
use super::tree::{Dockerfile, Instruction, InstructionKind, Pair, Stage, Word};

/// Longest chain of stages, each built on the one before, whose variables are followed.
const MAX_DEPTH: u32 = 64;

/// Bytes of values that are kept for each byte of the file, at most; further values count as unknown.
const MAX_GROWTH: usize = 8;

/// Platform arguments that the builder sets wherever they are declared, and in `FROM` without that.
const PLATFORM_ARGUMENTS: [&str; 10] = [
    "BUILDPLATFORM",
    "BUILDOS",
    "BUILDOSVERSION",
    "BUILDARCH",
    "BUILDVARIANT",
    "TARGETPLATFORM",
    "TARGETOS",
    "TARGETOSVERSION",
    "TARGETARCH",
    "TARGETVARIANT",
];

/// Arguments that have their value from whoever builds.
const BUILDER_ARGUMENTS: [&str; 2] = ["TARGETSTAGE", "SOURCE_DATE_EPOCH"];

#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Known(Box<str>),
    /// `ARG NAME` without a default.
    Open,
    Unknown,
}

/// The variables that one instruction sees.
///
/// An `ARG` has its default: that a build may pass another value is left out of account. What a base image brings
/// along, an `ARG` without default and what the builder sets are not known, and nothing that depends on them is.
#[derive(Clone, Debug)]
pub struct Scope {
    own: HashMap<Box<str>, Value>,
    /// The variables of the stage that this one is built on.
    parent: Option<Arc<Scope>>,
    /// Whether a variable that is not in here can have a value all the same.
    is_open: bool,
    depth: u32,
    escape: char,
}

impl Scope {
    fn new(is_open: bool, escape: char) -> Self {
        Self { own: HashMap::new(), parent: None, is_open, depth: 0, escape }
    }

    fn child(parent: Arc<Self>) -> Self {
        if parent.depth == MAX_DEPTH {
            return Self::new(true, parent.escape);
        }
        let (is_open, escape, depth) = (parent.is_open, parent.escape, parent.depth + 1);
        Self { own: HashMap::new(), parent: Some(parent), is_open, depth, escape }
    }

    /// The value of a variable. `None`: it has none, or the file does not tell.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        match self.find(name)? {
            Value::Known(value) => Some(value),
            Value::Open | Value::Unknown => None,
        }
    }

    /// Whether the file itself declares a variable here, by `ARG` or `ENV`, whatever its value.
    #[must_use]
    pub fn declares(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// Expands the variables of `text`, and takes off quotes and escapes, as `BuildKit` does with the arguments of most
    /// instructions (not those of `RUN`, `CMD` and `ENTRYPOINT`, which are the shell's). `None`: the file does not tell
    /// what comes out, or `BuildKit` would refuse the text.
    #[must_use]
    pub fn expand(&self, text: &str) -> Option<String> {
        let mode = Mode { escape: self.escape, keep_quotes: false, keep_escapes: false };
        let expansion = lex::expand(text, mode, Some(self)).ok()?;
        (!expansion.is_unknown).then_some(expansion.text)
    }

    /// Expands a word of the tree, see [`expand`](Self::expand).
    #[must_use]
    pub fn expand_word(&self, source: &str, word: &Word) -> Option<String> {
        self.expand(word.text(source))
    }

    fn find(&self, name: &str) -> Option<&Value> {
        let mut scope = self;
        loop {
            if let Some(value) = scope.own.get(name) {
                return Some(value);
            }
            scope = scope.parent.as_deref()?;
        }
    }
}

impl Variables for Scope {
    fn look_up(&self, name: &str) -> Lookup<'_> {
        match self.find(name) {
            Some(Value::Known(value)) => Lookup::Set(value),
            Some(Value::Open) => Lookup::Open,
            Some(Value::Unknown) => Lookup::Unknown,
            None if self.is_open => Lookup::Unknown,
            None => Lookup::Unset,
        }
    }
}

/// The scopes of a file's instructions, one after the other.
///
/// Asked for instructions in ascending order, all of them together take one pass over the file.
#[derive(Debug)]
pub struct Scopes<'t> {
    file: &'t Dockerfile,
    source: &'t str,
    /// What `FROM` sees: the arguments before the first one.
    global: Scope,
    current: Scope,
    /// Instructions that `global` and `current` already know.
    passed: usize,
    /// The last scope of each stage so far.
    finished: Vec<Arc<Scope>>,
    /// The stages so far by name, the latest of each.
    names: HashMap<&'t str, usize>,
    /// Bytes that values may still take.
    budget: usize,
}

impl Dockerfile {
    /// The scopes of the file's instructions.
    #[must_use]
    pub fn scopes<'t>(&'t self, source: &'t str) -> Scopes<'t> {
        Scopes::new(self, source)
    }

    /// The last stage of that name, or the one of that number: what `COPY --from=` and `--mount=from=` mean.
    #[must_use]
    pub fn stage(&self, reference: &str) -> Option<&Stage> {
        let named =
            |stage: &&Stage| stage.name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(reference));
        self.stages.iter().rev().find(named).or_else(|| self.stages.get(reference.parse::<usize>().ok()?))
    }

    /// The stage that an instruction belongs to, its `FROM` included.
    #[must_use]
    pub fn stage_of(&self, instruction: usize) -> Option<&Stage> {
        let behind = self.stages.partition_point(|stage| stage.from <= instruction);
        self.stages.get(behind.checked_sub(1)?)
    }
}

impl<'t> Scopes<'t> {
    fn new(file: &'t Dockerfile, source: &'t str) -> Self {
        let mut global = Scope::new(false, file.escape);
        for name in PLATFORM_ARGUMENTS.into_iter().chain(BUILDER_ARGUMENTS) {
            global.own.insert(name.into(), Value::Unknown);
        }
        let current = Scope::new(true, file.escape);
        let budget = MAX_GROWTH * source.len();
        Self { file, source, global, current, passed: 0, finished: Vec::new(), names: HashMap::new(), budget }
    }

    /// The variables that an instruction sees (an index into [`Dockerfile::instructions`]): those set before it. A
    /// `FROM`, and an `ARG` before the first one, sees the global arguments only.
    pub fn at(&mut self, instruction: usize) -> &Scope {
        if instruction < self.passed {
            *self = Self::new(self.file, self.source);
        }
        let file = self.file;
        while self.passed < instruction.min(file.instructions.len()) {
            self.pass(&file.instructions[self.passed]);
            self.passed += 1;
        }
        let is_from = |at: &Instruction| matches!(at.kind, InstructionKind::From { .. });
        let is_global = file.stages.first().is_none_or(|first| instruction < first.from);
        if is_global || file.instructions.get(instruction).is_some_and(is_from) {
            &self.global
        } else {
            &self.current
        }
    }

    /// The earlier stage that a stage is built on.
    pub fn base(&mut self, stage: &Stage) -> Option<&'t Stage> {
        let name = self.image(stage)?;
        self.file.stages.get(self.named(&name)?)
    }

    /// The image of a stage's `FROM`, or the name of the earlier stage there, with its variables expanded.
    pub fn image(&mut self, stage: &Stage) -> Option<String> {
        let InstructionKind::From { image: Some(image), .. } = &self.file.instructions.get(stage.from)?.kind
        else {
            return None;
        };
        let source = self.source;
        self.at(stage.from).expand_word(source, image)
    }

    fn named(&self, name: &str) -> Option<usize> {
        self.names.get(&*name.to_ascii_lowercase()).copied()
    }

    fn pass(&mut self, instruction: &'t Instruction) {
        let is_global = self.file.stages.first().is_none_or(|first| self.passed < first.from);
        match &instruction.kind {
            InstructionKind::From { image, .. } => self.enter_stage(image.as_ref()),
            InstructionKind::Arg(pairs) => pairs.iter().for_each(|pair| self.pass_arg(pair, is_global)),
            InstructionKind::Env(pairs) if !is_global => self.pass_env(pairs),
            _ => {}
        }
    }

    fn enter_stage(&mut self, image: Option<&Word>) {
        let index = self.file.stages.partition_point(|stage| stage.from < self.passed);
        let left = std::mem::replace(&mut self.current, Scope::new(true, self.file.escape));
        if index > 0 {
            self.finished.push(Arc::new(left));
        }
        let image = image.and_then(|image| self.global.expand_word(self.source, image));
        let base = image.as_deref().and_then(|image| self.named(image));
        if let Some(name) = self.file.stages.get(index).and_then(|stage| stage.name.as_deref()) {
            self.names.insert(name, index);
        }
        let Some(image) = image else { return };
        if let Some(scope) = base.and_then(|base| self.finished.get(base)) {
            self.current = Scope::child(Arc::clone(scope));
        } else if ImageReference::parse(&image).is_scratch() {
            self.current.is_open = false;
            // The builder gives even an empty image a search path.
            self.current.own.insert("PATH".into(), Value::Unknown);
        }
    }

    fn pass_arg(&mut self, pair: &Pair, is_global: bool) {
        let name = pair.key.text(self.source);
        let scope = if is_global { &self.global } else { &self.current };
        let value = match &pair.value {
            Some(value) => match scope.expand_word(self.source, value) {
                Some(value) => self.known(value),
                None => Value::Unknown,
            },
            // A declaration alone takes the global value, or else leaves an earlier one as it is.
            None if is_global => match self.global.find(name) {
                Some(_) => return,
                None => Value::Open,
            },
            None => match (self.global.find(name), self.current.find(name)) {
                (Some(Value::Open) | None, Some(_)) => return,
                // The base image may bring the variable along.
                (Some(Value::Open) | None, None) if self.current.is_open => Value::Unknown,
                (None, None) => Value::Open,
                (Some(global), _) => global.clone(),
            },
        };
        let scope = if is_global { &mut self.global } else { &mut self.current };
        scope.own.insert(name.into(), value);
    }

    /// All pairs of an `ENV` see what was set before it.
    fn pass_env(&mut self, pairs: &[Pair]) {
        let mut set = Vec::with_capacity(pairs.len());
        for pair in pairs {
            let Some(name) = self.current.expand_word(self.source, &pair.key) else { continue };
            let value = pair.value.as_ref().and_then(|value| self.current.expand_word(self.source, value));
            set.push((name, value.map_or(Value::Unknown, |value| self.known(value))));
        }
        for (name, value) in set {
            self.current.own.insert(name.into(), value);
        }
    }

    fn known(&mut self, value: String) -> Value {
        match self.budget.checked_sub(value.len()) {
            Some(rest) => {
                self.budget = rest;
                Value::Known(value.into())
            }
            None => Value::Unknown,
        }
    }
}
