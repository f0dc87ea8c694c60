//! VL651: see `rules/workflow/undocumented-build-command.md`.

use std::fmt::Write as _;

use vastlint_model::Document;
use vastlint_syntax::shell::{SimpleCommand, Word};
use vastlint_syntax::yaml::Yaml;

use crate::contract::BuildCommand;
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, yaml: &Yaml, sink: &mut Sink<'_>) {
    let Some(build) = context.build(document) else { return };
    let contract = &context.contract.references.build_command;
    let Some(job) = build.job(&contract.job) else { return };
    let mut is_found = false;
    for step in build.steps(job) {
        let Some((document, script)) = build.script(&step) else {
            // A step in another language may build, too.
            is_found |= step.run.is_some();
            continue;
        };
        for command in script.simple_commands() {
            let source = &*document.text;
            let builds = contract.words.len() <= command.words.len()
                && contract.words.iter().zip(&command.words).all(|(word, given)| given.text(source) == word);
            if builds {
                is_found = true;
                check_command(document, command, contract, sink);
            }
        }
    }
    if !is_found {
        sink.report(
            document,
            yaml.span(job.key),
            format!("`{}` does not run `{}`", contract.job, contract.words.join(" ")),
            "builds in another way",
        )
        .why("whoever changes how images are built goes through this command in all workflows, and misses this one")
        .help(format!("build with\n{}", documented(contract)));
    }
}

fn check_command(document: &Document, command: &SimpleCommand, contract: &BuildCommand, sink: &mut Sink<'_>) {
    let source = &*document.text;
    let words = &command.words[contract.words.len()..];
    let mut missing: Vec<String> = contract
        .options
        .iter()
        .filter(|option| {
            !values_of(words, source, &option.names).any(|value| value.contains(option.holds.as_str()))
        })
        .map(|option| format!("{} {}", option.names[0], option.value))
        .collect();
    missing.extend(
        contract.switches.iter().filter(|switch| !words.iter().any(|word| word.is(source, switch))).cloned(),
    );
    if !words.iter().any(|word| word.is(source, &contract.context)) {
        missing.push(contract.context.clone());
    }
    if missing.is_empty() {
        return;
    }
    let span = command.words[0].span.cover(command.words[contract.words.len() - 1].span);
    let listed = missing.iter().map(|part| format!("`{part}`")).collect::<Vec<_>>().join(", ");
    sink.report(
        document,
        span,
        format!("the image is not built as documented: {listed} is missing"),
        format!("lacks {listed}"),
    )
    .why("the tag, the platforms and the push are what the steps before and behind count on")
    .help(format!("write\n{}", documented(contract)));
}

/// The values of an option: the next word, or what stands behind `=`.
fn values_of<'w>(words: &'w [Word], source: &'w str, names: &'w [String]) -> impl Iterator<Item = &'w str> {
    words.iter().enumerate().filter_map(move |(index, word)| {
        let text = word.text(source);
        names.iter().find_map(|name| match text.strip_prefix(name.as_str())? {
            "" => words.get(index + 1).map(|next| next.text(source)),
            rest => rest.strip_prefix('='),
        })
    })
}

fn documented(contract: &BuildCommand) -> String {
    let mut text = contract.words.join(" ");
    for option in &contract.options {
        let _ = write!(text, " \\\n  {} {}", option.names[0], option.value);
    }
    format!("{text} \\\n  {} {}", contract.context, contract.switches.join(" "))
}
