//! What an instance has on its file system: the overlays of the image around a document, of those that it is built on,
//! of the base image, and what scripts write.

use std::collections::{HashMap, HashSet};

use vastlint_model::{
    Document, Image, ImageClass, Kind, Origin, Project, ShellRole, Tree, invocation, program_name,
};
use vastlint_syntax::dockerfile::{ImageReference, Instruction, Word as DockerWord};
use vastlint_syntax::shell::{Redirection, Script, SimpleCommand, Word};
use vastlint_syntax::supervisor::{Config, Key, Section, Word as CommandWord, parse_command};
use vastlint_text::Span;

use crate::contract::Layout;
use crate::values::{Assignments, Values};
use crate::{Context, Place};

/// Whose file system a document ends up on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Owner {
    /// An image, as an index into [`Project::images`].
    Image(usize),
    /// An instance that runs this script: a document that is a file.
    Script(vastlint_model::DocumentId),
    /// An overlay that no image is known for.
    Nobody,
}

/// The file systems of all images of a repository.
pub(crate) struct Instances<'a> {
    project: &'a Project,
    pub(crate) layout: &'a Layout,
    /// The base image, if the repository holds it.
    pub(crate) base: Option<usize>,
    /// The documents with a path on an instance, by owner and path.
    documents: HashMap<(Owner, &'a str), Vec<&'a Document>>,
    /// The files of each image's overlays.
    files: Vec<HashSet<&'a str>>,
    /// Whether any overlay of the repository has supervisor scripts.
    has_scripts: bool,
}

impl<'a> Instances<'a> {
    pub(crate) fn of(context: &Context<'a>) -> Self {
        let project = context.project;
        let base = project.images.iter().position(|image| image.class == ImageClass::Base);
        let files = project
            .images
            .iter()
            .map(|image| {
                let files = image.overlays.iter().flat_map(|overlay| &overlay.files);
                files.map(|file| file.instance_path.as_str()).collect()
            })
            .collect();
        let layout = &context.contract.layout;
        let has_scripts = project.documents.iter().any(|document| {
            document.instance_path.as_deref().is_some_and(|path| script_name(path, layout).is_some())
        });
        let mut instances = Self { project, layout, base, documents: HashMap::new(), files, has_scripts };
        for document in &project.documents {
            if let Some(path) = &document.instance_path {
                let owner = instances.owner(document);
                instances.documents.entry((owner, &**path)).or_default().push(document);
            }
        }
        instances
    }

    /// Whose file system a document ends up on.
    pub(crate) fn owner(&self, document: &Document) -> Owner {
        let outermost = self.project.outermost(document.id);
        if outermost.instance_path.is_none() && matches!(outermost.tree, Tree::Shell(_)) {
            return Owner::Script(outermost.id);
        }
        match self.project.image_around(&outermost.path) {
            Some(image) => Owner::Image(self.index_of(image)),
            None => Owner::Nobody,
        }
    }

    fn index_of(&self, image: &Image) -> usize {
        let found = self.project.images.binary_search_by_key(&image.document, |image| image.document);
        found.unwrap_or_default()
    }

    /// Whether template conventions hold for what ends up there.
    pub(crate) fn is_template(&self, owner: Owner) -> bool {
        match owner {
            Owner::Image(index) => self.project.images[index].class != ImageClass::Other,
            Owner::Script(id) => matches!(
                self.project.document(id).shell_role(),
                Some(ShellRole::ProvisioningScript | ShellRole::ImageProvisioningScript)
            ),
            // An overlay whose Dockerfile is elsewhere.
            Owner::Nobody => self.has_scripts,
        }
    }

    /// Whether it is the base image's own file system.
    pub(crate) fn is_base(&self, owner: Owner) -> bool {
        self.base.is_some_and(|base| owner == Owner::Image(base))
    }

