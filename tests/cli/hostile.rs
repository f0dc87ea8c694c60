//! Whatever is in the report: nothing panics, nothing dangerous reaches the terminal, nothing takes long.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use vastlint::escape::is_unprintable;
use vastlint::format::concise;
use vastlint::terminal::Terminal;
use vastlint_diagnostic::Severity;

use crate::reports::{diagnostic, rendered, report, span};

/// Characters that are hard to draw, beside plain ones.
fn text() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        4 => prop::char::range('a', 'z'),
        2 => Just('\n'),
        1 => prop::sample::select(vec![
            '\r', '\t', ' ', '\0', '\x1b', '\x7f', '\u{9b}', '\u{202e}', '\u{200b}', '\u{feff}', '\u{301}', '日', '👍', '\u{200d}',
        ]),
        1 => any::<char>(),
    ];
    prop::collection::vec(character, 0..120).prop_map(String::from_iter)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_with_any_labels_is_drawn_safely(
        first in text(),
        second in text(),
        words in text(),
        places in prop::collection::vec((0_usize..2, 0_usize..500, 0_usize..500), 1..6),
        repeat in prop_oneof![4 => Just(1_usize), 1 => Just(60)],
        width in 1_usize..140,
        (color, unicode) in any::<(bool, bool)>(),
    ) {
        let mut report = report(&[(&words, &first.repeat(repeat)), ("b", &second)]);
        let mut labels: Vec<_> = places.iter().map(|&(file, a, b)| span(file, a.min(b), a.max(b), &words)).collect();
        let mut finding = diagnostic(labels.remove(0));
        finding.related = labels;
        finding.message.clone_from(&words);
        finding.why.clone_from(&words);
        finding.help = words;
        report.diagnostics.push(finding);

        let drawn = rendered(&report, &Terminal { color, unicode, width });
        let rest = if color { drawn.replace("\x1b[", "") } else { drawn };
        prop_assert!(!rest.chars().any(|c| c != '\n' && is_unprintable(c)), "{rest:?}");

        let mut line = Vec::new();
        concise::write(&mut line, &report, Severity::Info).unwrap();
        let line = String::from_utf8(line).unwrap();
        prop_assert_eq!(line.lines().count(), 1);
        prop_assert!(!line.trim_end_matches('\n').chars().any(is_unprintable), "{line:?}");
    }
}

#[test]
fn many_findings_in_a_long_file_and_in_a_long_line_take_no_time() {
    let lines = "RUN apt-get update && apt-get install -y something\n".repeat(20_000);
    let line = "x ".repeat(500_000);
    let mut report = report(&[("lines", &lines), ("line", &line)]);
    for index in 0..1_000 {
        report.diagnostics.push(diagnostic(span(index % 2, index * 900, index * 900 + 20, "here")));
    }
    let start = Instant::now();
    let drawn = rendered(&report, &Terminal { color: false, unicode: true, width: 100 });
    assert!(drawn.len() < 1_000_000, "{}", drawn.len());
    // Without optimisation, on a busy machine; a search from the start of the file for each would take minutes.
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}
