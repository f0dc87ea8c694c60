//! Prints the project model of a repository: what vastlint understands of it.
//!
//!     cargo run --package vastlint_model --example project -- REPOSITORY

use std::path::Path;
use std::sync::Arc;

use vastlint_model::{Project, ProjectFile, classify, parse_file};
use vastlint_text::FileId;

#[expect(clippy::print_stdout, reason = "a program of its own")]
fn main() {
    let root = std::env::args_os().nth(1).map_or_else(|| ".".into(), std::path::PathBuf::from);
    let mut paths = Vec::new();
    list(&root, &root, &mut paths);
    paths.sort();
    let (mut files, mut documents) = (Vec::new(), Vec::new());
    for path in &paths {
        let text = std::fs::read_to_string(root.join(path)).unwrap_or_default();
        if let Some(kind) = classify(path, || text.lines().next().map(str::to_owned)) {
            let first = documents.len() as u32;
            let parsed = parse_file(&Arc::from(path.as_str()), kind, text.into());
            documents.extend(
                parsed.into_iter().map(|document| document.rebased(FileId(files.len() as u32), first)),
            );
        }
        files.push(ProjectFile { path: path.as_str().into(), executable: false });
    }
    let project = Project::build(files, documents);

    for image in &project.images {
        let base = image.bases.last().and_then(Option::as_deref).unwrap_or("?");
        let parent = image.parent.map_or("-", |parent| &project.images[parent].name);
        let files: usize = image.overlays.iter().map(|overlay| overlay.files.len()).sum();
        println!(
            "image {:?} {} from {base}, parent {parent}, {files} overlay files",
            image.class, image.directory
        );
    }
    for program in &project.programs {
        let conf = project.document(program.conf);
        let script = program.script.map_or("-", |script| &project.document(script).path);
        println!(
            "program {} ({}) starts {} = {script}",
            program.name,
            conf.path,
            program.command.as_deref().unwrap_or("?")
        );
    }
    for portal in &project.portals {
        let document = project.document(portal.document);
        let labels: Vec<&str> = portal
            .entries
            .iter()
            .map(|entry| entry.label().map_or("?", |label| label.text(&document.text)))
            .collect();
        println!("portal {}: {}", document.path, labels.join(", "));
    }
    for workflow in &project.workflows {
        let images: Vec<&str> =
            workflow.images.iter().map(|&image| &*project.images[image].directory).collect();
        println!("workflow {} builds {}", project.document(workflow.document).path, images.join(", "));
    }
    for template in &project.provisioning {
        let (scripts, confs) = (template.scripts.len(), template.confs.len());
        println!(
            "provisioning {}: {scripts} scripts, {confs} confs",
            project.document(template.document).path
        );
    }
}

fn list(root: &Path, folder: &Path, paths: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && !path.is_symlink() && entry.file_name() != ".git" {
            list(root, &path, paths);
        } else if let Ok(relative) = path.strip_prefix(root) {
            paths.push(relative.to_string_lossy().into_owned());
        }
    }
}
