use vastlint_rules::{Edition, ProposedFix};

use super::*;
use crate::{Input, Report, Repository};

/// A repository of one file, understood.
fn report(path: &str, text: &str) -> Report {
    let inputs = vec![Input::from_bytes(path, false, text.as_bytes().to_vec())];
    Repository::of_inputs(inputs, Edition::default(), "").unwrap().analyse()
}

/// What becomes of the file when, in the deepest document that holds `find`, `edit` changes the text there.
fn written(
    path: &str,
    text: &str,
    find: &str,
    edit: impl Fn(ProposedFix, &Document, Span) -> ProposedFix,
) -> Option<String> {
    let report = report(path, text);
    let document =
        report.project.documents.iter().rev().find(|document| document.text.contains(find)).unwrap();
    let start = document.text.find(find).unwrap();
    let span = Span::from_range(start..start + find.len());
    let fix = edit(ProposedFix::safe("do it"), document, span);
    let fix = translate(vec![Some(fix)], &report.project, &report.files).pop()??;
    Some(apply(text, &fix.edits.iter().collect::<Vec<_>>()))
}

fn replaced(path: &str, text: &str, find: &str, by: &str) -> Option<String> {
    written(path, text, find, |fix, document, span| fix.replace(document, span, by))
}

fn below(path: &str, text: &str, find: &str, lines: &str) -> Option<String> {
    written(path, text, find, |fix, document, span| fix.insert_lines_below(document, span.start, lines))
}

fn above(path: &str, text: &str, find: &str, lines: &str) -> Option<String> {
    written(path, text, find, |fix, document, span| fix.insert_lines_above(document, span.start, lines))
}

fn without_lines(path: &str, text: &str, find: &str) -> Option<String> {
    written(path, text, find, ProposedFix::delete_lines)
}

const DOCKERFILE: &str = "external/app/Dockerfile";
const SCRIPT: &str = "provisioning_scripts/app.sh";
const WORKFLOW: &str = ".github/workflows/build-app.yml";

fn workflow(run: &str) -> String {
    format!("jobs:\n  a:\n    steps:\n      - run: {run}\n      - uses: b\n")
}

#[test]
fn lines_get_the_indentation_of_a_block() {
    let text = workflow("|\n          one\n\n          two");
    let expect = |middle: &str| Some(workflow(&format!("|\n{middle}")));
    assert_eq!(
        below(WORKFLOW, &text, "one", "x\n\ny"),
        expect("          one\n          x\n\n          y\n\n          two")
    );
    assert_eq!(above(WORKFLOW, &text, "two", "x"), expect("          one\n\n          x\n          two"));
    assert_eq!(above(WORKFLOW, &text, "one", "x"), expect("          x\n          one\n\n          two"));
    assert_eq!(below(WORKFLOW, &text, "two", "x"), expect("          one\n\n          two\n          x"));
    assert_eq!(without_lines(WORKFLOW, &text, "one"), expect("\n          two"));
    assert_eq!(
        without_lines(WORKFLOW, &text, "two"),
        expect("          one\n\n").map(|text| text.replacen("\n\n\n", "\n\n", 1))
    );
    assert_eq!(replaced(WORKFLOW, &text, "one\n\ntwo", "x\ny"), expect("          x\n          y"));
}

#[test]
fn a_heredoc_in_a_block_gets_the_block_s_indentation() {
    let text = workflow("|\n          cat > a.sh << 'E'\n          #!/bin/bash\n          one\n          E");
    let expected = text.replace("          one\n", "          x \"$y\"\n          one\n");
    assert_eq!(above(WORKFLOW, &text, "one", "x \"$y\""), Some(expected));
}

#[test]
fn scalars_keep_their_quotes() {
    for (run, by, expected) in [
        ("one two", "1", Some("1 two")),
        ("one two", "a: b", None),
        ("one two", "a # b", None),
        ("one two", "a\nb", None),
        ("'one two'", "it's", Some("'it''s two'")),
        ("\"one two\"", "\"\\n\"", Some("\"\\\"\\\\n\\\" two\"")),
        ("|-\n          one two", "a: b # c", Some("|-\n          a: b # c two")),
        (">-\n          one two", "1", Some(">-\n          1 two")),
    ] {
        assert_eq!(replaced(WORKFLOW, &workflow(run), "one", by), expected.map(workflow), "{run}");
    }
}

#[test]
fn tabs_before_a_heredoc_s_lines_are_written_again() {
    let text = "cat > a.sh <<-'E'\n\t#!/bin/bash\n\tone\n\tE\n";
    assert_eq!(below(SCRIPT, text, "one", "x").unwrap(), text.replace("\tone\n", "\tone\n\tx\n"));
    assert_eq!(without_lines(SCRIPT, text, "one").unwrap(), text.replace("\tone\n", ""));
}

#[test]
fn what_the_shell_would_expand_is_escaped() {
    let text = "cat > a.sh << E\n#!/bin/bash\none \\$two\nE\n";
    let expected = text.replace("one", "x \\$y \\`z\\` \\\\");
    assert_eq!(replaced(SCRIPT, text, "one", "x $y `z` \\"), Some(expected));
    assert_eq!(replaced(SCRIPT, text, "$two", "$three").unwrap(), text.replace("two", "three"));
}

