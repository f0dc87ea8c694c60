//! VL233: see `rules/shell/unrepeatable-clone.md`.

use std::collections::{HashMap, HashSet};

use vastlint_model::{Document, ShellRole, invocation, program_name};
use vastlint_syntax::shell::{
    AndOrOperator, AssignmentValue, Command, CompoundKind, List, Pipeline, Script, SimpleCommand, Statement,
    Terminator, Test, TestToken, Word, WordPart, WordPartKind,
};
use vastlint_text::Span;

use crate::flow::{Run, State, joined, runs};
use crate::script_lines::statement_around;
use crate::strict_mode::{Options, start_of};
use crate::values::{Assignments, Values, runs_something, variables};
use crate::{Check, Context, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

/// How deep functions that call functions are followed.
const MAX_CALLS: usize = 16;

fn check(_: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    let provisions = matches!(
        document.shell_role(),
        Some(ShellRole::ProvisioningScript | ShellRole::ImageProvisioningScript)
    );
    if !provisions || !vastlint_text::contains(&document.text, "clone") {
        return;
    }
    let source = &document.text;
    let assignments = Assignments::of(script, source);
    let mut reader = Reader {
        source,
        assignments: &assignments,
        functions: function_bodies(script, source),
        calls: Vec::new(),
        seen: HashSet::new(),
        found: Vec::new(),
    };
    reader.list(&script.body, Guards::default());
    let found = std::mem::take(&mut reader.found);
    if found.is_empty() {
        return;
    }
    let outside = |name: &str| Some(format!("${{{name}}}"));
    let values = Values { source, assignments: &assignments, outside: &outside };
    let all = runs(script, &values, State::default());
    let stops = stops_on_failure(script, source, &all);
    for clone in found {
        let Some(run) = all.iter().find(|run| run.command.span == clone.span) else { continue };
        if let Some(target) = lasting_target(run, &all, &values) {
            report(document, script, run, &target, stops, sink);
        }
    }
}

fn report(
    document: &Document,
    script: &Script,
    run: &Run<'_>,
    target: &Target,
    stops: bool,
    sink: &mut Sink<'_>,
) {
    let shown = target.shown.trim_matches('"');
    let span = run.words[0].span.cover(run.words[run.words.len() - 1].span);
    let finding = sink.report(
        document,
        span,
        format!("`git clone` fails when the script runs again: `{shown}` is there already"),
        "nothing asks whether the folder exists",
    );
    let test = if target.shown.starts_with('"') || !target.shown.contains('$') {
        target.shown.clone()
    } else {
        format!("\"{}\"", target.shown)
    };
    if stops {
        finding.why("provisioning that failed is tried again at the next boot; git refuses a folder that is not empty, `set -e` ends the script there, and the instance never gets ready");
    } else {
        finding
            .variant("survived")
            .why("provisioning that failed is tried again at the next boot; git refuses a folder that is not empty, and what it should have fetched stays as it was");
    }
    finding
        .help(format!("write `[[ -d {test} ]] || git clone …`"))
        .fix(asked(document, script, run, target, &test));
}

/// The question in front of a clone that begins its statement.
fn asked(
    document: &Document,
    script: &Script,
    run: &Run<'_>,
    target: &Target,
    test: &str,
) -> Option<ProposedFix> {
    let source = &document.text;
    let span = run.command.span;
    let statement = statement_around(script, span)?;
    let [Command::Simple(first)] = &statement.first.commands[..] else { return None };
    let is_first = first.span == span && !statement.first.negated && !statement.first.timed;
    // `git -C folder clone` looks for the folder elsewhere, and `cd` in a `( )` too.
    let in_place = run.words.get(1).is_some_and(|word| word.is(source, "clone"));
    let question = format!("[[ -d {test} ]] || ");
    (is_first && in_place && target.is_certain && !test.contains([' ', '\n'])).then(|| {
        ProposedFix::safe(format!("ask first: `{question}git clone …`"))
            .insert(document, span.start, question)
    })
}

/// Where a clone lands.
struct Target {
    /// As the script writes it, or the name that git takes from the URL.
    shown: String,
    /// Whether it is so wherever the script runs: the script writes it, or all of the URL.
    is_certain: bool,
}

/// The folder that a clone makes, if it is still there at the next boot.
fn lasting_target(run: &Run<'_>, all: &[Run<'_>], values: &Values<'_>) -> Option<Target> {
    let arguments = clone_arguments(run.words, values.source)?;
    let operands = operands(arguments, values.source);
    let url = *operands.first()?;
    let word = operands.get(1).copied();
    if word.is_some_and(|word| runs_something(&word.parts)) {
        return None;
    }
    let name = match word {
        Some(word) => values.word(word),
        None => values.word(url).map(|url| url_name(&url).to_owned()),
    };
    let shown = match (word, &name) {
        (Some(word), _) => word.text(values.source).to_owned(),
        (None, Some(name)) => name.clone(),
        (None, None) => format!("$(basename {})", url.text(values.source)),
    };
    let path = name.as_deref().and_then(|name| joined(run.state.directory.as_deref(), name));
    let source = values.source;
    let temporary =
        |run: &Run<'_>| run.words.first().is_some_and(|word| word.text(source).contains("mktemp"));
    // A folder with a new name at each boot: `cd "$(mktemp -d)"`.
    if path.is_none() && (source.contains("mktemp") || all.iter().any(temporary)) {
        return None;
    }
    let removed = all
        .iter()
        .take_while(|other| other.command.span.start < run.command.span.start)
        .any(|other| removes(other, values, path.as_deref(), &shown));
    (!removed).then_some(Target { shown, is_certain: word.is_some() || url.literal(values.source).is_some() })
}

