//! What the tree says about small scripts.

use vastlint_syntax::shell::{
    self, AndOrOperator, AssignmentValue, CaseArmEnd, Command, CompoundKind, Context, Heredoc, Parameter,
    ParameterOperator, ParseOptions, RedirectionTarget, Script, Terminator, Visitor, WordPartKind,
};
use vastlint_text::Span;

fn parse(text: &str) -> Script {
    let script = shell::parse(text);
    assert_eq!(script.errors, [], "{text:?}");
    assert_eq!(shell::check_invariants(text, &script), Ok(()), "{text:?}");
    script
}

/// The words of every simple command: their values, or `<…>` around what is expanded.
fn commands(text: &str) -> Vec<Vec<String>> {
    words(&parse(text), text)
}

fn words(script: &Script, text: &str) -> Vec<Vec<String>> {
    script
        .simple_commands()
        .iter()
        .map(|command| {
            let value = |word: &shell::Word| match word.literal(text) {
                Some(literal) => literal.into_owned(),
                None => format!("<{}>", word.text(text)),
            };
            command.words.iter().map(value).collect()
        })
        .collect()
}

#[test]
fn words_have_their_value_without_quotes() {
    let cases = [
        (r"a\ b'c d'", "a bc d"),
        (r#""a \" \$x \\ \n""#, r#"a " $x \ \n"#),
        (r"$'a\tb\x41\u00e9\'\q'", "a\tbAé'\\q"),
        ("\"\"", ""),
        ("con\\\ntinued", "continued"),
        ("*.txt", "*.txt"),
        ("~/x", "~/x"),
        ("{a,b}", "{a,b}"),
        ("$", "$"),
        ("a#b", "a#b"),
        ("x=$'\\n'", "x=\n"),
    ];
    for (word, value) in cases {
        assert_eq!(commands(&format!("echo {word}")), [["echo", value]], "{word}");
    }
}

#[test]
fn expansions_have_no_value() {
    for word in ["$x", "a${x}b", "\"$x\"", "$(a)", "`a`", "$((1))", "<(a)", "\"a$1\"", "${x:-y}"] {
        let text = format!("echo {word}");
        let script = parse(&text);
        assert_eq!(script.simple_commands()[0].words[1].literal(&text), None, "{word}");
    }
}

#[test]
fn patterns_braces_and_tildes_are_told_apart() {
    let flags = |word: &str| {
        let text = format!("echo {word}");
        let script = parse(&text);
        let word = &script.simple_commands()[0].words[1];
        (word.has_glob(), word.has_brace(), word.has_tilde())
    };
    assert_eq!(flags("*.txt"), (true, false, false));
    assert_eq!(flags("'*.txt'"), (false, false, false));
    assert_eq!(flags("[a-z]x"), (true, false, false));
    assert_eq!(flags("["), (false, false, false));
    assert_eq!(flags("{a,b}"), (false, true, false));
    assert_eq!(flags("{1..3}"), (false, true, false));
    assert_eq!(flags("{a}"), (false, false, false));
    assert_eq!(flags("{a,$x}"), (false, true, false));
    assert_eq!(flags("~/x"), (false, false, true));
    assert_eq!(flags("x~"), (false, false, false));
    assert_eq!(flags("@(a|b)"), (true, false, false));
}

#[test]
fn lists_are_flat() {
    let text = "a && b || c &\n! d | e |& f; g";
    let script = parse(text);
    let [first, second, third] = &script.body[..] else { panic!("{:?}", script.body) };
    assert_eq!(first.span.text(text), "a && b || c");
    let operators: Vec<_> = first.rest.iter().map(|and_or| and_or.operator).collect();
    assert_eq!(operators, [AndOrOperator::And, AndOrOperator::Or]);
    assert_eq!(first.terminator, Terminator::Background);
    assert!(second.first.negated);
    assert_eq!(second.first.commands.len(), 3);
    let operators: Vec<_> = second.first.operators.iter().map(|span| span.text(text)).collect();
    assert_eq!(operators, ["|", "|&"]);
    assert_eq!(second.terminator, Terminator::Semicolon);
    assert_eq!(third.terminator, Terminator::None);
}

#[test]
fn assignments_stand_apart_from_words() {
    let text = "A=1 B+='x y' c[i]=2 cmd D=3\nexport E=$x F -p G=(1 [2]=b)\nenv H=1 x";
    let script = parse(text);
    let commands = script.simple_commands();
    let names = |list: &[shell::Assignment]| {
        list.iter().map(|assignment| assignment.name.text(text).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&commands[0].assignments), ["A", "B", "c"]);
    assert!(commands[0].assignments[1].append);
    let AssignmentValue::Scalar(value) = &commands[0].assignments[1].value else { panic!() };
    assert_eq!(value.literal(text).unwrap(), "x y");
    assert_eq!(commands[0].assignments[2].subscript.as_ref().unwrap().text(text), "i");
    assert_eq!(commands[0].name(text).unwrap(), "cmd");
    assert_eq!(names(&commands[1].declarations), ["E", "G"]);
    let AssignmentValue::Array(elements) = &commands[1].declarations[1].value else { panic!() };
    assert_eq!(elements.len(), 2);
    assert_eq!(elements[1].subscript.as_ref().unwrap().text(text), "2");
    let shown = words(&script, text);
    assert_eq!(shown, [vec!["cmd", "D=3"], vec!["export", "F", "-p"], vec!["env", "H=1", "x"]]);
}

fn heredocs(script: &Script) -> Vec<&Heredoc> {
    struct Heredocs<'t>(Vec<&'t Heredoc>);
    impl<'t> Visitor<'t> for Heredocs<'t> {
        fn enter_redirection(&mut self, redirection: &'t shell::Redirection, _: Context) {
            if let RedirectionTarget::Heredoc(heredoc) = &redirection.target {
                self.0.push(heredoc);
            }
        }
    }
    let mut found = Heredocs(Vec::new());
    script.walk(&mut found);
    found.0
}

