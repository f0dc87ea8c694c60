//! Fixes of suppressions: names that are of no use are taken out, and what cannot be followed is put right where it
//! says what was meant.

use vastlint_model::Document;
use vastlint_rules::{ProposedFix, Rule, find, full_lines};
use vastlint_text::Span;

use super::OWN;
use super::comments::Comment;
use super::request::{self, Request};

/// How near a verb has to be to one that vastlint knows.
const NEAR: f64 = 0.85;

/// What other linters say for it.
const FOREIGN_VERBS: [&str; 3] = ["disable", "allow", "suppress"];

/// Takes one name of a request out; with the last one the whole comment, but for what else is said in it.
pub(super) fn remove_name(
    file: &Document,
    comment: Comment,
    request: &Request<'_>,
    index: usize,
) -> ProposedFix {
    let at = |span: Span| span.shift(comment.content.start);
    let name = request.rules[index].1;
    let names = &request.rules;
    if names.len() == 1 {
        return ProposedFix::safe("remove the comment").delete(file, whole(file, comment, request));
    }
    let span = match names.get(index + 1) {
        Some((next, _)) => Span::new(names[index].0.start, next.start),
        None => Span::new(names[index - 1].0.end, names[index].0.end),
    };
    ProposedFix::safe(format!("take `{name}` out of the brackets")).delete(file, at(span))
}

/// The place of a request in a file with all that belongs to it: its reason, its mark, the blanks before it; the line
/// if nothing else stands there. What is said before or behind it to others stays.
fn whole(file: &Document, comment: Comment, request: &Request<'_>) -> Span {
    let text = &*file.text;
    let content = comment.content.text(text);
    let before = content[..request.span.start as usize].trim_end();
    let words = before.trim_end_matches(['#', ';']).trim_end();
    let behind = &content[request.span.end as usize..];
    let is_mark =
        |at: &usize| behind[*at..].starts_with(['#', ';']) && (*at == 0 || behind[..*at].ends_with(' '));
    let other = (0..behind.len()).filter(|at| behind.is_char_boundary(*at)).find(is_mark);
    let html = text[comment.start as usize..].starts_with("<!--");
    let mut start = comment.start;
    let mut end = comment.content.end;
    match (words.is_empty(), other) {
        (_, Some(other)) => {
            if !words.is_empty() {
                start = comment.content.start + words.len() as u32 + 1;
            }
            return Span::new(start, comment.content.start + request.span.end + other as u32);
        }
        (false, None) => start = comment.content.start + words.len() as u32,
        (true, None) if html && text[end as usize..].starts_with("-->") => end += 3,
        (true, None) => {}
    }
    let lines = full_lines(text, Span::new(start, end));
    let line_start = if lines.start == 0 && text.starts_with('\u{feff}') { 3 } else { lines.start };
    let is_blank = |span: Span| span.text(text).trim().is_empty();
    if is_blank(Span::new(line_start, start)) && is_blank(Span::new(end, lines.end)) {
        return Span::new(line_start, lines.end);
    }
    let blanks = text[..start as usize].len() - text[..start as usize].trim_end_matches([' ', '\t']).len();
    Span::new(start - blanks as u32, end)
}

/// A request as it was meant.
pub(super) struct Mended {
    pub(super) fix: ProposedFix,
    /// What it then suppresses.
    pub(super) rules: Vec<&'static Rule>,
    pub(super) whole_file: bool,
}

/// A request that can be followed in the place of one that cannot, where verb and rules are plain.
pub(super) fn rewrite(file: &Document, comment: Comment) -> Option<Mended> {
    let content = comment.content.text(&file.text);
    let start = request::address(content)?;
    let rest = content[start + request::ADDRESS.len()..].trim_start_matches([' ', '\t']);
    let verb_length = rest
        .find(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '-' | '_'))
        .unwrap_or(rest.len());
    let (verb, whole_file) = meant_verb(&rest[..verb_length])?;
    let list = rest[verb_length..].trim_start_matches([' ', '\t', ':', '=']);
    let (inner, close) = match list.chars().next()? {
        '[' => (&list[1..], Some(']')),
        '(' => (&list[1..], Some(')')),
        _ => (list, None),
    };
    let mut names: Vec<&str> = Vec::new();
    let mut left = inner;
    loop {
        let next = left.trim_start_matches([' ', '\t', ',']);
        let length = next.find([' ', '\t', ',', ']', ')', ':']).unwrap_or(next.len());
        let name = &next[..length];
        if find(name).is_none_or(|rule| OWN.contains(&rule.id.name)) {
            break;
        }
        names.push(name);
        left = &next[length..];
    }
    // Between brackets nothing else may stand.
    let mut behind = left;
    if let Some(close) = close {
        match left.trim_start_matches([' ', '\t', ',']).strip_prefix([close, ']', ')']) {
            Some(rest) => behind = rest,
            None if left.contains(close) => return None,
            None => {}
        }
    }
    let behind = behind.trim_start_matches(':');
    let gap = if behind.is_empty() || behind.starts_with([' ', '\t']) { "" } else { " " };
    let rules: Vec<&'static Rule> = names.iter().filter_map(|name| find(name)).collect();
    if rules.is_empty() {
        return None;
    }
    let written = format!("{} {verb}[{}]", request::ADDRESS, names.join(", "));
    let span = Span::from_range(start..content.len() - behind.len()).shift(comment.content.start);
    let fix = ProposedFix::safe(format!("write `{written}`")).replace(file, span, format!("{written}{gap}"));
    Some(Mended { fix, rules, whole_file })
}

fn meant_verb(written: &str) -> Option<(&'static str, bool)> {
    let plain = written.to_ascii_lowercase().replace('_', "-");
    if FOREIGN_VERBS.contains(&plain.as_str()) {
        return request::VERBS.iter().find(|(_, whole_file)| !whole_file).copied();
    }
    let likeness = |verb: &str| strsim::jaro_winkler(verb, &plain);
    request::VERBS
        .iter()
        .filter(|(verb, _)| likeness(verb) > NEAR)
        .max_by(|(a, _), (b, _)| likeness(a).total_cmp(&likeness(b)))
        .copied()
}
