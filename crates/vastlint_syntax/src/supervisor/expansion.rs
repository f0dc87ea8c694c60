use vastlint_text::Span;

use crate::SyntaxError;

/// The `%(name)s` references of a value.
#[derive(Clone, Debug, Default)]
pub struct Expansions {
    /// The references in order.
    pub references: Vec<Expansion>,
    /// Every `%` that is neither a reference nor `%%`; one of them makes supervisord refuse the value.
    pub errors: Vec<SyntaxError>,
}

/// One reference such as `%(ENV_HOME)s` or `%(process_num)02d`. All spans are places in the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expansion {
    /// From the `%` to the conversion letter.
    pub span: Span,
    /// The name between the parentheses.
    pub name_span: Span,
    /// The name between the parentheses, such as `ENV_HOME`, `program_name`, `here`.
    pub name: String,
    /// The conversion letter, `s` or `d` as a rule.
    pub conversion: char,
}

impl Expansion {
    /// The environment variable of supervisord that a `%(ENV_X)s` stands for.
    pub fn environment_variable(&self) -> Option<&str> {
        self.name.strip_prefix("ENV_")
    }
}

/// Finds the references in the value of any key; `value` is [`super::Key::value`].
pub fn parse_expansions(value: &str) -> Expansions {
    let mut expansions = Expansions::default();
    let parentheses = Parentheses::of(value);
    let mut offset = 0;
    while let Some(found) = memchr::memchr(b'%', value.as_bytes().get(offset..).unwrap_or_default()) {
        let start = offset + found;
        let directive = Directive::read(value, start, &parentheses);
        offset = directive.span.end as usize;
        match directive.outcome {
            Outcome::Percent => {}
            Outcome::Reference { name, conversion } => {
                let reference = Expansion {
                    span: directive.span,
                    name_span: name,
                    name: name.text(value).to_owned(),
                    conversion,
                };
                if let Some(message) = reference.type_error() {
                    expansions.errors.push(SyntaxError::new(reference.span, message));
                }
                expansions.references.push(reference);
            }
            Outcome::Malformed(message) => {
                expansions.errors.push(SyntaxError::new(directive.span, message));
            }
        }
    }
    expansions
}

impl Expansion {
    /// Python formats only numbers with a number's conversion, and supervisord knows two.
    fn type_error(&self) -> Option<String> {
        let is_number = matches!(self.name.as_str(), "process_num" | "numprocs");
        let wants_number = !matches!(self.conversion, 's' | 'r' | 'a');
        (wants_number && !is_number).then(|| {
            format!("`{}` is text, `%(…){}` formats a number: write `%({0})s`", self.name, self.conversion)
        })
    }
}

/// One `%…` of Python's format language.
struct Directive {
    span: Span,
    outcome: Outcome,
}

