//! Time to draw ten thousand findings, every fourth with a second frame.

use std::path::PathBuf;

use vastlint::format::text;
use vastlint::terminal::Terminal;
use vastlint_diagnostic::{Diagnostic, Label, RuleId, Severity};
use vastlint_engine::{Report, SourceFile, Summary};
use vastlint_model::Project;
use vastlint_rules::Edition;
use vastlint_text::{FileId, Span};

fn main() {
    divan::main();
}

fn report() -> Report {
    let source = |file: u32| {
        let line = |line| format!("RUN apt-get install -y --no-install-recommends package-{line} # {file}\n");
        (0..400).map(line).collect::<Vec<_>>().concat()
    };
    let label = |file: u32, start: u32, end: u32, message: &str| Label {
        file: FileId(file),
        span: Span::new(start, end),
        message: message.to_owned(),
    };
    let diagnostic = |index: u32| {
        let (file, start) = (index / 100, index % 100 * 250);
        let related = index.is_multiple_of(4).then(|| label((file + 1) % 100, 500, 520, "as is done here"));
        Diagnostic {
            rule: RuleId { code: "VL102", name: "run-without-strict-mode" },
            severity: Severity::Error,
            message: "this RUN does not start with `set -euo pipefail`".to_owned(),
            why: "the image is built and published although a step in it failed".to_owned(),
            help: "start the body with `set -euo pipefail`".to_owned(),
            primary: label(file, start, start + 14, "no strict mode here"),
            related: related.into_iter().collect(),
            fix: None,
        }
    };
    Report {
        root: PathBuf::new(),
        edition: Edition::default(),
        fail_severity: Severity::Warning,
        files: (0..100)
            .map(|file| SourceFile::new(format!("external/app{file}/Dockerfile"), source(file)))
            .collect(),
        project: Project::default(),
        diagnostics: (0..10_000).map(diagnostic).collect(),
        baselined: Vec::new(),
        baseline: None,
        suppressed: Vec::new(),
        summary: Summary::default(),
        timings: None,
    }
}

#[divan::bench(args = [false, true])]
fn ten_thousand_findings(bencher: divan::Bencher<'_, '_>, color: bool) {
    let report = report();
    bencher.bench(|| {
        let mut out = Vec::new();
        let terminal = Terminal { color, unicode: true, width: 100 };
        text::write(&mut out, &report, Severity::Info, &terminal).expect("memory does not fail");
        out
    });
}
