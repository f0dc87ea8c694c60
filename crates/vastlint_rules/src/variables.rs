//! Which variables of a script may have no value where they are asked for.
//!
//! One walk over a script notes every expansion that `set -u` would stop at, and whether the script gave the variable
//! a value before. It is lenient: what one branch assigns counts behind all of them, what is asked about (`[[ -v X ]]`,
//! `[[ -n "${X:-}" ]]`) counts as given from there on, and where something unknown may set variables (an unknown file is
//! sourced, `eval`), everything does.

use std::collections::HashSet;

use vastlint_model::invocation;
use vastlint_syntax::shell::{
    Arithmetic, Assignment, Command, CompoundKind, Context, Parameter, ParameterOperator, Redirection,
    Script, SimpleCommand, Statement, Terminator, Visitor, Word, WordPart, WordPartKind,
};
use vastlint_text::Span;

use crate::contract::Shell;
use crate::strict_mode::Options;

/// An expansion of a variable that the script does not give a value before.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each answers a question of its own")]
pub(crate) struct Gap<'t> {
    pub(crate) name: &'t str,
    /// `$NAME`, or all of `${NAME…}`.
    pub(crate) span: Span,
    /// Whether `set -u` is certainly on there.
    pub(crate) nounset: bool,
    /// Whether the script gives the variable a value at another place: below, or in a process of its own.
    pub(crate) elsewhere: bool,
    /// Whether it is (the start of) the word that names a command.
    pub(crate) is_command: bool,
    /// Whether the script has read the instance's environment from a file, which may hold it.
    pub(crate) from_environment: bool,
}

/// What a script does with variables.
#[derive(Debug, Default)]
pub(crate) struct Variables<'t> {
    /// The expansions without a value, in source order.
    pub(crate) gaps: Vec<Gap<'t>>,
    /// Every name that the script gives a value anywhere, or asks about.
    pub(crate) given: HashSet<&'t str>,
    /// Whether something unknown may give values to any variable somewhere.
    pub(crate) is_open: bool,
    /// Whether the environment of the instance is read somewhere (`/etc/environment`).
    pub(crate) reads_environment: bool,
}

/// Reads a script. `options` are what its shell starts with; `is_run` says that its commands hang together by `&&`.
pub(crate) fn variables_of<'t>(
    script: &'t Script,
    source: &'t str,
    options: Options,
    contract: &'t Shell,
    is_run: bool,
) -> Variables<'t> {
    let nounset = if options.has_nounset() { Nounset::On } else { Nounset::Off };
    let mut walk = Walk {
        source,
        contract,
        is_run,
        has_lastpipe: source.contains("lastpipe"),
        regions: vec![Region::new(u32::MAX, nounset, RegionKind::Script)],
        pending: Vec::new(),
        processes: HashSet::new(),
        test_end: 0,
        guards: Vec::new(),
        asked: HashSet::new(),
        command_word: None,
        uses: Vec::new(),
        found: Variables::default(),
        loose_calls: false,
    };
    script.walk(&mut walk);
    walk.finish()
}

/// Whether a name is one that a variable can have.
pub(crate) fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The end of a word that is known whatever its variables hold: all of `/a/b`, `/b` of `"$A/b"` and of `"$A"/'b'`.
pub(crate) fn literal_tail(parts: &[WordPart], source: &str) -> String {
    let mut tail = String::new();
    prepend(parts, source, &mut tail);
    tail
}

/// Nobody asks for a longer end of a path.
const LONGEST_TAIL: usize = 256;