/// Whether a command takes a folder away, or may do so.
fn removes(run: &Run<'_>, values: &Values<'_>, path: Option<&str>, shown: &str) -> bool {
    let source = values.source;
    let program = run.words.first().and_then(|word| program_name(word, source));
    let takes_away = match program.as_deref() {
        // `mv app app.old`
        Some("mv" | "trash") => true,
        Some("rm") => run.words.iter().any(|word| {
            let text = word.text(source);
            text == "--recursive"
                || (text.starts_with('-') && !text.starts_with("--") && text.contains(['r', 'R']))
        }),
        _ => false,
    };
    takes_away
        && run.words[1..].iter().any(|word| {
            if word.text(source).trim_matches('"') == shown.trim_matches('"') {
                return true;
            }
            let removed = values.word(word).and_then(|word| joined(run.state.directory.as_deref(), &word));
            match (removed, path) {
                (Some(removed), Some(path)) => {
                    let removed = removed.trim_end_matches(['*', '/']);
                    path.strip_prefix(removed).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                }
                // Nobody knows what it removes, or what is cloned: options do not count.
                _ => !word.text(source).starts_with('-'),
            }
        })
}

/// The last part of a URL without `.git`: what git names the folder.
fn url_name(url: &str) -> &str {
    let url = url.trim_matches(['"', '\'']).trim_end_matches('/');
    let name = url.rsplit(['/', ':']).next().unwrap_or(url);
    name.strip_suffix(".git").unwrap_or(name)
}

const OPTIONS_WITH_VALUE: &[&str] = &[
    "-b",
    "--branch",
    "--depth",
    "-o",
    "--origin",
    "-u",
    "--upload-pack",
    "-c",
    "--config",
    "-j",
    "--jobs",
    "--reference",
    "--reference-if-able",
    "--separate-git-dir",
    "--server-option",
    "--shallow-since",
    "--shallow-exclude",
    "--template",
    "--filter",
    "--bundle-uri",
    "--revision",
];

/// The words behind `git clone`, if a command is one.
fn clone_arguments<'w>(words: &'w [Word], source: &str) -> Option<&'w [Word]> {
    let (program, mut rest) = words.split_first()?;
    if program_name(program, source).as_deref() != Some("git") {
        return None;
    }
    loop {
        let (word, behind) = rest.split_first()?;
        rest = match word.literal(source)?.as_ref() {
            "clone" => return Some(behind),
            "-C" | "-c" | "--git-dir" | "--work-tree" => behind.get(1..)?,
            option if option.starts_with('-') => behind,
            _ => return None,
        };
    }
}

