//! Rewrites that change nothing about what a file means must change nothing about what is found in it.

use std::collections::BTreeMap;

use vastlint_engine::{Input, InputContent, Report};
use vastlint_model::{Kind, Tree};
use vastlint_rules::{Edition, catalogue};
use vastlint_syntax::dockerfile::{self, InstructionKind};
use vastlint_syntax::shell::{self, AndOrOperator};
use vastlint_syntax::yaml;
use vastlint_text::Span;

use crate::examples::File;
use crate::{analyse_files, examples_of, expect_no_faults, fixtures, page_path};

/// A text of another form and the same meaning; the same text where the rewrite does not apply.
pub(crate) type Rewrite = fn(Kind, &str) -> String;

pub(crate) const REWRITES: [(&str, Rewrite); 13] = [
    ("no newline at the end", without_final_newline),
    ("carriage returns", with_carriage_returns),
    ("`source` for `.`", with_source),
    ("instructions in lower case", with_lower_case_instructions),
    ("comments that mention what is forbidden", with_comments),
    ("comments inside continuations", with_comments_in_continuations),
    ("one LABEL instruction for several", with_one_label_instruction),
    ("a heredoc for a chain of `&&`", with_heredocs_for_chains),
    ("other quotes around paths", with_other_quotes),
    ("quotes around the words of commands", with_quoted_words),
    ("an `echo` that mentions what is forbidden", with_echo),
    ("flow lists for block lists and the other way round", with_other_lists),
    ("quotes around YAML keys", with_quoted_keys),
];

fn without_final_newline(_: Kind, text: &str) -> String {
    text.strip_suffix('\n').unwrap_or(text).to_owned()
}

/// Not for shell, which takes the carriage return for a part of the last word.
fn with_carriage_returns(kind: Kind, text: &str) -> String {
    match kind {
        Kind::Dockerfile if text.contains("<<") => text.to_owned(),
        Kind::Shell(_) | Kind::Markdown => text.to_owned(),
        _ => text.replace('\n', "\r\n"),
    }
}

/// Not where plain sh runs the commands, which knows no `source`.
fn with_source(kind: Kind, text: &str) -> String {
    if matches!(kind, Kind::Markdown | Kind::ProvisioningManifest) || text.starts_with("#!/bin/sh") {
        return text.to_owned();
    }
    let line = |line: &str| {
        let rest = line.trim_start();
        // `. --push` at the end of a command is a folder.
        match rest.strip_prefix(". ").filter(|path| !path.starts_with('-')) {
            Some(path) => format!("{}source {path}", &line[..line.len() - rest.len()]),
            None => {
                line.replace("&& . ", "&& source ").replace("; . ", "; source ").replace("(. ", "(source ")
            }
        }
    };
    text.split_inclusive('\n').map(line).collect()
}

const INSTRUCTIONS: [&str; 13] = [
    "FROM",
    "LABEL",
    "RUN",
    "COPY",
    "ENV",
    "ARG",
    "SHELL",
    "WORKDIR",
    "ENTRYPOINT",
    "CMD",
    "ONBUILD",
    "ADD",
    "USER",
];

fn with_lower_case_instructions(kind: Kind, text: &str) -> String {
    if kind != Kind::Dockerfile {
        return text.to_owned();
    }
    let line = |line: &str| match line.split_once(' ') {
        Some((word, rest)) if INSTRUCTIONS.contains(&word) => format!("{} {rest}", word.to_lowercase()),
        _ => line.to_owned(),
    };
    text.split_inclusive('\n').map(line).collect()
}

const COMMENT: &str =
    "# pip install x --torch-backend=auto; set +e; . exit_portal.sh; MATRIX_ID=x; LABEL a=b\n";

/// A comment at the end, and below the first line, where neither a directive nor a heredoc is torn apart.
fn with_comments(kind: Kind, text: &str) -> String {
    match kind {
        Kind::Markdown => return text.to_owned(),
        // What stands at the end may be inside a block scalar or a heredoc that is not closed.
        _ if !text.ends_with('\n') => return text.to_owned(),
        _ => {}
    }
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let below_first = match kind {
        Kind::Shell(_) => first.starts_with("#!"),
        Kind::SupervisorConf => first.starts_with('['),
        _ => first.starts_with("name: "),
    };
    if below_first { format!("{first}\n{COMMENT}{rest}{COMMENT}") } else { format!("{text}{COMMENT}") }
}

/// `BuildKit` takes comment lines out of continuations before the shell sees them.
fn with_comments_in_continuations(kind: Kind, text: &str) -> String {
    if kind != Kind::Dockerfile || text.contains("<<") {
        return text.to_owned();
    }
    let lines = text.split_inclusive('\n');
    lines
        .map(|line| if line.ends_with("\\\n") { format!("{line}    {COMMENT}") } else { line.to_owned() })
        .collect()
}