#[test]
fn heredocs_have_their_bodies() {
    let text = "cat <<A <<-'B' | x\na $y\nA\n\tb\n\t\tc $z\n\tB\nnext";
    let script = parse(text);
    let [a, b] = heredocs(&script)[..] else { panic!() };
    assert_eq!((a.delimiter.as_str(), a.quoted, a.strip_tabs), ("A", false, false));
    assert_eq!(a.body.text(text), "a $y\n");
    assert!(a.parts.iter().any(|part| matches!(part.kind, WordPartKind::Parameter(_))));
    assert_eq!((b.delimiter.as_str(), b.quoted, b.strip_tabs), ("B", true, true));
    assert_eq!(b.delimiter_span.text(text), "'B'");
    assert_eq!(b.terminator.map(|span| span.text(text)), Some("B"));
    assert_eq!(b.parts, []);
    let (body, map) = b.body_text(text).into_parts();
    assert_eq!(body, "b\nc $z\n");
    let at = body.find('c').unwrap() as u32;
    assert_eq!(map.to_host(Span::new(at, at + 4)).text(text), "c $z");
    assert_eq!(words(&script, text), [vec!["cat"], vec!["x"], vec!["next"]]);
}

#[test]
fn a_continued_line_does_not_end_a_heredoc() {
    let text = "cat <<A\none \\\nA\ntwo\nA\nnext";
    let script = parse(text);
    assert_eq!(heredocs(&script)[0].body.text(text), "one \\\nA\ntwo\n");
    // Without expansion a backslash is a backslash.
    let text = "cat <<'A'\none \\\nA\nnext";
    let script = parse(text);
    assert_eq!(heredocs(&script)[0].body.text(text), "one \\\n");
}

fn parameters(text: &str) -> Vec<(String, Option<ParameterOperator>, Vec<String>)> {
    struct Parameters<'s>(&'s str, Vec<(String, Option<ParameterOperator>, Vec<String>)>);
    impl<'t> Visitor<'t> for Parameters<'_> {
        fn enter_parameter(&mut self, parameter: &'t Parameter, _: Span, _: Context) {
            let expansion = parameter.expansion.as_deref();
            let operands = expansion.map_or(&[][..], |expansion| &expansion.operands);
            let operands = operands.iter().map(|word| word.text(self.0).to_owned()).collect();
            let operator = expansion.and_then(|expansion| expansion.operator);
            self.1.push((parameter.name.text(self.0).to_owned(), operator, operands));
        }
    }
    let mut found = Parameters(text, Vec::new());
    parse(text).walk(&mut found);
    found.1
}

