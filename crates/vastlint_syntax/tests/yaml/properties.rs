use std::time::Instant;

use proptest::prelude::*;
use vastlint_syntax::yaml::{check_invariants, parse};

use crate::{all_snippets, corpus, mutations};

#[test]
fn snippets_mutations_and_files_keep_the_invariants() {
    let mut problems = Vec::new();
    for (name, text) in all_snippets().into_iter().chain(mutations()).chain(corpus()) {
        if let Err(problem) = check_invariants(&text, &parse(&text)) {
            problems.push(format!("{name}: {problem}\n{text}"));
        }
    }
    println!("{} problems", problems.len());
    problems.truncate(12);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]
    #[test]
    fn any_text_keeps_the_invariants(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "a", "b: ", "c:", "\n", "\n  ", "\n    ", "- ", "? ", ": ", "[", "]", "{", "}", ", ", "'", "\"", "''",
                "\\n", "\\", "|", ">", "|-\n  ", ">+\n ", "|2\n", "#", " # x", "&a ", "*a", "!t ", "!!str ", "---\n",
                "...\n", "\t", " ", "\r\n", "\r", "é", "日", "\u{feff}", "<<: ", "%", "@", "1", "\u{2028}", "\u{85}",
                "\0",
            ]),
            0..25,
        )
    ) {
        let text = pieces.concat();
        prop_assert_eq!(check_invariants(&text, &parse(&text)), Ok(()), "{:?}", text);
    }

    #[test]
    fn any_characters_keep_the_invariants(text in r"\PC{0,80}") {
        prop_assert_eq!(check_invariants(&text, &parse(&text)), Ok(()));
    }
}

#[test]
fn hostile_text_takes_linear_time() {
    let nested: String = (0..10_000).map(|depth| " ".repeat(depth.min(400)) + "a:\n").collect();
    let mut texts = vec![("nested mappings", nested)];
    for piece in [
        "[",
        "{",
        "]",
        "- ",
        "? ",
        ": ",
        "a: [\n",
        "a: {\n",
        "a: \"\n",
        "a: '",
        "\"",
        "'",
        "a",
        "\n",
        " ",
        "\t",
        "#",
        "# x\n",
        "a: @\n",
        "a: 1\n",
        "- a\n",
        "|",
        "a: |\n",
        "&a ",
        "*a\n",
        "!",
        "%",
        "---\n",
        "[a: ",
        "{a: ",
        ", ",
        "\\",
        "a: \"\\\n",
        "\r",
        "é",
        " - @\n",
        "  a: b: c\n",
        "a: [1,\n",
        "[]\n",
        "{a: {a: ",
        "a: &a [*a]\n",
    ] {
        texts.push((piece, piece.repeat(300_000 / piece.len())));
    }
    for (name, text) in texts {
        let start = Instant::now();
        let yaml = parse(&text);
        println!("{name:?} {:?} {} errors", start.elapsed(), yaml.errors.len());
        // Quadratic time would take hours.
        assert!(start.elapsed().as_secs() < 20, "{name:?} took {:?}", start.elapsed());
        drop(yaml);
    }
}

#[test]
fn an_alias_bomb_costs_nothing() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..60 {
        let alias = format!("*a{}", level - 1);
        text += &format!("a{level}: &a{level} [{}]\n", [alias.as_str(); 9].join(", "));
    }
    let yaml = parse(&text);
    assert!(yaml.errors.is_empty());
    assert_eq!(yaml.nodes().count(), 1 + 60 * (2 + 9));
    let root = yaml.root().unwrap();
    assert_eq!(yaml.items(yaml.items(yaml.get(root, "a59").unwrap())[0]).len(), 9);
}