/// The words that are no options and no options' values.
fn operands<'w>(arguments: &'w [Word], source: &str) -> Vec<&'w Word> {
    let mut operands = Vec::new();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let text = word.text(source);
        if OPTIONS_WITH_VALUE.contains(&text) {
            words.next();
        } else if !text.starts_with('-') {
            operands.push(word);
        }
    }
    operands
}

/// Whether `set -e` is on, from the start or later.
fn stops_on_failure(script: &Script, source: &str, all: &[Run<'_>]) -> bool {
    start_of(script, source, Options::default()).options.stops_on_failure()
        || all.iter().any(|run| {
            let words: Vec<_> = run.words.iter().filter_map(|word| word.literal(source)).collect();
            let mut options = Options::default();
            options.apply(words.iter().skip(1).map(AsRef::as_ref));
            words.first().is_some_and(|name| name == "set") && options.stops_on_failure()
        })
}

fn function_bodies<'t>(script: &'t Script, source: &'t str) -> HashMap<&'t str, &'t Command> {
    use vastlint_syntax::shell::{Context, Visitor};
    struct Collector<'t>(Vec<(Span, &'t Command)>);
    impl<'t> Visitor<'t> for Collector<'t> {
        fn enter_command(&mut self, command: &'t Command, _: Context) {
            if let Command::Function(function) = command
                && let Some(body) = &function.body
            {
                self.0.push((function.name, body));
            }
        }
    }
    let mut collector = Collector(Vec::new());
    script.walk(&mut collector);
    collector.0.into_iter().map(|(name, body)| (name.text(source), body)).collect()
}

/// What keeps a clone from failing at a second run.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Guards {
    /// Something asked before whether it has to run.
    asked: bool,
    /// Its failure is an answer, or is taken care of.
    handled: bool,
}

/// Walks the script as it runs, functions where they are called, and collects clones that nothing guards.
struct Reader<'t> {
    source: &'t str,
    assignments: &'t Assignments<'t>,
    functions: HashMap<&'t str, &'t Command>,
    /// The functions that are being read.
    calls: Vec<&'t str>,
    /// What has been read: a function is the same wherever it is called with the same guards.
    seen: HashSet<(&'t str, Guards)>,
    found: Vec<&'t SimpleCommand>,
}

impl<'t> Reader<'t> {
    fn list(&mut self, list: &'t List, mut guards: Guards) {
        for statement in list {
            self.statement(statement, guards);
            // `[[ -d app ]] && exit 0`: whatever follows was asked about.
            guards.asked |= self.asks_and_leaves(statement);
        }
    }

    fn statement(&mut self, statement: &'t Statement, guards: Guards) {
        let mut guards = guards;
        guards.handled |= statement.terminator == Terminator::Background;
        let pipelines: Vec<&'t Pipeline> = std::iter::once(&statement.first)
            .chain(statement.rest.iter().map(|and_or| &and_or.pipeline))
            .collect();
        for (index, pipeline) in pipelines.iter().enumerate() {
            let mut own = guards;
            own.handled |= pipeline.negated
                || statement.rest[index..].iter().any(|and_or| {
                    // `git clone … && break` tries again, `git clone … || true` goes on.
                    match and_or.operator {
                        AndOrOperator::Or => !self.fails(&and_or.pipeline),
                        AndOrOperator::And => leaving(&and_or.pipeline, self.source) == Some(false),
                    }
                });
            self.pipeline(pipeline, own);
            guards.asked |= self.is_question(pipeline);
        }
    }

    fn pipeline(&mut self, pipeline: &'t Pipeline, guards: Guards) {
        for command in &pipeline.commands {
            match command {
                Command::Simple(simple) => self.simple(simple, guards),
                Command::Compound(compound) => self.compound(&compound.kind, guards),
                Command::Function(_) | Command::Coproc(_) => {}
            }
        }
    }

