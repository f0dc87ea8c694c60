//! Diagnostics that the client asks for.

use std::collections::HashMap;

use lsp_server::{RequestId, Response};
use lsp_types::{
    DocumentDiagnosticParams, DocumentDiagnosticReport, FullDocumentDiagnosticReport,
    RelatedFullDocumentDiagnosticReport, RelatedUnchangedDocumentDiagnosticReport,
    UnchangedDocumentDiagnosticReport, Uri, WorkspaceDiagnosticParams, WorkspaceDiagnosticReport,
    WorkspaceDocumentDiagnosticReport, WorkspaceFullDocumentDiagnosticReport,
    WorkspaceUnchangedDocumentDiagnosticReport,
};

use crate::server::Server;
use crate::workspace::Held;

/// A request for diagnostics that waits until everything was looked at.
#[derive(Debug)]
pub(crate) struct Parked {
    pub(crate) id: RequestId,
    asks: Asks,
}

#[derive(Debug)]
enum Asks {
    /// For one file; which list the client has.
    Document { uri: Uri, has: Option<String> },
    /// For all files; which lists the client has.
    Workspace { has: HashMap<String, String> },
}

impl Parked {
    pub(crate) fn document(id: RequestId, params: DocumentDiagnosticParams) -> Self {
        Self { id, asks: Asks::Document { uri: params.text_document.uri, has: params.previous_result_id } }
    }

    pub(crate) fn workspace(id: RequestId, params: WorkspaceDiagnosticParams) -> Self {
        let has = params.previous_result_ids.into_iter();
        let has = has.map(|one| (one.uri.as_str().to_owned(), one.value)).collect();
        Self { id, asks: Asks::Workspace { has } }
    }
}

/// Whether what is known of a repository is up to date.
fn is_settled(held: &Held) -> bool {
    held.is_read && !held.is_stale
}

impl Server {
    /// Answers the requests whose repositories were looked at.
    pub(crate) fn answer_parked(&mut self) {
        for parked in std::mem::take(&mut self.parked) {
            let is_ready = match &parked.asks {
                Asks::Document { uri, .. } => self.is_settled(uri),
                Asks::Workspace { .. } => self.workspace.repositories.values().all(is_settled),
            };
            if is_ready {
                self.answer_pull(parked);
            } else {
                self.parked.push(parked);
            }
        }
    }

    /// Answers the requests for a file of which a part is known: the client asks again when it is told to.
    pub(crate) fn answer_parked_of(&mut self, uri: &Uri) {
        if !self.client.can.refreshes {
            return;
        }
        let is_for =
            |parked: &Parked| matches!(&parked.asks, Asks::Document { uri: asked, .. } if asked == uri);
        let (ready, waiting) = std::mem::take(&mut self.parked).into_iter().partition(is_for);
        self.parked = waiting;
        for parked in ready {
            self.answer_pull(parked);
        }
    }

    fn is_settled(&self, uri: &Uri) -> bool {
        let owner = match self.workspace.buffers.get(uri.as_str()) {
            Some(buffer) => buffer.owner.clone(),
            None => self.workspace.owner(uri, "").0,
        };
        // Of a repository that nobody opened nothing is known, and nothing will be.
        self.workspace.repositories.get(&owner.root).is_none_or(is_settled)
    }

    fn answer_pull(&mut self, parked: Parked) {
        match parked.asks {
            Asks::Document { uri, has } => {
                let report = self.document_report(&uri, has.as_deref());
                self.client.reply(Response::new_ok(parked.id, report));
            }
            Asks::Workspace { has } => {
                let report = self.workspace_report(&has);
                self.client.reply(Response::new_ok(parked.id, report));
            }
        }
    }

    /// What the client calls the list that it has of a file.
    fn result_id(&self, uri: &str) -> String {
        self.told.get(uri).map_or(0, |told| told.id).to_string()
    }

    fn full(&self, uri: &str) -> FullDocumentDiagnosticReport {
        let items = self.told.get(uri).map(|told| told.items.clone()).unwrap_or_default();
        FullDocumentDiagnosticReport { result_id: Some(self.result_id(uri)), items }
    }

    fn document_report(&self, uri: &Uri, has: Option<&str>) -> DocumentDiagnosticReport {
        let result_id = self.result_id(uri.as_str());
        if has == Some(result_id.as_str()) {
            let report = UnchangedDocumentDiagnosticReport { result_id };
            return DocumentDiagnosticReport::Unchanged(RelatedUnchangedDocumentDiagnosticReport {
                related_documents: None,
                unchanged_document_diagnostic_report: report,
            });
        }
        DocumentDiagnosticReport::Full(RelatedFullDocumentDiagnosticReport {
            related_documents: None,
            full_document_diagnostic_report: self.full(uri.as_str()),
        })
    }

    /// What is found anywhere; and what is found no more where the client has something.
    fn workspace_report(&self, has: &HashMap<String, String>) -> WorkspaceDiagnosticReport {
        let mut uris: Vec<&str> = self.told.keys().map(String::as_str).collect();
        uris.extend(has.keys().map(String::as_str).filter(|uri| !self.told.contains_key(*uri)));
        uris.sort_unstable();
        let items = uris.into_iter().filter_map(|text| {
            let uri: Uri = text.parse().ok()?;
            let version = self.workspace.buffers.get(text).map(|buffer| i64::from(buffer.version));
            let result_id = self.result_id(text);
            Some(if has.get(text) == Some(&result_id) {
                WorkspaceDocumentDiagnosticReport::Unchanged(WorkspaceUnchangedDocumentDiagnosticReport {
                    uri,
                    version,
                    unchanged_document_diagnostic_report: UnchangedDocumentDiagnosticReport { result_id },
                })
            } else {
                WorkspaceDocumentDiagnosticReport::Full(WorkspaceFullDocumentDiagnosticReport {
                    uri,
                    version,
                    full_document_diagnostic_report: self.full(text),
                })
            })
        });
        WorkspaceDiagnosticReport { items: items.collect() }
    }
}
