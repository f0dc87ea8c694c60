//! VL114: see `rules/dockerfile/missing-chain-operator.md`.

use vastlint_diagnostic::Applicability;
use vastlint_model::{Document, ImageClass, invocation, program_name};
use vastlint_syntax::dockerfile::Dockerfile;
use vastlint_syntax::shell::{SimpleCommand, Word};
use vastlint_text::Span;

use crate::contract::Chains;
use crate::stages::run_scripts;
use crate::{Check, Context, Place, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Dockerfile(check);

fn check(context: &Context<'_>, document: &Document, tree: &Dockerfile, sink: &mut Sink<'_>) {
    let image = context.project.image_of(document.id);
    if !image.is_some_and(|image| image.class.is_template() || image.class == ImageClass::Base) {
        return;
    }
    let all: Vec<usize> = (0..tree.instructions.len()).collect();
    let chains = &context.contract.dockerfile.chains;
    for run in run_scripts(context.project, document, tree, &all) {
        let source = &run.document.text;
        for command in run.script.simple_commands() {
            let lines = Lines { file: document, script: run.document };
            let Some(swallowed) = swallowed_command(command, lines, chains) else { continue };
            let first = &command.words[0];
            let name = first.text(source);
            let shown: Vec<&str> = swallowed.iter().map(|word| word.text(source)).collect();
            let shown = shown.join(" ");
            let span = swallowed.iter().fold(swallowed[0].span, |span, word| span.cover(word.span));
            sink.report(
                run.document,
                span,
                format!("`{shown}` is an argument of `{name}`: the line above lacks its `&&`"),
                "never runs",
            )
            .related(Place::new(run.document, first.span), "the command that gets these words")
            .why("the backslash joins the two lines, so the second command is never run: the first one gets its words, and fails on them or takes them for its own")
            .help("end the line above with `&& \\`")
            .fix(join(run.document, command, swallowed));
        }
    }
}

/// Programs whose commands other rules look at: what never ran may not be as the conventions want it.
const LOOKED_AT: &[&str] =
    &["git", "pip", "pip3", "uv", "apt", "apt-get", "set", ".", "source", "cd", "env-hash"];

/// Writes the operator. The command then runs for the first time, so somebody has to look.
fn join(document: &Document, command: &SimpleCommand, swallowed: &[Word]) -> Option<ProposedFix> {
    let source = &document.text;
    let first = swallowed.first()?;
    let before = command.words.iter().rfind(|word| word.span.end <= first.span.start)?;
    // A redirection in between belongs to the command above.
    let end = command
        .redirections
        .iter()
        .map(|redirection| redirection.span.end)
        .filter(|&end| end <= first.span.start)
        .fold(before.span.end, u32::max);
    let is_looked_at = LOOKED_AT.contains(&first.text(source));
    let fix =
        ProposedFix::new(Applicability::Unsafe, format!("write `&&` in front of `{}`", first.text(source)));
    (!is_looked_at).then(|| fix.insert(document, end, " &&"))
}

/// A script and the file that holds it: only the file tells where lines end.
#[derive(Clone, Copy)]
struct Lines<'a> {
    file: &'a Document,
    script: &'a Document,
}

impl Lines<'_> {
    /// Whether a line ends between two words.
    fn part(self, before: &Word, word: &Word) -> bool {
        let [before, word] = [before, word].map(|word| self.script.map.to_host(word.span));
        before.end <= word.start && self.file.slice(Span::new(before.end, word.start)).contains('\n')
    }
}

/// The first words of a command on a line of its own that the command before it swallowed.
fn swallowed_command<'t>(
    command: &'t SimpleCommand,
    lines: Lines<'_>,
    chains: &Chains,
) -> Option<&'t [Word]> {
    let source = &lines.script.text;
    let words = invocation(command, source);
    let program = program_name(words.first()?, source)?;
    if chains.runners.iter().any(|runner| *runner == *program) {
        return None;
    }
    let index = (1..words.len()).find(|&index| {
        let (before, word) = (&words[index - 1], &words[index]);
        !word.is_quoted()
            && chains.starts.iter().any(|start| begins(&words[index..], start, lines))
            && !is_handed_over(before.text(source))
            && lines.part(before, word)
    })?;
    Some(&words[index..words.len().min(index + 2)])
}

/// Whether the word before says that a command follows.
fn is_handed_over(before: &str) -> bool {
    matches!(before, "--" | "-c" | "-e" | "-exec" | "-execdir" | "-ok" | "-okdir" | "run" | "exec")
}

/// Whether words are the start of a command: `git clone` is these two words, `rm -` is `rm` and a word that starts
/// with a dash.
fn begins(words: &[Word], start: &str, lines: Lines<'_>) -> bool {
    let source = &lines.script.text;
    let second = match start.strip_prefix(words[0].text(source)) {
        Some("") => None,
        Some(rest) if rest.starts_with(' ') => Some(&rest[1..]),
        _ => return false,
    };
    match (words.get(1), second) {
        // `ldconfig` alone on its line.
        (None, second) => second.is_none(),
        (Some(next), None) => lines.part(&words[0], next),
        (Some(next), Some(second)) => next.text(source).starts_with(second) && !lines.part(&words[0], next),
    }
}
