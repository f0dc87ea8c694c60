//! VL257: see `rules/shell/unquoted-file-name.md`.

use vastlint_model::Document;
use vastlint_syntax::shell::{
    Command, CompoundKind, Context as Surroundings, For, Script, SimpleCommand, Visitor, Word, WordPartKind,
};
use vastlint_text::Span;

use crate::environments::is_for_template;
use crate::quoting::in_double_quotes;
use crate::{Check, Context, Place, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    if !is_for_template(context.project, document) {
        return;
    }
    let mut reader = Reader { document, loops: Vec::new(), done: Vec::new() };
    script.walk(&mut reader);
    let Reader { mut done, loops, .. } = reader;
    done.extend(loops);
    for files in &done {
        files.report(document, sink);
    }
}

/// A loop over the names of files that is being read.
struct Files<'t> {
    end: u32,
    name: &'t str,
    span: Span,
    /// The words that hold its variable without quotes, and where it stands in them.
    bare: Vec<(&'t Word, Span)>,
}

struct Reader<'t> {
    document: &'t Document,
    /// Those that are being read.
    loops: Vec<Files<'t>>,
    done: Vec<Files<'t>>,
}

impl<'t> Visitor<'t> for Reader<'t> {
    fn enter_command(&mut self, command: &'t Command, _: Surroundings) {
        let span = command.span();
        while self.loops.last().is_some_and(|files| files.end <= span.start) {
            self.done.extend(self.loops.pop());
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

impl<'t> Reader<'t> {
    fn enter_loop(&mut self, block: &For, end: u32) {
        if block.words.iter().flatten().any(Word::has_glob) {
            let name = block.name.text(&self.document.text);
            self.loops.push(Files { end, name, span: block.name, bare: Vec::new() });
        }
    }

    fn simple(&mut self, command: &'t SimpleCommand) {
        let source = &self.document.text;
        let name = command.name(source);
        if matches!(name.as_deref(), Some("echo" | "printf")) {
            return;
        }
        for word in command.arguments() {
            for part in &word.parts {
                let WordPartKind::Parameter(parameter) = &part.kind else { continue };
                let of = parameter.name.text(source);
                // The innermost loop of that name is the one that counts.
                if let Some(files) = self.loops.iter_mut().rev().find(|files| files.name == of) {
                    files.bare.push((word, part.span));
                }
            }
        }
    }
}

impl Files<'_> {
    /// Each loop is reported once, where its variable stands first without quotes.
    fn report(&self, document: &Document, sink: &mut Sink<'_>) {
        let Some(&(_, first)) = self.bare.first() else { return };
        let written = document.slice(first);
        sink.report(
            document,
            first,
            format!("the file name `{written}` is not quoted"),
            "falls apart at a blank",
        )
        .related(Place::new(document, self.span), "goes through the names of files")
        .why("a file whose name has a blank in it arrives as two, and neither is there")
        .help(format!("write `\"{written}\"`"))
        .fix(self.fix(document));
    }

    /// Quotes everywhere in the loop.
    fn fix(&self, document: &Document) -> ProposedFix {
        let name = self.name;
        let mut fix = ProposedFix::safe(format!("put `${name}` into quotes"));
        let mut quoted = None;
        for &(word, span) in &self.bare {
            match in_double_quotes(word, &document.text) {
                Some(_) if quoted == Some(word.span) => {}
                Some(text) => {
                    fix = fix.replace(document, word.span, text);
                    quoted = Some(word.span);
                }
                // The rest of the word is to be worked out.
                None => fix = fix.replace(document, span, format!("\"{}\"", document.slice(span))),
            }
        }
        fix
    }
}
