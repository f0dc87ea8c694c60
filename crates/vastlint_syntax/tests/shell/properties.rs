//! What must hold for any text: the invariants, and that every command behind a fault is still found.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use vastlint_syntax::shell::{self, ParseOptions, Script};

use crate::corpus;

fn check(text: &str) -> Script {
    let expressions = shell::parse_with(text, ParseOptions { github_expressions: true });
    if let Err(fault) = shell::check_invariants(text, &expressions) {
        panic!("{fault}\nwith GitHub expressions in {text:?}");
    }
    let script = shell::parse(text);
    if let Err(fault) = shell::check_invariants(text, &script) {
        panic!("{fault}\nin {text:?}");
    }
    script
}

#[test]
fn fixtures_hold_the_invariants() {
    for sample in corpus::all() {
        check(&sample.text);
    }
}

#[test]
fn truncated_fixtures_hold_the_invariants() {
    for sample in corpus::fixtures() {
        for (end, _) in sample.text.char_indices() {
            check(&sample.text[..end]);
        }
    }
}

#[test]
fn fixtures_cut_at_the_front_hold_the_invariants() {
    for sample in corpus::fixtures() {
        for (start, _) in sample.text.char_indices().step_by(3) {
            check(&sample.text[start..]);
        }
    }
}

#[test]
fn fixtures_with_a_line_less_or_twice_hold_the_invariants() {
    for sample in corpus::fixtures() {
        let lines: Vec<&str> = sample.text.split_inclusive('\n').collect();
        for index in 0..lines.len() {
            let mut less = lines.clone();
            less.remove(index);
            check(&less.concat());
            let mut twice = lines.clone();
            twice.insert(index, lines[index]);
            check(&twice.concat());
        }
    }
}

#[test]
fn blocks_at_the_depth_limit_hold_the_invariants() {
    for block in
        ["coproc W (a)", "f() (a)", "for x in a; do b; done", "case a in b) c;; esac", "echo $(a) ${b:-$(c)}"]
    {
        for depth in 0..=shell::MAX_DEPTH as usize {
            check(&format!("{}\n{block}\n{}", "( ".repeat(depth), ")".repeat(depth)));
        }
    }
}

#[test]
fn line_ends_of_windows_change_nothing() {
    let words = |text: &str| -> Vec<String> {
        let script = check(text);
        assert_eq!(script.errors, [], "{text:?}");
        script
            .simple_commands()
            .iter()
            .flat_map(|command| command.words.iter().map(|word| word.text(text).replace('\r', "")))
            .collect()
    };
    for sample in corpus::fixtures().into_iter().filter(|sample| sample.name.contains("/valid/")) {
        let windows = sample.text.replace('\n', "\r\n");
        assert_eq!(words(&windows), words(&sample.text), "{}", sample.name);
    }
}

/// Every fixture must read as before with sound commands before and behind it.
#[test]
fn a_script_reads_the_same_between_others() {
    for sample in corpus::fixtures().into_iter().filter(|sample| sample.name.contains("/valid/")) {
        let alone = shell::parse(&sample.text);
        let text = format!("first command\n{}\nlast command\n", sample.text);
        let script = check(&text);
        assert_eq!(script.errors, [], "{}", sample.name);
        let commands = script.simple_commands();
        assert_eq!(commands.len(), alone.simple_commands().len() + 2, "{}", sample.name);
        let last = commands.last().map(|command| command.span.text(&text));
        assert_eq!(last, Some("last command"), "{}", sample.name);
    }
}

/// Behind every fault of `faulty` there is an `echo after` that must be found as a command of its own.
#[test]
fn commands_behind_a_fault_are_found() {
    let mut seen = 0;
    for sample in corpus::fixtures().into_iter().filter(|sample| sample.name.contains("/faulty/")) {
        let script = check(&sample.text);
        assert!(!script.errors.is_empty(), "{}", sample.name);
        if sample.text.contains("\necho after\n") {
            seen += 1;
            let commands: Vec<&str> =
                script.simple_commands().iter().map(|command| command.span.text(&sample.text)).collect();
            assert!(commands.contains(&"echo after"), "{}: {commands:?}\n{:?}", sample.name, script.errors);
            assert!(script.errors.len() <= 3, "{}: {:?}", sample.name, script.errors);
        }
    }
    assert!(seen >= 25, "only {seen} faults");
}

