//! The shell text inside a Dockerfile.

use std::borrow::Cow;

use vastlint_text::{MappedText, Span};

use super::heredoc;
use super::logical;
use super::tree::{Command, Dockerfile, Healthcheck, Heredoc, Instruction, InstructionKind};

impl Dockerfile {
    /// The text that a shell receives for the shell form of `RUN`, `CMD`, `ENTRYPOINT` and `HEALTHCHECK CMD`, mapped to
    /// the file. Continuations are taken out, and the comment lines and empty lines between them: what is left is one
    /// line, in which a `#` of the shell swallows all that follows it.
    ///
    /// Where the command opens heredocs, their bodies and delimiters follow it on lines of their own, unless it is
    /// nothing but a heredoc: then its body is the text. `None` where no shell takes part: in exec form, and in a
    /// heredoc that starts with `#!` (see [`heredoc_script`](Self::heredoc_script)).
    #[must_use]
    pub fn shell_text(&self, source: &str, instruction: &Instruction) -> Option<MappedText> {
        let command = shell_command(instruction)?;
        if let Some(script) = self.heredoc_script(source, instruction) {
            let text = Self::heredoc_text(source, script);
            return if text.text().starts_with("#!") { None } else { Some(text) };
        }
        let mut text = MappedText::new();
        logical::pieces(source, command, self.escape, |piece| text.push(source, piece));
        for heredoc in &instruction.heredocs {
            let body = heredoc.body;
            if !heredoc.is_closed() && body.is_empty() {
                continue;
            }
            let line_end = Span::new(body.start.saturating_sub(1), body.start);
            if line_end.text(source) == "\n" {
                text.push(source, line_end);
            } else {
                text.replace("\n", Span::empty(body.start));
            }
            text.push(source, body);
            if let Some(terminator) = heredoc.terminator {
                text.push(source, terminator);
            }
        }
        Some(text)
    }

    /// The heredoc of a `RUN` whose command is that heredoc and nothing else: its body is the script. It is run by the
    /// program that its `#!` names, or else by the shell.
    #[must_use]
    pub fn heredoc_script<'i>(&self, source: &str, instruction: &'i Instruction) -> Option<&'i Heredoc> {
        let first = instruction.heredocs.first()?;
        let InstructionKind::Run(Command::Shell(command)) = instruction.kind else { return None };
        let written = command.text(source);
        let text = if written.contains('\n') {
            let mut joined = String::new();
            logical::pieces(source, command, self.escape, |piece| joined.push_str(piece.text(source)));
            Cow::Owned(joined)
        } else {
            Cow::Borrowed(written)
        };
        matches!(heredoc::marker(&text), Ok(Some(_))).then_some(first)
    }

    /// The body of a heredoc, without the tabs that `<<-` takes off, mapped to the file.
    #[must_use]
    pub fn heredoc_text(source: &str, heredoc: &Heredoc) -> MappedText {
        if !heredoc.strip_tabs {
            return MappedText::slice(source, heredoc.body);
        }
        let mut text = MappedText::new();
        let mut start = heredoc.body.start;
        for line in heredoc.body.text(source).split_inclusive('\n') {
            let end = start + line.len() as u32;
            let tabs = line.len() - line.trim_start_matches('\t').len();
            text.push(source, Span::new(start + tabs as u32, end));
            start = end;
        }
        text
    }
}

/// Where the shell form of an instruction's command stands.
fn shell_command(instruction: &Instruction) -> Option<Span> {
    match &instruction.kind {
        InstructionKind::Run(command)
        | InstructionKind::Cmd(command)
        | InstructionKind::Entrypoint(command)
        | InstructionKind::Healthcheck(Healthcheck::Cmd(command)) => match command {
            Command::Shell(span) => Some(*span),
            Command::Exec(_) => None,
        },
        _ => None,
    }
}
