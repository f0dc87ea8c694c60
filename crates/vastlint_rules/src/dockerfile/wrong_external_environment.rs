//! VL121: see `rules/dockerfile/wrong-external-environment.md`.

use vastlint_model::Document;
use vastlint_syntax::dockerfile::{Dockerfile, InstructionKind, Pair};

use crate::contract::EnvironmentVariable;
use crate::external::External;
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Dockerfile(check);

const PATH: &str = "PATH";

fn check(context: &Context<'_>, document: &Document, tree: &Dockerfile, sink: &mut Sink<'_>) {
    let Some(external) = External::of(context, document, tree) else { return };
    let contract = &context.contract.external;
    let pairs = variables(&external);
    // A name that is put together could be any of them.
    if pairs.iter().any(|(_, pair)| pair.key.has_variables) {
        return;
    }
    let missing = |required: bool| -> Vec<&EnvironmentVariable> {
        let has = |name: &str| pairs.iter().any(|(_, pair)| pair.key.literal(&document.text) == name);
        contract
            .environment
            .iter()
            .filter(|variable| variable.required == required && !has(&variable.name))
            .collect()
    };
    for required in [true, false] {
        report_missing(&external, &missing(required), required, sink);
    }
    wrong_values(&external, &contract.environment, &pairs, sink);
    search_path(&external, &contract.path, &pairs, sink);
    working_directory(&external, &contract.working_directory, sink);
}

/// The variables that the final image sets, with the instructions that do.
fn variables<'a>(external: &External<'a>) -> Vec<(usize, &'a Pair)> {
    external
        .instructions()
        .filter_map(|(index, instruction)| match &instruction.kind {
            InstructionKind::Env(pairs) => Some((index, pairs)),
            _ => None,
        })
        .flat_map(|(index, pairs)| pairs.iter().map(move |pair| (index, pair)))
        .collect()
}

fn report_missing(
    external: &External<'_>,
    missing: &[&EnvironmentVariable],
    required: bool,
    sink: &mut Sink<'_>,
) {
    if missing.is_empty() {
        return;
    }
    let names: Vec<String> = missing.iter().map(|variable| format!("`{}`", variable.name)).collect();
    let whys: Vec<&str> = missing.iter().map(|variable| variable.why.as_str()).collect();
    let lines: Vec<String> =
        missing.iter().map(|variable| format!("ENV {}={}", variable.name, variable.value)).collect();
    let finding = sink.report(
        external.document,
        external.final_from(),
        format!("the final image does not set {}", names.join(", ")),
        "an upstream image brings none of them along",
    );
    finding.why(whys.join("; ")).help(format!("write below this FROM:\n{}", lines.join("\n")));
    if !required {
        finding.variant("advised");
    }
}

fn wrong_values(
    external: &External<'_>,
    documented: &[EnvironmentVariable],
    pairs: &[(usize, &Pair)],
    sink: &mut Sink<'_>,
) {
    let source = &external.document.text;
    let mut scopes = external.tree.scopes(source);
    for variable in documented {
        // The last one wins.
        let last = pairs.iter().rev().find(|(_, pair)| pair.key.literal(source) == variable.name);
        let Some((index, pair)) = last else { continue };
        let value = pair.value.as_ref().and_then(|value| scopes.at(*index).expand_word(source, value));
        let Some(value) = value.filter(|value| *value != variable.value) else { continue };
        let finding = sink.report(
            external.document,
            pair.span,
            format!("`{}` is `{value}`, not `{}`", variable.name, variable.value),
            "must be the documented value",
        );
        finding.why(variable.why.clone()).help(format!("write `ENV {}={}`", variable.name, variable.value));
        if !variable.required {
            finding.variant("advised");
        }
    }
}

/// `PATH` begins with the folders of the contract, in order, and keeps what was in it.
fn search_path(external: &External<'_>, wanted: &[String], pairs: &[(usize, &Pair)], sink: &mut Sink<'_>) {
    let source = &external.document.text;
    let line = format!("ENV {PATH}={}:${{{PATH}}}", wanted.join(":"));
    let why = "the commands of the instance tools, or the shims of the system environment, are not found or come too late";
    let mut path = "${PATH}".to_owned();
    let mut last = None;
    for (_, pair) in pairs.iter().filter(|(_, pair)| pair.key.literal(source) == PATH) {
        let Some(value) = &pair.value else { continue };
        let value = value.literal(source).replace("${PATH}", "\0").replace("$PATH", "\0");
        path = value.replace('\0', &path);
        last = Some(pair);
    }
    let Some(pair) = last else {
        sink.report(
            external.document,
            external.final_from(),
            "the final image does not extend `PATH`",
            "no `ENV PATH`",
        )
        .variant("search-path")
        .why(why)
        .help(format!("write below this FROM:\n{line}"));
        return;
    };
    let folders: Vec<&str> = path.split(':').map(|folder| folder.trim_end_matches('/')).collect();
    if !folders.contains(&"${PATH}") {
        // Written out, or handed in by an argument: what it keeps is not known.
        if !path.contains('$') {
            sink.report(
                external.document,
                pair.span,
                "`PATH` loses the folders of the upstream image",
                "no `${PATH}`",
            )
            .variant("search-path")
            .why("programs that the upstream image put elsewhere are not found any more")
            .help(format!("write `{line}`"));
        }
        return;
    }
    let missing: Vec<String> = wanted
        .iter()
        .filter(|folder| !folders.contains(&folder.as_str()))
        .map(|folder| format!("`{folder}`"))
        .collect();
    if missing.is_empty() {
        return;
    }
    sink.report(
        external.document,
        pair.span,
        format!("`PATH` lacks {}", missing.join(", ")),
        "sets it without",
    )
    .variant("search-path")
    .why(why)
    .help(format!("write `{line}`"));
}

fn working_directory(external: &External<'_>, wanted: &str, sink: &mut Sink<'_>) {
    let source = &external.document.text;
    let mut other = None;
    for (_, instruction) in external.instructions() {
        let InstructionKind::Workdir(Some(word)) = &instruction.kind else { continue };
        if word.has_variables || word.literal(source) == wanted {
            return;
        }
        other = other.or(Some(instruction.span));
    }
    let seen = if other.is_some() { "works elsewhere" } else { "works where the upstream image does" };
    sink.report(
        external.document,
        other.unwrap_or_else(|| external.final_from()),
        format!("the final image never sets `WORKDIR {wanted}`"),
        seen,
    )
    .variant("working-directory")
    .why("relative paths of the graft end up in the upstream image's folder")
    .help(format!("write `WORKDIR {wanted}` below the environment block"));
}
