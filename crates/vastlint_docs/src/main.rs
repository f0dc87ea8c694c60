//! `cargo run --package vastlint_docs` writes the generated documents, `-- --check` says whether they are up to date,
//! `-- --manual FOLDER` writes the manual pages for a package.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

/// Writes docs/rules and docs/contract.md from the catalogue and the list of conventions
#[derive(Parser)]
struct Arguments {
    /// Write nothing; fail if something is out of date
    #[arg(long)]
    check: bool,
    /// Write the manual pages of the command into this folder, and nothing else
    #[arg(long, value_name = "FOLDER", conflicts_with = "check")]
    manual: Option<PathBuf>,
}

#[expect(clippy::print_stderr, reason = "it is a command")]
fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let root: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let result = if let Some(folder) = &arguments.manual {
        vastlint_docs::write_manual(folder).map(|()| Vec::new())
    } else if arguments.check {
        vastlint_docs::differences(&root)
    } else {
        vastlint_docs::write(&root).map(|()| Vec::new())
    };
    match result {
        Ok(differences) if differences.is_empty() => ExitCode::SUCCESS,
        Ok(differences) => {
            eprintln!("{}", differences.join("\n"));
            eprintln!("`cargo run --package vastlint_docs` writes them anew");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("the documents cannot be read or written: {error}");
            ExitCode::FAILURE
        }
    }
}
