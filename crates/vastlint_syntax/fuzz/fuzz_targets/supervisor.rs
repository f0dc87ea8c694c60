#![no_main]

use vastlint_syntax::supervisor::{
    check_invariants, parse, parse_command, parse_environment, parse_expansions,
};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let config = parse(text);
    if let Err(problem) = check_invariants(text, &config) {
        panic!("{problem}");
    }
    for value in config.sections.iter().flat_map(|section| &section.keys).map(|key| key.value.as_str()).chain([text]) {
        let environment = parse_environment(value);
        let spans = environment.variables.iter().map(|variable| variable.span);
        let spans = spans.chain(environment.errors.iter().chain(&environment.surprises).map(|error| error.span));
        let command = parse_command(value);
        let spans = spans.chain(command.words.iter().map(|word| word.span));
        let expansions = parse_expansions(value);
        let spans = spans.chain(expansions.references.iter().map(|reference| reference.span));
        for span in spans.chain(expansions.errors.iter().map(|error| error.span)) {
            assert!(value.get(span.range()).is_some(), "{span:?}");
        }
    }
});
