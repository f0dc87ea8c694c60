//! The word lexer of `BuildKit`: quotes, escapes, variables, and the splitting of a line into words.
//!
//! It is a shell's lexer only from afar. What it does differently is kept on purpose: where a heredoc begins, and
//! what a value expands to, is decided by it and not by the shell.

use std::borrow::Cow;

use super::glob;

/// Deepest nesting of `${X:-${Y…}}` that is read.
const MAX_DEPTH: u32 = 64;

/// Most bytes that variables may add to one text: `ENV A=$A$A`, said often enough, would fill the memory.
const MAX_EXPANSION: usize = 4096;

/// What is known of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lookup<'v> {
    Set(&'v str),
    Unset,
    /// An `ARG` that has no default: unset, unless the one who builds gives it a value.
    Open,
    Unknown,
}

/// How the lexer treats what it reads.
#[derive(Clone, Copy)]
pub(super) struct Mode {
    pub(super) escape: char,
    pub(super) keep_quotes: bool,
    pub(super) keep_escapes: bool,
}

/// Why the lexer stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LexError {
    SingleQuote,
    DoubleQuote,
    Brace,
    Substitution,
    Required,
    Depth,
    Size,
}

impl LexError {
    pub(super) const fn message(self) -> &'static str {
        match self {
            Self::SingleQuote => "missing closing `'`",
            Self::DoubleQuote => "missing closing `\"`",
            Self::Brace => "missing `}` of a variable",
            Self::Substitution => "bad substitution of a variable",
            Self::Required => "a required variable is not set",
            Self::Depth => "variables are nested too deeply",
            Self::Size => "the text grows too long when its variables are expanded",
        }
    }
}

/// A word that a line was split into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LexedWord {
    pub(super) text: String,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What an expansion came to.
pub(super) struct Expansion {
    pub(super) text: String,
    pub(super) has_variables: bool,
    pub(super) is_unknown: bool,
}

/// Where the lexer looks variables up.
pub(super) trait Variables {
    fn look_up(&self, name: &str) -> Lookup<'_>;
}

/// Expands `text`. Without `variables` references to them stay as they are written.
pub(super) fn expand(
    text: &str,
    mode: Mode,
    variables: Option<&dyn Variables>,
) -> Result<Expansion, LexError> {
    let mut lexer = Lexer::new(text, mode, variables);
    let result = lexer.until(None, mode.keep_escapes, &mut None)?;
    Ok(Expansion { text: result, has_variables: lexer.has_variables, is_unknown: lexer.is_unknown })
}

/// Splits `text` into words; references to variables stay as they are written.
pub(super) fn words(text: &str, mode: Mode) -> Result<Vec<LexedWord>, LexError> {
    let mut lexer = Lexer::new(text, mode, None);
    let mut words = Some(Words::default());
    lexer.until(None, mode.keep_escapes, &mut words)?;
    Ok(words.unwrap_or_default().finish())
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    mode: Mode,
    variables: Option<&'t dyn Variables>,
    has_variables: bool,
    is_unknown: bool,
    /// Set where a nested `${…}` has made `BuildKit` forget the word it was in.
    has_lost_word: bool,
    depth: u32,
    expanded: usize,
}

impl<'t> Lexer<'t> {
    fn new(text: &'t str, mode: Mode, variables: Option<&'t dyn Variables>) -> Self {
        Self {
            text,
            at: 0,
            mode,
            variables,
            has_variables: false,
            is_unknown: false,
            has_lost_word: false,
            depth: 0,
            expanded: 0,
        }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// Reads up to `stop`, which it swallows, or to the end.
    fn until(
        &mut self,
        stop: Option<char>,
        keep_escapes: bool,
        words: &mut Option<Words>,
    ) -> Result<String, LexError> {
        let mut result = String::new();
        while let Some(next) = self.peek() {
            let start = self.at;
            if stop == Some(next) {
                self.next();
                return Ok(result);
            }
            match next {
                '$' => {
                    let value = self.dollar()?;
                    result.push_str(&value);
                    if let Some(words) = words {
                        self.forget_word(words);
                        words.push_split(&value, start, self.at);
                    }
                }
                '\'' | '"' => {
                    let quoted =
                        if next == '"' { self.double_quote(keep_escapes) } else { self.single_quote() }?;
                    result.push_str(&quoted);
                    if let Some(words) = words {
                        self.forget_word(words);
                        words.push_raw(&quoted, start, self.at);
                    }
                }
                '<' => {
                    self.next();
                    if self.peek() == Some('<') {
                        self.next();
                        // Blanks behind `<<` belong to the heredoc's word.
                        while matches!(self.peek(), Some('\t' | '\r' | ' ')) {
                            self.next();
                        }
                    }
                    result.push_str(&self.text[start..self.at]);
                    if let Some(words) = words {
                        words.push_raw(&self.text[start..self.at], start, self.at);
                    }
                }
                _ if next == self.mode.escape => {
                    self.next();
                    let kept = if keep_escapes { start } else { self.at };
                    let escaped = self.next();
                    result.push_str(&self.text[kept..self.at]);
                    if let Some(words) = words
                        && (keep_escapes || escaped.is_some())
                    {
                        words.push_raw(&self.text[kept..self.at], start, self.at);
                    }
                }
                _ => {
                    self.next();
                    result.push(next);
                    if let Some(words) = words {
                        words.push(next, start, self.at);
                    }
                }
            }
        }
        if stop.is_some() { Err(LexError::Brace) } else { Ok(result) }
    }

    fn single_quote(&mut self) -> Result<Cow<'t, str>, LexError> {
        let start = self.at;
        let text = self.text;
        let inner = start + 1;
        let length = text[inner..].find('\'').ok_or(LexError::SingleQuote)?;
        self.at = inner + length + 1;
        Ok(Cow::Borrowed(if self.mode.keep_quotes {
            &text[start..self.at]
        } else {
            &text[inner..inner + length]
        }))
    }

