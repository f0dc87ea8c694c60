use vastlint_text::{MappedText, Span};

use super::{Kind, NodeId, ScalarStyle, Yaml};

/// The value of a scalar with a map back to the bytes of the source: what [`Yaml::text`] gives, place by place.
/// Empty for any other node; an alias is not followed.
pub fn scalar_text(source: &str, yaml: &Yaml, id: NodeId) -> MappedText {
    let node = yaml.node(id);
    let Kind::Scalar { style, value } = node.kind else { return MappedText::new() };
    let mut mapped = MappedText::new();
    let inner = Span::new(node.span.start + 1, node.span.end.saturating_sub(1));
    match style {
        ScalarStyle::Plain => flow_lines(source, node.span, &mut mapped, Quoting::None),
        ScalarStyle::SingleQuoted => flow_lines(source, inner, &mut mapped, Quoting::Single),
        ScalarStyle::DoubleQuoted => flow_lines(source, inner, &mut mapped, Quoting::Double),
        ScalarStyle::Literal | ScalarStyle::Folded => {
            block(source, node.span.start, value.indentation, style, &mut mapped);
        }
    }
    mapped
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quoting {
    None,
    Single,
    Double,
}

/// A line inside a scalar: what it holds, and its line end.
#[derive(Clone, Copy)]
struct Line {
    content: Span,
    end: Span,
}

/// The line that starts at `start`, up to `limit`.
fn line_at(source: &str, start: u32, limit: u32) -> Line {
    let rest = Span::new(start, limit).text(source).as_bytes();
    let length = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
    let end_length = match rest.get(length..) {
        Some([b'\r', b'\n', ..]) => 2,
        Some([_, ..]) => 1,
        _ => 0,
    };
    let content = Span::new(start, start + length as u32);
    Line { content, end: Span::new(content.end, content.end + end_length) }
}

fn trim_start(source: &str, span: Span) -> Span {
    let text = span.text(source);
    let trimmed = text.trim_start_matches([' ', '\t']);
    Span::new(span.end - trimmed.len() as u32, span.end)
}

fn trim_end(source: &str, span: Span) -> Span {
    let trimmed = span.text(source).trim_end_matches([' ', '\t']);
    Span::new(span.start, span.start + trimmed.len() as u32)
}

/// Plain and quoted scalars: white space around line ends is dropped, one line end becomes a space, further ones stay.
fn flow_lines(source: &str, span: Span, mapped: &mut MappedText, quoting: Quoting) {
    let mut line = line_at(source, span.start, span.end);
    let mut is_first = true;
    loop {
        let is_last = line.end.is_empty();
        let mut content = line.content;
        if !is_first {
            content = trim_start(source, content);
        }
        // In double quotes a backslash before the line end joins the lines, and keeps the white space before it.
        let is_joined = quoting == Quoting::Double && !is_last && ends_with_escape(content.text(source));
        if is_joined {
            content.end -= 1;
        } else if !is_last {
            let trimmed = trim_end(source, content);
            let keeps_one = quoting == Quoting::Double && ends_with_escape(trimmed.text(source));
            content.end = if keeps_one { (trimmed.end + 1).min(content.end) } else { trimmed.end };
        }
        match quoting {
            Quoting::None => mapped.push(source, content),
            Quoting::Single => push_single_quoted(source, content, mapped),
            Quoting::Double => push_double_quoted(source, content, mapped),
        }
        if is_last {
            return;
        }
        is_first = false;
        let fold_start = content.end;
        let mut end = line.end;
        let mut empty_lines = Vec::new();
        line = line_at(source, end.end, span.end);
        while !line.end.is_empty() && trim_start(source, line.content).is_empty() {
            empty_lines.push(line.end);
            end = line.end;
            line = line_at(source, end.end, span.end);
        }
        if empty_lines.is_empty() {
            if !is_joined {
                let next = trim_start(source, line.content);
                mapped.replace(" ", Span::new(fold_start, next.start));
            }
        } else {
            for line_end in empty_lines {
                mapped.replace("\n", line_end);
            }
        }
    }
}

/// Whether a line of a double-quoted scalar ends with a backslash that is not escaped itself.
fn ends_with_escape(line: &str) -> bool {
    line.bytes().rev().take_while(|&byte| byte == b'\\').count() % 2 == 1
}

fn push_single_quoted(source: &str, span: Span, mapped: &mut MappedText) {
    let mut start = span.start;
    let text = span.text(source).as_bytes();
    let mut at = 0;
    while let Some(found) = memchr::memmem::find(&text[at..], b"''") {
        let quote = span.start + (at + found) as u32;
        mapped.push(source, Span::new(start, quote));
        mapped.replace("'", Span::new(quote, quote + 2));
        start = quote + 2;
        at += found + 2;
    }
    mapped.push(source, Span::new(start, span.end));
}

fn push_double_quoted(source: &str, span: Span, mapped: &mut MappedText) {
    let text = span.text(source);
    let bytes = text.as_bytes();
    let mut plain_start = 0;
    let mut at = 0;
    let place = |start: usize, end: usize| Span::new(span.start + start as u32, span.start + end as u32);
    while let Some(found) = memchr::memchr(b'\\', &bytes[at..]) {
        let start = at + found;
        mapped.push(source, place(plain_start, start));
        let (character, length) = escape(&text[start..]);
        // Half of a surrogate pair of escapes has no value of its own.
        let end = (start + length).min(text.len());
        mapped.replace(character.encode_utf8(&mut [0; 4]), place(start, end));
        plain_start = end;
        at = end;
    }
    mapped.push(source, place(plain_start.min(text.len()), text.len()));
}

/// The character that the escape at the start of `text` stands for, and the length of the escape.
fn escape(text: &str) -> (char, usize) {
    let hex = |start: usize, digits: usize| {
        text.get(start..start + digits).and_then(|digits| u32::from_str_radix(digits, 16).ok())
    };
    let Some(letter) = text[1..].chars().next() else { return ('\\', 1) };
    let character = match letter {
        '0' => '\0',
        'a' => '\u{7}',
        'b' => '\u{8}',
        't' | '\t' => '\t',
        'n' => '\n',
        'v' => '\u{b}',
        'f' => '\u{c}',
        'r' => '\r',
        'e' => '\u{1b}',
        'N' => '\u{85}',
        '_' => '\u{a0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        'x' | 'u' | 'U' => {
            let digits = match letter {
                'x' => 2,
                'u' => 4,
                _ => 8,
            };
            let code = hex(2, digits).unwrap_or_default();
            let length = 2 + digits;
            if let (0xd800..0xdc00, Some(low @ 0xdc00..0xe000), Some("\\u")) =
                (code, hex(length + 2, 4), text.get(length..length + 2))
            {
                let code = 0x1_0000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                return (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), length + 6);
            }
            return (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), length);
        }
        other => other,
    };
    (character, 1 + letter.len_utf8())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomping {
    Strip,
    Clip,
    Keep,
}