/// Replaces parts of a text; `edits` do not overlap.
fn edited(text: &str, mut edits: Vec<(Span, String)>) -> String {
    edits.sort_by_key(|(span, _)| span.start);
    let mut out = String::new();
    let mut end = 0;
    for (span, new) in edits {
        out.push_str(&text[end..span.start as usize]);
        out.push_str(&new);
        end = span.end as usize;
    }
    out + &text[end..]
}

/// `LABEL a=b` lines that follow each other become one instruction with continuations.
fn with_one_label_instruction(kind: Kind, text: &str) -> String {
    if kind != Kind::Dockerfile {
        return text.to_owned();
    }
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let is_label = |line: &str| line.starts_with("LABEL ") && !line.ends_with('\\') && line.contains('=');
        match (line.strip_prefix("LABEL "), lines.last_mut()) {
            (Some(pair), Some(last)) if is_label(line) && (is_label(last) || last.starts_with("      ")) => {
                last.push_str(" \\");
                lines.push(format!("      {pair}"));
            }
            _ => lines.push(line.to_owned()),
        }
    }
    lines.join("\n") + if text.ends_with('\n') { "\n" } else { "" }
}

/// `RUN set -euo pipefail && a && b || c` becomes a heredoc with a line for each command, which strict mode ends at the
/// same place. Commands keep their continuations, without the comments in them. Not for `[[ x ]] && { exit 1; } && a`,
/// where the test alone on its line would end the script.
fn with_heredocs_for_chains(kind: Kind, text: &str) -> String {
    if kind != Kind::Dockerfile {
        return text.to_owned();
    }
    let tree = dockerfile::parse(text);
    let mut edits = Vec::new();
    for instruction in &tree.instructions {
        let InstructionKind::Run(dockerfile::Command::Shell(body)) = &instruction.kind else { continue };
        if !instruction.heredocs.is_empty() || !instruction.flags.is_empty() {
            continue;
        }
        let Some(content) = tree.shell_text(text, instruction) else { continue };
        let script = shell::parse(content.text());
        let [statement] = &script.body[..] else { continue };
        // An `||` takes in all that stands before it, so it may only end the chain.
        let (last, middle) =
            statement.rest.split_last().map_or((None, &[][..]), |(last, middle)| (Some(last), middle));
        let is_chain = middle.iter().all(|and_or| and_or.operator == AndOrOperator::And);
        let first = statement.first.span.text(content.text());
        let (Some(last), true, "set -euo pipefail") = (last, is_chain, first) else { continue };
        if content.text().contains("&& {") {
            continue;
        }
        let (_, map) = tree.shell_text(text, instruction).unwrap_or_default().into_parts();
        let written = |span| {
            let lines = map.to_host(span).text(text).lines();
            lines.filter(|line| !line.trim_start().starts_with('#')).collect::<Vec<_>>().join("\n")
        };
        let mut lines = vec![first.to_owned()];
        lines.extend(middle.iter().map(|and_or| written(and_or.pipeline.span)));
        let end = written(last.pipeline.span);
        match last.operator {
            AndOrOperator::And => lines.push(end),
            AndOrOperator::Or => {
                let before = lines.pop().unwrap_or_default();
                lines.push(format!("{before} || {end}"));
            }
        }
        edits.push((*body, format!("<<'END_OF_RUN'\n{}\nEND_OF_RUN", lines.join("\n"))));
    }
    edited(text, edits)
}

fn with_other_quotes(kind: Kind, text: &str) -> String {
    match kind {
        Kind::Markdown => text.to_owned(),
        _ => text
            .replace(". \"${utils}/", ". \"$utils\"/\"")
            .replace("source \"${utils}/", "source ${utils}\"/"),
    }
}

fn with_quoted_words(kind: Kind, text: &str) -> String {
    match kind {
        Kind::Dockerfile | Kind::Shell(_) => text
            .replace(" && uv pip install ", " && uv \"pip\" 'install' ")
            .replace("\nuv pip install ", "\nuv \"pip\" 'install' "),
        _ => text.to_owned(),
    }
}

/// Not before strict mode is on, and not at the end, where the application is.
fn with_echo(kind: Kind, text: &str) -> String {
    let echo = "echo \"pip install torch --torch-backend=auto, set +e, MATRIX_ID=x, git clone x\"\n";
    match kind {
        Kind::Shell(_) if text.starts_with("#!") => text.replacen("\ncd \"", &format!("\n{echo}cd \""), 1),
        _ => text.to_owned(),
    }
}

fn is_yaml(kind: Kind) -> bool {
    matches!(kind, Kind::Workflow | Kind::Action | Kind::LaunchTemplate | Kind::ProvisioningManifest)
}