    fn compound(&mut self, kind: &'t CompoundKind, guards: Guards) {
        let asked = |condition: bool| Guards { asked: guards.asked || condition, ..guards };
        let in_condition = Guards { handled: true, ..guards };
        match kind {
            CompoundKind::Group(list) | CompoundKind::Subshell(list) => self.list(list, guards),
            CompoundKind::If(block) => {
                let mut any = false;
                for branch in &block.branches {
                    self.list(&branch.condition, in_condition);
                    any |= self.asks(&branch.condition);
                    self.list(&branch.body, asked(any));
                }
                if let Some(otherwise) = &block.otherwise {
                    self.list(otherwise, asked(any));
                }
            }
            CompoundKind::Case(block) => {
                let asks = runs_something(&block.word.parts);
                block.arms.iter().for_each(|arm| self.list(&arm.body, asked(asks)));
            }
            CompoundKind::Loop(block) => {
                self.list(&block.condition, in_condition);
                let asks = self.asks(&block.condition);
                self.list(&block.body, asked(asks));
            }
            CompoundKind::For(block) => self.list(&block.body, guards),
            CompoundKind::ArithmeticFor(block) => self.list(&block.body, guards),
            CompoundKind::Select(block) => self.list(&block.body, guards),
            CompoundKind::Arithmetic(_) | CompoundKind::Test(_) => {}
        }
    }

    fn simple(&mut self, simple: &'t SimpleCommand, guards: Guards) {
        let words = invocation(simple, self.source);
        if clone_arguments(words, self.source).is_some() {
            if guards == Guards::default() && !self.found.iter().any(|found| found.span == simple.span) {
                self.found.push(simple);
            }
            return;
        }
        let Some(name) = words.first().map(|word| word.text(self.source)) else { return };
        let Some((&name, &body)) = self.functions.get_key_value(name) else { return };
        if self.calls.len() < MAX_CALLS && !self.calls.contains(&name) && self.seen.insert((name, guards)) {
            self.calls.push(name);
            if let Command::Compound(compound) = body {
                self.compound(&compound.kind, guards);
            }
            self.calls.pop();
        }
    }

    fn asks(&self, condition: &List) -> bool {
        condition.iter().any(|statement| {
            self.is_question(&statement.first)
                || statement.rest.iter().any(|and_or| self.is_question(&and_or.pipeline))
        })
    }

    /// Whether a pipeline may ask about what is there already.
    fn is_question(&self, pipeline: &Pipeline) -> bool {
        pipeline.commands.iter().any(|command| match command {
            Command::Simple(simple) => self.simple_asks(simple),
            Command::Compound(compound) => match &compound.kind {
                CompoundKind::Test(test) => self.test_asks(test),
                CompoundKind::Group(list) | CompoundKind::Subshell(list) => self.asks(list),
                CompoundKind::Arithmetic(_) => true,
                _ => false,
            },
            Command::Function(_) | Command::Coproc(_) => false,
        })
    }

    fn simple_asks(&self, simple: &SimpleCommand) -> bool {
        // `command -v app`; the rest of what it runs would be taken for the program.
        if simple.name(self.source).as_deref() == Some("command") {
            return true;
        }
        let words = invocation(simple, self.source);
        let Some(program) = words.first().and_then(|word| program_name(word, self.source)) else {
            // `if $missing; then`
            return !simple.words.is_empty();
        };
        match program.as_ref() {
            "[" | "test" => {
                let tokens = words[1..].iter().map(|word| (word.text(self.source), Some(word)));
                self.tokens_ask(tokens)
            }
            "ls" | "stat" | "find" | "grep" | "command" | "which" | "type" | "hash" | "git" | "cmp"
            | "diff" | "python" | "python3" => true,
            name => self.functions.contains_key(name),
        }
    }

