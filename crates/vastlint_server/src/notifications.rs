//! What the client tells: buffers, files on disk, folders.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use lsp_server::Notification;
use lsp_types::{
    DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidChangeWorkspaceFoldersParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, DidSaveTextDocumentParams, FileChangeType,
    MessageType, WorkspaceFolder,
};
use serde::de::DeserializeOwned;
use serde_json::json;
use vastlint_engine::{BASELINE_FILE, OpenTexts, Progress, Repository};

use crate::buffer::Buffer;
use crate::location::{path_of, real};
use crate::server::{Event, Server};
use crate::workspace::{Held, Owner, put};

/// A client that does not tell what changes on disk makes the disk be read again when it saves, opens or closes a
/// file, but not more often than this.
const RELOAD_INTERVAL: Duration = Duration::from_secs(1);

/// How often the client is told how far a reading is.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(200);

impl Server {
    /// Takes a notification. Unknown ones, and those that cannot be read, mean nothing.
    pub(crate) fn take(&mut self, note: Notification) {
        match note.method.as_str() {
            "initialized" => self.initialized(),
            "textDocument/didOpen" => self.with(note, Self::opened),
            "textDocument/didChange" => self.with(note, Self::changed),
            "textDocument/didClose" => self.with(note, Self::closed),
            "textDocument/didSave" => self.with(note, Self::saved),
            "workspace/didChangeWatchedFiles" => self.with(note, Self::files_changed),
            "workspace/didChangeWorkspaceFolders" => self.with(note, Self::folders_changed),
            "workspace/didChangeConfiguration" => self.reload_everything(),
            _ => {}
        }
    }

    fn with<P: DeserializeOwned>(&mut self, note: Notification, take: fn(&mut Self, P)) {
        match serde_json::from_value(note.params) {
            Ok(params) => take(self, params),
            Err(error) => {
                let message = format!("`{}` is not understood: {error}", note.method);
                self.client.log(MessageType::WARNING, &message);
            }
        }
    }

    fn initialized(&mut self) {
        if self.client.can.watches {
            let options = json!({ "watchers": [{ "globPattern": "**/*" }] });
            let registration = json!({ "id": "vastlint-files", "method": "workspace/didChangeWatchedFiles", "registerOptions": options });
            self.client.ask("client/registerCapability", json!({ "registrations": [registration] }));
        }
        for folder in self.workspace.folders.clone() {
            self.hold_folder(&folder);
        }
    }

    /// Reads the repository that a folder of the workspace belongs to. A folder that belongs to none is read when a file
    /// of it is opened: it may be anything.
    fn hold_folder(&mut self, folder: &Path) {
        if let Some(root) = Repository::root_around(folder) {
            self.hold(&root);
        }
    }

    /// Reads a repository, unless it was.
    fn hold(&mut self, root: &Path) {
        if !self.workspace.repositories.contains_key(root) {
            let repository = Repository::empty(root.to_owned(), self.options.edition);
            self.workspace.repositories.insert(root.to_owned(), Held::new(repository, false));
            // It says what is read.
            self.configure(root);
            self.read(root);
        }
    }

    /// Has a thread read a repository from disk.
    fn read(&mut self, root: &Path) {
        let Some(held) = self.workspace.repositories.get_mut(root).filter(|held| !held.is_lone) else {
            return;
        };
        if held.loading {
            held.load_again = true;
            return;
        }
        held.loading = true;
        let is_first = !held.is_read;
        let token = token(root);
        if is_first {
            self.client.begin_progress(&token, "vastlint reads the repository");
        }
        let (root, sender) = (root.to_owned(), self.sender.clone());
        let before = held.repository.without_files();
        let reporter = self.client.reporter();
        let work = move || {
            let progress = Arc::new(Progress::default());
            let done = Arc::new(std::sync::atomic::AtomicBool::new(!is_first));
            let watcher = {
                let (progress, done) = (Arc::clone(&progress), Arc::clone(&done));
                std::thread::spawn(move || {
                    while !done.load(Ordering::Relaxed) {
                        std::thread::park_timeout(PROGRESS_INTERVAL);
                        let files = progress.parsed.load(Ordering::Relaxed);
                        if !done.load(Ordering::Relaxed) {
                            reporter.report_progress(&token, "report", &format!("{files} files"));
                        }
                    }
                })
            };
            let repository = before.reopened(&progress);
            done.store(true, Ordering::Relaxed);
            watcher.thread().unpark();
            drop(watcher.join());
            // If the server is gone nobody wants it.
            drop(sender.send(Event::Read { root, repository: Box::new(repository) }));
        };
        if let Err(error) = std::thread::Builder::new().name("read".to_owned()).spawn(work) {
            self.client.log(MessageType::ERROR, &format!("cannot start a thread: {error}"));
        }
    }

