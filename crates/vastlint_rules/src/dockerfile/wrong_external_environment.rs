//! VL121: see `rules/dockerfile/wrong-external-environment.md`.

use vastlint_diagnostic::Applicability;
use vastlint_model::Document;
use vastlint_syntax::dockerfile::{Dockerfile, InstructionKind, Pair};
use vastlint_text::Span;

use crate::contract::EnvironmentVariable;
use crate::external::{External, Part};
use crate::instruction_edits::{insert_instructions, insert_missing, written_like};
use crate::{Check, Context, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Dockerfile(check);

const PATH: &str = "PATH";

/// A `PATH` that grows beyond this is no search path any more: each line can double it.
const LONGEST_PATH: usize = 1 << 16;

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
        let fix = write_missing(context, &external, &pairs, &missing(required));
        report_missing(&external, &missing(required), required, fix, sink);
    }
    wrong_values(&external, &contract.environment, &pairs, sink);
    search_path(context, &external, &contract.path, &pairs, sink);
    working_directory(context, &external, &contract.working_directory, sink);
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
    fix: Option<ProposedFix>,
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
    finding.why(whys.join("; ")).help(format!("write below this FROM:\n{}", lines.join("\n"))).fix(fix);
    if !required {
        finding.variant("advised");
    }
}

/// Writes the variables that are missing next to those that the last stage has, in the order of the documents.
fn write_missing(
    context: &Context<'_>,
    external: &External<'_>,
    pairs: &[(usize, &Pair)],
    missing: &[&EnvironmentVariable],
) -> Option<ProposedFix> {
    let source = &external.document.text;
    let first = missing.first()?;
    let is_missing =
        |variable: &EnvironmentVariable| missing.iter().any(|missing| missing.name == variable.name);
    let found = |variable: &EnvironmentVariable| {
        let own = |(index, pair): &&(usize, &Pair)| {
            external.is_in_last_stage(*index) && pair.key.literal(source) == variable.name
        };
        pairs.iter().rfind(own).map(|(index, _)| *index)
    };
    let items: Vec<(Option<usize>, String)> = context
        .contract
        .external
        .environment
        .iter()
        .filter(|variable| is_missing(variable) || found(variable).is_some())
        .map(|variable| (found(variable), format!("ENV {}={}", variable.name, variable.value)))
        .collect();
    // `PATH` ends the block.
    let path = pairs
        .iter()
        .find(|(index, pair)| external.is_in_last_stage(*index) && pair.key.literal(source) == PATH);
    let items: Vec<_> =
        items.into_iter().chain(path.map(|(index, _)| (Some(*index), String::new()))).collect();
    let otherwise = external.spot(context, Part::Environment)?;
    let message = match missing {
        [_] => format!("write `ENV {}={}`", first.name, first.value),
        several => format!("write the {} missing variables", several.len()),
    };
    Some(insert_missing(ProposedFix::safe(message), external.document, external.tree, &items, otherwise))
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
        finding
            .why(variable.why.clone())
            .help(format!("write `ENV {}={}`", variable.name, variable.value))
            .fix(right_value(external, pair, variable));
        if !variable.required {
            finding.variant("advised");
        }
    }
}

/// Writes the documented value. What else the image puts into the folder that it named is not looked for.
fn right_value(external: &External<'_>, pair: &Pair, variable: &EnvironmentVariable) -> Option<ProposedFix> {
    let word = pair.value.as_ref().filter(|word| !word.span.is_empty())?;
    let written = word.span.text(&external.document.text);
    let fix = ProposedFix::new(
        Applicability::Unsafe,
        format!("write `{}` for `{}`", variable.value, variable.name),
    );
    Some(fix.replace(external.document, word.span, written_like(written, &variable.value)))
}

