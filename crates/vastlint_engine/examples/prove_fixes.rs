//! Holds every fix of a repository to its word, as the tests do on fixtures:
//! `cargo run --package vastlint_engine --example prove_fixes -- DIRECTORY [EDITION] [RULE]`.
//!
//! Prints how many fixes of each rule were tried alone, what all safe and all fixes together leave, and every fault. Exits
//! with 1 if there is one.
#![expect(clippy::print_stdout, reason = "it is a program")]

#[path = "../../../tests/rules/prove.rs"]
mod prove;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use vastlint_diagnostic::Applicability;
use vastlint_engine::{BaselineChoice, Options, Progress, Repository, fix};

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let directory = arguments.next().ok_or("which directory?")?;
    let options = Options {
        paths: vec![PathBuf::from(&directory)],
        edition: arguments.next().map(|edition| edition.parse()).transpose()?,
        select: arguments.next().into_iter().collect(),
        baseline: BaselineChoice::None,
        ..Options::default()
    };
    let read = || Repository::read(&options, &Progress::default());
    let mut repository = read()?;
    let before = repository.analyse().diagnostics.len();
    let mut proof = prove::Proof::default();
    proof.of(&mut repository, &directory);
    for ((rule, applicability), count) in &proof.proven {
        println!("{} {:<36} {:<7} {count:>4}", rule.code, rule.name, applicability.name());
    }
    let mut total: BTreeMap<Applicability, usize> = BTreeMap::new();
    for ((_, applicability), count) in &proof.proven {
        *total.entry(*applicability).or_default() += count;
    }
    println!("findings before: {before}; fixes tried alone: {total:?}");
    for most in [Applicability::Safe, Applicability::Unsafe] {
        let fixed = fix(&mut read()?, most);
        println!(
            "up to {}: {} findings fixed in {} files, {} left",
            most.name(),
            fixed.count(),
            fixed.changes.len(),
            fixed.report.diagnostics.len()
        );
    }
    for fault in &proof.faults {
        println!("FAULT {fault}");
    }
    println!("{} faults", proof.faults.len());
    Ok(if proof.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
