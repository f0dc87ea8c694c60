//! A Dockerfile as it is built: the stages that are shipped, and what they run.

use vastlint_model::{Document, ImageClass, Origin, Project, ShellRole, Tree};
use vastlint_syntax::dockerfile::{
    Dockerfile, ImageReference, Instruction, InstructionKind, Pair, Scope, Stage, Transfer, Word,
};
use vastlint_syntax::shell::Script;
use vastlint_text::Span;

use crate::Context;
use crate::flow::{State, joined};

/// The last stage and the stages of this file that it is built on, the first one to be built first.
pub(crate) fn shipped_stages<'t>(tree: &'t Dockerfile, source: &'t str) -> Vec<&'t Stage> {
    let mut scopes = tree.scopes(source);
    let mut chain = Vec::new();
    let mut next = tree.stages.last();
    while let Some(stage) = next {
        chain.push(stage);
        next = scopes.base(stage);
    }
    chain.reverse();
    chain
}

/// The instructions that make the final image, in order: those of the last stage, and of the stages of this file that
/// it is built on.
pub(crate) fn shipped_instructions(tree: &Dockerfile, source: &str) -> Vec<usize> {
    shipped_stages(tree, source).into_iter().flat_map(|stage| stage.instructions.clone()).collect()
}

/// What the final image is built on.
pub(crate) struct Base<'t> {
    /// The image as it is written.
    pub(crate) word: &'t Word,
    /// The image with its arguments resolved by their defaults, if the file tells.
    pub(crate) image: Option<String>,
}

/// The image outside the file that the final image is built on.
pub(crate) fn shipped_base<'t>(tree: &'t Dockerfile, source: &'t str) -> Option<Base<'t>> {
    let stage = shipped_stages(tree, source).into_iter().next()?;
    let InstructionKind::From { image: Some(word), .. } = &tree.instructions[stage.from].kind else {
        return None;
    };
    let image = tree.scopes(source).image(stage);
    Some(Base { word, image })
}

/// The script of a `RUN`, or one that such a script hands to another shell.
pub(crate) struct RunScript<'a> {
    /// The `RUN`, as an index into the instructions.
    pub(crate) instruction: usize,
    /// The document of the script.
    pub(crate) document: &'a Document,
    /// Its tree.
    pub(crate) script: &'a Script,
    /// It is the whole of the `RUN`, and not inside another script.
    pub(crate) is_whole: bool,
}

/// The scripts that the given instructions run, in source order. What `ONBUILD` runs is left out: it runs in other
/// images.
pub(crate) fn run_scripts<'a>(
    project: &'a Project,
    dockerfile: &Document,
    tree: &Dockerfile,
    instructions: &[usize],
) -> Vec<RunScript<'a>> {
    let mut found = Vec::new();
    let mut wanted =
        instructions.iter().copied().filter(|&index| is_run(&tree.instructions[index])).peekable();
    for document in project.embedded(dockerfile.id) {
        let Origin::Embedded { place, .. } = document.origin else { continue };
        while wanted.next_if(|&index| tree.instructions[index].span.end <= place.start).is_some() {}
        let Some(&instruction) = wanted.peek() else { break };
        if !tree.instructions[instruction].span.contains_span(place) {
            continue;
        }
        push(&mut found, document, instruction, true);
        for inner in project.embedded_deep(document.id) {
            push(&mut found, inner, instruction, false);
        }
    }
    found
}

const fn is_run(instruction: &Instruction) -> bool {
    matches!(instruction.kind, InstructionKind::Run(_))
}

fn push<'a>(found: &mut Vec<RunScript<'a>>, document: &'a Document, instruction: usize, is_whole: bool) {
    if document.shell_role() != Some(ShellRole::Run) {
        return;
    }
    if let Tree::Shell(script) = &document.tree {
        found.push(RunScript { instruction, document, script, is_whole });
    }
}

/// The `ARG` and `ENV` that the Dockerfile around a `RUN` gives to its shell.
pub(crate) fn run_scope(context: &Context<'_>, document: &Document) -> Option<Scope> {
    if document.shell_role() != Some(ShellRole::Run) {
        return None;
    }
    let mut inner = document;
    loop {
        let Origin::Embedded { host, place } = inner.origin else { return None };
        let host = context.project.document(host);
        if let Tree::Dockerfile(tree) = &host.tree {
            let index =
                tree.instructions.iter().position(|instruction| instruction.span.contains_span(place))?;
            return Some(tree.scopes(&host.text).at(index).clone());
        }
        inner = host;
    }
}

/// The variable that holds the backend of the `PyTorch` in the image, for a `RUN` of an image that is built on Vast's with
/// `PyTorch`.
pub(crate) fn torch_backend<'c>(context: &Context<'c>, document: &Document) -> Option<&'c str> {
    let variable = context.contract.python.torch.backend_variable.as_str();
    if document.shell_role() != Some(ShellRole::Run) || variable.is_empty() {
        return None;
    }
    let file = context.project.outermost(document.id);
    let Tree::Dockerfile(tree) = &file.tree else { return None };
    context.project.image_of(file.id).filter(|image| image.class == ImageClass::PytorchDerived)?;
    let base = shipped_base(tree, &file.text)?.image?;
    let name = ImageReference::parse(&base).normalized_name();
    // The one that is declared here is another one.
    let is_own = run_scope(context, document).is_some_and(|scope| scope.declares(variable));
    (name == "docker.io/vastai/pytorch" && !is_own).then_some(variable)
}

/// Where a span of an embedded document starts in its file.
pub(crate) fn offset(document: &Document, span: Span) -> u32 {
    document.map.to_host(span).start
}

