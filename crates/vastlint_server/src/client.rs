//! The other side of the connection: what it can do, and what it is told and asked.

use std::collections::HashMap;
use std::sync::mpsc::Sender;

use lsp_server::{Message, Notification, Request, RequestId, Response};
use lsp_types::{ClientCapabilities, InitializeParams, MessageType, NumberOrString, Uri};
use serde::Serialize;
use serde_json::{Value, json};

use crate::position::Encoding;
use crate::transport::Outgoing;

/// What a client can do.
#[expect(clippy::struct_excessive_bools, reason = "each is a capability of its own")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Abilities {
    pub(crate) encoding: Encoding,
    /// It asks for diagnostics by itself. Then nothing is pushed: it would show everything twice.
    pub(crate) pulls: bool,
    /// It asks again when it is told that other diagnostics are there.
    pub(crate) refreshes: bool,
    /// It tells which files changed on disk.
    pub(crate) watches: bool,
    pub(crate) progress: bool,
    pub(crate) related: bool,
    pub(crate) code_description: bool,
    pub(crate) data: bool,
    pub(crate) tags: bool,
    /// The edit of a code action may be asked for later.
    pub(crate) resolves_edits: bool,
    pub(crate) document_changes: bool,
    pub(crate) shows_documents: bool,
    pub(crate) nested_symbols: bool,
    pub(crate) markdown: bool,
}

impl Abilities {
    /// `written` is what `client` was read from.
    pub(crate) fn of(client: &ClientCapabilities, written: &Value) -> Self {
        let text = client.text_document.as_ref();
        let workspace = client.workspace.as_ref();
        let window = client.window.as_ref();
        let general = client.general.as_ref();
        let published = text.and_then(|text| text.publish_diagnostics.as_ref());
        let resolve = text
            .and_then(|text| text.code_action.as_ref())
            .and_then(|action| action.resolve_support.as_ref());
        let hover = text.and_then(|text| text.hover.as_ref()).and_then(|hover| hover.content_format.as_ref());
        let pulls = text.is_some_and(|text| text.diagnostic.is_some());
        Self {
            encoding: Encoding::of(general.and_then(|general| general.position_encodings.as_deref())),
            pulls,
            // `lsp_types` calls it `diagnostic`, the protocol does not.
            refreshes: written.pointer("/workspace/diagnostics/refreshSupport") == Some(&Value::Bool(true)),
            watches: workspace
                .and_then(|workspace| workspace.did_change_watched_files)
                .and_then(|watching| watching.dynamic_registration)
                .unwrap_or(false),
            progress: window.and_then(|window| window.work_done_progress).unwrap_or(false),
            // Pulled diagnostics have them all, by the protocol.
            related: pulls || published.and_then(|it| it.related_information).unwrap_or(false),
            code_description: pulls || published.and_then(|it| it.code_description_support).unwrap_or(false),
            data: pulls || published.and_then(|it| it.data_support).unwrap_or(false),
            tags: pulls || published.is_some_and(|it| it.tag_support.is_some()),
            resolves_edits: resolve.is_some_and(|resolve| resolve.properties.iter().any(|it| it == "edit")),
            document_changes: workspace
                .and_then(|workspace| workspace.workspace_edit.as_ref())
                .and_then(|edit| edit.document_changes)
                .unwrap_or(false),
            shows_documents: window
                .and_then(|window| window.show_document.as_ref())
                .is_some_and(|show| show.support),
            nested_symbols: text
                .and_then(|text| text.document_symbol.as_ref())
                .and_then(|symbol| symbol.hierarchical_document_symbol_support)
                .unwrap_or(false),
            markdown: hover.is_some_and(|formats| formats.contains(&lsp_types::MarkupKind::Markdown)),
        }
    }
}

/// The client.
#[derive(Debug)]
pub(crate) struct Client {
    sender: Sender<Outgoing>,
    next: i32,
    /// Requests that it was sent and has not answered: what each was for.
    asked: HashMap<RequestId, &'static str>,
    pub(crate) can: Abilities,
}

