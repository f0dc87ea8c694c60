//! VL405: see `rules/python/unknown-venv.md`.

use std::collections::{HashMap, HashSet};

use vastlint_diagnostic::Applicability;
use vastlint_model::{Document, Image, ImageClass, Project, ShellRole, Tree};
use vastlint_syntax::shell::{Script, Word};
use vastlint_text::contains;

use super::bare_pip::runs_in_a_template;
use crate::contract::{PythonEnvironment, Workspace};
use crate::flow::{State, joined, runs};
use crate::values::{Assignments, Values};
use crate::venvs::{created, matches_folder, venv_of};
use crate::{Check, Context, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Project(check);

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let mut made: Option<Made> = None;
    for document in &context.project.documents {
        let Tree::Shell(script) = &document.tree else { continue };
        if !contains(&document.text, "activate") || !runs_in_a_template(context, document) {
            continue;
        }
        for activation in activations(document, script) {
            let Some(fault) = fault(context, document, &activation) else { continue };
            let known = made.get_or_insert_with(|| Made::of(context.project));
            if fault == Fault::Glued || !known.has(context.project, document, &activation.venv) {
                report(context, document, &activation, fault, sink);
            }
        }
    }
}

/// An `activate` that a script sources.
struct Activation<'t> {
    word: &'t Word,
    /// Its path: absolute, or from a variable that is kept as written.
    path: String,
    /// The environment that it belongs to.
    venv: String,
}

fn activations<'t>(document: &Document, script: &'t Script) -> Vec<Activation<'t>> {
    let source = &document.text;
    let assignments = Assignments::of(script, source);
    let outside = |name: &str| Some(format!("${{{name}}}"));
    let values = Values { source, assignments: &assignments, outside: &outside };
    runs(script, &values, State::default())
        .into_iter()
        .filter_map(|run| {
            if !matches!(run.command.name(source).as_deref(), Some("." | "source")) {
                return None;
            }
            // `. /opt/conda/bin/activate base` is conda's.
            let [word] = run.command.arguments() else { return None };
            let path = joined(run.state.directory.as_deref(), &values.word(word)?)?;
            let venv = venv_of(&path)?.to_owned();
            Some(Activation { word, path, venv })
        })
        .collect()
}

/// What is wrong about an activation, unless somebody makes the environment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// `${DATA_DIRECTORY}venv/main/bin/activate`
    Glued,
    /// The shared environment, and no `activate` at that place of it.
    Misplaced,
    /// Another one beside the shared one.
    Beside,
    /// Nobody knows it.
    Unknown,
}

fn fault(context: &Context<'_>, document: &Document, activation: &Activation<'_>) -> Option<Fault> {
    let python = &context.contract.python;
    let path = activation.path.as_str();
    if path.starts_with('$') {
        return is_glued(path, &context.contract.provisioning.workspace).then_some(Fault::Glued);
    }
    // A variable somewhere behind may name anything.
    if path.contains('$') || !path.starts_with('/') {
        return None;
    }
    let inside = activation.venv.strip_prefix(python.shared_venv.as_str());
    if inside.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
        return (path != format!("{}/bin/activate", python.shared_venv)).then_some(Fault::Misplaced);
    }
    if is_known(python, &activation.venv) || is_conda(path) || brings_its_own(context.project, document) {
        return None;
    }
    // Made by `uv sync`, `poetry install` and the like, where nobody writes its name.
    if activation.venv.ends_with("/.venv") {
        return None;
    }
    let siblings = python.shared_venv.rsplit_once('/').map_or("", |(folder, _)| folder);
    let is_sibling = activation.venv.rsplit_once('/').is_some_and(|(folder, _)| folder == siblings);
    Some(if is_sibling { Fault::Beside } else { Fault::Unknown })
}

/// A workspace variable and a name without a slash between them.
fn is_glued(path: &str, workspace: &Workspace) -> bool {
    workspace.variables.iter().any(|name| {
        let rest = path.strip_prefix("${").and_then(|path| path.strip_prefix(name.as_str()));
        rest.and_then(|rest| rest.strip_prefix('}'))
            .is_some_and(|rest| rest.starts_with(|next: char| next.is_ascii_alphanumeric() || next == '.'))
    })
}

fn is_known(python: &PythonEnvironment, venv: &str) -> bool {
    python.other_venvs.iter().any(|pattern| matches_folder(pattern, venv))
}

fn is_conda(path: &str) -> bool {
    ["conda", "mamba", "miniforge"].iter().any(|name| path.contains(name))
}

