//! What a script has asked about a variable before it runs a command.

use std::collections::HashMap;

use vastlint_syntax::shell::{
    AndOrOperator, Command, CompoundKind, Context, Parameter, ParameterOperator, Pipeline, Script, Statement,
    Visitor,
};
use vastlint_text::Span;

use crate::flow::leaves;
use crate::values::functions;

/// Where a script runs only what it does because of a question about a variable.
pub(crate) struct Guards {
    /// For each variable the places behind a question about it, sorted and disjoint.
    by_name: HashMap<String, Vec<Span>>,
}

/// A place, and the question that leads there.
struct Region {
    place: Span,
    question: Span,
}

impl Guards {
    /// The guards of every variable for which `wants` holds: questions about it, and values that it is given.
    pub(crate) fn of(script: &Script, source: &str, wants: impl Fn(&str) -> bool) -> Self {
        Self::read(script, source, &wants, true)
    }

    /// Only the questions about them.
    pub(crate) fn asked(script: &Script, source: &str, wants: impl Fn(&str) -> bool) -> Self {
        Self::read(script, source, &wants, false)
    }

    fn read(script: &Script, source: &str, wants: &impl Fn(&str) -> bool, values_count: bool) -> Self {
        let mut mentions = Mentions { source, wants, found: Vec::new(), checked: Vec::new() };
        script.walk(&mut mentions);
        let Mentions { mut found, checked, .. } = mentions;
        let mut by_name: HashMap<String, Vec<Span>> = HashMap::new();
        if !found.is_empty() {
            found.sort_unstable();
            let mut reader = Reader { source, regions: Vec::new() };
            reader.list(&script.body, source.len() as u32);
            for region in reader.regions {
                let first = found.partition_point(|(start, _)| *start < region.question.start);
                let asked = found[first..].iter().take_while(|(start, _)| *start < region.question.end);
                for (_, name) in asked {
                    by_name.entry((*name).to_owned()).or_default().push(region.place);
                }
            }
        }
        let end = source.len() as u32;
        for (start, name) in checked.into_iter().filter(|_| values_count) {
            by_name.entry(name.to_owned()).or_default().push(Span::new(start, end));
        }
        by_name.values_mut().for_each(merge);
        let mut guards = Self { by_name };
        guards.enter_functions(script, source);
        guards
    }

    /// A function whose every call is guarded is guarded itself.
    fn enter_functions(&mut self, script: &Script, source: &str) {
        let functions = functions(script);
        if functions.is_empty() || self.by_name.is_empty() {
            return;
        }
        let mut calls: HashMap<&str, Vec<u32>> = HashMap::new();
        for command in script.simple_commands() {
            if let Some(name) = command.words.first().map(|word| word.text(source)) {
                calls.entry(name).or_default().push(command.span.start);
            }
        }
        // Twice, so that a function which is called by another one is guarded, too.
        for spans in self.by_name.values_mut() {
            for _ in 0..2 {
                let all_guarded = |name: &Span| {
                    let calls = calls.get(name.text(source));
                    calls.is_some_and(|calls| calls.iter().all(|&call| covers(spans, call)))
                };
                let more: Vec<Span> =
                    functions.iter().filter(|(name, _)| all_guarded(name)).map(|(_, span)| *span).collect();
                spans.extend(more);
                merge(spans);
            }
        }
    }

    /// Whether the script has asked about `name` before it comes to `place`.
    pub(crate) fn guard(&self, name: &str, place: u32) -> bool {
        self.by_name.get(name).is_some_and(|spans| covers(spans, place))
    }
}

/// Whether one of sorted, disjoint spans holds a place.
pub(crate) fn covers(spans: &[Span], place: u32) -> bool {
    let behind = spans.partition_point(|span| span.end <= place);
    spans.get(behind).is_some_and(|span| span.contains(place))
}

/// Sorts spans and joins those that touch.
pub(crate) fn merge(spans: &mut Vec<Span>) {
    spans.sort_unstable();
    spans.dedup_by(|next, last| {
        let touches = next.start <= last.end;
        if touches {
            last.end = last.end.max(next.end);
        }
        touches
    });
}

/// The places where a variable is named, and those where it is given a value or the script ends without one.
struct Mentions<'s, F> {
    source: &'s str,
    wants: &'s F,
    found: Vec<(u32, &'s str)>,
    checked: Vec<(u32, &'s str)>,
}

impl<'t, F: Fn(&str) -> bool> Visitor<'t> for Mentions<'_, F> {
    fn enter_assignment(&mut self, assignment: &'t vastlint_syntax::shell::Assignment, _: Context) {
        let name = assignment.name.text(self.source);
        if (self.wants)(name) {
            self.checked.push((assignment.span.end, name));
        }
    }

    fn enter_parameter(&mut self, parameter: &'t Parameter, span: Span, _: Context) {
        let name = parameter.name.text(self.source);
        if !(self.wants)(name) {
            return;
        }
        self.found.push((span.start, name));
        let operator = parameter.expansion.as_ref().and_then(|expansion| expansion.operator);
        let settles = matches!(
            operator,
            Some(
                ParameterOperator::Assign
                    | ParameterOperator::AssignIfEmpty
                    | ParameterOperator::Error
                    | ParameterOperator::ErrorIfEmpty
            )
        );
        if settles {
            self.checked.push((span.end, name));
        }
    }
}

struct Reader<'s> {
    source: &'s str,
    regions: Vec<Region>,
}

