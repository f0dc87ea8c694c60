//! A client of the language server: speaks the protocol with the real binary.

#![expect(clippy::needless_pass_by_value, reason = "what is sent is written where it is sent")]

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// A server that has said nothing for so long hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server and what it has said so far.
pub(crate) struct Client {
    process: Child,
    input: Option<ChildStdin>,
    output: Receiver<Value>,
    next: i64,
    /// Messages that were read while another one was waited for.
    unread: VecDeque<Value>,
    /// The last published diagnostics of each file, by URI.
    pub(crate) published: BTreeMap<String, Vec<Value>>,
    /// Lines of the log.
    pub(crate) log: Vec<String>,
    /// What the server asked, by method; each was answered.
    pub(crate) asked: HashMap<String, Vec<Value>>,
    versions: HashMap<String, i64>,
}

impl Client {
    /// Starts a server in a folder. `environment` is added to that of the test.
    pub(crate) fn start(folder: &Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_vastlint"))
            .arg("server")
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let (sender, output) = channel();
        let stdout = process.stdout.take().unwrap();
        std::thread::spawn(move || {
            let mut stdout = BufReader::new(stdout);
            while let Some(message) = read(&mut stdout) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        Self {
            input: process.stdin.take(),
            process,
            output,
            next: 0,
            unread: VecDeque::new(),
            published: BTreeMap::new(),
            log: Vec::new(),
            asked: HashMap::new(),
            versions: HashMap::new(),
        }
    }

    /// Starts a server for one folder and says hello.
    pub(crate) fn open(folder: &Path, capabilities: Value) -> Self {
        let mut client = Self::start(folder);
        client.initialize(&[folder], capabilities);
        client
    }

    /// Says hello; returns what the server can do.
    pub(crate) fn initialize(&mut self, folders: &[&Path], capabilities: Value) -> Value {
        let folders: Vec<Value> =
            folders.iter().map(|folder| json!({ "uri": uri(folder), "name": "x" })).collect();
        let params = json!({
            "processId": std::process::id(),
            "rootUri": null,
            "capabilities": capabilities,
            "workspaceFolders": folders,
        });
        let result = self.request("initialize", params).unwrap();
        self.notify("initialized", json!({}));
        result
    }

    /// The id of the server's process.
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Writes bytes as they are.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().unwrap();
        // A server that is gone is found out by what it does not answer.
        drop(input.write_all(bytes).and_then(|()| input.flush()));
    }

    pub(crate) fn send(&mut self, message: &Value) {
        let body = message.to_string();
        self.write(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }

    pub(crate) fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Sends a request; returns its id.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> i64 {
        self.next += 1;
        self.send(&json!({ "jsonrpc": "2.0", "id": self.next, "method": method, "params": params }));
        self.next
    }

    /// The answer to a request: its result, or its error.
    pub(crate) fn answer(&mut self, id: i64) -> Result<Value, Value> {
        let mut message = self.wait(|message| message["id"] == json!(id) && message.get("method").is_none());
        match message.get_mut("error") {
            Some(error) => Err(error.take()),
            None => Ok(message["result"].take()),
        }
    }

    /// Sends a request and waits for its answer.
    pub(crate) fn request(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        let id = self.ask(method, params);
        self.answer(id)
    }

    /// The next message that fits. What else comes meanwhile is taken note of.
    pub(crate) fn wait(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.unread.iter().position(&fits) {
            return self.unread.remove(at).unwrap();
        }
        loop {
            let message = self.next_message(PATIENCE).expect("the server says something within a minute");
            if fits(&message) {
                return message;
            }
            self.unread.push_back(message);
        }
    }

    /// The next message. Diagnostics and the log are taken note of; what the server asks is answered.
    fn next_message(&mut self, patience: Duration) -> Option<Value> {
        let message = match self.output.recv_timeout(patience) {
            Ok(message) => message,
            Err(RecvTimeoutError::Timeout) => return None,
            Err(RecvTimeoutError::Disconnected) => panic!("the server is gone; its log: {:?}", self.log),
        };
        let params = &message["params"];
        match message["method"].as_str() {
            Some("textDocument/publishDiagnostics") => {
                let uri = params["uri"].as_str().unwrap().to_owned();
                self.published.insert(uri, params["diagnostics"].as_array().unwrap().clone());
            }
            Some("window/logMessage" | "window/showMessage") => {
                self.log.push(params["message"].as_str().unwrap().to_owned());
            }
            Some(method) if message.get("id").is_some() => {
                self.asked.entry(method.to_owned()).or_default().push(params.clone());
                let result =
                    if method == "workspace/applyEdit" { json!({ "applied": true }) } else { Value::Null };
                self.send(&json!({ "jsonrpc": "2.0", "id": message["id"], "result": result }));
            }
            _ => {}
        }
        Some(message)
    }

    /// Waits until diagnostics are published that `fits` likes; returns those of the file.
    pub(crate) fn published(&mut self, uri: &str, fits: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let until = Instant::now() + PATIENCE;
        while !self.published.get(uri).is_some_and(|items| fits(items)) {
            let left = until.saturating_duration_since(Instant::now());
            if let Some(message) = self.next_message(left) {
                self.unread.push_back(message);
            } else {
                panic!("never published for {uri}: {:#?}", self.published.get(uri));
            }
        }
        self.published[uri].clone()
    }

    /// Waits until a file has a finding of a rule, or none.
    pub(crate) fn until(&mut self, uri: &str, code: &str, is_there: bool) -> Vec<Value> {
        self.published(uri, |items| items.iter().any(|item| item["code"] == code) == is_there)
    }

    /// Lets the server finish what it is at: an answer to a pulled list of all files comes last.
    pub(crate) fn settle(&mut self) -> Value {
        self.request("workspace/diagnostic", json!({ "previousResultIds": [] })).unwrap()
    }

    /// Forgets messages that nobody waited for.
    pub(crate) fn forget(&mut self) {
        self.unread.clear();
    }

    pub(crate) fn open_file(&mut self, uri: &str, text: &str) {
        self.open_as(uri, "plaintext", text);
    }

    pub(crate) fn open_as(&mut self, uri: &str, language: &str, text: &str) {
        self.versions.insert(uri.to_owned(), 1);
        let document = json!({ "uri": uri, "languageId": language, "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// Changes an open file; `changes` are those of the protocol.
    pub(crate) fn change(&mut self, uri: &str, changes: Value) -> i64 {
        let version = self.versions.get_mut(uri).unwrap();
        *version += 1;
        let version = *version;
        let document = json!({ "uri": uri, "version": version });
        self.notify("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }));
        version
    }

    /// Gives an open file another text.
    pub(crate) fn set_text(&mut self, uri: &str, text: &str) -> i64 {
        self.change(uri, json!([{ "text": text }]))
    }

    pub(crate) fn close_file(&mut self, uri: &str) {
        self.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    }

    /// Says goodbye, and waits for the end.
    pub(crate) fn finish(mut self) -> ExitStatus {
        self.request("shutdown", Value::Null).unwrap();
        self.notify("exit", Value::Null);
        self.ended()
    }

    /// Closes the pipe to the server, and waits for its end.
    pub(crate) fn ended(mut self) -> ExitStatus {
        self.input = None;
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < until, "the server does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits for the end of a server whose pipe stays open.
    pub(crate) fn wait_for_exit(&mut self) -> ExitStatus {
        self.process.wait().unwrap()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // A test that failed leaves it running.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn read(input: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if input.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("Content-Length: ") {
            length = value.parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    input.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

/// The URI of a path.
pub(crate) fn uri(path: &Path) -> String {
    let mut uri = String::from("file://");
    for byte in path.to_str().unwrap().bytes() {
        if byte.is_ascii_alphanumeric() || b"-_./~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

/// The position of the first place of `needle` in a text, `within` bytes behind its start; UTF-16.
pub(crate) fn at(text: &str, needle: &str, within: usize) -> Value {
    let offset = text.find(needle).unwrap_or_else(|| panic!("no {needle:?}")) + within;
    let line = text[..offset].matches('\n').count();
    let start = text[..offset].rfind('\n').map_or(0, |newline| newline + 1);
    json!({ "line": line, "character": text[start..offset].encode_utf16().count() })
}

/// What the usual client can do.
pub(crate) fn usual() -> Value {
    json!({
        "textDocument": {
            "publishDiagnostics": {
                "relatedInformation": true, "codeDescriptionSupport": true, "dataSupport": true,
                "tagSupport": { "valueSet": [1, 2] },
            },
            "codeAction": { "resolveSupport": { "properties": ["edit"] } },
            "documentSymbol": { "hierarchicalDocumentSymbolSupport": true },
            "hover": { "contentFormat": ["markdown"] },
        },
        "workspace": {
            "workspaceEdit": { "documentChanges": true },
            "didChangeWatchedFiles": { "dynamicRegistration": true },
        },
        "window": { "workDoneProgress": true, "showDocument": { "support": true } },
    })
}

/// A copy of a fixture repository in a temporary folder.
pub(crate) fn fixture(name: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::Builder::new().prefix("a b").tempdir().unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name);
    let root = folder.path().canonicalize().unwrap().join("the repository");
    copy(&from, &root);
    (folder, root)
}

/// Copies a file or a folder.
pub(crate) fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else if from.is_file() {
        std::fs::copy(from, to).unwrap();
    }
}
