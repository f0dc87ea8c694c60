//! VL212: see `rules/shell/hard-coded-workspace.md`.

use vastlint_model::Document;
use vastlint_syntax::shell::{
    Assignment, AssignmentValue, RedirectionTarget, Script, SimpleCommand, Word, WordPart, WordPartKind,
};

use crate::quoting::WorkspaceVariable;
use crate::supervised::is_supervisor_script;
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, _: &Script, sink: &mut Sink<'_>) {
    if !is_supervisor_script(document) {
        return;
    }
    let workspace = &context.contract.script.workspace;
    let source = &document.text;
    let commands = context.commands(document).iter().map(|(command, _)| *command);
    let found: Vec<&Word> = commands
        .flat_map(|command| words(command, source))
        .filter(|word| names(word, source, workspace))
        .collect();
    let variable = WorkspaceVariable::of(context, document, &found, workspace);
    for word in found {
        sink.report(
            document,
            word.span,
            format!("`{workspace}` is written out"),
            "only the default of `$WORKSPACE`",
        )
        .why("users choose another workspace with the variable, and volumes are mounted elsewhere: the application is looked for where it is not")
        .help(format!("write `\"{}\"`", replaced(word.text(source), workspace)))
        .fix(variable.as_ref().and_then(|variable| variable.fix(word)));
    }
}

/// The words that a command works with; what it only says is no path.
fn words<'t>(command: &'t SimpleCommand, source: &str) -> Vec<&'t Word> {
    let targets = command.redirections.iter().filter_map(|redirection| match &redirection.target {
        RedirectionTarget::Word(word) => Some(word),
        RedirectionTarget::Heredoc(_) => None,
    });
    let values = command.assignments.iter().chain(&command.declarations).flat_map(assigned);
    let says = matches!(command.name(source).as_deref(), Some("echo" | "printf"));
    let own = command.words.iter().filter(|_| !says);
    own.chain(targets).chain(values).collect()
}

fn assigned(assignment: &Assignment) -> Vec<&Word> {
    match &assignment.value {
        AssignmentValue::Scalar(word) => vec![word],
        AssignmentValue::Array(elements) => elements.iter().map(|element| &element.value).collect(),
    }
}

/// Whether a word is the folder or a path in it, alone in a list, or behind `--option=`.
fn names(word: &Word, source: &str, workspace: &str) -> bool {
    let mut text = String::new();
    leading_text(&word.parts, source, &mut text);
    let value = match text.split_once('=') {
        Some((option, value)) if option.starts_with('-') => value,
        _ => &text,
    };
    // `/opt/models:/workspace/models` is a list.
    value
        .split(':')
        .any(|path| path.strip_prefix(workspace).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// What a word is known to start with. Returns whether all of it is known.
fn leading_text(parts: &[WordPart], source: &str, text: &mut String) -> bool {
    parts.iter().all(|part| {
        let written = part.span.text(source);
        match &part.kind {
            WordPartKind::Literal => text.push_str(written),
            WordPartKind::SingleQuoted => text.push_str(written.trim_matches('\'')),
            WordPartKind::DoubleQuoted(inner) => return leading_text(inner, source, text),
            // Ends the path: what follows is not part of the folder's name.
            _ => {
                text.push('\0');
                return false;
            }
        }
        true
    })
}

/// The word with the variable, without quotes.
fn replaced(written: &str, workspace: &str) -> String {
    written.replace(['"', '\''], "").replacen(workspace, "${WORKSPACE}", 1)
}