    /// Takes over what a thread read.
    pub(crate) fn was_read(&mut self, root: &Path, repository: Repository) {
        let buffers: Vec<String> = self
            .workspace
            .buffers
            .values()
            .filter(|buffer| buffer.owner.root == root)
            .map(|buffer| buffer.owner.path.clone())
            .collect();
        let Some(held) = self.workspace.repositories.get_mut(root) else { return };
        let files = repository.inputs().len();
        let is_first = !held.is_read;
        held.repository.replace_inputs(repository, |path| buffers.iter().any(|open| open == path));
        (held.loading, held.is_read) = (false, true);
        held.touch(None);
        let again = std::mem::take(&mut held.load_again);
        self.workspace.lay_buffers(root);
        self.load_baseline(root);
        if is_first {
            self.client.report_progress(&token(root), "end", &format!("{files} files"));
        }
        if again {
            self.read(root);
        }
    }

    /// Whether a file may be the configuration of its repository, or what that extends.
    pub(crate) fn is_configuration(&self, owner: &Owner) -> bool {
        let is_toml = Path::new(&owner.path).extension().is_some_and(|extension| extension == "toml");
        is_toml || self.options.config.file.as_ref() == Some(&owner.root.join(&owner.path))
    }

    /// Takes the configuration of a repository from what is open and from disk.
    pub(crate) fn configure(&mut self, root: &Path) {
        let of_root = self.workspace.buffers.values().filter(|buffer| buffer.owner.root == root);
        let open: OpenTexts =
            of_root.map(|buffer| (buffer.owner.path.clone(), Arc::clone(&buffer.text))).collect();
        let Some(held) = self.workspace.repositories.get_mut(root).filter(|held| !held.is_lone) else {
            return;
        };
        let configured = held.repository.configure(&self.options.config, &open);
        let reads_others = matches!(configured, Ok(true));
        held.configuration_fault = configured.err();
        held.touch(None);
        if reads_others {
            self.read(root);
        }
    }

    fn load_baseline(&mut self, root: &Path) {
        let Some(held) = self.workspace.repositories.get_mut(root).filter(|held| !held.is_lone) else {
            return;
        };
        held.baseline_fault = held.repository.reload_baseline().err();
        held.touch(None);
    }

    fn opened(&mut self, params: DidOpenTextDocumentParams) {
        let item = params.text_document;
        let (owner, is_lone) = self.workspace.owner(&item.uri, &item.language_id);
        let uri = item.uri.as_str().to_owned();
        let text: Arc<str> = Arc::from(item.text.as_str());
        self.workspace.buffers.insert(uri, Buffer::new(item, owner.clone()));
        if is_lone {
            let repository = Repository::empty(owner.root.clone(), self.options.edition);
            self.workspace
                .repositories
                .entry(owner.root.clone())
                .or_insert_with(|| Held::new(repository, true));
        } else {
            self.hold(&owner.root);
        }
        self.take_text(&owner, &text, false);
        // What is known of a file that was not shown so far.
        self.tell_all(&owner.root);
        self.reload_unwatched();
    }

    fn changed(&mut self, params: DidChangeTextDocumentParams) {
        let encoding = self.client.can.encoding;
        let Some(buffer) = self.workspace.buffers.get_mut(params.text_document.uri.as_str()) else { return };
        buffer.change(params.text_document.version, params.content_changes, encoding);
        let (owner, text) = (buffer.owner.clone(), Arc::clone(&buffer.text));
        self.take_text(&owner, &text, true);
    }

    /// Gives a repository the text of a buffer.
    fn take_text(&mut self, owner: &Owner, text: &Arc<str>, is_edit: bool) {
        if self.is_configuration(owner) {
            self.configure(&owner.root);
        }
        let Some(held) = self.workspace.repositories.get_mut(&owner.root) else { return };
        // An unread repository is given the buffers when it is.
        if held.is_read {
            let is_same = !is_edit && held.repository.holds(&owner.path, text);
            put(&mut held.repository, &owner.path, text);
            // Nothing changes by opening a file.
            if !is_same {
                held.touch(Some(&owner.path));
            }
        }
    }

    #[expect(clippy::needless_pass_by_value, reason = "as every notification")]
    fn closed(&mut self, params: DidCloseTextDocumentParams) {
        let Some(buffer) = self.workspace.buffers.remove(params.text_document.uri.as_str()) else { return };
        let owner = buffer.owner;
        if self.workspace.repositories.get(&owner.root).is_some_and(|held| held.is_lone) {
            self.workspace.repositories.remove(&owner.root);
            self.forget(&owner.root);
            return;
        }
        self.reread(&owner);
        // A file outside the folders of the workspace is shown only while it is open.
        self.tell_all(&owner.root);
        self.reload_unwatched();
    }

