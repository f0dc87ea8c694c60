//! What the tree holds, spelled out.

use vastlint_syntax::dockerfile::{
    Command, Dockerfile, Instruction, InstructionKind, Keyword, Pair, Separator, Word, parse,
};
use vastlint_text::Span;

/// The tree of one instruction behind a `FROM`.
fn one(line: &str) -> (String, Dockerfile) {
    let source = format!("FROM base\n{line}");
    let file = parse(&source);
    assert_eq!(file.instructions.len(), 2, "{:?}", file.instructions);
    (source, file)
}

fn errors(source: &str) -> Vec<(String, String)> {
    let errors = parse(source).errors;
    errors.into_iter().map(|error| (error.span.text(source).to_owned(), error.message)).collect()
}

fn pairs(instruction: &Instruction) -> &[Pair] {
    match &instruction.kind {
        InstructionKind::Arg(pairs) | InstructionKind::Env(pairs) | InstructionKind::Label(pairs) => pairs,
        kind => panic!("{kind:?} has no pairs"),
    }
}

#[track_caller]
fn check_pairs(line: &str, expected: &[(&str, Option<&str>)]) {
    let (source, file) = one(line);
    let found: Vec<_> = pairs(&file.instructions[1])
        .iter()
        .map(|pair| (pair.key.literal(&source), pair.value.as_ref().map(|value| value.literal(&source))))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn pairs_lose_their_quotes() {
    check_pairs(
        "ENV A=1 B=\"two words\" C='three' D=f\\ g",
        &[("A", Some("1")), ("B", Some("two words")), ("C", Some("three")), ("D", Some("f g"))],
    );
    check_pairs("LABEL \"a.b\"=\"x=y\" c=", &[("a.b", Some("x=y")), ("c", Some(""))]);
    check_pairs("LABEL a=\"one \\\n two\"", &[("a", Some("one  two"))]);
    check_pairs("ENV KEY the rest  of it", &[("KEY", Some("the rest  of it"))]);
    check_pairs("ARG A B= C=d", &[("A", None), ("B", Some("")), ("C", Some("d"))]);
    check_pairs("ENV A=$B'$C'", &[("A", Some("$B$C"))]);
}

#[test]
fn pairs_know_their_places() {
    let (source, file) = one("ENV A=\"x y\" \\\n  B=$C");
    let [first, second] = pairs(&file.instructions[1]) else { panic!("two pairs") };
    let text = |word: &Word| word.span.text(&source).to_owned();
    assert_eq!((text(&first.key), text(first.value.as_ref().unwrap())), ("A".into(), "\"x y\"".into()));
    assert_eq!((text(&second.key), second.span.text(&source)), ("B".into(), "B=$C"));
    assert!(!first.value.as_ref().unwrap().has_variables);
    assert!(second.value.as_ref().unwrap().has_variables);
    assert_eq!(second.separator, Separator::Equals);
    let escaped = one("ENV A=\\$B C='$D'");
    assert!(pairs(&escaped.1.instructions[1]).iter().all(|pair| !pair.value.as_ref().unwrap().has_variables));
}

#[test]
fn flags_end_at_the_first_word() {
    let (source, file) = one("COPY --from=build --link --chown=\"a b\" src --from=x /dst");
    let instruction = &file.instructions[1];
    let names: Vec<_> = instruction.flags.iter().map(|flag| flag.name.text(&source)).collect();
    assert_eq!(names, ["from", "link", "chown"]);
    let from = instruction.flag(&source, "from").unwrap().value.as_ref().unwrap();
    assert_eq!((from.text(&source), from.span.text(&source)), ("build", "build"));
    assert_eq!(instruction.flag(&source, "chown").unwrap().value.as_ref().unwrap().text(&source), "a b");
    assert!(instruction.flag(&source, "link").unwrap().value.is_none());
    assert_eq!(instruction.arguments.text(&source), "src --from=x /dst");
}

#[test]
fn mounts_are_split() {
    let (source, file) = one("RUN --mount=type=cache,Target=/c --mount=from=build,dst=/d,ro x");
    let mounts = file.instructions[1].mounts(&source);
    let [cache, bind] = mounts.as_slice() else { panic!("two mounts") };
    assert_eq!((cache.kind(), cache.target(), cache.from()), ("cache", Some("/c"), None));
    assert_eq!((bind.kind(), bind.target(), bind.from()), ("bind", Some("/d"), Some("build")));
    assert!(bind.options().any(|(key, value)| key == "ro" && value.is_none()));
    assert_eq!(cache.span.text(&source), "type=cache,Target=/c");
}

#[test]
fn stages_have_names_and_numbers() {
    let source = "ARG A\nFROM a AS One\nRUN x\nRUN y\nFROM one\nFROM c as Three\n";
    let file = parse(source);
    let stages: Vec<_> = file
        .stages
        .iter()
        .map(|stage| (stage.from, stage.name.as_deref(), stage.instructions.clone()))
        .collect();
    assert_eq!(stages, [(1, Some("one"), 2..4), (4, None, 5..5), (5, Some("three"), 6..6)]);
    assert_eq!(file.stage("ONE").unwrap().index, 0);
    assert_eq!(file.stage("1").unwrap().index, 1);
    assert!(file.stage("7").is_none());
    assert!(file.stage_of(0).is_none());
    assert_eq!(file.stage_of(3).unwrap().index, 0);
    assert_eq!(file.stage_of(4).unwrap().index, 1);
}

#[test]
fn comments_and_empty_lines_inside_an_instruction_are_kept_aside() {
    let source = "# top\nFROM a\nRUN one \\\n  # inner \\\n\n\ttwo\n# end";
    let file = parse(source);
    let texts: Vec<_> = file.comments.iter().map(|comment| comment.text(source)).collect();
    assert_eq!(texts, ["# top", "# inner \\", "# end"]);
    assert_eq!(file.empty_continuations.len(), 1);
    assert_eq!(file.instructions[1].span.text(source), "RUN one \\\n  # inner \\\n\n\ttwo");
}

#[test]
fn directives_stand_at_the_top_only() {
    let source = "# syntax=docker/dockerfile:1\n#escape = `\n# note\n# check=skip=all\nFROM a\nRUN x `\n y";
    let file = parse(source);
    let found: Vec<_> = file
        .directives
        .iter()
        .map(|directive| (directive.name.text(source), directive.value.text(source)))
        .collect();
    assert_eq!(found, [("syntax", "docker/dockerfile:1"), ("escape", "`")]);
    assert_eq!(file.escape, '`');
    assert_eq!(file.comments.len(), 2);
    assert_eq!(file.instructions.len(), 2);
    assert_eq!(parse("FROM a\n# escape=`\n").escape, '\\');
    assert_eq!(errors("# escape=x\nFROM a")[0].0, "x");
}

#[test]
fn the_keyword_may_be_broken_and_in_any_case() {
    let (source, file) = one("r\\\nUn x");
    assert_eq!(file.instructions[1].keyword, Keyword::Run);
    assert_eq!(file.instructions[1].keyword_span.text(&source), "r\\\nUn");
}

#[test]
fn exec_form_is_decoded() {
    let (source, file) = one(r#"CMD ["a\"b", "c\u00e9\ud83d\ude00", "d"]"#);
    let InstructionKind::Cmd(Command::Exec(strings)) = &file.instructions[1].kind else {
        panic!("exec form")
    };
    let values: Vec<_> = strings.iter().map(|string| string.value(&source)).collect();
    assert_eq!(values, ["a\"b", "cé😀", "d"]);
    assert_eq!(strings[2].span.text(&source), "\"d\"");
    for shell in ["CMD ['a']", "CMD [\"a\"", "CMD [\"a\"] b", "CMD [\"a\",]", "CMD [a]"] {
        let (_, file) = one(shell);
        assert!(matches!(file.instructions[1].kind, InstructionKind::Cmd(Command::Shell(_))), "{shell}");
        assert_eq!(file.errors, []);
    }
}

#[test]
fn heredocs_have_bodies_and_ends() {
    let (source, file) = one("COPY --chmod=755 <<one.sh <<-'two' /dst\n#!/bin/sh\none.sh\n\tx\n\ttwo\n");
    let instruction = &file.instructions[1];
    let [one, two] = instruction.heredocs.as_slice() else { panic!("two heredocs") };
    assert_eq!(
        (&*one.delimiter, one.body.text(&source), one.expand, one.strip_tabs),
        ("one.sh", "#!/bin/sh\n", true, false)
    );
    assert_eq!(
        (&*two.delimiter, two.body.text(&source), two.expand, two.strip_tabs),
        ("two", "\tx\n", false, true)
    );
    assert_eq!(two.terminator.unwrap().text(&source), "two");
    assert_eq!(instruction.span.end, two.terminator.unwrap().end);
    let InstructionKind::Copy(transfer) = &instruction.kind else { panic!("a copy") };
    assert_eq!(instruction.heredoc_at(&transfer.sources[0]), Some(one));
    assert_eq!(transfer.destination.as_ref().unwrap().text(&source), "/dst");
    assert_eq!(Dockerfile::heredoc_text(&source, two).text(), "x\n");
}

#[test]
fn an_open_heredoc_ends_where_the_next_instruction_begins() {
    let source = "FROM a\nRUN <<EOF\nset -e\nrun lower case\nRUN next\nENV A=1\n";
    let file = parse(source);
    let heredoc = &file.instructions[1].heredocs[0];
    assert!(!heredoc.is_closed());
    assert_eq!(heredoc.body.text(source), "set -e\nrun lower case\n");
    assert_eq!(file.instructions.len(), 4);
    assert_eq!(errors(source), [("<<EOF".into(), "the heredoc is not closed: no line `EOF` follows".into())]);
}

#[test]
fn faults_are_said_once_and_where_they_are() {
    assert_eq!(
        errors("FROM a\nFETCH x\nENV A=b c d\n"),
        [
            ("FETCH".into(), "unknown instruction".into()),
            ("c".into(), "`=` is missing: pairs are written `name=value`".into()),
        ]
    );
    assert_eq!(
        errors("RUN x\nRUN y\nFROM a")[0],
        ("RUN".into(), "only `ARG` can stand before the first `FROM`".into())
    );
    assert_eq!(errors("RUN x\nRUN y\nFROM a").len(), 1);
    assert_eq!(
        errors("FROM a\nCOPY x\n"),
        [("COPY x".into(), "`COPY` needs a source and a destination".into())]
    );
    assert_eq!(errors("FROM a\nLABEL a=\"b c\n")[0].0, "\"b c");
}

#[test]
fn spans_of_an_instruction_end_with_its_last_line() {
    let source = "FROM a  \nRUN x \\\n  y  \nRUN <<E\nb\nE\n\n";
    let spans: Vec<_> = parse(source).instructions.iter().map(|at| at.span.text(source)).collect();
    assert_eq!(spans, ["FROM a  ", "RUN x \\\n  y  ", "RUN <<E\nb\nE"]);
}

#[test]
fn nothing_is_where_it_should_be() {
    let (_, file) = one("RUN");
    let at = file.instructions[1].span.end;
    assert_eq!(file.instructions[1].arguments, Span::empty(at));
    assert!(
        matches!(file.instructions[1].kind, InstructionKind::Run(Command::Shell(span)) if span.is_empty())
    );
    assert_eq!(file.errors, []);
}
