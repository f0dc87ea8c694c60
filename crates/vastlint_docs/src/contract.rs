use std::fmt::Write as _;

use crate::conventions::{Conventions, enforcers};

const HEAD: &str = "\
<!-- Made by `cargo run --package vastlint_docs`. Change `rules/conventions.toml` or a rule's page instead. -->

# The contract

Every convention that vastlint knows, and the rules that hold a repository to it. *Documented* conventions stand in the
two source documents and in the CI conventions that they point to; the others were learned from the repository. The
[values](values.md) (names, keys, ports, accepted spellings) stand in `rules/contracts/`, one file an edition; a repository
overrides single ones in [`vastlint.toml`](configuration.md).
";

/// The page with every convention.
pub(crate) fn page(conventions: &Conventions) -> String {
    let mut out = HEAD.to_owned();
    // Writing to a string cannot fail.
    let undecidable: Vec<_> = conventions
        .rows()
        .filter_map(|(id, row)| row.undecidable.as_ref().map(|reason| (id, row, reason)))
        .collect();
    let count = conventions.rows().count();
    let _ = writeln!(
        out,
        "\n{count} conventions: {} enforced, {} not decidable from files.",
        count - undecidable.len(),
        undecidable.len()
    );
    if !undecidable.is_empty() {
        out.push_str(
            "\n## Not decidable from files\n\n| convention | what it says | why not |\n|---|---|---|\n",
        );
        for (id, row, reason) in undecidable {
            let _ = writeln!(out, "| {id} | {} | {reason} |", row.says);
        }
    }
    for area in &conventions.areas {
        let _ = writeln!(
            out,
            "\n## {}\n\n| convention | what it says | documented | rules |\n|---|---|---|---|",
            area.title
        );
        for (id, row) in &area.rows {
            let documented = if row.documented { "yes" } else { "" };
            let link = |rule: &vastlint_rules::Rule| format!("[{}](rules/{}.md)", rule.id.name, rule.id.name);
            let rules: Vec<String> = enforcers(id).into_iter().map(link).collect();
            let rules = if rules.is_empty() { "–".to_owned() } else { rules.join(", ") };
            let _ = writeln!(out, "| {id} | {} | {documented} | {rules} |", row.says.replace('|', "\\|"));
        }
    }
    out
}
