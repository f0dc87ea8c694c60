//! What holds for every text: the tree keeps its promises, and hostile input costs no more than its size.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use vastlint_syntax::dockerfile::{Dockerfile, InstructionKind, check_invariants, parse};

use crate::corpus;

#[track_caller]
fn check(source: &str) -> Dockerfile {
    let file = parse(source);
    if let Err(fault) = check_invariants(source, &file) {
        panic!("{fault}\nin {source:?}");
    }
    resolve(source, &file);
    file
}

/// Expands every word; the results do not matter here.
fn resolve(source: &str, file: &Dockerfile) {
    let mut scopes = file.scopes(source);
    for (index, instruction) in file.instructions.iter().enumerate() {
        let scope = scopes.at(index);
        if let InstructionKind::Env(pairs) | InstructionKind::Arg(pairs) | InstructionKind::Label(pairs) =
            &instruction.kind
        {
            for value in pairs.iter().filter_map(|pair| pair.value.as_ref()) {
                let _ = scope.expand_word(source, value);
            }
        }
        let _ = instruction.mounts(source);
    }
}

#[test]
fn whole_and_damaged_files_keep_the_promises() {
    let mut checked = 0;
    for text in corpus::fixtures() {
        check(&text.text);
        corpus::mutations(&text.text, |damaged| {
            check(damaged);
            checked += 1;
        });
    }
    for text in corpus::corpus() {
        check(&text.text);
    }
    assert!(checked > 5000, "only {checked} damaged files");
}

