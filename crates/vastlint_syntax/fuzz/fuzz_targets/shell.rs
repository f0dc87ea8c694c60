#![no_main]

use vastlint_syntax::shell::{self, ParseOptions};

libfuzzer_sys::fuzz_target!(|text: &str| {
    for github_expressions in [false, true] {
        let script = shell::parse_with(text, ParseOptions { github_expressions });
        if let Err(fault) = shell::check_invariants(text, &script) {
            panic!("{fault}");
        }
    }
});