    /// The owner, the images below it, and the base image: whose files an instance has.
    pub(crate) fn chain(&self, owner: Owner) -> Vec<Owner> {
        let mut chain = vec![owner];
        let mut image = match owner {
            Owner::Image(index) => Some(index),
            Owner::Script(id) => {
                let around = self.project.image_around(&self.project.document(id).path);
                around.map(|image| self.index_of(image))
            }
            Owner::Nobody => None,
        };
        while let Some(index) = image {
            if !chain.contains(&Owner::Image(index)) {
                chain.push(Owner::Image(index));
            }
            // An image can name itself as its base through a tag of another day.
            image =
                self.project.images[index].parent.filter(|&parent| !chain.contains(&Owner::Image(parent)));
        }
        if let Some(base) = self.base.filter(|&base| !chain.contains(&Owner::Image(base))) {
            chain.push(Owner::Image(base));
        }
        chain
    }

    /// Whether everything that an instance has is known: each image of the chain is built on one of the repository or on
    /// one that the contract knows.
    pub(crate) fn is_known(&self, chain: &[Owner]) -> bool {
        chain.iter().all(|owner| match owner {
            Owner::Image(index) => {
                let image = &self.project.images[*index];
                let base = image.bases.last().and_then(Option::as_deref);
                image.class == ImageClass::Base
                    || image.class == ImageClass::External
                    || image.parent.is_some()
                    // The bases for others are handed their own by the workflow, and it is the base image.
                    || self.layout.without_application.iter().any(|folder| matches(folder, &image.directory))
                    || base.is_some_and(|base| {
                        self.layout.base.repositories.iter().any(|known| is_same(base, known))
                    })
            }
            Owner::Script(_) => true,
            Owner::Nobody => false,
        })
    }

    /// Whether the file system has a file at a path: from an overlay, written by a script, or from a base image that is
    /// not in the repository.
    pub(crate) fn has(&self, chain: &[Owner], path: &str) -> bool {
        chain.iter().any(|owner| self.owner_has(*owner, path)) || self.base_has(path)
    }

    /// Whether an owner itself brings a file at a path.
    pub(crate) fn owner_has(&self, owner: Owner, path: &str) -> bool {
        let in_overlay = match owner {
            Owner::Image(index) => self.files[index].contains(path),
            _ => false,
        };
        in_overlay || self.documents.contains_key(&(owner, path))
    }

    /// The base image's file at a path, if the repository holds it and vastlint reads it.
    pub(crate) fn base_document(&self, path: &str) -> Option<&'a Document> {
        self.documents.get(&(Owner::Image(self.base?), path))?.first().copied()
    }

    /// Whether the base image has a file at a path.
    pub(crate) fn base_has(&self, path: &str) -> bool {
        if let Some(base) = self.base {
            return self.files[base].contains(path);
        }
        let layout = self.layout;
        let Some((folder, name)) = path.rsplit_once('/') else { return false };
        let program = |suffix: &str| {
            name.strip_suffix(suffix)
                .is_some_and(|stem| layout.base.programs.iter().any(|known| known == stem))
        };
        if folder == layout.boot_folder {
            layout.base.boot_scripts.iter().any(|known| known == name)
        } else if folder == layout.script_folder {
            program(".sh")
        } else if folder == layout.conf_folder {
            program(".conf")
        } else {
            folder.strip_prefix(&*layout.script_folder) == Some("/utils")
                && layout.base.utilities.iter().any(|known| known == name)
        }
    }

    /// The utilities of the base image, with their files if the repository holds them.
    pub(crate) fn base_utilities(&self, directory: &str) -> Vec<(&'a str, Option<&'a Document>)> {
        let Some(base) = self.base else {
            return self.layout.base.utilities.iter().map(|name| (name.as_str(), None)).collect();
        };
        let mut utilities: Vec<(&str, Option<&Document>)> = self.files[base]
            .iter()
            .filter_map(|path| {
                let name = path.strip_prefix(directory)?.strip_prefix('/')?;
                let documents = self.documents.get(&(Owner::Image(base), *path));
                Some((name, documents.and_then(|documents| documents.first()).copied()))
            })
            .collect();
        utilities.sort_unstable_by_key(|(name, _)| *name);
        utilities
    }

    /// The programs of the base image.
    pub(crate) fn base_programs(&self) -> Vec<(&'a str, Option<&'a Document>)> {
        let Some(base) = self.base else {
            return self.layout.base.programs.iter().map(|name| (name.as_str(), None)).collect();
        };
        let mut programs = Vec::new();
        for document in &self.project.documents {
            if let Tree::Supervisor(config) = &document.tree
                && document.instance_path.is_some()
                && self.owner(document) == Owner::Image(base)
            {
                let names = config.sections.iter().filter_map(Section::program_name);
                programs.extend(names.map(|name| (name, Some(document))));
            }
        }
        programs
    }

    /// The documents that make up an owner: a script with what it writes; a Dockerfile and the overlays beside it.
    pub(crate) fn documents_of(&self, owner: Owner) -> Vec<&'a Document> {
        let of_file = |file: &'a Document| {
            std::iter::once(file).chain(self.project.embedded_deep(file.id)).collect::<Vec<_>>()
        };
        match owner {
            Owner::Script(id) => of_file(self.project.document(id)),
            Owner::Image(index) => {
                let image = &self.project.images[index];
                let mut documents = of_file(self.project.document(image.document));
                for overlay in &image.overlays {
                    let folder = format!("{}/", overlay.directory);
                    let all = &self.project.documents;
                    let start = all.partition_point(|document| *document.path < *folder);
                    documents.extend(
                        all[start..].iter().take_while(|document| document.path.starts_with(&folder)),
                    );
                }
                documents
            }
            Owner::Nobody => Vec::new(),
        }
    }

    /// Where else the files of an owner may come from: each path that a command or a `COPY` writes to or below which it
    /// writes.
    pub(crate) fn written(&self, owner: Owner) -> Vec<Written> {
        let mut written = Vec::new();
        for document in self.documents_of(owner) {
            match &document.tree {
                Tree::Shell(script) => commands_write(script, &document.text, &mut written),
                Tree::Dockerfile(tree) => {
                    let copies = tree.instructions.iter();
                    written.extend(copies.filter_map(|instruction| copied_to(instruction, &document.text)));
                }
                _ => {}
            }
        }
        written
    }
}