/// Follows the working directory through instructions of a stage.
pub(crate) struct WorkingDirectory {
    directory: Option<String>,
    passed: usize,
}

impl WorkingDirectory {
    /// `initial` is what the base image has, if that is known.
    pub(crate) fn new(initial: &str) -> Self {
        Self { directory: Some(initial.to_owned()).filter(|path| !path.is_empty()), passed: 0 }
    }

    /// The state in which the `RUN` at `instruction` starts. `shipped` are the instructions of the image; asked in
    /// ascending order.
    pub(crate) fn at(
        &mut self,
        tree: &Dockerfile,
        source: &str,
        shipped: &[usize],
        instruction: usize,
        scope: &Scope,
    ) -> State {
        while let Some(&index) = shipped.get(self.passed).filter(|&&index| index < instruction) {
            if let InstructionKind::Workdir(Some(word)) = &tree.instructions[index].kind {
                // Variables seldom change between here and there.
                self.directory =
                    scope.expand_word(source, word).and_then(|path| joined(self.directory.as_deref(), &path));
            }
            self.passed += 1;
        }
        State { directory: self.directory.clone(), ..State::default() }
    }
}

/// The sources and the destination of a `COPY` or an `ADD` that takes files from the build context.
pub(crate) fn context_transfer<'t>(instruction: &'t Instruction, source: &str) -> Option<&'t Transfer> {
    match &instruction.kind {
        InstructionKind::Copy(transfer) | InstructionKind::Add(transfer)
            if instruction.flag(source, "from").is_none() =>
        {
            Some(transfer)
        }
        _ => None,
    }
}

/// Whether a `COPY` or an `ADD` puts the folder of that name in the build context onto the image's root.
pub(crate) fn copies_overlay(instruction: &Instruction, source: &str, folder: &str) -> bool {
    let Some(transfer) = context_transfer(instruction, source) else { return false };
    let is_folder = |word: &Word| {
        let path = word.literal(source).trim_start_matches("./").trim_start_matches('/');
        path.trim_end_matches('.').trim_end_matches('/') == folder
    };
    let to_root = transfer
        .destination
        .as_ref()
        .is_some_and(|word| matches!(word.literal(source), "/" | "/." | "//" | "/./"));
    to_root && transfer.sources.iter().any(is_folder)
}

/// The names of the variables that a text of an instruction refers to, outside single quotes and not escaped, with what
/// stands behind the name inside braces: `X` and `:-d` of `${X:-d}`.
pub(crate) fn variables(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let (mut single, mut double) = (false, false);
    let mut at = 0;
    while let Some(next) = text[at..].chars().next() {
        let width = next.len_utf8();
        match next {
            '\\' if !single => {
                at += width + text[at + width..].chars().next().map_or(0, char::len_utf8);
                continue;
            }
            '\'' if !double => single = !single,
            '"' if !single => double = !double,
            '$' if !single => {
                let behind = &text[at + 1..];
                let braced = behind.strip_prefix('{');
                let start = braced.unwrap_or(behind);
                let length =
                    start.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
                let operand = match braced {
                    Some(_) => start[length..].split('}').next().unwrap_or_default(),
                    None => "",
                };
                if length > 0 {
                    found.push((&start[..length], operand));
                }
            }
            _ => {}
        }
        at += width;
    }
    found
}

/// The `ARG` before the first `FROM` that a `FROM` names, the last one of that name.
pub(crate) fn base_argument<'t>(tree: &'t Dockerfile, source: &str, base: &Base<'_>) -> Option<&'t Pair> {
    let text = base.word.text(source);
    let (name, _) = *variables(text).first()?;
    let first_from = tree.stages.first()?.from;
    let mut pairs = tree.instructions[..first_from].iter().rev().flat_map(argument_pairs);
    pairs.find(|pair| pair.key.literal(source) == name)
}

/// The arguments that an instruction declares, the last one first.
pub(crate) fn argument_pairs(instruction: &Instruction) -> impl Iterator<Item = &Pair> {
    let pairs: &[Pair] = match &instruction.kind {
        InstructionKind::Arg(pairs) => pairs,
        _ => &[],
    };
    pairs.iter().rev()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_found_where_they_are_expanded() {
        assert_eq!(variables("a$X-${Y:-d}\"$Z\""), [("X", ""), ("Y", ":-d"), ("Z", "")]);
        assert_eq!(variables("'$X' \\$Y \"it's $Z\" $ ${"), [("Z", "")]);
    }

    #[test]
    fn only_what_reaches_the_final_image_is_shipped() {
        let source = "FROM a AS x\nRUN x\nFROM b AS y\nRUN y\nFROM x\nRUN z\n";
        let tree = vastlint_syntax::dockerfile::parse(source);
        assert_eq!(shipped_instructions(&tree, source), [1, 5]);
        assert_eq!(shipped_base(&tree, source).and_then(|base| base.image).as_deref(), Some("a"));
    }

    #[test]
    fn an_overlay_is_a_folder_copied_onto_the_root() {
        let copies = |source: &str| {
            let tree = vastlint_syntax::dockerfile::parse(source);
            copies_overlay(&tree.instructions[1], source, "ROOT")
        };
        for yes in ["COPY ./ROOT /", "copy --link ROOT/ /", "ADD [\"./ROOT/.\", \"/\"]", "COPY a ROOT /"] {
            assert!(copies(&format!("FROM a\n{yes}\n")), "{yes}");
        }
        for no in ["COPY --from=b /ROOT /", "COPY ./ROOT /opt", "COPY . /", "COPY ./ROOT_BASE /"] {
            assert!(!copies(&format!("FROM a\n{no}\n")), "{no}");
        }
    }
}
