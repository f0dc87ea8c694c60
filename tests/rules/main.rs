//! Holds every rule to its page: the examples behave as they say, the pages are complete, and what a rule says is fit
//! to be read.

mod breaches;
mod examples;
mod fixes;
mod fixtures;
mod heredocs;
mod ignores;
mod prove;
mod rewrites;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use examples::{Example, File, Verdict};
use vastlint_diagnostic::Diagnostic;
use vastlint_engine::{Input, Report, analyse_inputs};
use vastlint_rules::{Check, Edition, Rule, catalogue};

/// The root of the source tree.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn page_path(rule: &Rule) -> String {
    format!("rules/{}/{}.md", rule.area, rule.id.name)
}

fn page(rule: &Rule) -> String {
    fs::read_to_string(root().join(page_path(rule))).expect("the build read the page, too")
}

/// Where an example belongs that does not say so: told from its language and the first kind that the rule looks at.
fn default_path(rule: &Rule, language: &str) -> Option<&'static str> {
    Some(match (language, *rule.kinds.first()?) {
        ("dockerfile", "external image") => "external/my-app/Dockerfile",
        ("dockerfile", _) => "derivatives/pytorch/derivatives/my-app/Dockerfile",
        ("bash", "supervisor script") => {
            "derivatives/pytorch/derivatives/my-app/ROOT/opt/supervisor-scripts/my-app.sh"
        }
        ("bash", "boot script") => "external/my-app/ROOT/etc/vast_boot.d/05-my-app-env.sh",
        ("bash", "instance test") => {
            "derivatives/pytorch/derivatives/my-app/ROOT/opt/instance-tools/tests/my-app/10-ready.sh"
        }
        ("bash", _) => "provisioning_scripts/my-app.sh",
        ("ini", _) => "derivatives/pytorch/derivatives/my-app/ROOT/etc/supervisor/conf.d/my-app.conf",
        ("markdown", _) => "docs/adr/0001-record.md",
        ("yaml", "launch template") => "derivatives/pytorch/derivatives/my-app/templates/my-app/template.yml",
        ("yaml", "action") => ".github/actions/my-action/action.yml",
        ("yaml", _) => ".github/workflows/build-my-app.yml",
        _ => return None,
    })
}

fn examples_of(rule: &Rule) -> Vec<Example> {
    examples::read(&page(rule), |language| default_path(rule, language))
        .unwrap_or_else(|fault| panic!("{}: {fault}", page_path(rule)))
}

/// What makes the surroundings of every example a template repository: one image, beyond reproach.
const NEIGHBOUR: (&str, &str) = (
    "derivatives/neighbour/Dockerfile",
    r#"ARG VAST_BASE=vastai/base-image:stock-ubuntu24.04-py312
FROM ${VAST_BASE}
LABEL org.opencontainers.image.source="https://github.com/vastai/"
LABEL org.opencontainers.image.description="Neighbour image suitable for Vast.ai."
LABEL maintainer="Vast.ai Inc <contact@vast.ai>"
RUN set -euo pipefail && env-hash > /.env_hash
"#,
);

fn analyse(example: &Example) -> Report {
    analyse_files(&example.files, example.edition)
}

fn analyse_files(files: &[File], edition: Edition) -> Report {
    let neighbour = Input::from_bytes(NEIGHBOUR.0, false, NEIGHBOUR.1.as_bytes().to_vec());
    let inputs = files.iter().map(File::input).chain([neighbour]);
    // An example may hold the configuration that it is about.
    let configuration = files.iter().find(|file| file.path == "vastlint.toml");
    let configuration = configuration.map(|file| String::from_utf8_lossy(&file.content)).unwrap_or_default();
    analyse_inputs(inputs.collect(), edition, &configuration)
        .expect("the configuration of the example is sound")
}

/// One line for each finding, for a person who looks for what went wrong.
fn listing<'d>(report: &Report, findings: impl IntoIterator<Item = &'d Diagnostic>) -> String {
    let mut text = String::new();
    for finding in findings {
        let (start, _) = report.position(&finding.primary);
        let path = &report.file(finding.primary.file).path;
        let _ = writeln!(
            text,
            "    {path}:{}:{} {} {} {}",
            start.line, start.column, finding.severity, finding.rule.code, finding.message
        );
    }
    if text.is_empty() { "    nothing found\n".to_owned() } else { text }
}

