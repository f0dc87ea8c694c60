//! Adding the hook to a `.pre-commit-config.yaml` that somebody wrote.

use vastlint_syntax::yaml::{Kind, NodeId, Yaml, parse};

use super::texts::{REPOSITORY, hook};

/// Whether the hook is there already, of whatever version.
pub(super) fn has_hook(text: &str) -> bool {
    let yaml = parse(text);
    repositories(&yaml).is_some_and(|(_, items)| items.iter().any(|item| is_ours(&yaml, *item)))
}

fn is_ours(yaml: &Yaml, item: NodeId) -> bool {
    let url = yaml.get(item, "repo").and_then(|url| yaml.text(url));
    url.is_some_and(|url| url.trim_end_matches('/').trim_end_matches(".git") == REPOSITORY)
}

fn repositories(yaml: &Yaml) -> Option<(NodeId, &[NodeId])> {
    let [root] = yaml.documents[..] else { return None };
    let list = yaml.get(root, "repos")?;
    matches!(yaml.node(list).kind, Kind::Sequence { .. }).then(|| (list, yaml.items(list)))
}

/// The text with the hook behind the last repository; all that was there stays, byte for byte. `None` unless it is
/// certain that nothing but that changes.
pub(super) fn with_hook(text: &str) -> Option<String> {
    let yaml = parse(text);
    let (_, items) = repositories(&yaml).filter(|_| yaml.errors.is_empty())?;
    let last = yaml.span(*items.last()?);
    // In a block list, an item stands behind its dash, on one line with it.
    let line_start = text[..last.start as usize].rfind('\n').map_or(0, |at| at + 1);
    let before = &text[line_start..last.start as usize];
    let indentation = before.trim_end().strip_suffix('-').filter(|blank| blank.trim().is_empty())?;
    let content_end = last.start as usize + text[last.start as usize..last.end as usize].trim_end().len();
    let line_end = text[content_end..].find('\n').map(|at| content_end + at + 1);
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut new = text[..line_end.unwrap_or(text.len())].to_owned();
    if line_end.is_none() {
        new.push_str(newline);
    }
    new.push_str(&hook(indentation, newline));
    new.push_str(line_end.map_or("", |end| &text[end..]));
    is_only_added(text, &new).then_some(new)
}

/// Whether a reader finds in the new text all that was in the old one, and one more repository: ours.
fn is_only_added(old: &str, new: &str) -> bool {
    let (before, after) = (parse(old), parse(new));
    let (Some((_, old_items)), Some((_, new_items))) = (repositories(&before), repositories(&after)) else {
        return false;
    };
    let Some((ours, kept)) = new_items.split_last() else { return false };
    let content = |yaml: &Yaml, text: &str, items: &[NodeId]| -> Vec<String> {
        items.iter().map(|item| text[yaml.span(*item).range()].trim_end().to_owned()).collect()
    };
    let others = |yaml: &Yaml, text: &str| -> Vec<String> {
        let entries = yaml.root().map(|root| yaml.entries(root)).unwrap_or_default();
        let named = entries.iter().map(|entry| (yaml.text(entry.key).unwrap_or_default(), entry.value));
        named
            .map(|(key, value)| match key {
                "repos" => key.to_owned(),
                _ => format!("{key}: {}", text[yaml.span(value).range()].trim_end()),
            })
            .collect()
    };
    after.errors.is_empty()
        && content(&before, old, old_items) == content(&after, new, kept)
        && others(&before, old) == others(&after, new)
        && is_ours(&after, *ours)
        && after.get(*ours, "hooks").is_some_and(|hooks| after.items(hooks).len() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hook_stands_behind_the_last_repository_and_nothing_else_changes() {
        for (text, before, indentation) in [
            ("repos:\n- repo: local\n  hooks: []\n", "repos:\n- repo: local\n  hooks: []\n", ""),
            (
                "repos:\n  - repo: a\n    hooks:\n      - id: x  # why\n\n# ci\nci:\n  skip: [x]\n",
                "repos:\n  - repo: a\n    hooks:\n      - id: x  # why\n",
                "  ",
            ),
            ("repos:\r\n- repo: a\r\n", "repos:\r\n- repo: a\r\n", ""),
            ("repos:\n  - repo: a", "repos:\n  - repo: a\n", "  "),
            ("repos:\n  - repo: a\n    x: |\n      t\n\n", "repos:\n  - repo: a\n    x: |\n      t\n", "  "),
        ] {
            let new = with_hook(text).expect(text);
            let newline = if text.contains('\r') { "\r\n" } else { "\n" };
            let rest = new.strip_prefix(before).expect(&new);
            let rest = rest.strip_prefix(&hook(indentation, newline)).expect(&new);
            assert_eq!(format!("{before}{rest}").trim_end(), text.trim_end());
            assert!(has_hook(&new) && !has_hook(text));
        }
    }

    #[test]
    fn what_is_not_certain_is_left_alone() {
        for text in [
            "",
            "repos: []\n",
            "repos: [{repo: a}]\n",
            "repos:\n",
            "- repo: a\n",
            "repos:\n- repo: a\n---\nrepos: []\n",
            "repos: &a\n  -\n    repo: a\n",
            "repos:\n- repo: a\n  hooks: [\n",
            "a: 1\n",
        ] {
            assert_eq!(with_hook(text), None, "{text}");
        }
    }
}
