//! Messages over a pair of byte streams: a header with the length, then JSON.
//!
//! `lsp_server` gives up at the first message that it cannot read. Here such a message gets an error reply, and the next
//! one is read.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use lsp_server::{ErrorCode, Message, RequestId};
use serde_json::{Value, json};

/// The longest message that is taken, in bytes: a text of the largest file that vastlint reads, every byte escaped.
const MAX_MESSAGE: u64 = 6 * (16 << 20) + (1 << 20);

/// The longest line of a header, in bytes.
const MAX_HEADER_LINE: u64 = 4096;

/// What was read.
#[derive(Debug)]
pub(crate) enum Incoming {
    /// A message.
    Message(Message),
    /// None: what to reply.
    Malformed(Value),
}

/// Reads the next message; `None` at the end of the stream.
pub(crate) fn read(input: &mut impl BufRead) -> io::Result<Option<Incoming>> {
    let Some(header) = header(input)? else { return Ok(None) };
    let length = match header {
        Ok(length) => length,
        Err(fault) => return Ok(Some(malformed(ErrorCode::ParseError, &fault, None))),
    };
    if length > MAX_MESSAGE {
        let skipped = io::copy(&mut input.take(length), &mut io::sink())?;
        if skipped < length {
            return Ok(None);
        }
        let fault = format!("a message of {length} bytes is longer than {MAX_MESSAGE}");
        return Ok(Some(malformed(ErrorCode::InvalidRequest, &fault, None)));
    }
    // What is promised need not come: the buffer grows with what does.
    let mut body = Vec::new();
    if (input.take(length).read_to_end(&mut body)? as u64) < length {
        return Ok(None);
    }
    Ok(Some(message(&body)))
}

fn message(body: &[u8]) -> Incoming {
    let value: Value = match serde_json::from_slice(body) {
        Ok(value) => value,
        Err(error) => {
            return malformed(ErrorCode::ParseError, &format!("the message is no JSON: {error}"), None);
        }
    };
    let id = value.get("id").cloned();
    match serde_json::from_value(value) {
        // An id that `lsp_server` does not know (a fraction, say) must not make a notification of a request.
        Ok(message) if id.is_none() || !matches!(message, Message::Notification(_)) => {
            Incoming::Message(message)
        }
        _ => {
            let fault = "the message is no request, no notification and no response";
            let id = id.filter(|id| id.is_number() || id.is_string());
            malformed(ErrorCode::InvalidRequest, fault, id.as_ref())
        }
    }
}

fn malformed(code: ErrorCode, message: &str, id: Option<&Value>) -> Incoming {
    let error = json!({ "code": code as i32, "message": message });
    Incoming::Malformed(json!({ "jsonrpc": "2.0", "id": id, "error": error }))
}

/// The length that a header tells, or what is wrong with the header; `None` at the end of the stream.
fn header(input: &mut impl BufRead) -> io::Result<Option<Result<u64, String>>> {
    let mut length = None;
    let mut fault = None;
    loop {
        let mut line = Vec::new();
        if input.take(MAX_HEADER_LINE).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end_matches(['\r', '\n']);
        if line.is_empty() {
            break;
        }
        match line.split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("Content-Length") => {
                match value.trim().parse::<u64>() {
                    Ok(value) => length = Some(value),
                    Err(_) => fault = Some(format!("`Content-Length` is no number: `{}`", value.trim())),
                }
            }
            Some(_) => {}
            None => fault = Some("a header line has no `:`".to_owned()),
        }
    }
    // A good length counts, whatever stands beside it: what follows is a message.
    Ok(Some(length.ok_or_else(|| fault.unwrap_or_else(|| "a header has no `Content-Length`".to_owned()))))
}

/// What is written.
#[derive(Debug)]
pub(crate) enum Outgoing {
    /// A message.
    Message(Message),
    /// A reply to what is no message.
    Raw(Value),
    /// Nothing: there is no more to write.
    End,
}

impl From<Message> for Outgoing {
    fn from(message: Message) -> Self {
        Self::Message(message)
    }
}