    fn test_asks(&self, test: &Test) -> bool {
        let tokens = test.tokens.iter().map(|token| match token {
            TestToken::Word(word) => (word.text(self.source), Some(word)),
            TestToken::Operator(span) => (span.text(self.source), None),
        });
        self.tokens_ask(tokens)
    }

    fn tokens_ask<'w>(&self, tokens: impl Iterator<Item = (&'w str, Option<&'w Word>)>) -> bool {
        tokens.into_iter().any(|(text, word)| {
            matches!(
                text,
                "-d" | "-e" | "-f" | "-s" | "-L" | "-h" | "-r" | "-w" | "-x" | "-S" | "-a" | "-nt" | "-ot"
            ) || word.is_some_and(|word| self.is_computed(word))
        })
    }

    /// Whether a tested value may say what is there already: the output of a command, or a variable to which the
    /// script gives more than the customer's wish.
    fn is_computed(&self, word: &Word) -> bool {
        if runs_something(&word.parts) {
            return true;
        }
        let mut names = Vec::new();
        variables(&word.parts, self.source, &mut names);
        names.into_iter().any(|name| {
            let assigned = self.assignments.last_before(name, u32::MAX).is_some();
            let wish = self.assignments.only(name).is_some_and(|assignment| match &assignment.value {
                AssignmentValue::Scalar(value) => {
                    has_parameter(&value.parts) && !runs_something(&value.parts)
                }
                AssignmentValue::Array(_) => false,
            });
            assigned && !wish
        })
    }

    /// Whether a statement asks about files and ends the script, the function or the turn of the loop.
    fn asks_and_leaves(&self, statement: &Statement) -> bool {
        let leaves = |list: &List| {
            list.iter().any(|statement| {
                statement.rest.is_empty() && leaving(&statement.first, self.source).is_some()
            })
        };
        if let [Command::Compound(compound)] = &statement.first.commands[..]
            && let CompoundKind::If(block) = &compound.kind
        {
            let asks = block.branches.iter().any(|branch| self.asks(&branch.condition));
            return asks
                && (block.branches.iter().any(|branch| leaves(&branch.body))
                    || block.otherwise.as_ref().is_some_and(leaves));
        }
        self.is_question(&statement.first)
            && statement.rest.iter().any(|and_or| leaving(&and_or.pipeline, self.source).is_some())
    }

    /// Whether a pipeline ends the script as failed: `exit 1`, `{ echo no; exit 1; }`, `die "no"`.
    fn fails(&self, pipeline: &Pipeline) -> bool {
        if leaving(pipeline, self.source) == Some(true) {
            return true;
        }
        let [Command::Simple(simple)] = &pipeline.commands[..] else { return false };
        let Some(name) = simple.name(self.source) else { return false };
        match self.functions.get(&*name) {
            Some(Command::Compound(compound)) => match &compound.kind {
                CompoundKind::Group(list) => {
                    list.iter().any(|statement| leaving(&statement.first, self.source) == Some(true))
                }
                _ => false,
            },
            _ => name == "false",
        }
    }
}

/// Whether a pipeline leaves the script, the function or the loop, and whether as failed.
fn leaving(pipeline: &Pipeline, source: &str) -> Option<bool> {
    match &pipeline.commands[..] {
        [Command::Simple(simple)] => {
            let name = simple.name(source)?;
            let status = simple.arguments().first().map(|word| word.text(source));
            match name.as_ref() {
                "exit" | "return" => Some(status.is_some_and(|status| status != "0")),
                "continue" | "break" => Some(false),
                _ => None,
            }
        }
        [Command::Compound(compound)] => match &compound.kind {
            CompoundKind::Group(list) | CompoundKind::Subshell(list) => {
                list.iter().find_map(|statement| leaving(&statement.first, source))
            }
            _ => None,
        },
        _ => None,
    }
}

fn has_parameter(parts: &[WordPart]) -> bool {
    parts.iter().any(|part| match &part.kind {
        WordPartKind::Parameter(_) => true,
        WordPartKind::DoubleQuoted(inner) => has_parameter(inner),
        _ => false,
    })
}
