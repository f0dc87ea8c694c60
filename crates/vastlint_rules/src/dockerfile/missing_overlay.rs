//! VL106: see `rules/dockerfile/missing-overlay.md`.

use vastlint_diagnostic::Applicability;
use vastlint_model::{Document, Image, ImageClass};
use vastlint_syntax::dockerfile::{Dockerfile, Instruction, InstructionKind, Word};

use crate::external::{External, What};
use crate::instruction_edits::{Spot, insert_instructions};
use crate::stages::{context_transfer, copies_overlay, shipped_instructions};
use crate::{Check, Context, Place, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Dockerfile(check);

fn check(context: &Context<'_>, document: &Document, tree: &Dockerfile, sink: &mut Sink<'_>) {
    let image = context.project.image_of(document.id).filter(|image| image.class.is_template());
    let (Some(image), Some(last)) = (image, tree.stages.last()) else { return };
    let source = &document.text;
    let folder = &context.contract.dockerfile.overlay;
    let shipped = shipped_instructions(tree, source);
    let instructions = || shipped.iter().map(|&index| &tree.instructions[index]);
    if let Some(copy) = instructions().find(|instruction| copies_overlay(instruction, source, folder)) {
        if matches!(copy.kind, InstructionKind::Add(_)) {
            added(document, copy, folder, sink);
        }
        return;
    }
    if instructions().any(|instruction| may_copy(instruction, source, folder)) {
        return;
    }
    let exists = has_overlay(image, folder);
    if !exists && is_hub(context, image) {
        return;
    }
    let other = instructions().find_map(|instruction| elsewhere(instruction, source, folder));
    let finding = match other {
        Some((instruction, destination)) => sink.report(
            document,
            instruction.span,
            format!("the overlay is copied to `{destination}`, not onto the root"),
            "lands in the wrong place",
        ),
        None => sink.report(
            document,
            tree.instructions[last.from].span,
            format!("the final image never gets its overlay `{folder}/`"),
            "the stage that is shipped starts here",
        ),
    };
    finding
        .why("the supervisor scripts and confs of the overlay never reach the instance: it boots, and the app does not start")
        .help(format!("write `COPY ./{folder} /` below the labels"));
    match other {
        // Without the folder, a build would end at the COPY.
        _ if !exists => finding.variant("no-folder"),
        Some((instruction, _)) => finding.fix(onto_the_root(document, instruction)),
        None => finding.fix(write(context, document, tree, image, folder)),
    };
    let lost = (0..last.from)
        .filter(|index| shipped.binary_search(index).is_err())
        .find(|&index| copies_overlay(&tree.instructions[index], source, folder));
    if let Some(index) = lost {
        finding.related(
            Place::new(document, tree.instructions[index].span),
            "this stage is not shipped, nor is what it copies",
        );
    }
}

/// Writes the root as the destination. Another place may be meant.
fn onto_the_root(document: &Document, instruction: &Instruction) -> Option<ProposedFix> {
    let (InstructionKind::Copy(transfer) | InstructionKind::Add(transfer)) = &instruction.kind else {
        return None;
    };
    let ([_], Some(destination)) = (&transfer.sources[..], &transfer.destination) else { return None };
    let root = if transfer.json { "\"/\"" } else { "/" };
    let fix = ProposedFix::new(Applicability::Unsafe, "write `/` as the destination");
    Some(fix.replace(document, destination.span, root))
}

/// Writes the `COPY` where the documents have it: below the labels, in an external image below the conversion.
fn write(
    context: &Context<'_>,
    document: &Document,
    tree: &Dockerfile,
    image: &Image,
    folder: &str,
) -> Option<ProposedFix> {
    let stage = tree.stages.last()?;
    let after = if image.class == ImageClass::External {
        let external = External::of(context, document, tree)?;
        let handled = external.conversion(context, &context.contract.external.conversion);
        let run = handled.iter().find(|handling| matches!(handling.what, What::Run { .. }))?;
        Some(run.instruction).filter(|&index| external.is_in_last_stage(index))?
    } else {
        let is_label = |index: &usize| matches!(tree.instructions[*index].kind, InstructionKind::Label(_));
        stage.instructions.clone().rfind(is_label).unwrap_or(stage.from)
    };
    let line = format!("COPY ./{folder} /");
    let fix = ProposedFix::safe(format!("write `{line}`"));
    Some(insert_instructions(fix, document, tree, Spot::Apart(after), &[line]))
}

fn added(document: &Document, copy: &Instruction, folder: &str, sink: &mut Sink<'_>) {
    sink.report(document, copy.keyword_span, "the overlay is installed with ADD", "not COPY")
        .variant("added")
        .why("ADD also unpacks archives that lie in the folder; the documents install the overlay with COPY")
        .help(format!("write `COPY ./{folder} /`"))
        .fix(as_copy(document, copy));
}

/// Writes `COPY`, which knows all flags of `ADD` but those about addresses.
fn as_copy(document: &Document, copy: &Instruction) -> Option<ProposedFix> {
    let source = &document.text;
    let is_lower = copy.keyword_span.text(source).bytes().all(|byte| byte.is_ascii_lowercase());
    let keyword = if is_lower { "copy" } else { "COPY" };
    let known = ["chown", "chmod", "link", "exclude"];
    let is_known = copy.flags.iter().all(|flag| known.contains(&flag.name.literal(source)));
    is_known.then(|| {
        ProposedFix::safe(format!("write `{keyword}`")).replace(document, copy.keyword_span, keyword)
    })
}

/// Whether an instruction could install the overlay in a way that the file does not tell.
fn may_copy(instruction: &Instruction, source: &str, folder: &str) -> bool {
    if let Some(transfer) = context_transfer(instruction, source) {
        let unknown = |word: &Word| word.has_variables;
        // `COPY derivatives/my-app/ROOT /` of a build with another context.
        let deep = |word: &Word| {
            word.literal(source).trim_end_matches('/').ends_with(&format!("/{folder}"))
                && word.literal(source).trim_start_matches("./").trim_start_matches('/') != folder
        };
        let to_root = transfer
            .destination
            .as_ref()
            .is_none_or(|word| word.has_variables || matches!(word.literal(source), "/" | "/." | "." | "./"));
        let mentions = |word: &Word| word.literal(source).contains(folder);
        return to_root
            && transfer.sources.iter().any(|word| {
                unknown(word) || deep(word) || {
                    // A destination that is relative, or a name that a pattern matches.
                    mentions(word)
                        && transfer.destination.as_ref().is_some_and(|to| to.literal(source) != "/")
                        || word.literal(source).contains('*')
                }
            });
    }
    instruction.mounts(source).iter().any(|mount| {
        mount.get("source").is_some_and(|path| path.trim_start_matches("./").starts_with(folder))
    })
}

/// A copy of the overlay to another place, and that place.
fn elsewhere<'t>(
    instruction: &'t Instruction,
    source: &'t str,
    folder: &str,
) -> Option<(&'t Instruction, &'t str)> {
    let transfer = context_transfer(instruction, source)?;
    let is_folder = |word: &Word| {
        word.literal(source).trim_start_matches("./").trim_start_matches('/').trim_end_matches('/') == folder
    };
    transfer.sources.iter().any(is_folder).then_some(())?;
    Some((instruction, transfer.destination.as_ref()?.literal(source)))
}

fn has_overlay(image: &Image, folder: &str) -> bool {
    image.overlays.iter().any(|overlay| overlay.directory.rsplit('/').next() == Some(folder))
}

/// Whether other images are built on this one: then it may have no app of its own.
fn is_hub(context: &Context<'_>, image: &Image) -> bool {
    let base = &context.contract.dockerfile.base;
    let published = format!("{}/{}", base.namespace, image.name);
    let images = &context.project.images;
    base.repositories.contains(&published)
        || images
            .iter()
            .any(|other| other.parent.is_some_and(|parent| images[parent].document == image.document))
}
