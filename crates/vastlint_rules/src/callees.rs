//! What the steps and jobs of a workflow call, and what comes back.

use vastlint_model::{Document, Kind, Project, Tree};
use vastlint_syntax::yaml::{NodeId, Yaml};

use crate::step_writes::written;
use crate::workflows::{Step, script_of, steps};

/// How deep actions that use actions are followed.
const MAX_DEPTH: usize = 8;

/// What `uses:` names.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Callee<'p> {
    /// A file of this repository: an action, or a workflow that can be called.
    Local(&'p Document, &'p Yaml),
    /// An action in a folder of this repository that is no YAML that vastlint reads: its Dockerfile alone.
    Opaque,
    /// Nothing is there.
    Missing,
    /// It lies elsewhere, or its name is put together when it runs.
    Elsewhere,
}

/// The path in this repository that `uses:` names, relative to the root.
pub(crate) fn local_path(uses: &str) -> Option<&str> {
    let path = uses.strip_prefix("./")?.trim_end_matches('/');
    (!path.contains("${{") && !path.split('/').any(|part| matches!(part, "" | "." | ".."))).then_some(path)
}

/// What a step's `uses:` names.
pub(crate) fn action<'p>(project: &'p Project, uses: &str) -> Callee<'p> {
    let Some(folder) = local_path(uses) else { return Callee::Elsewhere };
    let found = ["action.yml", "action.yaml"]
        .into_iter()
        .find_map(|name| project.file_document(&format!("{folder}/{name}")));
    match found.map(|document| (document, &document.tree)) {
        Some((document, Tree::Yaml(yaml))) => Callee::Local(document, yaml),
        Some(_) => Callee::Opaque,
        None if project.has_file(&format!("{folder}/Dockerfile")) => Callee::Opaque,
        None => Callee::Missing,
    }
}

/// What a job's `uses:` names.
pub(crate) fn called_workflow<'p>(project: &'p Project, uses: &str) -> Callee<'p> {
    let Some(path) = local_path(uses) else { return Callee::Elsewhere };
    match project.file_document(path).map(|document| (document, &document.tree)) {
        Some((document, Tree::Yaml(yaml))) => Callee::Local(document, yaml),
        Some(_) => Callee::Opaque,
        None if project.has_file(path) => Callee::Opaque,
        None => Callee::Missing,
    }
}

/// The workflows of the project.
pub(crate) fn workflow_documents(project: &Project) -> impl Iterator<Item = (&Document, &Yaml)> {
    const FOLDER: &str = ".github/workflows/";
    let first = project.documents.partition_point(|document| *document.path < *FOLDER);
    project.documents[first..]
        .iter()
        .take_while(|document| document.path.starts_with(FOLDER))
        .filter(|document| document.kind == Kind::Workflow)
        .filter_map(|document| match &document.tree {
            Tree::Yaml(yaml) => Some((document, yaml)),
            _ => None,
        })
}

/// The names of the keys of a mapping. `None` where keys are merged in, or an expression makes the whole.
pub(crate) fn keys(yaml: &Yaml, mapping: NodeId) -> Option<Vec<&str>> {
    if yaml.text(mapping).is_some_and(|text| text.contains("${{")) {
        return None;
    }
    yaml.entries(mapping).iter().map(|entry| yaml.text(entry.key).filter(|key| *key != "<<")).collect()
}

/// The outputs of a step by name. `None` where the files do not tell all of them.
pub(crate) fn step_outputs(
    project: &Project,
    document: &Document,
    yaml: &Yaml,
    step: &Step<'_>,
) -> Option<Vec<String>> {
    if let Some(uses) = step.uses {
        let Callee::Local(_, action) = action(project, uses.name) else { return None };
        let root = action.root()?;
        let is_composite = action.path(root, &["runs", "using"]).and_then(|using| action.text(using));
        // What the code of any other action sets need not be declared.
        if is_composite != Some("composite") {
            return None;
        }
        let outputs =
            action.get(root, "outputs").map_or(Some(Vec::new()), |outputs| keys(action, outputs))?;
        return Some(outputs.into_iter().map(str::to_owned).collect());
    }
    step.run?;
    let script = script_of(project, document, yaml, step)?;
    let Tree::Shell(tree) = &script.tree else { return None };
    let written = written(tree, &script.text, "GITHUB_OUTPUT");
    written.complete.then_some(written.names)
}

/// What steps write to the environment of the steps behind them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    /// The names that are known.
    pub(crate) names: Vec<String>,
    /// Whether something may set others.
    pub(crate) is_open: bool,
}

impl Environment {
    /// Takes up what the steps of a job or of a composite action write. `is_closed` says of an action elsewhere that it
    /// sets no variables.
    pub(crate) fn add(
        &mut self,
        project: &Project,
        document: &Document,
        yaml: &Yaml,
        owner: NodeId,
        is_closed: &dyn Fn(&str) -> bool,
    ) {
        self.add_at(project, document, yaml, owner, is_closed, 0);
    }

    fn add_at(
        &mut self,
        project: &Project,
        document: &Document,
        yaml: &Yaml,
        owner: NodeId,
        is_closed: &dyn Fn(&str) -> bool,
        depth: usize,
    ) {
        for step in steps(yaml, owner) {
            if let Some(uses) = step.uses {
                match action(project, uses.name) {
                    Callee::Local(document, action) if depth < MAX_DEPTH => {
                        match action.root().and_then(|root| action.get(root, "runs")) {
                            Some(runs) if action.get(runs, "steps").is_some() => {
                                self.add_at(project, document, action, runs, is_closed, depth + 1);
                            }
                            _ => self.is_open = true,
                        }
                    }
                    _ => self.is_open |= !is_closed(uses.name),
                }
            } else if let Some(script) = script_of(project, document, yaml, &step)
                && let Tree::Shell(tree) = &script.tree
            {
                let written = written(tree, &script.text, "GITHUB_ENV");
                self.names.extend(written.names);
                self.is_open |= !written.complete;
            } else {
                self.is_open |= step.run.is_some();
            }
        }
    }
}
