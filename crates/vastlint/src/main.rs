//! The `vastlint` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    vastlint::main()
}
