//! The command: its formats on hand-made reports, and the whole of it on small repositories.

mod formats;
mod hostile;
mod reports;
mod text;
