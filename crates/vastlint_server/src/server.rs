//! The loop: takes messages one after another, and looks at the repositories while none comes.
//!
//! One thread owns everything. Another one reads what the client sends, so that a look at a repository knows when it is
//! out of date; others read repositories from disk.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, TryRecvError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::{Diagnostic, MessageType, PublishDiagnosticsParams, Uri};
use serde_json::json;
use vastlint_engine::{Preview, Report, Repository, needs_everything};

use crate::client::Client;
use crate::interrupt::Interrupt;
use crate::publish::{Publisher, fault};
use crate::pull::Parked;
use crate::shift::Shift;
use crate::workspace::{Held, Owner, Workspace};
use crate::{Exit, Options};

/// How long nothing has to come in before everything is looked at: somebody who types on sees the file itself at once,
/// and the rest when there is time.
const QUIET: Duration = Duration::from_millis(40);

/// What the loop takes.
#[derive(Debug)]
pub(crate) enum Event {
    /// The client sent something.
    Message(Message),
    /// A repository was read.
    Read { root: PathBuf, repository: Box<Repository> },
    /// The client is gone.
    Closed,
}

/// How far the conversation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The client has not said who it is.
    Start,
    /// All is open.
    Running,
    /// The client has said goodbye.
    Ending,
}

/// What was told of a file last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    pub(crate) items: Vec<Diagnostic>,
    /// Another one for each other list.
    pub(crate) id: u64,
    /// The root of the file's repository.
    pub(crate) root: PathBuf,
}

/// The server.
pub(crate) struct Server {
    pub(crate) client: Client,
    pub(crate) options: Options,
    pub(crate) phase: Phase,
    pub(crate) workspace: Workspace,
    /// What the client knows of each file, by URI; of no findings nothing is kept.
    pub(crate) told: HashMap<String, Told>,
    pub(crate) next_result: u64,
    /// Requests that wait for the end of a look at everything.
    pub(crate) parked: Vec<Parked>,
    events: Receiver<Event>,
    pub(crate) sender: Sender<Event>,
    interrupt: Arc<Interrupt>,
    cancelled: Arc<Mutex<HashSet<RequestId>>>,
    /// When repositories were read again for a client that does not watch files.
    pub(crate) last_reload: Option<Instant>,
    panicked: Arc<Mutex<Vec<String>>>,
}

/// What the thread that reads shares with the server.
#[derive(Clone, Default)]
pub(crate) struct Shared {
    pub(crate) interrupt: Arc<Interrupt>,
    pub(crate) cancelled: Arc<Mutex<HashSet<RequestId>>>,
    /// What panics said, wherever they happened.
    pub(crate) panicked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(crate) fn new(
        client: Client,
        options: Options,
        (sender, events): (Sender<Event>, Receiver<Event>),
        shared: Shared,
    ) -> Self {
        Self {
            client,
            options,
            phase: Phase::Start,
            workspace: Workspace::default(),
            told: HashMap::new(),
            next_result: 0,
            parked: Vec::new(),
            events,
            sender,
            interrupt: shared.interrupt,
            cancelled: shared.cancelled,
            last_reload: None,
            panicked: shared.panicked,
        }
    }

    /// Serves until the client ends it.
    pub(crate) fn run(mut self) -> Exit {
        loop {
            let event = match self.next_event() {
                Some(event) => event,
                None if self.look() => continue,
                None => match self.events.recv() {
                    Ok(event) => event,
                    Err(_) => return Exit::Failure,
                },
            };
            match event {
                Event::Closed => return Exit::Failure,
                Event::Message(Message::Notification(note)) if note.method == "exit" => {
                    return if self.phase == Phase::Ending { Exit::Success } else { Exit::Failure };
                }
                Event::Message(message) => self.message(message),
                Event::Read { root, repository } => {
                    self.guarded("reading a repository", |server| server.was_read(&root, *repository));
                }
            }
        }
    }