#[test]
fn a_line_taken_out_leaves_the_rest() {
    // An unknown word at the start of a line is one instruction; those around it stay as they are.
    let is_sound = |text: &corpus::Text| parse(&text.text).errors.is_empty() && !text.text.ends_with("\n\n");
    for text in corpus::fixtures().into_iter().filter(is_sound) {
        let whole = check(&text.text);
        let damaged = format!("{}\nBROKEN line\n", text.text.trim_end_matches(['\n', '\\', '\r', ' ']));
        let file = check(&damaged);
        assert_eq!(file.instructions.len(), whole.instructions.len() + 1, "{}", text.name);
        assert_eq!(file.errors.len(), 1, "{}: {:?}", text.name, file.errors);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_text_keeps_the_promises(source in any::<String>()) {
        check(&source);
    }

    #[test]
    fn token_soup_keeps_the_promises(seed in any::<u64>()) {
        check(&corpus::soup(seed));
    }

    #[test]
    fn line_ends_do_not_matter(seed in any::<u64>()) {
        let source = corpus::soup(seed).replace("\r\n", "\n");
        let windows = source.replace('\n', "\r\n");
        let (ours, theirs) = (check(&source), check(&windows));
        let words = |file: &Dockerfile, source: &str| -> Vec<_> {
            file.instructions
                .iter()
                .map(|instruction| {
                    let shell = file.shell_text(source, instruction);
                    (instruction.keyword, shell.map(|shell| shell.text().replace("\r\n", "\n")))
                })
                .collect()
        };
        prop_assert_eq!(words(&ours, &source), words(&theirs, &windows));
        prop_assert_eq!(ours.errors.len(), theirs.errors.len());
    }

    #[test]
    fn continuing_a_command_changes_nothing(words in proptest::collection::vec("[a-z=/.-]{1,6}", 2..8)) {
        let words: Vec<_> = words.iter().map(|word| format!("x{word}")).collect();
        let single = format!("FROM a\nRUN {}\n", words.join(" "));
        let broken = format!("FROM a\nRUN {}\n", words.join(" \\\n# note\n\n"));
        let text = |source: &str| {
            let file = check(source);
            file.shell_text(source, &file.instructions[1]).map(|text| text.text().to_owned())
        };
        prop_assert_eq!(text(&single), text(&broken));
        prop_assert_eq!(text(&single), Some(words.join(" ")));
    }
}

/// Parses, checks and drops a text of `size` bytes at most; the time grows no faster than the text.
#[track_caller]
fn in_proportion(make: impl Fn(usize) -> String) {
    let time = |size: usize| {
        let source = make(size);
        let start = Instant::now();
        let file = parse(&source);
        resolve(&source, &file);
        for instruction in &file.instructions {
            let _ = file.shell_text(&source, instruction);
        }
        drop(file);
        start.elapsed()
    };
    // Ten times the size: a quadratic reader would take a hundred times as long. A busy machine may need another try.
    let is_in_proportion = || time(100_000) < time(10_000).max(Duration::from_millis(5)) * 40;
    let start: String = make(60).chars().take(60).collect();
    assert!(
        (0..5).any(|_| is_in_proportion()),
        "100 kB take more than 40 times as long as 10 kB of {start:?}…"
    );
}

#[test]
fn markers_that_come_out_of_one_expansion_stand_apart() {
    check("RUN ${P//x <</a 3 <<}/x");
}

#[test]
fn hostile_texts_cost_no_more_than_their_size() {
    for unit in [
        "\\",
        "\\\n",
        "\"",
        "'",
        "$",
        "${",
        "${A:-",
        "[",
        "{",
        "<",
        "<<E ",
        "<<E",
        "#",
        "\n",
        "\r",
        "\t",
        "=",
        "-",
        "--",
        "--a ",
        "--a=\"",
        "\u{a0}",
        "😀",
        "a",
        "a ",
        "a=b ",
        "a=$a ",
        "RUN <<E\n",
        "RUN <<-E\n",
        "ONBUILD ",
        "FROM a AS a\n",
        "FROM a AS b\nFROM b AS a\n",
        "RUN \\\n",
        "RUN a\\\n",
        "#c\n",
        "ENV A=$A$A\n",
        "ENV A=${A:-$A}x$A\n",
        "ARG A=$A$A\n",
        "COPY <<E /\n",
        "COPY a b c \\\n",
        "`",
        "# escape=`\n",
        "# syntax=a\n",
        "\\\n#c\n\n",
        "RUN --mount=a,b=c,d=\"e\n",
        "CMD [\"a\",\n",
        "CMD [[1],{\"a\":2}]\n",
        "ENV A=${B/x/y}\n",
        "ENV A=${A%%*a*a*a*}a\n",
        "RUN cat <<A <<B <<C\nA\nB\n",
    ] {
        for start in [
            "",
            "RUN ",
            "FROM a\nENV A=",
            "FROM scratch\nENV A=abcdefghijklmnopqrstuvwxyz\nENV B=$A",
            "FROM a\nCMD [",
            "COPY --x=",
            "RUN <<E\n",
        ] {
            in_proportion(|size| format!("{start}{}", unit.repeat(size / unit.len())));
        }
    }
    // Names that differ, so that nothing can be remembered.
    for line in ["RUN <<E", "FROM a AS s", "ENV A"] {
        in_proportion(|size| {
            let mut text = String::new();
            for number in 0..size / 16 {
                let _ = writeln!(text, "{line}{number}{}", if line == "ENV A" { "=$A1" } else { "" });
            }
            text
        });
    }
    in_proportion(|size| {
        let mut text = String::from("FROM scratch AS s0\n");
        for number in 0..size / 40 {
            let _ = writeln!(text, "FROM s{number} AS s{}\nENV A{number}=$A0", number + 1);
        }
        text
    });
}

#[test]
fn deep_nesting_is_bounded() {
    for (open, close) in [("[", "]"), ("${A:-", "}"), ("{\"a\":", "}"), ("ONBUILD ", ""), ("\"${A:-", "}\"")]
    {
        for start in ["FROM a\nENV A=", "FROM a\nCMD [", "FROM a\nRUN <<EOF ", "FROM a\n"] {
            for end in ["", close] {
                let source = format!("{start}{}x{}\nRUN next\n", open.repeat(20_000), end.repeat(20_000));
                let file = check(&source);
                assert_eq!(file.instructions.last().unwrap().span.text(&source), "RUN next");
                assert!(file.errors.len() < 5);
            }
        }
    }
}
