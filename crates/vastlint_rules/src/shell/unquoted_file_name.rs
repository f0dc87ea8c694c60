//! VL257: see `rules/shell/unquoted-file-name.md`.

use vastlint_model::Document;
use vastlint_syntax::shell::{
    Command, CompoundKind, Context as Surroundings, For, Script, SimpleCommand, Visitor, WordPartKind,
};
use vastlint_text::Span;

use crate::environments::is_for_template;
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    if !is_for_template(context.project, document) {
        return;
    }
    script.walk(&mut Reader { document, loops: Vec::new(), sink });
}

/// A loop over the names of files that is being read.
struct Files<'t> {
    end: u32,
    name: &'t str,
    span: Span,
    is_told: bool,
}

struct Reader<'a, 'f> {
    document: &'a Document,
    loops: Vec<Files<'a>>,
    sink: &'a mut Sink<'f>,
}

impl<'t> Visitor<'t> for Reader<'_, '_> {
    fn enter_command(&mut self, command: &'t Command, _: Surroundings) {
        let span = command.span();
        while self.loops.last().is_some_and(|files| files.end <= span.start) {
            self.loops.pop();
        }
        match command {
            Command::Simple(simple) => self.simple(simple),
            Command::Compound(compound) => {
                if let CompoundKind::For(block) = &compound.kind {
                    self.enter_loop(block, span.end);
                }
            }
            Command::Function(_) | Command::Coproc(_) => {}
        }
    }
}

impl Reader<'_, '_> {
    fn enter_loop(&mut self, block: &For, end: u32) {
        if block.words.iter().flatten().any(vastlint_syntax::shell::Word::has_glob) {
            let name = block.name.text(&self.document.text);
            self.loops.push(Files { end, name, span: block.name, is_told: false });
        }
    }

    fn simple(&mut self, command: &SimpleCommand) {
        let source = &self.document.text;
        let name = command.name(source);
        if matches!(name.as_deref(), Some("echo" | "printf")) {
            return;
        }
        for part in command.arguments().iter().flat_map(|word| &word.parts) {
            let WordPartKind::Parameter(parameter) = &part.kind else { continue };
            let of = parameter.name.text(source);
            // The innermost loop of that name is the one that counts.
            let Some(files) = self.loops.iter_mut().rev().find(|files| files.name == of) else { continue };
            if std::mem::replace(&mut files.is_told, true) {
                continue;
            }
            let written = part.span.text(source);
            self.sink
                .report(
                    self.document,
                    part.span,
                    format!("the file name `{written}` is not quoted"),
                    "falls apart at a blank",
                )
                .related(Place::new(self.document, files.span), "goes through the names of files")
                .why("a file whose name has a blank in it arrives as two, and neither is there")
                .help(format!("write `\"{written}\"`"));
        }
    }
}
