#![no_main]

use libfuzzer_sys::fuzz_target;
use vastlint_syntax::dockerfile::{check_invariants, parse};

fuzz_target!(|source: &str| {
    let file = parse(source);
    if let Err(fault) = check_invariants(source, &file) {
        panic!("{fault}");
    }
    let mut scopes = file.scopes(source);
    for (index, instruction) in file.instructions.iter().enumerate() {
        let scope = scopes.at(index);
        let _ = scope.expand(instruction.arguments.text(source));
        let _ = instruction.mounts(source);
    }
    for stage in &file.stages {
        let _ = scopes.base(stage);
    }
});