/// Starts a thread that writes what is sent to it, until it is told that there is no more.
pub(crate) fn writer(
    mut output: impl Write + Send + 'static,
) -> io::Result<(Sender<Outgoing>, JoinHandle<()>)> {
    let (sender, receiver): (_, Receiver<Outgoing>) = channel();
    let thread = std::thread::Builder::new().name("writer".to_owned()).spawn(move || {
        for message in receiver {
            if matches!(message, Outgoing::End) || write(&mut output, &message).is_err() {
                // Nobody reads any more; the end of the input ends the server.
                break;
            }
        }
    })?;
    Ok((sender, thread))
}

fn write(output: &mut impl Write, message: &Outgoing) -> io::Result<()> {
    match message {
        Outgoing::Message(message) => message.write(output),
        Outgoing::Raw(value) => {
            let body = value.to_string();
            write!(output, "Content-Length: {}\r\n\r\n{body}", body.len())?;
            output.flush()
        }
        Outgoing::End => Ok(()),
    }
}

/// Reads messages in a thread of its own and hands each to `take`, until it says that there is enough or the stream
/// ends; then hands over `None`. Replies to what is no message by itself.
pub(crate) fn reader(
    input: impl Read + Send + 'static,
    replies: Sender<Outgoing>,
    mut take: impl FnMut(Option<Message>) -> bool + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name("reader".to_owned()).spawn(move || {
        let mut input = BufReader::with_capacity(1 << 16, input);
        while let Ok(Some(incoming)) = read(&mut input) {
            match incoming {
                Incoming::Message(message) => {
                    if !take(Some(message)) {
                        return;
                    }
                }
                // If the writer is gone there is nobody to tell.
                Incoming::Malformed(reply) => drop(replies.send(Outgoing::Raw(reply))),
            }
        }
        take(None);
    })
}

/// The id of a cancelled request, from the parameters of `$/cancelRequest`.
pub(crate) fn cancelled_id(params: &Value) -> Option<RequestId> {
    serde_json::from_value(params.get("id")?.clone()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Vec<String> {
        let mut input = bytes;
        let mut found = Vec::new();
        while let Some(incoming) = read(&mut input).expect("memory can be read") {
            found.push(match incoming {
                Incoming::Message(Message::Request(request)) => format!("request {}", request.method),
                Incoming::Message(Message::Notification(note)) => format!("notification {}", note.method),
                Incoming::Message(Message::Response(_)) => "response".to_owned(),
                Incoming::Malformed(reply) => format!("{} for {}", reply["error"]["code"], reply["id"]),
            });
        }
        found
    }

    fn framed(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    #[test]
    fn what_follows_a_malformed_message_is_read() {
        let good = framed(r#"{"jsonrpc":"2.0","method":"a"}"#);
        for (bad, expected) in [
            (framed("{"), "-32700 for null"),
            (framed("[]"), "-32600 for null"),
            (framed(r#"{"id":7}"#), "-32600 for 7"),
            (framed(r#"{"id":9999999999,"method":"a"}"#), "-32600 for 9999999999"),
            ("Content-Length: x\r\n\r\n".to_owned(), "-32700 for null"),
            ("nonsense\r\n\r\n".to_owned(), "-32700 for null"),
            ("\r\n".to_owned(), "-32700 for null"),
        ] {
            let found = all(format!("{bad}{good}").as_bytes());
            assert_eq!(found, [expected, "notification a"], "{bad}");
        }
    }

    #[test]
    fn headers_are_read_as_they_come() {
        let body = r#"{"jsonrpc":"2.0","id":"x","method":"b"}"#;
        let text = format!(
            "content-length:{}\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n{body}",
            body.len()
        );
        assert_eq!(all(text.as_bytes()), ["request b"]);
        assert_eq!(all(b"Content-Length: 999999999999\r\n\r\n{}"), Vec::<String>::new());
        assert_eq!(all(b"Content-Length: 10\r\n\r\n{}"), Vec::<String>::new());
    }
}
