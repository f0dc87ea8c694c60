use vastlint_syntax::dockerfile::{
    Command, Dockerfile, Healthcheck, Instruction, InstructionKind, JsonString,
};
use vastlint_text::{MappedText, Span};

use super::{Layer, Piece, classify_written, is_command_option, is_shell_program};
use crate::classify::{ShellRole, is_foreign_shebang};

pub(super) fn pieces(source: &str, tree: &Dockerfile) -> Vec<Piece> {
    let mut pieces = Vec::new();
    // Which program gets the shell form: `SHELL` holds until the end of its stage.
    let mut readable_shell = true;
    for instruction in &tree.instructions {
        match &instruction.kind {
            InstructionKind::From { .. } => readable_shell = true,
            InstructionKind::Shell(words) => {
                readable_shell = words.first().is_none_or(|program| is_shell_program(program.value(source)));
            }
            _ => instruction_pieces(source, tree, instruction, readable_shell, &mut pieces),
        }
    }
    pieces
}

fn instruction_pieces(
    source: &str,
    tree: &Dockerfile,
    instruction: &Instruction,
    readable_shell: bool,
    pieces: &mut Vec<Piece>,
) {
    let (command, role) = match &instruction.kind {
        InstructionKind::Run(command) => (command, ShellRole::Run),
        InstructionKind::Cmd(command)
        | InstructionKind::Entrypoint(command)
        | InstructionKind::Healthcheck(Healthcheck::Cmd(command)) => (command, ShellRole::ContainerCommand),
        InstructionKind::Onbuild(Some(inner)) => {
            return instruction_pieces(source, tree, inner, readable_shell, pieces);
        }
        InstructionKind::Copy(transfer) | InstructionKind::Add(transfer) => {
            let destination = transfer.destination.as_ref().filter(|word| !word.has_variables);
            for heredoc in &instruction.heredocs {
                let path = destination.map(|word| match word.literal(source) {
                    folder if folder.ends_with('/') => format!("{folder}{}", heredoc.delimiter),
                    path => path.to_owned(),
                });
                let content = Dockerfile::heredoc_text(source, heredoc);
                if let Some(kind) = classify_written(path.as_deref(), content.text()) {
                    let place = heredoc.marker;
                    let layer = if heredoc.expand { Layer::Expanded } else { Layer::Lines };
                    pieces.push(Piece { kind, instance_path: path, fragment: false, place, content, layer });
                }
            }
            return;
        }
        _ => return,
    };
    match command {
        Command::Exec(words) => pieces.extend(
            exec_script(source, words)
                .map(|(place, content)| Piece::shell(role, place, content, Layer::Json)),
        ),
        Command::Shell(_) if !readable_shell => {}
        Command::Shell(_) => {
            let (content, layer) = if let Some(heredoc) = tree.heredoc_script(source, instruction) {
                (Dockerfile::heredoc_text(source, heredoc), Layer::Lines)
            } else {
                let text = tree.shell_text(source, instruction).unwrap_or_default();
                (text, Layer::Continued(tree.escape))
            };
            let first_line = content.text().lines().next().unwrap_or_default();
            if !content.text().is_empty() && !is_foreign_shebang(first_line) {
                pieces.push(Piece::shell(role, instruction.span, content, layer));
            }
        }
    }
}

/// The script of `["bash", "-c", "script"]`.
fn exec_script(source: &str, words: &[JsonString]) -> Option<(Span, MappedText)> {
    let (program, rest) = words.split_first()?;
    if !is_shell_program(program.value(source)) {
        return None;
    }
    let option = rest.iter().position(|word| is_command_option(word.value(source)))?;
    let script = rest.get(option + 1)?;
    let inner = Span::new(script.span.start + 1, script.span.end.saturating_sub(1));
    let mut content = MappedText::new();
    if inner.text(source) == script.value(source) {
        content.push(source, inner);
    } else {
        content.replace(script.value(source), inner);
    }
    Some((script.span, content))
}
