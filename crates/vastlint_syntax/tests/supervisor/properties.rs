use proptest::prelude::*;
use vastlint_syntax::supervisor::{
    check_invariants, parse, parse_command, parse_environment, parse_expansions,
};
use vastlint_text::Span;

use crate::{golden_texts, mutations};

/// Everything that must hold for any text.
fn check(text: &str) -> Result<(), String> {
    let config = parse(text);
    check_invariants(text, &config)?;
    for key in config.sections.iter().flat_map(|section| &section.keys) {
        check_value(&key.value)?;
    }
    check_value(text)
}

fn check_value(value: &str) -> Result<(), String> {
    let ordered = |spans: &mut dyn Iterator<Item = Span>| {
        let mut end = 0;
        for span in spans {
            if value.get(span.range()).is_none() || span.start < end {
                return Err(format!("{span:?} in {value:?}"));
            }
            end = span.end;
        }
        Ok(())
    };
    let expansions = parse_expansions(value);
    ordered(&mut expansions.references.iter().map(|reference| reference.span))?;
    ordered(&mut expansions.errors.iter().map(|error| error.span))?;
    let environment = parse_environment(value);
    ordered(&mut environment.variables.iter().map(|variable| variable.span))?;
    ordered(
        &mut environment.variables.iter().flat_map(|variable| [variable.name_span, variable.value_span]),
    )?;
    for error in environment.errors.iter().chain(&environment.surprises) {
        ordered(&mut std::iter::once(error.span))?;
    }
    let command = parse_command(value);
    ordered(&mut command.words.iter().map(|word| word.span))?;
    for error in &command.errors {
        ordered(&mut std::iter::once(error.span))?;
    }
    Ok(())
}

#[test]
fn snippets_and_their_mutations_keep_the_invariants() {
    for (name, text) in golden_texts().into_iter().chain(mutations()) {
        check(&text).unwrap_or_else(|problem| panic!("{name}: {problem}"));
    }
}

proptest! {
    #[test]
    fn any_text_keeps_the_invariants(text in r"(\[|\]|=|:|;|#| |\n|\r|\t|%|\(|\)s|'|\x22|\\|,|a|é|\u{feff}|\PC){0,60}") {
        prop_assert_eq!(check(&text), Ok(()));
    }
}

#[test]
fn hostile_text_takes_linear_time() {
    for piece in [
        "[",
        "]",
        "[a]\n",
        "a=b\n",
        " ",
        "\n",
        "\r",
        ";",
        " ;",
        "%",
        "%(",
        "(",
        "%()s",
        "'",
        "\"",
        "\\",
        "=",
        ",",
        "A=1,",
        "#",
        "[a]\nb=\n ",
        "a",
    ] {
        let text = String::from("[a]\nenvironment=") + &piece.repeat(2_000_000 / piece.len());
        let start = std::time::Instant::now();
        check_value(&text).unwrap();
        parse(&text);
        println!("{piece:?} {:?}", start.elapsed());
        // Quadratic time would take hours.
        assert!(start.elapsed().as_secs() < 20, "{piece:?} took {:?}", start.elapsed());
    }
}
