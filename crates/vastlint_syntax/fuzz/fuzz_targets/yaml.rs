#![no_main]

use vastlint_syntax::{github_expression, yaml};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Err(problem) = yaml::check_invariants(text, &yaml::parse(text)) {
        panic!("{problem}");
    }
    for expression in github_expression::find(text) {
        let parsed = github_expression::parse(text, expression.inner);
        if let Err(problem) = github_expression::check_invariants(text, &parsed) {
            panic!("{problem}");
        }
    }
});
