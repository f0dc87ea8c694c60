//! Turns the catalogue (`rules/*/*.md`) into static tables: a run reads no Markdown and parses no front matter.
//!
//! A page is TOML front matter between two `+++` lines, then Markdown. The build fails, with the page's name, on
//! front matter that lacks a field, names an unknown one, or disagrees with the page's place.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde::Deserialize;

const EDITIONS: [&str; 2] = ["2026-02", "2026-08"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FrontMatter {
    code: String,
    name: String,
    summary: String,
    severity: BTreeMap<String, String>,
    /// Why these severities: one line.
    reason: String,
    #[serde(default)]
    variants: BTreeMap<String, Variant>,
    /// What the rule looks at, in words for the rule list.
    kinds: Vec<String>,
    conventions: Vec<String>,
    /// Sections of the source documents.
    source: Vec<String>,
    /// `safe`, `unsafe`, or both: how findings can be mended by a program.
    #[serde(default)]
    fixes: Vec<String>,
    /// How much what it finds endangers people, from 0.1 to 10.0; for rules about security.
    #[serde(default, rename = "security-severity")]
    security_severity: Option<f32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Variant {
    severity: BTreeMap<String, String>,
    reason: String,
}

fn main() {
    let root = catalogue_folder();
    println!("cargo::rerun-if-changed={}", root.display());
    let target = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it"));
    for edition in EDITIONS {
        let contract = root.join(format!("contracts/{edition}.toml"));
        println!("cargo::rerun-if-changed={}", contract.display());
        let text = fs::read(&contract).expect("every edition has a readable contract");
        fs::write(target.join(format!("{edition}.toml")), text).expect("OUT_DIR is writable");
    }
    let mut pages = Vec::new();
    for area in directories(&root) {
        for page in markdown_files(&area) {
            println!("cargo::rerun-if-changed={}", page.display());
            let text = fs::read_to_string(&page).expect("a rule page is readable UTF-8");
            pages.push((area_name(&area), generate(&page, &area_name(&area), &text)));
        }
    }
    pages.sort_by(|(_, a), (_, b)| a.code.cmp(&b.code));
    for pair in pages.windows(2) {
        assert_ne!(pair[0].1.code, pair[1].1.code, "two rule pages share a code");
    }
    let mut out = String::from("pub(crate) static RULES: &[crate::Rule] = &[\n");
    for (_, page) in &pages {
        out.push_str(&page.source);
    }
    out.push_str("];\n");
    fs::write(target.join("catalogue.rs"), out).expect("OUT_DIR is writable");
}

/// The catalogue. A link in the crate's folder leads to it, so that the published crate carries it; a checkout on a
/// system without links has the folder all the same.
fn catalogue_folder() -> PathBuf {
    let krate = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let inside = krate.join("rules");
    if inside.is_dir() { inside } else { krate.join("../../rules") }
}

struct Generated {
    code: String,
    source: String,
}

fn generate(path: &Path, area: &str, text: &str) -> Generated {
    let place = path.display();
    let rest = text.strip_prefix("+++\n").unwrap_or_else(|| panic!("{place}: must start with a `+++` line"));
    let (front, body) =
        rest.split_once("\n+++\n").unwrap_or_else(|| panic!("{place}: front matter has no end"));
    let front: FrontMatter = toml::from_str(front).unwrap_or_else(|error| panic!("{place}: {error}"));
    assert_eq!(
        path.file_stem().and_then(|s| s.to_str()),
        Some(front.name.as_str()),
        "{place}: name and file differ"
    );
    assert!(
        front.code.len() == 5
            && front.code.starts_with("VL")
            && front.code[2..].bytes().all(|b| b.is_ascii_digit()),
        "{place}: a code is VL and three digits"
    );
    let module = front.name.replace('-', "_");
    // Vastlint's own diagnostics are raised by the engine; they have a page but no check.
    let check = if area == "vastlint" {
        "crate::Check::Engine".to_owned()
    } else {
        format!("crate::{area}::{module}::CHECK")
    };
    let mut source = String::new();
    let _ = writeln!(source, "crate::Rule {{");
    let _ = writeln!(
        source,
        "  id: vastlint_diagnostic::RuleId {{ code: {:?}, name: {:?} }},",
        front.code, front.name
    );
    let _ = writeln!(source, "  area: {area:?},");
    let _ = writeln!(source, "  summary: {:?},", front.summary);
    let _ = writeln!(source, "  levels: {},", levels(path, &front.severity));
    let _ = writeln!(source, "  reason: {:?},", front.reason);
    let _ = writeln!(source, "  variants: &[");
    for (name, variant) in &front.variants {
        let _ = writeln!(
            source,
            "    crate::Variant {{ name: {name:?}, levels: {}, reason: {:?} }},",
            levels(path, &variant.severity),
            variant.reason
        );
    }
    let _ = writeln!(source, "  ],");
    let _ = writeln!(source, "  kinds: &{:?},", front.kinds);
    let _ = writeln!(source, "  conventions: &{:?},", front.conventions);
    let _ = writeln!(source, "  source: &{:?},", front.source);
    let _ = writeln!(source, "  fixes: &[{}],", fixes(path, &front.fixes));
    let _ = writeln!(source, "  security_severity: {:?},", security_severity(path, front.security_severity));
    let _ = writeln!(source, "  body: {:?},", body.trim_start());
    let _ = writeln!(source, "  check: {check},");
    let _ = writeln!(source, "}},");
    Generated { code: front.code, source }
}

fn levels(path: &Path, severity: &BTreeMap<String, String>) -> String {
    let place = path.display();
    for edition in severity.keys() {
        assert!(EDITIONS.contains(&edition.as_str()), "{place}: unknown edition {edition}");
    }
    let levels = EDITIONS.map(|edition| match severity.get(edition).map(String::as_str) {
        Some("error") => "vastlint_diagnostic::Level::On(vastlint_diagnostic::Severity::Error)",
        Some("warning") => "vastlint_diagnostic::Level::On(vastlint_diagnostic::Severity::Warning)",
        Some("info") => "vastlint_diagnostic::Level::On(vastlint_diagnostic::Severity::Info)",
        Some("off") => "vastlint_diagnostic::Level::Off",
        other => panic!("{place}: edition {edition}: {other:?} is no severity"),
    });
    format!("[{}]", levels.join(", "))
}

fn fixes(path: &Path, fixes: &[String]) -> String {
    let fixes = fixes.iter().map(|fix| match fix.as_str() {
        "safe" => "vastlint_diagnostic::Applicability::Safe",
        "unsafe" => "vastlint_diagnostic::Applicability::Unsafe",
        other => panic!("{}: {other:?} is no kind of fix", path.display()),
    });
    fixes.collect::<Vec<_>>().join(", ")
}

fn security_severity(path: &Path, score: Option<f32>) -> Option<String> {
    score.map(|score| {
        assert!((0.1..=10.0).contains(&score), "{}: security-severity is 0.1 to 10.0", path.display());
        format!("{score:.1}")
    })
}

fn area_name(directory: &Path) -> String {
    directory.file_name().and_then(|name| name.to_str()).expect("areas have plain names").to_owned()
}

fn directories(root: &Path) -> Vec<PathBuf> {
    // `contracts` holds data, no pages.
    entries(root).into_iter().filter(|path| path.is_dir() && !path.ends_with("contracts")).collect()
}

fn markdown_files(area: &Path) -> Vec<PathBuf> {
    entries(area)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect()
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(directory)
        .unwrap_or_else(|error| panic!("{}: {error}", directory.display()))
        .map(|entry| entry.expect("a directory can be listed").path())
        .collect();
    paths.sort();
    paths
}
