//! The language server: what vastlint knows of a template repository, while its files are edited.
//!
//! It holds no rule and no value of a convention: what it says comes from the engine, the project and the contract.
//! `docs/decisions/language-server.md` tells how it works and why.

mod actions;
mod buffer;
mod capabilities;
mod client;
mod completion;
mod configuration;
mod definition;
mod hover;
mod interrupt;
mod location;
mod notifications;
mod place;
mod position;
mod publish;
mod pull;
mod requests;
mod server;
mod shift;
mod symbols;
mod transport;
mod workspace;

use std::io::{self, Read, Write};
use std::panic;
use std::sync::PoisonError;
use std::sync::mpsc::channel;

use lsp_server::Message;
use vastlint_engine::ConfigChoice;
use vastlint_rules::Edition;

use client::Client;
use server::{Event, Server, Shared};

/// How the server is started.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The edition; overrides the configuration of every repository.
    pub edition: Option<Edition>,
    /// The configuration, instead of `vastlint.toml` at the root of each repository; a file by its absolute path.
    pub config: ConfigChoice,
}

/// How the server ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// As the client asked: `shutdown`, then `exit`.
    Success,
    /// By `exit` without `shutdown`, or because the client is gone.
    Failure,
}

/// Serves a client that writes to `input` and reads from `output`, until it ends the server or is gone.
///
/// # Errors
/// If no thread can be started.
pub fn serve(
    input: impl Read + Send + 'static,
    output: impl Write + Send + 'static,
    options: Options,
) -> io::Result<Exit> {
    let (outgoing, writer) = transport::writer(output)?;
    let (sender, events) = channel();
    let shared = Shared::default();
    let panicked = std::sync::Arc::clone(&shared.panicked);
    // What a panic says goes to the log of the client; nobody sees the standard error of a server.
    panic::set_hook(Box::new(move |panic| {
        let payload = panic.payload();
        let text = payload.downcast_ref::<&str>().copied();
        let text =
            text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
        let place = panic.location().map_or_else(String::new, |place| format!(" at {place}"));
        panicked.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{text}{place}"));
    }));
    let reader = {
        let (sender, shared) = (sender.clone(), shared.clone());
        transport::reader(input, outgoing.clone(), move |message| {
            let Some(message) = message else {
                shared.interrupt.raise();
                drop(sender.send(Event::Closed));
                return false;
            };
            let is_last = matches!(&message, Message::Notification(note) if note.method == "exit");
            let interrupts = match &message {
                Message::Notification(note) if note.method == "$/cancelRequest" => {
                    if let Some(id) = transport::cancelled_id(&note.params) {
                        shared.cancelled.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
                    }
                    false
                }
                // These wait for the end of the look that they would interrupt.
                Message::Request(request) => {
                    !matches!(request.method.as_str(), "textDocument/diagnostic" | "workspace/diagnostic")
                }
                Message::Notification(_) => true,
                Message::Response(_) => false,
            };
            // It is in the queue before the server is told to look there.
            let goes_on = sender.send(Event::Message(message)).is_ok() && !is_last;
            if interrupts {
                shared.interrupt.raise();
            }
            goes_on
        })?
    };
    let last = outgoing.clone();
    let exit = Server::new(Client::new(outgoing), options, (sender, events), shared).run();
    drop(panic::take_hook());
    // A thread that still reads a repository is not waited for.
    drop(last.send(transport::Outgoing::End));
    drop(reader.join());
    drop(writer.join());
    Ok(exit)
}
