//! supervisord configuration: the INI file, and the languages inside its values.
//!
//! The semantics are those of supervisord itself, which reads its files with Python's `RawConfigParser`, the values of
//! `environment` with `shlex`, those of `command` with `shlex.split`, and expands `%(name)s` with Python's `%`.
//! `docs/syntax/supervisor.md` tells what that means in practice.

mod command;
mod config;
mod environment;
mod expansion;
mod invariants;
mod parse;
mod text;

pub use command::{CommandLine, Word, parse_command};
pub use config::{Config, Key, Section, SectionKind};
pub use environment::{Environment, Variable, parse_environment};
pub use expansion::{Expansion, Expansions, parse_expansions};
pub use invariants::check_invariants;
pub use parse::parse;