    /// What has come in, if anything has.
    fn next_event(&mut self) -> Option<Event> {
        match self.events.try_recv() {
            Ok(event) => Some(event),
            Err(TryRecvError::Disconnected) => Some(Event::Closed),
            Err(TryRecvError::Empty) => None,
        }
    }

    fn message(&mut self, message: Message) {
        match message {
            Message::Request(request) => self.request(request),
            Message::Notification(note) => self.notification(note),
            Message::Response(response) => self.client.answered(&response),
        }
    }

    fn request(&mut self, request: Request) {
        let id = request.id.clone();
        if self.cancelled.lock().unwrap_or_else(PoisonError::into_inner).contains(&id) {
            self.refuse(id, ErrorCode::RequestCanceled, "cancelled");
            return;
        }
        match self.phase {
            Phase::Start if request.method != "initialize" => {
                self.refuse(id, ErrorCode::ServerNotInitialized, "`initialize` comes first");
                return;
            }
            Phase::Ending => {
                self.refuse(id, ErrorCode::InvalidRequest, "after `shutdown` only `exit` is understood");
                return;
            }
            Phase::Start | Phase::Running => {}
        }
        let method = request.method.clone();
        let done = self.guarded(&format!("answering `{method}`"), |server| server.answer(request));
        if done.is_none() {
            self.refuse(id, ErrorCode::InternalError, "vastlint has a bug here; its log says more");
        }
    }

    pub(crate) fn refuse(&self, id: RequestId, code: ErrorCode, message: &str) {
        self.client.reply(Response::new_err(id, code as i32, message.to_owned()));
    }

    fn notification(&mut self, note: Notification) {
        if note.method == "$/cancelRequest" {
            self.cancel(&note);
        } else if self.phase == Phase::Running {
            let method = note.method.clone();
            self.guarded(&format!("taking `{method}`"), |server| server.take(note));
        }
    }

    /// A request that waits is answered with an error; one that came in before was answered already.
    fn cancel(&mut self, note: &Notification) {
        let Some(id) = crate::transport::cancelled_id(&note.params) else { return };
        self.cancelled.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        if let Some(at) = self.parked.iter().position(|parked| parked.id == id) {
            self.parked.remove(at);
            self.refuse(id, ErrorCode::RequestCanceled, "cancelled");
        }
    }

    /// Does something; if it panics, the log tells and the server goes on.
    pub(crate) fn guarded<T>(&mut self, what: &str, work: impl FnOnce(&mut Self) -> T) -> Option<T> {
        // What is half done is the state of one request or of one look, which the next one makes anew.
        let result = catch_unwind(AssertUnwindSafe(|| work(self)));
        if result.is_err() {
            self.report_panic(what, None);
        }
        result.ok()
    }

    fn report_panic(&mut self, what: &str, message: Option<&str>) {
        let said = std::mem::take(&mut *self.panicked.lock().unwrap_or_else(PoisonError::into_inner));
        let said = if said.is_empty() { message.unwrap_or("no message").to_owned() } else { said.join("; ") };
        let issues = concat!(env!("CARGO_PKG_REPOSITORY"), "/issues");
        let version = env!("CARGO_PKG_VERSION");
        self.client.log(
            MessageType::ERROR,
            &format!(
                "{what} broke down: {said}. This is a bug in vastlint {version}; please report it: {issues}"
            ),
        );
    }

    /// Looks at a repository in which something changed; says whether there was one.
    fn look(&mut self) -> bool {
        let due = self.workspace.repositories.iter().filter(|(_, held)| held.is_due());
        // Where somebody types comes first.
        let Some(root) = due.max_by_key(|(_, held)| held.edited.is_some()).map(|(root, _)| root.clone())
        else {
            self.answer_parked();
            return false;
        };
        self.look_at(&root, true);
        true
    }

