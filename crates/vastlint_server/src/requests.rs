//! What the client asks.

use lsp_server::{ErrorCode, Request, RequestId, Response};
use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionParams, CompletionTextEdit, DocumentDiagnosticParams,
    DocumentSymbol, DocumentSymbolParams, DocumentSymbolResponse, Documentation, GotoDefinitionParams,
    HoverContents, HoverParams, InitializeParams, InitializeResult, Location, MarkupContent, MarkupKind,
    NumberOrString, Position, ServerInfo, SymbolInformation, SymbolKind, TextEdit, Uri,
    WorkspaceDiagnosticParams,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize as _, Serialize};
use serde_json::Value;
use vastlint_engine::InputContent;
use vastlint_rules::find;
use vastlint_text::LineIndex;

use crate::capabilities::capabilities;
use crate::completion::{Item, ItemKind, completion};
use crate::configuration;
use crate::definition::definition;
use crate::hover;
use crate::location::{path_of, real};
use crate::notifications::folder_path;
use crate::place::{Knowledge, Target};
use crate::pull::Parked;
use crate::server::{Phase, Server};
use crate::symbols::{self, Symbol, symbols};
use crate::workspace::Owner;

/// Why a request gets no answer.
pub(crate) struct Refusal(pub(crate) ErrorCode, pub(crate) String);

/// A place that the client asks about, with what is known of its file.
pub(crate) struct Asked {
    pub(crate) owner: Owner,
    pub(crate) text: std::sync::Arc<str>,
    pub(crate) lines: LineIndex,
}

impl Server {
    /// Answers a request, now or later.
    pub(crate) fn answer(&mut self, request: Request) {
        match request.method.as_str() {
            "initialize" => self.reply(request, Self::initialize),
            "shutdown" => self.shutdown(request.id),
            "textDocument/hover" => self.reply(request, Self::hover),
            "textDocument/definition" => self.reply(request, Self::definition),
            "textDocument/completion" => self.reply(request, Self::completion),
            "textDocument/documentSymbol" => self.reply(request, Self::symbols),
            "textDocument/codeAction" => self.reply(request, Self::code_actions),
            "codeAction/resolve" => self.reply(request, Self::resolve_action),
            "workspace/executeCommand" => self.reply(request, Self::execute),
            "textDocument/diagnostic" => {
                self.park(request, |id, params: DocumentDiagnosticParams| Parked::document(id, params));
            }
            "workspace/diagnostic" => {
                self.park(request, |id, params: WorkspaceDiagnosticParams| Parked::workspace(id, params));
            }
            method => {
                let message = format!("vastlint does not know `{method}`");
                self.refuse(request.id, ErrorCode::MethodNotFound, &message);
            }
        }
    }

    fn parameters<P: DeserializeOwned>(&self, id: &RequestId, method: &str, params: Value) -> Option<P> {
        match serde_json::from_value(params) {
            Ok(params) => Some(params),
            Err(error) => {
                let message = format!("the parameters of `{method}` are not understood: {error}");
                self.refuse(id.clone(), ErrorCode::InvalidParams, &message);
                None
            }
        }
    }

    fn reply<P: DeserializeOwned, R: Serialize>(
        &mut self,
        request: Request,
        answer: fn(&mut Self, P) -> Result<R, Refusal>,
    ) {
        let Some(params) = self.parameters(&request.id, &request.method, request.params) else { return };
        let response = match answer(self, params) {
            Ok(result) => Response::new_ok(request.id, result),
            Err(Refusal(code, message)) => Response::new_err(request.id, code as i32, message),
        };
        self.client.reply(response);
    }

    fn park<P: DeserializeOwned>(&mut self, request: Request, parked: fn(RequestId, P) -> Parked) {
        if let Some(params) = self.parameters(&request.id, &request.method, request.params) {
            self.parked.push(parked(request.id, params));
        }
    }

    #[expect(clippy::needless_pass_by_value, reason = "as every request")]
    fn initialize(&mut self, written: Value) -> Result<InitializeResult, Refusal> {
        if self.phase != Phase::Start {
            return Err(Refusal(ErrorCode::InvalidRequest, "`initialize` comes once".to_owned()));
        }
        let params = InitializeParams::deserialize(&written).map_err(|error| {
            Refusal(
                ErrorCode::InvalidParams,
                format!("the parameters of `initialize` are not understood: {error}"),
            )
        })?;
        self.client.learn(&params, &written);
        let folders = params.workspace_folders.iter().flatten().filter_map(folder_path);
        self.workspace.folders = folders.collect();
        if self.workspace.folders.is_empty() {
            #[expect(deprecated, reason = "older clients have nothing else")]
            let root = params.root_uri.as_ref().and_then(path_of);
            self.workspace
                .folders
                .extend(root.map(|root| root.canonicalize().unwrap_or_else(|_| real(&root))));
        }
        self.phase = Phase::Running;
        let info =
            ServerInfo { name: "vastlint".to_owned(), version: Some(env!("CARGO_PKG_VERSION").to_owned()) };
        Ok(InitializeResult { capabilities: capabilities(self.client.can), server_info: Some(info) })
    }

