//! What the editor may do about findings.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use lsp_server::ErrorCode;
use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, Command, DocumentChanges,
    ExecuteCommandParams, OneOf, OptionalVersionedTextDocumentIdentifier, TextDocumentEdit, TextEdit, Uri,
    WorkspaceEdit,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use similar::{ChangeTag, TextDiff};
use vastlint_diagnostic::{Applicability, Diagnostic, Edit};
use vastlint_engine::{Change, InputContent, Report, Repository, with_ignore, write};
use vastlint_rules::{Rule, find};
use vastlint_text::{LineIndex, Span};

use crate::capabilities::FIX_ALL;
use crate::hover::rule_page;
use crate::publish::{Publisher, page};
use crate::requests::Refusal;
use crate::server::Server;
use crate::workspace::Owner;

/// What a client may have the server do.
pub(crate) const COMMANDS: [&str; 4] = [FIX, MAKE_EXECUTABLE, OPEN_PAGE, EXPLAIN];
const FIX: &str = "vastlint.fix";
const MAKE_EXECUTABLE: &str = "vastlint.makeExecutable";
const OPEN_PAGE: &str = "vastlint.openRulePage";
const EXPLAIN: &str = "vastlint.explain";

/// What stands behind a suppression until somebody writes why it is right.
const REASON: &str = "TODO: say why";

/// A file's path, its text, and what stands in the place of spans of it.
type FileEdits = (String, String, Vec<(Span, String)>);

/// Fixes of a file that are made when they are asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Wanted {
    uri: Uri,
    /// Of this rule only.
    rule: Option<String>,
}

impl Server {
    #[expect(clippy::unnecessary_wraps, reason = "as every answer")]
    pub(crate) fn code_actions(
        &mut self,
        params: CodeActionParams,
    ) -> Result<Vec<CodeActionOrCommand>, Refusal> {
        let uri = params.text_document.uri;
        let owner = self.owner_of(&uri);
        self.settle(&owner.root);
        let Some(asked) = self.asked(&uri) else { return Ok(Vec::new()) };
        let only = params.context.only;
        let wants = |kind: &CodeActionKind| {
            let is_below = |wanted: &CodeActionKind| {
                let rest = kind.as_str().strip_prefix(wanted.as_str());
                rest.is_some_and(|rest| {
                    wanted.as_str().is_empty() || rest.is_empty() || rest.starts_with('.')
                })
            };
            only.as_ref().is_none_or(|only| only.iter().any(is_below))
        };
        let mut actions = Vec::new();
        if wants(&CodeActionKind::QUICKFIX) {
            let mut span = self.client.can.encoding.span(&asked.text, &asked.lines, params.range);
            if span.is_empty() {
                // A cursor without a selection means its line.
                span = asked.lines.line_span(asked.lines.line_of(span.start), &asked.text);
            }
            actions.extend(self.quick_fixes(&owner, &uri, span));
        }
        if wants(&FIX_ALL) && self.safe_fixes(&owner, None) > 0 {
            let wanted = Wanted { uri: uri.clone(), rule: None };
            // Who asks for this kind only, as on save, takes the edit at once.
            let is_asked_for = only.is_some();
            let title = "Make every safe fix in this file".to_owned();
            actions.extend(self.lazy(title, FIX_ALL, &wanted, is_asked_for));
        }
        Ok(actions.into_iter().map(CodeActionOrCommand::CodeAction).collect())
    }

    /// How many findings of a file have a fix that is safe and stays in the file.
    fn safe_fixes(&self, owner: &Owner, rule: Option<&str>) -> usize {
        let report = self.workspace.repositories.get(&owner.root).and_then(|held| held.report.as_ref());
        let Some(report) = report else { return 0 };
        let is_here = |one: &&Diagnostic| {
            report.file(one.primary.file).path == owner.path
                && rule.is_none_or(|rule| one.rule.name == rule)
                && one.fix.as_ref().is_some_and(|fix| {
                    fix.applicability == Applicability::Safe
                        && fix.files().iter().all(|file| *file == one.primary.file)
                })
        };
        report.diagnostics.iter().filter(is_here).count()
    }

