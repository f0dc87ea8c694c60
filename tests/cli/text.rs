//! The text format, drawn from hand-made reports.

use vastlint_diagnostic::{RuleId, Severity};

use crate::reports::{diagnostic, expect, label, one, rendered, report, span, terminal};

#[test]
fn a_finding_says_what_is_wrong_why_and_what_to_write_in_all_files_that_matter() {
    let mut report = report(&[
        (
            "external/my-app/ROOT/etc/supervisor/conf.d/my-app.conf",
            "[program:my-app]\nenvironment=PROC_NAME=\"%(program_name)s\"\n\
             command=/opt/supervisor-scripts/myapp.sh\nautostart=true\n",
        ),
        ("external/my-app/ROOT/opt/supervisor-scripts/my-app.sh", "#!/bin/bash\n"),
    ]);
    let place =
        label(&report, 0, "/opt/supervisor-scripts/myapp.sh", "no overlay of this image ships this file");
    let mut finding = diagnostic(place);
    finding.rule = RuleId { code: "VL999", name: "missing-command-script" };
    finding.message = "supervisor will start a script that does not exist".into();
    finding.why = "the program would go to FATAL at boot and the portal would show a dead tab".into();
    finding.help = "write `command=/opt/supervisor-scripts/my-app.sh`".into();
    finding.related.push(span(1, 0, 0, "this one is shipped, and no conf starts it"));
    finding.related.push(label(&report, 0, "program:my-app", "the program"));
    report.diagnostics.push(finding);
    expect(
        &rendered(&report, &terminal(100)),
        r#"
error: supervisor will start a script that does not exist             [VL999 missing-command-script]
   ╭─[external/my-app/ROOT/etc/supervisor/conf.d/my-app.conf:3:9]
 1 │ [program:my-app]
   ·  ───────┬──────
   ·         ╰── the program
 2 │ environment=PROC_NAME="%(program_name)s"
 3 │ command=/opt/supervisor-scripts/myapp.sh
   ·         ────────────────┬───────────────
   ·                         ╰── no overlay of this image ships this file
 4 │ autostart=true
   ╰────
   ╭─[external/my-app/ROOT/opt/supervisor-scripts/my-app.sh]
   · this one is shipped, and no conf starts it
   ╰────
   why: the program would go to FATAL at boot and the portal would show a dead tab
  help: write `command=/opt/supervisor-scripts/my-app.sh`

"#,
    );
    let narrow = vastlint::terminal::Terminal { unicode: false, ..terminal(60) };
    expect(
        &rendered(&report, &narrow),
        r#"
error: supervisor will start a script that does not exist
                              [VL999 missing-command-script]
   ,-[external/my-app/ROOT/etc/supervisor/conf.d/my-app.conf:3:9]
 1 | [program:my-app]
   :  ^^^^^^^|^^^^^^
   :         `-- the program
 2 | environment=PROC_NAME="%(program_name)s"
 3 | command=/opt/supervisor-scripts/myapp.sh
   :         ^^^^^^^^^^^^^^^^|^^^^^^^^^^^^^^^
   :                         `-| no overlay of this image
   :                           | ships this file
 4 | autostart=true
   `----
   ,-[external/my-app/ROOT/opt/supervisor-scripts/my-app.sh]
   : this one is shipped, and no conf starts it
   `----
   why: the program would go to FATAL at boot and the portal
        would show a dead tab
  help: write `command=/opt/supervisor-scripts/my-app.sh`

"#,
    );
}

#[test]
fn a_rule_of_the_catalogue_is_shown_with_its_source_and_its_explanation() {
    // One whose source fits on a line.
    let rule = vastlint_rules::catalogue().iter().min_by_key(|rule| rule.source[0].len()).unwrap();
    let mut report = report(&[("file", "x\n")]);
    let mut finding = diagnostic(span(0, 0, 1, ""));
    finding.rule = rule.id;
    report.diagnostics.push(finding);
    let text = rendered(&report, &terminal(400));
    let last = text.trim_end().lines().last().unwrap();
    assert!(last.starts_with(&format!("   see: {}", rule.source[0])), "{text}");
    assert!(text.contains(&format!("`vastlint explain {}`", rule.id.code)), "{text}");
}

#[test]
fn the_start_and_the_end_of_a_long_span_are_shown() {
    let source = "FROM x\r\n\r\nRUN a \\\r\n  b \\\r\n  c \\\r\n  d \\\r\n  e \\\r\n  f \\\r\n  g\r\nX\r\n";
    expect(
        &one(
            source,
            "RUN a \\\r\n  b \\\r\n  c \\\r\n  d \\\r\n  e \\\r\n  f \\\r\n  g\r\n",
            "all of this",
            80,
        ),
        r"
error: it is wrong                                             [VL999 test-rule]
   ╭─[file:3:1]
 3 │ ╭─▶ RUN a \
 4 │ │     b \
   │ │   ⋮
 9 │ ├─▶   g
   · ╰──── all of this
   ╰────

",
    );
    expect(
        &one(source, "b \\\r\n  c", "these two", 80),
        r"
error: it is wrong                                             [VL999 test-rule]
   ╭─[file:4:3]
 3 │     RUN a \
 4 │ ╭─▶   b \
 5 │ ├─▶   c \
   · ╰──── these two
 6 │       d \
   ╰────

",
    );
}