/// `PATH` begins with the folders of the contract, in order, and keeps what was in it.
fn search_path(
    context: &Context<'_>,
    external: &External<'_>,
    wanted: &[String],
    pairs: &[(usize, &Pair)],
    sink: &mut Sink<'_>,
) {
    let source = &external.document.text;
    let line = format!("ENV {PATH}={}:${{{PATH}}}", wanted.join(":"));
    let why = "the commands of the instance tools, or the shims of the system environment, are not found or come too late";
    let mut path = "${PATH}".to_owned();
    let mut last = None;
    for (_, pair) in pairs.iter().filter(|(_, pair)| pair.key.literal(source) == PATH) {
        let Some(value) = &pair.value else { continue };
        let value = value.literal(source).replace("${PATH}", "\0").replace("$PATH", "\0");
        path = value.replace('\0', &path);
        if path.len() > LONGEST_PATH {
            return;
        }
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
        .help(format!("write below this FROM:\n{line}"))
        .fix(external.spot(context, Part::Environment).map(|spot| {
            let fix = ProposedFix::new(Applicability::Unsafe, format!("write `{line}`"));
            insert_instructions(fix, external.document, external.tree, spot, &[line])
        }));
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
            .help(format!("write `{line}`"))
            .fix(right_path(external, pair, wanted));
        }
        return;
    }
    let kept = folders.iter().position(|folder| *folder == "${PATH}").unwrap_or_default();
    let (late, missing): (Vec<&String>, Vec<&String>) = wanted
        .iter()
        .filter(|wanted| !folders[..kept].contains(&wanted.as_str()))
        .partition(|wanted| folders.contains(&wanted.as_str()));
    let names =
        |names: &[&String]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let (message, seen) = match (&missing[..], &late[..]) {
        ([], []) => return,
        ([], late) => (format!("`PATH` has {} behind `${{PATH}}`", names(late)), "comes too late"),
        (missing, _) => (format!("`PATH` lacks {}", names(missing)), "sets it without"),
    };
    sink.report(external.document, pair.span, message, seen)
        .variant("search-path")
        .why(why)
        .help(format!("write `{line}`"))
        .fix(right_path(external, pair, wanted));
}

/// Puts the documented folders in front of the others, and what `PATH` holds already behind them.
fn right_path(external: &External<'_>, pair: &Pair, wanted: &[String]) -> Option<ProposedFix> {
    let source = &external.document.text;
    let word = pair.value.as_ref()?;
    let written = word.span.text(source);
    let inner = match written.chars().next()? {
        quote @ ('"' | '\'') => written.strip_prefix(quote)?.strip_suffix(quote)?,
        _ => written,
    };
    if inner.contains(['"', '\'', '\\', '\n', ' ']) || (written.starts_with('\'') && inner.contains('$')) {
        return None;
    }
    let kept = |folder: &str| matches!(folder, "$PATH" | "${PATH}");
    let is_wanted = |folder: &str| wanted.iter().any(|wanted| wanted == folder.trim_end_matches('/'));
    let folders: Vec<&str> = inner.split(':').collect();
    // Variables that hold a list, and values that something was cut out of, are left to a person.
    if folders.iter().any(|folder| folder.is_empty() || (folder.contains('$') && !kept(folder))) {
        return None;
    }
    let others = folders.iter().copied().filter(|folder| !is_wanted(folder));
    let mut path: Vec<&str> = wanted.iter().map(String::as_str).chain(others).collect();
    if !path.iter().any(|folder| kept(folder)) {
        path.push("${PATH}");
    }
    let path = path.join(":");
    // What is put in front may hold another program of the same name.
    let only_keeps = path.strip_suffix(":${PATH}") == Some(inner);
    let applicability = if only_keeps { Applicability::Safe } else { Applicability::Unsafe };
    let fix = ProposedFix::new(applicability, format!("write `PATH={path}`"));
    let start = word.span.start + written.find(inner)? as u32;
    let span = Span::new(start, start + inner.len() as u32);
    Some(fix.replace(external.document, span, path))
}

fn working_directory(context: &Context<'_>, external: &External<'_>, wanted: &str, sink: &mut Sink<'_>) {
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
    .help(format!("write `WORKDIR {wanted}` below the environment block"))
    .fix(write_directory(context, external, wanted, other));
}

/// Writes `WORKDIR` where the documents have it. Where the image works elsewhere before the graft begins, that is
/// changed, which what follows may not expect.
fn write_directory(
    context: &Context<'_>,
    external: &External<'_>,
    wanted: &str,
    other: Option<Span>,
) -> Option<ProposedFix> {
    let spot = external.spot(context, Part::WorkingDirectory)?;
    let (tree, document) = (external.tree, external.document);
    let line = format!("WORKDIR {wanted}");
    let mut instructions = external.instructions();
    let found = instructions.find(|(_, instruction)| Some(instruction.span) == other);
    let works_below = |(index, _): (usize, _)| {
        let next = tree.instructions[..index].iter().rev();
        let uses = |kind: &InstructionKind| {
            matches!(kind, InstructionKind::Run(_) | InstructionKind::Copy(_) | InstructionKind::Add(_))
        };
        external.is_in_last_stage(index)
            && next
                .take_while(|before| !matches!(before.kind, InstructionKind::From { .. }))
                .any(|before| uses(&before.kind))
    };
    match found {
        Some(found) if !works_below(found) => {
            let InstructionKind::Workdir(Some(word)) = &found.1.kind else { return None };
            let fix = ProposedFix::new(Applicability::Unsafe, format!("write `{line}`"));
            Some(fix.replace(document, word.span, wanted))
        }
        _ => Some(insert_instructions(
            ProposedFix::safe(format!("write `{line}`")),
            document,
            tree,
            spot,
            &[line],
        )),
    }
}
