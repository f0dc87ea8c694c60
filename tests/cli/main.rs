//! The command: its formats on hand-made reports, and the whole of it on small repositories.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod formats;
mod hostile;
mod reports;
mod text;
