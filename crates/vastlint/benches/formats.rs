//! Time to write ten thousand findings, every fourth with a related place and every second with a fix.

use std::path::PathBuf;

use divan::Bencher;
use vastlint::format::{Format, Settings, write};
use vastlint::terminal::Terminal;
use vastlint_diagnostic::{Applicability, Diagnostic, Edit, Fix, Label, RuleId, Severity};
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
    let label = |file: u32, start: u32, message: &str| Label {
        file: FileId(file),
        span: Span::new(start, start + 14),
        message: message.to_owned(),
    };
    let diagnostic = |index: u32| {
        let (file, start) = (index / 100, index % 100 * 250);
        let edit = Edit {
            file: FileId(file),
            span: Span::new(start, start + 3),
            text: "RUN set -euo pipefail &&".to_owned(),
        };
        Diagnostic {
            rule: RuleId { code: "VL102", name: "run-without-strict-mode" },
            severity: Severity::ALL[index as usize % 3],
            message: "this RUN does not start with `set -euo pipefail`".to_owned(),
            why: "the image is built and published although a step in it failed".to_owned(),
            help: "start the body with `set -euo pipefail`".to_owned(),
            primary: label(file, start, "no strict mode here"),
            related: index
                .is_multiple_of(4)
                .then(|| label((file + 1) % 100, 500, "as is done here"))
                .into_iter()
                .collect(),
            fix: index.is_multiple_of(2).then(|| Fix {
                message: "write `set -euo pipefail`".to_owned(),
                applicability: Applicability::Safe,
                edits: vec![edit],
                executable: Vec::new(),
            }),
        }
    };
    let path = |file| format!("external/app{file}/Dockerfile");
    Report {
        root: PathBuf::new(),
        edition: Edition::default(),
        fail_severity: Severity::Warning,
        files: (0..100).map(|file| SourceFile::new(path(file), source(file))).collect(),
        project: Project::default(),
        diagnostics: (0..10_000).map(diagnostic).collect(),
        baselined: Vec::new(),
        baseline: None,
        suppressed: Vec::new(),
        summary: Summary::default(),
        timings: None,
    }
}

#[divan::bench(args = [
    Format::Concise, Format::Grouped, Format::Json, Format::Jsonl, Format::Sarif, Format::Github, Format::Gitlab,
    Format::Junit, Format::Checkstyle, Format::Rdjson, Format::Markdown,
])]
fn ten_thousand_findings(bencher: Bencher<'_, '_>, format: Format) {
    let report = report();
    let settings = Settings { show: Severity::Info, omit_suppressed: false };
    let terminal = Terminal { color: false, unicode: true, width: 100 };
    bencher.bench(|| {
        let mut out = Vec::new();
        write(format, &mut out, &report, settings, &terminal).expect("memory does not fail");
        out
    });
}
