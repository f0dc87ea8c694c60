//! VL808: see `rules/instance/serverless-assertion-in-base-test.md`.

use vastlint_model::Document;
use vastlint_syntax::shell::{Context as Surroundings, Script, SimpleCommand};

use super::tests::{is_one_of, is_test};
use crate::contract::InstanceTests;
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, _: &Script, sink: &mut Sink<'_>) {
    let contract = &context.contract.instance.test;
    let is_base =
        document.instance_path.as_deref().is_some_and(|path| path.starts_with(&contract.base_tests));
    if !is_test(document) || !is_base {
        return;
    }
    for &(command, surroundings) in context.commands(document) {
        let Some(what) = asserts(command, surroundings, &document.text, contract) else { continue };
        sink.report(
            document,
            document.first_line(command.span),
            format!("a test of the base image asks for {what}"),
            "only images for serverless have it",
        )
        .why("the base image serves no serverless backend: the test fails on every image that has none")
        .help("move the check to the tests of the images that serve it: `tests/<image>.d/`");
    }
}

/// What a command wants to be there.
fn asserts(
    command: &SimpleCommand,
    surroundings: Surroundings,
    source: &str,
    contract: &InstanceTests,
) -> Option<String> {
    if surroundings.negated() {
        return None;
    }
    let name = command.name(source)?;
    let words = command.arguments().iter().filter_map(|word| word.literal(source));
    let words: Vec<_> = words.collect();
    if is_one_of(command, source, &contract.supervisor_helpers) && name.ends_with("running") {
        let program =
            words.iter().find(|word| contract.serverless_programs.iter().any(|known| known == *word))?;
        return Some(format!("the program `{program}`"));
    }
    let is_endpoint = is_one_of(command, source, &contract.endpoint_checks)
        || is_one_of(command, source, &contract.wait_helpers);
    let port = contract
        .serverless_ports
        .iter()
        .find(|port| words.iter().any(|word| word == port.as_str() || names_port(word, port)))?;
    is_endpoint.then(|| format!("port {port}"))
}

/// Whether a URL or an address has the port.
fn names_port(word: &str, port: &str) -> bool {
    word.split(':').skip(1).any(|part| {
        part.strip_prefix(port).is_some_and(|rest| !rest.starts_with(|next: char| next.is_ascii_digit()))
    })
}