#[test]
fn quotes_of_the_shell_hold_what_they_can() {
    let single = "#!/bin/bash\nbash -c 'one; two'\n";
    assert_eq!(replaced(SCRIPT, single, "one", "x $y").unwrap(), single.replace("one", "x $y"));
    assert_eq!(replaced(SCRIPT, single, "one", "it's"), None);
    let double = "#!/bin/bash\nbash -c \"one; two\"\n";
    assert_eq!(replaced(SCRIPT, double, "one", "x \"y\"").unwrap(), double.replace("one", "x \\\"y\\\""));
    let exec = "FROM a\nRUN [\"bash\", \"-c\", \"one; two\"]\n";
    assert_eq!(replaced(DOCKERFILE, exec, "one", "x \"y\"").unwrap(), exec.replace("one", "x \\\"y\\\""));
    assert_eq!(replaced(DOCKERFILE, exec, "one", "x\ny"), None);
}

#[test]
fn a_logical_line_is_continued_or_stays_one() {
    let chain = |run: &str| format!("FROM a\nRUN {run}\n");
    for (run, expected) in [
        ("one && two", "x && one && two"),
        ("one && \\\n    two", "x && \\\n    one && \\\n    two"),
        ("one && \\\n  # why\n  two", "x && \\\n  one && \\\n  # why\n  two"),
        ("\\\n    one && \\\n    two", "\\\n    x && \\\n    one && \\\n    two"),
        ("if a; then \\\n        one; \\\n    fi", "if a; then \\\n        x && \\\n        one; \\\n    fi"),
        ("--mount=type=cache one \\\n two", "--mount=type=cache x && \\\n one \\\n two"),
    ] {
        let fixed = written(DOCKERFILE, &chain(run), "one", |fix, document, span| {
            fix.insert(document, span.start, "x &&\n")
        });
        assert_eq!(fixed, Some(chain(expected)), "{run}");
    }
    // A line end that is no blank: `x` would run with arguments.
    let torn = written(DOCKERFILE, &chain("one"), "one", |fix, document, span| {
        fix.insert(document, span.start, "x\n")
    });
    assert_eq!(torn, None);
    // A comment between the lines of a command would be lost.
    assert_eq!(replaced(DOCKERFILE, &chain("one \\\n # why\n two"), "one  two", "three"), None);
    let backtick = "# escape=`\nFROM a\nRUN one && `\n  two\n";
    let fixed = written(DOCKERFILE, backtick, "one", |fix, document, span| {
        fix.insert(document, span.start, "x &&\n")
    });
    assert_eq!(fixed.unwrap(), "# escape=`\nFROM a\nRUN x && `\n  one && `\n  two\n");
}

#[test]
fn a_heredoc_of_an_instruction_is_lines() {
    let text = "FROM a\nRUN <<E\none\nE\n";
    assert_eq!(above(DOCKERFILE, text, "one", "x").unwrap(), "FROM a\nRUN <<E\nx\none\nE\n");
    let below_command = "FROM a\nRUN cat > a.sh <<'E' && \\\n  two\n#!/bin/bash\none\nE\n";
    assert_eq!(above(DOCKERFILE, below_command, "one", "x").unwrap(), below_command.replace("one", "x\none"));
}

#[test]
fn line_ends_of_the_file_are_written() {
    let text = "FROM a\r\nRUN one && \\\r\n    two\r\n";
    let fixed =
        written(DOCKERFILE, text, "one", |fix, document, span| fix.insert(document, span.start, "x &&\n"));
    assert_eq!(fixed.unwrap(), "FROM a\r\nRUN x && \\\r\n    one && \\\r\n    two\r\n");
    let conf = "[program:a]\r\nkey=1\r\n";
    let path = "external/app/ROOT/etc/supervisor/conf.d/a.conf";
    assert_eq!(below(path, conf, "key", "b=2").unwrap(), "[program:a]\r\nkey=1\r\nb=2\r\n");
    assert_eq!(below(path, "[program:a]\nkey=1", "key", "b=2").unwrap(), "[program:a]\nkey=1\nb=2");
}

#[test]
fn an_edit_that_would_read_as_something_else_is_none() {
    // The delimiter would end the heredoc early.
    let text = "cat > a.sh << 'E'\n#!/bin/bash\none\nE\n";
    assert_eq!(above(SCRIPT, text, "one", "E"), None);
    // Two edits at the same place have no order.
    let twice = written(SCRIPT, text, "one", |fix, document, span| {
        fix.insert(document, span.start, "a").insert(document, span.start, "b")
    });
    assert_eq!(twice, None);
}

#[test]
fn what_goes_above_a_command_of_a_run_goes_above_its_comments() {
    let insert = |text: &str| {
        written(DOCKERFILE, text, "two", |fix, document, span| fix.insert(document, span.start, "x &&\n"))
    };
    let text = "FROM a\nRUN one && \\\n    # about two\n    # and more\n    two\n";
    let expected = text.replace("    # about", "    x && \\\n    # about");
    assert_eq!(insert(text), Some(expected));
    let text = "FROM a\nRUN \\\n  # about two\n  two && \\\n  three\n";
    assert_eq!(insert(text), Some(text.replace("  # about", "  x && \\\n  # about")));
    // A comment in front of an empty line is about something else.
    let text = "FROM a\nRUN one && \\\n    # about one\n\n    two\n";
    assert_eq!(insert(text), Some(text.replace("    two", "    x && \\\n    two")));
}
