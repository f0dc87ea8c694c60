//! Manual pages, made of the definition of the command line.

use std::path::Path;
use std::{fs, io};

/// Writes a manual page for the command and for each of its subcommands into `folder`, which is made if need be.
///
/// # Errors
/// If a page cannot be written.
pub fn write_manual(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    clap_mangen::generate_to(vastlint::definition().disable_help_subcommand(true), folder)
}