#[test]
fn parameters_have_name_operator_and_operands() {
    use ParameterOperator as Op;
    let cases: &[(&str, &str, Option<Op>, &[&str])] = &[
        ("$x", "x", None, &[]),
        ("$12", "1", None, &[]),
        ("${12}", "12", None, &[]),
        ("$@", "@", None, &[]),
        ("${#}", "#", None, &[]),
        ("${#x}", "x", None, &[]),
        ("${#-}", "-", None, &[]),
        ("${!x}", "x", None, &[]),
        ("${!x*}", "x", Some(Op::NamesWithPrefix), &[]),
        ("${x:-a b}", "x", Some(Op::DefaultIfEmpty), &["a b"]),
        ("${x-}", "x", Some(Op::Default), &[""]),
        ("${x:?gone}", "x", Some(Op::ErrorIfEmpty), &["gone"]),
        ("${x##*/}", "x", Some(Op::RemovePrefix), &["*/"]),
        ("${x%.*}", "x", Some(Op::RemoveSuffix), &[".*"]),
        ("${x//a/b}", "x", Some(Op::Replace), &["a", "b"]),
        ("${x/a}", "x", Some(Op::Replace), &["a"]),
        ("${x//\\//_}", "x", Some(Op::Replace), &["\\/", "_"]),
        ("${x:1:2}", "x", Some(Op::Substring), &["1", "2"]),
        ("${x: -1}", "x", Some(Op::Substring), &[" -1"]),
        ("${x^^}", "x", Some(Op::ChangeCase), &[""]),
        ("${x@Q}", "x", Some(Op::Transform), &["Q"]),
        ("${x:-{a}", "x", Some(Op::DefaultIfEmpty), &["{a"]),
    ];
    for (expansion, name, operator, operands) in cases {
        let operands = operands.iter().map(|operand| (*operand).to_owned()).collect();
        let expected = ((*name).to_owned(), *operator, operands);
        for text in [format!("echo {expansion}"), format!("echo \"{expansion}\"")] {
            assert_eq!(parameters(&text), std::slice::from_ref(&expected), "{text}");
        }
    }
    let names: Vec<_> =
        parameters("a[$i]=${x:-${y[$z]}} b <<E\n$h\nE\n").into_iter().map(|found| found.0).collect();
    assert_eq!(names, ["i", "x", "y", "z", "h"]);
}

/// What surrounds the command `x`.
fn context(text: &str) -> Context {
    let script = parse(text);
    let found = script.commands_in_context().into_iter().find(|(command, _)| command.span.text(text) == "x");
    found.unwrap_or_else(|| panic!("no command `x` in {text:?}")).1
}

