use std::collections::HashMap;
use std::sync::Arc;

use vastlint_syntax::dockerfile::{Dockerfile, ImageReference};

use super::{Project, ProjectFile};
use crate::classify::is_overlay_name;
use crate::document::{Document, DocumentId, Tree};

/// Repositories of Vast's own images, without their registry.
const BASE_REPOSITORY: &str = "vastai/base-image";
const PYTORCH_REPOSITORY: &str = "vastai/pytorch";

/// An image that a Dockerfile of the repository builds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// The Dockerfile.
    pub document: DocumentId,
    /// The folder that holds it, relative to the repository root; empty for the root itself.
    pub directory: Arc<str>,
    /// The folder's name; empty for the root.
    pub name: String,
    /// Which conventions hold for it.
    pub class: ImageClass,
    /// What each stage starts from, arguments resolved by their defaults; `None` where the file does not tell.
    pub bases: Vec<Option<String>>,
    /// The image of this repository that it is built on, as an index into [`Project::images`].
    pub parent: Option<usize>,
    /// The folders that are copied onto its file system.
    pub overlays: Vec<Overlay>,
}

/// The classes of the documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ImageClass {
    /// The base image itself.
    Base,
    /// Built on the base image.
    Derivative,
    /// Built on the `PyTorch` image.
    PytorchDerived,
    /// An upstream image with Vast's infrastructure grafted on.
    External,
    /// None of them: no convention for template images holds.
    Other,
}

impl ImageClass {
    /// Whether the image is a template: one that people rent machines with.
    #[must_use]
    pub const fn is_template(self) -> bool {
        matches!(self, Self::Derivative | Self::PytorchDerived | Self::External)
    }
}

/// A folder that is copied onto an image's file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlay {
    /// The folder (`ROOT`, `ROOT_<name>`), relative to the repository root.
    pub directory: String,
    /// Its files, sorted by path.
    pub files: Vec<OverlayFile>,
}

/// A file of an overlay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverlayFile {
    /// Where it ends up: an absolute path.
    pub instance_path: String,
    /// Whether its owner may execute it.
    pub executable: bool,
}

pub(super) fn images(project: &Project) -> Vec<Image> {
    let mut images: Vec<Image> = project
        .documents
        .iter()
        .filter(|document| document.is_file())
        .filter_map(|document| match &document.tree {
            Tree::Dockerfile(tree) => Some(image(project, document, tree)),
            _ => None,
        })
        .flatten()
        .collect();
    let parents = parents(&images);
    for (image, parent) in images.iter_mut().zip(parents) {
        image.parent = parent;
    }
    images
}

fn image(project: &Project, document: &Document, tree: &Dockerfile) -> Option<Image> {
    let (directory, file) = document.path.rsplit_once('/').unwrap_or(("", &document.path));
    // `Dockerfile.runtime`, `Dockerfile.extend` beside a `Dockerfile` are parts of how that one is built.
    let plain = |name: &str| name == "Dockerfile" || name == "Containerfile";
    if !plain(file) && has_sibling(&project.files, directory, plain) {
        return None;
    }
    let bases = bases(tree, &document.text);
    let overlays = overlays(&project.files, directory);
    let class = class(directory, &bases, tree, &document.text, !overlays.is_empty());
    let name = directory.rsplit('/').next().unwrap_or_default().to_owned();
    Some(Image {
        document: document.id,
        directory: directory.into(),
        name,
        class,
        bases,
        parent: None,
        overlays,
    })
}

fn has_sibling(files: &[ProjectFile], directory: &str, is_sibling: impl Fn(&str) -> bool) -> bool {
    in_folder(files, directory).any(|(_, rest)| is_sibling(rest))
}

/// The files under a folder with their paths relative to it. `files` are sorted.
fn in_folder<'f>(
    files: &'f [ProjectFile],
    directory: &str,
) -> impl Iterator<Item = (&'f ProjectFile, &'f str)> {
    let prefix = if directory.is_empty() { String::new() } else { format!("{directory}/") };
    let start = files.partition_point(|file| *file.path < *prefix);
    files[start..].iter().map_while(move |file| Some((file, file.path.strip_prefix(prefix.as_str())?)))
}

