//! What a comment asks vastlint: `vastlint: ignore[rule, VL101] reason`.

use vastlint_text::Span;

/// The word by which a comment addresses vastlint.
pub(super) const ADDRESS: &str = "vastlint:";

/// The verb for a place, and the one for the whole file.
pub(super) const VERBS: [(&str, bool); 2] = [("ignore", false), ("ignore-file", true)];

/// A request that can be followed. Spans count from the start of the comment.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request<'t> {
    /// From the address to the closing bracket.
    pub(super) span: Span,
    /// Whether it holds for the whole file.
    pub(super) whole_file: bool,
    /// What stands between the brackets, in order; at least one.
    pub(super) rules: Vec<(Span, &'t str)>,
    /// What is said behind the brackets; empty where nothing is.
    pub(super) reason: &'t str,
}

/// A request that cannot be followed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Where, from the start of the comment.
    pub(super) span: Span,
    /// What is wrong; one sentence, no full stop.
    pub(super) message: String,
    /// What is to be seen there.
    pub(super) label: &'static str,
    /// What to write instead.
    pub(super) help: String,
}

/// Reads a comment, with or without its marks. `None` where it does not address vastlint.
pub(super) fn read(comment: &str) -> Option<Result<Request<'_>, Fault>> {
    let start = address(comment)?;
    Some(request(comment, start))
}

/// Where vastlint is addressed: at the start of the comment, or behind another mark in it, so that a comment for
/// people or for another tool may stand before.
pub(super) fn address(comment: &str) -> Option<usize> {
    let is_addressed = |&(at, _): &(usize, &str)| {
        let before = comment[..at].trim_end_matches(is_blank);
        let words = before.trim_end_matches(['#', ';']);
        words.is_empty() || (words.len() < before.len() && words.ends_with(is_blank))
    };
    comment.match_indices(ADDRESS).find(is_addressed).map(|(at, _)| at)
}

fn request(comment: &str, start: usize) -> Result<Request<'_>, Fault> {
    let verb_start = skip_blanks(comment, start + ADDRESS.len());
    let rest = &comment[verb_start..];
    let verb =
        &rest[..rest.find(|c: char| !c.is_alphanumeric() && c != '-' && c != '_').unwrap_or(rest.len())];
    let verb_end = verb_start + verb.len();
    let Some(&(_, whole_file)) = VERBS.iter().find(|(known, _)| *known == verb) else {
        return Err(unknown_verb(start, verb, verb_end));
    };
    let faulty = |end: usize, message: &str, label, help: &str| {
        Err(Fault {
            span: Span::from_range(start..end),
            message: format!("this suppression {message}"),
            label,
            help: help.to_owned(),
        })
    };
    let example =
        format!("write `{ADDRESS} {verb}[rule-name] reason`; several rules are separated by commas");
    let Some(list) = comment[verb_end..].strip_prefix('[') else {
        return faulty(
            verb_end,
            "names no rule in brackets",
            "a bracket with rules belongs behind it",
            &example,
        );
    };
    let list_start = verb_end + 1;
    let Some(length) = list.find(']') else {
        let end = comment.trim_end().len();
        return faulty(
            end,
            "has no closing bracket",
            "the bracket is not closed",
            "close the bracket behind the last rule",
        );
    };
    let rules = names(&list[..length], list_start);
    let end = list_start + length + 1;
    if rules.is_empty() {
        return faulty(end, "names no rule", "nothing stands between the brackets", &example);
    }
    Ok(Request { span: Span::from_range(start..end), whole_file, rules, reason: reason(&comment[end..]) })
}

fn unknown_verb(start: usize, verb: &str, verb_end: usize) -> Fault {
    let words = "write `vastlint: ignore[rule-name] reason`, or `ignore-file` for the whole file";
    let (message, label) = if verb.is_empty() {
        (
            "this comment addresses vastlint and asks for nothing".to_owned(),
            "nothing that vastlint knows follows",
        )
    } else {
        (
            format!(
                "vastlint does not know what `{}` means in a comment",
                &verb[..verb.floor_char_boundary(32)]
            ),
            "neither `ignore` nor `ignore-file`",
        )
    };
    let end = if verb.is_empty() { start + ADDRESS.len() } else { verb_end };
    Fault { span: Span::from_range(start..end), message, label, help: words.to_owned() }
}

/// The names of a list; blanks around them and empty ones mean nothing, as on the command line.
fn names(list: &str, start: usize) -> Vec<(Span, &str)> {
    let mut names = Vec::new();
    let mut offset = start;
    for part in list.split(',') {
        let name = part.trim();
        let at = offset + (part.len() - part.trim_start().len());
        if !name.is_empty() {
            names.push((Span::from_range(at..at + name.len()), name));
        }
        offset += part.len() + 1;
    }
    names
}

/// What is said behind the brackets. A further comment mark starts something else.
fn reason(rest: &str) -> &str {
    let rest = rest.trim();
    if rest.starts_with(['#', ';']) || !rest.contains(char::is_alphanumeric) { "" } else { rest }
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t')
}

fn skip_blanks(text: &str, from: usize) -> usize {
    from + (text[from..].len() - text[from..].trim_start_matches(is_blank).len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn followed(comment: &str) -> (bool, Vec<&str>, &str) {
        let request = read(comment).unwrap().unwrap();
        for (span, name) in &request.rules {
            assert_eq!(span.text(comment), *name);
        }
        (request.whole_file, request.rules.iter().map(|(_, name)| *name).collect(), request.reason)
    }

    #[test]
    fn rules_and_reason_are_read() {
        for comment in ["# vastlint: ignore[a, VL101] it is so", "#vastlint:ignore[a,VL101,] it is so \r"] {
            assert_eq!(followed(comment), (false, vec!["a", "VL101"], "it is so"), "{comment}");
        }
        assert_eq!(followed("; vastlint: ignore-file[a]"), (true, vec!["a"], ""));
        assert_eq!(followed(" vastlint: ignore[a] -- "), (false, vec!["a"], ""));
        assert_eq!(followed("# vastlint: ignore[a] # noqa"), (false, vec!["a"], ""));
    }

    #[test]
    fn another_comment_may_stand_before() {
        assert_eq!(followed("# for people # vastlint: ignore[a] b"), (false, vec!["a"], "b"));
        for comment in ["# see vastlint: ignore[a]", "# `#vastlint: ignore[a]`", "# x", "# vastlint is fine"]
        {
            assert_eq!(read(comment), None, "{comment}");
        }
    }

    #[test]
    fn what_cannot_be_followed_says_why() {
        for (comment, place) in [
            ("# vastlint:", "vastlint:"),
            ("# vastlint: ignroe[a] x", "vastlint: ignroe"),
            ("# vastlint: ignore x", "vastlint: ignore"),
            ("# vastlint: ignore [x]", "vastlint: ignore"),
            ("# vastlint: ignore[a", "vastlint: ignore[a"),
            ("# vastlint: ignore[ , ] x", "vastlint: ignore[ , ]"),
            ("# vastlint: ü", "vastlint: ü"),
        ] {
            let fault = read(comment).unwrap().unwrap_err();
            assert_eq!(fault.span.text(comment), place, "{comment}");
        }
    }
}