    /// Takes back what was told of a repository that is no longer looked at.
    fn forget(&mut self, root: &Path) {
        self.tell_nothing(root);
    }

    #[expect(clippy::needless_pass_by_value, reason = "as every notification")]
    fn saved(&mut self, params: DidSaveTextDocumentParams) {
        // A save may make a file executable, or be the first of a new one.
        if let Some(buffer) = self.workspace.buffers.get(params.text_document.uri.as_str()) {
            let owner = buffer.owner.clone();
            self.reread(&owner);
        }
        self.reload_unwatched();
    }

    /// Takes a file from disk again, but for the text of one that is open.
    pub(crate) fn reread(&mut self, owner: &Owner) {
        if self.is_configuration(owner) {
            self.configure(&owner.root);
        }
        let text = self.workspace.buffer(owner).map(|buffer| Arc::clone(&buffer.text));
        let Some(held) = self.workspace.repositories.get_mut(&owner.root) else { return };
        if !held.is_read {
            held.load_again |= held.loading;
            return;
        }
        if held.is_lone {
            return;
        }
        let before = held.repository.input(&owner.path).cloned();
        held.repository.reread(&owner.path);
        if let Some(text) = &text {
            put(&mut held.repository, &owner.path, text);
        }
        if !held.repository.is_as(&owner.path, before.as_ref()) {
            held.touch(None);
        }
    }

    fn files_changed(&mut self, params: DidChangeWatchedFilesParams) {
        for event in params.changes {
            let Some(path) = path_of(&event.uri) else { continue };
            let path = real(&path);
            let is_gone = event.typ == FileChangeType::DELETED;
            for owner in self.workspace.around(&path) {
                self.file_changed(&owner, &path, is_gone);
            }
        }
    }

    fn file_changed(&mut self, owner: &Owner, path: &Path, is_gone: bool) {
        let name = owner.path.rsplit('/').next().unwrap_or_default();
        if owner.path.split('/').any(|part| part == ".git") {
            return;
        }
        if self.is_configuration(owner) {
            self.configure(&owner.root);
        }
        if owner.path == BASELINE_FILE {
            self.load_baseline(&owner.root);
        } else if name == ".gitignore" || name == ".vastlintignore" || owner.path.is_empty() {
            self.read(&owner.root);
        } else if is_gone {
            let open = self.workspace.buffer(owner).is_some();
            let Some(held) = self.workspace.repositories.get_mut(&owner.root) else { return };
            if !open && held.repository.remove_all(&owner.path) {
                held.touch(None);
                self.workspace.lay_buffers(&owner.root);
            }
        } else if path.is_dir() {
            // A folder that came whole may come without a word about its files.
            self.read(&owner.root);
        } else {
            self.reread(owner);
        }
    }

    #[expect(clippy::needless_pass_by_value, reason = "as every notification")]
    fn folders_changed(&mut self, params: DidChangeWorkspaceFoldersParams) {
        let gone: Vec<PathBuf> = params.event.removed.iter().filter_map(folder_path).collect();
        self.workspace.folders.retain(|folder| !gone.contains(folder));
        for folder in params.event.added.iter().filter_map(folder_path) {
            if !self.workspace.folders.contains(&folder) {
                self.workspace.folders.push(folder.clone());
            }
            self.hold_folder(&folder);
        }
        self.let_go();
    }

    /// Forgets repositories that neither a folder nor a buffer belongs to.
    fn let_go(&mut self) {
        let roots: Vec<PathBuf> = self.workspace.repositories.keys().cloned().collect();
        for root in roots {
            let has_buffer = self.workspace.buffers.values().any(|buffer| buffer.owner.root == root);
            let folders = &self.workspace.folders;
            let has_folder =
                folders.iter().any(|folder| Repository::root_around(folder).as_ref() == Some(&root));
            if has_buffer || has_folder {
                self.tell_all(&root);
            } else {
                self.workspace.repositories.remove(&root);
                self.forget(&root);
            }
        }
    }

    fn reload_everything(&mut self) {
        let roots: Vec<PathBuf> = self.workspace.repositories.keys().cloned().collect();
        for root in roots {
            self.configure(&root);
            self.read(&root);
        }
    }

    /// Reads the disk again for a client that does not tell what changes there.
    fn reload_unwatched(&mut self) {
        let is_early = self.last_reload.is_some_and(|last| last.elapsed() < RELOAD_INTERVAL);
        if !self.client.can.watches && !is_early {
            self.last_reload = Some(Instant::now());
            self.reload_everything();
        }
    }
}

/// The path of a folder of the workspace.
pub(crate) fn folder_path(folder: &WorkspaceFolder) -> Option<PathBuf> {
    let path = path_of(&folder.uri)?;
    Some(path.canonicalize().unwrap_or(path))
}

fn token(root: &Path) -> String {
    format!("vastlint-read-{}", root.display())
}