enum Outcome {
    /// `%%`
    Percent,
    Reference {
        name: Span,
        conversion: char,
    },
    Malformed(&'static str),
}

impl Directive {
    /// Reads the directive whose `%` stands at `start`.
    fn read(value: &str, start: usize, parentheses: &Parentheses) -> Self {
        let bytes = value.as_bytes();
        let mut at = start + 1;
        let malformed = |end: usize, message| {
            let end = value.ceil_char_boundary(end.min(value.len()));
            Self { span: Span::from_range(start..end), outcome: Outcome::Malformed(message) }
        };
        let mut name = None;
        if bytes.get(at) == Some(&b'(') {
            let Some(close) = parentheses.close_of(at) else {
                return malformed(at + 1, "`%(` is not closed: write `%(name)s`");
            };
            name = Some(Span::from_range(at + 1..close));
            at = close + 1;
        }
        let skip = |mut at: usize, set: &[u8]| {
            while bytes.get(at).is_some_and(|byte| set.contains(byte)) {
                at += 1;
            }
            at
        };
        at = skip(at, b"-+ #0");
        at = skip(at, b"0123456789");
        if bytes.get(at) == Some(&b'.') {
            at = skip(at + 1, b"0123456789");
        }
        if bytes.get(at).is_some_and(|byte| b"hlL".contains(byte)) {
            at += 1;
        }
        let span = Span::from_range(start..(at + 1).min(bytes.len()));
        match (bytes.get(at), name) {
            (Some(b'%'), None) if at == start + 1 => Self { span, outcome: Outcome::Percent },
            (Some(&conversion), Some(name)) if b"diouxXeEfFgGcrsa".contains(&conversion) => {
                Self { span, outcome: Outcome::Reference { name, conversion: char::from(conversion) } }
            }
            (_, Some(_)) => malformed(at, "`%(name)` needs an `s` behind it: write `%(name)s`"),
            (_, None) => malformed(start + 1, "a `%` that starts no `%(name)s` must be written `%%`"),
        }
    }
}

/// Which `)` closes each `%(`: parentheses nest in Python's names. Found in one pass, for a search from every `%(`
/// would take quadratic time.
struct Parentheses {
    /// Where a `(` behind a `%` stands and where it closes, in order.
    pairs: Vec<(u32, Option<u32>)>,
}

impl Parentheses {
    fn of(value: &str) -> Self {
        let bytes = value.as_bytes();
        let mut pairs: Vec<(u32, Option<u32>)> = Vec::new();
        // The open parentheses; those behind a `%` with their place in `pairs`.
        let mut open = Vec::new();
        if memchr::memmem::find(bytes, b"%(").is_none() {
            return Self { pairs };
        }
        for at in memchr::memchr2_iter(b'(', b')', bytes) {
            if bytes[at] == b'(' {
                let is_reference = at > 0 && bytes[at - 1] == b'%';
                open.push(is_reference.then_some(pairs.len()));
                if is_reference {
                    pairs.push((at as u32, None));
                }
            } else if let Some(Some(pair)) = open.pop() {
                pairs[pair].1 = Some(at as u32);
            }
        }
        Self { pairs }
    }

    fn close_of(&self, open: usize) -> Option<usize> {
        let index = self.pairs.binary_search_by_key(&(open as u32), |pair| pair.0).ok()?;
        self.pairs[index].1.map(|close| close as usize)
    }
}

/// A walk over the characters of a value in which each reference is one unit: what it expands to cannot be known, and
/// is taken for ordinary text.
pub(super) struct Units<'v> {
    value: &'v str,
    references: std::iter::Peekable<std::vec::IntoIter<Expansion>>,
    offset: usize,
}

/// A character or a reference.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Character(char),
    Reference,
}

impl<'v> Units<'v> {
    pub(super) fn new(value: &'v str) -> Self {
        Self { value, references: parse_expansions(value).references.into_iter().peekable(), offset: 0 }
    }

    /// Where the next unit starts.
    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    /// Goes on behind the next line end.
    pub(super) fn skip_line(&mut self) {
        let rest = self.value.as_bytes().get(self.offset..).unwrap_or_default();
        self.offset = memchr::memchr(b'\n', rest).map_or(self.value.len(), |found| self.offset + found + 1);
    }
}

impl Iterator for Units<'_> {
    type Item = (Unit, Span);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.offset;
        while self.references.next_if(|reference| (reference.span.start as usize) < start).is_some() {}
        if let Some(reference) = self.references.next_if(|reference| reference.span.start as usize == start) {
            self.offset = reference.span.end as usize;
            return Some((Unit::Reference, reference.span));
        }
        let character = self.value.get(start..)?.chars().next()?;
        self.offset = start + character.len_utf8();
        // The two percent signs of `%%` are one character of the expanded value.
        if character == '%' && self.value.as_bytes().get(self.offset) == Some(&b'%') {
            self.offset += 1;
        }
        Some((Unit::Character(character), Span::from_range(start..self.offset)))
    }
}