    /// What may be done about the findings that touch a span.
    fn quick_fixes(&self, owner: &Owner, uri: &Uri, span: Span) -> Vec<CodeAction> {
        let held = self.workspace.repositories.get(&owner.root);
        let Some(report) = held.and_then(|held| held.report.as_ref()) else { return Vec::new() };
        let is_here = |one: &&Diagnostic| {
            let place = one.primary.span;
            report.file(one.primary.file).path == owner.path
                && place.start <= span.end
                && span.start <= place.end
        };
        let here: Vec<&Diagnostic> = report.diagnostics.iter().filter(is_here).collect();
        let uris = |path: &str| self.workspace.uri(&owner.root, path);
        let publisher = Publisher { can: self.client.can, files: &report.files, uri: &uris };
        let mut actions = Vec::new();
        for one in &here {
            let Some(fix) = &one.fix else { continue };
            let is_safe = fix.applicability == Applicability::Safe;
            let note = if is_safe { "" } else { ", may change what the file does" };
            let paths = fix.executable.iter().map(|file| report.file(*file).path.as_str());
            actions.push(CodeAction {
                title: format!("{} ({}{note})", sentence(&fix.message), one.rule.code),
                kind: Some(CodeActionKind::QUICKFIX),
                diagnostics: Some(vec![publisher.diagnostic(one)]),
                edit: (!fix.edits.is_empty()).then(|| self.workspace_edit(&owner.root, report, &fix.edits)),
                command: self.make_executable_command(&owner.root, paths),
                is_preferred: Some(is_safe),
                ..CodeAction::default()
            });
        }
        let mut rules: Vec<&Rule> = here.iter().filter_map(|one| find(one.rule.code)).collect();
        rules.sort_by_key(|rule| rule.id.code);
        rules.dedup_by_key(|rule| rule.id.code);
        for rule in &rules {
            let count = self.safe_fixes(owner, Some(rule.id.name));
            if count > 1 {
                let title = format!("Mend all {count} findings of {} in this file", rule.id.name);
                let wanted = Wanted { uri: uri.clone(), rule: Some(rule.id.name.to_owned()) };
                actions.extend(self.lazy(title, CodeActionKind::QUICKFIX, &wanted, false));
            }
        }
        let all = self.safe_fixes(owner, None);
        if all > 1 && !here.is_empty() {
            let title = format!("Make every safe fix in this file ({all})");
            let wanted = Wanted { uri: uri.clone(), rule: None };
            actions.extend(self.lazy(title, CodeActionKind::QUICKFIX, &wanted, false));
        }
        let mut suppressed: Vec<(&str, Span)> = Vec::new();
        for one in &here {
            if suppressed.contains(&(one.rule.code, one.primary.span)) {
                continue;
            }
            suppressed.push((one.rule.code, one.primary.span));
            // The four rules about suppressions cannot be suppressed.
            if let Some(change) = held.and_then(|held| suppressed_in(&held.repository, &owner.path, one)) {
                let count = |text: &str| text.matches("ignore-file[").count();
                let is_for_file = count(&change.after) > count(&change.before);
                let place = if is_for_file { "in this file" } else { "here" };
                actions.push(CodeAction {
                    title: format!("Suppress {} {place}", one.rule.name),
                    kind: Some(CodeActionKind::QUICKFIX),
                    diagnostics: Some(vec![publisher.diagnostic(one)]),
                    edit: Some(self.edit_of(&owner.root, &change)),
                    is_preferred: Some(false),
                    ..CodeAction::default()
                });
            }
        }
        for rule in rules {
            let title = format!("Open the page of {}", rule.id.name);
            actions.push(CodeAction {
                title: title.clone(),
                kind: Some(CodeActionKind::QUICKFIX),
                command: Some(Command::new(title, OPEN_PAGE.to_owned(), Some(vec![json!(rule.id.code)]))),
                is_preferred: Some(false),
                ..CodeAction::default()
            });
        }
        actions
    }

    /// An action whose edit is made when it is chosen: then, if the client can ask for it, or by a command.
    fn lazy(
        &self,
        title: String,
        kind: CodeActionKind,
        wanted: &Wanted,
        at_once: bool,
    ) -> Option<CodeAction> {
        let mut action = CodeAction { title, kind: Some(kind), ..CodeAction::default() };
        if at_once {
            self.complete(&mut action, wanted)?;
        } else if self.client.can.resolves_edits {
            action.data = Some(json!(wanted));
        } else {
            action.command =
                Some(Command::new(action.title.clone(), FIX.to_owned(), Some(vec![json!(wanted)])));
        }
        Some(action)
    }

