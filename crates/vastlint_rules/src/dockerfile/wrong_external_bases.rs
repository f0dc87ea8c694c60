//! VL120: see `rules/dockerfile/wrong-external-bases.md`.

use vastlint_model::Document;
use vastlint_syntax::dockerfile::{Dockerfile, ImageReference, InstructionKind, Scopes, Stage, Word};
use vastlint_text::Span;

use crate::contract::ExternalStages;
use crate::dockerfile::hard_coded_base::with_argument;
use crate::external::External;
use crate::{Check, Context, Place, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Dockerfile(check);

fn check(context: &Context<'_>, document: &Document, tree: &Dockerfile, sink: &mut Sink<'_>) {
    let Some(external) = External::of(context, document, tree) else { return };
    let stages = &context.contract.external.stages;
    let mut scopes = tree.scopes(&document.text);
    let base = base_stage(&external, &mut scopes, stages, sink);
    let upstream = upstream_stage(tree, &mut scopes);
    if let Some(base) = base {
        tagged(&external, &mut scopes, base, stages, "the base image", sink);
    }
    if let Some(upstream) = upstream.filter(|upstream| base.is_none_or(|base| base.index != upstream.index)) {
        tagged(&external, &mut scopes, upstream, stages, "the upstream image", sink);
        named(&external, upstream, stages, sink);
    }
}

/// The image of a stage as written.
fn image_word<'t>(tree: &'t Dockerfile, stage: &Stage) -> Option<&'t Word> {
    match &tree.instructions[stage.from].kind {
        InstructionKind::From { image, .. } => image.as_ref(),
        _ => None,
    }
}

/// The stage that the final one is built on, through stages of this file.
fn upstream_stage<'t>(tree: &'t Dockerfile, scopes: &mut Scopes<'t>) -> Option<&'t Stage> {
    let mut stage = tree.stages.last()?;
    while let Some(earlier) = scopes.base(stage) {
        stage = earlier;
    }
    Some(stage)
}

/// The stage of the base image: named as documented, first, and of the right repository.
fn base_stage<'t>(
    external: &External<'t>,
    scopes: &mut Scopes<'t>,
    stages: &ExternalStages,
    sink: &mut Sink<'_>,
) -> Option<&'t Stage> {
    let (tree, document) = (external.tree, external.document);
    let line = format!("FROM ${{{}}} AS {}", stages.argument, stages.base);
    let Some(stage) = tree.stages.iter().find(|stage| stage.name.as_deref() == Some(stages.base.as_str()))
    else {
        missing(external, scopes, stages, &line, sink);
        return None;
    };
    let from = tree.instructions[stage.from].span;
    let image = scopes.image(stage);
    if let Some(image) = image.filter(|image| !is_repository(image, &stages.repository)) {
        let span = image_word(tree, stage).map_or(from, |word| word.span);
        sink.report(
            document,
            span,
            format!("the stage `{}` starts from `{image}`, not from `{}`", stages.base, stages.repository),
            "another image",
        )
        .why("what is copied out of this stage is not there, or is not Vast's")
        .help(format!(
            "write `ARG {}={}:<tag>` at the top and `{line}` here",
            stages.argument, stages.repository
        ));
    }
    if stage.index > 0 {
        let first = tree.instructions[tree.stages[0].from].span;
        sink.report(document, from, format!("`{}` is not the first stage", stages.base), "comes later")
            .variant("not-first")
            .related(Place::new(document, first), "this stage comes first")
            .why("tools and people that read external images look for the base in the first stage")
            .help(format!("move `{line}` above the other stages"));
    }
    Some(stage)
}

fn missing<'t>(
    external: &External<'t>,
    scopes: &mut Scopes<'t>,
    stages: &ExternalStages,
    line: &str,
    sink: &mut Sink<'_>,
) {
    let (tree, document) = (external.tree, external.document);
    // A stage of the right image under another name, or under none.
    let other = tree
        .stages
        .iter()
        .find(|stage| scopes.image(stage).is_some_and(|image| is_repository(&image, &stages.repository)));
    let (span, seen) = match other {
        Some(stage) => (tree.instructions[stage.from].span, "this one starts from it, under another name"),
        None => (tree.instructions[tree.stages[0].from].span, "the first stage is another one"),
    };
    sink.report(document, span, format!("no stage is named `{}`", stages.base), seen)
        .why(
            "the proxy is built in the base image only: without this stage there is nothing to copy it from, \
             and the instance has no public edge",
        )
        .help(format!(
            "write `ARG {}={}:<tag>` at the top and `{line}` as the first stage",
            stages.argument, stages.repository
        ));
}