/// Something that may make a file whose content nobody knows.
pub(crate) enum Written {
    /// A file of this path.
    File(String),
    /// A file of this path, or any file below it.
    Tree(String),
    /// Any file.
    Anything,
}

/// Where a `COPY` or `ADD` puts files that are not known: neither an overlay, nor a heredoc, nor what the graft of an
/// external image brings.
fn copied_to(instruction: &Instruction, source: &str) -> Option<Written> {
    let transfer = crate::external::copy(instruction)?;
    let destination = transfer.destination.as_ref()?;
    let target = destination.literal(source);
    let from = instruction.flag(source, "from").and_then(|flag| flag.value.as_ref());
    if from.is_some_and(|from| from.literal(source) == "base_image_source") {
        return None;
    }
    let name = |word: &DockerWord| {
        crate::external::plain(word.literal(source)).rsplit('/').next().unwrap_or_default().to_owned()
    };
    let is_overlay = |word: &DockerWord| {
        let name = name(word);
        name == "ROOT" || name.starts_with("ROOT_")
    };
    let known = |word: &DockerWord| {
        instruction.heredoc_at(word).is_some() || (target == "/" && from.is_none() && is_overlay(word))
    };
    if transfer.sources.iter().all(known) {
        return None;
    }
    // What a stage builds for itself and installs at the top has no supervisor script in it.
    let like_overlay = |word: &DockerWord| {
        matches!(&*name(word).to_ascii_lowercase(), "" | "." | "root" | "rootfs" | "overlay")
    };
    if from.is_some() && target == "/" && !transfer.sources.iter().any(like_overlay) {
        return None;
    }
    Some(if destination.has_variables { Written::Anything } else { Written::Tree(target.to_owned()) })
}

/// Whether one of these writes may make the file at `path`.
pub(crate) fn may_make(written: &[Written], path: &str) -> bool {
    written.iter().any(|written| match written {
        Written::Anything => true,
        Written::File(file) => file == path,
        Written::Tree(folder) => {
            let folder = folder.trim_end_matches('/');
            path == folder || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        }
    })
}