    fn double_quote(&mut self, keep_escapes: bool) -> Result<Cow<'t, str>, LexError> {
        let mut result = String::new();
        self.next();
        if self.mode.keep_quotes {
            result.push('"');
        }
        loop {
            match self.peek().ok_or(LexError::DoubleQuote)? {
                '"' => {
                    self.next();
                    if self.mode.keep_quotes {
                        result.push('"');
                    }
                    return Ok(Cow::Owned(result));
                }
                '$' => result.push_str(&self.dollar()?),
                next if next == self.mode.escape => {
                    self.next();
                    if keep_escapes {
                        result.push(next);
                    }
                    match self.peek() {
                        None => {}
                        Some(escaped) if escaped == '"' || escaped == '$' || escaped == next => {
                            self.next();
                            result.push(escaped);
                        }
                        Some(_) => result.push(next),
                    }
                }
                next => {
                    self.next();
                    result.push(next);
                }
            }
        }
    }

    /// A `$` and the variable behind it, if there is one.
    fn dollar(&mut self) -> Result<Cow<'t, str>, LexError> {
        let text = self.text;
        let start = self.at;
        self.next();
        let expanded = if self.peek() == Some('{') {
            self.next();
            self.depth += 1;
            if self.depth > MAX_DEPTH {
                return Err(LexError::Depth);
            }
            let expanded = self.braces()?;
            self.depth -= 1;
            self.has_variables = true;
            expanded
        } else {
            let name = self.name();
            if name.is_empty() {
                return Ok(Cow::Borrowed("$"));
            }
            self.has_variables = true;
            match self.look_up(name) {
                Lookup::Set(value) => Cow::Borrowed(value),
                Lookup::Unset => Cow::Borrowed(""),
                Lookup::Open | Lookup::Unknown => self.unknown(),
            }
        };
        if self.variables.is_none() {
            return Ok(Cow::Borrowed(&text[start..self.at]));
        }
        self.expanded += expanded.len();
        if self.expanded > MAX_EXPANSION { Err(LexError::Size) } else { Ok(expanded) }
    }

    /// What stands behind `${`.
    fn braces(&mut self) -> Result<Cow<'t, str>, LexError> {
        if matches!(self.peek().ok_or(LexError::Brace)?, '{' | '}' | ':') {
            return Err(LexError::Substitution);
        }
        let name = self.name();
        let mut modifier = self.next().ok_or(LexError::Substitution)?;
        let has_colon = modifier == ':';
        if has_colon {
            modifier = self.next().ok_or(LexError::Substitution)?;
        }
        match modifier {
            '}' if !has_colon => Ok(match self.look_up(name) {
                Lookup::Set(value) => Cow::Borrowed(value),
                Lookup::Unset => Cow::Borrowed(""),
                Lookup::Open | Lookup::Unknown => self.unknown(),
            }),
            '-' | '+' | '?' => self.alternative(name, modifier, has_colon),
            '#' | '%' if !has_colon => {
                let pattern = self.nested('}', true)?;
                let (pattern, longest) = match pattern.strip_prefix(modifier) {
                    Some(rest) => (rest, true),
                    None => (&*pattern, false),
                };
                let Some(value) = self.value(name) else { return Ok(self.unknown()) };
                let rest = if modifier == '#' {
                    glob::without_prefix(value, pattern, longest)
                } else {
                    glob::without_suffix(value, pattern, longest)
                };
                Ok(rest.map_or_else(|| self.unknown(), Cow::Borrowed))
            }
            '/' if !has_colon => {
                let all = self.peek() == Some('/');
                if all {
                    self.next();
                }
                let pattern = self.nested('/', true)?;
                let replacement = self.nested('}', true)?;
                let Some(value) = self.value(name) else { return Ok(self.unknown()) };
                Ok(glob::replaced(value, &pattern, &replacement, all)
                    .map_or_else(|| self.unknown(), Cow::Owned))
            }
            _ => Err(LexError::Substitution),
        }
    }

    /// `${name:-word}` and its kin.
    fn alternative(&mut self, name: &str, modifier: char, has_colon: bool) -> Result<Cow<'t, str>, LexError> {
        let was_unknown = self.is_unknown;
        let word = self.nested('}', false)?;
        let word_is_unknown = std::mem::replace(&mut self.is_unknown, was_unknown);
        let word = |lexer: &mut Self| {
            lexer.is_unknown |= word_is_unknown;
            Ok(Cow::Owned(word))
        };
        match (self.look_up(name), modifier) {
            (Lookup::Unknown, _) => Ok(self.unknown()),
            (Lookup::Set(value), '+') => {
                if has_colon && value.is_empty() {
                    Ok(Cow::Borrowed(""))
                } else {
                    word(self)
                }
            }
            (Lookup::Set(value), _) if !(has_colon && value.is_empty()) => Ok(Cow::Borrowed(value)),
            (Lookup::Open | Lookup::Set(_) | Lookup::Unset, '-') => word(self),
            (Lookup::Unset, '+') => Ok(Cow::Borrowed("")),
            (Lookup::Open, _) => Ok(self.unknown()),
            _ if self.variables.is_none() => Ok(Cow::Borrowed("")),
            _ => Err(LexError::Required),
        }
    }

    fn nested(&mut self, stop: char, keep_escapes: bool) -> Result<String, LexError> {
        self.has_lost_word = true;
        self.until(Some(stop), keep_escapes, &mut None)
    }

    /// `BuildKit` collects the words of all levels in one buffer, and empties it when it enters `${X:-…}`: what the
    /// word had before is gone, and `a${X:-b}<<EOF` opens a heredoc no more than `3${X:-}<<EOF` does.
    fn forget_word(&mut self, words: &mut Words) {
        if std::mem::take(&mut self.has_lost_word) {
            words.current.clear();
        }
    }

    /// The name behind `$` or `${`: a name, digits, or one special character.
    fn name(&mut self) -> &'t str {
        let text = &self.text[self.at..];
        let length = match text.chars().next() {
            Some(first) if first.is_numeric() => {
                text.find(|next: char| !next.is_numeric()).unwrap_or(text.len())
            }
            Some('@' | '*' | '#' | '?' | '-' | '$' | '!') => 1,
            _ => text.find(|next: char| !next.is_alphanumeric() && next != '_').unwrap_or(text.len()),
        };
        self.at += length;
        &text[..length]
    }

    fn look_up(&self, name: &str) -> Lookup<'t> {
        self.variables.map_or(Lookup::Unset, |variables| variables.look_up(name))
    }

    fn value(&self, name: &str) -> Option<&'t str> {
        match self.look_up(name) {
            Lookup::Set(value) => Some(value),
            Lookup::Unset => Some(""),
            Lookup::Open | Lookup::Unknown => None,
        }
    }

    fn unknown(&mut self) -> Cow<'t, str> {
        self.is_unknown = true;
        Cow::Borrowed("")
    }
}

#[derive(Default)]
struct Words {
    finished: Vec<LexedWord>,
    current: String,
    start: usize,
    end: usize,
    is_inside: bool,
}

impl Words {
    fn push(&mut self, next: char, start: usize, end: usize) {
        if !next.is_whitespace() {
            self.push_raw(next.encode_utf8(&mut [0; 4]), start, end);
        } else if self.is_inside && !self.current.is_empty() {
            self.flush();
            self.is_inside = false;
        }
    }

    fn push_raw(&mut self, text: &str, start: usize, end: usize) {
        if self.current.is_empty() {
            self.start = start;
        }
        self.current.push_str(text);
        self.end = end;
        self.is_inside = true;
    }

    /// Text that splits at its blanks: the place of each part is that of the whole.
    fn push_split(&mut self, text: &str, start: usize, end: usize) {
        for next in text.chars() {
            self.push(next, start, end);
        }
    }

    fn flush(&mut self) {
        self.finished.push(LexedWord {
            text: std::mem::take(&mut self.current),
            start: self.start,
            end: self.end,
        });
    }

    fn finish(mut self) -> Vec<LexedWord> {
        if !self.current.is_empty() {
            self.flush();
        }
        self.finished
    }
}