fn is_repository(image: &str, repository: &str) -> bool {
    ImageReference::parse(image).normalized_name() == ImageReference::parse(repository).normalized_name()
}

/// A base is handed in by a build argument, whose default is a certain image.
fn tagged<'t>(
    external: &External<'t>,
    scopes: &mut Scopes<'t>,
    stage: &Stage,
    stages: &ExternalStages,
    what: &str,
    sink: &mut Sink<'_>,
) {
    let (tree, document) = (external.tree, external.document);
    let Some(word) = image_word(tree, stage) else { return };
    let Some(image) = scopes.image(stage) else { return };
    let reference = ImageReference::parse(&image);
    if reference.is_scratch() {
        return;
    }
    let moving = reference.tag.filter(|tag| stages.moving_tags.iter().any(|moving| moving == tag));
    if reference.digest.is_none() && (reference.tag.is_none() || moving.is_some()) {
        let message = match moving {
            Some(tag) => format!("{what} is pinned to `{tag}`, which moves"),
            None => format!("{what} `{image}` has no tag"),
        };
        let finding = sink.report(document, word.span, message, format!("is `{image}`"));
        finding
            .why("two builds of one commit start from different images, and the newer one breaks unseen")
            .help("name a tag that does not move, or a digest");
        if let Some(default) = default_of(tree, &document.text, word) {
            finding.related(Place::new(document, default), "its value comes from here");
        }
    }
    if !word.has_variables {
        sink.report(document, word.span, format!("{what} is written out in `FROM`"), "no build argument")
            .variant("written-out")
            .why("the workflow hands the base in as a build argument: here it changes nothing")
            .help(format!("write `ARG <NAME>_BASE={image}` at the top and `FROM ${{<NAME>_BASE}}` here"))
            // What the argument of the upstream image is called, only a person knows.
            .fix(
                is_repository(&image, &stages.repository)
                    .then(|| with_argument(document, tree, word, &stages.argument))
                    .flatten(),
            );
    }
}

/// The `ARG` before the first stage that a word is made of.
fn default_of(tree: &Dockerfile, source: &str, word: &Word) -> Option<Span> {
    let written = word.text(source);
    let first = tree.stages.first()?.from;
    tree.instructions[..first].iter().rev().find_map(|instruction| match &instruction.kind {
        InstructionKind::Arg(pairs) => {
            let named = |name: &str| written == format!("${name}") || written.contains(&format!("${{{name}"));
            pairs.iter().find(|pair| named(pair.key.text(source))).map(|pair| pair.span)
        }
        _ => None,
    })
}

fn named(external: &External<'_>, stage: &Stage, stages: &ExternalStages, sink: &mut Sink<'_>) {
    let suffix = &stages.build_suffix;
    let name = stage.name.as_deref();
    if name.is_some_and(|name| name.ends_with(suffix.as_str())) {
        return;
    }
    let own = external.image.name.replace(['-', '.'], "_").to_lowercase();
    let from = external.tree.instructions[stage.from].span;
    let message = match name {
        None => "the stage of the upstream image has no name".to_owned(),
        Some(name) => format!("the stage of the upstream image is named `{name}`, not `<app>{suffix}`"),
    };
    sink.report(external.document, from, message, "this stage")
        .variant("stage-name")
        .why("the stages of an external image are told apart by their names")
        .help(format!("write `AS {own}{suffix}` behind the image"))
        .fix(name_stage(external, stage, &format!("{own}{suffix}")));
}

/// Names a stage that has no name, so that nothing can refer to it by one.
fn name_stage(external: &External<'_>, stage: &Stage, name: &str) -> Option<ProposedFix> {
    let tree = external.tree;
    let image = image_word(tree, stage)?;
    let is_valid = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if stage.name.is_some() || !is_valid || tree.stage(name).is_some() {
        return None;
    }
    let keyword = tree.instructions[stage.from].keyword_span.text(&external.document.text);
    let is_lower = keyword.bytes().all(|byte| byte.is_ascii_lowercase());
    let named = if is_lower { format!("as {name}") } else { format!("AS {name}") };
    let fix = ProposedFix::safe(format!("write `{named}`"));
    Some(fix.insert(external.document, image.span.end, format!(" {named}")))
}