impl Client {
    pub(crate) fn new(sender: Sender<Outgoing>) -> Self {
        let can = Abilities::of(&ClientCapabilities::default(), &Value::Null);
        Self { sender, next: 0, asked: HashMap::new(), can }
    }

    pub(crate) fn learn(&mut self, params: &InitializeParams, written: &Value) {
        self.can = Abilities::of(&params.capabilities, &written["capabilities"]);
    }

    fn send(&self, message: impl Into<Message>) {
        // If the writer is gone there is nobody to tell, and the end of the input ends the server.
        drop(self.sender.send(Outgoing::Message(message.into())));
    }

    pub(crate) fn reply(&self, response: Response) {
        self.send(response);
    }

    pub(crate) fn notify(&self, method: &str, params: impl Serialize) {
        self.send(Notification::new(method.to_owned(), params));
    }

    /// Asks something; the answer only matters if it is an error.
    pub(crate) fn ask(&mut self, method: &'static str, params: impl Serialize) {
        self.next += 1;
        let id = RequestId::from(format!("vastlint-{}", self.next));
        self.asked.insert(id.clone(), method);
        self.send(Request::new(id, method.to_owned(), params));
    }

    /// Takes an answer.
    pub(crate) fn answered(&mut self, response: &Response) {
        let Some(method) = self.asked.remove(&response.id) else { return };
        let refusal = match &response.response_result {
            Err(error) => Some(error.message.clone()),
            Ok(result) if method == "workspace/applyEdit" && result["applied"] == Value::Bool(false) => {
                Some(result["failureReason"].as_str().unwrap_or("no reason given").to_owned())
            }
            Ok(_) => None,
        };
        match refusal {
            Some(reason) if method == "workspace/applyEdit" => {
                self.show(MessageType::WARNING, &format!("the change was not made: {reason}"));
            }
            Some(reason) => {
                self.log(MessageType::WARNING, &format!("the client refused `{method}`: {reason}"));
            }
            None => {}
        }
    }

    /// Writes a line to the log.
    pub(crate) fn log(&self, kind: MessageType, message: &str) {
        self.notify("window/logMessage", json!({ "type": kind, "message": message }));
    }

    /// Shows a message.
    pub(crate) fn show(&self, kind: MessageType, message: &str) {
        self.notify("window/showMessage", json!({ "type": kind, "message": message }));
    }

    /// Opens a page in the browser.
    pub(crate) fn open_page(&mut self, uri: &Uri) {
        if self.can.shows_documents {
            self.ask("window/showDocument", json!({ "uri": uri, "external": true }));
        } else {
            self.show(MessageType::INFO, uri.as_str());
        }
    }

    pub(crate) fn begin_progress(&mut self, token: &str, title: &str) {
        if self.can.progress {
            let token = NumberOrString::String(token.to_owned());
            self.ask("window/workDoneProgress/create", json!({ "token": token }));
            let value = json!({ "kind": "begin", "title": title, "cancellable": false });
            self.notify("$/progress", json!({ "token": token, "value": value }));
        }
    }

    /// Tells how far something is that was begun with that token; `kind` is `report` or `end`.
    pub(crate) fn report_progress(&self, token: &str, kind: &str, message: &str) {
        self.reporter().report_progress(token, kind, message);
    }

    /// Tells how far something is, from another thread.
    pub(crate) fn reporter(&self) -> Reporter {
        Reporter { sender: self.sender.clone(), is_wanted: self.can.progress }
    }
}

/// Tells the client how far something is.
pub(crate) struct Reporter {
    sender: Sender<Outgoing>,
    is_wanted: bool,
}

impl Reporter {
    pub(crate) fn report_progress(&self, token: &str, kind: &str, message: &str) {
        if self.is_wanted {
            let value = json!({ "kind": kind, "message": message });
            let params = json!({ "token": token, "value": value });
            let note = Notification::new("$/progress".to_owned(), params);
            // If the writer is gone there is nobody to tell.
            drop(self.sender.send(Outgoing::Message(note.into())));
        }
    }
}
