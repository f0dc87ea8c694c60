//! The command: its formats on hand-made reports, and the whole of it on small repositories.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod baseline;
mod catalogue;
mod command_line;
mod config;
mod findings;
mod fix;
mod formats;
mod hostile;
mod ignores;
mod init;
mod injection;
mod machine_formats;
#[cfg(unix)]
mod odd_files;
mod outputs;
mod readers;
mod reports;
mod repository;
mod sarif;
mod schema;
mod suppressions;
mod text;
mod touched;