fn overlays(files: &[ProjectFile], directory: &str) -> Vec<Overlay> {
    let mut overlays: Vec<Overlay> = Vec::new();
    for (file, rest) in in_folder(files, directory) {
        let Some((folder, inside)) = rest.split_once('/') else { continue };
        if !is_overlay_name(folder) {
            continue;
        }
        let overlay_directory = &file.path[..file.path.len() - inside.len() - 1];
        if overlays.last().is_none_or(|overlay| overlay.directory != overlay_directory) {
            overlays.push(Overlay { directory: overlay_directory.to_owned(), files: Vec::new() });
        }
        let instance_path = format!("/{inside}");
        if let Some(overlay) = overlays.last_mut() {
            overlay.files.push(OverlayFile { instance_path, executable: file.executable });
        }
    }
    overlays
}

/// What each stage starts from; where that is an earlier stage, what that one starts from.
fn bases(tree: &Dockerfile, source: &str) -> Vec<Option<String>> {
    let mut scopes = tree.scopes(source);
    let mut bases: Vec<Option<String>> = Vec::with_capacity(tree.stages.len());
    for stage in &tree.stages {
        let base = match scopes.base(stage) {
            Some(earlier) => bases[earlier.index].clone(),
            None => scopes.image(stage),
        };
        bases.push(base);
    }
    bases
}

/// The class by place, where the place is a documented one, else by what the stages start from.
fn class(
    directory: &str,
    bases: &[Option<String>],
    tree: &Dockerfile,
    source: &str,
    has_overlay: bool,
) -> ImageClass {
    let on = |repository: &str| bases.iter().flatten().any(|base| is_repository(base, repository));
    match directory.split('/').collect::<Vec<_>>()[..] {
        ["derivatives", "pytorch", "derivatives", _] => return ImageClass::PytorchDerived,
        ["derivatives", _] => return ImageClass::Derivative,
        ["external", _] => return ImageClass::External,
        [""] if has_overlay && !on(BASE_REPOSITORY) && !on(PYTORCH_REPOSITORY) => return ImageClass::Base,
        _ => {}
    }
    let last = bases.last().and_then(Option::as_deref);
    let is_vast = |base: &str| ImageReference::parse(base).normalized_name().starts_with("docker.io/vastai/");
    match last {
        Some(base) if is_repository(base, PYTORCH_REPOSITORY) => ImageClass::PytorchDerived,
        Some(base) if is_vast(base) => ImageClass::Derivative,
        // The final stage starts elsewhere, and Vast's files are copied in.
        _ if on(BASE_REPOSITORY) && copies_from_base(tree, source) => ImageClass::External,
        _ => ImageClass::Other,
    }
}

fn copies_from_base(tree: &Dockerfile, source: &str) -> bool {
    tree.instructions.iter().any(|instruction| {
        let from = instruction.flag(source, "from").and_then(|flag| flag.value.as_ref());
        from.is_some_and(|from| matches!(from.literal(source), "vast_base_image" | "base_image_source"))
    })
}

/// Whether a reference names a repository of Docker Hub, whatever the tag. A look-alike on another registry does not.
pub(crate) fn is_repository(reference: &str, repository: &str) -> bool {
    ImageReference::parse(reference).normalized_name().strip_prefix("docker.io/") == Some(repository)
}

/// The image of the repository that each image is built on: the one of the base's name.
fn parents(images: &[Image]) -> Vec<Option<usize>> {
    let mut by_name: HashMap<&str, usize> = HashMap::new();
    for (index, image) in images.iter().enumerate() {
        let name = if image.class == ImageClass::Base { "base-image" } else { &image.name };
        by_name.entry(name).or_insert(index);
    }
    let parent = |image: &Image| {
        let reference = ImageReference::parse(image.bases.last()?.as_deref()?).normalized_name();
        let parent = *by_name.get(reference.strip_prefix("docker.io/vastai/")?)?;
        (images[parent].document != image.document).then_some(parent)
    };
    images.iter().map(parent).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_alike_on_another_registry_is_foreign() {
        assert!(is_repository("vastai/pytorch:2.9", PYTORCH_REPOSITORY));
        assert!(is_repository("docker.io/vastai/pytorch@sha256:00", PYTORCH_REPOSITORY));
        assert!(!is_repository("ghcr.io/vastai/pytorch:2.9", PYTORCH_REPOSITORY));
        assert!(!is_repository("vastai/pytorch-mini:2.9", PYTORCH_REPOSITORY));
    }
}