#[test]
fn commands_know_what_surrounds_them() {
    type Case = (&'static str, fn(Context) -> bool);
    let cases: &[Case] = &[
        ("a $(x)", Context::in_substitution),
        ("a \"${b:-`x`}\"", Context::in_substitution),
        ("diff <(x) b", Context::in_substitution),
        ("f() { x; }", Context::in_function),
        ("if x; then a; fi", Context::in_condition),
        ("while x; do a; done", Context::in_condition),
        ("(x)", Context::in_subshell),
        ("a && x", Context::after_and),
        ("a || { b; x; }", Context::after_or),
        ("x || a", Context::before_and_or),
        ("x &", Context::in_background),
        ("x | a", Context::before_pipe),
        ("a | x", Context::in_pipeline),
        ("! x", Context::negated),
        ("if a; then x; fi", Context::in_branch),
        ("case a in b) x ;; esac", Context::in_branch),
        ("for i in a; do x; done", Context::in_loop),
        ("cat <<E\n$(x)\nE\n", Context::in_heredoc),
    ];
    let plain = context("x");
    for (text, holds) in cases {
        assert!(holds(context(text)), "{text}");
        assert!(!holds(plain), "{text}");
    }
    assert!(!context("f() { x; } || a").before_and_or(), "a function's body runs elsewhere");
    assert!(!context("a | x").before_pipe());
    assert!(!context("a || x").before_and_or());
}

#[test]
fn commands_come_in_source_order() {
    let text = "cat <<E | b $(c)\n$(d)\nE\ne=$(f) g >$(h) i";
    let script = parse(text);
    let starts: Vec<_> = script.simple_commands().iter().map(|command| command.span.start).collect();
    assert!(starts.is_sorted(), "{starts:?}");
    assert_eq!(starts.len(), 7);
}

#[test]
fn blocks_have_their_parts() {
    let text = "case $1 in (a|b) c ;& d) e ;;& *) f; esac >log";
    let script = parse(text);
    let Command::Compound(compound) = &script.body[0].first.commands[0] else { panic!() };
    assert_eq!(compound.redirections.len(), 1);
    let CompoundKind::Case(case) = &compound.kind else { panic!() };
    let ends: Vec<_> = case.arms.iter().map(|arm| (arm.patterns.len(), arm.body.len(), arm.end)).collect();
    assert_eq!(
        ends,
        [(2, 1, CaseArmEnd::FallThrough), (1, 1, CaseArmEnd::Continue), (1, 1, CaseArmEnd::None)]
    );
    let text = "[[ ! -f $x && ( a == b* || $y =~ ^(c|d)$ ) ]]";
    let script = parse(text);
    let Command::Compound(compound) = &script.body[0].first.commands[0] else { panic!() };
    let CompoundKind::Test(test) = &compound.kind else { panic!() };
    let operators: Vec<_> = test
        .tokens
        .iter()
        .filter(|token| matches!(token, shell::TestToken::Operator(_)))
        .map(|token| token.span().text(text))
        .collect();
    assert_eq!(operators, ["!", "-f", "&&", "(", "==", "||", "=~", ")"]);
}

#[test]
fn github_expressions_are_opaque() {
    let options = ParseOptions { github_expressions: true };
    let text = concat!(
        "echo ${{ github.ref }} a${{ matrix.x && 'y' }}b \"c ${{ inputs.d }}\" 'e ${{ f['g'] }} h' plain\n",
        "cat <<'E'\n${{ secrets.T }}\nE\n",
        "if [[ \"${{ inputs.run }}\" == 'true' ]]; then ${{ inputs.command }}; fi\n",
        "x=${{ 1 }} y=${z}\n",
    );
    let script = shell::parse_with(text, options);
    assert_eq!(script.errors, []);
    assert_eq!(shell::check_invariants(text, &script), Ok(()));
    let commands = script.simple_commands();
    let literals: Vec<_> = commands[0].words.iter().map(|word| word.literal(text)).collect();
    assert_eq!(literals, [Some("echo".into()), None, None, None, None, Some("plain".into())]);
    assert_eq!(commands[0].words[4].text(text), "'e ${{ f['g'] }} h'");
    assert_eq!(commands[2].words[0].literal(text), None);
    let heredoc = heredocs(&script)[0];
    assert_eq!(heredoc.parts[0].kind, WordPartKind::GithubExpression);
    assert_eq!(heredoc.parts[0].span.text(text), "${{ secrets.T }}");
    // The shell itself knows no such thing.
    assert_eq!(shell::parse("echo ${{ a }}").simple_commands()[0].words.len(), 2);
}

#[test]
fn comments_and_shebang_are_kept() {
    let text = "#!/bin/bash -e\n# one\na # two\nb $(c # three\n)\ncat <<E\n# not\nE\n";
    let script = parse(text);
    assert_eq!(script.shebang.map(|span| span.text(text)), Some("#!/bin/bash -e"));
    let comments: Vec<_> = script.comments.iter().map(|span| span.text(text)).collect();
    assert_eq!(comments, ["# one", "# two", "# three"]);
}

#[test]
fn a_lost_quote_is_found_where_it_was_lost() {
    let text = "a \"one\nb \"two\"\nc \"three\"\nd\n";
    let script = shell::parse(text);
    assert_eq!(script.errors.len(), 1);
    assert_eq!(script.errors[0].span, Span::new(2, 3));
    let names: Vec<_> = script.simple_commands().iter().filter_map(|command| command.name(text)).collect();
    assert_eq!(names, ["a", "b", "c", "d"]);
}
