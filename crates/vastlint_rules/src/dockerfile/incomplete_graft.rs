//! VL123: see `rules/dockerfile/incomplete-graft.md`.

use vastlint_diagnostic::Applicability;
use vastlint_model::Document;
use vastlint_syntax::dockerfile::{Dockerfile, Transfer};

use crate::contract::GraftCopy;
use crate::external::{External, Part, copy, plain};
use crate::instruction_edits::{block, insert_missing, lines_of};
use crate::{Check, Context, ProposedFix, Sink};

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
    let missing: Vec<&GraftCopy> = missing.iter().map(|(copy, _)| *copy).collect();
    let fix = write_missing(context, &external, &found, &missing);
    report_missing(&external, &missing, fix, sink);
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
        .help(format!("write `{}`", line(wanted)))
        .fix(right_copy(external, wanted, near));
}

/// Writes where the documents copy it from and to. Somebody may use it at the place where it is now.
fn right_copy(external: &External<'_>, wanted: &GraftCopy, near: &Copied<'_>) -> Option<ProposedFix> {
    let (document, source) = (external.document, &*external.document.text);
    let instruction = &external.tree.instructions[near.index];
    let ([_], Some(destination), false) =
        (&near.transfer.sources[..], &near.transfer.destination, near.transfer.json)
    else {
        return None;
    };
    let from = instruction.flag(source, "from").and_then(|flag| flag.value.as_ref())?;
    let mut fix = ProposedFix::new(Applicability::Unsafe, format!("write `{}`", line(wanted)));
    if !near.from.eq_ignore_ascii_case(&wanted.from) {
        fix = fix.replace(document, from.span, wanted.from.as_str());
    }
    if !arrives(near.transfer.sources[0].literal(source), near.transfer, wanted, source) {
        fix = fix.replace(document, near.transfer.sources[0].span, wanted.source.as_str());
        fix = fix.replace(document, destination.span, wanted.destination.as_str());
        fix.edits.retain(|edit| edit.span.text(source) != edit.text);
    }
    Some(fix)
}

/// Writes the copies that are missing next to the others, in the order of the documents.
fn write_missing(
    context: &Context<'_>,
    external: &External<'_>,
    found: &[Option<usize>],
    missing: &[&GraftCopy],
) -> Option<ProposedFix> {
    let stages = &context.contract.external.stages;
    // Without its stage there is nothing to copy from.
    let lacks_stage =
        missing.iter().any(|copy| copy.from == stages.base) && external.tree.stage(&stages.base).is_none();
    if lacks_stage {
        return None;
    }
    let is_missing = |copy: &GraftCopy| missing.iter().any(|missing| std::ptr::eq(*missing, copy));
    let items: Vec<(Option<usize>, String)> = context
        .contract
        .external
        .copies
        .iter()
        .zip(found)
        .map(|(copy, found)| (found.filter(|&index| external.is_in_last_stage(index)), copy))
        .filter(|(found, copy)| found.is_some() || is_missing(copy))
        .map(|(found, copy)| (found, line(copy)))
        .collect();
    let message = match missing {
        [one] => format!("write `{}`", line(one)),
        several => format!("write the {} missing copies", several.len()),
    };
    let otherwise = external.spot(context, Part::Graft)?;
    Some(insert_missing(ProposedFix::safe(message), external.document, external.tree, &items, otherwise))
}

fn report_missing(
    external: &External<'_>,
    missing: &[&GraftCopy],
    fix: Option<ProposedFix>,
    sink: &mut Sink<'_>,
) {
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
    .help(format!("write below the environment block:\n{}", lines.join("\n")))
    .fix(fix);
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
                .help(format!("keep this order:\n{}", wanted.iter().map(line).collect::<Vec<_>>().join("\n")))
                .fix(in_order(external, wanted, found));
                return;
            }
            _ => latest = Some((index, copy)),
        }
    }
}

/// Puts the copies into the documents' order. None where something stands between them, which may need one of them.
fn in_order(external: &External<'_>, wanted: &[GraftCopy], found: &[Option<usize>]) -> Option<ProposedFix> {
    let mut order: Vec<usize> = wanted.iter().zip(found).filter_map(|(_, found)| *found).collect();
    order.dedup();
    let (first, last) = (*order.iter().min()?, *order.iter().max()?);
    let is_block =
        last - first + 1 == order.len() && order.iter().all(|&index| external.is_in_last_stage(index));
    if !is_block {
        return None;
    }
    let (document, tree) = (external.document, external.tree);
    let source = &document.text;
    let whole = block(tree, source, first).cover(block(tree, source, last));
    let lines: Vec<String> =
        order.iter().map(|&index| lines_of(source, block(tree, source, index))).collect();
    let text = format!("{}\n", lines.join("\n"));
    // Blank lines between them would get lost.
    let is_whole = whole.text(source).lines().count() == text.lines().count();
    let fix = ProposedFix::new(Applicability::Unsafe, "put the copies into the documented order");
    is_whole.then(|| fix.replace(document, whole, text))
}
