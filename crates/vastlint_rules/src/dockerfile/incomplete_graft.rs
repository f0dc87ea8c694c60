//! VL123: see `rules/dockerfile/incomplete-graft.md`.

use vastlint_model::Document;
use vastlint_syntax::dockerfile::{Dockerfile, Transfer};

use crate::contract::GraftCopy;
use crate::external::{External, copy, plain};
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Dockerfile(check);

/// A `COPY --from=…` of the final image.
struct Copied<'a> {
    index: usize,
    from: String,
    transfer: &'a Transfer,
}

fn check(context: &Context<'_>, document: &Document, tree: &Dockerfile, sink: &mut Sink<'_>) {
    let Some(external) = External::of(context, document, tree) else { return };
    let Some(copied) = copies(&external) else { return };
    let wanted = &context.contract.external.copies;
    let found: Vec<Option<usize>> = wanted
        .iter()
        .map(|copy| {
            let found = copied.iter().find(|copied| brings(copied, copy, &document.text));
            found.map(|copied| copied.index)
        })
        .collect();
    let missing: Vec<&GraftCopy> =
        wanted.iter().zip(&found).filter(|(_, found)| found.is_none()).map(|(copy, _)| copy).collect();
    // One that nearly does it is shown; the rest is missing altogether.
    let (near, missing): (Vec<_>, Vec<_>) = missing
        .into_iter()
        .map(|copy| (copy, near_miss(&copied, copy, document)))
        .partition(|(_, near)| near.is_some());
    for (wanted, near) in near {
        if let Some(near) = near {
            report_near(&external, wanted, near, sink);
        }
    }
    report_missing(&external, &missing.iter().map(|(copy, _)| *copy).collect::<Vec<_>>(), sink);
    order(&external, wanted, &found, sink);
}

/// The copies from other stages and contexts. `None` if one of them comes from a place that the file does not tell: it
/// could be any of them.
fn copies<'a>(external: &External<'a>) -> Option<Vec<Copied<'a>>> {
    let source = &external.document.text;
    let mut scopes = external.tree.scopes(source);
    let mut copies = Vec::new();
    for (index, instruction) in external.instructions() {
        let Some(transfer) = copy(instruction) else { continue };
        let from = instruction.flag(source, "from").and_then(|flag| flag.value.as_ref());
        let from = match from {
            Some(from) => scopes.at(index).expand_word(source, from)?,
            None => String::new(),
        };
        // A stage by its number is the same stage.
        let by_number = external.tree.stage(&from).and_then(|stage| stage.name.as_deref()).map(str::to_owned);
        copies.push(Copied { index, from: by_number.unwrap_or(from), transfer });
    }
    Some(copies)
}

/// Whether a copy puts the file or folder where it belongs, alone or within a folder around it.
fn brings(copied: &Copied<'_>, wanted: &GraftCopy, source: &str) -> bool {
    copied.from.eq_ignore_ascii_case(&wanted.from)
        && copied
            .transfer
            .sources
            .iter()
            .any(|word| arrives(word.literal(source), copied.transfer, wanted, source))
}

fn arrives(path: &str, transfer: &Transfer, wanted: &GraftCopy, source: &str) -> bool {
    let Some(destination) = &transfer.destination else { return false };
    let destination = destination.literal(source);
    let folder = destination.trim_end_matches('/');
    let target = wanted.destination.trim_end_matches('/');
    let (path, whole) = (plain(path), plain(&wanted.source));
    let Some(rest) = whole.strip_prefix(path) else { return false };
    let name = whole.rsplit('/').next().unwrap_or(whole);
    if rest.is_empty() {
        folder == target || (destination.ends_with('/') && format!("{folder}/{name}") == target)
    } else {
        (path.is_empty() || rest.starts_with('/'))
            && format!("{folder}/{}", rest.trim_start_matches('/')) == target
    }
}

/// A copy of the same thing from elsewhere or to elsewhere.
fn near_miss<'c, 'a>(
    copied: &'c [Copied<'a>],
    wanted: &GraftCopy,
    document: &Document,
) -> Option<&'c Copied<'a>> {
    let name = |path: &str| plain(path).rsplit('/').next().unwrap_or_default().to_owned();
    let wanted_name = name(&wanted.source);
    copied.iter().find(|copied| {
        // The overlay of the image itself is called as the one of the base.
        !copied.from.is_empty()
            && copied.transfer.sources.iter().any(|word| name(word.literal(&document.text)) == wanted_name)
    })
}

fn line(copy: &GraftCopy) -> String {
    format!("COPY --from={} {} {}", copy.from, copy.source, copy.destination)
}

fn report_near(external: &External<'_>, wanted: &GraftCopy, near: &Copied<'_>, sink: &mut Sink<'_>) {
    let message = if near.from.eq_ignore_ascii_case(&wanted.from) {
        format!("`{}` is not copied to `{}`", wanted.source, wanted.destination)
    } else {
        format!("`{}` is copied from `{}`, not from `{}`", wanted.source, near.from, wanted.from)
    };
    sink.report_at(external.place(near.index), message, "this copy")
        .why(format!("the image does not have {} where it is looked for", wanted.brings))
        .help(format!("write `{}`", line(wanted)));
}

fn report_missing(external: &External<'_>, missing: &[&GraftCopy], sink: &mut Sink<'_>) {
    if missing.is_empty() {
        return;
    }
    let sources: Vec<String> =
        missing.iter().map(|copy| format!("`{}` of `{}`", copy.source, copy.from)).collect();
    let lacks: Vec<&str> = missing.iter().map(|copy| copy.brings.as_str()).collect();
    let lines: Vec<String> = missing.iter().map(|copy| line(copy)).collect();
    sink.report(
        external.document,
        external.final_from(),
        format!("the final image does not copy {}", sources.join(", ")),
        "an upstream image has nothing of it",
    )
    .why(format!("the image lacks {}", lacks.join(", and ")))
    .help(format!("write below the environment block:\n{}", lines.join("\n")));
}

/// The copies stand in the order of the contract.
fn order(external: &External<'_>, wanted: &[GraftCopy], found: &[Option<usize>], sink: &mut Sink<'_>) {
    let mut latest: Option<(usize, &GraftCopy)> = None;
    for (copy, index) in wanted.iter().zip(found) {
        let Some(index) = *index else { continue };
        match latest {
            Some((before, earlier)) if index < before => {
                sink.report_at(
                    external.place(index),
                    format!("`{}` is copied before `{}`", copy.source, earlier.source),
                    format!("belongs below `{}`", earlier.source),
                )
                .variant("order")
                .related(external.place(before), "belongs above it")
                .why("a later copy wins where both bring a file, and what changes often belongs below what does not")
                .help(format!("keep this order:\n{}", wanted.iter().map(line).collect::<Vec<_>>().join("\n")));
                return;
            }
            _ => latest = Some((index, copy)),
        }
    }
}