fn with_other_lists(kind: Kind, text: &str) -> String {
    if !is_yaml(kind) {
        return text.to_owned();
    }
    let yaml = yaml::parse(text);
    let column = |offset: u32| offset as usize - text[..offset as usize].rfind('\n').map_or(0, |end| end + 1);
    let mut edits = Vec::new();
    for (_, node) in yaml.nodes() {
        let yaml::Kind::Mapping { entries } = &node.kind else { continue };
        for entry in entries {
            let (items, span) = (yaml.items(entry.value), yaml.span(entry.value));
            let plain = |item: &yaml::NodeId| {
                let text = yaml.span(*item).text(text);
                text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_./".contains(letter))
            };
            if items.is_empty() || !items.iter().all(plain) || span.text(text).contains('#') {
                continue;
            }
            let texts: Vec<&str> = items.iter().map(|item| yaml.span(*item).text(text)).collect();
            let new = if span.text(text).starts_with('[') {
                // Inside another flow collection there are no block lists.
                let key = yaml.span(entry.key);
                let line = &text[..key.start as usize];
                let before = &line[line.rfind('\n').map_or(0, |end| end + 1)..];
                if !before.chars().all(|letter| letter == ' ') {
                    continue;
                }
                let indent = " ".repeat(column(key.start) + 2);
                let separator = format!("\n{indent}- ");
                format!("{separator}{}", texts.join(&separator))
            } else {
                format!(" [{}]", texts.join(", "))
            };
            edits.push((span, new));
        }
    }
    edited(text, edits)
}

fn with_quoted_keys(kind: Kind, text: &str) -> String {
    if !is_yaml(kind) {
        return text.to_owned();
    }
    let yaml = yaml::parse(text);
    let mut edits = Vec::new();
    for (_, node) in yaml.nodes() {
        let yaml::Kind::Mapping { entries } = &node.kind else { continue };
        for entry in entries {
            let key = yaml.span(entry.key);
            let written = key.text(text);
            if !written.is_empty()
                && written.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
            {
                edits.push((key, format!("\"{written}\"")));
            }
        }
    }
    edited(text, edits)
}

/// The files in another form; none where nothing changes.
pub(crate) fn rewritten_files(files: &[File], rewrite: Rewrite) -> Option<Vec<File>> {
    let changed: Vec<File> = files.iter().map(|file| rewritten(file, rewrite)).collect();
    (changed != files).then_some(changed)
}

fn rewritten(file: &File, rewrite: Rewrite) -> File {
    let input = Input::from_bytes(&file.path, false, file.content.clone());
    let InputContent::Parsed { text, documents } = &input.content else { return file.clone() };
    // Text that vastlint puts together differently when it is broken proves nothing.
    let broken = documents.iter().any(|document| !document.tree.errors().is_empty());
    if broken || matches!(documents[0].tree, Tree::Text) {
        return file.clone();
    }
    File { path: file.path.clone(), content: rewrite(documents[0].kind, text).into_bytes() }
}

/// The rule that looks at how lines end: to it such a rewrite means something.
const ABOUT_LINE_ENDS: &str = "untidy-script-text";

/// What was found: how often each rule said what. Quotes and braces of what a message shows may be others.
fn findings(report: &Report) -> BTreeMap<(String, &'static str, String), usize> {
    let mut counts = BTreeMap::new();
    for finding in report.diagnostics.iter().filter(|finding| finding.rule.name != ABOUT_LINE_ENDS) {
        let path = report.file(finding.primary.file).path.clone();
        let message = finding.message.replace(['"', '\'', '{', '}'], "");
        *counts.entry((path, finding.rule.code, message)).or_default() += 1;
    }
    counts
}

fn compare(place: &str, files: &[File], edition: Edition, faults: &mut Vec<String>) {
    let before = findings(&analyse_files(files, edition));
    for (name, rewrite) in REWRITES {
        let Some(changed) = rewritten_files(files, rewrite) else { continue };
        let after = findings(&analyse_files(&changed, edition));
        if before != after {
            let lost: Vec<_> = before.iter().filter(|&(key, count)| after.get(key) != Some(count)).collect();
            let new: Vec<_> = after.iter().filter(|&(key, count)| before.get(key) != Some(count)).collect();
            faults.push(format!("{place}, {name}:\n  before: {lost:#?}\n  after: {new:#?}"));
        }
    }
}

#[test]
fn rewrites_that_mean_the_same_change_no_finding() {
    let mut faults = Vec::new();
    for rule in catalogue() {
        for example in examples_of(rule) {
            let place = format!("{}:{}", page_path(rule), example.line);
            compare(&place, &example.files, example.edition, &mut faults);
        }
    }
    for (name, edition) in fixtures::CLEAN.into_iter().chain([("broken", Edition::default())]) {
        compare(name, &fixtures::files(name), edition, &mut faults);
    }
    expect_no_faults(&faults);
}

/// A rewrite that never applies would prove nothing.
#[test]
fn every_rewrite_applies_to_the_fixtures() {
    let files = fixtures::files("clean");
    for (name, rewrite) in REWRITES {
        let changed = files.iter().filter(|file| rewritten(file, rewrite) != **file).count();
        assert!(changed > 0, "{name}");
    }
}