#[test]
fn places_far_apart_share_a_frame_and_their_numbers_are_true() {
    let source = (1..=120).map(|line| format!("line {line}")).collect::<Vec<_>>().join("\n");
    let mut report = report(&[("file", &source), ("other", "a\nb\n")]);
    let mut finding = diagnostic(label(&report, 0, "line 9\n", "here"));
    finding.severity = Severity::Warning;
    finding.related.push(label(&report, 0, "line 118", "there"));
    finding.related.push(label(&report, 0, "line 116", ""));
    finding.related.push(label(&report, 1, "b", "and here"));
    report.diagnostics.push(finding);
    expect(
        &rendered(&report, &terminal(60)),
        r"
warning: it is wrong                       [VL999 test-rule]
     ╭─[file:9:1]
   8 │ line 8
   9 │ line 9
     · ───┬──
     ·    ╰── here
  10 │ line 10
     │ ⋮
 116 │ line 116
     · ────────
 117 │ line 117
 118 │ line 118
     · ────┬───
     ·     ╰── there
     ╰────
     ╭─[other:2:1]
   2 │ b
     · ┬
     · ╰── and here
     ╰────

",
    );
}

#[test]
fn labels_stand_under_their_characters_whatever_the_width_of_those() {
    expect(
        &one("\tx\t日本語 \u{1b}[31m y\u{202e} z\n", "y", "why", 80),
        r"
error: it is wrong                                             [VL999 test-rule]
   ╭─[file:1:14]
 1 │     x   日本語 \x1b[31m y\u{202e} z
   ·                         ┬
   ·                         ╰── why
   ╰────

",
    );
    expect(
        &one("\tx\t日本語 \u{1b}[31m y\n", "日本語", "wide", 80),
        r"
error: it is wrong                                             [VL999 test-rule]
   ╭─[file:1:4]
 1 │     x   日本語 \x1b[31m y
   ·         ───┬──
   ·            ╰── wide
   ╰────

",
    );
}

#[test]
fn a_long_line_is_cut_to_a_window_around_the_place() {
    let source = format!("{}NEEDLE{}", "abc ".repeat(250_000), " def".repeat(250_000));
    expect(
        &one(&source, "NEEDLE", "here it is, and this is a text that has to be wrapped somehow", 80),
        r"
error: it is wrong                                             [VL999 test-rule]
   ╭─[file:1:1000001]
 1 │ … abc abc abc abc abc abc NEEDLE def def def def def def def def def def d…
   ·                           ───┬──
   ·                              ╰─┤ here it is, and this is a text that has to
   ·                                │ be wrapped somehow
   ╰────

",
    );
    let source = format!("RUN {}", "abcd".repeat(200));
    expect(
        &one(&source, &"abcd".repeat(200), "all of it", 60),
        r"
error: it is wrong                         [VL999 test-rule]
   ╭─[file:1:5]
 1 │ RUN abcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdab…
   ·     ─────────────────────────┬─────────────────────────
   ·                              ╰── all of it
   ╰────

",
    );
}

#[test]
fn two_places_of_one_long_line_get_a_window_each() {
    let source = format!("START{} END", " and on".repeat(1_000));
    let mut report = report(&[("file", &source)]);
    let mut finding = diagnostic(label(&report, 0, "START", "from"));
    finding.related.push(label(&report, 0, "END", "to"));
    report.diagnostics.push(finding);
    expect(
        &rendered(&report, &terminal(60)),
        r"
error: it is wrong                         [VL999 test-rule]
   ╭─[file:1:1]
 1 │ START and on and on and on and on and on and on and on…
   · ──┬──
   ·   ╰── from
 1 │ … on and on and on and on and on and on and on END
   ·                                                ─┬─
   ·                                                 ╰── to
   ╰────

",
    );
}

#[test]
fn places_without_a_character_are_shown_too() {
    let empty = one("", "", "an empty file", 60);
    expect(
        &empty,
        r"
error: it is wrong                         [VL999 test-rule]
   ╭─[file]
   · an empty file
   ╰────

",
    );
    let mut report = report(&[("file", "a\nbc")]);
    report.diagnostics.push(diagnostic(span(0, 4, 4, "the end")));
    report.diagnostics.push(diagnostic(span(0, 1, 1, "the end of a line")));
    report.diagnostics.push(diagnostic(span(0, 900, 990, "behind the file")));
    expect(
        &rendered(&report, &terminal(60)),
        r"
error: it is wrong                         [VL999 test-rule]
   ╭─[file:2:3]
 1 │ a
 2 │ bc
   ·   ▲
   ·   ╰── the end
   ╰────

error: it is wrong                         [VL999 test-rule]
   ╭─[file:1:2]
 1 │ a
   ·  ▲
   ·  ╰── the end of a line
 2 │ bc
   ╰────

error: it is wrong                         [VL999 test-rule]
   ╭─[file:2:3]
 1 │ a
 2 │ bc
   ·   ▲
   ·   ╰── behind the file
   ╰────

",
    );
}

#[test]
fn colour_changes_nothing_but_colour() {
    let source = "FROM x\n\nRUN a \\\n  b \\\n  c \\\n  d \\\n  e\n";
    let mut report = report(&[("file", source)]);
    let mut finding = diagnostic(label(&report, 0, "RUN a \\\n  b \\\n  c \\\n  d \\\n  e", "all"));
    finding.related.push(label(&report, 0, "FROM", "one"));
    report.diagnostics.push(finding);
    let plain = terminal(80);
    let colored = rendered(&report, &vastlint::terminal::Terminal { color: true, ..plain.clone() });
    assert!(colored.starts_with("\x1b[31;1merror\x1b[0m: "), "{colored:?}");
    assert_eq!(without_colour(&colored), rendered(&report, &plain));
}

/// Takes out colour sequences, and nothing else.
fn without_colour(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.split_once('m').expect("only colour sequences").1);
    }
    // A line that ends with a colour may have kept blanks in front of it.
    plain.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}