impl Reader<'_> {
    /// Statements up to `end`, where the block around them ends.
    fn list(&mut self, list: &[Statement], end: u32) {
        for (index, statement) in list.iter().enumerate() {
            let next = list.get(index + 1).map_or(end, |next| next.span.start);
            self.statement(statement, next, end);
        }
    }

    /// A statement with everything up to the `next` one, such as the text of a heredoc.
    fn statement(&mut self, statement: &Statement, next: u32, end: u32) {
        let mut question = statement.first.span;
        self.pipeline(&statement.first);
        for and_or in &statement.rest {
            self.regions.push(Region { place: Span::new(and_or.operator_span.end, next), question });
            self.pipeline(&and_or.pipeline);
            // What was asked before holds up to the next statement anyway.
            question = and_or.pipeline.span;
        }
        // `[[ -n $X ]] || exit` and `if [[ -z $X ]]; then exit; fi`: what comes behind has been asked for.
        if let Some(asked) = self.leaving_question(statement) {
            self.regions.push(Region { place: Span::new(statement.span.end, end), question: asked });
        }
    }

    fn leaving_question(&self, statement: &Statement) -> Option<Span> {
        if let Some(last) = statement.rest.last() {
            let ends = matches!(last.operator, AndOrOperator::Or | AndOrOperator::And)
                && leaves(&last.pipeline, self.source);
            return ends.then(|| Span::new(statement.span.start, last.operator_span.start));
        }
        let [Command::Compound(compound)] = &statement.first.commands[..] else { return None };
        let CompoundKind::If(block) = &compound.kind else { return None };
        let branch = block.branches.first()?;
        let ends = branch.body.iter().any(|inner| inner.rest.is_empty() && leaves(&inner.first, self.source));
        ends.then(|| span_of(&branch.condition)).flatten()
    }

    fn pipeline(&mut self, pipeline: &Pipeline) {
        for command in &pipeline.commands {
            match command {
                Command::Compound(compound) => self.compound(&compound.kind, compound.span),
                Command::Function(function) => {
                    if let Some(Command::Compound(body)) = &function.body {
                        self.compound(&body.kind, body.span);
                    }
                }
                Command::Simple(_) | Command::Coproc(_) => {}
            }
        }
    }

    fn compound(&mut self, kind: &CompoundKind, whole: Span) {
        match kind {
            CompoundKind::If(block) => {
                for (index, branch) in block.branches.iter().enumerate() {
                    // Later branches know the answers to the questions before them.
                    if let Some(question) = span_of(&branch.condition) {
                        self.regions.push(Region { place: Span::new(question.end, whole.end), question });
                    }
                    let end = block
                        .branches
                        .get(index + 1)
                        .and_then(|next| span_of(&next.condition))
                        .or_else(|| block.otherwise.as_deref().and_then(span_of))
                        .map_or(whole.end, |next| next.start);
                    self.list(&branch.condition, end);
                    self.list(&branch.body, end);
                }
                if let Some(otherwise) = &block.otherwise {
                    self.list(otherwise, whole.end);
                }
            }
            CompoundKind::Loop(block) => {
                if let Some(question) = span_of(&block.condition) {
                    self.regions.push(Region { place: Span::new(question.end, whole.end), question });
                }
                self.list(&block.body, whole.end);
            }
            CompoundKind::Case(block) => {
                self.regions.push(Region {
                    place: Span::new(block.word.span.end, whole.end),
                    question: block.word.span,
                });
                for arm in &block.arms {
                    self.list(&arm.body, arm.span.end);
                }
            }
            CompoundKind::For(block) => self.list(&block.body, whole.end),
            CompoundKind::ArithmeticFor(block) => self.list(&block.body, whole.end),
            CompoundKind::Select(block) => self.list(&block.body, whole.end),
            CompoundKind::Subshell(list) | CompoundKind::Group(list) => self.list(list, whole.end),
            CompoundKind::Arithmetic(_) | CompoundKind::Test(_) => {}
        }
    }
}

fn span_of(list: &[Statement]) -> Option<Span> {
    Some(list.first()?.span.cover(list.last()?.span))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether `$X` behind `here` is guarded.
    fn is_guarded(source: &str) -> bool {
        let script = vastlint_syntax::shell::parse(source);
        let place = source.find("here").expect("here is there") as u32;
        Guards::of(&script, source, |name| name == "X").guard("X", place)
    }

    #[test]
    fn questions_guard_what_hangs_on_them() {
        for source in [
            "if [[ -n $X ]]; then here $X; fi",
            "if a; then b; elif [ -n \"$X\" ]; then here; fi",
            "if [ -z \"$X\" ]; then a; else here; fi",
            "[[ -n \"${X:-}\" ]] && a && here $X",
            "[[ -z $X ]] || here",
            "[[ -n $X ]] || exit 0\nhere $X",
            "[[ -z $X ]] && { echo; exit 0; }; here",
            "if [[ -z $X ]]; then exit; fi; b; here",
            ": \"${X:?}\"; here",
            "X=1; here $X",
            "case $X in 1) here;; esac",
            "f() { [[ -n $X ]] || return; here; }",
            "[[ -n $X ]] && cat > f << E\nhere\nE\n",
            "while [[ -n $X ]]; do here; done",
            "main() { if a && [[ -n $X ]]; then run; fi; }; run() { b; inner; }; inner() { here $X; }; main",
        ] {
            assert!(is_guarded(source), "{source}");
        }
        for source in [
            "here $X",
            "if [[ -n $X ]]; then a; fi; here $X",
            "[[ -n $X ]] && a; here",
            "if [[ -n $Y ]]; then here $X; fi",
            "echo $X; here $X",
            "[[ -n $X ]] && run; run; run() { here $X; }",
        ] {
            assert!(!is_guarded(source), "{source}");
        }
    }
}
