//! The text that a shell receives, and the way back to the file.

use vastlint_syntax::dockerfile::parse;

/// The shell's text of the last instruction, and what each of `needles` in it leads back to.
#[track_caller]
fn check(source: &str, expected: Option<&str>, needles: &[(&str, &str)]) {
    let source = format!("FROM base\n{source}");
    let file = parse(&source);
    let text = file.shell_text(&source, file.instructions.last().unwrap());
    assert_eq!(text.as_ref().map(vastlint_text::MappedText::text), expected);
    let Some(text) = text else { return };
    let (text, map) = text.into_parts();
    for (needle, host) in needles {
        let start = text.find(needle).unwrap();
        let span = vastlint_text::Span::from_range(start..start + needle.len());
        assert_eq!(map.to_host(span).text(&source), *host);
    }
}

#[test]
fn continuations_are_taken_out() {
    check(
        "RUN a &&\\\n  # note\n\n   b \\  \n && c\n",
        Some("a &&   b  && c"),
        &[("b", "b"), ("c", "c"), ("a &&", "a &&")],
    );
    check("RUN a\\\nb\n", Some("ab"), &[("ab", "a\\\nb")]);
    check("RUN a \\\\\n", Some("a \\\\"), &[]);
    check("RUN a \\", Some("a"), &[]);
}

#[test]
fn a_comment_of_the_shell_swallows_the_joined_rest() {
    check("RUN a # why \\\n && b\n", Some("a # why  && b"), &[("&& b", "&& b")]);
}

#[test]
fn flags_and_keywords_stay_outside() {
    check("RUN --mount=type=cache,target=/c \\\n  pip install x\n", Some("pip install x"), &[("pip", "pip")]);
    check(
        "HEALTHCHECK --retries=2 CMD curl x || \\\n exit 1\n",
        Some("curl x ||  exit 1"),
        &[("exit", "exit")],
    );
    check("CMD exec app\n", Some("exec app"), &[]);
    check("ENTRYPOINT exec app\n", Some("exec app"), &[]);
    check("CMD [\"app\"]\n", None, &[]);
    check("ENV A=b\n", None, &[]);
}

#[test]
fn heredoc_bodies_follow_the_command() {
    check(
        "RUN cat <<A <<-B > x && \\\n  y\na\nA\n\tb\n\tB\n",
        Some("cat <<A <<-B > x &&   y\na\nA\n\tb\nB"),
        &[("b", "b"), ("y\na", "y\na")],
    );
    check("RUN cat <<'E O'\nx\nE O\n", Some("cat <<'E O'\nx\nE O"), &[]);
}

#[test]
fn a_heredoc_alone_is_the_script() {
    check("RUN <<EOF\nset -e\nx\nEOF\n", Some("set -e\nx\n"), &[("x", "x")]);
    check("RUN \\\n<<-EOF\n\tset -e\n\t\tx\n\tEOF\n", Some("set -e\nx\n"), &[("x", "x")]);
    check("RUN <<EOF\n#!/usr/bin/env python3\nprint()\nEOF\n", None, &[]);
    check("RUN <<EOF python3\nprint()\nEOF\n", Some("<<EOF python3\nprint()\nEOF"), &[]);
    check("RUN <<A <<B\na\nA\nb\nB\n", Some("<<A <<B\na\nA\nb\nB"), &[]);
}

#[test]
fn scripts_are_found() {
    let source = "FROM a\nRUN <<EOF\n#!/bin/bash\nx\nEOF\nRUN cat <<EOF\nx\nEOF\nONBUILD RUN <<EOF\ny\nEOF\n";
    let file = parse(source);
    let script = |index: usize| {
        file.heredoc_script(source, &file.instructions[index]).map(|heredoc| heredoc.body.text(source))
    };
    assert_eq!((script(1), script(2), script(3)), (Some("#!/bin/bash\nx\n"), None, None));
    let vastlint_syntax::dockerfile::InstructionKind::Onbuild(Some(inner)) = &file.instructions[3].kind
    else {
        panic!("an inner instruction")
    };
    assert_eq!(file.shell_text(source, inner).unwrap().text(), "y\n");
}