    /// Looks at a repository: first at the file that was edited, then at everything, unless something else comes in.
    fn look_at(&mut self, root: &Path, may_stop: bool) {
        let seen = self.interrupt.count();
        let Some(mut held) = self.workspace.repositories.remove(root) else { return };
        // Somebody who waits for an answer is not made to wait longer.
        let quiet = if self.parked.is_empty() { QUIET } else { Duration::ZERO };
        let edited = held.edited.clone().filter(|_| may_stop);
        let has_preview = edited.is_some();
        let interrupt = Arc::clone(&self.interrupt);
        let waited = std::sync::Once::new();
        let go_on = || {
            if !may_stop {
                return true;
            }
            let mut most = Duration::ZERO;
            if has_preview {
                waited.call_once(|| most = quiet);
            }
            !interrupt.wait(seen, most)
        };
        let report = held.report.as_ref();
        let analysis = catch_unwind(AssertUnwindSafe(|| {
            let mut show = |preview: Preview<'_>| {
                self.tell_preview(root, edited.as_deref().unwrap_or_default(), &preview, report);
            };
            held.repository.analyse_in_two_steps(edited.as_deref(), &mut show, &go_on)
        }));
        let Ok(analysis) = analysis else {
            self.report_panic("looking at the repository", None);
            // It would break down again; the next change is another chance.
            (held.is_stale, held.report) = (false, None);
            self.workspace.repositories.insert(root.to_owned(), held);
            return;
        };
        let Some(analysis) = analysis else {
            // What was shown of the edited file stays right until it changes again.
            self.workspace.repositories.insert(root.to_owned(), held);
            return;
        };
        for panic in &analysis.panics {
            let place = panic.path.as_ref().map_or_else(String::new, |path| format!(" in `{path}`"));
            let what = format!("the rule {} {}{place}", panic.rule.code, panic.rule.name);
            self.report_panic(&what, Some(&panic.message));
        }
        held.found(analysis.report);
        self.workspace.repositories.insert(root.to_owned(), held);
        self.tell_all(root);
    }

    /// Brings what is known of a repository up to date at once.
    pub(crate) fn settle(&mut self, root: &Path) {
        if self.workspace.repositories.get(root).is_some_and(Held::is_due) {
            self.look_at(root, false);
        }
    }

    /// Tells what rules about single documents say of a file, beside what the others said last.
    fn tell_preview(&mut self, root: &Path, path: &str, preview: &Preview<'_>, last: Option<&Report>) {
        let Some(uri) = self.workspace.uri(root, path) else { return };
        let uris = |path: &str| self.workspace.uri(root, path);
        let publisher = Publisher { can: self.client.can, files: preview.files, uri: &uris };
        let mut items: Vec<Diagnostic> =
            preview.diagnostics.iter().map(|one| publisher.diagnostic(one)).collect();
        let new = preview.files.iter().find(|file| file.path == path);
        let old = last.and_then(|report| Some((report, report.files.iter().find(|file| file.path == path)?)));
        if let (Some((last, old)), Some(new)) = (old, new) {
            let shift = Shift::new(&old.text, &new.text, self.client.can.encoding);
            let publisher = Publisher { can: self.client.can, files: &last.files, uri: &uris };
            let is_kept = |one: &&vastlint_diagnostic::Diagnostic| {
                last.file(one.primary.file).path == path && needs_everything(one.rule)
            };
            let kept = last.diagnostics.iter().filter(is_kept).map(|one| publisher.diagnostic(one));
            items.extend(kept.map(|one| Diagnostic { range: shift.range(one.range), ..one }));
        }
        items.sort_by_key(|one| (one.range.start, one.range.end));
        self.tell(root, &uri, items, true);
        self.answer_parked_of(&uri);
    }

    /// Tells what is found in a repository, as far as it is not known.
    pub(crate) fn tell_all(&mut self, root: &Path) {
        let Some(held) = self.workspace.repositories.get(root) else { return };
        let mut lists: HashMap<String, (Uri, Vec<Diagnostic>)> = HashMap::new();
        let is_shown = |path: &str| {
            let owner = Owner { root: root.to_owned(), path: path.to_owned() };
            self.workspace.shows(root, path) || self.workspace.buffer(&owner).is_some()
        };
        if let Some(report) = &held.report {
            let uris = |path: &str| self.workspace.uri(root, path);
            let publisher = Publisher { can: self.client.can, files: &report.files, uri: &uris };
            for of_file in report.diagnostics.chunk_by(|a, b| a.primary.file == b.primary.file) {
                let path = &report.file(of_file[0].primary.file).path;
                if let Some(uri) = uris(path).filter(|_| is_shown(path)) {
                    let items = of_file.iter().map(|one| publisher.diagnostic(one)).collect();
                    lists.insert(uri.as_str().to_owned(), (uri, items));
                }
            }
        }
        for error in [&held.configuration_fault, &held.baseline_fault].into_iter().flatten() {
            let uri =
                crate::location::relative(root, &error.path).and_then(|path| self.workspace.uri(root, &path));
            if let Some(uri) = uri.or_else(|| crate::location::uri_of(&error.path)) {
                let item = fault(self.client.can, error);
                lists.entry(uri.as_str().to_owned()).or_insert_with(|| (uri, Vec::new())).1.push(item);
            }
        }
        let gone = self.told.iter().filter(|(uri, told)| told.root == root && !lists.contains_key(*uri));
        let gone: Vec<String> = gone.map(|(uri, _)| uri.clone()).collect();
        let mut changed = false;
        let gone = gone.into_iter().filter_map(|uri| Some((uri.parse::<Uri>().ok()?, Vec::new())));
        for (uri, items) in gone.chain(lists.into_values()) {
            changed |= self.tell(root, &uri, items, false);
        }
        if changed && self.client.can.pulls && self.client.can.refreshes {
            self.client.ask("workspace/diagnostic/refresh", json!(null));
        }
    }

    /// Takes back everything that was told of a repository.
    pub(crate) fn tell_nothing(&mut self, root: &Path) {
        let of_root = self.told.iter().filter(|(_, told)| told.root == root);
        let uris: Vec<Uri> = of_root.filter_map(|(uri, _)| uri.parse().ok()).collect();
        for uri in uris {
            self.tell(root, &uri, Vec::new(), false);
        }
    }

    /// Tells of one file, if it is news, or `always`; says whether it is.
    fn tell(&mut self, root: &Path, uri: &Uri, items: Vec<Diagnostic>, always: bool) -> bool {
        let known = self.told.get(uri.as_str());
        let is_news = known.map_or(!items.is_empty(), |known| known.items != items);
        if (is_news || always) && !self.client.can.pulls {
            let version = self.workspace.buffers.get(uri.as_str()).map(|buffer| buffer.version);
            let params = PublishDiagnosticsParams { uri: uri.clone(), diagnostics: items.clone(), version };
            self.client.notify("textDocument/publishDiagnostics", params);
        }
        if items.is_empty() {
            self.told.remove(uri.as_str());
        } else if is_news {
            self.next_result += 1;
            let told = Told { items, id: self.next_result, root: root.to_owned() };
            self.told.insert(uri.as_str().to_owned(), told);
        }
        is_news
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::Outgoing;
    use std::sync::mpsc::channel;

    #[test]
    fn what_breaks_down_is_logged_and_the_server_goes_on() {
        let (outgoing, sent) = channel();
        let mut server = Server::new(Client::new(outgoing), Options::default(), channel(), Shared::default());
        assert_eq!(server.guarded("counting", |_| 1), Some(1));
        let done: Option<u32> = server.guarded("counting", |_| panic!("not on my watch"));
        assert_eq!(done, None);
        let Ok(Outgoing::Message(Message::Notification(note))) = sent.try_recv() else {
            panic!("nothing was sent");
        };
        assert_eq!((note.method.as_str(), &note.params["type"]), ("window/logMessage", &json!(1)));
        let message = note.params["message"].as_str().unwrap_or_default();
        assert!(message.starts_with("counting broke down: "), "{message}");
        server.phase = Phase::Running;
        server.message(Request::new(1.into(), "no/such".to_owned(), json!({})).into());
        let Ok(Outgoing::Message(Message::Response(answer))) = sent.try_recv() else {
            panic!("nothing was answered");
        };
        assert_eq!(answer.response_result.err().map(|error| error.code), Some(-32601));
    }
}
