//! What both parsers must agree on, as lines of text: every simple command with its words, assignments and
//! redirections, at every depth.

use vastlint_syntax::shell::{
    Assignment, AssignmentValue, Command, Context, Redirection, RedirectionOperator, RedirectionTarget,
    Script, SimpleCommand, Visitor, Word,
};
use vastlint_text::Span;

/// The lines, in the order of the places they begin at.
#[derive(Default)]
pub(crate) struct Facts(Vec<(u32, String)>);

impl Facts {
    pub(crate) fn add(&mut self, start: u32, line: String) {
        self.0.push((start, line));
    }

    pub(crate) fn lines(mut self) -> Vec<String> {
        self.0.sort();
        self.0.into_iter().map(|(_, line)| line).collect()
    }
}

/// `start..end text` of a span.
pub(crate) fn show(span: Span, source: &str) -> String {
    format!("{span:?} {:?}", span.text(source))
}

/// Words that the other parser gives as commands of their own kind, without a word for the name.
pub(crate) const CONTROL: [&str; 4] = ["break", "continue", "return", "exit"];

/// The facts of our tree.
pub(crate) fn ours(script: &Script, source: &str) -> Vec<String> {
    struct Collector<'s> {
        source: &'s str,
        facts: Facts,
    }
    impl<'t> Visitor<'t> for Collector<'_> {
        fn enter_command(&mut self, command: &'t Command, _: Context) {
            match command {
                Command::Simple(simple) => self.simple(simple),
                Command::Compound(compound) => {
                    for redirection in &compound.redirections {
                        self.redirection("block", redirection);
                    }
                }
                Command::Function(function) => {
                    self.facts
                        .add(function.name.start, format!("function {}", show(function.name, self.source)));
                }
                Command::Coproc(_) => {}
            }
        }
    }
    impl Collector<'_> {
        fn simple(&mut self, simple: &SimpleCommand) {
            let mut words: &[Word] = &simple.words;
            if let [name, rest @ ..] = words
                && CONTROL.contains(&name.text(self.source))
            {
                self.facts.add(name.span.start, format!("control {}", show(name.span, self.source)));
                words = rest;
            }
            if !words.is_empty() {
                let shown: Vec<String> = words.iter().map(|word| show(word.span, self.source)).collect();
                self.facts.add(words[0].span.start, format!("command {}", shown.join(", ")));
            }
            for assignment in &simple.assignments {
                self.assignment("assignment", assignment);
            }
            for assignment in &simple.declarations {
                self.assignment("declaration", assignment);
            }
            for redirection in &simple.redirections {
                self.redirection("simple", redirection);
            }
        }

        fn assignment(&mut self, role: &str, assignment: &Assignment) {
            let subscript = assignment.subscript.as_ref().map(|word| word.text(self.source));
            let value = match &assignment.value {
                AssignmentValue::Scalar(word) => show(word.span, self.source),
                AssignmentValue::Array(elements) => {
                    let shown: Vec<String> = elements
                        .iter()
                        .map(|element| {
                            let key = element.subscript.as_ref().map(|word| word.text(self.source));
                            let value = show(element.value.span, self.source);
                            format!("{key:?} {} {value}", element.append)
                        })
                        .collect();
                    format!("({})", shown.join(", "))
                }
            };
            let line = format!(
                "{role} {:?} {} [{subscript:?}] append={} {value}",
                assignment.span,
                show(assignment.name, self.source),
                assignment.append
            );
            self.facts.add(assignment.span.start, line);
        }

        fn redirection(&mut self, role: &str, redirection: &Redirection) {
            let descriptor =
                redirection.descriptor.map(|span| span.text(self.source).trim_matches(['{', '}']));
            let operator = match redirection.operator {
                // The other parser has one kind for both and two redirections for `&>>`.
                RedirectionOperator::AppendOutputAndError => "OutputAndError".to_owned(),
                operator => format!("{operator:?}"),
            };
            let target = match &redirection.target {
                RedirectionTarget::Word(word) => show(word.span, self.source),
                RedirectionTarget::Heredoc(heredoc) => format!(
                    "delimiter {} = {:?} quoted={} tabs={} body {}",
                    show(heredoc.delimiter_span, self.source),
                    heredoc.delimiter,
                    heredoc.quoted,
                    heredoc.strip_tabs,
                    show(heredoc.body, self.source)
                ),
            };
            let start = match &redirection.target {
                RedirectionTarget::Word(word) => word.span.start,
                RedirectionTarget::Heredoc(heredoc) => heredoc.delimiter_span.start,
            };
            self.facts.add(start, format!("redirection of {role} {descriptor:?} {operator} {target}"));
        }
    }
    let mut collector = Collector { source, facts: Facts::default() };
    script.walk(&mut collector);
    collector.facts.lines()
}