/// Puts what the parts say, from the last one back to an expansion, in front of a text. False if there is one.
fn prepend(parts: &[WordPart], source: &str, tail: &mut String) -> bool {
    parts.iter().rev().all(|part| {
        let written = part.span.text(source);
        if tail.len() > LONGEST_TAIL {
            return false;
        }
        match &part.kind {
            WordPartKind::Literal => tail.insert_str(0, written),
            WordPartKind::SingleQuoted => tail.insert_str(0, written.trim_matches('\'')),
            WordPartKind::Escape => tail.insert_str(0, written.get(1..).unwrap_or_default()),
            WordPartKind::Continuation => {}
            WordPartKind::DoubleQuoted(inner) => return prepend(inner, source, tail),
            _ => return false,
        }
        true
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Nounset {
    On,
    Off,
    /// In a function: as it is where the function is called.
    Caller,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RegionKind {
    Script,
    Function,
    /// A process of its own: what it assigns is lost behind it.
    Process,
}

/// A part of the script with variables or options of its own.
struct Region<'t> {
    end: u32,
    kind: RegionKind,
    nounset: Nounset,
    names: HashSet<&'t str>,
    is_open: bool,
    has_environment: bool,
}

impl Region<'_> {
    fn new(end: u32, nounset: Nounset, kind: RegionKind) -> Self {
        Self { end, kind, nounset, names: HashSet::new(), is_open: false, has_environment: false }
    }
}

/// An expansion that was not resolved where it stands.
struct Use<'t> {
    name: &'t str,
    span: Span,
    nounset: Nounset,
    /// It may run after what stands below it.
    is_loose: bool,
    is_command: bool,
    from_environment: bool,
}

struct Walk<'t> {
    source: &'t str,
    contract: &'t Shell,
    is_run: bool,
    /// `shopt -s lastpipe` keeps the last command of a pipeline in the shell.
    has_lastpipe: bool,
    /// What surrounds the place, innermost last.
    regions: Vec<Region<'t>>,
    /// Assignments that hold from their end on, with the number of regions around them.
    pending: Vec<(u32, usize, &'t str)>,
    /// Commands of pipelines, and statements in the background.
    processes: HashSet<(u32, u32)>,
    /// Up to where a question is asked (`[[ … ]]`, `[ … ]`, `case` word).
    test_end: u32,
    /// Variables that have a value up to a place: in `${X:+… $X …}`.
    guards: Vec<(u32, &'t str)>,
    asked: HashSet<&'t str>,
    /// The word that names the command.
    command_word: Option<Span>,
    uses: Vec<Use<'t>>,
    found: Variables<'t>,
    /// A function leaves `set -u` off: what it is behind a call is not known.
    loose_calls: bool,
}

impl<'t> Walk<'t> {
    fn region(&mut self) -> &mut Region<'t> {
        self.regions.last_mut().expect("the script's own region stays")
    }

    /// Leaves behind what ends before a place.
    fn advance(&mut self, to: u32) {
        loop {
            let depth = self.regions.len();
            let done = self.pending.pop_if(|(end, around, _)| *end <= to && *around >= depth);
            if let Some((_, _, name)) = done {
                self.give(name);
            } else if self.region().end <= to && depth > 1 {
                self.leave_region();
            } else {
                break;
            }
        }
        while self.guards.last().is_some_and(|(end, _)| *end <= to) {
            self.guards.pop();
        }
    }

    fn leave_region(&mut self) {
        let Some(left) = self.regions.pop() else { return };
        if left.kind != RegionKind::Function {
            return;
        }
        self.loose_calls |= left.nounset == Nounset::Off;
        // It is taken as called at once.
        let outer = self.region();
        outer.is_open |= left.is_open;
        outer.has_environment |= left.has_environment;
        outer.names.extend(left.names);
    }

    fn enter_region(&mut self, span: Span, kind: RegionKind) {
        let nounset = if kind == RegionKind::Function { Nounset::Caller } else { self.region().nounset };
        self.regions.push(Region::new(span.end, nounset, kind));
    }

    fn give(&mut self, name: &'t str) {
        self.found.given.insert(name);
        self.region().names.insert(name);
    }

    fn give_all(&mut self) {
        self.found.is_open = true;
        self.region().is_open = true;
    }

    fn has(&self, name: &str) -> bool {
        self.asked.contains(name)
            || self.guards.iter().any(|(_, guarded)| *guarded == name)
            || self.regions.iter().any(|region| region.is_open || region.names.contains(name))
    }

    fn finish(mut self) -> Variables<'t> {
        self.advance(u32::MAX - 1);
        let at_end = self.region().nounset;
        let in_calls = at_end == Nounset::On && !self.loose_calls;
        self.found.given.extend(self.asked);
        let found = &self.found;
        let gaps = self.uses.into_iter().filter_map(|expansion| {
            let elsewhere = found.given.contains(expansion.name);
            let given_in_time = expansion.is_loose && (elsewhere || found.is_open);
            let nounset = match expansion.nounset {
                Nounset::On => true,
                Nounset::Off => false,
                Nounset::Caller => in_calls,
            };
            let Use { name, span, is_command, .. } = expansion;
            let from_environment =
                expansion.from_environment || (expansion.is_loose && found.reads_environment);
            let gap = Gap { name, span, nounset, elsewhere, is_command, from_environment };
            (!given_in_time).then_some(gap)
        });
        let gaps = gaps.collect();
        self.found.gaps = gaps;
        self.found
    }

    /// What a command gives values to.
    fn simple(&mut self, command: &'t SimpleCommand, context: Context) {
        let words = invocation(command, self.source);
        let Some((program, arguments)) = words.split_first() else { return };
        match program.literal(self.source).as_deref() {
            Some("set") => self.set(arguments, context),
            Some("[" | "test") => {
                self.test_end = command.span.end;
                self.asked_by_name(arguments.iter());
            }
            Some("read" | "mapfile" | "readarray" | "getopts" | "wait") => {
                self.names(arguments);
                for name in ["REPLY", "MAPFILE", "OPTARG"] {
                    self.give(name);
                }
            }
            Some("printf") if arguments.first().is_some_and(|word| word.is(self.source, "-v")) => {
                self.names(arguments.get(1..2).unwrap_or_default());
            }
            Some("declare" | "typeset" | "local" | "readonly" | "export") => {
                if arguments.iter().any(|word| word.is(self.source, "-n")) {
                    self.give_all();
                }
                self.names(arguments);
            }
            Some("let") => arguments.iter().for_each(|word| self.arithmetic_text(word.text(self.source))),
            Some("eval") => self.give_all(),
            Some("." | "source") => self.sourced(arguments),
            _ => {}
        }
    }

    fn set(&mut self, arguments: &[Word], context: Context) {
        let literals: Vec<_> =
            arguments.iter().map(|word| word.literal(self.source).unwrap_or_default()).collect();
        let words = literals.iter().map(AsRef::as_ref).take_while(|word| !matches!(*word, "--" | "-"));
        let of = |start: Options| {
            let mut options = start;
            options.apply(words.clone());
            options.has_nounset()
        };
        let mut all_on = Options::default();
        all_on.apply(["-u"]);
        let turns_on = of(Options::default());
        let turns_off = !of(all_on);
        let may_not_run = context.in_branch()
            || context.in_loop()
            || context.in_condition()
            || context.after_or()
            || (context.after_and() && !self.is_run);
        if turns_off {
            self.region().nounset = Nounset::Off;
        } else if turns_on && !may_not_run {
            self.region().nounset = Nounset::On;
        }
    }

    /// Words that name variables, or assign to them: `NAME`, `"NAME=$VALUE"`.
    fn names(&mut self, words: &'t [Word]) {
        for word in words {
            let written = word.text(self.source);
            if written.starts_with('-') {
                continue;
            }
            let plain = written.trim_start_matches(['"', '\'']);
            let name = plain.split(['=', '+', '[', '"', '\'']).next().unwrap_or_default();
            if is_name(name) {
                self.give(name);
            } else if word.literal(self.source).is_none() {
                self.give_all();
            }
        }
    }

    fn sourced(&mut self, arguments: &'t [Word]) {
        let Some(file) = arguments.first() else { return };
        let tail = literal_tail(&file.parts, self.source);
        let contract = self.contract;
        match contract.sources.iter().find(|known| tail.ends_with(&known.path)) {
            Some(known) => {
                self.found.reads_environment |= known.environment;
                self.region().has_environment |= known.environment;
                known.variables.iter().for_each(|name| self.give(name));
            }
            None => self.give_all(),
        }
    }

    /// `-v NAME`: from here on the script knows whether there is a value.
    fn asked_by_name(&mut self, words: impl Iterator<Item = &'t Word>) {
        let mut is_asked = false;
        for word in words {
            let text = word.text(self.source);
            let name = text.trim_matches(['"', '\'']).split('[').next().unwrap_or_default();
            if is_asked && is_name(name) {
                self.asked.insert(name);
            }
            is_asked = text == "-v" || text == "-R";
        }
    }

    fn arithmetic(&mut self, arithmetic: &'t Arithmetic) {
        self.arithmetic_text(arithmetic.expression.text(self.source));
    }

    /// An expression that assigns something gives all its names values.
    fn arithmetic_text(&mut self, text: &'t str) {
        if !text.contains('=') && !text.contains("++") && !text.contains("--") {
            return;
        }
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        words.filter(|word| is_name(word)).for_each(|name| self.give(name));
    }
}