const HOSTILE: &[&str] = &[
    "(",
    ")",
    "((",
    "$(",
    "$((",
    "${",
    "${a:-",
    "`",
    "'",
    "\"",
    "\"$(",
    "\"${",
    "{ ",
    "}",
    "if ",
    "if a; then ",
    "while ",
    "while a; do ",
    "for i in ",
    "case x in ",
    "case x in a) ",
    "case ",
    "f() ",
    "f() {",
    "function ",
    "a=(",
    "a=([",
    "a[",
    "${a[",
    "$[",
    "[[ ",
    "[[ (",
    "[[ ! ",
    "[ ",
    "<(",
    ">(",
    "<<A\n",
    "<<'A\n",
    "<<-A ",
    "<<\n",
    "<",
    ">",
    "&",
    "|",
    ";",
    ";;",
    "&&",
    "||",
    "!",
    "! ",
    "time ",
    "coproc ",
    "#",
    "\\",
    "\\\n",
    "\n",
    "\r\n",
    "\r",
    " ",
    "\t",
    "*",
    "?(",
    "@(",
    "a@(b|",
    "{a,",
    "{",
    ",",
    "~",
    "=",
    "a=",
    "$",
    "${{",
    "${{ a }}",
    "}}",
    "é",
    "🚀",
    "\0",
    "done ",
    "fi\n",
    "esac\n",
    "then ",
    "do ",
    "in ",
    "select x in ",
    "x=$(cat <<E\n",
    "'\n",
    "\"\n",
    "\"a\nb",
    "`\\`",
    "\\`",
    "echo \"a\n",
    "echo 'it\n",
    "$'",
    "$\"",
    "((a)",
    "( (",
    "((a) b) ",
    "a <<E$((",
    "<<<",
    "{fd}>",
    "1>",
    "2>&1 ",
    "export a=(",
    "if then elif else fi ",
    "a || ",
    "a | ",
    "a && \n",
];

#[test]
fn repeated_tokens_cost_linear_time() {
    let started = Instant::now();
    for token in HOSTILE {
        let text = token.repeat(1 + 60_000 / token.len());
        let began = Instant::now();
        check(&text);
        let took = began.elapsed();
        assert!(took < Duration::from_secs(10), "{token:?} took {took:?}");
    }
    println!("{} repeated tokens in {:?}", HOSTILE.len(), started.elapsed());
}

#[test]
fn deep_nesting_costs_one_error_and_a_small_stack() {
    let nests = [
        ("( ", " )"),
        ("$(", ")"),
        ("\"$(", ")\""),
        ("${a:-", "}"),
        ("{ ", "; }"),
        ("if a; then ", "; fi"),
        ("while a; do ", "; done"),
    ];
    // Far less than a thread of the product has.
    let worker = std::thread::Builder::new().stack_size(1 << 20).spawn(move || {
        for (open, close) in nests {
            let inner = if open.starts_with("${") { "x" } else { "inner" };
            let nested = format!("{}{inner}{}", open.repeat(10_000), close.repeat(10_000));
            let prefix = if open.starts_with(['$', '"']) { "echo " } else { "" };
            let text = format!("{prefix}{nested}\necho after\n");
            let script = check(&text);
            assert_eq!(script.errors.len(), 1, "{open}: {:?}", &script.errors[..script.errors.len().min(5)]);
            let last = script.simple_commands().last().map(|command| command.span.text(&text).to_owned());
            assert_eq!(last.as_deref(), Some("echo after"), "{open}");
        }
    });
    worker.unwrap().join().unwrap();
}

fn token() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(HOSTILE.iter().map(|token| (*token).to_owned()).collect::<Vec<_>>()),
        2 => "[a-z$\"'`(){}<>|&;#\\\\ \n=\\[\\]!*?,.:/@%^+~-]{0,6}",
        1 => "\\PC{0,3}",
        2 => prop::sample::select(vec!["echo a\n", "\nEOF\n", "<<EOF", "cat <<-'EOF'\n", "x=1 ", " ", "\n", "; ", "done", "fi"])
            .prop_map(str::to_owned),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_tokens_hold_the_invariants(tokens in prop::collection::vec(token(), 0..40)) {
        check(&tokens.concat());
    }

    #[test]
    fn any_text_holds_the_invariants(text in "\\PC{0,80}") {
        check(&text);
    }

    /// A word without anything special means itself, however it is quoted.
    #[test]
    fn quoting_keeps_the_value(value in "[a-zA-Z0-9 ./,_-]{1,12}") {
        let ansi = format!("$'{value}'");
        let escaped: String = value.chars().flat_map(|c| ['\\', c]).collect();
        for quoted in [format!("'{value}'"), format!("\"{value}\""), ansi, escaped] {
            let text = format!("echo {quoted} end");
            let script = shell::parse(&text);
            let commands = script.simple_commands();
            prop_assert_eq!(commands.len(), 1);
            let values: Vec<_> = commands[0].words.iter().filter_map(|word| word.literal(&text)).collect();
            prop_assert_eq!(values, ["echo", value.as_str(), "end"]);
        }
    }
}
