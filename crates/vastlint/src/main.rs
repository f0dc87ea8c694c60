//! The `vastlint` command.

use std::process::ExitCode;

/// The system's allocator takes a third longer for the whole run: see `docs/decisions/dependencies.md`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    vastlint::main()
}
