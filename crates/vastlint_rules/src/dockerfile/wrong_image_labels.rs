//! VL101: see `rules/dockerfile/wrong-image-labels.md`.

use vastlint_model::Document;
use vastlint_syntax::dockerfile::{Dockerfile, Instruction, InstructionKind, Pair};

use vastlint_diagnostic::Applicability;

use crate::contract::ImageLabel;
use crate::instruction_edits::{Spot, delete_pair, insert_missing, move_blocks, quoted_like};
use crate::stages::{copies_overlay, shipped_instructions};
use crate::{Check, Context, Place, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Dockerfile(check);

/// A label of the final stage.
struct Label<'t> {
    pair: &'t Pair,
    instruction: usize,
    key: &'t str,
    /// The value with its variables resolved, if the file tells.
    value: Option<String>,
}

fn check(context: &Context<'_>, document: &Document, tree: &Dockerfile, sink: &mut Sink<'_>) {
    let image = context.project.image_of(document.id).filter(|image| image.class.is_template());
    let Some(image) = image else { return };
    let app = app_name(&image.name);
    let source = &document.text;
    let shipped = shipped_instructions(tree, source);
    let mut scopes = tree.scopes(source);
    let mut labels = Vec::new();
    for &index in &shipped {
        for pair in label_pairs(&tree.instructions[index]) {
            let value = pair.value.as_ref().and_then(|value| scopes.at(index).expand_word(source, value));
            labels.push(Label { pair, instruction: index, key: pair.key.literal(source), value });
        }
    }
    missing(context, document, tree, &shipped, &labels, &app, sink);
    for (index, label) in labels.iter().enumerate() {
        let documented =
            context.contract.dockerfile.labels.iter().find(|documented| documented.key == label.key);
        // The last one wins.
        let earlier = labels[..index].iter().rfind(|other| other.key == label.key);
        match documented {
            None => undocumented(document, label, sink),
            Some(documented) if let Some(earlier) = earlier => {
                let is_right = label.value.as_deref().is_some_and(|value| documented.accepts(value));
                twice(document, tree, label, earlier, is_right, sink);
            }
            Some(documented) => wrong_value(document, label, documented, &app, sink),
        }
    }
    after_overlay(document, tree, &shipped, &labels, sink);
}

fn label_pairs(instruction: &Instruction) -> &[Pair] {
    match &instruction.kind {
        InstructionKind::Label(pairs) => pairs,
        _ => &[],
    }
}