/// Fails with everything that is wrong at once.
fn expect_no_faults(faults: &[String]) {
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn examples_behave_as_their_pages_say() {
    let mut faults = Vec::new();
    for rule in catalogue() {
        for example in examples_of(rule) {
            let report = analyse(&example);
            let of_rule: Vec<&Diagnostic> = report
                .diagnostics
                .iter()
                .filter(|finding| finding.rule == rule.id)
                // What the example says nothing about is not its doing.
                .filter(|finding| report.file(finding.primary.file).path != NEIGHBOUR.0)
                .collect();
            let behaves = match example.verdict {
                Verdict::Bad(None) => !of_rule.is_empty(),
                Verdict::Bad(Some(count)) => of_rule.len() == count,
                Verdict::Good | Verdict::Tricky => of_rule.is_empty(),
            };
            if !behaves {
                faults.push(format!(
                    "{}:{}: {:?}, but:\n{}",
                    page_path(rule),
                    example.line,
                    example.verdict,
                    listing(&report, of_rule)
                ));
            }
            // An example that does not even parse proves nothing about any other rule.
            let broken: Vec<&Diagnostic> =
                report.diagnostics.iter().filter(|finding| finding.rule.code == "VL001").collect();
            if rule.id.code != "VL001" && !broken.is_empty() {
                faults.push(format!(
                    "{}:{}: no syntax:\n{}",
                    page_path(rule),
                    example.line,
                    listing(&report, broken)
                ));
            }
        }
    }
    expect_no_faults(&faults);
}

/// What a rule may come from; a section follows.
const SOURCES: [&str; 4] = ["CONTRIBUTING, ", "AGENTS, ", "Practice, ", "Vastlint, "];

#[test]
fn pages_are_complete() {
    let mut faults = Vec::new();
    for rule in catalogue() {
        let mut fault = |text: &str| faults.push(format!("{}: {text}", page_path(rule)));
        let examples = examples_of(rule);
        for (verdict, name) in
            [(Verdict::Bad(None), "bad"), (Verdict::Good, "good"), (Verdict::Tricky, "tricky")]
        {
            let same = |example: &Example| match example.verdict {
                Verdict::Bad(_) => verdict == Verdict::Bad(None),
                other => other == verdict,
            };
            if !examples.iter().any(same) {
                fault(&format!("has no {name} example"));
            }
        }
        let headings: Vec<&str> = rule.body.lines().filter(|line| line.starts_with("## ")).collect();
        let documented = [
            "## What it checks",
            "## Why it matters",
            "## Examples",
            "## Options",
            "## Where the documents say so",
        ];
        let required = documented.iter().filter(|heading| **heading != "## Options");
        for heading in required.filter(|heading| !headings.contains(heading)) {
            fault(&format!("lacks the section `{heading}`"));
        }
        let known: Vec<&str> = documented.into_iter().filter(|heading| headings.contains(heading)).collect();
        if headings != known {
            fault(&format!("has other sections, or in another order: {headings:?}"));
        }
        if rule.summary.ends_with('.') || rule.summary.is_empty() {
            fault("the summary is one sentence without a full stop");
        }
        for convention in rule.conventions.iter().filter(|id| !is_convention(id)) {
            fault(&format!("`{convention}` is no row of the convention inventory"));
        }
        let is_known = |source: &&str| SOURCES.iter().any(|known| source.starts_with(known));
        if rule.source.is_empty() || !rule.source.iter().all(is_known) {
            fault(
                "does not say where it comes from: a document and its section, the practice, or vastlint itself",
            );
        }
    }
    expect_no_faults(&faults);
}

/// Two capitals, a hyphen, digits, perhaps a small letter: `DF-08b`.
fn is_convention(id: &str) -> bool {
    let Some((area, number)) = id.split_once('-') else { return false };
    let number = number.strip_suffix(|last: char| last.is_ascii_lowercase()).unwrap_or(number);
    area.len() == 2
        && area.bytes().all(|byte| byte.is_ascii_uppercase())
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[test]
fn conventions_are_known_by_their_form() {
    assert!(["DF-08", "DF-08b", "WF-55"].into_iter().all(is_convention));
    assert!(["DF08", "D-08", "DF-", "DF-08bb", "df-08", "DF-b"].into_iter().all(|id| !is_convention(id)));
}

#[test]
fn what_rules_say_is_fit_to_be_read() {
    let mut faults = Vec::new();
    for rule in catalogue() {
        for example in examples_of(rule) {
            let report = analyse(&example);
            for finding in report.diagnostics.iter().filter(|finding| finding.rule == rule.id) {
                for wrong in unfit(&report, finding, rule) {
                    faults.push(format!(
                        "{}:{}: {wrong}\n{}",
                        page_path(rule),
                        example.line,
                        listing(&report, [finding])
                    ));
                }
            }
        }
    }
    expect_no_faults(&faults);
}

fn unfit(report: &Report, finding: &Diagnostic, rule: &Rule) -> Vec<&'static str> {
    // Of an unreadable file there is nothing to show.
    let shows = rule.id.name != "unreadable-file";
    let text = &report.file(finding.primary.file).text;
    let span = finding.primary.span;
    let inside =
        |span: vastlint_text::Span, text: &str| text.get(span.start as usize..span.end as usize).is_some();
    let related_inside =
        finding.related.iter().all(|label| inside(label.span, &report.file(label.file).text));
    [
        (finding.message.is_empty(), "no message"),
        (finding.message.ends_with('.'), "the message ends with a full stop"),
        (finding.message.contains('\n'), "the message has several lines"),
        (finding.why.is_empty(), "no reason"),
        (finding.why.ends_with('.'), "the reason ends with a full stop"),
        (finding.help.is_empty(), "no help"),
        (finding.help.ends_with('.'), "the help ends with a full stop"),
        (shows && finding.primary.message.is_empty(), "no label"),
        (finding.related.iter().any(|label| label.message.is_empty()), "a related place without a word"),
        (!inside(span, text), "the place is outside the file"),
        (!related_inside, "a related place is outside its file"),
        (shows && span.is_empty(), "the place is empty"),
    ]
    .into_iter()
    .filter_map(|(wrong, what)| wrong.then_some(what))
    .collect()
}

#[test]
fn codes_are_unique_and_in_the_hundred_of_their_area() {
    let hundreds = BTreeMap::from([
        ("vastlint", '0'),
        ("dockerfile", '1'),
        ("shell", '2'),
        ("supervisor", '3'),
        ("python", '4'),
        ("portal", '5'),
        ("workflow", '6'),
        ("project", '7'),
        ("instance", '8'),
    ]);
    let mut codes = BTreeSet::new();
    let mut names = BTreeSet::new();
    for rule in catalogue() {
        let hundred = rule.id.code.strip_prefix("VL").and_then(|digits| digits.chars().next());
        assert_eq!(hundred, hundreds.get(rule.area).copied(), "{}", page_path(rule));
        assert!(codes.insert(rule.id.code) && names.insert(rule.id.name), "{} twice", rule.id.name);
        assert_eq!(matches!(rule.check, Check::Engine), rule.area == "vastlint", "{}", page_path(rule));
    }
}

/// A page without its module does not compile; a module without its page would never run.
#[test]
fn every_rule_module_has_its_page() {
    let mut faults = Vec::new();
    let sources = root().join("crates/vastlint_rules/src");
    for area in fs::read_dir(sources).expect("the sources are there") {
        let area = area.expect("a folder can be listed").path();
        if !area.is_dir() {
            continue;
        }
        for module in fs::read_dir(&area).expect("the sources are there") {
            let module = module.expect("a folder can be listed").path();
            // A rule of several files is a folder.
            let source = if module.is_dir() { module.join("mod.rs") } else { module.clone() };
            let text = fs::read_to_string(source).expect("sources are text");
            let name = module.file_stem().expect("a module has a name").to_string_lossy().replace('_', "-");
            let area = area.file_name().expect("an area has a name").to_string_lossy();
            if text.contains("pub const CHECK: Check")
                && !catalogue().iter().any(|rule| rule.area == area && rule.id.name == name)
            {
                faults.push(format!("{}: no page rules/{area}/{name}.md", module.display()));
            }
        }
    }
    expect_no_faults(&faults);
}
