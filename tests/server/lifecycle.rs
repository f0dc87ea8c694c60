//! Beginning and end, and what no editor should send.

use serde_json::{Value, json};

use crate::client::{Client, fixture, usual};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn it_ends_as_the_protocol_asks() {
    let folder = folder();
    let client = Client::open(folder.path(), usual());
    assert_eq!(client.finish().code(), Some(0));

    let mut client = Client::open(folder.path(), usual());
    client.notify("exit", Value::Null);
    assert_eq!(client.wait_for_exit().code(), Some(1), "`exit` without `shutdown`");

    let client = Client::open(folder.path(), usual());
    assert_eq!(client.ended().code(), Some(1), "the client is gone");

    let mut client = Client::start(folder.path());
    client.notify("exit", Value::Null);
    assert_eq!(client.wait_for_exit().code(), Some(1));
}

#[test]
fn requests_before_and_after_are_refused() {
    let folder = folder();
    let mut client = Client::start(folder.path());
    let early = client.request("textDocument/hover", json!({})).unwrap_err();
    assert_eq!(early["code"], -32002);
    client.initialize(&[folder.path()], usual());
    let twice = client.request("initialize", json!({ "capabilities": {} })).unwrap_err();
    assert_eq!(twice["code"], -32600);
    assert_eq!(client.request("shutdown", Value::Null), Ok(Value::Null));
    let late = client.request("textDocument/hover", json!({})).unwrap_err();
    assert_eq!(late["code"], -32600);
    client.notify("textDocument/didOpen", json!({}));
    client.notify("exit", Value::Null);
    assert_eq!(client.wait_for_exit().code(), Some(0));
}

#[test]
fn malformed_messages_get_an_error_and_the_next_one_an_answer() {
    let folder = folder();
    let mut client = Client::open(folder.path(), usual());
    let framed = |body: &str| format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes();
    for (bytes, code, id) in [
        (framed("{"), -32700, Value::Null),
        (framed("\u{FEFF}[1]"), -32700, Value::Null),
        (framed("[]"), -32600, Value::Null),
        (framed("17"), -32600, Value::Null),
        (framed(r#"{"jsonrpc":"2.0","id":"x"}"#), -32600, json!("x")),
        (framed(r#"{"jsonrpc":"2.0","id":"y","method":3}"#), -32600, json!("y")),
        (framed(r#"{"jsonrpc":"2.0","id":"z","method":"no/such"}"#), -32601, json!("z")),
        (framed(r#"{"jsonrpc":"2.0","id":"w","method":"textDocument/hover"}"#), -32602, json!("w")),
        (
            framed(
                r#"{"jsonrpc":"2.0","id":"v","method":"textDocument/hover","params":{"position":{"line":-1}}}"#,
            ),
            -32602,
            json!("v"),
        ),
        (
            framed(
                r#"{"jsonrpc":"2.0","id":"u","method":"workspace/executeCommand","params":{"command":"rm"}}"#,
            ),
            -32602,
            json!("u"),
        ),
        (b"Content-Length: many\r\n\r\n".to_vec(), -32700, Value::Null),
        (b"hello\r\n\r\n".to_vec(), -32700, Value::Null),
        ([b"Content-Length: 4\r\n\r\n".as_slice(), &[0xFF, 0xFE, 0, 1]].concat(), -32700, Value::Null),
    ] {
        client.write(&bytes);
        let reply = client.wait(|message| message.get("error").is_some());
        assert_eq!(
            (&reply["error"]["code"], &reply["id"]),
            (&json!(code), &id),
            "{:?}",
            String::from_utf8_lossy(&bytes)
        );
    }
    // Notifications have no answer, whatever is wrong with them.
    client.notify("textDocument/didChange", json!({ "textDocument": 1 }));
    client.notify("$/unknown", json!(null));
    client.notify("textDocument/didClose", json!({ "textDocument": { "uri": "file:///nowhere" } }));
    client.send(&json!({ "jsonrpc": "2.0", "id": 4711, "result": null }));
    assert_eq!(client.request("textDocument/hover", position("file:///nowhere")), Ok(Value::Null));
    assert!(client.log.iter().any(|line| line.contains("didChange")), "{:?}", client.log);
    assert_eq!(client.finish().code(), Some(0));
}

fn position(uri: &str) -> Value {
    json!({ "textDocument": { "uri": uri }, "position": { "line": 0, "character": 0 } })
}

#[test]
fn cancelled_requests_are_answered_with_an_error() {
    let (_folder, root) = fixture("clean");
    let mut client = Client::open(&root, usual());
    client.settle();
    // Many at once: the last ones are still in the queue when they are cancelled.
    let ids: Vec<i64> =
        (0..50).map(|_| client.ask("workspace/diagnostic", json!({ "previousResultIds": [] }))).collect();
    for id in &ids {
        client.notify("$/cancelRequest", json!({ "id": id }));
    }
    for id in ids {
        match client.answer(id) {
            Ok(report) => assert!(report["items"].is_array()),
            Err(error) => assert_eq!(error["code"], -32800),
        }
    }
    // What is cancelled while the repository is being looked at is not answered otherwise.
    let uri = crate::client::uri(&root.join("Dockerfile"));
    let text = std::fs::read_to_string(root.join("Dockerfile")).unwrap();
    client.open_file(&uri, &text);
    client.set_text(&uri, &format!("{text}\n"));
    let id = client.ask("textDocument/diagnostic", json!({ "textDocument": { "uri": uri } }));
    client.notify("$/cancelRequest", json!({ "id": id }));
    if let Err(error) = client.answer(id) {
        assert_eq!(error["code"], -32800);
    }
    client.notify("$/cancelRequest", json!({ "id": 999_999 }));
    assert_eq!(client.finish().code(), Some(0));
}