/// Commands that name a file without making it.
const ONLY_READ: [&str; 23] = [
    "chmod",
    "chown",
    "chgrp",
    "echo",
    "printf",
    "ls",
    "cat",
    "rm",
    "test",
    "[",
    "grep",
    "stat",
    "sed",
    "head",
    "tail",
    "cd",
    "mkdir",
    "supervisorctl",
    "bash",
    "sh",
    ".",
    "source",
    "find",
];

/// Commands that neither start a script nor hand it on.
const ONLY_NAME: [&str; 20] = [
    "chmod",
    "chown",
    "chgrp",
    "echo",
    "printf",
    "ls",
    "cat",
    "rm",
    "test",
    "[",
    "grep",
    "stat",
    "sed",
    "head",
    "tail",
    "cd",
    "mkdir",
    "supervisorctl",
    "tee",
    "touch",
];

/// Commands that put files into a folder.
const WRITERS: [&str; 11] =
    ["cp", "mv", "ln", "install", "rsync", "git", "tar", "unzip", "wget", "curl", "7z"];

/// Notes the paths that commands may write to: what they redirect to, and every path in an argument of a command that
/// is not known to leave files alone. A folder counts where the command is one that fills folders, and the folder is
/// not one that holds everything.
fn commands_write(script: &Script, source: &str, written: &mut Vec<Written>) {
    let assignments = Assignments::of(script, source);
    let values = Values { source, assignments: &assignments, outside: &|_| None };
    let absolute = |word: &Word| values.word(word).filter(|path| path.starts_with('/') && path.len() > 1);
    for command in script.simple_commands() {
        written.extend(
            command
                .redirections
                .iter()
                .filter_map(Redirection::written)
                .filter_map(absolute)
                .map(Written::File),
        );
        let words = invocation(command, source);
        let Some((program, arguments)) = words.split_first() else { continue };
        let name = program_name(program, source);
        let name = name.as_deref().unwrap_or_default();
        if ONLY_READ.contains(&name) {
            continue;
        }
        let fills = WRITERS.contains(&name);
        let noted = |path: String| {
            let deep = path.trim_end_matches('/').matches('/').count() > 1;
            if fills && deep { Written::Tree(path) } else { Written::File(path) }
        };
        written.extend(arguments.iter().filter_map(absolute).map(noted));
    }
}

/// The file names of what a command starts or hands on, in whatever folder it looks for them.
pub(crate) fn used_names(command: &SimpleCommand, source: &str) -> Vec<String> {
    let words = invocation(command, source);
    let Some((program, arguments)) = words.split_first() else { return Vec::new() };
    let name = program_name(program, source);
    let only_names = name.as_deref().is_some_and(|name| ONLY_NAME.contains(&name));
    let arguments = if only_names { &[] } else { arguments };
    let named = arguments.iter().filter_map(|word| program_name(word, source));
    name.into_iter().chain(named).map(std::borrow::Cow::into_owned).collect()
}

fn is_same(image: &str, repository: &str) -> bool {
    ImageReference::parse(image).normalized_name() == ImageReference::parse(repository).normalized_name()
}

/// What a section of a conf starts.
pub(crate) struct Started<'a> {
    pub(crate) document: &'a Document,
    pub(crate) section: &'a Section,
    pub(crate) key: &'a Key,
    /// The command's words, `%(program_name)s` replaced.
    pub(crate) words: Vec<CommandWord>,
}

impl Started<'_> {
    /// The place of a word in the conf.
    pub(crate) fn span(&self, word: usize) -> Span {
        self.key.to_file(self.words[word].span)
    }
}

/// Every command of a conf that ends up on an instance.
pub(crate) fn started<'a>(document: &'a Document, config: &'a Config) -> Vec<Started<'a>> {
    if document.kind != Kind::SupervisorConf || document.instance_path.is_none() {
        return Vec::new();
    }
    let of_section = |section: &'a Section| {
        let key = section.key("command")?;
        let name = section.instance_name()?;
        let mut words = parse_command(&key.value).words;
        for word in &mut words {
            word.text = word.text.replace("%(program_name)s", name);
        }
        Some(Started { document, section, key, words })
    };
    config.sections.iter().filter_map(of_section).collect()
}

