//! The patterns of `${X#pattern}`, `${X%pattern}` and `${X/pattern/text}`: `*`, `?`, and `\` before one of them.

/// Longest value that is matched; what is longer counts as unknown, for matching costs value times pattern.
const MAX_VALUE: usize = 256;
/// Longest pattern that is matched.
const MAX_PATTERN: usize = 64;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    Literal(char),
    Any,
    Many,
}

/// `value` without the shortest or longest part at its start that matches. `None`: not known.
pub(super) fn without_prefix<'v>(value: &'v str, pattern: &str, longest: bool) -> Option<&'v str> {
    let tokens = tokens(value, pattern)?;
    let ends = match_ends(value.chars(), &tokens);
    let count = if longest { ends.last() } else { ends.first() };
    let offset = count.and_then(|&count| value.char_indices().nth(count)).map(|(offset, _)| offset);
    Some(match (count, offset) {
        (None, _) => value,
        (Some(_), offset) => &value[offset.unwrap_or(value.len())..],
    })
}

/// `value` without the shortest or longest part at its end that matches. `None`: not known.
pub(super) fn without_suffix<'v>(value: &'v str, pattern: &str, longest: bool) -> Option<&'v str> {
    let mut tokens = tokens(value, pattern)?;
    tokens.reverse();
    let ends = match_ends(value.chars().rev(), &tokens);
    let count = if longest { ends.last() } else { ends.first() };
    let Some(&count) = count else { return Some(value) };
    let kept = value.chars().count() - count;
    let offset = value.char_indices().nth(kept).map_or(value.len(), |(offset, _)| offset);
    Some(&value[..offset])
}

/// `value` with the first match, or all, replaced. `None`: not known.
pub(super) fn replaced(value: &str, pattern: &str, replacement: &str, all: bool) -> Option<String> {
    let tokens = tokens(value, pattern)?;
    // `*` would cost the value's square. `$` in a replacement of all matches names a group of the expression that
    // the pattern becomes.
    if tokens.is_empty()
        || tokens.contains(&Token::Many)
        || replacement.contains('\\')
        || (all && replacement.contains('$'))
    {
        return None;
    }
    let mut result = String::new();
    let mut rest = value;
    while let Some(first) = rest.chars().next() {
        if let Some(&count) = match_ends(rest.chars(), &tokens).last() {
            let end = rest.char_indices().nth(count).map_or(rest.len(), |(offset, _)| offset);
            result.push_str(replacement);
            rest = &rest[end..];
            if !all {
                break;
            }
        } else {
            result.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    result.push_str(rest);
    Some(result)
}

fn tokens(value: &str, pattern: &str) -> Option<Vec<Token>> {
    if value.len() > MAX_VALUE || pattern.len() > MAX_PATTERN {
        return None;
    }
    let mut tokens = Vec::new();
    let mut rest = pattern.chars();
    while let Some(next) = rest.next() {
        tokens.push(match next {
            '*' => Token::Many,
            '?' => Token::Any,
            '\\' => match rest.next()? {
                escaped @ ('*' | '?' | '\\' | '}' | '/') => Token::Literal(escaped),
                _ => return None,
            },
            _ => Token::Literal(next),
        });
    }
    Some(tokens)
}

/// The numbers of characters after which the whole pattern has matched, in ascending order.
fn match_ends(mut value: impl Iterator<Item = char>, tokens: &[Token]) -> Vec<usize> {
    let mut states = vec![false; tokens.len() + 1];
    states[0] = true;
    let mut ends = Vec::new();
    for count in 0.. {
        for index in 0..tokens.len() {
            states[index + 1] |= states[index] && tokens[index] == Token::Many;
        }
        if states[tokens.len()] {
            ends.push(count);
        }
        let Some(next) = value.next() else { break };
        let mut after = vec![false; states.len()];
        for (index, &token) in tokens.iter().enumerate().filter(|&(index, _)| states[index]) {
            match token {
                Token::Many => after[index] = true,
                Token::Any => after[index + 1] = true,
                Token::Literal(expected) => after[index + 1] |= expected == next,
            }
        }
        states = after;
        if !states.contains(&true) {
            break;
        }
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortest_and_longest() {
        assert_eq!(without_prefix("12.4.1", "*.", false), Some("4.1"));
        assert_eq!(without_prefix("12.4.1", "*.", true), Some("1"));
        assert_eq!(without_suffix("12.4.1", ".*", false), Some("12.4"));
        assert_eq!(without_suffix("12.4.1", ".*", true), Some("12"));
        assert_eq!(without_prefix("abc", "b", false), Some("abc"));
        assert_eq!(without_prefix("abc", "??", false), Some("c"));
        assert_eq!(without_prefix("abc", "*", true), Some(""));
        assert_eq!(without_prefix("a*c", r"a\*", false), Some("c"));
        assert_eq!(without_prefix("abc", r"\b", false), None);
        assert_eq!(without_suffix("\u{e4}\u{f6}", "?", false), Some("\u{e4}"));
    }

    #[test]
    fn first_and_all() {
        assert_eq!(replaced("a.b.c", ".", "-", false).as_deref(), Some("a-b.c"));
        assert_eq!(replaced("a.b.c", ".", "-", true).as_deref(), Some("a-b-c"));
        assert_eq!(replaced("a.b.c", "x", "-", true).as_deref(), Some("a.b.c"));
        assert_eq!(replaced("a.b.c", "*", "-", true), None);
    }
}
