//! VL255: see `rules/shell/glued-directory.md`.

use vastlint_model::{Document, invocation, program_name};
use vastlint_syntax::shell::{
    Assignment, AssignmentValue, Command, CompoundKind, Context as Surroundings, Parameter, Redirection,
    RedirectionTarget, Script, SimpleCommand, Test, TestToken, Visitor, Word, WordPart, WordPartKind,
};
use vastlint_text::Span;

use crate::contract::Shell;
use crate::environments::is_for_template;
use crate::glob::lists;
use crate::values::{Assignments, Values};
use crate::variables::literal_tail;
use crate::{Check, Context, Place, ProposedFix, Sink};
use vastlint_diagnostic::Applicability;

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    if !is_for_template(context.project, document) {
        return;
    }
    let contract = &context.contract.shell;
    let assignments = context.assignments(document);
    script.walk(&mut Reader { document, contract, assignments, sink });
}

struct Reader<'a, 'f> {
    document: &'a Document,
    contract: &'a Shell,
    assignments: &'a Assignments<'a>,
    sink: &'a mut Sink<'f>,
}

impl<'t> Visitor<'t> for Reader<'_, '_> {
    fn enter_command(&mut self, command: &'t Command, _: Surroundings) {
        match command {
            Command::Simple(simple) => self.simple(simple),
            Command::Compound(compound) => match &compound.kind {
                CompoundKind::Test(test) => self.test(test),
                CompoundKind::For(block) => {
                    for word in block.words.iter().flatten() {
                        self.word(word);
                    }
                }
                _ => {}
            },
            Command::Function(_) | Command::Coproc(_) => {}
        }
    }

    fn enter_assignment(&mut self, assignment: &'t Assignment, _: Surroundings) {
        match &assignment.value {
            AssignmentValue::Scalar(word) => self.word(word),
            AssignmentValue::Array(elements) => {
                for element in elements {
                    self.word(&element.value);
                }
            }
        }
    }

    fn enter_redirection(&mut self, redirection: &'t Redirection, _: Surroundings) {
        if let RedirectionTarget::Word(target) = &redirection.target {
            self.word(target);
        }
    }
}

impl Reader<'_, '_> {
    fn simple(&mut self, command: &SimpleCommand) {
        let source = &self.document.text;
        let Some((program, arguments)) = invocation(command, source).split_first() else { return };
        let name = program_name(program, source).unwrap_or_default();
        // Text for people, and patterns, are no paths.
        let is_text = matches!(&*name, "echo" | "printf")
            || self.contract.pattern_tools.iter().any(|tool| *tool == name);
        // A misspelt environment is the business of the rules about environments.
        let activates = matches!(&*name, "." | "source")
            && arguments
                .first()
                .is_some_and(|file| literal_tail(&file.parts, source).ends_with("/bin/activate"));
        if !is_text && !activates {
            for word in arguments {
                self.word(word);
            }
        }
    }

    /// `[[ -d folder ]]`: only what a file is asked about; the rest may be a pattern.
    fn test(&mut self, test: &Test) {
        for pair in test.tokens.windows(2) {
            if let [TestToken::Operator(operator), TestToken::Word(word)] = pair
                && matches!(
                    self.document.slice(*operator),
                    "-d" | "-e" | "-f" | "-L" | "-r" | "-s" | "-w" | "-x"
                )
            {
                self.word(word);
            }
        }
    }

    fn word(&mut self, word: &Word) {
        let mut before = None;
        self.parts(&word.parts, &mut before);
    }

    /// Looks for a letter right behind the expansion of a folder, across quotes.
    fn parts<'t>(&mut self, parts: &'t [WordPart], before: &mut Option<(&'t Parameter, Span)>) {
        let source = &self.document.text;
        for part in parts {
            match &part.kind {
                WordPartKind::DoubleQuoted(inner) => self.parts(inner, before),
                WordPartKind::Parameter(parameter) => *before = Some((parameter, part.span)),
                WordPartKind::Literal | WordPartKind::SingleQuoted => {
                    let text = part.span.text(source).trim_matches('\'');
                    if let Some((parameter, span)) = before.take()
                        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
                    {
                        self.glued(parameter, span, text, part.span);
                    }
                }
                _ => *before = None,
            }
        }
    }

    fn glued(&mut self, parameter: &Parameter, span: Span, text: &str, rest: Span) {
        let source = &self.document.text;
        let name = parameter.name.text(source);
        if parameter.expansion.is_some() || !self.is_directory_name(name) {
            return;
        }
        let Some((value, assigned)) = self.value(name, span.start) else { return };
        // `/tmp/part_`: the start of names, and no folder.
        if value.ends_with(['/', '-', '_', '.', ':']) {
            return;
        }
        let first: String =
            text.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')).collect();
        let end = rest.start + first.len() as u32;
        let whole = if rest.text(source).starts_with('\'') { span } else { Span::new(span.start, end) };
        let written = span.text(source);
        let known = value.strip_prefix("${").and_then(|rest| rest.split_once('}'));
        let shown = known
            .and_then(|(known, rest)| Some(format!("{}{rest}", self.contract.directory_values.get(known)?)))
            .unwrap_or(value);
        // What a script names itself it may mean as the start of names.
        let applicability = if assigned.is_some() { Applicability::Unsafe } else { Applicability::Safe };
        let at = rest.start + u32::from(rest.text(source).starts_with('\''));
        let fix = ProposedFix::new(applicability, format!("write a `/` behind `{written}`"));
        let finding = self.sink
            .report(
                self.document,
                whole,
                format!("no `/` between the folder `{written}` and `{first}`"),
                format!("means `{shown}{first}`"),
            )
            .why(format!(
                "`{name}` has no `/` at its end, so this names a path beside the folder; a script that goes there stays \
                 where it is, and its program does not find its files"
            ))
            .help(format!("write `${{{name}}}/{first}`"))
            .fix(fix.insert(self.document, at, "/"));
        if let Some(assigned) = assigned {
            finding.related(Place::new(self.document, assigned), "no `/` at its end");
        }
    }

    fn is_directory_name(&self, name: &str) -> bool {
        lists(&self.contract.directories, name)
    }

    /// What the variable holds there, as far as it is known. What the script does not assign is known by its name.
    fn value(&self, name: &str, before: u32) -> Option<(String, Option<Span>)> {
        let listed = |name: &str| self.contract.directories.iter().any(|known| known == name);
        let Some(assignment) = self.assignments.last_before(name, before) else {
            let is_assigned = self.assignments.last_before(name, u32::MAX).is_some();
            return (listed(name) && !is_assigned).then(|| (format!("${{{name}}}"), None));
        };
        let AssignmentValue::Scalar(word) = &assignment.value else { return None };
        let outside = |name: &str| listed(name).then(|| format!("${{{name}}}"));
        let values = Values { source: &self.document.text, assignments: self.assignments, outside: &outside };
        let value = values.word(word)?;
        value.starts_with(['/', '$']).then_some((value, Some(assignment.span)))
    }
}