impl<'t> Visitor<'t> for Walk<'t> {
    fn enter_statement(&mut self, statement: &'t Statement, _: Context) {
        self.advance(statement.span.start);
        if statement.terminator == Terminator::Background {
            self.enter_region(statement.span, RegionKind::Process);
        }
        if self.has_lastpipe {
            return;
        }
        let pipelines =
            std::iter::once(&statement.first).chain(statement.rest.iter().map(|and_or| &and_or.pipeline));
        for pipeline in pipelines.filter(|pipeline| pipeline.commands.len() > 1) {
            let spans = pipeline.commands.iter().map(Command::span);
            self.processes.extend(spans.map(|span| (span.start, span.end)));
        }
    }

    fn enter_command(&mut self, command: &'t Command, context: Context) {
        let span = command.span();
        self.advance(span.start);
        if self.processes.contains(&(span.start, span.end)) {
            self.enter_region(span, RegionKind::Process);
        }
        match command {
            Command::Simple(simple) => {
                self.command_word = invocation(simple, self.source).first().map(|word| word.span);
                self.simple(simple, context);
            }
            Command::Function(function) => self.enter_region(function.span, RegionKind::Function),
            Command::Coproc(coproc) => {
                self.give(coproc.name.map_or("COPROC", |name| name.text(self.source)));
                self.enter_region(coproc.span, RegionKind::Process);
            }
            Command::Compound(compound) => match &compound.kind {
                CompoundKind::Subshell(_) => self.enter_region(span, RegionKind::Process),
                CompoundKind::For(block) => self.give(block.name.text(self.source)),
                CompoundKind::Select(block) => {
                    self.give(block.name.text(self.source));
                    self.give("REPLY");
                }
                CompoundKind::Case(block) => self.test_end = block.word.span.end,
                CompoundKind::Arithmetic(arithmetic) => self.arithmetic(arithmetic),
                CompoundKind::ArithmeticFor(block) => self.arithmetic(&block.header),
                CompoundKind::Test(test) => {
                    self.test_end = span.end;
                    let mut is_asked = false;
                    for token in &test.tokens {
                        let text = token.span().text(self.source);
                        let name = text.split('[').next().unwrap_or_default();
                        if is_asked && is_name(name) {
                            self.asked.insert(name);
                        }
                        is_asked = text == "-v" || text == "-R";
                    }
                }
                CompoundKind::If(_) | CompoundKind::Loop(_) | CompoundKind::Group(_) => {}
            },
        }
    }

    fn enter_assignment(&mut self, assignment: &'t Assignment, _: Context) {
        self.advance(assignment.span.start);
        let depth = self.regions.len();
        self.pending.push((assignment.span.end, depth, assignment.name.text(self.source)));
    }

    fn enter_redirection(&mut self, redirection: &'t Redirection, _: Context) {
        self.advance(redirection.span.start);
        // `exec {descriptor}> file`.
        if let Some(descriptor) = redirection.descriptor {
            let name = descriptor.text(self.source).trim_matches(['{', '}']);
            if is_name(name) {
                self.give(name);
            }
        }
    }

    fn enter_part(&mut self, part: &'t WordPart, _: Context) {
        self.advance(part.span.start);
        match &part.kind {
            WordPartKind::Command(_) | WordPartKind::Process(_) => {
                self.enter_region(part.span, RegionKind::Process);
            }
            WordPartKind::Arithmetic(arithmetic) => self.arithmetic(arithmetic),
            _ => {}
        }
    }

    fn enter_parameter(&mut self, parameter: &'t Parameter, span: Span, context: Context) {
        use ParameterOperator as Operator;
        let name = parameter.name.text(self.source);
        if !is_name(name) {
            return;
        }
        if let Some(expansion) = &parameter.expansion {
            let is_question = span.start < self.test_end
                || context.in_condition()
                || context.before_and_or()
                || context.after_and()
                || context.after_or();
            match expansion.operator {
                Some(Operator::Assign | Operator::AssignIfEmpty) => return self.give(name),
                Some(Operator::Error | Operator::ErrorIfEmpty) => {
                    self.asked.insert(name);
                    return;
                }
                Some(
                    operator @ (Operator::Default
                    | Operator::DefaultIfEmpty
                    | Operator::Alternative
                    | Operator::AlternativeUnlessEmpty),
                ) => {
                    if is_question {
                        self.asked.insert(name);
                    }
                    if matches!(operator, Operator::Alternative | Operator::AlternativeUnlessEmpty) {
                        self.guards.push((span.end, name));
                    }
                    return;
                }
                Some(Operator::NamesWithPrefix | Operator::Transform | Operator::Unknown) => return,
                _ if expansion.indirect || expansion.subscript.is_some() => return,
                _ => {}
            }
        }
        if self.has(name) {
            return;
        }
        let is_loose = context.in_function()
            || context.in_loop()
            || self.regions.iter().any(|region| region.kind == RegionKind::Function);
        let is_command = self.command_word.is_some_and(|word| {
            word.contains_span(span)
                && self.source[word.start as usize..span.start as usize].trim_matches('"').is_empty()
        });
        let nounset = self.region().nounset;
        let from_environment = self.regions.iter().any(|region| region.has_environment);
        self.uses.push(Use { name, span, nounset, is_loose, is_command, from_environment });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Edition, builtin_contract};

    /// The variables at which `set -u` ends the script.
    fn unbound(source: &str) -> Vec<String> {
        let script = vastlint_syntax::shell::parse(source);
        let contract = &builtin_contract(Edition::E2026_08).shell;
        let variables = variables_of(&script, source, Options::default(), contract, false);
        variables.gaps.iter().filter(|gap| gap.nounset).map(|gap| gap.name.to_owned()).collect()
    }

    #[test]
    fn what_has_no_value_is_found() {
        for source in [
            "set -u; echo $X",
            "set -o nounset; echo \"${X}\"",
            "set -u; echo ${X%/} ",
            "set -u; echo ${#X}",
            "set -u; X=\"$X:a\"",
            "set -u; export X=$X",
            "set -u; [[ -z $X ]]",
            "set -u; echo $X; X=1",
            "set -u; (X=1); echo $X",
            "set -u; X=1 | cat; echo $X",
            "set -u; a | read X; echo $X",
            "set -u; X=1 & echo $X",
            "set -u; echo $(X=1); echo $X",
            "set -u; f() { echo $X; }; f",
            "f() { echo $X; }; set -u; f",
            "set -u; cat <<E\n$X\nE",
            "set -u; (set +u; echo $Y); echo $X",
            "set +u; (set -u; echo $X); echo $Y",
            "set -u; echo ${Y:-$X}",
        ] {
            assert_eq!(unbound(source), ["X"], "{source}");
        }
    }

    #[test]
    fn what_may_have_a_value_is_left_alone() {
        for source in [
            "echo $X",
            "set -u; set +u; echo $X",
            "[[ $a ]] && set -u; echo $X",
            "set -u; X=$(a); echo $X",
            "set -u; if X=$(a); then echo $X; fi",
            "set -u; [ -n \"${X:-}\" ] || exit; echo $X",
            "set -u; if [[ -v X ]]; then echo $X; fi",
            "set -u; echo ${X:+a $X} ${X-} ${X:?}; echo $X",
            "set -u; : ${X:=1}; echo $X",
            "set -u; read -r X Y; echo $X $Y",
            "set -u; while read -r X; do echo $X; done < a; echo $X",
            "set -u; printf -v X a; echo $X",
            "set -u; mapfile -t X < a; echo $X",
            "set -u; f() { echo $X; }; X=1; f",
            "set -u; f() { X=1; }; f; echo $X",
            "set -u; if a; then X=1; fi; echo $X",
            "set -u; eval \"a\"; echo $X",
            "set -u; . a; echo $X",
            "set -u; . /x/bin/activate; echo $VIRTUAL_ENV",
            "set -u; ((X = 1)); echo $X",
            "set -u; for ((X = 0; X < 3; X++)); do echo $X; done",
            "set -u; exec {X}> a; echo $X",
            "set -u; echo ${X[@]} ${!X} ${!X@} $1 $@ $# $? $$ $! $-",
            "set -u; shopt -s lastpipe; a | read X; echo $X",
            "f() { set +u; . a; }; set -u; f; g() { echo $X; }; g",
            "set -u; for a in 1 2; do echo $X; X=1; done",
            "set -u; echo '$X' \\$X",
            "set -u; case ${X-} in a) echo $X ;; esac",
        ] {
            assert!(unbound(source).is_empty(), "{source}: {:?}", unbound(source));
        }
    }
}