/// The conf's name without its suffix, where it is one of the folder of confs.
pub(crate) fn conf_stem<'a>(document: &'a Document, layout: &Layout) -> Option<&'a str> {
    let name = document.instance_path.as_deref()?.strip_prefix(&*layout.conf_folder)?.strip_prefix('/')?;
    name.strip_suffix(".conf").filter(|stem| !stem.contains('/'))
}

/// The name of a script of the folder of supervisor scripts, by its path.
pub(crate) fn script_name<'p>(path: &'p str, layout: &Layout) -> Option<&'p str> {
    path.strip_prefix(&*layout.script_folder)?
        .strip_prefix('/')
        .filter(|name| !name.is_empty() && !name.contains('/'))
}

/// Whether the document is embedded in another one.
pub(crate) fn is_embedded(document: &Document) -> bool {
    matches!(document.origin, Origin::Embedded { .. })
}

/// How many names are compared with one. Images have a dozen scripts.
const MOST_CANDIDATES: usize = 64;

/// The name nearest to `name`, if any is near.
pub(crate) fn nearest<'n, T: Copy>(name: &str, candidates: impl Iterator<Item = (&'n str, T)>) -> Option<T> {
    let plain = |name: &str| name.to_ascii_lowercase().replace(['_', '.'], "-");
    let wanted = plain(name);
    candidates
        .take(MOST_CANDIDATES)
        .map(|(candidate, value)| (strsim::jaro_winkler(&plain(candidate), &wanted), value))
        .filter(|(similarity, _)| *similarity > 0.85)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, value)| value)
}

/// Whether a path fits a pattern of the contract: `*` stands for any part of a name, not for a slash.
pub(crate) fn matches(pattern: &str, path: &str) -> bool {
    let fits = |pattern: &str, name: &str| {
        let mut parts = pattern.split('*');
        let Some(mut rest) = name.strip_prefix(parts.next().unwrap_or_default()) else { return false };
        let mut parts = parts.peekable();
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                return rest.ends_with(part);
            }
            match rest.find(part) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.is_empty()
    };
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    loop {
        match (pattern.next(), path.next()) {
            (Some(pattern), Some(name)) if fits(pattern, name) => {}
            (None, None) => return true,
            _ => return false,
        }
    }
}

/// The image's Dockerfile and where its final stage starts: what is missing beside it is shown there.
pub(crate) fn dockerfile_place<'a>(project: &'a Project, image: &Image) -> Place<'a> {
    let document = project.document(image.document);
    let span = match &document.tree {
        Tree::Dockerfile(tree) => {
            tree.stages.last().and_then(|stage| tree.instructions.get(stage.from)).map(|from| from.span)
        }
        _ => None,
    };
    Place::new(
        document,
        span.unwrap_or_else(|| document.first_line(Span::new(0, document.text.len() as u32))),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_a_part_of_a_name() {
        for (pattern, path) in
            [("a/*", "a/b"), ("*/*-*", "x/1-2"), ("a/b*.sh", "a/b.sh"), ("a", "a"), ("*b*", "abc")]
        {
            assert!(matches(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in
            [("a/*", "a/b/c"), ("a/*", "a"), ("*-*", "x"), ("a*", "ba"), ("*.sh", "a.sh.bak")]
        {
            assert!(!matches(pattern, path), "{pattern} {path}");
        }
    }

    #[test]
    fn names_that_people_mix_up_are_near() {
        let candidates = [("my-app", 1), ("other", 2)];
        assert_eq!(nearest("myapp", candidates.into_iter()), Some(1));
        assert_eq!(nearest("my_app", candidates.into_iter()), Some(1));
        assert_eq!(nearest("start", candidates.into_iter()), None);
    }

    #[test]
    fn what_is_written_to_a_folder_may_be_any_file_in_it() {
        let written = [Written::Tree("/opt/a/".to_owned()), Written::File("/opt/b/c.sh".to_owned())];
        assert!(may_make(&written, "/opt/a/x.sh") && may_make(&written, "/opt/b/c.sh"));
        assert!(!may_make(&written, "/opt/ab") && !may_make(&written, "/opt/b/d.sh"));
    }
}
