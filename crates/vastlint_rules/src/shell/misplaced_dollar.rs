//! VL253: see `rules/shell/misplaced-dollar.md`.

use vastlint_model::{Document, invocation, program_name};
use vastlint_syntax::shell::{
    Command, Context as Surroundings, Parameter, ParameterOperator, Redirection, RedirectionTarget, Script,
    SimpleCommand, Visitor, Word, WordPartKind,
};
use vastlint_text::Span;

use crate::environments::is_for_template;
use crate::variables::is_name;
use crate::{Check, Context, ProposedFix, Sink};
use vastlint_diagnostic::Applicability;

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    if !is_for_template(context.project, document) {
        return;
    }
    let pattern_tools = &context.contract.shell.pattern_tools;
    let file = context.project.outermost(document.id);
    script.walk(&mut Reader { document, file, pattern_tools, sink });
}

struct Reader<'a, 'f> {
    document: &'a Document,
    /// The file that holds the script.
    file: &'a Document,
    pattern_tools: &'a [String],
    sink: &'a mut Sink<'f>,
}

impl<'t> Visitor<'t> for Reader<'_, '_> {
    fn enter_command(&mut self, command: &'t Command, _: Surroundings) {
        if let Command::Simple(simple) = command {
            self.simple(simple);
        }
    }

    fn enter_redirection(&mut self, redirection: &'t Redirection, _: Surroundings) {
        let RedirectionTarget::Word(target) = &redirection.target else { return };
        if ends_in_dollar(target, &self.document.text) {
            self.lone(target);
        }
    }

    fn enter_parameter(&mut self, parameter: &'t Parameter, span: Span, _: Surroundings) {
        let source = &self.document.text;
        let Some(expansion) = &parameter.expansion else { return };
        if parameter.name.text(source) != "$" || expansion.operator != Some(ParameterOperator::Unknown) {
            return;
        }
        let written = span.text(source);
        // `eval "echo \${$X}"`: the script around puts the name in.
        if self.file.slice(self.document.map.to_host(span)) != written {
            return;
        }
        let inner = written.trim_start_matches("${$").trim_end_matches('}');
        let help = if is_name(inner) {
            format!("write `${{{inner}}}`, or `${{!{inner}}}` for the variable that `{inner}` names")
        } else {
            format!("write `${{{inner}}}`")
        };
        let fix = ProposedFix::new(Applicability::Unsafe, format!("write `${{{inner}}}`"))
            .delete(self.document, Span::new(span.start + 2, span.start + 3));
        self.sink
            .report(
                self.document,
                span,
                format!("`{written}` is a bad substitution"),
                "this line never runs",
            )
            .why("`bash -n` lets it pass; when the line is reached, bash says `bad substitution` and leaves it out, and the script goes on without it, or ends under `set -e`")
            .help(help)
            .fix(written.starts_with("${$").then_some(fix));
    }
}

impl Reader<'_, '_> {
    fn simple(&mut self, command: &SimpleCommand) {
        let source = &self.document.text;
        let Some((program, arguments)) = invocation(command, source).split_first() else { return };
        let name = program_name(program, source).unwrap_or_default();
        // Where `$` is the end of a line, it says what it shall say.
        if self.pattern_tools.iter().any(|tool| *tool == name) {
            return;
        }
        let speaks = matches!(&*name, "echo" | "printf");
        for word in arguments {
            let text = word.text(source);
            let is_lone = text == "$" || (text == "\"$\"" && !speaks);
            let plain = text.trim_start_matches('"');
            let is_path = plain.starts_with('/') || (plain.starts_with('$') && plain.contains('/'));
            let is_pattern = text.contains(['^', '*', '\\']);
            if is_lone || (!speaks && is_path && !is_pattern && ends_in_dollar(word, source)) {
                self.lone(word);
            }
        }
    }

    fn lone(&mut self, word: &Word) {
        let written = word.text(&self.document.text);
        let meant = match written.strip_suffix("$\"") {
            Some(start) => format!("{start}$$\""),
            None => format!("{written}$"),
        };
        self.sink
            .report(
                self.document,
                word.span,
                format!("the `$` at the end of `{written}` stands for nothing but itself"),
                "no name behind the `$`",
            )
            .why("the command gets a dollar sign where a process id or a value was meant")
            .help(format!(
                "write `{meant}` for the id of the shell, or the name of the variable behind the `$`"
            ));
    }
}

/// Whether a path ends with a `$` that begins no expansion: `/tmp/app.$`.
fn ends_in_dollar(word: &Word, source: &str) -> bool {
    let last = match word.parts.last().map(|part| (&part.kind, part.span)) {
        Some((WordPartKind::Literal, span)) => span,
        Some((WordPartKind::DoubleQuoted(inner), _)) => match inner.last() {
            Some(part) if part.kind == WordPartKind::Literal => part.span,
            _ => return false,
        },
        _ => return false,
    };
    let text = last.text(source);
    let is_whole = last == word.span || word.text(source) == "\"$\"";
    (is_whole && text == "$") || [".$", "-$", "_$", "/$"].iter().any(|end| text.ends_with(end))
}
