//! VL112: see `rules/dockerfile/baked-model-weights.md`.

use vastlint_model::{Document, program_name};
use vastlint_syntax::dockerfile::{Dockerfile, InstructionKind};
use vastlint_syntax::shell::{RedirectionTarget, SimpleCommand, Word};
use vastlint_text::Span;

use crate::contract::Weights;
use crate::stages::{run_scripts, shipped_instructions};
use crate::values::{Assignments, Values, programs};
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Dockerfile(check);

/// Options of the hubs' programs that take a value.
const OPTIONS_WITH_VALUE: &[&str] = &[
    "--local-dir",
    "--local_dir",
    "--revision",
    "--cache-dir",
    "--cache_dir",
    "--token",
    "--repo-type",
    "--max-workers",
    "--model",
];

fn check(context: &Context<'_>, document: &Document, tree: &Dockerfile, sink: &mut Sink<'_>) {
    if !context.project.image_of(document.id).is_some_and(|image| image.class.is_template()) {
        return;
    }
    let source = &document.text;
    let weights = &context.contract.dockerfile.weights;
    let shipped = shipped_instructions(tree, source);
    let mut scopes = tree.scopes(source);
    for &index in &shipped {
        let (InstructionKind::Add(transfer) | InstructionKind::Copy(transfer)) =
            &tree.instructions[index].kind
        else {
            continue;
        };
        let scope = scopes.at(index);
        let file = transfer.sources.iter().find(|word| {
            let path = scope.expand_word(source, word);
            path.is_some_and(|path| weights.is_weights(&path) && !weights.is_allowed(&path))
        });
        if let Some(file) = file {
            report(document, file.span, "copied", sink);
        }
    }
    let mut scopes = tree.scopes(source);
    for run in run_scripts(context.project, document, tree, &shipped) {
        let scope = scopes.at(run.instruction);
        let text = &run.document.text;
        let outside = |name: &str| scope.value(name).map(str::to_owned);
        let assignments = Assignments::of(run.script, text);
        let values = Values { source: text, assignments: &assignments, outside: &outside };
        for command in run.script.simple_commands() {
            for words in programs(command, text) {
                if let Some(span) = download(command, words, &values, weights) {
                    report(run.document, span, "downloaded", sink);
                    break;
                }
            }
        }
    }
}

fn report(document: &Document, span: Span, done: &str, sink: &mut Sink<'_>) {
    sink.report(document, span, format!("model weights are {done} into a layer of the image"), "becomes part of the image")
        .why("every renter pulls gigabytes that the next model makes useless, and each rebuild uploads them anew")
        .help("fetch the model at run time: from a provisioning script, or from the app's own start; an image that must bring one says so in `[contract.dockerfile.weights] extend-allowed`");
}

impl Weights {
    /// Whether a path or an address ends like a file of weights.
    fn is_weights(&self, path: &str) -> bool {
        let path = path.split(['?', '#']).next().unwrap_or(path).to_ascii_lowercase();
        self.extensions.iter().any(|extension| path.ends_with(extension.as_str()))
    }

    fn is_allowed(&self, text: &str) -> bool {
        self.allowed.iter().any(|allowed| text.contains(allowed.as_str()))
    }
}

/// The words that fetch weights, if a command does.
fn download(command: &SimpleCommand, words: &[Word], values: &Values<'_>, weights: &Weights) -> Option<Span> {
    let source = values.source;
    let (program, rest) = words.split_first()?;
    let name = program_name(program, source)?;
    let known: Vec<Option<String>> = rest.iter().map(|word| values.word(word)).collect();
    if known.iter().flatten().any(|word| weights.is_allowed(word)) {
        return None;
    }
    let end = rest.last().map_or(program.span, |word| word.span);
    if weights.fetchers.iter().any(|fetcher| *fetcher == *name) {
        let file = rest.iter().zip(&known).find(|(word, value)| {
            let text = value.as_deref().unwrap_or_else(|| word.text(source)).trim_end_matches(['"', '\'']);
            weights.is_weights(text)
        });
        return file.map(|(word, _)| program.span.cover(word.span));
    }
    let hub = weights.downloaders.iter().find(|downloader| {
        let mut parts = downloader.split(' ');
        parts.next() == Some(&*name)
            && parts.eq(known.iter().flatten().take(downloader.matches(' ').count()).map(String::as_str))
    });
    if let Some(hub) = hub {
        let operands = rest.get(hub.matches(' ').count()..)?;
        return fetches_weights(operands, values, weights).then(|| program.span.cover(end));
    }
    if name == "git" {
        let clones = known.first().is_some_and(|word| word.as_deref() == Some("clone"));
        let from_hub = known.iter().flatten().any(|word| {
            weights.hubs.iter().any(|hub| {
                let path = word.split_once("://").map_or(word.as_str(), |(_, path)| path);
                let path = path.rsplit_once('@').map_or(path, |(_, path)| path);
                // Spaces and data sets hold no weights.
                path.strip_prefix(hub.as_str()).is_some_and(|path| {
                    path.starts_with('/') && !path.starts_with("/spaces/") && !path.starts_with("/datasets/")
                })
            })
        });
        return (clones && from_hub).then(|| program.span.cover(end));
    }
    if name.starts_with("python") && runs_hub_code(command, rest, source, weights) {
        return Some(program.span);
    }
    None
}

/// Whether what a hub's program is asked for holds weights: the whole repository, or files of which one is.
fn fetches_weights(words: &[Word], values: &Values<'_>, weights: &Weights) -> bool {
    let source = values.source;
    let (mut files, mut patterns, mut operands) = (Vec::new(), Vec::new(), 0);
    let mut in_patterns = false;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let text = values.word(word).unwrap_or_else(|| word.text(source).to_owned());
        let (option, value) =
            text.split_once('=').map_or((text.as_str(), None), |(option, value)| (option, Some(value)));
        if option == "--repo-type" {
            let kind = value.map(str::to_owned).or_else(|| values.word(words.next()?));
            if matches!(kind.as_deref(), Some("dataset" | "space")) {
                return false;
            }
        } else if option == "--include" {
            in_patterns = true;
            patterns.extend(value.map(str::to_owned));
        } else if text.starts_with('-') {
            in_patterns = false;
            if value.is_none() && OPTIONS_WITH_VALUE.contains(&option) {
                words.next();
            }
            if matches!(option, "--exclude" | "--help" | "--dry-run") {
                return false;
            }
        } else if in_patterns {
            patterns.push(text);
        } else {
            operands += 1;
            if operands > 1 {
                files.push(text);
            }
        }
    }
    let named = |names: &[String]| names.iter().any(|name| weights.is_weights(name) || name.ends_with('*'));
    match (files.is_empty(), patterns.is_empty()) {
        (true, true) => operands > 0,
        _ => named(&files) || named(&patterns),
    }
}

/// Whether Python code in the command line or in a heredoc asks a hub.
fn runs_hub_code(command: &SimpleCommand, words: &[Word], source: &str, weights: &Weights) -> bool {
    let asks = |code: &str| {
        code.lines()
            .map(|line| line.split('#').next().unwrap_or_default())
            .any(|line| weights.python_calls.iter().any(|call| line.contains(call.as_str())))
            && !weights.is_allowed(code)
    };
    let inline = words.windows(2).any(|pair| pair[0].is(source, "-c") && asks(pair[1].text(source)));
    inline
        || command.redirections.iter().any(|redirection| match &redirection.target {
            RedirectionTarget::Heredoc(heredoc) => asks(heredoc.body.text(source)),
            RedirectionTarget::Word(_) => false,
        })
}