    /// Gives an action its edit; `None` if there is nothing to do.
    fn complete(&self, action: &mut CodeAction, wanted: &Wanted) -> Option<()> {
        let owner = self.owner_of(&wanted.uri);
        let change = self.fixed(&owner, wanted.rule.as_deref())?;
        action.edit = (change.before != change.after).then(|| self.edit_of(&owner.root, &change));
        let path = change.made_executable.then_some(&*change.path);
        action.command = self.make_executable_command(&owner.root, path.into_iter());
        Some(())
    }

    /// What becomes of a file when its safe fixes are made until nothing is left to mend, as the command does.
    fn fixed(&self, owner: &Owner, rule: Option<&str>) -> Option<Change> {
        let held = self.workspace.repositories.get(&owner.root).filter(|held| held.is_read)?;
        let mut repository = held.repository.narrowed(&owner.path);
        if let Some(rule) = rule {
            repository.select(&[find(rule)?]);
        }
        let fixed = vastlint_engine::fix(&mut repository, Applicability::Safe);
        fixed.changes.into_iter().find(|change| *change.path == *owner.path)
    }

    /// The lines that differ between a text and what becomes of it.
    fn edit_of(&self, root: &Path, change: &Change) -> WorkspaceEdit {
        let diff = TextDiff::from_lines(&*change.before, &*change.after);
        let mut edits: Vec<(Span, String)> = Vec::new();
        let mut at = 0;
        let mut is_open = false;
        for one in diff.iter_all_changes() {
            let text = one.value();
            if one.tag() != ChangeTag::Equal && !is_open {
                edits.push((Span::empty(at), String::new()));
            }
            is_open = one.tag() != ChangeTag::Equal;
            let last = edits.last_mut().filter(|_| is_open);
            match (one.tag(), last) {
                (ChangeTag::Delete, Some((span, _))) => span.end += text.len() as u32,
                (ChangeTag::Insert, Some((_, written))) => written.push_str(text),
                _ => {}
            }
            if one.tag() != ChangeTag::Insert {
                at += text.len() as u32;
            }
        }
        self.edit_files(root, vec![(change.path.to_string(), change.before.to_string(), edits)])
    }

    fn workspace_edit(&self, root: &Path, report: &Report, edits: &[Edit]) -> WorkspaceEdit {
        let mut files: BTreeMap<usize, Vec<(Span, String)>> = BTreeMap::new();
        for edit in edits {
            files.entry(edit.file.index()).or_default().push((edit.span, edit.text.clone()));
        }
        let file = |(index, edits): (usize, Vec<(Span, String)>)| {
            let file = &report.files[index];
            (file.path.clone(), file.text.to_string(), edits)
        };
        self.edit_files(root, files.into_iter().map(file).collect())
    }