/// A block scalar whose `|` or `>` stands at `start`.
fn block(source: &str, start: u32, indentation: u32, style: ScalarStyle, mapped: &mut MappedText) {
    let limit = source.len() as u32;
    let header = line_at(source, start, limit);
    let indicators = header.content.text(source);
    let indicators = indicators.split([' ', '\t', '#']).next().unwrap_or_default();
    let chomping = if indicators.contains('-') {
        Chomping::Strip
    } else if indicators.contains('+') {
        Chomping::Keep
    } else {
        Chomping::Clip
    };
    // The line ends that come before the next line with content, the end of the last content line first.
    let mut line_ends: Vec<Span> = Vec::new();
    let mut has_content = false;
    let mut last_is_indented = false;
    let mut offset = header.end.end;
    let mut at_end = header.end.is_empty();
    while !at_end {
        let line = line_at(source, offset, limit);
        at_end = line.end.is_empty();
        offset = line.end.end;
        let Some(content) = block_line(source, line.content, indentation) else { break };
        if content.is_empty() {
            if !at_end {
                line_ends.push(line.end);
            }
            continue;
        }
        let is_indented = content.text(source).starts_with([' ', '\t']);
        push_line_ends(
            style,
            has_content,
            last_is_indented || is_indented,
            &line_ends,
            content.start,
            mapped,
        );
        line_ends.clear();
        mapped.push(source, content);
        has_content = true;
        last_is_indented = is_indented;
        if !at_end {
            line_ends.push(line.end);
        }
    }
    let kept = match (chomping, has_content) {
        (Chomping::Keep, _) => line_ends.len(),
        (Chomping::Clip, true) => 1,
        (Chomping::Clip, false) | (Chomping::Strip, _) => 0,
    };
    for &line_end in line_ends.iter().take(kept) {
        mapped.replace("\n", line_end);
    }
}

fn push_line_ends(
    style: ScalarStyle,
    has_content: bool,
    around_indented: bool,
    line_ends: &[Span],
    next: u32,
    mapped: &mut MappedText,
) {
    let folds = style == ScalarStyle::Folded && has_content && !around_indented;
    match line_ends {
        [only] if folds => mapped.replace(" ", Span::new(only.start, next)),
        _ => {
            // Of several line ends the first one folds away.
            for &line_end in &line_ends[usize::from(folds && !line_ends.is_empty())..] {
                mapped.replace("\n", line_end);
            }
        }
    }
}

/// What a line of a block scalar holds behind its indentation. None where the line ends the scalar.
fn block_line(source: &str, line: Span, indentation: u32) -> Option<Span> {
    let text = line.text(source);
    let spaces = text.bytes().take_while(|&byte| byte == b' ').count() as u32;
    if spaces < indentation {
        return (spaces == line.len()).then(|| Span::empty(line.end));
    }
    if indentation == 0 && is_document_marker(text) {
        return None;
    }
    Some(Span::new(line.start + indentation, line.end))
}

/// Whether a line starts with `---` or `...`.
pub(super) fn is_document_marker(line: &str) -> bool {
    let rest = line.strip_prefix("---").or_else(|| line.strip_prefix("..."));
    rest.is_some_and(|rest| ends_indicator(rest.bytes().next()))
}

/// Whether a byte behind an indicator leaves it one, as the parser sees it: a NUL stands for the end of the text there.
pub(super) fn ends_indicator(byte: Option<u8>) -> bool {
    byte.is_none_or(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0))
}