/// Whether the image is one of another project, which may have environments of its own.
fn brings_its_own(project: &Project, document: &Document) -> bool {
    image_of(project, document).is_some_and(|image| image.class == ImageClass::External)
}

fn image_of<'p>(project: &'p Project, document: &Document) -> Option<&'p Image> {
    project.image_around(&document.path)
}

/// The environments that the images' Dockerfiles and the scripts make.
struct Made {
    /// By the folder of the image.
    by_image: HashMap<String, Environments>,
    /// By the file that makes them.
    by_file: HashMap<String, Environments>,
}

#[derive(Default)]
struct Environments {
    paths: HashSet<String>,
    /// One of them has a name that is not known.
    unknown: bool,
}

impl Environments {
    fn has(&self, venv: &str) -> bool {
        self.unknown || self.paths.contains(venv)
    }
}

impl Made {
    fn of(project: &Project) -> Self {
        let mut made = Self { by_image: HashMap::new(), by_file: HashMap::new() };
        for document in &project.documents {
            let Tree::Shell(script) = &document.tree else { continue };
            for environment in created(document, script) {
                let of_image = document.shell_role() == Some(ShellRole::Run);
                let folder = image_of(project, document).map(|image| image.directory.to_string());
                let of_file = made.by_file.entry(document.path.to_string()).or_default();
                let note = |environments: &mut Environments| match &environment.path {
                    Some(path) => _ = environments.paths.insert(path.clone()),
                    None => environments.unknown = true,
                };
                note(of_file);
                if let Some(folder) = folder.filter(|_| of_image) {
                    note(made.by_image.entry(folder).or_default());
                }
            }
        }
        made
    }

    /// Whether an environment is made by the file itself, by its image or by what that one is built on.
    fn has(&self, project: &Project, document: &Document, venv: &str) -> bool {
        if self.by_file.get(&*document.path).is_some_and(|made| made.has(venv)) {
            return true;
        }
        let mut image = image_of(project, document);
        // An image may be its own grandparent where somebody made a mistake.
        for _ in 0..project.images.len().min(8) {
            let Some(current) = image else { return false };
            if self.by_image.get(&*current.directory).is_some_and(|made| made.has(venv)) {
                return true;
            }
            image = current.parent.map(|parent| &project.images[parent]);
        }
        false
    }
}

fn report(
    context: &Context<'_>,
    document: &Document,
    activation: &Activation<'_>,
    fault: Fault,
    sink: &mut Sink<'_>,
) {
    let shared = &context.contract.python.shared_venv;
    let written = activation.word.text(&document.text).trim_matches(['"', '\'']);
    let span = activation.word.span;
    let help = format!("write `. {shared}/bin/activate`");
    // Only a path that names the shared environment, but for the slip, is sure to mean it.
    let rest = activation.path.split_once('}').map_or("", |(_, rest)| rest);
    let is_shared = match fault {
        Fault::Glued => format!("/{rest}") == format!("{shared}/bin/activate"),
        Fault::Misplaced => true,
        Fault::Beside | Fault::Unknown => false,
    };
    let applicability = if is_shared { Applicability::Safe } else { Applicability::Unsafe };
    let path = format!("{shared}/bin/activate");
    let fix = ProposedFix::new(applicability, format!("write `{path}`")).replace(document, span, path);
    // Somebody who makes an environment of another name may mean that one.
    let makes_another =
        matches!(&document.tree, Tree::Shell(script) if !created(document, script).is_empty());
    let fix = Some(fix).filter(|_| is_shared || !makes_another);
    let gone = "`.` fails on a file that is not there: without `set -e` the script goes on with the system's Python, which has none of the app's packages";
    match fault {
        Fault::Glued => {
            sink.report(
                document,
                span,
                format!("`{written}` lacks a slash behind the variable"),
                "the two names run together",
            )
            .why(gone)
            .help(help)
            .fix(fix);
        }
        Fault::Misplaced => {
            sink.report(
                document,
                span,
                format!("`{written}` is not where the environment has its `activate`"),
                "no such file",
            )
            .why(gone)
            .help(help)
            .fix(fix);
        }
        Fault::Beside => {
            sink.report(document, span, format!("`{}` is not the shared environment", activation.venv), "another environment")
                .variant("beside-the-shared")
                .why(format!("what the base image installs, PyTorch above all, is in `{shared}`: the app works with another set of packages"))
                .help(help)
                .fix(fix);
        }
        Fault::Unknown => {
            sink.report(
                document,
                span,
                format!("nothing makes the environment `{}`", activation.venv),
                "no such environment is known",
            )
            .why(gone)
            .help(format!("{help}; or make it first: `uv venv {}`", activation.venv))
            .fix(fix);
        }
    }
}