    fn edit_files(&self, root: &Path, files: Vec<FileEdits>) -> WorkspaceEdit {
        let files: Vec<(Uri, Vec<TextEdit>)> = files
            .into_iter()
            .filter_map(|(path, text, edits)| {
                let lines = LineIndex::new(&text);
                let edit = |(span, new_text)| {
                    let range = self.client.can.encoding.range(&text, &lines, span);
                    TextEdit { range, new_text }
                };
                Some((self.workspace.uri(root, &path)?, edits.into_iter().map(edit).collect()))
            })
            .collect();
        if !self.client.can.document_changes {
            #[expect(clippy::mutable_key_type, reason = "nobody changes the inside of a URI")]
            let changes: HashMap<Uri, Vec<TextEdit>> = files.into_iter().collect();
            return WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() };
        }
        let edits = files.into_iter().map(|(uri, edits)| {
            let version = self.workspace.buffers.get(uri.as_str()).map(|buffer| buffer.version);
            TextDocumentEdit {
                text_document: OptionalVersionedTextDocumentIdentifier { uri, version },
                edits: edits.into_iter().map(OneOf::Left).collect(),
            }
        });
        let changes = DocumentChanges::Edits(edits.collect());
        WorkspaceEdit { document_changes: Some(changes), ..WorkspaceEdit::default() }
    }

    /// Has files made executable: no edit of the protocol can.
    fn make_executable_command<'f>(
        &self,
        root: &Path,
        paths: impl Iterator<Item = &'f str>,
    ) -> Option<Command> {
        let uris: Vec<Value> =
            paths.filter_map(|path| self.workspace.uri(root, path)).map(|uri| json!(uri)).collect();
        let title = "Make the file executable".to_owned();
        (!uris.is_empty()).then(|| Command::new(title, MAKE_EXECUTABLE.to_owned(), Some(uris)))
    }

    pub(crate) fn resolve_action(&mut self, mut action: CodeAction) -> Result<CodeAction, Refusal> {
        let Some(data) = action.data.take() else { return Ok(action) };
        let wanted: Wanted = serde_json::from_value(data)
            .map_err(|_| Refusal(ErrorCode::InvalidParams, "the action is none of vastlint's".to_owned()))?;
        if self.complete(&mut action, &wanted).is_none() {
            action.edit = Some(WorkspaceEdit::default());
        }
        Ok(action)
    }

    pub(crate) fn execute(&mut self, params: ExecuteCommandParams) -> Result<Value, Refusal> {
        let arguments = params.arguments;
        let unfit = || Refusal(ErrorCode::InvalidParams, format!("`{}` got other arguments", params.command));
        match params.command.as_str() {
            FIX => {
                let wanted: Wanted = arguments
                    .into_iter()
                    .next()
                    .and_then(|one| serde_json::from_value(one).ok())
                    .ok_or_else(unfit)?;
                let mut action = CodeAction::default();
                if self.complete(&mut action, &wanted).is_some() {
                    if let Some(edit) = action.edit {
                        let label = "vastlint: fixes";
                        self.client.ask("workspace/applyEdit", json!({ "label": label, "edit": edit }));
                    }
                    if let Some(uris) = action.command.and_then(|command| command.arguments) {
                        self.make_executable(uris)?;
                    }
                }
                Ok(Value::Null)
            }
            MAKE_EXECUTABLE => self.make_executable(arguments).map(|()| Value::Null),
            OPEN_PAGE | EXPLAIN => {
                let rule = arguments.first().and_then(Value::as_str).and_then(find).ok_or_else(unfit)?;
                if params.command == EXPLAIN {
                    return Ok(json!(rule_page(rule)));
                }
                if let Some(page) = page(rule.id) {
                    self.client.open_page(&page);
                }
                Ok(Value::Null)
            }
            other => {
                let message = format!("vastlint has no command `{other}`");
                Err(Refusal(ErrorCode::InvalidParams, message))
            }
        }
    }

    fn make_executable(&mut self, uris: Vec<Value>) -> Result<(), Refusal> {
        for uri in uris {
            let Ok(uri) = serde_json::from_value::<Uri>(uri) else { continue };
            let owner = self.owner_of(&uri);
            let held = self.workspace.repositories.get(&owner.root);
            let Some(input) = held.and_then(|held| held.repository.input(&owner.path)) else { continue };
            let InputContent::Parsed { text, .. } = &input.content else { continue };
            let (before, after) = (std::sync::Arc::clone(text), std::sync::Arc::clone(text));
            let change = Change { path: owner.path.as_str().into(), before, after, made_executable: true };
            if let Some(failure) = write(&owner.root, &[change]).first() {
                return Err(Refusal(ErrorCode::RequestFailed, failure.to_string()));
            }
            self.reread(&owner);
        }
        Ok(())
    }
}

/// What becomes of a file with a comment that suppresses a finding.
fn suppressed_in(repository: &Repository, path: &str, one: &Diagnostic) -> Option<Change> {
    let input = repository.input(path)?;
    let after = with_ignore(input, one, REASON)?;
    let (InputContent::Parsed { text: before, .. }, InputContent::Parsed { text: after, .. }) =
        (&input.content, &after.content)
    else {
        return None;
    };
    let (before, after) = (std::sync::Arc::clone(before), std::sync::Arc::clone(after));
    Some(Change { path: path.into(), before, after, made_executable: false })
}

/// An order as a title.
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}
