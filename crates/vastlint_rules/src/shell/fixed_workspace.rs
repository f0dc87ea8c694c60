//! VL232: see `rules/shell/fixed-workspace.md`.

use vastlint_model::{Document, ShellRole, invocation, program_name};
use vastlint_syntax::shell::{
    AssignmentValue, Command, Context as Surroundings, RedirectionTarget, Script, SimpleCommand, Visitor,
    Word, WordPart, WordPartKind,
};

use crate::contract::Workspace;
use crate::quoting::{WorkspaceVariable, in_double_quotes, is_split_on_purpose};
use crate::{Check, Context, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    let provisions = matches!(
        document.shell_role(),
        Some(ShellRole::ProvisioningScript | ShellRole::ImageProvisioningScript)
    );
    if !provisions {
        return;
    }
    let workspace = &context.contract.provisioning.workspace;
    let mut finder = Finder { source: &document.text, workspace, fixed: Vec::new(), bare: Vec::new() };
    script.walk(&mut finder);
    let variable = workspace.variables.first().map_or("WORKSPACE", String::as_str);
    let Finder { fixed, bare, .. } = finder;
    let by_variable = WorkspaceVariable::of(context, document, &fixed, &workspace.directory);
    for word in fixed {
        let written = word.text(&document.text);
        let path = written.split_once(&workspace.directory).map_or("", |(_, rest)| rest);
        let path = path.split(['"', '\'']).next().unwrap_or_default();
        sink.report(
            document,
            word.span,
            format!("`{}{path}` is written out", workspace.directory),
            format!("only the default of `${{{variable}}}`"),
        )
        .why("a customer may have the workspace elsewhere: there the script fills a folder that is not on the volume, and nobody finds it")
        .help(format!("write `\"${{{variable}}}{path}\"`"))
        .fix(by_variable.as_ref().and_then(|variable| variable.fix(word)));
    }
    for word in bare {
        let written = word.text(&document.text);
        let fix = in_double_quotes(word, &document.text)
            .filter(|_| !is_split_on_purpose(word, &document.text, context.assignments(document)))
            .map(|quoted| {
                ProposedFix::safe(format!("write `cd {quoted}`")).replace(document, word.span, quoted)
            });
        sink.report(
            document,
            word.span,
            format!("`cd {written}` has no quotes"),
            "the shell splits what it expands to",
        )
        .variant("unquoted")
        .why("a path with a space in it becomes two words, and `cd` refuses them; an empty one leads home")
        .help(format!("write `cd \"{written}\"`"))
        .fix(fix);
    }
}

struct Finder<'s, 't> {
    source: &'s str,
    workspace: &'s Workspace,
    /// Words with the default folder.
    fixed: Vec<&'t Word>,
    /// Folders of `cd` without quotes.
    bare: Vec<&'t Word>,
}

impl<'t> Visitor<'t> for Finder<'_, 't> {
    fn enter_command(&mut self, command: &'t Command, _: Surroundings) {
        let redirections = match command {
            Command::Simple(simple) => {
                self.simple(simple);
                &simple.redirections
            }
            Command::Compound(compound) => &compound.redirections,
            Command::Function(_) | Command::Coproc(_) => return,
        };
        for redirection in redirections {
            if let RedirectionTarget::Word(word) = &redirection.target {
                self.word(word);
            }
        }
    }
}

impl<'t> Finder<'_, 't> {
    fn simple(&mut self, simple: &'t SimpleCommand) {
        for assignment in simple.assignments.iter().chain(&simple.declarations) {
            match &assignment.value {
                AssignmentValue::Scalar(value) => self.word(value),
                AssignmentValue::Array(elements) => {
                    for element in elements {
                        self.word(&element.value);
                    }
                }
            }
        }
        let words = invocation(simple, self.source);
        let name = words.first().and_then(|word| program_name(word, self.source));
        match name.as_deref() {
            // What is only said may name the default.
            Some("echo" | "printf" | "sed" | "grep" | "awk") => return,
            Some("cd") => self.bare.extend(words[1..].iter().filter(|word| has_bare_expansion(word))),
            _ => {}
        }
        for word in words {
            self.word(word);
        }
    }

    /// Keeps a word that starts with the folder, or has it behind `=` or `:`.
    fn word(&mut self, word: &'t Word) {
        // Words of several lines are texts, or scripts of their own.
        if self.holds(&word.parts, true) && !word.text(self.source).contains('\n') {
            self.fixed.push(word);
        }
    }

    fn holds(&self, parts: &[WordPart], at_start: bool) -> bool {
        parts.iter().enumerate().any(|(index, part)| {
            let text = part.span.text(self.source);
            match &part.kind {
                WordPartKind::Literal => self.names_folder(text, at_start && index == 0),
                WordPartKind::SingleQuoted => {
                    self.names_folder(text.trim_matches('\''), at_start && index == 0)
                }
                WordPartKind::DoubleQuoted(inner) => self.holds(inner, at_start && index == 0),
                _ => false,
            }
        })
    }

    fn names_folder(&self, text: &str, at_start: bool) -> bool {
        let folder = self.workspace.directory.as_str();
        text.match_indices(folder).any(|(at, _)| {
            let begins = if at == 0 { at_start } else { text[..at].ends_with(['=', ':']) };
            let rest = &text[at + folder.len()..];
            begins && (rest.is_empty() || rest.starts_with('/'))
        })
    }
}

/// Whether the shell splits the value of a variable or the output of a command in the word.
fn has_bare_expansion(word: &Word) -> bool {
    word.parts.iter().any(|part| matches!(part.kind, WordPartKind::Parameter(_) | WordPartKind::Command(_)))
}
