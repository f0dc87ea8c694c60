use std::fmt::Write as _;

use vastlint_diagnostic::Level;
use vastlint_rules::{Edition, Rule};

use crate::exit::{Exit, print};
use crate::failure::Failure;
use crate::format::labelled;
use crate::markdown;
use crate::terminal::Terminal;

/// Shows the page of a rule.
pub(crate) fn run(name: &str) -> Exit {
    let Some(rule) = vastlint_rules::find(name) else {
        return Failure::unknown_rule(name, None).report();
    };
    print(Exit::Clean, |out| out.write_all(render(rule, &Terminal::stdout()).as_bytes()))
}

fn render(rule: &Rule, terminal: &Terminal) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "{}  {}\n{}\n",
        terminal.name().style(rule.id.code),
        terminal.strong().style(rule.id.name),
        rule.summary
    );
    facts(&mut out, rule, terminal);
    out.push('\n');
    out.push_str(&markdown::render(&without_title(rule), terminal));
    out
}

/// What the front matter says.
fn facts(out: &mut String, rule: &Rule, terminal: &Terminal) {
    let mut fact = |label: &str, text: &str| {
        if !text.is_empty() {
            labelled(out, label, terminal.heading(), text, "conventions".len(), terminal.prose_width());
        }
    };
    fact("severity", &with_reason(&levels(rule.levels), rule.reason));
    for (index, case) in rule.variants.iter().enumerate() {
        let label = if index == 0 { "cases" } else { "" };
        let text = with_reason(&format!("{}: {}", case.name, levels(case.levels)), case.reason);
        fact(label, &text);
    }
    fact("fixes", rule.fixes_in_words().unwrap_or_default());
    fact("looks at", &rule.kinds.join(", "));
    fact("conventions", &rule.conventions.join(", "));
    fact("stated in", &rule.source.join("\n"));
}

/// The level in each edition, in few words where they agree.
fn levels(levels: [Level; Edition::ALL.len()]) -> String {
    if levels.iter().all(|level| *level == levels[0]) {
        return levels[0].to_string();
    }
    let each = Edition::ALL.iter().zip(levels).map(|(edition, level)| format!("{level} in {edition}"));
    each.collect::<Vec<_>>().join(", ")
}

fn with_reason(levels: &str, reason: &str) -> String {
    if reason.is_empty() { levels.to_owned() } else { format!("{levels}. {reason}") }
}

/// The page's text; a first heading that only repeats the name is left out.
fn without_title(rule: &Rule) -> String {
    let text = rule.text();
    let body = text.trim_start();
    let (first, rest) = body.split_once('\n').unwrap_or((body, ""));
    let title = first.strip_prefix("# ").map(str::trim);
    let repeats = title.is_some_and(|title| title == rule.id.name || title == rule.summary);
    if repeats { rest.to_owned() } else { body.to_owned() }
}