fn missing(
    context: &Context<'_>,
    document: &Document,
    tree: &Dockerfile,
    shipped: &[usize],
    labels: &[Label<'_>],
    app: &str,
    sink: &mut Sink<'_>,
) {
    // A key that is put together from arguments could be any of them.
    if labels.iter().any(|label| label.pair.key.has_variables) {
        return;
    }
    let missing: Vec<&ImageLabel> = context
        .contract
        .dockerfile
        .labels
        .iter()
        .filter(|documented| labels.iter().all(|label| label.key != documented.key))
        .collect();
    let (Some(stage), false) = (tree.stages.last(), missing.is_empty()) else { return };
    let keys: Vec<String> = missing.iter().map(|label| format!("`{}`", label.key)).collect();
    let lines: Vec<String> =
        missing.iter().map(|label| format!("LABEL {}=\"{}\"", label.key, label.example_for(app))).collect();
    let plural = if keys.len() == 1 { "" } else { "s" };
    let finding = sink.report(
        document,
        tree.instructions[stage.from].span,
        format!("the final image lacks the label{plural} {}", keys.join(", ")),
        "the stage that is shipped starts here",
    );
    finding
        .why("nobody can tell from the published image where it comes from and who maintains it")
        .help(format!("write below this FROM:\n{}", lines.join("\n")))
        .fix(write_missing(context, document, tree, shipped, labels, app));
    for index in (0..stage.from).filter(|index| !shipped.contains(index)) {
        for pair in label_pairs(&tree.instructions[index]) {
            if missing.iter().any(|label| label.key == pair.key.literal(&document.text)) {
                finding.related(
                    Place::new(document, pair.span),
                    "this stage is not shipped, nor are its labels",
                );
            }
        }
    }
}

/// Writes the labels that are missing, in the order of the documents. The app's name is made of the folder's, so
/// somebody has to look at a description.
fn write_missing(
    context: &Context<'_>,
    document: &Document,
    tree: &Dockerfile,
    shipped: &[usize],
    labels: &[Label<'_>],
    app: &str,
) -> Option<ProposedFix> {
    // They belong above the overlay, in whichever stage that is.
    let source = &document.text;
    let overlay = shipped.iter().find(|&&index| copies_overlay(&tree.instructions[index], source, "ROOT"));
    let stage = overlay.map_or_else(|| tree.stages.last(), |&overlay| tree.stage_of(overlay))?;
    let items: Vec<(Option<usize>, String)> = context
        .contract
        .dockerfile
        .labels
        .iter()
        .map(|documented| {
            let found = labels.iter().rfind(|label| label.key == documented.key);
            let line = format!("LABEL {}=\"{}\"", documented.key, documented.example_for(app));
            (found.map(|label| label.instruction), line)
        })
        .collect();
    let is_guess = context
        .contract
        .dockerfile
        .labels
        .iter()
        .zip(&items)
        .any(|(documented, (found, _))| found.is_none() && documented.value.is_none());
    if is_guess && app.is_empty() {
        return None;
    }
    let applicability = if is_guess { Applicability::Unsafe } else { Applicability::Safe };
    let count = items.iter().filter(|(found, _)| found.is_none()).count();
    let fix = ProposedFix::new(
        applicability,
        if count == 1 {
            "write the missing label".to_owned()
        } else {
            format!("write the {count} missing labels")
        },
    );
    Some(insert_missing(fix, document, tree, &items, Spot::Apart(stage.from)))
}

fn undocumented(document: &Document, label: &Label<'_>, sink: &mut Sink<'_>) {
    if label.pair.key.has_variables {
        return;
    }
    sink.report(
        document,
        label.pair.key.span,
        format!("`{}` is none of the three documented labels", label.key),
        "not documented",
    )
    .variant("undocumented")
    .why("template images carry exactly three labels; tools that read them expect no other")
    .help("remove it, or say why it is needed in a `vastlint.toml` that turns this rule off for the image");
}

fn twice(
    document: &Document,
    tree: &Dockerfile,
    label: &Label<'_>,
    earlier: &Label<'_>,
    is_right: bool,
    sink: &mut Sink<'_>,
) {
    // Where the one that wins is wrong as well, it takes a person to say which one to keep.
    let fix = if is_right {
        let fix = ProposedFix::safe(format!("take the lost `{}` out", label.key));
        delete_pair(fix, document, tree, earlier.instruction, earlier.pair)
    } else {
        None
    };
    sink.report(document, label.pair.span, format!("`{}` is set twice", label.key), "this one wins")
        .variant("undocumented")
        .related(Place::new(document, earlier.pair.span), "this one is lost")
        .why("the first value never reaches the image")
        .help("keep one of the two")
        .fix(fix);
}

fn wrong_value(
    document: &Document,
    label: &Label<'_>,
    documented: &ImageLabel,
    app: &str,
    sink: &mut Sink<'_>,
) {
    let Some(value) = label.value.as_deref() else { return };
    if documented.accepts(value) {
        return;
    }
    let span = label.pair.value.as_ref().map_or(label.pair.span, |value| value.span);
    let key = &documented.key;
    let example = documented.example_for(app);
    let (message, seen) = match &documented.value {
        Some(exact) => (format!("the label `{key}` is not `{exact}`"), "must be the documented value"),
        None if is_placeholder(value) => {
            (format!("the label `{key}` still holds the placeholder of the documents"), "name the app")
        }
        None => (format!("the label `{key}` does not read like `{example}`"), "reads otherwise"),
    };
    let finding = sink.report(document, span, message, seen);
    finding
        .why("the published images are found and attributed by these values")
        .help(format!("write `LABEL {key}=\"{example}\"`"))
        .fix(right_value(document, label, documented, value, &example));
    if documented.value.is_none() {
        finding.variant(if is_placeholder(value) { "placeholder" } else { "description" });
    }
}

/// Writes the documented value in the place of a wrong one. What the author says about the app is kept.
fn right_value(
    document: &Document,
    label: &Label<'_>,
    documented: &ImageLabel,
    value: &str,
    example: &str,
) -> Option<ProposedFix> {
    let word = label.pair.value.as_ref().filter(|word| !word.span.is_empty())?;
    let ended = format!("{}.", value.trim_end());
    let named = documented
        .contains
        .as_ref()
        .zip(documented.suffix.as_ref())
        .map(|(word, suffix)| format!("{} {word} {suffix}", value.trim()));
    let is_name =
        !value.is_empty() && value.chars().all(|letter| letter.is_alphanumeric() || " -+_".contains(letter));
    let (applicability, text) = match &documented.value {
        // An argument may hand in another one.
        Some(exact) if word.has_variables => (Applicability::Unsafe, exact.clone()),
        Some(exact) => (Applicability::Safe, exact.clone()),
        None if documented.accepts(&ended) && !word.has_variables => (Applicability::Safe, ended),
        None if (is_placeholder(value) || value.trim().is_empty()) && !is_placeholder(example) => {
            (Applicability::Unsafe, example.to_owned())
        }
        None if is_name && named.as_deref().is_some_and(|named| documented.accepts(named)) => {
            (Applicability::Unsafe, named?)
        }
        None => return None,
    };
    let fix = ProposedFix::new(applicability, format!("write `{text}`"));
    Some(fix.replace(document, word.span, quoted_like(word.span.text(&document.text), &text)))
}

/// An app's name for people, made of its folder's name.
fn app_name(folder: &str) -> String {
    let words: Vec<String> = folder
        .split(['-', '_'])
        .filter(|word| !word.is_empty())
        .map(|word| {
            let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
            first.to_uppercase() + rest
        })
        .collect();
    words.join(" ")
}

/// Whether a text starts with the `<App>` of the documents.
fn is_placeholder(value: &str) -> bool {
    value.trim_start().starts_with('<')
}

/// Labels belong above the overlay: below it, each change of a file in the overlay makes their layer anew.
fn after_overlay(
    document: &Document,
    tree: &Dockerfile,
    shipped: &[usize],
    labels: &[Label<'_>],
    sink: &mut Sink<'_>,
) {
    let source = &document.text;
    let overlay =
        shipped.iter().copied().find(|&index| copies_overlay(&tree.instructions[index], source, "ROOT"));
    let Some(overlay) = overlay else { return };
    if let Some(label) = labels.iter().find(|label| label.instruction > overlay) {
        sink.report(document, label.pair.span, "the labels stand below the overlay", "stands below")
            .variant("below-overlay")
            .related(Place::new(document, tree.instructions[overlay].span), "the overlay is copied here")
            .why("each change of a file in `ROOT/` makes the layers below it anew")
            .help("move the labels between `FROM` and this `COPY`")
            .fix(move_above(tree, document, labels, overlay));
    }
}

/// Moves the labels that stand below the overlay above it. None where one of them holds a variable, which may be set
/// between the two places.
fn move_above(
    tree: &Dockerfile,
    document: &Document,
    labels: &[Label<'_>],
    overlay: usize,
) -> Option<ProposedFix> {
    let stage = tree.stages.last()?;
    let mut below: Vec<usize> =
        labels.iter().map(|label| label.instruction).filter(|&index| index > overlay).collect();
    below.dedup();
    let is_plain = |index: &usize| {
        label_pairs(&tree.instructions[*index]).iter().all(|pair| {
            !pair.key.has_variables && pair.value.as_ref().is_none_or(|value| !value.has_variables)
        })
    };
    if !stage.instructions.contains(&overlay) || !below.iter().all(is_plain) {
        return None;
    }
    let above = labels.iter().rfind(|label| label.instruction < overlay);
    let spot = above.map_or(Spot::Above(overlay), |label| Spot::Below(label.instruction));
    let fix = ProposedFix::safe("move the labels above the overlay");
    Some(move_blocks(fix, document, tree, &below, spot))
}

impl ImageLabel {
    /// The value for an app; the documents' own where its name is not known.
    fn example_for(&self, app: &str) -> String {
        if app.is_empty() { self.example.clone() } else { self.example.replace("<App>", app) }
    }

    fn accepts(&self, value: &str) -> bool {
        if let Some(exact) = &self.value {
            return value == exact;
        }
        let name_and_rest = self.suffix.as_deref().map_or(Some(value), |suffix| value.strip_suffix(suffix));
        name_and_rest.is_some_and(|rest| {
            let has_word = self.contains.as_deref().is_none_or(|word| {
                rest.split(|character: char| !character.is_alphanumeric()).skip(1).any(|part| part == word)
            });
            has_word && !is_placeholder(rest)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::app_name;
    use crate::{Edition, builtin_contract};

    #[test]
    fn names_of_folders_become_names_for_people() {
        for (folder, name) in
            [("chat-server", "Chat Server"), ("kohya_ss", "Kohya Ss"), ("über", "Über"), ("-", ""), ("", "")]
        {
            assert_eq!(app_name(folder), name);
        }
    }

    #[test]
    fn a_description_names_the_app_and_says_image() {
        let description = &builtin_contract(Edition::E2026_02).dockerfile.labels[1];
        for good in [
            "ComfyUI image suitable for Vast.ai.",
            "Whisper image (API + UI) suitable for Vast.ai.",
            "Linux desktop container image suitable for Vast.ai.",
        ] {
            assert!(description.accepts(good), "{good}");
        }
        for bad in [
            "",
            "ComfyUI",
            "image suitable for Vast.ai.",
            "<App> image suitable for Vast.ai.",
            "ComfyUI image suitable for Vast.ai",
            "A tool suitable for Vast.ai.",
        ] {
            assert!(!description.accepts(bad), "{bad}");
        }
    }
}