    fn shutdown(&mut self, id: RequestId) {
        self.phase = Phase::Ending;
        for parked in std::mem::take(&mut self.parked) {
            self.refuse(parked.id, ErrorCode::RequestCanceled, "the server shuts down");
        }
        self.workspace = crate::workspace::Workspace::default();
        self.client.reply(Response::new_ok(id, Value::Null));
    }

    /// Where a file belongs, whether it is open or not.
    pub(crate) fn owner_of(&self, uri: &Uri) -> Owner {
        self.workspace
            .buffers
            .get(uri.as_str())
            .map_or_else(|| self.workspace.owner(uri, "").0, |buffer| buffer.owner.clone())
    }

    /// A file that the client asks about, if its repository was read and vastlint reads the file.
    pub(crate) fn asked(&self, uri: &Uri) -> Option<Asked> {
        let owner = self.owner_of(uri);
        let held = self.workspace.repositories.get(&owner.root).filter(|held| held.is_read)?;
        let InputContent::Parsed { text, .. } = &held.repository.input(&owner.path)?.content else {
            return None;
        };
        Some(Asked { owner, text: std::sync::Arc::clone(text), lines: LineIndex::new(text) })
    }

    /// Answers a question about a place with what is known of its repository.
    fn about<R>(
        &mut self,
        uri: &Uri,
        position: Position,
        answer: impl FnOnce(Knowledge<'_>, &str, u32) -> R,
    ) -> Option<(Asked, R)> {
        let asked = self.asked(uri)?;
        let byte = self.client.can.encoding.offset(&asked.text, &asked.lines, position);
        let (project, repository) = self.workspace.repositories.get_mut(&asked.owner.root)?.project();
        let knowledge = Knowledge { project, contract: repository.contract() };
        let result = answer(knowledge, &asked.owner.path, byte);
        Some((asked, result))
    }

    #[expect(clippy::unnecessary_wraps, reason = "as every answer")]
    fn hover(&mut self, params: HoverParams) -> Result<Option<lsp_types::Hover>, Refusal> {
        let place = params.text_document_position_params;
        let (uri, position) = (place.text_document.uri, place.position);
        if let Some(hover) = self.hover_configuration(&uri, position) {
            return Ok(Some(hover));
        }
        let encoding = self.client.can.encoding;
        let said = self.about(&uri, position, hover::hover);
        let Some((asked, said)) = said else { return Ok(None) };
        let told = self.told.get(uri.as_str());
        let here = told.into_iter().flat_map(|told| &told.items);
        let here: Vec<_> =
            here.filter(|one| one.range.start <= position && position <= one.range.end).collect();
        let rules = hover::rules(here.iter().filter_map(|one| match &one.code {
            Some(NumberOrString::String(code)) => find(code),
            _ => None,
        }));
        let span = said.as_ref().map(|said| said.span);
        let parts: Vec<String> = said.map(|said| said.text).into_iter().chain(rules).collect();
        let text = parts.join("\n\n---\n\n");
        let range = span.map(|span| encoding.range(&asked.text, &asked.lines, span));
        let range = range.or_else(|| here.first().map(|one| one.range));
        Ok((!text.is_empty()).then(|| lsp_types::Hover { contents: self.markup(text), range }))
    }

    fn markup(&self, value: String) -> HoverContents {
        let kind = if self.client.can.markdown { MarkupKind::Markdown } else { MarkupKind::PlainText };
        HoverContents::Markup(MarkupContent { kind, value })
    }

    /// The text of a configuration that is open, and the byte at a position.
    fn in_configuration(
        &self,
        uri: &Uri,
        position: Position,
    ) -> Option<(std::sync::Arc<str>, LineIndex, u32)> {
        let buffer = self.workspace.buffers.get(uri.as_str())?;
        if !self.is_configuration(&buffer.owner) {
            return None;
        }
        let lines = LineIndex::new(&buffer.text);
        let byte = self.client.can.encoding.offset(&buffer.text, &lines, position);
        Some((std::sync::Arc::clone(&buffer.text), lines, byte))
    }

    fn hover_configuration(&self, uri: &Uri, position: Position) -> Option<lsp_types::Hover> {
        let (text, lines, byte) = self.in_configuration(uri, position)?;
        let (page, span) = configuration::hover(&text, byte)?;
        let range = Some(self.client.can.encoding.range(&text, &lines, span));
        Some(lsp_types::Hover { contents: self.markup(page), range })
    }

    #[expect(clippy::unnecessary_wraps, reason = "as every answer")]
    fn definition(&mut self, params: GotoDefinitionParams) -> Result<Vec<Location>, Refusal> {
        let place = params.text_document_position_params;
        let found = self.about(&place.text_document.uri, place.position, definition);
        let Some((asked, targets)) = found else { return Ok(Vec::new()) };
        Ok(targets.iter().filter_map(|target| self.locate(&asked.owner.root, target)).collect())
    }

    /// A place of a repository as the protocol writes it.
    fn locate(&self, root: &std::path::Path, target: &Target) -> Option<Location> {
        let repository = &self.workspace.repositories.get(root)?.repository;
        let text = match repository.input(&target.path).map(|input| &input.content) {
            Some(InputContent::Parsed { text, .. }) => text,
            _ => "",
        };
        let range = self.client.can.encoding.range(text, &LineIndex::new(text), target.span);
        Some(Location { uri: self.workspace.uri(root, &target.path)?, range })
    }

    #[expect(clippy::unnecessary_wraps, reason = "as every answer")]
    fn completion(&mut self, params: CompletionParams) -> Result<Vec<CompletionItem>, Refusal> {
        let place = params.text_document_position;
        let (uri, position) = (place.text_document.uri, place.position);
        if let Some((text, lines, byte)) = self.in_configuration(&uri, position) {
            let items = configuration::completion(&text, byte);
            return Ok(self.items(&items, &text, &lines));
        }
        let found = self.about(&uri, position, completion);
        Ok(found.map(|(asked, items)| self.items(&items, &asked.text, &asked.lines)).unwrap_or_default())
    }

    fn items(&self, items: &[Item], text: &str, lines: &LineIndex) -> Vec<CompletionItem> {
        let item = |(index, item): (usize, &Item)| {
            let edit = TextEdit {
                range: self.client.can.encoding.range(text, lines, item.span),
                new_text: item.text.clone(),
            };
            CompletionItem {
                label: item.label.clone(),
                kind: Some(match item.kind {
                    ItemKind::Key => CompletionItemKind::PROPERTY,
                    ItemKind::Value => CompletionItemKind::VALUE,
                    ItemKind::File => CompletionItemKind::FILE,
                    ItemKind::Name => CompletionItemKind::REFERENCE,
                }),
                documentation: (!item.about.is_empty()).then(|| {
                    Documentation::MarkupContent(MarkupContent {
                        kind: MarkupKind::Markdown,
                        value: item.about.clone(),
                    })
                }),
                // Their order says which are the best.
                sort_text: Some(format!("{index:04}")),
                filter_text: Some(item.text.clone()),
                text_edit: Some(CompletionTextEdit::Edit(edit)),
                ..CompletionItem::default()
            }
        };
        items.iter().enumerate().map(item).collect()
    }

    #[expect(clippy::unnecessary_wraps, reason = "as every answer")]
    fn symbols(&mut self, params: DocumentSymbolParams) -> Result<Option<DocumentSymbolResponse>, Refusal> {
        let uri = params.text_document.uri;
        let found =
            self.about(&uri, Position::default(), |knowledge, path, _| symbols(knowledge.project, path));
        let Some((asked, found)) = found else { return Ok(None) };
        Ok(Some(if self.client.can.nested_symbols {
            let nested = found.iter().map(|symbol| self.nested(symbol, &asked)).collect();
            DocumentSymbolResponse::Nested(nested)
        } else {
            let mut flat = Vec::new();
            self.flatten(&found, None, &asked, &uri, &mut flat);
            DocumentSymbolResponse::Flat(flat)
        }))
    }

    fn nested(&self, symbol: &Symbol, asked: &Asked) -> DocumentSymbol {
        let range = |span| self.client.can.encoding.range(&asked.text, &asked.lines, span);
        let children: Vec<_> = symbol.children.iter().map(|child| self.nested(child, asked)).collect();
        #[expect(deprecated, reason = "a field of the protocol that is left out")]
        DocumentSymbol {
            name: symbol.name.clone(),
            detail: (!symbol.detail.is_empty()).then(|| symbol.detail.clone()),
            kind: symbol_kind(symbol),
            tags: None,
            deprecated: None,
            range: range(symbol.span),
            selection_range: range(symbol.selection),
            children: (!children.is_empty()).then_some(children),
        }
    }

    fn flatten(
        &self,
        symbols: &[Symbol],
        container: Option<&str>,
        asked: &Asked,
        uri: &Uri,
        flat: &mut Vec<SymbolInformation>,
    ) {
        for symbol in symbols {
            let range = self.client.can.encoding.range(&asked.text, &asked.lines, symbol.span);
            #[expect(deprecated, reason = "a field of the protocol that is left out")]
            flat.push(SymbolInformation {
                name: symbol.name.clone(),
                kind: symbol_kind(symbol),
                tags: None,
                deprecated: None,
                location: Location { uri: uri.clone(), range },
                container_name: container.map(str::to_owned),
            });
            self.flatten(&symbol.children, Some(&symbol.name), asked, uri, flat);
        }
    }
}

fn symbol_kind(symbol: &Symbol) -> SymbolKind {
    match symbol.kind {
        symbols::SymbolKind::Unit => SymbolKind::MODULE,
        symbols::SymbolKind::Function => SymbolKind::FUNCTION,
        symbols::SymbolKind::Step => SymbolKind::EVENT,
        symbols::SymbolKind::Key => SymbolKind::KEY,
        symbols::SymbolKind::File => SymbolKind::FILE,
    }
}
